/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/program_record.h"

#include <stdlib.h>
#include <string.h>

#include "os/memory.h"
#include "sched/params.h"
#include "value/codec.h"

static const char *const artifact_kinds[] = {"kept", "item", "param"};

static const char *edge_word(const FlowEdge *e)
{
    switch (e->kind) {
    case FLOW_EDGE_NEXT: return e->is_back ? "back" : "next";
    case FLOW_EDGE_SPLIT: return "split";
    case FLOW_EDGE_FOREACH: return "foreach";
    case FLOW_EDGE_END: return "end";
    }
    return "?";
}

FlowStatus program_edges_write(const FlowProgram *program, const FlowStep *step, Buffer *out)
{
    FlowStatus s = FLOW_OK;
    for (uint16_t i = 0; s == FLOW_OK && i < step->edge_count; i++) {
        const FlowEdge *e = &step->edges[i];
        s = buffer_printf(out, "%s%s", i > 0 ? ";" : "", edge_word(e));
        for (uint16_t t = 0; s == FLOW_OK && t < e->target_count; t++) {
            const FlowStep *target = &program->steps[e->targets[t]];
            s = buffer_printf(out, "%s%s", t == 0 ? ":" : ",", target->name);
            if (s == FLOW_OK && target->kind == FLOW_STEP_JOIN_BRANCHES)
                s = buffer_printf(out, "#%u", e->branches[t]);
        }
    }
    return s == FLOW_OK && step->edge_count == 0 ? buffer_append_text(out, "-") : s;
}

static FlowStatus write_step(const FlowProgram *p, const FlowStep *step, Buffer *out)
{
    char meaning[65];
    digest_hex(&step->meaning, meaning);
    FlowStatus s = buffer_printf(out, "step %s %u %u %u %s ", step->name, step->domain, step->rank,
                                 step->flags, meaning);
    if (s == FLOW_OK)
        s = program_edges_write(p, step, out);
    if (s == FLOW_OK)
        s = buffer_printf(out, " %s:%u\nkeeps %s", step->file, step->line,
                          step->edge_count == 0 ? "-" : "");
    for (uint16_t e = 0; s == FLOW_OK && e < step->edge_count; e++)
        s = buffer_printf(out, "%s%u", e > 0 ? "," : "", step->edges[e].carried);
    for (uint16_t k = 0; s == FLOW_OK && k < step->keep_count; k++)
        s = buffer_printf(out, " %u", step->keeps[k]);
    return s == FLOW_OK ? buffer_append_text(out, "\n") : s;
}

static FlowStatus write_artifact(const FlowArtifact *a, Buffer *out)
{
    FlowStatus s = buffer_printf(out, "artifact %s %s ", artifact_kinds[a->kind], a->name);
    if (s == FLOW_OK)
        s = type_write_text(a->type, out);
    return s == FLOW_OK ? buffer_append_text(out, "\n") : s;
}

/* Of the values only a digest: what they are stands with each run. */
static FlowStatus write_default(const FlowProgram *p, uint16_t param, Buffer *out)
{
    FlowError ignored;
    FlowDigest digest;
    Buffer value = {0};
    char hex[65];
    FlowStatus s = params_default(p, param, &value, &ignored);
    if (s == FLOW_OK && value.len > 0) {
        s = digest_bytes(value.bytes, value.len, &digest, &ignored);
        digest_hex(&digest, hex);
        if (s == FLOW_OK)
            s = buffer_printf(out, "default %s %s\n", p->artifacts[p->params[param].artifact].name,
                              hex);
    }
    buffer_free(&value);
    return s;
}

static FlowStatus write_domain(const FlowProgram *p, const FlowDomain *d, Buffer *out)
{
    bool is_first = d == p->domains;
    FlowStatus s = buffer_printf(out, "domain %s %s", is_first ? "-" : p->steps[d->entry].name,
                                 is_first ? "-" : p->steps[d->join].name);
    for (uint16_t i = 0; s == FLOW_OK && i < d->item_count; i++)
        s = buffer_printf(out, " %u", d->items[i]);
    return s == FLOW_OK ? buffer_append_text(out, "\n") : s;
}

FlowStatus program_record_write(const FlowProgram *program, Buffer *out)
{
    FlowStatus s = buffer_printf(out, "flow %s %u\n", program->name, program->abi);
    for (uint16_t i = 0; s == FLOW_OK && i < program->artifact_count; i++)
        s = write_artifact(&program->artifacts[i], out);
    for (uint16_t i = 0; s == FLOW_OK && i < program->param_count; i++)
        s = write_default(program, i, out);
    for (uint16_t i = 0; s == FLOW_OK && i < program->domain_count; i++)
        s = write_domain(program, &program->domains[i], out);
    for (uint16_t i = 0; s == FLOW_OK && i < program->step_count; i++)
        s = write_step(program, &program->steps[i], out);
    return s;
}

/* ---- reading --------------------------------------------------------------- */

/* Cuts the next word off the line; NULL at its end. */
static char *word(char **at)
{
    char *w = *at + strspn(*at, " ");
    if (*w == '\0')
        return NULL;
    *at = w + strcspn(w, " ");
    if (**at != '\0')
        *(*at)++ = '\0';
    return w;
}

static void *append(void *items, size_t count, size_t size)
{
    return os_realloc_array(items, count + 1, size);
}

static FlowStatus read_artifact(ProgramRecord *r, char *line)
{
    char *kind = word(&line), *name = word(&line), *type = word(&line);
    if (!kind || !name)
        return FLOW_EFORMAT;
    RecordArtifact *artifacts = append(r->artifacts, r->artifact_count, sizeof *artifacts);
    if (!artifacts)
        return FLOW_ENOMEM;
    r->artifacts = artifacts;
    RecordArtifact *a = &artifacts[r->artifact_count++];
    *a = (RecordArtifact){FLOW_ARTIFACT_KEPT, name, type ? type : "", NULL};
    for (unsigned k = 0; k < 3; k++)
        if (strcmp(kind, artifact_kinds[k]) == 0)
            a->kind = (FlowArtifactKind)k;
    return FLOW_OK;
}

/* It stands behind its parameter. */
static FlowStatus read_default(ProgramRecord *r, char *line)
{
    char *name = word(&line), *digest = word(&line);
    for (size_t i = 0; name && digest && i < r->artifact_count; i++)
        if (r->artifacts[i].kind == FLOW_ARTIFACT_PARAM &&
            strcmp(r->artifacts[i].name, name) == 0)
            r->artifacts[i].fallback = digest;
    return name && digest ? FLOW_OK : FLOW_EFORMAT;
}

/* The numbers of artifacts that the rest of the line names. */
static FlowStatus read_numbers(char *line, uint16_t **out, size_t *count)
{
    for (char *w; (w = word(&line));) {
        uint16_t *numbers = append(*out, *count, sizeof *numbers);
        if (!numbers)
            return FLOW_ENOMEM;
        *out = numbers;
        unsigned long number = strtoul(w, NULL, 10);
        if (number >= FLOW_ARTIFACT_SPACE)
            return FLOW_EFORMAT;
        numbers[(*count)++] = (uint16_t)number;
    }
    return FLOW_OK;
}

static FlowStatus read_domain(ProgramRecord *r, char *line)
{
    RecordDomain *domains = append(r->domains, r->domain_count, sizeof *domains);
    if (!domains)
        return FLOW_ENOMEM;
    r->domains = domains;
    RecordDomain *d = &domains[r->domain_count++];
    *d = (RecordDomain){.entry = word(&line)};
    d->join = d->entry ? word(&line) : NULL;
    return d->join ? read_numbers(line, &d->items, &d->item_count) : FLOW_EFORMAT;
}

static FlowStatus read_step(ProgramRecord *r, char *line)
{
    char *words[6] = {NULL}; /* name, domain, rank, flags, meaning, edges */
    for (size_t i = 0; i < 6; i++)
        if (!(words[i] = word(&line)))
            return FLOW_EFORMAT;
    RecordStep *steps = append(r->steps, r->step_count, sizeof *steps);
    if (!steps)
        return FLOW_ENOMEM;
    r->steps = steps;
    steps[r->step_count++] = (RecordStep){.name = words[0],
                                          .edges = words[5],
                                          .domain = (uint16_t)strtoul(words[1], NULL, 10),
                                          .rank = (uint16_t)strtoul(words[2], NULL, 10),
                                          .flags = (uint32_t)strtoul(words[3], NULL, 10)};
    return FLOW_OK;
}

static FlowStatus read_keeps(ProgramRecord *r, char *line)
{
    if (r->step_count == 0)
        return FLOW_EFORMAT;
    RecordStep *step = &r->steps[r->step_count - 1];
    step->carried = word(&line);
    return step->carried ? read_numbers(line, &step->keeps, &step->keep_count) : FLOW_EFORMAT;
}

static FlowStatus read_line(ProgramRecord *r, char *line)
{
    char *kind = word(&line);
    if (!kind)
        return FLOW_OK;
    if (strcmp(kind, "artifact") == 0)
        return read_artifact(r, line);
    if (strcmp(kind, "default") == 0)
        return read_default(r, line);
    if (strcmp(kind, "domain") == 0)
        return read_domain(r, line);
    if (strcmp(kind, "step") == 0)
        return read_step(r, line);
    if (strcmp(kind, "keeps") == 0)
        return read_keeps(r, line);
    return FLOW_OK; /* what a later format adds */
}

FlowStatus program_record_read(Bytes text, ProgramRecord *out, FlowError *err)
{
    ProgramRecord r = {.text = os_copy_bytes((const char *)text.bytes, text.len)};
    FlowStatus s = r.text ? FLOW_OK : FLOW_ENOMEM;
    for (char *at = r.text; s == FLOW_OK && *at;) {
        char *end = at + strcspn(at, "\n");
        char *next = *end ? end + 1 : end;
        *end = '\0';
        s = read_line(&r, at);
        at = next;
    }
    if (s == FLOW_OK) {
        *out = r;
        return FLOW_OK;
    }
    program_record_free(&r);
    return flow_error(err, s,
                      s == FLOW_ENOMEM ? "out of memory"
                                       : "the record of a program in the store is damaged");
}

FlowStatus program_record_load(Db *db, const FlowDigest *digest, ProgramRecord *out, FlowError *err)
{
    Buffer text = {0};
    FlowStatus s = db_program_get(db, digest, &text, err);
    if (s == FLOW_OK)
        s = program_record_read((Bytes){text.bytes, text.len}, out, err);
    buffer_free(&text);
    return s;
}

void program_record_free(ProgramRecord *r)
{
    for (size_t i = 0; i < r->domain_count; i++)
        os_free(r->domains[i].items);
    for (size_t i = 0; i < r->step_count; i++)
        os_free(r->steps[i].keeps);
    os_free(r->domains);
    os_free(r->artifacts);
    os_free(r->steps);
    os_free(r->text);
    *r = (ProgramRecord){0};
}

const RecordStep *program_record_step(const ProgramRecord *r, const char *name)
{
    for (size_t i = 0; i < r->step_count; i++)
        if (strcmp(r->steps[i].name, name) == 0)
            return &r->steps[i];
    return NULL;
}

const RecordArtifact *program_record_param(const ProgramRecord *r, const char *name)
{
    for (size_t i = 0; i < r->artifact_count; i++)
        if (r->artifacts[i].kind == FLOW_ARTIFACT_PARAM &&
            strcmp(r->artifacts[i].name, name) == 0)
            return &r->artifacts[i];
    return NULL;
}
