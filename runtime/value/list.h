/* SPDX-License-Identifier: Apache-2.0 */
/* list.h - lists as the rest of the runtime makes and reads them. */
#ifndef VALUE_LIST_H
#define VALUE_LIST_H

#include <flow/value.h>

#include "os/file.h"

/* Where item `index` lies; an int of a range is put into *room. */
static inline const void *list_peek(const FlowList *list, size_t index, int64_t *room)
{
    if (!list->is_range)
        return flow_list_peek(list, index);
    *room = flow_list_peek_int(list, index);
    return room;
}

/* A list of `len` values, numbers, that lie in the mapped file `path`, `offset` bytes (less than a
 * page) from its start; NULL for none.  The mapping is writable and private: a list that nobody
 * shares is changed where it lies, as any other, and the copy of one that its first holder still
 * has is another mapping of the file.  So the pages that are written to are copied, by the system,
 * and no check is added to any access.  Whoever adopts a list holds it until those to whom it was
 * handed are done with it, and does not write to it.  On success the list owns the mapping, and
 * *map is empty. */
FlowStatus list_adopt(const FlowType *item, size_t len, OsMap *map, size_t offset,
                      const char *path, FlowList **out);

/* Appends a zero value to a list that is unshared and no range (or NULL): where it lies. */
FlowStatus list_grow(FlowTask *t, FlowList **list, const FlowType *item, void **out);

#endif
