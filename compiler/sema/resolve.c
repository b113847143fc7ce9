/* SPDX-License-Identifier: Apache-2.0 */
/* Names to declarations: files, then the lists of the model, then each step's keeps and nexts.
 * Types as written are left to the checker, since a step's name is one of them and what it stands
 * for is known only with the graph. */
#include "sema/scope.h"
#include "sema/ways.h"
#include "source/suggest.h"

/* ---- parameters of the flow ------------------------------------------------------ */

/* Options of `run`, which a parameter's own would hide. */
static const char *const run_options[] = {
    "max-workers", "max-num-splits", "store", "quiet",       "chunk",     "tag",   "help",  "seed",
    "with",        "params",         "run-id-file", "fail-fast", "until", "format", "color",
};

static bool is_option_name(Str name, Str option)
{
    if (name.len != option.len)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i] == '_' ? '-' : name.ptr[i];
        if (c != option.ptr[i])
            return false;
    }
    return true;
}

static void check_option_clash(Model *m, const Decl *param)
{
    for (size_t i = 0; i < sizeof run_options / sizeof *run_options; i++) {
        Str option = str_from(run_options[i]);
        if (!is_option_name(param->name.name, option))
            continue;
        Diag *d = diag_error(m->diags, F0264, param->name.span,
                             "the parameter `%.*s` clashes with an option of `run`",
                             STR_ARG(param->name.name));
        diag_label(d, "`--%.*s` has a meaning already", STR_ARG(option));
        diag_help(d, "give it another name");
    }
}

static void add_param(Model *m, Decl *decl)
{
    check_option_clash(m, decl);
    Artifact *a = arena_new(m->arena, Artifact);
    a->kind = ARTIFACT_PARAM;
    a->index = (uint32_t)m->artifacts.len;
    a->name = decl->name.name;
    a->span = decl->name.span;
    a->param = decl;
    vec_push(m->arena, &m->artifacts, a);
    vec_push(m->arena, &m->params, decl);
    decl->binding = arena_new(m->arena, Binding);
    *decl->binding = (Binding){.kind = BINDING_ARTIFACT, .name = a->name, .span = a->span,
                               .artifact = a};
}

/* ---- steps ----------------------------------------------------------------------- */

static void hides_declaration(Model *m, const FileScope *scope, Ident name, const char *what)
{
    const Decl *other = map_get(&scope->values, name.name);
    if (!other)
        return;
    Diag *d = diag_error(m->diags, F0205, name.span, "%s `%.*s` hides %s of that name", what,
                         STR_ARG(name.name), decl_noun(other));
    diag_note(d, other->name.span, "%s is declared here", decl_noun(other));
}

static void check_twice(Model *m, const ParamList *params, const char *what)
{
    for (size_t i = 0; i < params->count; i++) {
        for (size_t k = 0; k < i; k++) {
            Ident a = params->items[k].name, b = params->items[i].name;
            if (!str_eq(a.name, b.name) || str_is(a.name, "_"))
                continue;
            Diag *d = diag_error(m->diags, F0204, b.span, "%s `%.*s` is given twice", what,
                                 STR_ARG(b.name));
            diag_note(d, a.span, "it is given here already");
        }
    }
}

/* An item is an artifact of its step's own; graph tells it its domain. */
static void add_items(Model *m, const FileScope *scope, Decl *decl)
{
    check_twice(m, &decl->params, "the item");
    for (size_t i = 0; i < decl->params.count; i++) {
        Param *p = &decl->params.items[i];
        hides_declaration(m, scope, p->name, "the item");
        Artifact *a = arena_new(m->arena, Artifact);
        a->kind = ARTIFACT_ITEM;
        a->index = (uint32_t)m->artifacts.len;
        a->name = p->name.name;
        a->span = p->name.span;
        vec_push(m->arena, &m->artifacts, a);
        p->binding = arena_new(m->arena, Binding);
        *p->binding = (Binding){.kind = BINDING_ARTIFACT, .name = a->name, .span = a->span,
                                .artifact = a};
    }
}

static void add_inputs(Model *m, const FileScope *scope, Decl *decl)
{
    check_twice(m, &decl->params, "the input");
    for (size_t i = 0; i < decl->params.count; i++)
        hides_declaration(m, scope, decl->params.items[i].name, "the input");
}

static void add_step(Model *m, const FileScope *scope, Decl *decl)
{
    if (map_get(&scope->types, decl->name.name) != decl)
        return; /* the second of its name */
    StepModel *step = arena_new(m->arena, StepModel);
    step->decl = decl;
    step->name = decl->name.name;
    step->index = (uint32_t)m->steps.len;
    map_init(&step->sights, m->arena);
    map_init(&step->exit_sights, m->arena);
    decl->step = step;
    vec_push(m->arena, &m->steps, step);
    map_put(&m->steps_by_name, step->name, step);
    if (str_is(step->name, "start"))
        m->start = step;
    if (str_is(step->name, "end"))
        m->end = step;
}

static bool names_steps(const Model *m, const TypeExpr *t)
{
    if (t && t->kind == TYPE_EXPR_NAME)
        return !t->module.name.len && !t->args.count && map_has(&m->steps_by_name, t->name.name);
    if (!t || (t->kind != TYPE_EXPR_LIST && t->kind != TYPE_EXPR_UNION))
        return false;
    for (size_t i = 0; i < t->args.count; i++)
        if (!names_steps(m, t->args.items[i]))
            return false;
    return true;
}

/* Looks for `next STEP foreach …`. */
typedef struct Entry {
    Str step;
    bool is_by_foreach;
} Entry;

static void find_in_expr(void *self, Expr *e);

static void find_in_block(void *self, Block *b)
{
    Entry *entry = self;
    Visitor v = {self, find_in_expr, find_in_block};
    for (size_t i = 0; i < b->stmts.count; i++) {
        Stmt *s = b->stmts.items[i];
        stmt_visit(&v, s);
        entry->is_by_foreach |= s->kind == STMT_NEXT && s->value && s->targets.count &&
                                str_eq(s->targets.items[0].name, entry->step);
    }
}

static void find_in_expr(void *self, Expr *e)
{
    Visitor v = {self, find_in_expr, find_in_block};
    expr_visit(&v, e);
}

static bool is_entered_by_foreach(const Model *m, Str step)
{
    Entry entry = {.step = step};
    for (size_t i = 0; i < m->steps.len; i++)
        if (m->steps.items[i]->decl->block)
            find_in_block(&entry, m->steps.items[i]->decl->block);
    return entry.is_by_foreach;
}

/* `step meet(a: fit, b: score)`: said once, and taken for the join that it is meant to be.  What a
 * foreach over inputs leads to takes them as its items. */
static void take_for_join(const Model *m, Decl *decl)
{
    for (size_t i = 0; i < decl->params.count; i++)
        if (!names_steps(m, decl->params.items[i].type))
            return;
    if (decl->kind != DECL_STEP || !decl->params.count || is_entered_by_foreach(m, decl->name.name))
        return;
    Diag *d = diag_error(m->diags, F0222, decl->name.span,
                         "`%.*s` takes what other steps leave, so it is a join",
                         STR_ARG(decl->name.name));
    Span word = {decl->span.source, decl->span.start, decl->span.start + 4};
    diag_fix(d, word, STR("join"), "write `join %.*s(…)`", STR_ARG(decl->name.name));
    decl->kind = DECL_JOIN;
}

static void read_steps(Model *m, const FileScope *scope)
{
    for (size_t i = 0; i < m->steps.len; i++) {
        StepModel *step = m->steps.items[i];
        take_for_join(m, step->decl);
        if (step->decl->kind == DECL_STEP)
            add_items(m, scope, step->decl);
        else
            add_inputs(m, scope, step->decl);
        body_read(m, step);
    }
}

/* ---- the rest -------------------------------------------------------------------- */

static void add_struct(Model *m, Decl *decl)
{
    check_twice(m, &decl->params, "the field");
    if (decl->generics.count) {
        vec_push(m->arena, &m->generics, decl);
        return;
    }
    decl->checked_type = type_struct_new(m->types, decl, decl->name.name);
    vec_push(m->arena, &m->structs, decl);
}

static void add_enum(Model *m, Decl *decl)
{
    for (size_t i = 0; i < decl->cases.count; i++) {
        const EnumCase *one = &decl->cases.items[i];
        for (size_t k = 0; k < i; k++) {
            Ident before = decl->cases.items[k].name;
            if (!str_eq(before.name, one->name.name))
                continue;
            Diag *d = diag_error(m->diags, F0204, one->name.span, "the case `%.*s` is given twice",
                                 STR_ARG(one->name.name));
            diag_note(d, before.span, "it is given here already");
        }
    }
    if (decl->generics.count) {
        vec_push(m->arena, &m->generics, decl);
        return;
    }
    decl->checked_type = type_enum_new(m->types, decl, decl->name.name);
    vec_push(m->arena, &m->enums, decl);
}

static void add_decl(Model *m, const FileScope *scope, Decl *decl)
{
    switch (decl->kind) {
    case DECL_STRUCT:
        add_struct(m, decl);
        break;
    case DECL_ENUM:
        add_enum(m, decl);
        break;
    case DECL_FN: case DECL_EXTERN_FN:
        check_twice(m, &decl->params, "the parameter");
        vec_push(m->arena, &m->functions, decl);
        break;
    case DECL_LET:
        vec_push(m->arena, &m->constants, decl);
        break;
    case DECL_PARAM:
        if (map_get(&scope->values, decl->name.name) == decl)
            add_param(m, decl);
        break;
    case DECL_STEP: case DECL_JOIN:
        add_step(m, scope, decl);
        break;
    case DECL_TEST:
        if (!scope->module.len) /* the library has been tested */
            vec_push(m->arena, &m->tests, decl);
        break;
    default:
        break;
    }
}

void resolve(Model *m)
{
    FileScope *own = module_load(m, m->file);
    for (size_t i = 0; i < m->scopes.len; i++) {
        const FileScope *scope = m->scopes.items[i];
        for (size_t k = 0; k < scope->file->decls.count; k++)
            add_decl(m, scope, scope->file->decls.items[k]);
    }
    read_steps(m, own);
}
