/* SPDX-License-Identifier: Apache-2.0 */
/* emit_program.c - the whole C file, and in it the constant table that scheduler and command line
 * read (flow/program.h). */
#include <openssl/evp.h>

#include "emit/emit.h"

#define ABI_WRITTEN 3 /* the FLOW_ABI that this emitter writes for */

/* ---- small tables -------------------------------------------------------- */

/* static const uint16_t NAME[] = {…}; gives "NAME", or "NULL" where there is nothing. */
static Str write_numbers(Emitter *e, Str name, const uint32_t *numbers, size_t count)
{
    if (count == 0)
        return STR("NULL");
    StrBuf b;
    strbuf_init(&b, e->arena);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&b, "%s%u", i ? ", " : "", numbers[i]);
    Str list = strbuf_str(&b);
    cw_line(&e->tables, "static const uint16_t %.*s[] = {%.*s};", STR_ARG(name), STR_ARG(list));
    return name;
}

static Str write_steps_list(Emitter *e, Str name, StepModel *const *steps, size_t count)
{
    uint32_t *numbers = arena_new_array(e->arena, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        numbers[i] = steps[i]->index;
    return write_numbers(e, name, numbers, count);
}

static Str digest_text(Emitter *e, const IrDigest *d)
{
    StrBuf b;
    strbuf_init(&b, e->arena);
    strbuf_add(&b, STR("{{"));
    for (size_t i = 0; i < sizeof d->bytes; i++)
        strbuf_printf(&b, "%s%u", i ? ", " : "", (unsigned)d->bytes[i]);
    strbuf_add(&b, STR("}}"));
    return strbuf_str(&b);
}

/* ---- artifacts, parameters, domains -------------------------------------- */

static void write_artifacts(Emitter *e)
{
    static const char *const kinds[] = {"FLOW_ARTIFACT_KEPT", "FLOW_ARTIFACT_ITEM",
                                        "FLOW_ARTIFACT_PARAM"};
    const Model *m = e->program->model;
    if (m->artifacts.len == 0)
        return;
    cw_line(&e->tables, "static const FlowArtifact artifacts[] = {");
    for (size_t i = 0; i < m->artifacts.len; i++) {
        const Artifact *a = m->artifacts.items[i];
        Str name = c_string(e->arena, a->name);
        const char *type = a->type ? emit_descriptor(e, a->type) : "&flow_type_unit";
        cw_line(&e->tables, "    {%.*s, %s, %s},", STR_ARG(name), type, kinds[a->kind]);
    }
    cw_line(&e->tables, "};");
}

static uint32_t artifact_of_param(const Model *m, const Decl *param)
{
    for (size_t i = 0; i < m->artifacts.len; i++)
        if (m->artifacts.items[i]->kind == ARTIFACT_PARAM && m->artifacts.items[i]->param == param)
            return m->artifacts.items[i]->index;
    return 0;
}

static void write_params(Emitter *e)
{
    const Model *m = e->program->model;
    if (m->params.len == 0)
        return;
    cw_line(&e->tables, "static const FlowParam params[] = {");
    for (size_t i = 0; i < m->params.len; i++) {
        const IrFunction *fallback = e->program->defaults.items[i];
        Str help = c_string(e->arena, str_trim(m->params.items[i]->doc));
        Str name = fallback ? fallback->c_name : STR("NULL");
        cw_line(&e->tables, "    {%u, %.*s, %.*s},", artifact_of_param(m, m->params.items[i]),
                STR_ARG(help), STR_ARG(name));
    }
    cw_line(&e->tables, "};");
}

static void write_domain(Emitter *e, CWriter *rows, const DomainModel *d)
{
    uint32_t *numbers = arena_new_array(e->arena, uint32_t, d->items.len + 1);
    for (size_t i = 0; i < d->items.len; i++)
        numbers[i] = d->items.items[i]->index;
    Str items =
        write_numbers(e, str_printf(e->arena, "domain_%u_items", d->index), numbers, d->items.len);
    const StepModel *entry = d->entry ? d->entry : e->program->model->start;
    cw_line(rows, "    {%u, %u, %u, %.*s, %zu},", d->parent ? d->parent->index : 0, entry->index,
            d->join ? d->join->index : 0, STR_ARG(items), d->items.len);
}

static void write_domains(Emitter *e)
{
    const Model *m = e->program->model;
    CWriter rows;
    cw_init(&rows, e->arena);
    for (size_t i = 0; i < m->domains.len; i++)
        write_domain(e, &rows, m->domains.items[i]);
    cw_line(&e->tables, "static const FlowDomain domains[] = {");
    strbuf_add(&e->tables.text, strbuf_str(&rows.text));
    cw_line(&e->tables, "};");
}

/* ---- slots --------------------------------------------------------------- */

static void write_read(Emitter *e, CWriter *rows, Str name, const Artifact *a,
                       StepModel *const *sources, size_t count)
{
    Str list = write_steps_list(e, name, sources, a->kind == ARTIFACT_KEPT ? count : 0);
    cw_line(rows, "    {%u, %u, %.*s, %zu},", a->index,
            a->kind == ARTIFACT_ITEM && a->domain ? a->domain->index : 0, STR_ARG(list),
            a->kind == ARTIFACT_KEPT ? count : 0);
}

/* The reads of a slot; returns how many. */
static size_t write_reads(Emitter *e, const Slot *slot, Str name)
{
    CWriter rows;
    size_t count = 1;
    cw_init(&rows, e->arena);
    if (slot->kind == SLOT_VALUE) {
        Str sources = str_printf(e->arena, "%.*s_sources", STR_ARG(name));
        write_read(e, &rows, sources, slot->read.artifact, slot->read.sources.items,
                   slot->read.sources.len);
    } else {
        const ArtifactVec *fields = ir_record_fields(e->program, slot->record);
        count = fields->len;
        for (size_t i = 0; i < count; i++) {
            const Sight *sight = map_get(&slot->record->sights, fields->items[i]->name);
            Str sources = str_printf(e->arena, "%.*s_%zu_sources", STR_ARG(name), i);
            write_read(e, &rows, sources, fields->items[i], sight ? sight->sources.items : NULL,
                       sight ? sight->sources.len : 0);
        }
    }
    if (count == 0)
        return 0;
    cw_line(&e->tables, "static const FlowRead %.*s[] = {", STR_ARG(name));
    strbuf_add(&e->tables.text, strbuf_str(&rows.text));
    cw_line(&e->tables, "};");
    return count;
}

static void write_slot(Emitter *e, CWriter *rows, const StepModel *step, uint32_t k)
{
    static const char *const kinds[] = {"FLOW_SLOT_VALUE", "FLOW_SLOT_INPUT", "FLOW_SLOT_INPUTS"};
    const Slot *slot = &step->slots.items[k];
    Str prefix = str_printf(e->arena, "slot_%u_%u", step->index, k);
    size_t count = write_reads(e, slot, prefix);
    Str reads = count ? prefix : STR("NULL");
    StepModel *const *ends = slot->kind == SLOT_VALUE ? NULL : slot->record->ends.items;
    size_t end_count = slot->kind == SLOT_VALUE ? 0 : slot->record->ends.len;
    Str list =
        write_steps_list(e, str_printf(e->arena, "%.*s_ends", STR_ARG(prefix)), ends, end_count);
    uint32_t branch = slot->kind == SLOT_INPUT ? step->inputs.items[slot->input].branch : 0;
    cw_line(rows, "    {%s, %s, %.*s, %zu, %.*s, %zu, %u},", kinds[slot->kind],
            emit_descriptor(e, slot->type), STR_ARG(reads), count, STR_ARG(list), end_count,
            branch);
}

static Str write_slots(Emitter *e, const StepModel *step)
{
    if (step->slots.len == 0)
        return STR("NULL");
    CWriter rows;
    cw_init(&rows, e->arena);
    for (uint32_t k = 0; k < step->slots.len; k++)
        write_slot(e, &rows, step, k);
    Str name = str_printf(e->arena, "slots_%u", step->index);
    cw_line(&e->tables, "static const FlowSlot %.*s[] = {", STR_ARG(name));
    strbuf_add(&e->tables.text, strbuf_str(&rows.text));
    cw_line(&e->tables, "};");
    return name;
}

/* ---- edges --------------------------------------------------------------- */

static void write_edge(Emitter *e, CWriter *rows, const StepModel *step, uint32_t k)
{
    static const char *const kinds[] = {"FLOW_EDGE_NEXT", "FLOW_EDGE_SPLIT", "FLOW_EDGE_FOREACH",
                                        "FLOW_EDGE_END"};
    const Edge *edge = &step->edges.items[k];
    size_t count = edge->targets.len;
    Str name = str_printf(e->arena, "edge_%u_%u", step->index, k);
    Str targets = write_steps_list(e, name, edge->targets.items, count);
    uint32_t *numbers = arena_new_array(e->arena, uint32_t, count + 1);
    for (size_t i = 0; i < count && i < edge->branches.len; i++)
        numbers[i] = edge->branches.items[i];
    Str branches =
        write_numbers(e, str_printf(e->arena, "%.*s_branches", STR_ARG(name)), numbers, count);
    Span span = edge->stmt ? edge->stmt->span : step->decl->block->close;
    cw_line(rows, "    {%s, %.*s, %zu, %.*s, %u, %u, %s, %u},", kinds[edge->kind], STR_ARG(targets),
            count, STR_ARG(branches), edge->domain ? edge->domain->index : 0, edge->carried,
            edge->is_back ? "true" : "false", span_place(e->program->model->sources, span).line);
}

static Str write_edges(Emitter *e, const StepModel *step)
{
    if (step->edges.len == 0)
        return STR("NULL");
    CWriter rows;
    cw_init(&rows, e->arena);
    for (uint32_t k = 0; k < step->edges.len; k++)
        write_edge(e, &rows, step, k);
    Str name = str_printf(e->arena, "edges_%u", step->index);
    cw_line(&e->tables, "static const FlowEdge %.*s[] = {", STR_ARG(name));
    strbuf_add(&e->tables.text, strbuf_str(&rows.text));
    cw_line(&e->tables, "};");
    return name;
}

/* ---- steps --------------------------------------------------------------- */

static Str write_keeps(Emitter *e, const StepModel *step)
{
    uint32_t *numbers = arena_new_array(e->arena, uint32_t, step->keeps.len + 1);
    for (size_t i = 0; i < step->keeps.len; i++)
        numbers[i] = step->keeps.items[i].artifact->index;
    return write_numbers(e, str_printf(e->arena, "keeps_%u", step->index), numbers,
                         step->keeps.len);
}

static void write_policy_number(Emitter *e, CWriter *w, const char *field, const Expr *expr,
                                bool is_float)
{
    IrOperand constant;
    if (!ir_policy_constant(expr, &constant))
        return;
    Str text =
        is_float ? c_float(e->arena, constant.float_value) : c_int(e->arena, constant.int_value);
    cw_line(w, "        .policy.%s = %.*s,", field, STR_ARG(text));
}

static void write_policy(Emitter *e, CWriter *w, const IrStepCode *code)
{
    const Policy *p = &code->step->policy;
    write_policy_number(e, w, "cpu", p->cpu, true);
    write_policy_number(e, w, "memory", p->memory, false);
    write_policy_number(e, w, "gpu", p->gpu, false);
    write_policy_number(e, w, "disk", p->disk, false);
    write_policy_number(e, w, "retry_times", p->retry_times, false);
    write_policy_number(e, w, "retry_delay", p->retry_delay, false);
    write_policy_number(e, w, "timeout", p->timeout_after, false);
    if (p->resources)
        cw_line(w, "        .policy.has_resources = true,");
    if (code->policy)
        cw_line(w, "        .policy_of = %.*s,", STR_ARG(code->policy->c_name));
    if (code->policy && p->reads_row)
        cw_line(w, "        .policy_reads_row = true,");
    if (code->environment)
        cw_line(w, "        .environment = %.*s,", STR_ARG(code->environment->c_name));
}

static Str flags_text(Emitter *e, const StepModel *step, const IrStepCode *code)
{
    StrBuf b;
    strbuf_init(&b, e->arena);
    strbuf_add_char(&b, '0');
    if (step->is_in_loop)
        strbuf_add(&b, STR(" | FLOW_STEP_IN_LOOP"));
    if (step->has_catch)
        strbuf_add(&b, STR(" | FLOW_STEP_CATCH"));
    if (step->policy.batch)
        strbuf_add(&b, STR(" | FLOW_STEP_BATCH"));
    if (step->reads_run)
        strbuf_add(&b, STR(" | FLOW_STEP_READS_RUN"));
    if (code->body->reads_index)
        strbuf_add(&b, STR(" | FLOW_STEP_READS_INDEX"));
    if (code->body->is_foreign)
        strbuf_add(&b, STR(" | FLOW_STEP_ALONE"));
    static const char *const flags[SCRIPT_LANGUAGES] = {" | FLOW_STEP_SH", " | FLOW_STEP_PYTHON",
                                                        " | FLOW_STEP_NODE", " | FLOW_STEP_R"};
    for (size_t i = 0; i < SCRIPT_LANGUAGES; i++)
        if (code->body->languages & 1u << i)
            strbuf_add(&b, str_from(flags[i]));
    Str text = strbuf_str(&b);
    return text.len > 1 ? str_slice(text, 4, text.len) : text;
}

static void write_step(Emitter *e, CWriter *w, const IrStepCode *code)
{
    static const char *const kinds[] = {"FLOW_STEP_PLAIN", "FLOW_STEP_JOIN_BRANCHES",
                                        "FLOW_STEP_JOIN_FOREACH"};
    const StepModel *step = code->step;
    const SourceSet *sources = e->program->model->sources;
    Str name = c_string(e->arena, step->name), flags = flags_text(e, step, code);
    Str digest = digest_text(e, &code->meaning);
    Str slots = write_slots(e, step), edges = write_edges(e, step), keeps = write_keeps(e, step);
    Str file = c_string(e->arena, source_get(sources, step->decl->span.source)->path);
    cw_line(w, "    {");
    cw_line(w, "        .name = %.*s,", STR_ARG(name));
    cw_line(w, "        .kind = %s,", kinds[step->kind]);
    cw_line(w, "        .domain = %u,", step->domain ? step->domain->index : 0);
    cw_line(w, "        .rank = %u,", step->rank);
    cw_line(w, "        .flags = %.*s,", STR_ARG(flags));
    cw_line(w, "        .meaning = %.*s,", STR_ARG(digest));
    cw_line(w, "        .slots = %.*s,", STR_ARG(slots));
    cw_line(w, "        .slot_count = %zu,", step->slots.len);
    cw_line(w, "        .keeps = %.*s,", STR_ARG(keeps));
    cw_line(w, "        .keep_count = %zu,", step->keeps.len);
    if (step->has_catch && step->catch_keep != UINT32_MAX)
        cw_line(w, "        .catch_keep = %u,", step->catch_keep);
    else
        cw_line(w, "        .catch_keep = FLOW_NO_STEP,");
    cw_line(w, "        .edges = %.*s,", STR_ARG(edges));
    cw_line(w, "        .edge_count = %zu,", step->edges.len);
    cw_line(w, "        .branch_count = %u,", step->branch_count);
    cw_line(w, "        .closes = %u,", step->closes ? step->closes->index : 0);
    write_policy(e, w, code);
    cw_line(w, "        .body = %.*s,", STR_ARG(code->body->c_name));
    cw_line(w, "        .file = %.*s,", STR_ARG(file));
    cw_line(w, "        .line = %u,", span_place(sources, step->decl->name.span).line);
    cw_line(w, "    },");
}

static void write_steps(Emitter *e)
{
    CWriter rows;
    cw_init(&rows, e->arena);
    for (size_t i = 0; i < e->program->steps.len; i++)
        write_step(e, &rows, &e->program->steps.items[i]);
    cw_line(&e->tables, "static const FlowStep steps[] = {");
    strbuf_add(&e->tables.text, strbuf_str(&rows.text));
    cw_line(&e->tables, "};");
}

/* ---- the program --------------------------------------------------------- */

static void write_files(Emitter *e)
{
    if (e->files.len == 0)
        return;
    cw_line(&e->tables, "static const char *const files[] = {");
    for (size_t i = 0; i < e->files.len; i++) {
        const Source *file = source_get(e->program->model->sources, e->files.items[i]);
        Str path = c_string(e->arena, file->path);
        cw_line(&e->tables, "    %.*s,", STR_ARG(path));
    }
    cw_line(&e->tables, "};");
}

static void write_other_tables(const Emitter *e, CWriter *w, uint32_t extern_count)
{
    if (extern_count > 0) {
        cw_line(w, "    .externs = externs,");
        cw_line(w, "    .extern_count = %u,", extern_count);
    }
    if (e->files.len > 0) {
        cw_line(w, "    .files = files,");
        cw_line(w, "    .file_count = %zu,", e->files.len);
    }
}

static void write_program(Emitter *e, CWriter *w, uint32_t extern_count, const IrDigest *digest)
{
    const Model *m = e->program->model;
    Str name = c_string(e->arena, m->flow_name);
    Str doc = c_string(e->arena, m->file->flow ? str_trim(m->file->flow->doc) : (Str){0});
    Str file = c_string(e->arena, source_get(m->sources, m->file->source)->path);
    Str bytes = digest_text(e, digest);
    cw_line(w, "static const FlowProgram flow_program = {");
    cw_line(w, "    .abi = FLOW_ABI,");
    cw_line(w, "    .name = %.*s,", STR_ARG(name));
    cw_line(w, "    .doc = %.*s,", STR_ARG(doc));
    cw_line(w, "    .file = %.*s,", STR_ARG(file));
    cw_line(w, "    .digest = %.*s,", STR_ARG(bytes));
    if (m->artifacts.len > 0)
        cw_line(w, "    .artifacts = artifacts,");
    cw_line(w, "    .artifact_count = %zu,", m->artifacts.len);
    if (m->params.len > 0)
        cw_line(w, "    .params = params,");
    cw_line(w, "    .param_count = %zu,", m->params.len);
    cw_line(w, "    .domains = domains,");
    cw_line(w, "    .domain_count = %zu,", m->domains.len);
    cw_line(w, "    .steps = steps,");
    cw_line(w, "    .step_count = %zu,", m->steps.len);
    cw_line(w, "    .start = %u,", m->start->index);
    cw_line(w, "    .end = %u,", m->end->index);
    write_other_tables(e, w, extern_count);
    cw_line(w, "};");
    cw_flush_left(w, "%s", "");
    cw_line(w, "int main(int argc, char **argv)");
    cw_open(w);
    cw_line(w, "return flow_main(&flow_program, argc, argv);");
    cw_close(w, "");
}

static void write_head(Emitter *e, CWriter *w)
{
    const Model *m = e->program->model;
    Str path = source_get(m->sources, m->file->source)->path;
    cw_line(w, "/* Made by flowc from %.*s: change that file, not this one. */", STR_ARG(path));
    cw_line(w, "#include <flow/flow.h>");
    if (e->uses_math)
        cw_line(w, "#include <math.h>");
    cw_flush_left(w, "%s", "");
    cw_line(w, "#if FLOW_ABI != %d", ABI_WRITTEN);
    cw_line(w, "#error \"This file was made by another version of flowc: build the flow again.\"");
    cw_line(w, "#endif");
    cw_flush_left(w, "%s", "");
    cw_line(w, "#if defined(__GNUC__) /* a program may compare a value with itself */");
    cw_line(w, "#pragma GCC diagnostic ignored \"-Wtautological-compare\"");
    cw_line(w, "#endif");
    cw_flush_left(w, "%s", "");
}

static void append(CWriter *w, CWriter *part)
{
    Str text = strbuf_str(&part->text);
    if (text.len == 0)
        return;
    strbuf_add(&w->text, text);
    if (!str_ends_with(text, STR("\n\n")))
        cw_flush_left(w, "%s", "");
}

static IrDigest digest_of(Str text)
{
    IrDigest d;
    unsigned len = 0;
    if (EVP_Digest(text.ptr, text.len, d.bytes, &len, EVP_sha256(), NULL) != 1)
        d = (IrDigest){{0}};
    return d;
}

static Emitter emitter_new(IrProgram *p)
{
    Emitter e = {.program = p, .arena = p->arena};
    CWriter *const writers[] = {&e.structs,   &e.descriptors, &e.literals,        &e.prototypes,
                                &e.functions, &e.tables,      &e.descriptor_names};
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++)
        cw_init(writers[i], p->arena);
    map_init(&e.struct_names, p->arena);
    map_init(&e.descriptors_by_type, p->arena);
    map_init(&e.fn_types, p->arena);
    map_init(&e.apply_names, p->arena);
    map_init(&e.literals_by_text, p->arena);
    return e;
}

static void write_parts(Emitter *e, CWriter *w)
{
    write_head(e, w);
    append(w, &e->structs);
    append(w, &e->descriptor_names);
    append(w, &e->descriptors);
    append(w, &e->literals);
    append(w, &e->prototypes);
    append(w, &e->functions);
    append(w, &e->tables);
}

static void write_tests(Emitter *e)
{
    const Model *m = e->program->model;
    CWriter *w = &e->tables;
    cw_line(w, "static const FlowTest tests[] = {");
    for (size_t i = 0; i < m->tests.len; i++) {
        const Decl *test = m->tests.items[i];
        const IrFunction *fn = e->program->tests.items[i];
        Str name = c_string(e->arena, test->text);
        Str file = c_string(e->arena, source_get(m->sources, fn->source)->path);
        cw_line(w, "    {%.*s, %.*s, %u, %.*s},", STR_ARG(name), STR_ARG(file),
                span_place(m->sources, test->name.span).line, STR_ARG(fn->c_name));
    }
    cw_line(w, "};");
    uint32_t extern_count = emit_extern_names(e);
    Str file = c_string(e->arena, source_get(m->sources, m->file->source)->path);
    write_files(e);
    cw_line(w, "static const FlowProgram program = {");
    cw_line(w, "    .abi = FLOW_ABI,");
    cw_line(w, "    .file = %.*s,", STR_ARG(file));
    write_other_tables(e, w, extern_count);
    cw_line(w, "};");
    cw_flush_left(w, "%s", "");
    cw_line(w, "int main(int argc, char **argv)");
    cw_open(w);
    cw_line(w, "return flow_test_main(&program, tests, %zu, argc, argv);", m->tests.len);
    cw_close(w, "");
}

Str emit_tests(IrProgram *p, Str file)
{
    Emitter e = emitter_new(p);
    CWriter w;
    cw_init(&w, p->arena);
    emit_functions(&e);
    write_tests(&e);
    write_parts(&e, &w);
    return cw_resolve_lines(p->arena, strbuf_str(&w.text), file);
}

Str emit_program(IrProgram *p, Str file)
{
    Emitter e = emitter_new(p);
    CWriter w;
    cw_init(&w, p->arena);
    emit_functions(&e);
    write_artifacts(&e);
    write_params(&e);
    write_domains(&e);
    write_steps(&e);
    uint32_t extern_count = emit_extern_names(&e);
    write_files(&e);
    write_parts(&e, &w);
    IrDigest digest = digest_of(strbuf_str(&w.text));
    write_program(&e, &w, extern_count, &digest);
    return cw_resolve_lines(p->arena, strbuf_str(&w.text), file);
}
