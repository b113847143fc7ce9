/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations of a step: which there are, what they take, and whether a value that is known
 * makes sense.  Arguments are expressions over constants, parameters, the step's items and
 * `current.attempt`. */
#include "sema/check.h"

/* ---- values that are known ------------------------------------------------------- */

/* In bytes and nanoseconds; a double says well enough whether something makes sense. */
static bool known_value(const Expr *e, double *out);

static bool known_binary(const Expr *e, double *out)
{
    double l, r;
    if (!known_value(e->left, &l) || !known_value(e->right, &r))
        return false;
    switch (e->op) {
    case OP_ADD: *out = l + r; return true;
    case OP_SUB: *out = l - r; return true;
    case OP_MUL: *out = l * r; return true;
    case OP_FDIV: *out = r != 0 ? l / r : 0; return r != 0;
    default: return false;
    }
}

static bool known_value(const Expr *e, double *out)
{
    switch (e->kind) {
    case EXPR_INT: case EXPR_SIZE: case EXPR_DURATION:
        *out = (double)e->int_value;
        return true;
    case EXPR_FLOAT:
        *out = e->float_value;
        return true;
    case EXPR_UNARY:
        if (e->op != OP_NEG || !known_value(e->left, out))
            return false;
        *out = -*out;
        return true;
    case EXPR_BINARY:
        return known_binary(e, out);
    case EXPR_NAME:
        return e->ref == REF_CONST && e->decl->value && known_value(e->decl->value, out);
    default:
        return false;
    }
}

/* ---- what there is --------------------------------------------------------------- */

typedef struct ArgSpec {
    const char *name;
    TypeKind kind;
    bool may_be_zero;
    const char *example;
} ArgSpec;

enum { ARGS_MAX = 7, RETRIES_MAX = 1000 };

typedef struct AnnotationSpec {
    const char *name;
    ArgSpec args[ARGS_MAX];
    size_t count;
} AnnotationSpec;

#define NEEDS                                                                                      \
    {"cpu", TYPE_FLOAT, false, "cpu=2"}, {"memory", TYPE_SIZE, false, "memory=4GB"},               \
        {"gpu", TYPE_INT, true, "gpu=1"}, {"disk", TYPE_SIZE, false, "disk=20GB"}

static const AnnotationSpec specs[] = {
    {"resources", {NEEDS}, 4},
    {"batch",
     {NEEDS, {"pool", TYPE_ERROR, false, "pool=NAME"}, {"queue", TYPE_STRING, false, "queue=\"q\""},
      {"image", TYPE_STRING, false, "image=\"debian:12\""}},
     7},
    {"retry",
     {{"times", TYPE_INT, true, "times=3"}, {"delay", TYPE_DURATION, true, "delay=30s"}},
     2},
    {"timeout", {{"timeout", TYPE_DURATION, false, "2h"}}, 1},
    {"catch", {{0}}, 0},
    {"environment", {{0}}, 0},
};

enum { SPEC_COUNT = sizeof specs / sizeof *specs };

static const AnnotationSpec *find_spec(Str name)
{
    for (size_t i = 0; i < SPEC_COUNT; i++) {
        if (str_is(name, specs[i].name))
            return &specs[i];
    }
    return NULL;
}

static void say_unknown(Checker *c, const Annotation *a)
{
    Diag *d = diag_error(c->m->diags, F0401, a->span, "there is no annotation `@%.*s`",
                         STR_ARG(a->name.name));
    Suggest s;
    suggest_init(&s, a->name.name);
    for (size_t i = 0; i < SPEC_COUNT; i++)
        suggest_offer(&s, str_from(specs[i].name), NULL);
    if (s.found)
        diag_fix(d, a->name.span, s.best, "did you mean `@%.*s`?", STR_ARG(s.best));
    else if (str_is(a->name.name, "kubernetes") || str_is(a->name.name, "slurm"))
        diag_help(d, "a step that runs in a pool has `@batch(pool=NAME)`");
    else if (str_is(a->name.name, "conda") || str_is(a->name.name, "pypi"))
        diag_help(d, "what a script imports is installed where the flow runs: this version has "
                     "no pools with images of their own");
    else if (str_is(a->name.name, "gpu") || str_is(a->name.name, "cpu"))
        diag_help(d, "as in `@resources(cpu=2, gpu=1)`");
    else
        diag_help(d, "there are `@resources`, `@retry`, `@timeout`, `@catch`, `@environment` and "
                     "`@batch`");
}

/* Where the annotation is remembered. */
static Annotation **place_of(Policy *p, Str name)
{
    if (str_is(name, "resources"))
        return &p->resources;
    if (str_is(name, "batch"))
        return &p->batch;
    if (str_is(name, "retry"))
        return &p->retry;
    if (str_is(name, "timeout"))
        return &p->timeout;
    return str_is(name, "catch") ? &p->catch : &p->environment;
}

static Expr **slot_of(Policy *p, const char *name)
{
    Str arg = str_from(name);
    if (str_is(arg, "cpu"))
        return &p->cpu;
    if (str_is(arg, "memory"))
        return &p->memory;
    if (str_is(arg, "gpu"))
        return &p->gpu;
    if (str_is(arg, "disk"))
        return &p->disk;
    if (str_is(arg, "times"))
        return &p->retry_times;
    if (str_is(arg, "delay"))
        return &p->retry_delay;
    return str_is(arg, "timeout") ? &p->timeout_after : NULL;
}

/* ---- arguments ------------------------------------------------------------------- */

static Str list_args(Checker *c, const AnnotationSpec *spec)
{
    StrBuf text;
    strbuf_init(&text, c->arena);
    for (size_t i = 0; i < spec->count; i++)
        strbuf_printf(&text, "%s`%s`", i ? ", " : "", spec->args[i].example);
    return strbuf_str(&text);
}

/* `seconds=60` and the like; it takes one duration. */
static void say_timeout_arg(Checker *c, const Arg *arg)
{
    static const char *const units[][2] = {
        {"seconds", "s"}, {"minutes", "min"}, {"hours", "h"}, {"days", "d"}};
    bool is_named = arg->name.name.len > 0;
    Diag *d = diag_error(c->m->diags, F0402, is_named ? arg->name.span : arg->value->span,
                         is_named ? "`@timeout` has no argument `%.*s`"
                                  : "`@timeout` takes one duration%.*s",
                         STR_ARG(arg->name.name));
    for (size_t i = 0; is_named && i < sizeof units / sizeof *units; i++) {
        if (!str_is(arg->name.name, units[i][0]) || arg->value->kind != EXPR_INT)
            continue;
        Str text = str_printf(c->arena, "%.*s%s",
                              STR_ARG(span_text(c->m->sources, arg->value->span)), units[i][1]);
        diag_fix(d, span_join(arg->name.span, arg->value->span), text, "write `@timeout(%.*s)`",
                 STR_ARG(text));
        return;
    }
    diag_help(d, "as in `@timeout(2h)`");
}

static void say_unknown_arg(Checker *c, const AnnotationSpec *spec, const Arg *arg)
{
    bool is_named = arg->name.name.len > 0;
    if (str_is(str_from(spec->name), "timeout")) {
        say_timeout_arg(c, arg);
        return;
    }
    Diag *d = diag_error(c->m->diags, F0402, is_named ? arg->name.span : arg->value->span,
                         is_named ? "`@%s` has no argument `%.*s`"
                                  : "this argument of `@%s` has no name",
                         spec->name, STR_ARG(arg->name.name));
    Suggest s;
    suggest_init(&s, arg->name.name);
    for (size_t i = 0; is_named && i < spec->count; i++)
        suggest_offer(&s, str_from(spec->args[i].name), NULL);
    Span start = {arg->value->span.source, arg->value->span.start, arg->value->span.start};
    if (is_named && s.found)
        diag_fix(d, arg->name.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    else if (!is_named && str_is(str_from(spec->name), "retry") && !c->step->policy.retry_times)
        diag_fix(d, start, STR("times="), "write `times=%.*s`",
                 STR_ARG(span_text(c->m->sources, arg->value->span)));
    else
        diag_help(d, "it takes %.*s", STR_ARG(list_args(c, spec)));
}

/* Shows the argument in its annotation, as it can be written. */
static void help_example(Diag *d, const AnnotationSpec *spec, const ArgSpec *arg)
{
    diag_help(d, "as in `@%s(%s)`", spec->name, arg->example);
}

static void check_sense(Checker *c, const AnnotationSpec *annotation, const ArgSpec *spec,
                        const Expr *value)
{
    double x;
    if (!known_value(value, &x))
        return;
    if (x > RETRIES_MAX && str_is(str_from(spec->name), "times")) {
        Diag *d = diag_error(c->m->diags, F0405, value->span, "`times` is at most %d", RETRIES_MAX);
        diag_help(d, "what failed so often will not succeed: as in `@retry(times=3)`");
        return;
    }
    if (x > 0 || (x == 0 && spec->may_be_zero))
        return;
    Diag *d = diag_error(c->m->diags, F0405, value->span,
                         x < 0 ? "`%s` cannot be negative" : "`%s` cannot be 0", spec->name);
    help_example(d, annotation, spec);
}

static void check_value(Checker *c, const AnnotationSpec *annotation, const ArgSpec *spec,
                        Expr *value)
{
    const Type *want = type_base(c->types, spec->kind);
    const Type *found = check_expr(c, value, want);
    if (type_is_error(found))
        return;
    if (type_assignable(found, want)) {
        check_sense(c, annotation, spec, value);
        return;
    }
    Diag *d = diag_error(c->m->diags, F0403, value->span,
                         "`%s` is %s `%.*s`, but this is %s `%.*s`", spec->name,
                         type_article(want), STR_ARG(want->name), type_article(found),
                         STR_ARG(found->name));
    if (type_is_quantity(want) && type_is_number(found))
        diag_label(d, "a number without a unit");
    else
        diag_label(d, "`%.*s`", STR_ARG(found->name));
    help_example(d, annotation, spec);
}

static void check_pool(Checker *c, const Expr *value)
{
    const Decl *pool = value->kind == EXPR_NAME ? map_get(&c->scope->values, value->name.name)
                                                : NULL;
    if (pool && pool->kind == DECL_POOL)
        return;
    Diag *d = diag_error(c->m->diags, F0403, value->span,
                         "`pool` takes the name of a pool that is declared");
    Suggest s;
    suggest_init(&s, value->kind == EXPR_NAME ? value->name.name : (Str){0});
    for (size_t i = 0; i < c->scope->values.len; i++) {
        const Decl *decl = c->scope->values.entries[i].value;
        if (decl->kind == DECL_POOL)
            suggest_offer(&s, decl->name.name, NULL);
    }
    if (s.found)
        diag_fix(d, value->span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    else
        diag_help(d, "plain `@batch` is configured from the environment");
}

static const ArgSpec *find_arg(const AnnotationSpec *spec, const Arg *arg, size_t index)
{
    bool is_positional = str_is(str_from(spec->name), "timeout");
    if (is_positional)
        return index == 0 && !arg->name.name.len ? &spec->args[0] : NULL;
    for (size_t i = 0; i < spec->count; i++) {
        if (str_is(arg->name.name, spec->args[i].name))
            return &spec->args[i];
    }
    return NULL;
}

static bool is_given_before(const Annotation *a, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (str_eq(a->args.items[i].name.name, a->args.items[index].name.name))
            return true;
    }
    return false;
}

static void check_arg(Checker *c, const Annotation *a, const AnnotationSpec *spec, size_t index)
{
    const Arg *arg = &a->args.items[index];
    const ArgSpec *known = find_arg(spec, arg, index);
    if (!known) {
        say_unknown_arg(c, spec, arg);
        return;
    }
    Expr **slot = slot_of(&c->step->policy, known->name);
    if (is_given_before(a, index) || (slot && *slot)) {
        Diag *d = diag_error(c->m->diags, F0404, arg->name.span, "`%s` is given twice",
                             known->name);
        if (slot && *slot)
            diag_note(d, (*slot)->span, "it is given here already");
        diag_help(d, "leave one of them out");
        return;
    }
    if (known->kind == TYPE_ERROR) {
        check_pool(c, arg->value);
        return;
    }
    if (slot)
        *slot = arg->value;
    check_value(c, spec, known, arg->value);
}

static void check_variables(Checker *c, const Annotation *a)
{
    for (size_t i = 0; i < a->args.count; i++) {
        const Arg *arg = &a->args.items[i];
        if (!arg->name.name.len) {
            Diag *d = diag_error(c->m->diags, F0402, arg->value->span,
                                 "this variable of the environment has no name");
            diag_help(d, "as in `@environment(OMP_NUM_THREADS=\"4\")`");
            continue;
        }
        if (is_given_before(a, i)) {
            Diag *d = diag_error(c->m->diags, F0404, arg->name.span, "`%.*s` is given twice",
                                 STR_ARG(arg->name.name));
            diag_help(d, "leave one of them out");
            continue;
        }
        const Type *t = check_expr(c, arg->value, c->string);
        if (type_assignable(t, c->string) || t->kind == TYPE_SECRET)
            continue;
        Diag *d = diag_error(c->m->diags, F0403, arg->value->span,
                             "a variable of the environment is a `string`, but this is %s `%.*s`",
                             type_article(t), STR_ARG(t->name));
        Str text = span_text(c->m->sources, arg->value->span);
        if (text.len < 30 && !memchr(text.ptr, '"', text.len))
            diag_fix(d, arg->value->span, str_printf(c->arena, "\"{%.*s}\"", STR_ARG(text)),
                     "write `%.*s=\"{%.*s}\"`", STR_ARG(arg->name.name), STR_ARG(text));
        else
            diag_help(d, "as in `%.*s=\"{x}\"`", STR_ARG(arg->name.name));
    }
    c->step->policy.environment_vars = a->args;
}

static void check_catch(Checker *c, const Annotation *a)
{
    if (!a->args.count)
        return;
    const Arg *arg = &a->args.items[0];
    bool is_name = a->args.count == 1 && !arg->name.name.len && arg->value->kind == EXPR_NAME;
    if (is_name) {
        c->step->policy.catch_name = arg->value->name;
        return;
    }
    Diag *d = diag_error(c->m->diags, F0403, arg->value->span,
                         "`@catch` takes the name under which the failure is kept");
    diag_help(d, "as in `@catch(error)`");
}

/* An argument that was not understood, and may have been the one that is missing. */
static bool has_stray(const Annotation *a)
{
    for (size_t i = 0; i < a->args.count; i++) {
        if (!str_is(a->args.items[i].name.name, "delay"))
            return true;
    }
    return false;
}

static void check_required(Checker *c, const Annotation *a)
{
    if (str_is(a->name.name, "resources") && !a->args.count) {
        Diag *d =
            diag_error(c->m->diags, F0406, a->span, "`@resources` does not say what is needed");
        diag_help(d, "as in `@resources(cpu=2, memory=4GB)`");
        return;
    }
    if (!str_is(a->name.name, "retry") && !str_is(a->name.name, "timeout"))
        return;
    bool is_retry = str_is(a->name.name, "retry");
    if (a->args.count && (!is_retry || c->step->policy.retry_times || has_stray(a)))
        return;
    Diag *d = diag_error(c->m->diags, F0406, a->span, is_retry
                             ? "`@retry` does not say how many times"
                             : "`@timeout` does not say after what time");
    diag_help(d, is_retry ? "as in `@retry(times=3)`" : "as in `@timeout(2h)`");
}

static void check_annotation(Checker *c, Annotation *a)
{
    const AnnotationSpec *spec = find_spec(a->name.name);
    if (!spec) {
        say_unknown(c, a);
        return;
    }
    Annotation **place = place_of(&c->step->policy, a->name.name);
    if (*place) {
        Diag *d = diag_error(c->m->diags, F0404, a->span, "`@%s` is given twice", spec->name);
        diag_note(d, (*place)->span, "it is given here already");
        diag_help(d, "put the arguments of both into one");
        return;
    }
    *place = a;
    if (place == &c->step->policy.catch)
        check_catch(c, a);
    else if (place == &c->step->policy.environment)
        check_variables(c, a);
    for (size_t i = 0; spec->count && i < a->args.count; i++)
        check_arg(c, a, spec, i);
    check_required(c, a);
}

void check_policy(Checker *c)
{
    Decl *decl = c->step->decl;
    for (size_t i = 0; i < decl->annotations.count; i++)
        check_annotation(c, &decl->annotations.items[i]);
}
