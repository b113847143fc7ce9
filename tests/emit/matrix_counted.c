/* Made by flowc from matrix_counted.flow: change that file, not this one. */
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

static FlowStatus step_start(FlowTask *t)
{

#line 8 "matrix_counted.flow"
    t->way = 0;
#line 22 "matrix_counted.c"
    return FLOW_OK;
}

static FlowStatus step_end(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 10;
    FlowMatrix v_m = {0};
    FlowString *x_1 = NULL;

#line 10 "matrix_counted.flow"
    flow_at(t, line = 10);
    s = flow_matrix_new(t, 3, 3, &v_m);
    if (s != FLOW_OK)
        goto done;
#line 11 "matrix_counted.flow"
    flow_at(t, line = 11);
    s = fl_copy(t, &v_m, 1);
    if (s != FLOW_OK)
        goto done;
#line 12 "matrix_counted.flow"
    flow_at(t, line = 12);
    s = flow_string_of(t, &flow_type_matrix, &v_m, &x_1);
    if (s != FLOW_OK)
        goto done;
    s = flow_print(t, x_1);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_1);
    x_1 = NULL;
#line 13 "matrix_counted.flow"
    t->way = 0;
done:
#line 56 "matrix_counted.c"
    if (s != FLOW_OK)
        flow_trace(t, "end", "matrix_counted.flow", line);
    flow_value_release(&flow_type_matrix, &v_m);
    flow_string_release(x_1);
    return s;
}

static FlowStatus fl_copy(FlowTask *t, FlowMatrix *v_m, int64_t v_row)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 5;
    int64_t v_i = 0;
    int64_t x_3 = 0;
    double x_4 = 0.0;
    void *p_5 = NULL;
    int64_t x_6 = 0;
    double *items_0 = NULL;
    uint64_t own_0 = 0;
    int64_t rows_0 = 0, cols_0 = 0;
    (void)rows_0, (void)cols_0;

#line 5 "matrix_counted.flow"
    v_i = 0;
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
        (uint64_t)(v_i) < (uint64_t)cols_0 && (uint64_t)(3 - 1) < (uint64_t)cols_0 &&
        (first_5 = (v_row) * cols_0 + (v_i), last_5 = (v_row) * cols_0 + (3 - 1), true) &&
        (uint64_t)(first_5) < own_0 &&
        (uint64_t)(last_5) < own_0)))
            goto plain_1;
    }
    flow_at_loop(t, 5);
at_1:;
    if (v_i >= 3)
        goto at_3;
    line = 5;
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
    line = 5;
    x_3 = v_row * cols_0 + 1;
    x_4 = *(items_0 + x_3);
    x_6 = v_row * cols_0 + v_i;
    p_5 = items_0 + x_6;
    *((double *)p_5) = x_4;
    v_i = v_i + 1;
    goto plain_1;
at_3:;
done:
#line 141 "matrix_counted.c"
    if (s != FLOW_OK)
        flow_trace(t, "copy", "matrix_counted.flow", line);
    return s;
}

static const FlowDomain domains[] = {
    {0, 0, 0, NULL, 0},
};
static const uint16_t edge_0_0[] = {1};
static const uint16_t edge_0_0_branches[] = {0};
static const FlowEdge edges_0[] = {
    {FLOW_EDGE_NEXT, edge_0_0, 1, edge_0_0_branches, 0, 0, false, 8},
};
static const FlowEdge edges_1[] = {
    {FLOW_EDGE_END, NULL, 0, NULL, 0, 0, false, 13},
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
        .file = "matrix_counted.flow",
        .line = 8,
    },
    {
        .name = "end",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 1,
        .flags = 0,
        .meaning = {{192, 211, 81, 32, 202, 101, 64, 113, 69, 136, 123, 167, 199, 5, 220, 9, 255, 174, 119, 251, 43, 96, 180, 41, 132, 192, 172, 27, 162, 239, 109, 178}},
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
        .file = "matrix_counted.flow",
        .line = 9,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "MatrixCounted",
    .doc = "A loop that counts over a matrix, of whose row and column both ends are looked at.",
    .file = "matrix_counted.flow",
    .digest = {{85, 83, 178, 159, 209, 7, 152, 30, 66, 102, 6, 152, 144, 216, 89, 130, 198, 44, 242, 119, 24, 216, 238, 130, 136, 108, 116, 66, 46, 101, 186, 250}},
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
