/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations that are no constants are functions of the step's slots.  Here their values are
 * decoded in the scheduler itself: parameters once, items and artifacts for each row that is
 * asked about. */
#include "sched/policy.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "os/memory.h"
#include "sched/params.h"
#include "store/blob_value.h"
#include "value/codec.h"
#include "value/number.h"

struct Policies {
    const FlowProgram *program;
    const Ledger *ledger;
    Columns *columns;
    Db *db;
    Buffer params;
    Bytes *values; /* a parameter: its CBOR in `params` */
    void ***in;    /* a step, a slot: its value; made when the step is first asked about */
    FlowTask *task;
    uint32_t line;
};

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory while an annotation is evaluated");
}

FlowStatus policies_new(const FlowProgram *program, const Ledger *ledger, Columns *columns, Db *db,
                        Bytes params, Policies **out, FlowError *err)
{
    Policies *p = os_alloc_zero(sizeof *p);
    if (!p)
        return no_memory(err);
    *p = (Policies){.program = program, .ledger = ledger, .columns = columns, .db = db};
    p->values = os_alloc_zero((program->param_count + 1u) * sizeof *p->values);
    p->in = os_alloc_zero((program->step_count + 1u) * sizeof *p->in);
    p->task = os_alloc_zero(sizeof *p->task);
    FlowStatus s = p->values && p->in && p->task ? FLOW_OK : no_memory(err);
    if (s == FLOW_OK && buffer_append(&p->params, params.bytes, params.len) != FLOW_OK)
        s = no_memory(err);
    if (s == FLOW_OK && params.len > 0)
        s = params_split(program, (Bytes){p->params.bytes, params.len}, p->values, err);
    if (s == FLOW_OK)
        *out = p;
    else
        policies_free(p);
    return s;
}

static void free_slots(const FlowStep *step, void **in)
{
    for (uint16_t k = 0; in && k < step->slot_count; k++) {
        if (in[k])
            flow_value_release(step->slots[k].type, in[k]);
        os_free(in[k]);
    }
    os_free(in);
}

void policies_free(Policies *p)
{
    if (!p)
        return;
    for (uint16_t s = 0; p->in && s < p->program->step_count; s++)
        free_slots(&p->program->steps[s], p->in[s]);
    os_free(p->in);
    os_free(p->values);
    os_free(p->task);
    buffer_free(&p->params);
    os_free(p);
}

/* ---- the values of a row ------------------------------------------------------- */

static bool is_param(const Policies *p, const FlowSlot *slot)
{
    return slot->kind == FLOW_SLOT_VALUE &&
           p->program->artifacts[slot->fields[0].artifact].kind == FLOW_ARTIFACT_PARAM;
}

static FlowStatus decode_param(const Policies *p, const FlowSlot *slot, void *value, FlowError *err)
{
    for (uint16_t i = 0; i < p->program->param_count; i++)
        if (p->program->params[i].artifact == slot->fields[0].artifact && p->values[i].len > 0)
            return value_decode(slot->type, p->values[i].bytes, p->values[i].len, value, err);
    return FLOW_OK;
}

static FlowStatus decode_cell(const Policies *p, const FlowType *type, const Cell *cell,
                              void *value, FlowError *err)
{
    FlowDigest digest;
    uint64_t len;
    if (!cell->is_present)
        return FLOW_OK;
    if (value_is_fixed(type)) {
        value_fixed_put(type, cell->fixed, value);
        return FLOW_OK;
    }
    if (blob_ref_decode(cell->bytes, cell->len, &digest, &len))
        return blob_value_read(db_blobs_dir(p->db), type, &digest, len, value, err);
    return value_decode(type, cell->bytes, cell->len, value, err);
}

static FlowStatus decode_row(const Policies *p, const FlowSlot *slot, Row row, void *value,
                             FlowError *err)
{
    Source source;
    StoredColumn *column;
    FlowStatus s = ledger_source(p->ledger, &slot->fields[0], row, 1, &source, err);
    if (s == FLOW_OK)
        s = columns_get(p->columns, source.chunk, source.artifact, &column, err);
    if (s != FLOW_OK)
        return s;
    s = columns_open(p->columns, column, err);
    if (s == FLOW_OK) {
        Cell cell = column_cell(&column->column, source.row);
        s = decode_cell(p, slot->type, &cell, value, err);
    }
    columns_unpin(p->columns, column);
    return s;
}

static FlowStatus make_slots(Policies *p, uint32_t step, FlowError *err)
{
    const FlowStep *st = &p->program->steps[step];
    if (p->in[step])
        return FLOW_OK;
    p->in[step] = os_alloc_zero((st->slot_count + 1u) * sizeof(void *));
    if (!p->in[step])
        return no_memory(err);
    FlowStatus s = FLOW_OK;
    for (uint16_t k = 0; s == FLOW_OK && k < st->slot_count; k++) {
        void *value = os_alloc_zero(st->slots[k].type->size);
        p->in[step][k] = value;
        if (!value)
            return no_memory(err);
        if (is_param(p, &st->slots[k]))
            s = decode_param(p, &st->slots[k], value, err);
    }
    return s;
}

/* In the words of a task that cannot read its input. */
static FlowStatus cannot_read(const Policies *p, const FlowSlot *slot, FlowStatus s, FlowError *err)
{
    FlowError why = *err;
    return flow_error(err, s, "cannot read `%s`: %s",
                      p->program->artifacts[slot->fields[0].artifact].name, why.message);
}

static FlowStatus load_row(Policies *p, const FlowStep *step, void **in, Row row, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (uint16_t k = 0; s == FLOW_OK && k < step->slot_count; k++) {
        const FlowSlot *slot = &step->slots[k];
        if (slot->kind != FLOW_SLOT_VALUE || is_param(p, slot))
            continue;
        flow_value_release(slot->type, in[k]);
        s = decode_row(p, slot, row, in[k], err);
        if (s != FLOW_OK)
            return cannot_read(p, slot, s, err);
    }
    return s;
}

/* ---- whether it makes sense ----------------------------------------------------- */

typedef enum Unit { UNIT_NONE, UNIT_SIZE, UNIT_DURATION } Unit;

typedef struct Bounds {
    const char *annotation;
    const char *argument;
    const char *wanted;
    Unit unit;
    int64_t least, most;
    size_t offset; /* in FlowPolicy */
} Bounds;

static const Bounds bounds[] = {
    {"resources", "memory", "more than 0B", UNIT_SIZE, 1, INT64_MAX, offsetof(FlowPolicy, memory)},
    {"resources", "gpu", "0 or more", UNIT_NONE, 0, INT64_MAX, offsetof(FlowPolicy, gpu)},
    {"resources", "disk", "more than 0B", UNIT_SIZE, 1, INT64_MAX, offsetof(FlowPolicy, disk)},
    {"retry", "times", "from 0 to 1000", UNIT_NONE, 0, 1000, offsetof(FlowPolicy, retry_times)},
    {"retry", "delay", "0s or more", UNIT_DURATION, 0, INT64_MAX,
     offsetof(FlowPolicy, retry_delay)},
    {"timeout", "", "more than 0s", UNIT_DURATION, 1, INT64_MAX, offsetof(FlowPolicy, timeout)},
};

enum { BOUNDS_COUNT = sizeof bounds / sizeof bounds[0] };

static const int64_t not_asked = INT64_MIN;

static int64_t *bounded(FlowPolicy *policy, const Bounds *b)
{
    return (int64_t *)(void *)((char *)policy + b->offset);
}

/* A 0 of the constant part says that nothing is asked for; one that is evaluated is a mistake, so
 * the two must differ while policy_of runs. */
static void mark_not_asked(FlowPolicy *policy)
{
    if (!(policy->cpu > 0))
        policy->cpu = (double)not_asked;
    for (size_t i = 0; i < BOUNDS_COUNT; i++)
        if (*bounded(policy, &bounds[i]) == 0)
            *bounded(policy, &bounds[i]) = not_asked;
}

static FlowStatus makes_no_sense(const FlowStep *step, const Bounds *b, int64_t value,
                                 FlowError *err)
{
    char text[NUMBER_TEXT_MAX];
    if (b->unit == UNIT_SIZE)
        number_write_size(value, text);
    else if (b->unit == UNIT_DURATION)
        number_write_duration(value, text);
    else
        snprintf(text, sizeof text, "%" PRId64, value);
    return flow_error(err, FLOW_FAIL, "`@%s` of `%s`: %s%sis %s, but has to be %s", b->annotation,
                      step->name, b->argument, b->argument[0] ? " " : "it ", text, b->wanted);
}

static FlowStatus check_asked(const FlowStep *step, FlowPolicy *policy, FlowError *err)
{
    if (policy->cpu == (double)not_asked)
        policy->cpu = 0;
    else if (!(policy->cpu > 0))
        return flow_error(err, FLOW_FAIL,
                          "`@resources` of `%s`: cpu is %g, but has to be more than 0", step->name,
                          policy->cpu);
    for (size_t i = 0; i < BOUNDS_COUNT; i++) {
        int64_t *value = bounded(policy, &bounds[i]);
        if (*value == not_asked)
            *value = 0;
        else if (*value < bounds[i].least || *value > bounds[i].most)
            return makes_no_sense(step, &bounds[i], *value, err);
    }
    return FLOW_OK;
}

bool policy_is_per_row(const FlowStep *step)
{
    return step->policy_of && step->policy_reads_row;
}

FlowStatus policy_for(Policies *p, uint32_t step, uint32_t round, uint64_t ord, uint32_t attempt,
                      FlowPolicy *out, FlowError *err)
{
    const FlowStep *st = &p->program->steps[step];
    *out = st->policy;
    if (!st->policy_of)
        return FLOW_OK;
    FlowStatus s = make_slots(p, step, err);
    if (s == FLOW_OK && st->policy_reads_row)
        s = load_row(p, st, p->in[step], (Row){st->domain, ord, round}, err);
    if (s != FLOW_OK)
        return s;
    memset(p->task, 0, sizeof *p->task);
    FlowTask start = {.program = p->program,
                      .step = st,
                      .in = (const void *const *)p->in[step],
                      .line = &p->line,
                      .ord = ord,
                      .round = round,
                      .attempt = attempt};
    memcpy(p->task, &start, sizeof start);
    mark_not_asked(out);
    s = st->policy_of(p->task, out);
    if (s == FLOW_OK)
        return check_asked(st, out, err);
    return flow_error(err, FLOW_FAIL, "an annotation of `%s` cannot be evaluated: %s", st->name,
                      p->task->message);
}
