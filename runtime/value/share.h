/* SPDX-License-Identifier: Apache-2.0 */
/* share.h - values that several threads read.
 *
 * Counts of references are plain while one thread owns them.  Before threads begin, what they are
 * given is walked once and marked: from then on its counts are atomic, and, since none of them is
 * 1, whoever changes a value makes a copy.  When the threads are over the mark is taken away. */
#ifndef VALUE_SHARE_H
#define VALUE_SHARE_H

#include <flow/value.h>

typedef struct ShareEntry {
    const FlowType *type;
    void *object;
} ShareEntry;

/* What is still to be looked into.  Zero-filled is empty; share_free lets go of its room. */
typedef struct ShareWalk {
    ShareEntry *items;
    size_t len, cap;
} ShareWalk;

/* Marks all that the value leads to.  Without memory it marks nothing, and returns FLOW_ENOMEM. */
FLOW_MUST_CHECK FlowStatus value_share(ShareWalk *w, const FlowType *type, const void *value);
/* Takes the marks away from a value that was marked with this walk: needs no memory. */
void value_unshare(ShareWalk *w, const FlowType *type, const void *value);
void share_free(ShareWalk *w);

/* map.c: closes the gaps between entries, so that going round the map changes nothing in it. */
void map_settle(FlowMap *m);
const FlowType *map_type(const FlowMap *m);

#endif
