/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - flat arrays of values, and ranges, which become arrays when they are written. */
#include "value/list.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <flow/task.h>

#include "os/memory.h"
#include "value/release.h"

enum {
    LIST_FIRST = 4,
    LIST_DOUBLES = 64, /* items, up to which a list that grows doubles */
    ZEROED_BYTES = 128 * 1024
};

static void *slot_of(const FlowList *list, size_t index)
{
    return (char *)list->items + index * list->item->size;
}

static FlowList *mutable(const FlowList *list)
{
    return (FlowList *)(uintptr_t)list;
}

static bool is_mapped(const FlowList *list)
{
    return list->step != 0 && !list->is_range;
}

/* The file of one that is as the file is: `start` holds the pointer. */
static char *file_of(const FlowList *list)
{
    return is_mapped(list) ? (char *)(intptr_t)list->start : NULL;
}

/* Items begin in the first page of a mapping. */
static OsMap map_of(const FlowList *list)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    return (OsMap){(const uint8_t *)((uintptr_t)list->items & ~(page - 1)), (size_t)list->step};
}

static void free_items(const FlowList *list)
{
    if (!is_mapped(list)) {
        os_free(list->items);
        return;
    }
    OsMap map = map_of(list);
    os_unmap(&map);
    os_free(file_of(list));
}

void list_free(FlowList *list)
{
    if (list->item->counted)
        for (size_t i = 0; i < list->len; i++)
            flow_value_release(list->item, slot_of(list, i));
    free_items(list);
    os_free(list);
}

/* ---- making -------------------------------------------------------------- */

/* Large memory comes as zero from the system: to clear it again would touch every page of it. */
static void *new_items(const FlowType *item, size_t len, size_t cap)
{
    size_t bytes;
    if (__builtin_mul_overflow(cap, item->size, &bytes))
        return NULL;
    if (len * item->size >= ZEROED_BYTES)
        return os_alloc_zero(bytes);
    void *items = os_alloc(bytes);
    return items && len > 0 ? memset(items, 0, len * item->size) : items;
}

FlowStatus flow_list_new(FlowTask *t, const FlowType *item, size_t len, size_t cap, FlowList **out)
{
    if (cap < len)
        cap = len;
    FlowList *list = os_alloc(sizeof *list);
    void *items = cap > 0 ? new_items(item, len, cap) : NULL;
    if (!list || (cap > 0 && !items)) {
        os_free(list);
        os_free(items);
        return flow_fail_memory(t, sizeof *list + cap * item->size);
    }
    *list = (FlowList){.refs = 1, .len = len, .cap = cap, .item = item, .items = items};
    *out = list;
    return FLOW_OK;
}

/* Over a mapping that it takes, and a path (or NULL) that it takes. */
static FlowList *list_over(const FlowType *item, size_t len, const OsMap *map, size_t offset,
                           char *path)
{
    FlowList *list = os_alloc(sizeof *list);
    if (list)
        *list = (FlowList){.refs = 1,
                           .len = len,
                           .cap = len,
                           .item = item,
                           .start = (int64_t)(intptr_t)path,
                           .step = (int64_t)map->len,
                           .items = (uint8_t *)(uintptr_t)map->bytes + offset};
    return list;
}

FlowStatus list_adopt(const FlowType *item, size_t len, OsMap *map, size_t offset,
                      const char *path, FlowList **out)
{
    FlowList *list = NULL;
    if (len == 0) {
        os_unmap(map);
    } else {
        char *copy = os_copy_string(path);
        list = copy ? list_over(item, len, map, offset, copy) : NULL;
        if (!list) {
            os_free(copy);
            return FLOW_ENOMEM;
        }
    }
    *map = (OsMap){0};
    *out = list;
    return FLOW_OK;
}

FlowStatus flow_list_range(FlowTask *t, int64_t start, int64_t len, int64_t step, FlowList **out)
{
    int64_t last;
    *out = NULL;
    if (len <= 0)
        return FLOW_OK;
    if (__builtin_mul_overflow(len - 1, step, &last) || __builtin_add_overflow(start, last, &last))
        return flow_fail_overflow(t, "..");
    FlowList *list = os_alloc(sizeof *list);
    if (!list)
        return flow_fail_memory(t, sizeof *list);
    *list = (FlowList){.refs = 1,
                       .is_range = 1,
                       .len = (size_t)len,
                       .item = &flow_type_int,
                       .start = start,
                       .step = step};
    *out = list;
    return FLOW_OK;
}

FlowStatus flow_list_span(FlowTask *t, int64_t start, int64_t end, bool closed, FlowList **out)
{
    int64_t len;
    *out = NULL;
    if (end < start)
        return FLOW_OK;
    if (__builtin_sub_overflow(end, start, &len) || __builtin_add_overflow(len, closed, &len))
        return flow_fail(t, "a range of more than %" PRId64 " numbers is too long", INT64_MAX);
    return flow_list_range(t, start, len, 1, out);
}

/* ---- writing ------------------------------------------------------------- */

static void copy_items(const FlowList *from, size_t first, size_t len, void *to)
{
    if (from->is_range) {
        int64_t *ints = to;
        for (size_t i = 0; i < len; i++)
            ints[i] = flow_list_peek_int(from, first + i);
        return;
    }
    memcpy(to, slot_of(from, first), len * from->item->size);
    if (from->item->counted)
        for (size_t i = 0; i < len; i++)
            flow_value_retain(from->item, slot_of(from, first + i));
}

/* Another mapping of the file that a list is as; NULL where it is to be copied after all. */
static FlowList *map_again(const FlowList *from)
{
    OsMap map = {0};
    size_t offset = (size_t)((const uint8_t *)from->items - map_of(from).bytes);
    FlowList *list = NULL;
    if (os_map_file_writable(file_of(from), &map, NULL) == FLOW_OK && map.len == (size_t)from->step)
        list = list_over(from->item, from->len, &map, offset, NULL);
    if (!list)
        os_unmap(&map);
    return list;
}

/* An unshared copy of items [first, first + len) with room for `cap`. */
static FlowStatus copy_of(FlowTask *t, const FlowList *from, size_t first, size_t len, size_t cap,
                          FlowList **out)
{
    if (file_of(from) && len == from->len && cap <= len) {
        *out = map_again(from);
        if (*out)
            return FLOW_OK;
    }
    FlowStatus s = flow_list_new(t, from->item, 0, cap < len ? len : cap, out);
    if (s != FLOW_OK || len == 0)
        return s;
    copy_items(from, first, len, (*out)->items);
    (*out)->len = len;
    return FLOW_OK;
}

static FlowStatus grow(FlowTask *t, FlowList *list, size_t cap)
{
    /* A caller that asks for a little more each time still pays for each item but once. */
    size_t ample = list->cap + list->cap / (list->cap < LIST_DOUBLES ? 1 : 2);
    if (cap < ample)
        cap = ample;
    bool was_mapped = is_mapped(list);
    void *items = was_mapped ? os_alloc_array(cap, list->item->size)
                             : os_realloc_array(list->items, cap, list->item->size);
    if (!items)
        return flow_fail_memory(t, cap * list->item->size);
    if (was_mapped) {
        memcpy(items, list->items, list->len * list->item->size);
        free_items(list);
        list->start = list->step = 0;
    }
    list->items = items;
    list->cap = cap;
    return FLOW_OK;
}

FlowStatus flow_list_reserve(FlowTask *t, FlowList **list, const FlowType *item, size_t cap)
{
    FlowList *old = *list;
    if (!old)
        return flow_list_new(t, item, 0, cap, list);
    if (flow_refs(&old->refs) == 1 && !old->is_range)
        return cap <= old->cap ? FLOW_OK : grow(t, old, cap);

    FlowList *copy = NULL;
    FlowStatus s = copy_of(t, old, 0, old->len, cap, &copy);
    if (s != FLOW_OK)
        return s;
    flow_list_release(old);
    *list = copy;
    return FLOW_OK;
}

static FlowStatus reserve_one(FlowTask *t, FlowList **list, const FlowType *item)
{
    FlowList *old = *list;
    if (old && old->len < old->cap && flow_refs(&old->refs) == 1)
        return FLOW_OK;
    size_t len = old ? old->len : 0;
    return flow_list_reserve(t, list, item, len < LIST_FIRST ? LIST_FIRST : len + len / 2 + 1);
}

FlowStatus list_grow(FlowTask *t, FlowList **list, const FlowType *item, void **out)
{
    FlowStatus s = reserve_one(t, list, item);
    if (s != FLOW_OK)
        return s;
    *out = slot_of(*list, (*list)->len++);
    memset(*out, 0, item->size);
    return FLOW_OK;
}

/* Whether `value` lies among the list's own items, as in xs.push(xs[0]); in *offset where. */
static bool holds(const FlowList *list, const void *value, size_t *offset)
{
    if (!list || list->is_range || list->len == 0)
        return false;
    uintptr_t first = (uintptr_t)list->items, place = (uintptr_t)value;
    *offset = place - first;
    return place >= first && *offset < list->len * list->item->size;
}

FlowStatus flow_list_push(FlowTask *t, FlowList **list, const FlowType *item, const void *value)
{
    size_t offset;
    bool own = holds(*list, value, &offset);
    FlowStatus s = reserve_one(t, list, item);
    if (s != FLOW_OK)
        return s;
    if (own) /* the items may have moved */
        value = (char *)(*list)->items + offset;
    flow_value_retain(item, value);
    memcpy(slot_of(*list, (*list)->len++), value, item->size);
    return FLOW_OK;
}

FlowStatus flow_list_slot(FlowTask *t, FlowList **list, const FlowType *item, int64_t index,
                          void **out)
{
    int64_t len = flow_list_len(*list);
    if (index < 0 || index >= len)
        return flow_fail_index(t, index, len);
    FlowStatus s = flow_list_reserve(t, list, item, (size_t)len);
    if (s == FLOW_OK)
        *out = slot_of(*list, (size_t)index);
    return s;
}

/* ---- reading ------------------------------------------------------------- */

FlowStatus flow_list_at(FlowTask *t, const FlowList *list, int64_t index, void *out)
{
    int64_t len = flow_list_len(list), room;
    if (FLOW_UNLIKELY(index < 0 || index >= len))
        return flow_fail_index(t, index, len);
    const void *value = list_peek(list, (size_t)index, &room);
    flow_value_retain(list->item, value);
    memcpy(out, value, list->item->size);
    return FLOW_OK;
}

static FlowStatus fail_slice(FlowTask *t, int64_t from, int64_t to, int64_t len)
{
    return flow_fail(
        t, "the slice %" PRId64 "..%" PRId64 " is out of range: the list has %" PRId64 " item%s",
        from, to, len, len == 1 ? "" : "s");
}

FlowStatus flow_list_flat(FlowTask *t, FlowList *list, FlowList **out)
{
    *out = flow_list_retain(list);
    return list && list->is_range ? flow_list_reserve(t, out, list->item, list->len) : FLOW_OK;
}

FlowStatus flow_list_slice(FlowTask *t, const FlowList *list, int64_t from, int64_t to,
                           FlowList **out)
{
    int64_t len = flow_list_len(list);
    if (from < 0 || to > len || from > to)
        return fail_slice(t, from, to, len);
    *out = NULL;
    if (from == to)
        return FLOW_OK;
    if (to - from == len)
        *out = flow_list_retain(mutable(list));
    else if (list->is_range)
        return flow_list_range(t, flow_list_peek_int(list, (size_t)from), to - from, list->step,
                               out);
    else
        return copy_of(t, list, (size_t)from, (size_t)(to - from), 0, out);
    return FLOW_OK;
}

FlowStatus flow_list_concat(FlowTask *t, const FlowType *item, const FlowList *a, const FlowList *b,
                            FlowList **out)
{
    size_t len_a = (size_t)flow_list_len(a), len_b = (size_t)flow_list_len(b), len;
    if (len_a == 0 || len_b == 0) {
        *out = flow_list_retain(mutable(len_a == 0 ? b : a));
        return FLOW_OK;
    }
    if (__builtin_add_overflow(len_a, len_b, &len))
        return flow_fail_memory(t, SIZE_MAX);
    FlowStatus s = copy_of(t, a, 0, len_a, len, out);
    if (s != FLOW_OK)
        return s;
    copy_items(b, 0, len_b, (char *)(*out)->items + len_a * item->size);
    (*out)->len = len;
    return FLOW_OK;
}

FlowStatus flow_list_append(FlowTask *t, FlowList **list, const FlowType *item, const FlowList *b)
{
    FlowList *a = *list;
    size_t len_a = (size_t)flow_list_len(a), len_b = (size_t)flow_list_len(b);
    if (len_b == 0)
        return FLOW_OK;
    if (len_a == 0 || a == b || a->is_range || flow_refs(&a->refs) != 1) {
        FlowList *both = NULL;
        FlowStatus s = flow_list_concat(t, item, a, b, &both);
        if (s != FLOW_OK)
            return s;
        flow_list_release(a);
        *list = both;
        return FLOW_OK;
    }
    if (len_b > SIZE_MAX / 4 - len_a)
        return flow_fail_memory(t, SIZE_MAX);
    size_t spare = len_a + len_b > a->cap ? len_a / 2 : 0;
    FlowStatus s = flow_list_reserve(t, list, item, len_a + len_b + spare);
    if (s != FLOW_OK)
        return s;
    copy_items(b, 0, len_b, (char *)(*list)->items + len_a * item->size);
    (*list)->len = len_a + len_b;
    return FLOW_OK;
}

static bool range_contains(const FlowList *range, int64_t value)
{
    __int128 distance = (__int128)value - range->start;
    if (range->step == 0)
        return distance == 0;
    return distance % range->step == 0 && distance / range->step >= 0 &&
           distance / range->step < (__int128)range->len;
}

FlowStatus flow_list_contains(FlowTask *t, const FlowType *item, const FlowList *list,
                              const void *value, bool *out)
{
    (void)t;
    *out = false;
    if (list && list->is_range) {
        int64_t wanted;
        memcpy(&wanted, value, sizeof wanted);
        *out = range_contains(list, wanted);
        return FLOW_OK;
    }
    for (size_t i = 0; i < (size_t)flow_list_len(list) && !*out; i++)
        *out = flow_value_equal(item, flow_list_peek(list, i), value);
    return FLOW_OK;
}
