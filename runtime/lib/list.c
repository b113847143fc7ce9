/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - sums, extremes and reversal; ranges are answered without being gone through. */
#include "value/list.h"

#include <string.h>

#include <flow/lib.h>

/* The sum is wide, so that it overflows only if the result does, in whatever order. */
FlowStatus flow_list_sum_int(FlowTask *t, const FlowList *xs, int64_t *out)
{
    size_t len = (size_t)flow_list_len(xs);
    __int128 sum = 0;
    if (xs && xs->is_range)
        sum = (__int128)len * xs->start + (__int128)xs->step * ((__int128)len * (len - 1) / 2);
    else
        for (size_t i = 0; i < len; i++)
            sum += *(const int64_t *)flow_list_peek(xs, i);
    if (sum < INT64_MIN || sum > INT64_MAX)
        return flow_fail_overflow(t, "sum");
    *out = (int64_t)sum;
    return FLOW_OK;
}

FlowStatus flow_list_sum_float(FlowTask *t, const FlowList *xs, double *out)
{
    (void)t;
    double sum = 0;
    for (size_t i = 0; i < (size_t)flow_list_len(xs); i++)
        sum += *(const double *)flow_list_peek(xs, i);
    *out = sum;
    return FLOW_OK;
}

/* The first of the items that come first (`sign` -1) or last (1). */
static size_t place_of_extreme(const FlowList *xs, int sign)
{
    size_t best = 0;
    int64_t room_best, room;
    if (xs->is_range)
        return (xs->step > 0) == (sign > 0) && xs->step != 0 ? xs->len - 1 : 0;
    for (size_t i = 1; i < xs->len; i++) {
        int order =
            flow_value_compare(xs->item, list_peek(xs, i, &room), list_peek(xs, best, &room_best));
        if (sign * order > 0)
            best = i;
    }
    return best;
}

FlowStatus flow_list_min(FlowTask *t, const FlowList *xs, void *out)
{
    if (flow_list_len(xs) == 0)
        return flow_fail(t, "an empty list has no min");
    return flow_list_at(t, xs, (int64_t)place_of_extreme(xs, -1), out);
}

FlowStatus flow_list_max(FlowTask *t, const FlowList *xs, void *out)
{
    if (flow_list_len(xs) == 0)
        return flow_fail(t, "an empty list has no max");
    return flow_list_at(t, xs, (int64_t)place_of_extreme(xs, 1), out);
}

static FlowStatus reversed_range(FlowTask *t, const FlowList *xs, FlowList **out)
{
    int64_t last = flow_list_peek_int(xs, xs->len - 1), step;
    if (__builtin_sub_overflow((int64_t)0, xs->step, &step))
        return flow_fail_overflow(t, "reversed");
    return flow_list_range(t, last, (int64_t)xs->len, step, out);
}

FlowStatus flow_list_reversed(FlowTask *t, const FlowList *xs, FlowList **out)
{
    if (flow_list_len(xs) < 2) {
        *out = flow_list_retain((FlowList *)(uintptr_t)xs);
        return FLOW_OK;
    }
    if (xs->is_range)
        return reversed_range(t, xs, out);
    size_t len = xs->len, size = xs->item->size;
    FlowStatus s = flow_list_new(t, xs->item, 0, len, out);
    if (s != FLOW_OK)
        return s;
    for (size_t i = 0; i < len; i++) {
        const void *value = flow_list_peek(xs, len - 1 - i);
        flow_value_retain(xs->item, value);
        memcpy((char *)(*out)->items + i * size, value, size);
    }
    (*out)->len = len;
    return FLOW_OK;
}
