/* Made by flowc from nested.flow: change that file, not this one. */
#include <flow/flow.h>

#if FLOW_ABI != 3
#error "This file was made by another version of flowc: build the flow again."
#endif

#if defined(__GNUC__) /* a program may compare a value with itself */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

static FlowStatus step_start(FlowTask *t);
static FlowStatus fl_smear(FlowTask *t, FlowList **v_xs, FlowList *v_by, int64_t v_n);
static FlowStatus step_end(FlowTask *t);

static FlowStatus step_start(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 15;
    FlowList *v_xs = NULL;
    void *p_1 = NULL;
    FlowList *x_2 = NULL;
    FlowString *x_3 = NULL;

#line 15 "nested.flow"
    flow_at(t, line = 15);
    s = flow_list_new(t, &flow_type_int, 3, 3, &v_xs);
    if (s != FLOW_OK)
        goto done;
    p_1 = v_xs->items;
    ((int64_t *)p_1)[0] = 1;
    ((int64_t *)p_1)[1] = 2;
    ((int64_t *)p_1)[2] = 3;
#line 16 "nested.flow"
    flow_at(t, line = 16);
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
#line 17 "nested.flow"
    flow_at(t, line = 17);
    s = flow_string_of(t, &flow_type_int_list, &v_xs, &x_3);
    if (s != FLOW_OK)
        goto done;
    s = flow_print(t, x_3);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_3);
    x_3 = NULL;
#line 18 "nested.flow"
    t->way = 0;
done:
#line 62 "nested.c"
    if (s != FLOW_OK)
        flow_trace(t, "start", "nested.flow", line);
    flow_list_release(v_xs);
    flow_list_release(x_2);
    flow_string_release(x_3);
    return s;
}

static FlowStatus fl_smear(FlowTask *t, FlowList **v_xs, FlowList *v_by, int64_t v_n)
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
    items_0 = flow_list_items(v_by);
    len_0 = flow_list_flat_len(v_by);
    items_1 = flow_list_items(*v_xs);
    own_1 = flow_list_own_len(*v_xs);
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
    goto fast_1;
at_3:;
done:
#line 188 "nested.c"
    if (s != FLOW_OK)
        flow_trace(t, "smear", "nested.flow", line);
    return s;
}

static FlowStatus step_end(FlowTask *t)
{

#line 21 "nested.flow"
    t->way = 0;
#line 199 "nested.c"
    return FLOW_OK;
}

static const FlowDomain domains[] = {
    {0, 0, 0, NULL, 0},
};
static const uint16_t edge_0_0[] = {1};
static const uint16_t edge_0_0_branches[] = {0};
static const FlowEdge edges_0[] = {
    {FLOW_EDGE_NEXT, edge_0_0, 1, edge_0_0_branches, 0, 0, false, 18},
};
static const FlowEdge edges_1[] = {
    {FLOW_EDGE_END, NULL, 0, NULL, 0, 0, false, 21},
};
static const FlowStep steps[] = {
    {
        .name = "start",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 0,
        .flags = 0,
        .meaning = {{197, 121, 158, 89, 66, 240, 11, 185, 37, 145, 93, 153, 72, 42, 47, 97, 213, 34, 74, 190, 250, 158, 155, 254, 151, 239, 154, 73, 112, 11, 201, 186}},
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
        .line = 14,
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
        .line = 21,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "Nested",
    .doc = "",
    .file = "nested.flow",
    .digest = {{16, 145, 210, 108, 203, 199, 102, 122, 63, 62, 148, 41, 160, 133, 241, 94, 160, 163, 4, 56, 209, 244, 107, 236, 160, 108, 147, 25, 89, 38, 43, 241}},
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
