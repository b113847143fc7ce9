/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.h - "did you mean": the nearest of some names, by edit distance.
 *
 *     Suggest s;
 *     suggest_init(&s, wanted);
 *     for each candidate: suggest_offer(&s, candidate, its_symbol);
 *     if (s.found) … s.best, s.best_item … */
#ifndef FLOW_SOURCE_SUGGEST_H
#define FLOW_SOURCE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Suggest {
    Str wanted;
    size_t limit; /* a third of the name's length, at least 1; what is farther is no help */
    size_t distance;
    bool found;
    Str best;
    const void *best_item;
} Suggest;

void suggest_init(Suggest *s, Str wanted);

/* The nearest wins, among equals the first that was offered.  `item` is handed back. */
void suggest_offer(Suggest *s, Str candidate, const void *item);

/* Insertions, deletions, replacements and swaps of neighbours, each 1; more than `limit` is
 * answered with `limit + 1`. */
size_t edit_distance(Str a, Str b, size_t limit);

#ifdef __cplusplus
}
#endif
#endif
