/* SPDX-License-Identifier: Apache-2.0 */
/* list.h - lists as the rest of the runtime makes and reads them. */
#ifndef VALUE_LIST_H
#define VALUE_LIST_H

#include <flow/value.h>

/* Where item `index` lies; an int of a range is put into *room. */
static inline const void *list_peek(const FlowList *list, size_t index, int64_t *room)
{
    if (!list->is_range)
        return flow_list_peek(list, index);
    *room = flow_list_peek_int(list, index);
    return room;
}

/* Appends a zero value to a list that is unshared and no range (or NULL): where it lies. */
FlowStatus list_grow(FlowTask *t, FlowList **list, const FlowType *item, void **out);

#endif
