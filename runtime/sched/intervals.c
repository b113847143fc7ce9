/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted array with a gap in front: popping moves `head`, appending extends the last run, and what
 * falls in between moves the items behind it. */
#include "sched/intervals.h"

#include <string.h>

#include "os/memory.h"

/* The first interval that ends behind `ord`, or `count`. */
static size_t find(const Intervals *s, uint64_t ord)
{
    const Interval *items = s->items + s->head;
    if (s->count == 0 || items[s->count - 1].lo + items[s->count - 1].n <= ord)
        return s->count;
    size_t lo = 0, hi = s->count - 1;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (items[mid].lo + items[mid].n > ord)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

/* Room for one more item behind the last. */
static FlowStatus make_room(Intervals *s)
{
    if (s->head + s->count < s->cap)
        return FLOW_OK;
    if (s->head > s->cap / 2) {
        memmove(s->items, s->items + s->head, s->count * sizeof *s->items);
        s->head = 0;
        return FLOW_OK;
    }
    size_t cap = s->cap ? s->cap * 2 : 4;
    Interval *items = os_realloc_array(s->items, cap, sizeof *items);
    if (!items)
        return FLOW_ENOMEM;
    s->items = items;
    s->cap = cap;
    return FLOW_OK;
}

static FlowStatus insert_at(Intervals *s, size_t index, uint64_t lo, uint64_t n)
{
    FlowStatus status = make_room(s);
    if (status != FLOW_OK)
        return status;
    Interval *at = s->items + s->head + index;
    memmove(at + 1, at, (s->count - index) * sizeof *at);
    *at = (Interval){lo, n};
    s->count++;
    return FLOW_OK;
}

static void erase(Intervals *s, size_t index, size_t count)
{
    Interval *at = s->items + s->head + index;
    memmove(at, at + count, (s->count - index - count) * sizeof *at);
    s->count -= count;
    if (s->count == 0)
        s->head = 0;
}

/* Joins items[index] with those behind it that it reaches. */
static void absorb(Intervals *s, size_t index)
{
    Interval *items = s->items + s->head;
    uint64_t end = items[index].lo + items[index].n;
    size_t next = index + 1;
    while (next < s->count && items[next].lo <= end) {
        uint64_t next_end = items[next].lo + items[next].n;
        s->total -= items[next].n;
        if (next_end > end) {
            s->total += next_end - end;
            end = next_end;
        }
        next++;
    }
    items[index].n = end - items[index].lo;
    if (next > index + 1)
        erase(s, index + 1, next - index - 1);
}

FlowStatus intervals_add(Intervals *s, uint64_t lo, uint64_t n)
{
    if (n == 0)
        return FLOW_OK;
    size_t index = find(s, lo > 0 ? lo - 1 : 0); /* one that ends at `lo` is extended */
    Interval *items = s->items + s->head;
    if (index == s->count || items[index].lo > lo + n) {
        FlowStatus status = insert_at(s, index, lo, n);
        if (status == FLOW_OK)
            s->total += n;
        return status;
    }
    Interval *at = items + index;
    uint64_t end = at->lo + at->n > lo + n ? at->lo + at->n : lo + n;
    uint64_t from = at->lo < lo ? at->lo : lo;
    s->total += (end - from) - at->n;
    *at = (Interval){from, end - from};
    absorb(s, index);
    return FLOW_OK;
}

FlowStatus intervals_remove(Intervals *s, uint64_t lo, uint64_t n)
{
    uint64_t hi = lo + n;
    for (size_t i = find(s, lo); n > 0 && i < s->count;) {
        Interval *at = s->items + s->head + i;
        uint64_t end = at->lo + at->n;
        if (at->lo >= hi)
            break;
        if (at->lo < lo && end > hi) { /* a hole in the middle */
            FlowStatus status = insert_at(s, i + 1, hi, end - hi);
            if (status != FLOW_OK)
                return status;
            s->items[s->head + i].n = lo - s->items[s->head + i].lo;
            s->total -= n;
            break;
        }
        uint64_t from = at->lo > lo ? at->lo : lo, to = end < hi ? end : hi;
        s->total -= to - from;
        if (from == at->lo && to == end) {
            erase(s, i, 1);
            continue;
        }
        *at = from == at->lo ? (Interval){to, end - to} : (Interval){at->lo, from - at->lo};
        i++;
    }
    return FLOW_OK;
}

bool intervals_pop(Intervals *s, uint64_t max, uint64_t *lo, uint64_t *n)
{
    if (s->count == 0)
        return false;
    Interval *first = s->items + s->head;
    *lo = first->lo;
    *n = first->n < max ? first->n : max;
    first->lo += *n;
    first->n -= *n;
    s->total -= *n;
    if (first->n == 0) {
        s->head++;
        if (--s->count == 0)
            s->head = 0;
    }
    return true;
}

bool intervals_covers(const Intervals *s, uint64_t lo, uint64_t n)
{
    size_t i = find(s, lo);
    if (i == s->count)
        return n == 0;
    const Interval *at = s->items + s->head + i;
    return n == 0 || (at->lo <= lo && at->lo + at->n >= lo + n);
}

void intervals_free(Intervals *s)
{
    os_free(s->items);
    *s = (Intervals){0};
}
