/* Made by flowc from counted.flow: change that file, not this one. */
#include <flow/flow.h>

#if FLOW_ABI != 3
#error "This file was made by another version of flowc: build the flow again."
#endif

#if defined(__GNUC__) /* a program may compare a value with itself */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

static FlowStatus step_start(FlowTask *t);
static FlowStatus step_end(FlowTask *t);
static FlowStatus fl_copy(FlowTask *t, FlowMatrix *v_m, int64_t v_row);
static FlowStatus fl_beyond(FlowTask *t, FlowList **v_rows, double *out);
FLOW_SMALL FlowStatus fl_overflow(FlowTask *t, FlowList *v_xs, int64_t *v_n);

static FlowStatus step_start(FlowTask *t)
{

#line 18 "counted.flow"
    t->way = 0;
#line 24 "counted.c"
    return FLOW_OK;
}

static FlowStatus step_end(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 20;
    FlowMatrix v_m = {0};
    int64_t v_n = 0;
    FlowList *v_rows = NULL;
    void *p_3 = NULL;
    void *p_4 = NULL;
    double x_5 = 0.0;
    FlowString *x_6 = NULL;
    FlowList *x_7 = NULL;
    void *p_8 = NULL;
    FlowString *v_why = NULL;
    FlowText text_10 = {0};

#line 20 "counted.flow"
    flow_at(t, line = 20);
    s = flow_matrix_new(t, 3, 3, &v_m);
    if (s != FLOW_OK)
        goto done;
#line 21 "counted.flow"
    flow_at(t, line = 21);
    s = fl_copy(t, &v_m, 1);
    if (s != FLOW_OK)
        goto done;
#line 22 "counted.flow"
    v_n = 1;
#line 24 "counted.flow"
    flow_at(t, line = 24);
    s = flow_list_new(t, &flow_type_float_list, 1, 1, &v_rows);
    if (s != FLOW_OK)
        goto done;
    p_3 = v_rows->items;
    s = flow_list_new(t, &flow_type_float, 1, 1, &((FlowList **)p_3)[0]);
    if (s != FLOW_OK)
        goto done;
    p_4 = ((FlowList **)p_3)[0]->items;
    ((double *)p_4)[0] = 1.0;
#line 25 "counted.flow"
    flow_at(t, line = 25);
    {
        double got = 0;
        s = fl_beyond(t, &v_rows, &got);
        if (s != FLOW_OK)
            goto at_1;
        x_5 = got;
    }
    goto at_2;
at_1:;
    if (s != FLOW_FAIL)
        goto done;
    s = flow_handled(t, NULL);
    if (s != FLOW_OK)
        goto done;
    x_5 = 0.0;
at_2:;
    flow_at(t, line = 25);
    s = flow_string_of(t, &flow_type_float, &x_5, &x_6);
    if (s != FLOW_OK)
        goto done;
    s = flow_print(t, x_6);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_6);
    x_6 = NULL;
#line 26 "counted.flow"
    flow_at(t, line = 26);
    s = flow_list_new(t, &flow_type_int, 1, 1, &x_7);
    if (s != FLOW_OK)
        goto at_3;
    p_8 = x_7->items;
    ((int64_t *)p_8)[0] = 1;
    s = fl_overflow(t, x_7, &v_n);
    if (s != FLOW_OK)
        goto at_3;
    flow_list_release(x_7);
    x_7 = NULL;
    goto at_4;
at_3:;
    if (s != FLOW_FAIL)
        goto done;
    s = flow_handled(t, &v_why);
    if (s != FLOW_OK)
        goto done;
    flow_list_release(x_7);
    x_7 = NULL;
    flow_at(t, line = 26);
    s = flow_text_value(t, &text_10, &flow_type_matrix, &v_m);
    if (s != FLOW_OK)
        goto done;
    s = flow_text_bytes(t, &text_10, " ", 1);
    if (s != FLOW_OK)
        goto done;
    s = flow_text_value(t, &text_10, &flow_type_string, &v_why);
    if (s != FLOW_OK)
        goto done;
    s = flow_text_take(t, &text_10, &x_6);
    if (s != FLOW_OK)
        goto done;
    flow_text_free(&text_10);
    s = flow_print(t, x_6);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_6);
    x_6 = NULL;
at_4:;
    flow_string_release(v_why);
    v_why = NULL;
#line 27 "counted.flow"
    t->way = 0;
done:
#line 140 "counted.c"
    if (s != FLOW_OK)
        flow_trace(t, "end", "counted.flow", line);
    flow_value_release(&flow_type_matrix, &v_m);
    flow_list_release(v_rows);
    flow_string_release(x_6);
    flow_list_release(x_7);
    flow_string_release(v_why);
    flow_text_free(&text_10);
    return s;
}

static FlowStatus fl_copy(FlowTask *t, FlowMatrix *v_m, int64_t v_row)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 6;
    int64_t v_i = 0;
    int64_t x_3 = 0;
    double x_4 = 0.0;
    void *p_5 = NULL;
    int64_t x_6 = 0;
    double *items_0 = NULL;
    uint64_t own_0 = 0;
    int64_t rows_0 = 0, cols_0 = 0;
    (void)rows_0, (void)cols_0;

#line 6 "counted.flow"
    v_i = 0;
    if (v_i >= 3)
        goto at_3;
    items_0 = flow_list_items(v_m->items);
    own_0 = flow_list_own_len(v_m->items);
    rows_0 = v_m->rows;
    cols_0 = v_m->cols;
    {
        __attribute__((unused)) int64_t first_3, last_3, first_5, last_5;
        if (FLOW_LIKELY(v_i >= 3 || ((uint64_t)(v_row) < (uint64_t)rows_0 &&
        (uint64_t)(1) < (uint64_t)cols_0 &&
        (first_3 = (v_row) * cols_0 + (1), last_3 = (v_row) * cols_0 + (1), true) &&
        (uint64_t)(v_row) < (uint64_t)rows_0 &&
        (uint64_t)(v_i) < (uint64_t)cols_0 && (uint64_t)(2) < (uint64_t)cols_0 &&
        (first_5 = (v_row) * cols_0 + (v_i), last_5 = (v_row) * cols_0 + (2), true) &&
        (uint64_t)(first_5) < own_0 &&
        (uint64_t)(last_5) < own_0)))
            goto plain_1;
    }
    flow_at_loop(t, 6);
at_1:;
    if (v_i >= 3)
        goto at_3;
    line = 6;
    if (FLOW_UNLIKELY((uint64_t)v_row >= (uint64_t)rows_0 || (uint64_t)1 >= (uint64_t)cols_0)) {
        s = flow_fail_cell(t, rows_0, cols_0, v_row, 1);
        goto done;
    }
    x_3 = v_row * cols_0 + 1;
    x_4 = *(items_0 + x_3);
    if (FLOW_UNLIKELY((uint64_t)v_row >= (uint64_t)rows_0 || (uint64_t)v_i >= (uint64_t)cols_0)) {
        s = flow_fail_cell(t, rows_0, cols_0, v_row, v_i);
        goto done;
    }
    x_6 = v_row * cols_0 + v_i;
    if (FLOW_UNLIKELY((uint64_t)x_6 >= own_0)) {
        void *slot = NULL;
        s = flow_list_slot(t, &v_m->items, &flow_type_float, x_6, &slot);
        if (s != FLOW_OK)
            goto done;
        p_5 = slot;
        items_0 = flow_list_items(v_m->items);
        own_0 = flow_list_own_len(v_m->items);
        rows_0 = v_m->rows;
        cols_0 = v_m->cols;
    } else {
        p_5 = items_0 + x_6;
    }
    *((double *)p_5) = x_4;
    v_i = v_i + 1;
    goto at_1;
plain_1: __attribute__((unused));
    if (v_i >= 3)
        goto at_3;
    line = 6;
    x_3 = v_row * cols_0 + 1;
    x_4 = *(items_0 + x_3);
    x_6 = v_row * cols_0 + v_i;
    p_5 = items_0 + x_6;
    *((double *)p_5) = x_4;
    v_i = v_i + 1;
    goto plain_1;
at_3:;
done:
#line 231 "counted.c"
    if (s != FLOW_OK)
        flow_trace(t, "copy", "counted.flow", line);
    return s;
}

static FlowStatus fl_beyond(FlowTask *t, FlowList **v_rows, double *out)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 14;
    double result = 0.0;
    int64_t v_i = 0;
    FlowList *const *p_3 = NULL;
    double x_4 = 0.0;
    void *p_5 = NULL;
    void *p_6 = NULL;
    FlowList **items_0 = NULL;
    uint64_t len_0 = 0;
    uint64_t own_0 = 0;
    double *items_1 = NULL;
    uint64_t len_1 = 0;

#line 14 "counted.flow"
    v_i = 0;
    if (v_i >= 2)
        goto at_3;
    items_0 = flow_list_items(*v_rows);
    len_0 = (uint64_t)flow_list_count(*v_rows);
    own_0 = flow_list_own_len(*v_rows);
    {
        if (FLOW_LIKELY(v_i >= 2 || ((uint64_t)((int64_t)4611686018427387904) < len_0 &&
        (uint64_t)(v_i) < own_0 &&
        (uint64_t)(1) < own_0)))
            goto plain_1;
    }
    flow_at_loop(t, 14);
at_1:;
    if (v_i >= 2)
        goto at_3;
    line = 14;
    if (FLOW_UNLIKELY((uint64_t)4611686018427387904 >= len_0)) {
        if ((uint64_t)4611686018427387904 >= (uint64_t)flow_list_len(*v_rows)) {
            s = flow_fail_index(t, 4611686018427387904, flow_list_len(*v_rows));
            goto done;
        }
    }
    p_3 = (items_0 + 0);
    items_1 = flow_list_items(*p_3);
    len_1 = (uint64_t)flow_list_count(*p_3);
    if (FLOW_UNLIKELY((uint64_t)v_i >= len_1)) {
        if ((uint64_t)v_i >= (uint64_t)flow_list_len(*p_3)) {
            s = flow_fail_index(t, v_i, flow_list_len(*p_3));
            goto done;
        }
    }
    x_4 = *(items_1 + v_i);
    if (FLOW_UNLIKELY((uint64_t)v_i >= own_0)) {
        void *slot = NULL;
        s = flow_list_slot(t, v_rows, &flow_type_float_list, v_i, &slot);
        if (s != FLOW_OK)
            goto done;
        p_5 = slot;
        items_0 = flow_list_items(*v_rows);
        len_0 = (uint64_t)flow_list_count(*v_rows);
        own_0 = flow_list_own_len(*v_rows);
    } else {
        p_5 = items_0 + v_i;
    }
    s = flow_list_open(t, ((FlowList **)p_5), &flow_type_float, sizeof(double), 4611686018427387904, &p_6);
    if (s != FLOW_OK)
        goto done;
    *((double *)p_6) = x_4;
    v_i = v_i + 1;
    goto at_1;
plain_1: __attribute__((unused));
    if (v_i >= 2)
        goto at_3;
    line = 14;
    p_3 = (items_0 + 0);
    items_1 = flow_list_items(*p_3);
    len_1 = (uint64_t)flow_list_count(*p_3);
    if (FLOW_UNLIKELY((uint64_t)v_i >= len_1)) {
        if ((uint64_t)v_i >= (uint64_t)flow_list_len(*p_3)) {
            s = flow_fail_index(t, v_i, flow_list_len(*p_3));
            goto done;
        }
    }
    x_4 = *(items_1 + v_i);
    p_5 = items_0 + v_i;
    s = flow_list_open(t, ((FlowList **)p_5), &flow_type_float, sizeof(double), 4611686018427387904, &p_6);
    if (s != FLOW_OK)
        goto done;
    *((double *)p_6) = x_4;
    v_i = v_i + 1;
    goto plain_1;
at_3:;
#line 15 "counted.flow"
    line = 15;
    if ((uint64_t)0 >= (uint64_t)flow_list_len(*v_rows)) {
        s = flow_fail_index(t, 0, flow_list_len(*v_rows));
        goto done;
    }
    p_3 = (FlowList *const *)(*v_rows)->items + 0;
    items_1 = flow_list_items(*p_3);
    len_1 = (uint64_t)flow_list_count(*p_3);
    if ((uint64_t)4611686018427387904 >= (uint64_t)flow_list_len(*p_3)) {
        s = flow_fail_index(t, 4611686018427387904, flow_list_len(*p_3));
        goto done;
    }
    x_4 = ((const double *)(*p_3)->items)[0];
    result = x_4;
done:
#line 343 "counted.c"
    if (s != FLOW_OK)
        flow_trace(t, "beyond", "counted.flow", line);
    if (s == FLOW_OK)
        *out = result;
    return s;
}

FLOW_SMALL FlowStatus fl_overflow(FlowTask *t, FlowList *v_xs, int64_t *v_n)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 10;
    int64_t v_i = 0;
    int64_t x_3 = 0;
    int64_t x_4 = 0;
    int64_t x_5 = 0;
    int64_t x_6 = 0;
    int64_t *items_0 = NULL;
    uint64_t len_0 = 0;

#line 10 "counted.flow"
    x_3 = flow_list_len(v_xs);
    v_i = 0;
    if (v_i >= x_3)
        goto at_3;
    items_0 = flow_list_items(v_xs);
    len_0 = flow_list_flat_len(v_xs);
    {
        if (FLOW_LIKELY(v_i >= x_3 || ((uint64_t)(v_i) < len_0 &&
        (uint64_t)(x_3 - 1) < len_0)))
            goto plain_1;
    }
    flow_at_loop(t, 10);
at_1:;
    if (v_i >= x_3)
        goto at_3;
    line = 10;
    if (FLOW_UNLIKELY((uint64_t)v_i >= len_0)) {
        if ((uint64_t)v_i >= (uint64_t)flow_list_len(v_xs)) {
            s = flow_fail_index(t, v_i, flow_list_len(v_xs));
            goto done;
        }
        x_5 = flow_list_peek_int(v_xs, (size_t)v_i);
    } else {
        x_5 = *(items_0 + v_i);
    }
    s = flow_int_mul(t, 4611686018427387904, 8, &x_6);
    if (s != FLOW_OK)
        goto done;
    s = flow_int_mul(t, x_5, x_6, &x_4);
    if (s != FLOW_OK)
        goto done;
    s = flow_int_sub(t, *v_n, x_4, v_n);
    if (s != FLOW_OK)
        goto done;
    v_i = v_i + 1;
    goto at_1;
plain_1: __attribute__((unused));
    if (v_i >= x_3)
        goto at_3;
    line = 10;
    x_5 = *(items_0 + v_i);
    s = flow_int_mul(t, 4611686018427387904, 8, &x_6);
    if (s != FLOW_OK)
        goto done;
    s = flow_int_mul(t, x_5, x_6, &x_4);
    if (s != FLOW_OK)
        goto done;
    s = flow_int_sub(t, *v_n, x_4, v_n);
    if (s != FLOW_OK)
        goto done;
    v_i = v_i + 1;
    goto plain_1;
at_3:;
done:
#line 418 "counted.c"
    if (s != FLOW_OK)
        flow_trace(t, "overflow", "counted.flow", line);
    return s;
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
    {FLOW_EDGE_END, NULL, 0, NULL, 0, 0, false, 27},
};
static const FlowStep steps[] = {
    {
        .name = "start",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 0,
        .flags = 0,
        .meaning = {{239, 16, 235, 238, 5, 93, 98, 125, 47, 117, 17, 92, 52, 31, 122, 247, 249, 128, 54, 100, 183, 203, 13, 214, 3, 205, 113, 173, 164, 45, 11, 149}},
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
        .file = "counted.flow",
        .line = 18,
    },
    {
        .name = "end",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 1,
        .flags = 0,
        .meaning = {{202, 206, 225, 112, 27, 42, 25, 243, 138, 230, 56, 121, 189, 81, 223, 129, 20, 12, 72, 173, 87, 122, 32, 201, 168, 99, 60, 178, 74, 135, 119, 12}},
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
        .file = "counted.flow",
        .line = 19,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "Counted",
    .doc = "Loops that count: over a matrix, of whose row and column both ends are looked at, and with a\012product and indexes that never fit.",
    .file = "counted.flow",
    .digest = {{210, 121, 106, 138, 114, 30, 167, 213, 219, 217, 251, 105, 167, 95, 40, 183, 76, 74, 153, 106, 1, 37, 167, 129, 206, 215, 190, 173, 59, 125, 26, 241}},
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
