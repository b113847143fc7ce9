/* SPDX-License-Identifier: Apache-2.0 */
/* sort.c - a stable merge sort of places, which are then copied in order.
 *
 * Keys that are one number are sorted as pairs of a 64-bit key and a place; a float is mapped to
 * an int of the same order (nan last in both directions).  All else is compared by the walker. */
#include <math.h>
#include <string.h>

#include <flow/task.h>

#include "os/memory.h"
#include "value/list.h"

enum { INSERTION_LEN = 16 };

typedef struct Entry {
    int64_t key; /* of the numeric sort */
    size_t place;
} Entry;

typedef struct Sorter {
    const FlowList *keys;
    bool is_numeric;
    bool descending;
} Sorter;

static bool is_before(const Sorter *sorter, const Entry *a, const Entry *b)
{
    if (sorter->is_numeric)
        return a->key < b->key;
    int64_t room_a, room_b;
    int order = flow_value_compare(sorter->keys->item, list_peek(sorter->keys, a->place, &room_a),
                                   list_peek(sorter->keys, b->place, &room_b));
    return sorter->descending ? order > 0 : order < 0;
}

static void insertion_sort(const Sorter *sorter, Entry *entries, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        Entry entry = entries[i];
        size_t j = i;
        for (; j > 0 && is_before(sorter, &entry, &entries[j - 1]); j--)
            entries[j] = entries[j - 1];
        entries[j] = entry;
    }
}

/* Merges the sorted halves of `entries`, the left one by way of `spare`. */
static void merge(const Sorter *sorter, Entry *entries, size_t half, size_t len, Entry *spare)
{
    if (!is_before(sorter, &entries[half], &entries[half - 1]))
        return;
    memcpy(spare, entries, half * sizeof *spare);
    size_t left = 0, right = half, to = 0;
    while (left < half && right < len)
        entries[to++] =
            is_before(sorter, &entries[right], &spare[left]) ? entries[right++] : spare[left++];
    memcpy(entries + to, spare + left, (half - left) * sizeof *spare);
}

static void merge_sort(const Sorter *sorter, Entry *entries, size_t len, Entry *spare)
{
    if (len <= INSERTION_LEN) {
        insertion_sort(sorter, entries, len);
        return;
    }
    size_t half = len / 2;
    merge_sort(sorter, entries, half, spare);
    merge_sort(sorter, entries + half, len - half, spare);
    merge(sorter, entries, half, len, spare);
}

/* ---- keys ---------------------------------------------------------------- */

static bool is_number(FlowKind kind)
{
    return kind == FLOW_INT || kind == FLOW_FLOAT || kind == FLOW_BOOL || kind == FLOW_SIZE ||
           kind == FLOW_DURATION || kind == FLOW_TIME;
}

/* An int with the order of the float; both zeros are one. */
static int64_t order_of_float(double x)
{
    int64_t bits;
    x = x == 0 ? 0 : x;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

static int64_t key_of(const FlowList *keys, size_t place, bool descending)
{
    int64_t room, key = 0;
    const void *value = list_peek(keys, place, &room);
    if (keys->item->kind == FLOW_FLOAT) {
        double x;
        memcpy(&x, value, sizeof x);
        if (isnan(x))
            return INT64_MAX;
        key = order_of_float(x);
    } else if (keys->item->kind == FLOW_BOOL) {
        key = *(const bool *)value;
    } else {
        memcpy(&key, value, sizeof key);
    }
    return descending ? ~key : key; /* ~ turns the order round without overflow */
}

/* ---- lists --------------------------------------------------------------- */

static FlowStatus sorted_places(FlowTask *t, const FlowList *keys, bool descending, Entry **out)
{
    size_t len = keys->len;
    Entry *entries = os_alloc_array(len, sizeof *entries);
    Entry *spare = os_alloc_array(len / 2 + 1, sizeof *spare);
    if (!entries || !spare) {
        os_free(entries);
        os_free(spare);
        return flow_fail_memory(t, len * sizeof *entries * 3 / 2);
    }
    Sorter sorter = {keys, is_number(keys->item->kind), descending};
    for (size_t i = 0; i < len; i++)
        entries[i] = (Entry){sorter.is_numeric ? key_of(keys, i, descending) : 0, i};
    merge_sort(&sorter, entries, len, spare);
    os_free(spare);
    *out = entries;
    return FLOW_OK;
}

static FlowStatus in_order(FlowTask *t, const FlowList *list, const Entry *entries, FlowList **out)
{
    const FlowType *item = list->item;
    int64_t room;
    FlowStatus s = flow_list_new(t, item, 0, list->len, out);
    if (s != FLOW_OK)
        return s;
    for (size_t i = 0; i < list->len; i++) {
        const void *value = list_peek(list, entries[i].place, &room);
        flow_value_retain(item, value);
        memcpy((char *)(*out)->items + i * item->size, value, item->size);
    }
    (*out)->len = list->len;
    return FLOW_OK;
}

FlowStatus flow_list_sort(FlowTask *t, const FlowList *list, const FlowList *keys, bool descending,
                          FlowList **out)
{
    if (flow_list_len(list) < 2) {
        *out = flow_list_retain((FlowList *)(uintptr_t)list);
        return FLOW_OK;
    }
    if (!keys)
        keys = list;
    if (keys->len != list->len)
        return flow_fail(t, "a list of %zu items cannot be sorted by %zu keys", list->len,
                         keys->len);
    Entry *entries = NULL;
    FlowStatus s = sorted_places(t, keys, descending, &entries);
    if (s != FLOW_OK)
        return s;
    s = in_order(t, list, entries, out);
    os_free(entries);
    return s;
}
