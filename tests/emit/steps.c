/* Made by flowc from steps.flow: change that file, not this one. */
#include <flow/flow.h>

#if FLOW_ABI != 3
#error "This file was made by another version of flowc: build the flow again."
#endif

#if defined(__GNUC__) /* a program may compare a value with itself */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

typedef struct record_1 { /* square */
    int64_t f_result;
} record_1;

static const FlowType type_2;
static const FlowType type_3;

static const FlowField fields_3[] = {
    {"result", &flow_type_int, offsetof(record_1, f_result)},
};
static const FlowType type_3 = {FLOW_STRUCT, sizeof(record_1), false, "square", NULL, NULL, fields_3, 1};
static const FlowType type_2 = {FLOW_LIST, sizeof(FlowList *), true, "[square]", &type_3, NULL, NULL, 0};

static FlowStatus default_count(FlowTask *t, void *out);
static FlowStatus step_start(FlowTask *t);
static FlowStatus step_square(FlowTask *t);
static FlowStatus policy_square(FlowTask *t, FlowPolicy *policy);
static FlowStatus step_gather(FlowTask *t);
static FlowStatus step_end(FlowTask *t);

static FlowStatus default_count(FlowTask *t, void *out)
{
    int64_t result = 0;
    (void)t;

#line 4 "steps.flow"
    result = 3;
#line 40 "steps.c"
    *(int64_t *)out = result;
    return FLOW_OK;
}

static FlowStatus step_start(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 7;
    const int64_t *in_0 = t->in[0]; /* count */
    FlowList *x_0 = NULL;

#line 7 "steps.flow"
    flow_at(t, line = 7);
    s = flow_list_span(t, 0, *in_0, false, &x_0);
    if (s != FLOW_OK)
        goto done;
    t->fan = x_0;
    x_0 = NULL;
    t->way = 0;
done:
#line 61 "steps.c"
    if (s != FLOW_OK)
        flow_trace(t, "start", "steps.flow", line);
    flow_list_release(x_0);
    return s;
}

static FlowStatus step_square(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 13;
    const int64_t *in_0 = t->in[0]; /* i */
    int64_t v_result = 0;

#line 13 "steps.flow"
    line = 13;
    s = flow_int_mul(t, *in_0, *in_0, &v_result);
    if (s != FLOW_OK)
        goto done;
#line 14 "steps.flow"
    *(int64_t *)t->out[0] = v_result;
    t->way = 0;
done:
#line 84 "steps.c"
    if (s != FLOW_OK)
        flow_trace(t, "square", "steps.flow", line);
    return s;
}

static FlowStatus policy_square(FlowTask *t, FlowPolicy *policy)
{
    const int64_t *in_0 = t->in[0]; /* i */
    (void)t;

#line 11 "steps.flow"
    policy->retry_times = *in_0;
#line 97 "steps.c"
    return FLOW_OK;
}

static FlowStatus step_gather(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 18;
    FlowList *const *in_0 = t->in[0]; /* all */
    int64_t v_total = 0;
    FlowList *x_1 = NULL;
    int64_t x_2 = 0;
    void *p_3 = NULL;
    int64_t x_4 = 0;
    int64_t x_5 = 0;
    const record_1 *p_6 = NULL;
    record_1 *items_0 = NULL;

#line 18 "steps.flow"
    x_2 = flow_list_count(*in_0);
    flow_at(t, line = 18);
    s = flow_list_new(t, &flow_type_int, x_2, x_2, &x_1);
    if (s != FLOW_OK)
        goto done;
    p_3 = x_1->items;
    x_4 = flow_list_count(*in_0);
    x_5 = 0;
    if (x_5 >= x_4)
        goto at_3;
    items_0 = flow_list_items(*in_0);
    flow_at_loop(t, 18);
at_1:;
    if (x_5 >= x_4)
        goto at_3;
    p_6 = (items_0 + x_5);
    ((int64_t *)p_3)[x_5] = p_6->f_result;
    x_5 = x_5 + 1;
    goto at_1;
at_3:;
    flow_at(t, line = 18);
    {
        int64_t got = 0;
        s = flow_list_sum_int(t, x_1, &got);
        if (s != FLOW_OK)
            goto done;
        v_total = got;
    }
    flow_list_release(x_1);
    x_1 = NULL;
#line 19 "steps.flow"
    *(int64_t *)t->out[0] = v_total;
    t->way = 0;
done:
#line 150 "steps.c"
    if (s != FLOW_OK)
        flow_trace(t, "gather", "steps.flow", line);
    flow_list_release(x_1);
    return s;
}

static FlowStatus step_end(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 23;
    const int64_t *in_0 = t->in[0]; /* total */
    FlowString *x_0 = NULL;
    FlowText text_1 = {0};

#line 23 "steps.flow"
    flow_at(t, line = 23);
    s = flow_text_value(t, &text_1, &flow_type_int, in_0);
    if (s != FLOW_OK)
        goto done;
    s = flow_text_take(t, &text_1, &x_0);
    if (s != FLOW_OK)
        goto done;
    flow_text_free(&text_1);
    s = flow_print(t, x_0);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_0);
    x_0 = NULL;
#line 24 "steps.flow"
    t->way = 0;
done:
#line 182 "steps.c"
    if (s != FLOW_OK)
        flow_trace(t, "end", "steps.flow", line);
    flow_string_release(x_0);
    flow_text_free(&text_1);
    return s;
}

static const FlowArtifact artifacts[] = {
    {"count", &flow_type_int, FLOW_ARTIFACT_PARAM},
    {"i", &flow_type_int, FLOW_ARTIFACT_ITEM},
    {"result", &flow_type_int, FLOW_ARTIFACT_KEPT},
    {"total", &flow_type_int, FLOW_ARTIFACT_KEPT},
};
static const FlowParam params[] = {
    {0, "How many", default_count},
};
static const uint16_t domain_1_items[] = {1};
static const FlowDomain domains[] = {
    {0, 0, 0, NULL, 0},
    {0, 1, 2, domain_1_items, 1},
};
static const FlowRead slot_0_0[] = {
    {0, 0, NULL, 0},
};
static const FlowSlot slots_0[] = {
    {FLOW_SLOT_VALUE, &flow_type_int, slot_0_0, 1, NULL, 0, 0},
};
static const uint16_t edge_0_0[] = {1};
static const uint16_t edge_0_0_branches[] = {0};
static const FlowEdge edges_0[] = {
    {FLOW_EDGE_FOREACH, edge_0_0, 1, edge_0_0_branches, 1, 0, false, 7},
};
static const FlowRead slot_1_0[] = {
    {1, 1, NULL, 0},
};
static const FlowSlot slots_1[] = {
    {FLOW_SLOT_VALUE, &flow_type_int, slot_1_0, 1, NULL, 0, 0},
};
static const uint16_t edge_1_0[] = {2};
static const uint16_t edge_1_0_branches[] = {0};
static const FlowEdge edges_1[] = {
    {FLOW_EDGE_NEXT, edge_1_0, 1, edge_1_0_branches, 0, 1, false, 14},
};
static const uint16_t keeps_1[] = {2};
static const uint16_t slot_2_0_0_sources[] = {1};
static const FlowRead slot_2_0[] = {
    {2, 0, slot_2_0_0_sources, 1},
};
static const uint16_t slot_2_0_ends[] = {1};
static const FlowSlot slots_2[] = {
    {FLOW_SLOT_INPUTS, &type_2, slot_2_0, 1, slot_2_0_ends, 1, 0},
};
static const uint16_t edge_2_0[] = {3};
static const uint16_t edge_2_0_branches[] = {0};
static const FlowEdge edges_2[] = {
    {FLOW_EDGE_NEXT, edge_2_0, 1, edge_2_0_branches, 0, 1, false, 19},
};
static const uint16_t keeps_2[] = {3};
static const uint16_t slot_3_0_sources[] = {2};
static const FlowRead slot_3_0[] = {
    {3, 0, slot_3_0_sources, 1},
};
static const FlowSlot slots_3[] = {
    {FLOW_SLOT_VALUE, &flow_type_int, slot_3_0, 1, NULL, 0, 0},
};
static const FlowEdge edges_3[] = {
    {FLOW_EDGE_END, NULL, 0, NULL, 0, 0, false, 24},
};
static const FlowStep steps[] = {
    {
        .name = "start",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 0,
        .flags = 0,
        .meaning = {{20, 58, 28, 165, 173, 57, 186, 176, 206, 3, 198, 100, 171, 253, 5, 171, 95, 52, 6, 25, 181, 69, 132, 26, 242, 224, 237, 33, 78, 237, 6, 141}},
        .slots = slots_0,
        .slot_count = 1,
        .keeps = NULL,
        .keep_count = 0,
        .catch_keep = FLOW_NO_STEP,
        .edges = edges_0,
        .edge_count = 1,
        .branch_count = 0,
        .closes = 0,
        .body = step_start,
        .file = "steps.flow",
        .line = 6,
    },
    {
        .name = "square",
        .kind = FLOW_STEP_PLAIN,
        .domain = 1,
        .rank = 1,
        .flags = 0,
        .meaning = {{34, 179, 6, 166, 234, 116, 210, 83, 78, 52, 99, 8, 59, 29, 186, 169, 146, 43, 109, 79, 21, 86, 130, 159, 68, 211, 58, 49, 169, 239, 164, 164}},
        .slots = slots_1,
        .slot_count = 1,
        .keeps = keeps_1,
        .keep_count = 1,
        .catch_keep = FLOW_NO_STEP,
        .edges = edges_1,
        .edge_count = 1,
        .branch_count = 0,
        .closes = 0,
        .policy.cpu = 2.0,
        .policy.memory = 1000000000,
        .policy.has_resources = true,
        .policy_of = policy_square,
        .policy_reads_row = true,
        .body = step_square,
        .file = "steps.flow",
        .line = 12,
    },
    {
        .name = "gather",
        .kind = FLOW_STEP_JOIN_FOREACH,
        .domain = 0,
        .rank = 2,
        .flags = 0,
        .meaning = {{161, 17, 29, 11, 159, 123, 51, 33, 222, 149, 169, 39, 65, 2, 244, 45, 200, 255, 217, 194, 242, 61, 91, 94, 47, 216, 2, 221, 123, 230, 56, 197}},
        .slots = slots_2,
        .slot_count = 1,
        .keeps = keeps_2,
        .keep_count = 1,
        .catch_keep = FLOW_NO_STEP,
        .edges = edges_2,
        .edge_count = 1,
        .branch_count = 0,
        .closes = 1,
        .body = step_gather,
        .file = "steps.flow",
        .line = 17,
    },
    {
        .name = "end",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 3,
        .flags = 0,
        .meaning = {{146, 174, 225, 62, 124, 64, 218, 196, 149, 48, 107, 149, 129, 44, 8, 168, 83, 107, 186, 209, 203, 170, 138, 194, 143, 28, 57, 209, 139, 15, 187, 164}},
        .slots = slots_3,
        .slot_count = 1,
        .keeps = NULL,
        .keep_count = 0,
        .catch_keep = FLOW_NO_STEP,
        .edges = edges_3,
        .edge_count = 1,
        .branch_count = 0,
        .closes = 0,
        .body = step_end,
        .file = "steps.flow",
        .line = 22,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "Steps",
    .doc = "A foreach, its join, a parameter and a policy: the constant table.",
    .file = "steps.flow",
    .digest = {{148, 59, 80, 18, 187, 7, 65, 44, 86, 64, 201, 251, 92, 79, 4, 51, 57, 209, 163, 64, 56, 0, 116, 226, 91, 145, 36, 101, 61, 240, 15, 87}},
    .artifacts = artifacts,
    .artifact_count = 4,
    .params = params,
    .param_count = 1,
    .domains = domains,
    .domain_count = 2,
    .steps = steps,
    .step_count = 4,
    .start = 0,
    .end = 3,
};

int main(int argc, char **argv)
{
    return flow_main(&flow_program, argc, argv);
}
