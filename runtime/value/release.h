/* SPDX-License-Identifier: Apache-2.0 */
/* release.h - ends the life of lists, maps and closures.
 *
 * Values may be nested deeper than the stack (a list in a list in a list…), so beyond some depth
 * what died is queued, through a word of its own, and freed by the outermost release. */
#ifndef VALUE_RELEASE_H
#define VALUE_RELEASE_H

#include <flow/value.h>

/* Each frees one object and releases what it holds; defined beside the object. */
void list_free(FlowList *list);
void map_free(FlowMap *map);
void closure_free(FlowClosure *closure);

/* The word of a dead object that the queue may use. */
FlowMap **map_next_dead(FlowMap *map);

#endif
