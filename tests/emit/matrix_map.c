/* Made by flowc from matrix_map.flow: change that file, not this one. */
#include <flow/flow.h>

#if FLOW_ABI != 3
#error "This file was made by another version of flowc: build the flow again."
#endif

#if defined(__GNUC__) /* a program may compare a value with itself */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

static FlowStatus step_start(FlowTask *t);
static FlowStatus step_end(FlowTask *t);

static FlowStatus step_start(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 5;
    FlowMatrix v_m = {0};
    FlowList *x_1 = NULL;
    void *p_2 = NULL;
    void *p_3 = NULL;
    FlowMatrix v_doubled = {0};
    int64_t x_5 = 0;
    int64_t x_6 = 0;
    double x_7 = 0.0;
    double *items_0 = NULL;
    int64_t rows_0 = 0, cols_0 = 0;
    (void)rows_0, (void)cols_0;

#line 5 "matrix_map.flow"
    flow_at(t, line = 5);
    s = flow_list_new(t, &flow_type_float_list, 1, 1, &x_1);
    if (s != FLOW_OK)
        goto done;
    p_2 = x_1->items;
    s = flow_list_new(t, &flow_type_float, 2, 2, &((FlowList **)p_2)[0]);
    if (s != FLOW_OK)
        goto done;
    p_3 = ((FlowList **)p_2)[0]->items;
    ((double *)p_3)[0] = 1.0;
    ((double *)p_3)[1] = 2.0;
    s = flow_matrix_of(t, x_1, &v_m);
    if (s != FLOW_OK)
        goto done;
    flow_list_release(x_1);
    x_1 = NULL;
#line 6 "matrix_map.flow"
    flow_at(t, line = 6);
    s = flow_matrix_new(t, v_m.rows, v_m.cols, &v_doubled);
    if (s != FLOW_OK)
        goto done;
    p_3 = v_doubled.items->items;
    x_5 = flow_list_count(v_m.items);
    x_6 = 0;
    if (x_6 >= x_5)
        goto at_3;
    items_0 = flow_list_items(v_m.items);
    rows_0 = v_m.rows;
    cols_0 = v_m.cols;
    flow_at_loop(t, 6);
at_1:;
    if (x_6 >= x_5)
        goto at_3;
    x_7 = *(items_0 + x_6);
    ((double *)p_3)[x_6] = x_7 * 2.0;
    x_6 = x_6 + 1;
    goto at_1;
at_3:;
#line 7 "matrix_map.flow"
    *(FlowMatrix *)t->out[0] = v_doubled;
    v_doubled = (FlowMatrix){0};
    t->way = 0;
done:
#line 76 "matrix_map.c"
    if (s != FLOW_OK)
        flow_trace(t, "start", "matrix_map.flow", line);
    flow_value_release(&flow_type_matrix, &v_m);
    flow_list_release(x_1);
    flow_value_release(&flow_type_matrix, &v_doubled);
    return s;
}

static FlowStatus step_end(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 11;
    const FlowMatrix *in_0 = t->in[0]; /* doubled */
    FlowString *x_0 = NULL;

#line 11 "matrix_map.flow"
    flow_at(t, line = 11);
    s = flow_string_of(t, &flow_type_matrix, in_0, &x_0);
    if (s != FLOW_OK)
        goto done;
    s = flow_print(t, x_0);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_0);
    x_0 = NULL;
#line 12 "matrix_map.flow"
    t->way = 0;
done:
#line 105 "matrix_map.c"
    if (s != FLOW_OK)
        flow_trace(t, "end", "matrix_map.flow", line);
    flow_string_release(x_0);
    return s;
}

static const FlowArtifact artifacts[] = {
    {"doubled", &flow_type_matrix, FLOW_ARTIFACT_KEPT},
};
static const FlowDomain domains[] = {
    {0, 0, 0, NULL, 0},
};
static const uint16_t edge_0_0[] = {1};
static const uint16_t edge_0_0_branches[] = {0};
static const FlowEdge edges_0[] = {
    {FLOW_EDGE_NEXT, edge_0_0, 1, edge_0_0_branches, 0, 1, false, 7},
};
static const uint16_t keeps_0[] = {0};
static const uint16_t slot_1_0_sources[] = {0};
static const FlowRead slot_1_0[] = {
    {0, 0, slot_1_0_sources, 1},
};
static const FlowSlot slots_1[] = {
    {FLOW_SLOT_VALUE, &flow_type_matrix, slot_1_0, 1, NULL, 0, 0},
};
static const FlowEdge edges_1[] = {
    {FLOW_EDGE_END, NULL, 0, NULL, 0, 0, false, 12},
};
static const FlowStep steps[] = {
    {
        .name = "start",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 0,
        .flags = 0,
        .meaning = {{198, 132, 55, 104, 63, 98, 141, 147, 28, 65, 249, 80, 63, 24, 20, 104, 165, 116, 115, 144, 112, 252, 223, 168, 48, 74, 61, 116, 42, 152, 152, 113}},
        .slots = NULL,
        .slot_count = 0,
        .keeps = keeps_0,
        .keep_count = 1,
        .catch_keep = FLOW_NO_STEP,
        .edges = edges_0,
        .edge_count = 1,
        .branch_count = 0,
        .closes = 0,
        .body = step_start,
        .file = "matrix_map.flow",
        .line = 4,
    },
    {
        .name = "end",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 1,
        .flags = 0,
        .meaning = {{147, 42, 255, 83, 13, 43, 9, 79, 38, 188, 171, 204, 155, 117, 155, 58, 247, 166, 114, 67, 124, 104, 7, 100, 255, 157, 6, 51, 245, 164, 138, 55}},
        .slots = slots_1,
        .slot_count = 1,
        .keeps = NULL,
        .keep_count = 0,
        .catch_keep = FLOW_NO_STEP,
        .edges = edges_1,
        .edge_count = 1,
        .branch_count = 0,
        .closes = 0,
        .body = step_end,
        .file = "matrix_map.flow",
        .line = 10,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "MatrixMap",
    .doc = "All cells of a matrix at once: neither rows nor columns are asked for.",
    .file = "matrix_map.flow",
    .digest = {{253, 220, 181, 138, 163, 57, 216, 61, 149, 227, 141, 86, 83, 205, 179, 250, 186, 110, 57, 4, 189, 124, 55, 157, 157, 22, 99, 49, 210, 198, 125, 242}},
    .artifacts = artifacts,
    .artifact_count = 1,
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
