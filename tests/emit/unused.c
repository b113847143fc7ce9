/* Made by flowc from unused.flow: change that file, not this one. */
#include <flow/flow.h>

#if FLOW_ABI != 3
#error "This file was made by another version of flowc: build the flow again."
#endif

#if defined(__GNUC__) /* a program may compare a value with itself */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

static FlowStatus step_start(FlowTask *t);
FLOW_SMALL FlowStatus fl_half(FlowTask *t, int64_t v_n, int64_t *out);
static FlowStatus step_end(FlowTask *t);

static FlowStatus step_start(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 7;
    int64_t v_never_read = 0;
    int64_t v__quiet = 0;
    FlowList *x_2 = NULL;
    void *p_3 = NULL;
    (void)v_never_read;
    (void)v__quiet;

#line 7 "unused.flow"
    flow_at(t, line = 7);
    {
        int64_t got = 0;
        s = fl_half(t, 8, &got);
        if (s != FLOW_OK)
            goto done;
        v_never_read = got;
    }
#line 8 "unused.flow"
    flow_at(t, line = 8);
    s = flow_list_new(t, &flow_type_int, 2, 2, &x_2);
    if (s != FLOW_OK)
        goto done;
    p_3 = x_2->items;
    ((int64_t *)p_3)[0] = 1;
    ((int64_t *)p_3)[1] = 2;
    v__quiet = flow_list_len(x_2);
    flow_list_release(x_2);
    x_2 = NULL;
#line 9 "unused.flow"
    t->way = 0;
done:
#line 51 "unused.c"
    if (s != FLOW_OK)
        flow_trace(t, "start", "unused.flow", line);
    flow_list_release(x_2);
    return s;
}

FLOW_SMALL FlowStatus fl_half(FlowTask *t, int64_t v_n, int64_t *out)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 4;
    int64_t result = 0;

#line 4 "unused.flow"
    line = 4;
    s = flow_int_div(t, v_n, 2, &result);
    if (s != FLOW_OK)
        goto done;
done:
#line 70 "unused.c"
    if (s != FLOW_OK)
        flow_trace(t, "half", "unused.flow", line);
    if (s == FLOW_OK)
        *out = result;
    return s;
}

static FlowStatus step_end(FlowTask *t)
{

#line 12 "unused.flow"
    t->way = 0;
#line 83 "unused.c"
    return FLOW_OK;
}

static const FlowDomain domains[] = {
    {0, 0, 0, NULL, 0},
};
static const uint16_t edge_0_0[] = {1};
static const uint16_t edge_0_0_branches[] = {0};
static const FlowEdge edges_0[] = {
    {FLOW_EDGE_NEXT, edge_0_0, 1, edge_0_0_branches, 0, 0, false, 9},
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
        .meaning = {{97, 36, 148, 207, 178, 255, 83, 165, 93, 225, 3, 237, 222, 152, 26, 184, 126, 31, 111, 48, 107, 7, 255, 162, 240, 44, 151, 199, 223, 200, 82, 83}},
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
        .file = "unused.flow",
        .line = 6,
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
        .file = "unused.flow",
        .line = 12,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "Unused",
    .doc = "",
    .file = "unused.flow",
    .digest = {{182, 12, 56, 85, 9, 1, 47, 202, 62, 55, 40, 70, 137, 23, 82, 155, 193, 191, 163, 162, 230, 210, 226, 18, 21, 185, 241, 84, 227, 20, 88, 14}},
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
