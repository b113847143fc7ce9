/* Made by flowc from ownership.flow: change that file, not this one. */
#include <flow/flow.h>

#if FLOW_ABI != 3
#error "This file was made by another version of flowc: build the flow again."
#endif

#if defined(__GNUC__) /* a program may compare a value with itself */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#endif

typedef struct fl_Entry_2 { /* Entry */
    FlowString *f_name;
    FlowList *f_seen;
} fl_Entry_2;

static const FlowType type_1;
static const FlowType type_3;

static const FlowField fields_1[] = {
    {"name", &flow_type_string, offsetof(fl_Entry_2, f_name)},
    {"seen", &flow_type_int_list, offsetof(fl_Entry_2, f_seen)},
};
static const FlowType type_1 = {FLOW_STRUCT, sizeof(fl_Entry_2), true, "Entry", NULL, NULL, fields_1, 2};
static const FlowType type_3 = {FLOW_LIST, sizeof(FlowList *), true, "[Entry]", &type_1, NULL, NULL, 0};

static FLOW_STRING_LITERAL(literal_1, "a b a", 5);
static FLOW_STRING_LITERAL(literal_2, " ", 1);

static FlowStatus step_start(FlowTask *t);
static FlowStatus fl_note(FlowTask *t, FlowList **v_entries, FlowString *v_name, int64_t v_at);
static FlowStatus step_end(FlowTask *t);

static FlowStatus step_start(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 17;
    FlowList *v_entries = NULL;
    FlowList *x_1 = NULL;
    int64_t x_2 = 0;
    int64_t x_3 = 0;
    FlowString *const *p_4 = NULL;
    FlowList *v_entries_of = NULL;
    FlowString **items_0 = NULL;

#line 17 "ownership.flow"
    v_entries = (FlowList *)NULL;
#line 18 "ownership.flow"
    flow_at(t, line = 18);
    s = flow_string_split(t, (FlowString *)&literal_1, (FlowString *)&literal_2, &x_1);
    if (s != FLOW_OK)
        goto done;
    x_2 = flow_list_count(x_1);
    x_3 = 0;
    if (x_3 >= x_2)
        goto at_3;
    items_0 = flow_list_items(x_1);
    flow_at_loop(t, 18);
at_1:;
    if (x_3 >= x_2)
        goto at_3;
    p_4 = (items_0 + x_3);
    flow_at(t, line = 18);
    s = fl_note(t, &v_entries, *p_4, x_3);
    if (s != FLOW_OK)
        goto done;
    x_3 = x_3 + 1;
    goto at_1;
at_3:;
    flow_list_release(x_1);
    x_1 = NULL;
#line 19 "ownership.flow"
    v_entries_of = flow_list_retain(v_entries);
#line 20 "ownership.flow"
    *(FlowList **)t->out[0] = v_entries_of;
    v_entries_of = NULL;
    t->way = 0;
done:
#line 80 "ownership.c"
    if (s != FLOW_OK)
        flow_trace(t, "start", "ownership.flow", line);
    flow_list_release(v_entries);
    flow_list_release(x_1);
    flow_list_release(v_entries_of);
    return s;
}

static FlowStatus fl_note(FlowTask *t, FlowList **v_entries, FlowString *v_name, int64_t v_at)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 7;
    int64_t v_i = 0;
    int64_t x_4 = 0;
    bool x_5 = false;
    const fl_Entry_2 *p_6 = NULL;
    void *p_7 = NULL;
    void *p_8 = NULL;
    fl_Entry_2 x_9 = {0};
    fl_Entry_2 *items_0 = NULL;
    uint64_t len_0 = 0;
    uint64_t own_0 = 0;

#line 7 "ownership.flow"
    x_4 = flow_list_count(*v_entries);
    v_i = 0;
    if (v_i >= x_4)
        goto at_3;
    items_0 = flow_list_items(*v_entries);
    len_0 = (uint64_t)flow_list_count(*v_entries);
    own_0 = flow_list_own_len(*v_entries);
    {
        if (FLOW_LIKELY(v_i >= x_4 || ((uint64_t)(v_i) < len_0 &&
        (uint64_t)(x_4 - 1) < len_0)))
            goto plain_1;
    }
    flow_at_loop(t, 7);
at_1:;
    if (v_i >= x_4)
        goto at_3;
#line 8 "ownership.flow"
    line = 8;
    if (FLOW_UNLIKELY((uint64_t)v_i >= len_0)) {
        if ((uint64_t)v_i >= (uint64_t)flow_list_len(*v_entries)) {
            s = flow_fail_index(t, v_i, flow_list_len(*v_entries));
            goto done;
        }
    }
    p_6 = (items_0 + v_i);
    x_5 = flow_string_equal(p_6->f_name, v_name);
    if (!x_5)
        goto at_4;
#line 9 "ownership.flow"
    line = 9;
    if (FLOW_UNLIKELY((uint64_t)v_i >= own_0)) {
        void *slot = NULL;
        s = flow_list_slot(t, v_entries, &type_1, v_i, &slot);
        if (s != FLOW_OK)
            goto done;
        p_7 = slot;
        items_0 = flow_list_items(*v_entries);
        len_0 = (uint64_t)flow_list_count(*v_entries);
        own_0 = flow_list_own_len(*v_entries);
    } else {
        p_7 = items_0 + v_i;
    }
    flow_at(t, line = 9);
    {
        void *got = NULL;
        s = flow_list_add(t, &((fl_Entry_2 *)p_7)->f_seen, &flow_type_int, sizeof(int64_t), &got);
        if (s != FLOW_OK)
            goto done;
        p_8 = got;
    }
    *((int64_t *)p_8) = v_at;
    goto done;
at_4:;
#line 10 "ownership.flow"
    v_i = v_i + 1;
    goto at_1;
plain_1: __attribute__((unused));
#line 7 "ownership.flow"
    if (v_i >= x_4)
        goto at_3;
#line 8 "ownership.flow"
    line = 8;
    p_6 = (items_0 + v_i);
    x_5 = flow_string_equal(p_6->f_name, v_name);
    if (!x_5)
        goto plain_4;
#line 9 "ownership.flow"
    line = 9;
    if (FLOW_UNLIKELY((uint64_t)v_i >= own_0)) {
        void *slot = NULL;
        s = flow_list_slot(t, v_entries, &type_1, v_i, &slot);
        if (s != FLOW_OK)
            goto done;
        p_7 = slot;
        items_0 = flow_list_items(*v_entries);
        len_0 = (uint64_t)flow_list_count(*v_entries);
        own_0 = flow_list_own_len(*v_entries);
    } else {
        p_7 = items_0 + v_i;
    }
    flow_at(t, line = 9);
    {
        void *got = NULL;
        s = flow_list_add(t, &((fl_Entry_2 *)p_7)->f_seen, &flow_type_int, sizeof(int64_t), &got);
        if (s != FLOW_OK)
            goto done;
        p_8 = got;
    }
    *((int64_t *)p_8) = v_at;
    goto done;
plain_4: __attribute__((unused));
#line 10 "ownership.flow"
    v_i = v_i + 1;
    goto plain_1;
at_3:;
#line 13 "ownership.flow"
    x_9.f_name = flow_string_retain(v_name);
    flow_at(t, line = 13);
    s = flow_list_new(t, &flow_type_int, 1, 1, &x_9.f_seen);
    if (s != FLOW_OK)
        goto done;
    p_8 = x_9.f_seen->items;
    ((int64_t *)p_8)[0] = v_at;
    {
        void *got = NULL;
        s = flow_list_add(t, v_entries, &type_1, sizeof(fl_Entry_2), &got);
        if (s != FLOW_OK)
            goto done;
        p_7 = got;
    }
    *((fl_Entry_2 *)p_7) = x_9;
    x_9 = (fl_Entry_2){0};
done:
#line 218 "ownership.c"
    if (s != FLOW_OK)
        flow_trace(t, "note", "ownership.flow", line);
    flow_value_release(&type_1, &x_9);
    return s;
}

static FlowStatus step_end(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    uint32_t line = 24;
    FlowList *const *in_0 = t->in[0]; /* entries_of */
    FlowString *v_best = NULL;
    int64_t x_1 = 0;
    int64_t x_2 = 0;
    int64_t x_3 = 0;
    int64_t x_4 = 0;
    const fl_Entry_2 *p_5 = NULL;
    int64_t x_6 = 0;
    const fl_Entry_2 *p_7 = NULL;
    int64_t v_first = 0;
    FlowString *x_9 = NULL;
    FlowText text_10 = {0};
    fl_Entry_2 *items_0 = NULL;

#line 24 "ownership.flow"
    x_1 = 0;
    x_3 = flow_list_count(*in_0);
    x_4 = 0;
    if (x_4 >= x_3)
        goto at_5;
    items_0 = flow_list_items(*in_0);
    flow_at_loop(t, 24);
at_3:;
    if (x_4 >= x_3)
        goto at_5;
    p_5 = (items_0 + x_4);
    x_6 = flow_list_len(p_5->f_seen);
    if (x_4 == 0)
        goto at_2;
    if (x_6 <= x_2)
        goto at_4;
at_2:;
    x_2 = x_6;
    x_1 = x_4;
at_4:;
    x_4 = x_4 + 1;
    goto at_3;
at_5:;
    if (x_3 > 0)
        goto at_1;
    flow_at(t, line = 24);
    s = flow_fail(t, "max_by of an empty list");
    goto done;
at_1:;
    p_7 = (const fl_Entry_2 *)(*in_0)->items + x_1;
    v_best = flow_string_retain(p_7->f_name);
#line 25 "ownership.flow"
    line = 25;
    if ((uint64_t)0 >= (uint64_t)flow_list_len(*in_0)) {
        s = flow_fail_index(t, 0, flow_list_len(*in_0));
        goto at_7;
    }
    p_5 = (const fl_Entry_2 *)(*in_0)->items + 0;
    if ((uint64_t)9 >= (uint64_t)flow_list_len(p_5->f_seen)) {
        s = flow_fail_index(t, 9, flow_list_len(p_5->f_seen));
        goto at_7;
    }
    x_2 = flow_list_peek_int(p_5->f_seen, (size_t)9);
    v_first = x_2;
    goto at_8;
at_7:;
    if (s != FLOW_FAIL)
        goto done;
    s = flow_handled(t, NULL);
    if (s != FLOW_OK)
        goto done;
    v_first = -1;
at_8:;
#line 26 "ownership.flow"
    flow_at(t, line = 26);
    s = flow_text_value(t, &text_10, &flow_type_string, &v_best);
    if (s != FLOW_OK)
        goto done;
    s = flow_text_bytes(t, &text_10, " ", 1);
    if (s != FLOW_OK)
        goto done;
    s = flow_text_value(t, &text_10, &flow_type_int, &v_first);
    if (s != FLOW_OK)
        goto done;
    s = flow_text_take(t, &text_10, &x_9);
    if (s != FLOW_OK)
        goto done;
    flow_text_free(&text_10);
    s = flow_print(t, x_9);
    if (s != FLOW_OK)
        goto done;
    flow_string_release(x_9);
    x_9 = NULL;
#line 27 "ownership.flow"
    t->way = 0;
done:
#line 320 "ownership.c"
    if (s != FLOW_OK)
        flow_trace(t, "end", "ownership.flow", line);
    flow_string_release(v_best);
    flow_string_release(x_9);
    flow_text_free(&text_10);
    return s;
}

static const FlowArtifact artifacts[] = {
    {"entries_of", &type_3, FLOW_ARTIFACT_KEPT},
};
static const FlowDomain domains[] = {
    {0, 0, 0, NULL, 0},
};
static const uint16_t edge_0_0[] = {1};
static const uint16_t edge_0_0_branches[] = {0};
static const FlowEdge edges_0[] = {
    {FLOW_EDGE_NEXT, edge_0_0, 1, edge_0_0_branches, 0, 1, false, 20},
};
static const uint16_t keeps_0[] = {0};
static const uint16_t slot_1_0_sources[] = {0};
static const FlowRead slot_1_0[] = {
    {0, 0, slot_1_0_sources, 1},
};
static const FlowSlot slots_1[] = {
    {FLOW_SLOT_VALUE, &type_3, slot_1_0, 1, NULL, 0, 0},
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
        .meaning = {{128, 44, 2, 48, 138, 215, 94, 133, 120, 16, 182, 213, 83, 137, 171, 229, 230, 157, 238, 96, 94, 197, 166, 193, 24, 183, 254, 176, 20, 221, 142, 76}},
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
        .file = "ownership.flow",
        .line = 16,
    },
    {
        .name = "end",
        .kind = FLOW_STEP_PLAIN,
        .domain = 0,
        .rank = 1,
        .flags = 0,
        .meaning = {{67, 214, 69, 156, 91, 152, 6, 13, 202, 65, 149, 68, 252, 137, 234, 105, 3, 83, 67, 195, 173, 233, 119, 102, 209, 0, 155, 165, 15, 205, 193, 38}},
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
        .file = "ownership.flow",
        .line = 23,
    },
};

static const FlowProgram flow_program = {
    .abi = FLOW_ABI,
    .name = "Ownership",
    .doc = "Strings, lists and structs: who owns what, and what is dropped where.",
    .file = "ownership.flow",
    .digest = {{153, 27, 214, 182, 209, 58, 225, 22, 231, 205, 135, 132, 150, 72, 235, 59, 201, 182, 19, 196, 248, 220, 133, 106, 151, 201, 120, 35, 59, 213, 222, 35}},
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
