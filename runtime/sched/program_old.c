/* SPDX-License-Identifier: Apache-2.0 */
/* program_old.c - the table of a program, made anew from its record.
 *
 * All of it lies in rooms that are freed together.  What the record does not say outright follows
 * from the edges: a foreach opens the domain that its target enters, a domain lies in that of the
 * step that opens it, a target with a branch is a join. */
#include "sched/program_old.h"

#include <stdlib.h>
#include <string.h>

#include "os/memory.h"
#include "sched/program_record.h"
#include "value/codec.h"

typedef struct Room {
    struct Room *next;
    _Alignas(16) unsigned char bytes[];
} Room;

struct OldProgram {
    FlowProgram table;
    ProgramRecord record;
    Room *rooms;
    /* what the table shows as constant: */
    FlowArtifact *artifacts;
    FlowParam *params;
    FlowDomain *domains;
    FlowStep *steps;
};

static void *room(OldProgram *o, size_t count, size_t size)
{
    Room *r = count < SIZE_MAX / (size ? size : 1) / 2 ? os_alloc_zero(sizeof *r + count * size + 1)
                                                       : NULL;
    if (!r)
        return NULL;
    r->next = o->rooms;
    o->rooms = r;
    return r->bytes;
}

/* ---- types ----------------------------------------------------------------- */

static const FlowType *plain_type(const char *text)
{
    static const FlowType *const plain[] = {&flow_type_unit,     &flow_type_int,  &flow_type_float,
                                            &flow_type_bool,     &flow_type_size, &flow_type_time,
                                            &flow_type_duration, &flow_type_string};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(plain[i]->name, text) == 0)
            return plain[i];
    return NULL;
}

/* NULL where no artifact of today is of that structure. */
static FlowStatus type_of_today(const FlowProgram *today, const char *text, const FlowType **out)
{
    Buffer other = {0};
    FlowStatus s = FLOW_OK;
    *out = NULL;
    for (uint16_t i = 0; s == FLOW_OK && !*out && i < today->artifact_count; i++) {
        buffer_clear(&other);
        s = type_write_text(today->artifacts[i].type, &other);
        const char *said = s == FLOW_OK ? buffer_text(&other) : NULL;
        if (said && strcmp(said, text) == 0)
            *out = today->artifacts[i].type;
    }
    buffer_free(&other);
    return s;
}

static FlowStatus find_type(OldProgram *o, const FlowProgram *today, const char *text,
                            const FlowType **out)
{
    *out = plain_type(text);
    FlowStatus s = *out ? FLOW_OK : type_of_today(today, text, out);
    if (s != FLOW_OK || *out)
        return s;
    FlowType *unknown = room(o, 1, sizeof *unknown);
    if (!unknown)
        return FLOW_ENOMEM;
    *unknown = (FlowType){.kind = FLOW_CLOSURE, .size = sizeof(void *), .name = text};
    *out = unknown;
    return FLOW_OK;
}

static FlowStatus make_artifacts(OldProgram *o, const FlowProgram *today)
{
    const ProgramRecord *r = &o->record;
    FlowStatus s = FLOW_OK;
    o->artifacts = room(o, r->artifact_count, sizeof *o->artifacts);
    o->params = room(o, r->artifact_count, sizeof *o->params);
    if (!o->artifacts || !o->params)
        return FLOW_ENOMEM;
    for (uint16_t i = 0; s == FLOW_OK && i < r->artifact_count; i++) {
        FlowArtifact *a = &o->artifacts[i];
        *a = (FlowArtifact){.name = r->artifacts[i].name, .kind = r->artifacts[i].kind};
        s = find_type(o, today, r->artifacts[i].type, &a->type);
        if (a->kind == FLOW_ARTIFACT_PARAM)
            o->params[o->table.param_count++] = (FlowParam){.artifact = i, .help = ""};
    }
    return s;
}

/* ---- steps ----------------------------------------------------------------- */

static uint16_t step_by_name(const ProgramRecord *r, const char *name, size_t len)
{
    for (uint16_t i = 0; i < r->step_count; i++)
        if (strlen(r->steps[i].name) == len && memcmp(r->steps[i].name, name, len) == 0)
            return i;
    return FLOW_NO_STEP;
}

static size_t count_of(const char *text, size_t len, char mark)
{
    size_t count = 1;
    for (size_t i = 0; i < len; i++)
        count += text[i] == mark;
    return count;
}

/* "fit", or "fit#1" for a join of branches. */
static FlowStatus read_target(OldProgram *o, const char *at, size_t len, uint16_t *target,
                              uint16_t *branch)
{
    const char *mark = memchr(at, '#', len);
    *target = step_by_name(&o->record, at, mark ? (size_t)(mark - at) : len);
    if (*target == FLOW_NO_STEP)
        return FLOW_EFORMAT;
    if (!mark)
        return FLOW_OK;
    *branch = (uint16_t)strtoul(mark + 1, NULL, 10);
    FlowStep *join = &o->steps[*target];
    join->kind = FLOW_STEP_JOIN_BRANCHES;
    if (join->branch_count <= *branch)
        join->branch_count = (uint16_t)(*branch + 1);
    return FLOW_OK;
}

static FlowStatus read_targets(OldProgram *o, FlowEdge *edge, const char *at, size_t len)
{
    edge->target_count = (uint16_t)count_of(at, len, ',');
    uint16_t *targets = room(o, edge->target_count, sizeof *targets);
    uint16_t *branches = room(o, edge->target_count, sizeof *branches);
    FlowStatus s = targets && branches ? FLOW_OK : FLOW_ENOMEM;
    for (uint16_t t = 0; s == FLOW_OK && t < edge->target_count; t++) {
        const char *comma = memchr(at, ',', len);
        size_t one = comma ? (size_t)(comma - at) : len;
        s = read_target(o, at, one, &targets[t], &branches[t]);
        at += one + (comma != NULL);
        len -= one + (comma != NULL);
    }
    edge->targets = targets;
    edge->branches = branches;
    return s;
}

static FlowStatus find_domain(OldProgram *o, uint16_t opener, FlowEdge *edge)
{
    for (uint16_t d = 1; d < o->record.domain_count; d++)
        if (o->domains[d].entry == edge->targets[0]) {
            edge->domain = d;
            o->domains[d].parent = o->steps[opener].domain;
            return FLOW_OK;
        }
    return FLOW_EFORMAT;
}

/* "foreach:work", "end", … */
static FlowStatus read_edge(OldProgram *o, uint16_t step, FlowEdge *edge, const char *at,
                            size_t len)
{
    static const struct {
        const char *word;
        FlowEdgeKind kind;
    } kinds[] = {{"next", FLOW_EDGE_NEXT},       {"back", FLOW_EDGE_NEXT},
                 {"split", FLOW_EDGE_SPLIT},     {"foreach", FLOW_EDGE_FOREACH},
                 {"end", FLOW_EDGE_END}};
    const char *colon = memchr(at, ':', len);
    size_t word = colon ? (size_t)(colon - at) : len, k = 0;
    while (k < 5 && (strlen(kinds[k].word) != word || memcmp(kinds[k].word, at, word) != 0))
        k++;
    if (k == 5 || (!colon && kinds[k].kind != FLOW_EDGE_END))
        return FLOW_EFORMAT;
    edge->kind = kinds[k].kind;
    edge->is_back = strcmp(kinds[k].word, "back") == 0;
    FlowStatus s = colon ? read_targets(o, edge, colon + 1, len - word - 1) : FLOW_OK;
    return s == FLOW_OK && edge->kind == FLOW_EDGE_FOREACH ? find_domain(o, step, edge) : s;
}

static FlowStatus read_edges(OldProgram *o, uint16_t number)
{
    FlowStep *step = &o->steps[number];
    const char *at = o->record.steps[number].edges, *carried = o->record.steps[number].carried;
    if (strcmp(at, "-") == 0)
        return FLOW_OK;
    step->edge_count = (uint16_t)count_of(at, strlen(at), ';');
    FlowEdge *edges = room(o, step->edge_count, sizeof *edges);
    FlowStatus s = edges ? FLOW_OK : FLOW_ENOMEM;
    step->edges = edges;
    for (uint16_t e = 0; s == FLOW_OK && e < step->edge_count; e++) {
        char *end;
        size_t len = strcspn(at, ";");
        unsigned long count = strtoul(carried, &end, 10);
        edges[e].carried = (uint16_t)(count < step->keep_count ? count : step->keep_count);
        carried = *end ? end + 1 : end;
        s = read_edge(o, number, &edges[e], at, len);
        at += len + (at[len] != '\0');
    }
    return s;
}

static bool has_sound_numbers(const ProgramRecord *r, const uint16_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] >= r->artifact_count)
            return false;
    return true;
}

static FlowStatus make_steps(OldProgram *o)
{
    const ProgramRecord *r = &o->record;
    o->steps = room(o, r->step_count, sizeof *o->steps);
    if (!o->steps)
        return FLOW_ENOMEM;
    for (size_t i = 0; i < r->step_count; i++) {
        const RecordStep *step = &r->steps[i];
        if (step->domain >= r->domain_count ||
            !has_sound_numbers(r, step->keeps, step->keep_count))
            return FLOW_EFORMAT;
        o->steps[i] = (FlowStep){.name = step->name,
                                 .domain = step->domain,
                                 .rank = step->rank,
                                 .flags = step->flags,
                                 .keeps = step->keeps,
                                 .keep_count = (uint16_t)step->keep_count,
                                 .catch_keep = FLOW_NO_STEP,
                                 .file = ""};
    }
    return FLOW_OK;
}

/* ---- domains ---------------------------------------------------------------- */

static FlowStatus make_domains(OldProgram *o)
{
    const ProgramRecord *r = &o->record;
    o->domains = room(o, r->domain_count, sizeof *o->domains);
    if (!o->domains)
        return FLOW_ENOMEM;
    for (uint16_t d = 0; d < r->domain_count; d++) {
        const RecordDomain *from = &r->domains[d];
        FlowDomain *domain = &o->domains[d];
        *domain = (FlowDomain){.items = from->items, .item_count = (uint16_t)from->item_count};
        if (!has_sound_numbers(r, from->items, from->item_count))
            return FLOW_EFORMAT;
        if (d == 0)
            continue;
        domain->entry = step_by_name(r, from->entry, strlen(from->entry));
        domain->join = step_by_name(r, from->join, strlen(from->join));
        if (domain->entry == FLOW_NO_STEP || domain->join == FLOW_NO_STEP)
            return FLOW_EFORMAT;
        o->steps[domain->join].kind = FLOW_STEP_JOIN_FOREACH;
        o->steps[domain->join].closes = d;
    }
    return FLOW_OK;
}

/* A domain that leads back to itself would be walked for ever. */
static bool has_sound_domains(const OldProgram *o)
{
    for (uint16_t d = 0; d < o->record.domain_count; d++) {
        uint16_t at = d;
        for (size_t i = 0; at != 0; i++, at = o->domains[at].parent)
            if (i > o->record.domain_count)
                return false;
    }
    return true;
}

/* ---- the whole ---------------------------------------------------------------- */

static FlowStatus make_table(OldProgram *o, const FlowDigest *digest, const FlowProgram *today)
{
    const ProgramRecord *r = &o->record;
    FlowStatus s = make_artifacts(o, today);
    if (s == FLOW_OK)
        s = make_steps(o);
    if (s == FLOW_OK)
        s = make_domains(o);
    for (uint16_t i = 0; s == FLOW_OK && i < r->step_count; i++)
        s = read_edges(o, i);
    if (s != FLOW_OK || !has_sound_domains(o))
        return s != FLOW_OK ? s : FLOW_EFORMAT;
    FlowProgram *table = &o->table;
    *table = (FlowProgram){.abi = today->abi,
                           .name = today->name,
                           .doc = "",
                           .file = "",
                           .digest = *digest,
                           .artifacts = o->artifacts,
                           .artifact_count = (uint16_t)r->artifact_count,
                           .params = o->params,
                           .param_count = table->param_count,
                           .domains = o->domains,
                           .domain_count = (uint16_t)r->domain_count,
                           .steps = o->steps,
                           .step_count = (uint16_t)r->step_count,
                           .start = step_by_name(r, "start", 5),
                           .end = step_by_name(r, "end", 3)};
    bool is_whole = table->start != FLOW_NO_STEP && table->end != FLOW_NO_STEP;
    return is_whole ? FLOW_OK : FLOW_EFORMAT;
}

static bool says_enough(const ProgramRecord *r)
{
    for (size_t i = 0; i < r->step_count; i++)
        if (!r->steps[i].carried)
            return false;
    return r->step_count > 0 && r->step_count < FLOW_NO_STEP && r->domain_count > 0 &&
           r->domain_count < UINT16_MAX && r->artifact_count < FLOW_ARTIFACT_SPACE;
}

FlowStatus program_old_load(Db *db, const FlowDigest *digest, const FlowProgram *today,
                            OldProgram **out, FlowError *err)
{
    *out = NULL;
    OldProgram *o = os_alloc_zero(sizeof *o);
    if (!o)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    FlowStatus s = program_record_load(db, digest, &o->record, err);
    if (s == FLOW_OK && says_enough(&o->record)) {
        s = make_table(o, digest, today);
        if (s == FLOW_OK) {
            *out = o;
            return s;
        }
        flow_error(err, s,
                   s == FLOW_ENOMEM ? "out of memory"
                                    : "the record of a program in the store is damaged");
    }
    program_old_free(o);
    return s;
}

const FlowProgram *program_old_table(const OldProgram *old)
{
    return &old->table;
}

void program_old_free(OldProgram *old)
{
    if (!old)
        return;
    for (Room *r = old->rooms, *next; r; r = next) {
        next = r->next;
        os_free(r);
    }
    program_record_free(&old->record);
    os_free(old);
}
