/* SPDX-License-Identifier: Apache-2.0 */
/* The flows of the scheduler's tests, as the compiler would write them. */
#include "sched_fixture.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define STEPS(...)  ((const uint16_t[]){__VA_ARGS__})

/* ---- soak ------------------------------------------------------------------ */

static const FlowArtifact soak_artifacts[SOAK_ARTIFACTS] = {
    [SOAK_Z] = {"z", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_W] = {"w", &flow_type_int, FLOW_ARTIFACT_ITEM},
    [SOAK_BASE] = {"base", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_I] = {"i", &flow_type_int, FLOW_ARTIFACT_ITEM},
    [SOAK_V] = {"v", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_R] = {"r", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_S] = {"s", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_T] = {"t", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_L] = {"l", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_M] = {"m", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_U] = {"u", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [SOAK_ANSWER] = {"answer", &flow_type_int, FLOW_ARTIFACT_KEPT},
};

static const FlowDomain soak_domains[] = {
    {0},
    {.parent = 0,
     .entry = SOAK_OUTER,
     .join = SOAK_GATHER,
     .items = STEPS(SOAK_W),
     .item_count = 1},
    {.parent = 1,
     .entry = SOAK_INNER,
     .join = SOAK_COLLECT,
     .items = STEPS(SOAK_I),
     .item_count = 1},
};

#define KEPT(name, ...)                                                                            \
    {                                                                                              \
        .artifact = name, .sources = STEPS(__VA_ARGS__), .source_count = COUNT(STEPS(__VA_ARGS__)) \
    }
#define ITEM(name, in)                                                                             \
    {                                                                                              \
        .artifact = name, .domain = in                                                             \
    }
#define VALUE(...)                                                                                 \
    {                                                                                              \
        .kind = FLOW_SLOT_VALUE, .type = &flow_type_int, .field_count = 1,                         \
        .fields = (const FlowRead[])                                                               \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define NEXT(to, keeps)                                                                            \
    {                                                                                              \
        .kind = FLOW_EDGE_NEXT, .targets = STEPS(to), .target_count = 1, .branches = STEPS(0),     \
        .carried = keeps                                                                           \
    }
#define BACK(to, keeps)                                                                            \
    {                                                                                              \
        .kind = FLOW_EDGE_NEXT, .targets = STEPS(to), .target_count = 1, .branches = STEPS(0),     \
        .carried = keeps, .is_back = true                                                          \
    }
#define TO_JOIN(to, which, keeps)                                                                  \
    {                                                                                              \
        .kind = FLOW_EDGE_NEXT, .targets = STEPS(to), .target_count = 1, .branches = STEPS(which), \
        .carried = keeps                                                                           \
    }
#define FOREACH(to, opens, keeps)                                                                  \
    {                                                                                              \
        .kind = FLOW_EDGE_FOREACH, .targets = STEPS(to), .target_count = 1, .branches = STEPS(0),  \
        .domain = opens, .carried = keeps                                                          \
    }
#define EDGES(...)                                                                                 \
    .edges = (const FlowEdge[]){__VA_ARGS__}, .edge_count = COUNT(((const FlowEdge[]){__VA_ARGS__}))
#define SLOTS(...)                                                                                 \
    .slots = (const FlowSlot[]){__VA_ARGS__}, .slot_count = COUNT(((const FlowSlot[]){__VA_ARGS__}))
#define KEEPS(...)                                                                                 \
    .keeps = STEPS(__VA_ARGS__), .keep_count = COUNT(STEPS(__VA_ARGS__)), .catch_keep = FLOW_NO_STEP
#define NAMED(text, number) .name = text, .meaning = {{number}}, .file = "soak.flow", .line = number

static const FlowStep soak_steps[SOAK_STEPS] = {
    [SOAK_START] = {NAMED("start", 1), .domain = 0, .rank = 0, .flags = FLOW_STEP_IN_LOOP,
                    KEEPS(SOAK_Z), EDGES(FOREACH(SOAK_OUTER, 1, 1))},
    [SOAK_OUTER] = {NAMED("outer", 2), .domain = 1, .rank = 1, KEEPS(SOAK_BASE),
                    SLOTS(VALUE(ITEM(SOAK_W, 1)), VALUE(KEPT(SOAK_Z, SOAK_START))),
                    EDGES(FOREACH(SOAK_INNER, 2, 1))},
    [SOAK_INNER] = {NAMED("inner", 3), .domain = 2, .rank = 2, KEEPS(SOAK_V),
                    SLOTS(VALUE(KEPT(SOAK_BASE, SOAK_OUTER)), VALUE(ITEM(SOAK_I, 2)),
                          VALUE(ITEM(SOAK_W, 1))),
                    EDGES(NEXT(SOAK_TRAIN, 1))},
    [SOAK_TRAIN] = {NAMED("train", 4), .domain = 2, .rank = 3, .flags = FLOW_STEP_IN_LOOP,
                    KEEPS(SOAK_V), .policy = {.retry_times = 2},
                    SLOTS(VALUE(KEPT(SOAK_V, SOAK_INNER, SOAK_TRAIN)), VALUE(ITEM(SOAK_I, 2))),
                    EDGES(BACK(SOAK_TRAIN, 1), NEXT(SOAK_EVEN, 1), NEXT(SOAK_ODD, 1))},
    [SOAK_EVEN] = {NAMED("even", 5), .domain = 2, .rank = 4, KEEPS(SOAK_R),
                   SLOTS(VALUE(KEPT(SOAK_V, SOAK_TRAIN))), EDGES(NEXT(SOAK_COLLECT, 1))},
    [SOAK_ODD] = {NAMED("odd", 6), .domain = 2, .rank = 5, KEEPS(SOAK_R),
                  SLOTS(VALUE(KEPT(SOAK_V, SOAK_TRAIN))), EDGES(NEXT(SOAK_COLLECT, 1))},
    [SOAK_COLLECT] = {NAMED("collect", 7), .kind = FLOW_STEP_JOIN_FOREACH, .domain = 1, .rank = 6,
                      .closes = 2, KEEPS(SOAK_S),
                      SLOTS({.kind = FLOW_SLOT_INPUTS,
                             .ends = STEPS(SOAK_EVEN, SOAK_ODD),
                             .end_count = 2,
                             .field_count = 2,
                             .fields = (const FlowRead[]){KEPT(SOAK_R, SOAK_EVEN, SOAK_ODD),
                                                          ITEM(SOAK_I, 2)}},
                            VALUE(KEPT(SOAK_BASE, SOAK_OUTER))),
                      EDGES(NEXT(SOAK_GATHER, 1))},
    [SOAK_GATHER] = {NAMED("gather", 8), .kind = FLOW_STEP_JOIN_FOREACH, .domain = 0, .rank = 7,
                     .closes = 1, .flags = FLOW_STEP_IN_LOOP, KEEPS(SOAK_T),
                     SLOTS({.kind = FLOW_SLOT_INPUTS,
                            .ends = STEPS(SOAK_COLLECT),
                            .end_count = 1,
                            .field_count = 2,
                            .fields =
                                (const FlowRead[]){KEPT(SOAK_S, SOAK_COLLECT), ITEM(SOAK_W, 1)}}),
                     EDGES({.kind = FLOW_EDGE_SPLIT,
                            .targets = STEPS(SOAK_LEFT, SOAK_RIGHT),
                            .target_count = 2,
                            .branches = STEPS(0, 0),
                            .carried = 1})},
    [SOAK_LEFT] = {NAMED("left", 9), .domain = 0, .rank = 8, .flags = FLOW_STEP_IN_LOOP,
                   KEEPS(SOAK_L), SLOTS(VALUE(KEPT(SOAK_T, SOAK_GATHER))),
                   EDGES(TO_JOIN(SOAK_BOTH, 0, 1))},
    [SOAK_RIGHT] = {NAMED("right", 10), .domain = 0, .rank = 9, .flags = FLOW_STEP_IN_LOOP,
                    KEEPS(SOAK_M),
                    SLOTS(VALUE(KEPT(SOAK_T, SOAK_GATHER)), VALUE(KEPT(SOAK_Z, SOAK_START))),
                    EDGES(BACK(SOAK_RIGHT, 1), TO_JOIN(SOAK_BOTH, 1, 1))},
    [SOAK_BOTH] = {NAMED("both", 11), .kind = FLOW_STEP_JOIN_BRANCHES, .domain = 0, .rank = 10,
                   .branch_count = 2, .flags = FLOW_STEP_IN_LOOP, KEEPS(SOAK_U),
                   SLOTS({.kind = FLOW_SLOT_INPUT,
                          .ends = STEPS(SOAK_LEFT),
                          .end_count = 1,
                          .branch = 0,
                          .field_count = 1,
                          .fields = (const FlowRead[]){KEPT(SOAK_L, SOAK_LEFT)}},
                         {.kind = FLOW_SLOT_INPUT,
                          .ends = STEPS(SOAK_RIGHT),
                          .end_count = 1,
                          .branch = 1,
                          .field_count = 1,
                          .fields = (const FlowRead[]){KEPT(SOAK_M, SOAK_RIGHT)}},
                         VALUE(KEPT(SOAK_T, SOAK_GATHER)), VALUE(KEPT(SOAK_Z, SOAK_START))),
                   EDGES(BACK(SOAK_START, 1), NEXT(SOAK_END, 1))},
    [SOAK_END] = {NAMED("end", 12), .domain = 0, .rank = 11, KEEPS(SOAK_ANSWER),
                  SLOTS(VALUE(KEPT(SOAK_U, SOAK_BOTH))),
                  EDGES({.kind = FLOW_EDGE_END, .carried = 1})},
};

const FlowProgram soak_program = {.abi = FLOW_ABI,
                                  .name = "Soak",
                                  .doc = "",
                                  .file = "soak.flow",
                                  .digest = {{1, 2, 3}},
                                  .artifacts = soak_artifacts,
                                  .artifact_count = SOAK_ARTIFACTS,
                                  .domains = soak_domains,
                                  .domain_count = 3,
                                  .steps = soak_steps,
                                  .step_count = SOAK_STEPS,
                                  .start = SOAK_START,
                                  .end = SOAK_END};

void (*soak_fault)(const FakeRow *row, FakeReply *reply);

static void soak_start(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->round;
    a->fan_start = 0;
    a->fan_step = 7; /* w: 0, 7, 14 */
    a->fan_count = 3;
}

static void soak_outer(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0] * 1000 + row->value[1];
    a->fan_count = row->value[0] == 14 ? 1 : (uint64_t)row->value[0]; /* widths 0, 7, 1 */
    a->fan_step = 1;
}

static void soak_inner(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0] + 10 * row->value[1] + row->value[2];
}

static void soak_train(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0] * 2 + 1;
    a->way = row->round < row->value[1] % 3 ? 0 : row->value[1] % 2 == 0 ? 1 : 2;
}

static void soak_even(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0] * 2;
}

static void soak_odd(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0] * 3;
}

static void soak_collect(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->field[0][0] + row->field[0][1] * 5 + row->value[1] + (int64_t)row->count[0];
}

static void soak_gather(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->field[0][0] % 1000003 + row->field[0][1];
}

static void soak_left(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0] + 1;
}

static void soak_right(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0] * 3 + row->round;
    a->way = row->round < row->value[1] + 2 ? 0 : 1;
}

static void soak_both(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->field[0][0] + 7 * row->field[1][0] + 11 * row->value[2] + row->value[3];
    a->way = row->round < 4 ? 0 : 1;
}

static void soak_end(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0];
}

static void soak_any(const FakeRow *row, FakeReply *reply)
{
    static FakeBody *const bodies[SOAK_STEPS] = {soak_start, soak_outer, soak_inner,   soak_train,
                                                 soak_even,  soak_odd,   soak_collect, soak_gather,
                                                 soak_left,  soak_right, soak_both,    soak_end};
    bodies[row->step](row, reply);
    if (soak_fault)
        soak_fault(row, reply);
}

FakeBody *const soak_bodies[SOAK_STEPS] = {soak_any, soak_any, soak_any, soak_any,
                                           soak_any, soak_any, soak_any, soak_any,
                                           soak_any, soak_any, soak_any, soak_any};

/* ---- a fan --------------------------------------------------------------------- */

typedef struct MaybeInt {
    bool some;
    int64_t value;
} MaybeInt;
static const FlowField maybe_fields[] = {{"", &flow_type_int, offsetof(MaybeInt, value)}};
static const FlowType maybe_int = {.kind = FLOW_OPTION,
                                   .size = sizeof(MaybeInt),
                                   .name = "int?",
                                   .item = &flow_type_int,
                                   .fields = maybe_fields,
                                   .field_count = 1};

static FlowArtifact fan_artifacts[FAN_ARTIFACTS] = {
    [FAN_N] = {"n", &flow_type_int, FLOW_ARTIFACT_PARAM},
    [FAN_I] = {"i", &flow_type_int, FLOW_ARTIFACT_ITEM},
    [FAN_X] = {"x", &maybe_int, FLOW_ARTIFACT_KEPT},
    [FAN_ERROR] = {"error", &flow_type_failure_option, FLOW_ARTIFACT_KEPT},
    [FAN_SUM] = {"sum", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [FAN_FAILED] = {"failed", &flow_type_int, FLOW_ARTIFACT_KEPT},
};

static FlowStatus fan_default(FlowTask *t, void *out)
{
    (void)t;
    *(int64_t *)out = 3;
    return FLOW_OK;
}

static const FlowParam fan_params[] = {{FAN_N, "how many", fan_default}};
static const FlowDomain fan_domains[] = {
    {0},
    {.parent = 0, .entry = FAN_WORK, .join = FAN_GATHER, .items = STEPS(FAN_I), .item_count = 1},
};

FlowStep fan_steps[FAN_STEPS] = {
    [FAN_START] = {NAMED("start", 1), .rank = 0, .catch_keep = FLOW_NO_STEP,
                   EDGES(FOREACH(FAN_WORK, 1, 0))},
    [FAN_WORK] = {NAMED("work", 2), .domain = 1, .rank = 1, .flags = FLOW_STEP_CATCH,
                  .keeps = STEPS(FAN_X, FAN_ERROR), .keep_count = 2, .catch_keep = 1,
                  .policy = {.retry_times = 1},
                  SLOTS(VALUE(ITEM(FAN_I, 1)), VALUE({.artifact = FAN_N})),
                  EDGES(NEXT(FAN_GATHER, 1))},
    [FAN_GATHER] = {NAMED("gather", 3), .kind = FLOW_STEP_JOIN_FOREACH, .rank = 2, .closes = 1,
                    KEEPS(FAN_SUM, FAN_FAILED),
                    SLOTS({.kind = FLOW_SLOT_INPUTS,
                           .ends = STEPS(FAN_WORK),
                           .end_count = 1,
                           .field_count = 2,
                           .fields = (const FlowRead[]){KEPT(FAN_X, FAN_WORK),
                                                        KEPT(FAN_ERROR, FAN_WORK)}}),
                    EDGES(NEXT(FAN_END, 2))},
    [FAN_END] = {NAMED("end", 4), .rank = 3, .catch_keep = FLOW_NO_STEP,
                 EDGES({.kind = FLOW_EDGE_END})},
};

FlowProgram fan_program = {.abi = FLOW_ABI,
                           .name = "Fan",
                           .doc = "",
                           .file = "fan.flow",
                           .digest = {{9}},
                           .artifacts = fan_artifacts,
                           .artifact_count = FAN_ARTIFACTS,
                           .params = fan_params,
                           .param_count = 1,
                           .domains = fan_domains,
                           .domain_count = 2,
                           .steps = fan_steps,
                           .step_count = FAN_STEPS,
                           .start = FAN_START,
                           .end = FAN_END};

uint64_t fan_width = 4;
void (*fan_fault)(const FakeRow *row, FakeReply *reply);

static void fan_start(const FakeRow *row, FakeReply *a)
{
    (void)row;
    a->fan_count = fan_width;
    a->fan_step = 1;
}

static void fan_work(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->value[0] * 10 + row->value[1];
    if (fan_fault)
        fan_fault(row, a);
}

static void fan_gather(const FakeRow *row, FakeReply *a)
{
    a->keep[0] = row->field[0][0];
    a->keep[1] = (int64_t)(row->count[0] - row->absent[0][1]);
}

static void fan_end(const FakeRow *row, FakeReply *a)
{
    (void)row;
    (void)a;
}

FakeBody *const fan_bodies[FAN_STEPS] = {fan_start, fan_work, fan_gather, fan_end};
