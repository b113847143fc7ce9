/* SPDX-License-Identifier: Apache-2.0 */
/* release.c - see release.h.  One queue for each kind of object, as each has its spare word at
 * another place. */
#include "value/release.h"

#include <string.h>

enum { RELEASE_DEPTH = 64 };

static _Thread_local unsigned depth;
static _Thread_local FlowList *dead_lists;
static _Thread_local FlowMap *dead_maps;
static _Thread_local FlowClosure *dead_closures;

_Static_assert(sizeof(FlowList *) <= sizeof(((FlowList *)0)->start), "a pointer fits in start");

static void drain_lists(void)
{
    while (dead_lists) {
        FlowList *list = dead_lists;
        memcpy(&dead_lists, &list->start, sizeof dead_lists);
        list_free(list);
    }
}

static void drain_maps(void)
{
    while (dead_maps) {
        FlowMap *map = dead_maps;
        dead_maps = *map_next_dead(map);
        map_free(map);
    }
}

static void drain_closures(void)
{
    while (dead_closures) {
        FlowClosure *closure = dead_closures;
        memcpy(&dead_closures, &closure->call, sizeof dead_closures);
        closure_free(closure);
    }
}

/* Called with depth 1: what is freed here counts as nested, so that it queues in its turn. */
static void drain(void)
{
    while (dead_lists || dead_maps || dead_closures) {
        drain_lists();
        drain_maps();
        drain_closures();
    }
}

static bool enter(void)
{
    if (depth == RELEASE_DEPTH)
        return false;
    depth++;
    return true;
}

static void leave(void)
{
    if (depth == 1)
        drain();
    depth--;
}

void flow_list_release(FlowList *list)
{
    if (!list || !flow_refs_down(&list->refs))
        return;
    if (!list->item->counted) {
        list_free(list); /* nothing is nested in it, and its words may be in use */
    } else if (enter()) {
        list_free(list);
        leave();
    } else {
        memcpy(&list->start, &dead_lists, sizeof dead_lists);
        dead_lists = list;
    }
}

void flow_map_release(FlowMap *map)
{
    int32_t *refs = (int32_t *)map; /* the count stands first in every object */
    if (!map || !flow_refs_down(refs))
        return;
    if (enter()) {
        map_free(map);
        leave();
    } else {
        *map_next_dead(map) = dead_maps;
        dead_maps = map;
    }
}

void flow_closure_release(FlowClosure *closure)
{
    if (!closure || !flow_refs_down(&closure->refs))
        return;
    if (enter()) {
        closure_free(closure);
        leave();
    } else {
        memcpy(&closure->call, &dead_closures, sizeof dead_closures);
        dead_closures = closure;
    }
}
