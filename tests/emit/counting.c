/* Made by flowc from counting.flow: change that file, not this one. */
#include <flow/flow.h>

#if FLOW_ABI != 3
#error "This file was made by another version of flowc: build the flow again."
#endif

#if defined(__GNUC__) /* a program may compare a value with itself */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

static FlowStatus step_start(FlowTask *t);
static FlowStatus fl_thin(FlowTask *t, FlowList **v_xs, int64_t v_by);
FLOW_SMALL FlowStatus fl_total(FlowTask *t, FlowList *v_xs, int64_t v_last, double *out);
static FlowStatus step_end(FlowTask *t);

static FlowStatus step_start(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 19;
    FlowList *v_xs = NULL;
    void *p_1 = NULL;
    FlowString *x_2 = NULL;
    FlowText text_3 = {0};
    double x_4 = 0.0;
    FlowList *x_5 = NULL;
    void *p_6 = NULL;

#line 19 "counting.flow"
    flow_at(t, line = 19);
    s = flow_list_new(t, &flow_type_bool, 3, 3, &v_xs);
    if (s != FLOW_OK)
        goto done;
    p_1 = v_xs->items;
    ((bool *)p_1)[0] = true;
    ((bool *)p_1)[1] = true;
    ((bool *)p_1)[2] = true;
#line 20 "counting.flow"
    flow_at(t, line = 20);
    s = fl_thin(t, &v_xs, 2);
    if (s != FLOW_OK)
        goto done;
#line 21 "counting.flow"
    flow_at(t, line = 21);
    s = flow_text_value(t, &text_3, &flow_type_bool_list, &v_xs);
    if (s != FLOW_OK)
        goto done;
    s = flow_text_bytes(t, &text_3, " ", 1);
    if (s != FLOW_OK)
        goto done;
    s = flow_list_new(t, &flow_type_float, 3, 3, &x_5);
    if (s != FLOW_OK)
        goto done;
    p_6 = x_5->items;
    ((double *)p_6)[0] = 1.0;
    ((double *)p_6)[1] = 2.0;
    ((double *)p_6)[2] = 4.0;
    {
        double got = 0;
        s = fl_total(t, x_5, 2, &got);
        if (s != FLOW_OK)
            goto done;
        x_4 = got;
    }
    flow_at(t, line = 21);
    s = flow_text_value(t, &text_3, &flow_type_float, &x_4);
    if (s != FLOW_OK)
        goto done;
    flow_list_release(x_5);
    x_5 = NULL;
    s = flow_text_take(t, &text_3, &x_2);
    if (s != FLOW_OK)
        goto done;
    flow_text_free(&text_3);
    s = flow_print(t, x_2);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_2);
    x_2 = NULL;
#line 22 "counting.flow"
    t->way = 0;
done:
#line 84 "counting.c"
    if (s != FLOW_OK)
        flow_trace(t, "start", "counting.flow", line);
    flow_list_release(v_xs);
    flow_string_release(x_2);
    flow_text_free(&text_3);
    flow_list_release(x_5);
    return s;
}

static FlowStatus fl_thin(FlowTask *t, FlowList **v_xs, int64_t v_by)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 5;
    int64_t v_i = 0;
    int64_t x_4 = 0;
    void *p_5 = NULL;
    bool *items_0 = NULL;
    uint64_t own_0 = 0;

#line 5 "counting.flow"
    v_i = v_by;
    items_0 = flow_list_items(*v_xs);
    own_0 = flow_list_own_len(*v_xs);
    {
        __attribute__((unused)) int64_t past;
        if (FLOW_LIKELY(v_i >= flow_list_count(*v_xs) || ((uint64_t)(v_i) < own_0 &&
        (uint64_t)(flow_list_count(*v_xs) - 1) < own_0 &&
        v_by > 0 &&
        !__builtin_add_overflow(flow_list_count(*v_xs) - 1, v_by, &past))))
            goto plain_1;
    }
    flow_at_loop(t, 6);
at_1:;
#line 6 "counting.flow"
    x_4 = flow_list_count(*v_xs);
    if (v_i >= x_4)
        goto at_2;
#line 7 "counting.flow"
    line = 7;
    if (FLOW_UNLIKELY((uint64_t)v_i >= own_0)) {
        void *slot = NULL;
        s = flow_list_slot(t, v_xs, &flow_type_bool, v_i, &slot);
        if (s != FLOW_OK)
            goto done;
        p_5 = slot;
        items_0 = flow_list_items(*v_xs);
        own_0 = flow_list_own_len(*v_xs);
    } else {
        p_5 = items_0 + v_i;
    }
    *((bool *)p_5) = false;
#line 8 "counting.flow"
    line = 8;
    s = flow_int_add(t, v_i, v_by, &v_i);
    if (s != FLOW_OK)
        goto done;
    goto at_1;
plain_1: __attribute__((unused));
#line 6 "counting.flow"
    x_4 = flow_list_count(*v_xs);
    if (v_i >= x_4)
        goto at_2;
#line 7 "counting.flow"
    line = 7;
    p_5 = items_0 + v_i;
    *((bool *)p_5) = false;
#line 8 "counting.flow"
    line = 8;
    v_i = v_i + v_by;
    goto plain_1;
at_2:;
done:
#line 157 "counting.c"
    if (s != FLOW_OK)
        flow_trace(t, "thin", "counting.flow", line);
    return s;
}

FLOW_SMALL FlowStatus fl_total(FlowTask *t, FlowList *v_xs, int64_t v_last, double *out)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 13;
    double result = 0.0;
    double v_sum = 0.0;
    int64_t v_i = 0;
    double x_5 = 0.0;
    double x_6 = 0.0;
    int64_t x_7 = 0;
    double x_8 = 0.0;
    double *items_0 = NULL;
    uint64_t len_0 = 0;

#line 13 "counting.flow"
    v_sum = 0.0;
#line 14 "counting.flow"
    v_i = 1;
    if (v_i > v_last)
        goto at_3;
    items_0 = flow_list_items(v_xs);
    len_0 = (uint64_t)flow_list_count(v_xs);
    {
        __attribute__((unused)) int64_t first_5, last_5, past;
        if (FLOW_LIKELY(v_i > v_last || ((uint64_t)(v_i) < len_0 &&
        (uint64_t)(v_last) < len_0 &&
        !__builtin_sub_overflow(v_i, 1, &first_5) &&
        !__builtin_sub_overflow(v_last, 1, &last_5) &&
        (uint64_t)(first_5) < len_0 &&
        (uint64_t)(last_5) < len_0 &&
        !__builtin_add_overflow(v_last, 1, &past))))
            goto plain_1;
    }
    flow_at_loop(t, 14);
at_1:;
    if (v_i > v_last)
        goto at_3;
    line = 14;
    if (FLOW_UNLIKELY((uint64_t)v_i >= len_0)) {
        if ((uint64_t)v_i >= (uint64_t)flow_list_len(v_xs)) {
            s = flow_fail_index(t, v_i, flow_list_len(v_xs));
            goto done;
        }
    }
    x_6 = *(items_0 + v_i);
    s = flow_int_sub(t, v_i, 1, &x_7);
    if (s != FLOW_OK)
        goto done;
    if (FLOW_UNLIKELY((uint64_t)x_7 >= len_0)) {
        if ((uint64_t)x_7 >= (uint64_t)flow_list_len(v_xs)) {
            s = flow_fail_index(t, x_7, flow_list_len(v_xs));
            goto done;
        }
    }
    x_8 = *(items_0 + x_7);
    x_5 = x_6 - x_8;
    v_sum = v_sum + x_5;
    if (v_i == v_last)
        goto at_3;
    v_i = v_i + 1;
    goto at_1;
plain_1: __attribute__((unused));
    if (v_i > v_last)
        goto at_3;
    line = 14;
    x_6 = *(items_0 + v_i);
    x_7 = v_i - 1;
    x_8 = *(items_0 + x_7);
    x_5 = x_6 - x_8;
    v_sum = v_sum + x_5;
    v_i = v_i + 1;
    goto plain_1;
at_3:;
#line 15 "counting.flow"
    result = v_sum;
done:
#line 239 "counting.c"
    if (s != FLOW_OK)
        flow_trace(t, "total", "counting.flow", line);
    if (s == FLOW_OK)
        *out = result;
    return s;
}

static FlowStatus step_end(FlowTask *t)
{

#line 25 "counting.flow"
    t->way = 0;
#line 252 "counting.c"
    return FLOW_OK;
}

static const FlowDomain domains[] = {
    {0, 0, 0, NULL, 0},
};
static const uint16_t edge_0_0[] = {1};
static const uint16_t edge_0_0_branches[] = {0};
static const FlowEdge edges_0[] = {
    {FLOW_EDGE_NEXT, edge_0_0, 1, edge_0_0_branches, 0, 0, false, 22},
};
static const FlowEdge edges_1[] = {
    {FLOW_EDGE_END, NULL, 0, NULL, 0, 0, false, 25},
};
static const FlowStep steps[] = {
    {
        .name = "start",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 0,
        .flags = 0,
        .meaning = {{81, 95, 199, 6, 158, 118, 117, 102, 74, 34, 85, 93, 67, 151, 19, 31, 182, 12, 131, 203, 111, 203, 210, 38, 175, 146, 242, 100, 23, 31, 61, 242}},
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
        .file = "counting.flow",
        .line = 18,
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
        .file = "counting.flow",
        .line = 25,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "Counting",
    .doc = "",
    .file = "counting.flow",
    .digest = {{14, 40, 117, 50, 211, 86, 162, 236, 88, 7, 92, 191, 229, 71, 66, 203, 238, 151, 4, 111, 79, 46, 88, 135, 83, 245, 171, 196, 32, 153, 25, 36}},
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
