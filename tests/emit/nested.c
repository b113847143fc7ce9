/* Made by flowc from nested.flow: change that file, not this one. */
#include <flow/flow.h>

#if FLOW_ABI != 3
#error "This file was made by another version of flowc: build the flow again."
#endif

#if defined(__GNUC__) /* a program may compare a value with itself */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

static FlowStatus step_start(FlowTask *t);
FLOW_APART FlowStatus fl_smear(FlowTask *t, FlowList **v_xs, FlowList *v_by, int64_t v_n);
FLOW_APART FlowStatus fl_halve(FlowTask *t, FlowList **v_xs, int64_t v_from, int64_t v_n, int64_t *out);
static FlowStatus step_end(FlowTask *t);

static FlowStatus step_start(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 25;
    FlowList *v_xs = NULL;
    void *p_1 = NULL;
    FlowList *x_2 = NULL;
    int64_t x_3 = 0;
    FlowString *x_4 = NULL;

#line 25 "nested.flow"
    flow_at(t, line = 25);
    s = flow_list_new(t, &flow_type_int, 3, 3, &v_xs);
    if (s != FLOW_OK)
        goto done;
    p_1 = v_xs->items;
    ((int64_t *)p_1)[0] = 1;
    ((int64_t *)p_1)[1] = 2;
    ((int64_t *)p_1)[2] = 3;
#line 26 "nested.flow"
    flow_at(t, line = 26);
    s = flow_list_new(t, &flow_type_int, 3, 3, &x_2);
    if (s != FLOW_OK)
        goto done;
    p_1 = x_2->items;
    ((int64_t *)p_1)[0] = 2;
    ((int64_t *)p_1)[1] = 0;
    ((int64_t *)p_1)[2] = 1;
    s = fl_smear(t, &v_xs, x_2, 3);
    if (s != FLOW_OK)
        goto done;
    flow_list_release(x_2);
    x_2 = NULL;
#line 27 "nested.flow"
    flow_at(t, line = 27);
    {
        int64_t got = 0;
        s = fl_halve(t, &v_xs, 0, 3, &got);
        if (s != FLOW_OK)
            goto done;
        x_3 = got;
    }
    flow_at(t, line = 27);
    s = flow_string_of(t, &flow_type_int, &x_3, &x_4);
    if (s != FLOW_OK)
        goto done;
    s = flow_print(t, x_4);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_4);
    x_4 = NULL;
#line 28 "nested.flow"
    flow_at(t, line = 28);
    s = flow_string_of(t, &flow_type_int_list, &v_xs, &x_4);
    if (s != FLOW_OK)
        goto done;
    s = flow_print(t, x_4);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_4);
    x_4 = NULL;
#line 29 "nested.flow"
    t->way = 0;
done:
#line 82 "nested.c"
    if (s != FLOW_OK)
        flow_trace(t, "start", "nested.flow", line);
    flow_list_release(v_xs);
    flow_list_release(x_2);
    flow_string_release(x_4);
    return s;
}

FLOW_APART FlowStatus fl_smear(FlowTask *t, FlowList **v_xs, FlowList *v_by, int64_t v_n)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 5;
    int64_t v_i = 0;
    int64_t v_k = 0;
    int64_t x_6 = 0;
    void *p_7 = NULL;
    int64_t *items_0 = NULL;
    uint64_t len_0 = 0;
    int64_t *items_1 = NULL;
    uint64_t own_1 = 0;

#line 5 "nested.flow"
    v_i = 0;
    if (v_i >= v_n)
        goto at_3;
    items_0 = flow_list_items(v_by);
    len_0 = flow_list_flat_len(v_by);
    items_1 = flow_list_items(*v_xs);
    own_1 = flow_list_own_len(*v_xs);
enter_1: __attribute__((unused));
    if (FLOW_UNLIKELY(!flow_is_near(v_n)))
        goto slow_1;
    flow_at_loop(t, 5);
fast_1: __attribute__((unused));
    if (v_i >= v_n)
        goto at_3;
#line 6 "nested.flow"
    v_k = v_i;
    flow_at_loop(t, 7);
fast_4: __attribute__((unused));
#line 7 "nested.flow"
    if (v_k >= v_n)
        goto fast_5;
#line 8 "nested.flow"
    if (FLOW_UNLIKELY((uint64_t)v_k >= len_0))
        goto slow_6;
    x_6 = *(items_0 + v_k);
    if (FLOW_UNLIKELY((uint64_t)x_6 >= own_1))
        goto slow_7;
    p_7 = items_1 + x_6;
    {
        int64_t got = 0;
        if (FLOW_UNLIKELY(__builtin_add_overflow(*((int64_t *)p_7), v_i, &got)))
            goto slow_8;
        *((int64_t *)p_7) = got;
    }
#line 9 "nested.flow"
    {
        int64_t got = 0;
        if (FLOW_UNLIKELY(__builtin_add_overflow(v_i, 1, &got)))
            goto slow_9;
        x_6 = got;
    }
    {
        int64_t got = 0;
        if (FLOW_UNLIKELY(__builtin_add_overflow(v_k, x_6, &got)))
            goto slow_10;
        v_k = got;
    }
    goto fast_4;
fast_5: __attribute__((unused));
    v_i = v_i + 1;
    goto fast_1;
slow_1:;
#line 5 "nested.flow"
    if (v_i >= v_n)
        goto at_3;
#line 6 "nested.flow"
    v_k = v_i;
    flow_at_loop(t, 7);
at_4:;
#line 7 "nested.flow"
    if (v_k >= v_n)
        goto at_5;
slow_6:;
#line 8 "nested.flow"
    line = 8;
    if (FLOW_UNLIKELY((uint64_t)v_k >= len_0)) {
        if ((uint64_t)v_k >= (uint64_t)flow_list_len(v_by)) {
            s = flow_fail_index(t, v_k, flow_list_len(v_by));
            goto done;
        }
        x_6 = flow_list_peek_int(v_by, (size_t)v_k);
    } else {
        x_6 = *(items_0 + v_k);
    }
slow_7:;
    line = 8;
    if (FLOW_UNLIKELY((uint64_t)x_6 >= own_1)) {
        void *slot = NULL;
        s = flow_list_slot(t, v_xs, &flow_type_int, x_6, &slot);
        if (s != FLOW_OK)
            goto done;
        p_7 = slot;
        items_1 = flow_list_items(*v_xs);
        own_1 = flow_list_own_len(*v_xs);
    } else {
        p_7 = items_1 + x_6;
    }
slow_8:;
    line = 8;
    s = flow_int_add(t, *((int64_t *)p_7), v_i, ((int64_t *)p_7));
    if (s != FLOW_OK)
        goto done;
slow_9:;
#line 9 "nested.flow"
    line = 9;
    s = flow_int_add(t, v_i, 1, &x_6);
    if (s != FLOW_OK)
        goto done;
slow_10:;
    line = 9;
    s = flow_int_add(t, v_k, x_6, &v_k);
    if (s != FLOW_OK)
        goto done;
    goto at_4;
at_5:;
    v_i = v_i + 1;
    goto enter_1;
at_3:;
done:
#line 214 "nested.c"
    if (s != FLOW_OK)
        flow_trace(t, "smear", "nested.flow", line);
    return s;
}

FLOW_APART FlowStatus fl_halve(FlowTask *t, FlowList **v_xs, int64_t v_from, int64_t v_n, int64_t *out)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 16;
    int64_t result = 0;
    int64_t v_turns = 0;
    int64_t x_6 = 0;
    int64_t v_w = 0;
    int64_t x_8 = 0;
    int64_t x_9 = 0;
    int64_t x_10 = 0;
    void *p_11 = NULL;
    int64_t *items_0 = NULL;
    uint64_t len_0 = 0;
    uint64_t own_0 = 0;
    __attribute__((unused)) bool sure_4 = false;

#line 16 "nested.flow"
    v_turns = 0;
    items_0 = flow_list_items(*v_xs);
    len_0 = flow_list_flat_len(*v_xs);
    own_0 = flow_list_own_len(*v_xs);
enter_1: __attribute__((unused));
    if (FLOW_UNLIKELY(!flow_is_near(v_from) || !flow_is_near(v_n)))
        goto slow_1;
    {
        __attribute__((unused)) int64_t got;
        sure_4 = v_n > 0 &&
        v_from >= 0 &&
        !__builtin_add_overflow(v_from, v_n - 1, &got) &&
        !__builtin_add_overflow(v_from, v_n - 1, &got) &&
        (uint64_t)((int64_t)((uint64_t)(v_from) + (uint64_t)(v_n - 1))) < own_0 &&
        (uint64_t)((int64_t)((uint64_t)(v_from) + (uint64_t)(v_n - 1))) < own_0;
    }
    flow_at_loop(t, 17);
fast_1: __attribute__((unused));
#line 17 "nested.flow"
    if (FLOW_UNLIKELY((uint64_t)0 >= own_0))
        goto slow_2;
    x_6 = *(items_0 + 0);
    if (x_6 <= 0)
        goto at_2;
#line 18 "nested.flow"
    v_w = 0;
    {
        if (FLOW_LIKELY(v_w >= v_n || (sure_4 &&
        v_w >= 0)))
            goto plain_4;
    }
    flow_at_loop(t, 18);
fast_4: __attribute__((unused));
    if (v_w >= v_n)
        goto fast_6;
    {
        int64_t got = 0;
        if (FLOW_UNLIKELY(__builtin_add_overflow(v_from, v_w, &got)))
            goto slow_7;
        x_6 = got;
    }
    {
        int64_t got = 0;
        if (FLOW_UNLIKELY(__builtin_add_overflow(v_from, v_w, &got)))
            goto slow_8;
        x_9 = got;
    }
    if (FLOW_UNLIKELY((uint64_t)x_9 >= own_0))
        goto slow_9;
    x_10 = *(items_0 + x_9);
    {
        int64_t got = 0;
        if (FLOW_UNLIKELY(2 == 0 || 2 == -1))
            goto slow_10;
        (void)flow_int_div(t, x_10, 2, &got);
        x_8 = got;
    }
    if (FLOW_UNLIKELY((uint64_t)x_6 >= own_0))
        goto slow_11;
    p_11 = items_0 + x_6;
    *((int64_t *)p_11) = x_8;
    v_w = v_w + 1;
    goto fast_4;
plain_4: __attribute__((unused));
    if (v_w >= v_n)
        goto fast_6;
    x_6 = v_from + v_w;
    x_9 = v_from + v_w;
    x_10 = *(items_0 + x_9);
    {
        int64_t got = 0;
        if (FLOW_UNLIKELY(2 == 0 || 2 == -1))
            goto slow_10;
        (void)flow_int_div(t, x_10, 2, &got);
        x_8 = got;
    }
    p_11 = items_0 + x_6;
    *((int64_t *)p_11) = x_8;
    v_w = v_w + 1;
    goto plain_4;
fast_6: __attribute__((unused));
#line 19 "nested.flow"
    {
        int64_t got = 0;
        if (FLOW_UNLIKELY(__builtin_add_overflow(v_turns, 1, &got)))
            goto slow_17;
        v_turns = got;
    }
    goto fast_1;
slow_1:;
slow_2:;
#line 17 "nested.flow"
    line = 17;
    if (FLOW_UNLIKELY((uint64_t)0 >= len_0)) {
        if ((uint64_t)0 >= (uint64_t)flow_list_len(*v_xs)) {
            s = flow_fail_index(t, 0, flow_list_len(*v_xs));
            goto done;
        }
        x_6 = flow_list_peek_int(*v_xs, (size_t)0);
    } else {
        x_6 = *(items_0 + 0);
    }
    if (x_6 <= 0)
        goto at_2;
#line 18 "nested.flow"
    v_w = 0;
    flow_at_loop(t, 18);
at_4:;
    if (v_w >= v_n)
        goto at_6;
slow_7:;
    line = 18;
    s = flow_int_add(t, v_from, v_w, &x_6);
    if (s != FLOW_OK)
        goto done;
slow_8:;
    line = 18;
    s = flow_int_add(t, v_from, v_w, &x_9);
    if (s != FLOW_OK)
        goto done;
slow_9:;
    line = 18;
    if (FLOW_UNLIKELY((uint64_t)x_9 >= len_0)) {
        if ((uint64_t)x_9 >= (uint64_t)flow_list_len(*v_xs)) {
            s = flow_fail_index(t, x_9, flow_list_len(*v_xs));
            goto done;
        }
        x_10 = flow_list_peek_int(*v_xs, (size_t)x_9);
    } else {
        x_10 = *(items_0 + x_9);
    }
slow_10:;
    line = 18;
    s = flow_int_div(t, x_10, 2, &x_8);
    if (s != FLOW_OK)
        goto done;
slow_11:;
    line = 18;
    if (FLOW_UNLIKELY((uint64_t)x_6 >= own_0)) {
        void *slot = NULL;
        s = flow_list_slot(t, v_xs, &flow_type_int, x_6, &slot);
        if (s != FLOW_OK)
            goto done;
        p_11 = slot;
        items_0 = flow_list_items(*v_xs);
        len_0 = flow_list_flat_len(*v_xs);
        own_0 = flow_list_own_len(*v_xs);
    } else {
        p_11 = items_0 + x_6;
    }
    *((int64_t *)p_11) = x_8;
    v_w = v_w + 1;
    goto at_4;
at_6:;
slow_17:;
#line 19 "nested.flow"
    line = 19;
    s = flow_int_add(t, v_turns, 1, &v_turns);
    if (s != FLOW_OK)
        goto done;
    goto enter_1;
at_2:;
#line 21 "nested.flow"
    result = v_turns;
done:
#line 403 "nested.c"
    if (s != FLOW_OK)
        flow_trace(t, "halve", "nested.flow", line);
    if (s == FLOW_OK)
        *out = result;
    return s;
}

static FlowStatus step_end(FlowTask *t)
{

#line 32 "nested.flow"
    t->way = 0;
#line 416 "nested.c"
    return FLOW_OK;
}

static const FlowDomain domains[] = {
    {0, 0, 0, NULL, 0},
};
static const uint16_t edge_0_0[] = {1};
static const uint16_t edge_0_0_branches[] = {0};
static const FlowEdge edges_0[] = {
    {FLOW_EDGE_NEXT, edge_0_0, 1, edge_0_0_branches, 0, 0, false, 29},
};
static const FlowEdge edges_1[] = {
    {FLOW_EDGE_END, NULL, 0, NULL, 0, 0, false, 32},
};
static const FlowStep steps[] = {
    {
        .name = "start",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 0,
        .flags = 0,
        .meaning = {{29, 151, 250, 200, 16, 183, 244, 51, 113, 211, 133, 90, 9, 154, 52, 185, 217, 194, 220, 240, 244, 150, 201, 231, 182, 58, 121, 208, 142, 68, 53, 90}},
        .slots = NULL,
        .slot_count = 0,
        .keeps = NULL,
        .keep_count = 0,
        .catch_keep = FLOW_NO_STEP,
        .edges = edges_0,
        .edge_count = 1,
        .branch_count = 0,
        .closes = 0,
        .body = step_start,
        .file = "nested.flow",
        .line = 24,
    },
    {
        .name = "end",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 1,
        .flags = 0,
        .meaning = {{239, 16, 235, 238, 5, 93, 98, 125, 47, 117, 17, 92, 52, 31, 122, 247, 249, 128, 54, 100, 183, 203, 13, 214, 3, 205, 113, 173, 164, 45, 11, 149}},
        .slots = NULL,
        .slot_count = 0,
        .keeps = NULL,
        .keep_count = 0,
        .catch_keep = FLOW_NO_STEP,
        .edges = edges_1,
        .edge_count = 1,
        .branch_count = 0,
        .closes = 0,
        .body = step_end,
        .file = "nested.flow",
        .line = 32,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "Nested",
    .doc = "",
    .file = "nested.flow",
    .digest = {{116, 137, 31, 43, 244, 164, 20, 46, 40, 131, 137, 32, 114, 154, 76, 144, 138, 212, 35, 53, 254, 252, 236, 52, 71, 180, 61, 122, 84, 216, 173, 104}},
    .artifact_count = 0,
    .param_count = 0,
    .domains = domains,
    .domain_count = 1,
    .steps = steps,
    .step_count = 2,
    .start = 0,
    .end = 1,
};

int main(int argc, char **argv)
{
    return flow_main(&flow_program, argc, argv);
}
