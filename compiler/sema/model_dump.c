/* SPDX-License-Identifier: Apache-2.0 */
/* The model as text, one fact a line, in the order of the text: for `--dump=types` and tests. */
#include <inttypes.h>

#include "sema/model.h"

static const char *artifact_kind(ArtifactKind kind)
{
    static const char *const names[] = {"kept", "item", "param"};
    return names[kind];
}

static void dump_type(const Type *t, FILE *out)
{
    Str name = t ? t->name : STR("?");
    fprintf(out, "%.*s", STR_ARG(name));
}

static void dump_artifact(const Artifact *a, FILE *out)
{
    fprintf(out, "artifact %" PRIu32 " %s %.*s: ", a->index, artifact_kind(a->kind),
            STR_ARG(a->name));
    dump_type(a->type, out);
    fprintf(out, "%s\n", a->is_read ? "" : " unread");
}

static void dump_domain(const DomainModel *d, FILE *out)
{
    fprintf(out, "domain %" PRIu32, d->index);
    if (d->parent)
        fprintf(out, " in %" PRIu32, d->parent->index);
    if (d->parent && d->entry)
        fprintf(out, " entry %.*s", STR_ARG(d->entry->name));
    if (d->join)
        fprintf(out, " join %.*s", STR_ARG(d->join->name));
    for (size_t i = 0; i < d->items.len; i++)
        fprintf(out, "%s%.*s", i ? ", " : " items ", STR_ARG(d->items.items[i]->name));
    fprintf(out, "\n");
}

static void dump_sight(const Sight *s, FILE *out)
{
    static const char *const states[] = {"", " on some ways", " changed"};
    fprintf(out, "  sees %.*s%s", STR_ARG(s->artifact->name), states[s->state]);
    for (size_t i = 0; i < s->sources.len; i++)
        fprintf(out, "%s%.*s", i ? ", " : " from ", STR_ARG(s->sources.items[i]->name));
    fprintf(out, "\n");
}

static void dump_record(const Record *r, FILE *out)
{
    fprintf(out, " {");
    for (size_t i = 0; i < r->fields.len; i++)
        fprintf(out, "%s%.*s", i ? ", " : "", STR_ARG(r->fields.items[i]->name));
    fprintf(out, "%s}", r->is_whole ? " whole" : "");
}

static void dump_slot(const Slot *s, size_t index, FILE *out)
{
    static const char *const kinds[] = {"value", "input", "inputs"};
    fprintf(out, "  slot %zu %s %.*s: ", index, kinds[s->kind], STR_ARG(s->binding->name));
    dump_type(s->type, out);
    if (s->record)
        dump_record(s->record, out);
    fprintf(out, "\n");
}

static void dump_edge(const Edge *e, FILE *out)
{
    static const char *const kinds[] = {"next", "split", "foreach", "finish"};
    fprintf(out, "  %s", kinds[e->kind]);
    for (size_t i = 0; i < e->targets.len; i++) {
        fprintf(out, "%s%.*s", i ? ", " : " ", STR_ARG(e->targets.items[i]->name));
        if (i < e->branches.len && e->targets.items[i]->kind == STEP_JOIN_BRANCHES)
            fprintf(out, "[%" PRIu32 "]", e->branches.items[i]);
    }
    fprintf(out, " carries %" PRIu32 "%s\n", e->carried, e->is_back ? " back" : "");
}

static void dump_step(const StepModel *s, FILE *out)
{
    static const char *const kinds[] = {"step", "join of branches", "join of a foreach"};
    fprintf(out, "%s %.*s", kinds[s->kind], STR_ARG(s->name));
    if (!s->is_reachable) {
        fprintf(out, " unreachable\n");
        return;
    }
    fprintf(out, " domain %" PRIu32 " rank %" PRIu32 "%s%s\n", s->domain ? s->domain->index : 0,
            s->rank, s->is_in_loop ? " loop" : "", s->has_catch ? " catch" : "");
    for (size_t i = 0; i < s->sights.len; i++)
        dump_sight(s->sights.entries[i].value, out);
    for (size_t i = 0; i < s->slots.len; i++)
        dump_slot(&s->slots.items[i], i, out);
    for (size_t i = 0; i < s->keeps.len; i++) {
        const Keep *k = &s->keeps.items[i];
        fprintf(out, "  keeps %.*s%s\n", STR_ARG(k->name.name), k->takes_over ? " taken over" : "");
    }
    for (size_t i = 0; i < s->edges.len; i++)
        dump_edge(&s->edges.items[i], out);
}

void model_dump(const Model *m, FILE *out)
{
    fprintf(out, "flow %.*s\n", STR_ARG(m->flow_name));
    for (size_t i = 0; i < m->artifacts.len; i++)
        dump_artifact(m->artifacts.items[i], out);
    for (size_t i = 0; i < m->domains.len; i++)
        dump_domain(m->domains.items[i], out);
    for (size_t i = 0; i < m->steps.len; i++)
        dump_step(m->steps.items[i], out);
}
