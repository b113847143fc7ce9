/* SPDX-License-Identifier: Apache-2.0 */
/* `x.f` and `x[i]`: fields of structs, tuples and what steps leave behind; members of modules;
 * `current`; items of lists, maps and strings, and slices. */
#include "sema/check_call.h"
#include "sema/check_match.h"

void check_fix_opener(Checker *c, Diag *d, const Expr *field, const char *args)
{
    Span between = {field->base->span.source, field->base->span.end, field->name.span.start};
    Str text = span_text(c->m->sources, between);
    for (uint32_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '?') {
            Span mark = {between.source, between.start + i, between.start + i + 1};
            diag_fix(d, mark, (Str){0}, "write `.%.*s%s`", STR_ARG(field->name.name), args);
            return;
        }
}

/* ---- modules and `current` ------------------------------------------------------- */

static void offer_builtins(Checker *c, Suggest *s, Str module)
{
    for (size_t i = 0; i < builtin_count(c->m->builtins); i++) {
        const Builtin *b = builtin_get(c->m->builtins, i);
        if (module.len && str_is(module, b->module))
            suggest_offer(s, str_from(b->name), NULL);
    }
}

static bool is_everywhere(Checker *c, Str name)
{
    return builtin_find(c->m->builtins, (Str){0}, name) || map_has(&c->m->prelude, name);
}

/* What other languages call the functions of a module; NULL: nothing is known. */
static const char *foreign_member_help(Str module, Str name)
{
    static const char *const words[][3] = {
        {"json", "loads", "`json.parse(text)` reads JSON"},
        {"json", "load", "`json.parse(file.read_text(path))` reads the JSON of a file"},
        {"json", "read", "`json.parse(file.read_text(path))` reads the JSON of a file"},
        {"json", "dumps", "`json(x).text()` is the JSON of a value"},
        {"json", "stringify", "`json(x).text()` is the JSON of a value"},
        {"json", "encode", "`json(x)` makes json of a value, `json(x).text()` a text"},
        {"json", "dump", "`file.write_text(path, json(x).text())` writes a value as JSON"},
        {"json", "write", "`file.write_text(path, json(x).text())` writes a value as JSON"},
        {"csv", "read", "`csv.rows(file.read_text(path))` reads the rows of a file"},
        {"csv", "reader", "`csv.rows(file.read_text(path))` reads the rows of a file"},
        {"csv", "read_csv", "`csv.rows(file.read_text(path))` reads the rows of a file"},
        {"csv", "DictReader", "`csv.rows(file.read_text(path))` reads the rows of a file"},
        {"csv", "write", "`file.write_text(path, csv.text(rows))` writes rows into a file"},
        {"csv", "writer", "`file.write_text(path, csv.text(rows))` writes rows into a file"},
        {"file", "read", "`file.read_text(path)` reads a text, `file.read_bytes(path)` octets"},
        {"file", "open", "`file.read_text(path)` reads a text, `file.read_bytes(path)` octets"},
        {"file", "lines", "`file.read_lines(path)` reads the lines of a file"},
        {"file", "write", "`file.write_text(path, text)` writes a text, `write_bytes` octets"},
        {"file", "append", "`file.write_text(path, file.read_text(path) + text)` writes all anew"},
        {"math", "pow", "a power is written `x ** y`"},
        {"random", "seed", "a run is given its seed by `run --seed 7`"},
        {"random", "random", "`random.float()` is from 0 to 1"},
        {"random", "uniform", "`a + (b - a) * random.float()` is from a to b"},
        {"random", "randint", "`random.int(a..=b)` is from a to b"},
        {"random", "choice", "`xs[random.int(0..xs.len())]` is any of a list"},
        {"random", "shuffle", "`xs.sort_by(|_| random.float())` is a list in any order"},
        {"random", "sample", "`xs.sort_by(|_| random.float()).take(n)` are any n of a list"},
        {"time", "sleep", "before another attempt waits `@retry(times=2, delay=1s)`"},
        {"time", "parse", "`time(text)` reads ISO 8601"},
        {"time", "format", "a time is shown as \"{t:%Y-%m-%d}\""},
        {"time", "strftime", "a time is shown as \"{t:%Y-%m-%d}\""},
        {"time", "time", "`time.now()` is the time, and the difference of two a duration"},
        {"env", "get", "`env.secret(name)` reads what is kept from logs; all else is a `param`"},
        {"stats", "std", "`stats.stddev(xs)` is the standard deviation"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(module, words[i][0]) && str_is(name, words[i][1]))
            return words[i][2];
    return NULL;
}

static void say_no_member(Checker *c, const Expr *e, Str module, Suggest *near)
{
    Diag *d = diag_error(c->m->diags, F0263, e->name.span, "the module `%.*s` has no `%.*s`",
                         STR_ARG(module), STR_ARG(e->name.name));
    Str name = e->name.name;
    if (foreign_member_help(module, name))
        diag_help(d, "%s", foreign_member_help(module, name));
    else if (is_everywhere(c, name))
        diag_fix(d, span_join(e->base->span, e->name.span), name,
                 "it is built in, and needs no module: `%.*s`", STR_ARG(name));
    else if (near->found)
        diag_fix(d, e->name.span, near->best, "did you mean `%.*s`?", STR_ARG(near->best));
}

static const Type *builtin_member(Checker *c, const Expr *e, Str module)
{
    if (builtin_find(c->m->builtins, module, e->name.name)) {
        Diag *d = diag_error(c->m->diags, F0310, e->span, "`%.*s.%.*s` is a function, not a value",
                             STR_ARG(module), STR_ARG(e->name.name));
        diag_help(d, "call it, or write a closure around the call");
        return c->error;
    }
    Suggest s;
    suggest_init(&s, e->name.name);
    offer_builtins(c, &s, module);
    say_no_member(c, e, module, &s);
    return c->error;
}

static const Type *file_member(Checker *c, Expr *e, const FileScope *scope, const Type *want)
{
    Decl *decl = map_get(&scope->values, e->name.name);
    if (decl && decl->kind == DECL_LET) {
        e->ref = REF_CONST;
        e->decl = decl;
        return check_constant(c, decl, e->span);
    }
    if (decl && decl->kind == DECL_FN && decl->result_type)
        return check_function_value(c, e, decl);
    uint32_t index = 0;
    Decl *owner = check_find_case_in(scope, e->name.name, &index);
    if (owner)
        return check_case_alone(c, e, owner, index, want);
    Suggest s;
    suggest_init(&s, e->name.name);
    for (size_t i = 0; i < scope->values.len; i++)
        suggest_offer(&s, scope->values.entries[i].key, NULL);
    for (size_t i = 0; i < scope->types.len; i++)
        suggest_offer(&s, scope->types.entries[i].key, NULL);
    offer_builtins(c, &s, scope->module);
    say_no_member(c, e, e->base->name.name, &s);
    return c->error;
}

static const Type *module_member(Checker *c, Expr *e, Decl *import, const Type *want)
{
    import->is_used = true;
    e->base->ref = REF_MODULE;
    e->base->decl = import;
    if (!map_has_ptr(&c->scope->imports, import))
        return c->error; /* it could not be read */
    const FileScope *scope = map_get_ptr(&c->scope->imports, import);
    Str module = import_module(import);
    bool is_builtin = !scope || (scope->module.len &&
                                 builtin_find(c->m->builtins, module, e->name.name));
    return is_builtin ? builtin_member(c, e, module) : file_member(c, e, scope, want);
}

/* `current` is no value of its own. */
static bool is_current(Checker *c, const Expr *e)
{
    return e->kind == EXPR_NAME && str_is(e->name.name, "current") &&
           !check_has_value(c, e->name.name) && !map_has(&c->scope->values, e->name.name);
}

/* What `current` tells; what `is_of_run` hangs on the run: another in one that resumes it. */
typedef struct CurrentPart {
    const char *name;
    enum { CURRENT_INT, CURRENT_MAYBE_INT, CURRENT_STRING, CURRENT_STRINGS } kind;
    bool is_of_run, is_for_policy;
} CurrentPart;

static const CurrentPart parts[] = {
    {"attempt", CURRENT_INT, false, true},      {"round", CURRENT_INT, false, true},
    {"index", CURRENT_INT, false, false},       {"run_id", CURRENT_INT, true, false},
    {"task_id", CURRENT_STRING, true, false},   {"origin_run_id", CURRENT_MAYBE_INT, true, false},
    {"step", CURRENT_STRING, false, true},      {"flow", CURRENT_STRING, false, true},
    {"user", CURRENT_STRING, false, false},     {"tags", CURRENT_STRINGS, false, false},
};

static const Type *current_part(Checker *c, Expr *e, const CurrentPart *part)
{
    e->ref = REF_BUILTIN;
    if (c->body == BODY_POLICY && !part->is_for_policy) {
        Diag *d = diag_error(c->m->diags, F0259, e->span,
                             "`current.%s` is not known before the step runs", part->name);
        diag_help(d, "an annotation may use `current.attempt` and `current.round`");
        return c->error;
    }
    if (str_is(e->name.name, "index") && c->step->domain && !c->step->domain->index) {
        Diag *d = diag_error(c->m->diags, F0259, e->span,
                             "`%.*s` is in no foreach, so it has no index",
                             STR_ARG(c->step->name));
        diag_help(d, "the index is that of a task among those of its `next … foreach`");
        return c->error;
    }
    c->step->reads_run |= part->is_of_run;
    switch (part->kind) {
    case CURRENT_INT: return c->int_;
    case CURRENT_MAYBE_INT: return type_option(c->types, c->int_);
    case CURRENT_STRING: return c->string;
    case CURRENT_STRINGS: return type_list(c->types, c->string);
    }
    return c->error;
}

static void say_no_part(Checker *c, Ident name)
{
    StrBuf names;
    Suggest near;
    strbuf_init(&names, c->arena);
    suggest_init(&near, name.name);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        strbuf_printf(&names, "%s`%s`", i ? ", " : "", parts[i].name);
        suggest_offer(&near, str_from(parts[i].name), NULL);
    }
    Diag *d = diag_error(c->m->diags, F0303, name.span, "`current` has no `%.*s`",
                         STR_ARG(name.name));
    if (near.found)
        diag_fix(d, name.span, near.best, "did you mean `%.*s`?", STR_ARG(near.best));
    else
        diag_help(d, "what there is: %.*s", STR_ARG(strbuf_str(&names)));
}

static const Type *current_member(Checker *c, Expr *e)
{
    if (c->body == BODY_FN || c->body == BODY_CONST) {
        Diag *d = diag_error(c->m->diags, F0259, e->span, "`current` belongs to a step");
        if (c->body == BODY_FN)
            diag_help(d, "give the function a parameter for it, and pass it in the call");
        return c->error;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (str_is(e->name.name, parts[i].name))
            return current_part(c, e, &parts[i]);
    }
    say_no_part(c, e->name);
    return c->error;
}

/* ---- fields ---------------------------------------------------------------------- */

void check_add_record_field(Checker *c, struct Record *r, Artifact *a)
{
    size_t at = 0;
    while (at < r->fields.len && r->fields.items[at]->index < a->index)
        at++;
    if (at < r->fields.len && r->fields.items[at] == a)
        return;
    vec_push(c->arena, &r->fields, a);
    for (size_t i = r->fields.len - 1; i > at; i--)
        r->fields.items[i] = r->fields.items[i - 1];
    r->fields.items[at] = a;
}

/* `best.id` where the item `row` of that step has it. */
static void help_inner_field(Diag *d, const struct Record *r, Str name)
{
    for (size_t i = 0; i < r->sights.len; i++) {
        const Sight *s = r->sights.entries[i].value;
        const Type *t = s->state == SIGHT_SURE ? s->artifact->type : NULL;
        for (size_t k = 0; t && t->kind == TYPE_STRUCT && k < t->fields.count; k++)
            if (str_eq(t->fields.items[k].name, name))
                diag_help(d, "`%.*s` has one: `.%.*s.%.*s`", STR_ARG(s->artifact->name),
                          STR_ARG(s->artifact->name), STR_ARG(name));
    }
}

static void say_no_record_field(Checker *c, const Expr *e, const Type *t, const Sight *s)
{
    Str name = e->name.name;
    if (s && s->state == SIGHT_SOME_WAYS) {
        Diag *d = diag_error(c->m->diags, F0257, e->name.span,
                             "`%.*s` is kept only on some of the ways through `%.*s`",
                             STR_ARG(name), STR_ARG(t->name));
        diag_note(d, s->artifact->span, "it is kept here");
        diag_help(d, "keep it on every way, or before they part");
        return;
    }
    if (s) {
        Diag *d = diag_error(c->m->diags, F0258, e->name.span,
                             "`%.*s` has a value in each branch inside, so `%.*s` has none",
                             STR_ARG(name), STR_ARG(t->name));
        diag_note(d, s->artifact->span, "a branch keeps it here");
        if (s->join)
            diag_help(d, "pick it in `%.*s`, which takes those branches together",
                      STR_ARG(s->join->name));
        return;
    }
    Diag *d = diag_error(c->m->diags, F0303, e->name.span, "`%.*s` leaves no `%.*s` behind",
                         STR_ARG(t->name), STR_ARG(name));
    const Artifact *kept = map_get(&c->m->kept_by_name, name);
    if (kept)
        diag_note(d, kept->span, "it is kept here, which does not lead to this join");
    for (size_t i = 0; !kept && i < t->record->ends.len; i++)
        if (say_local_of(c->m, t->record->ends.items[i], d, name))
            return;
    Suggest near;
    suggest_init(&near, name);
    for (size_t i = 0; i < t->record->sights.len; i++)
        suggest_offer(&near, t->record->sights.entries[i].key, NULL);
    if (near.found)
        diag_fix(d, e->name.span, near.best, "did you mean `%.*s`?", STR_ARG(near.best));
    else if (!kept)
        help_inner_field(d, t->record, name);
}

static const Type *record_field(Checker *c, Expr *e, const Type *t)
{
    const Sight *s = map_get(&t->record->sights, e->name.name);
    if (!s || s->state != SIGHT_SURE) {
        bool is_broken = false;
        for (size_t i = 0; i < t->record->ends.len; i++)
            is_broken |= t->record->ends.items[i]->has_broken_graph;
        if (s)
            s->artifact->is_read = true;
        if (!is_broken && !map_has(&t->record->complained, e->name.name))
            say_no_record_field(c, e, t, s);
        map_put(&t->record->complained, e->name.name, NULL);
        return c->error;
    }
    s->artifact->is_read = true;
    e->ref = REF_FIELD;
    e->field = s->artifact->index;
    if (!s->artifact->type)
        return c->error;
    check_add_record_field(c, t->record, s->artifact);
    return s->artifact->type;
}

static bool is_function_name(Checker *c, const Type *t, Str name)
{
    const Decl *decl = map_get(&c->scope->values, name);
    return (decl && decl->kind == DECL_FN) || is_everywhere(c, name) ||
           check_find_method(c, t, name);
}

static Str list_fields(Checker *c, const Type *t)
{
    enum { SHOWN_MAX = 8 };
    StrBuf text;
    strbuf_init(&text, c->arena);
    for (size_t i = 0; i < t->fields.count && i < SHOWN_MAX; i++)
        if (t->fields.items[i].name.len) /* the numbers of a matrix have none */
            strbuf_printf(&text, "%s`%.*s`", i ? ", " : "", STR_ARG(t->fields.items[i].name));
    if (t->fields.count > SHOWN_MAX)
        strbuf_printf(&text, ", …");
    return strbuf_str(&text);
}

/* How the parts of the tuple get names. */
static void help_apart(Checker *c, Diag *d, const Expr *tuple)
{
    Binding *b = tuple->kind == EXPR_NAME ? tuple->binding : NULL;
    if (b && b->kind == BINDING_FN_PARAM && c->closure)
        diag_help(d, "a tuple is taken apart: let the closure do it, as in `|(a, b)| …`");
    else
        diag_help(d, "a tuple is taken apart: `let (a, b) = %.*s`",
                  STR_ARG(b ? b->name : STR("…")));
}

static void say_no_field(Checker *c, const Expr *e, const Type *t)
{
    Str name = e->name.name;
    Diag *d = diag_error(c->m->diags, F0303, e->name.span, "`%.*s` has no field `%.*s`",
                         STR_ARG(t->name), STR_ARG(name));
    if (t->is_matrix && (str_is(name, "shape") || str_is(name, "size"))) {
        diag_help(d, "how large it is say `.rows` and `.cols`");
        return;
    }
    if (t->is_matrix && str_is(name, "T")) {
        diag_fix(d, e->name.span, STR("transpose()"), "rows and columns change places by "
                 "`.transpose()`");
        return;
    }
    if (t->kind == TYPE_TUPLE && !t->fields.items[0].name.len) {
        help_apart(c, d, e->base);
        return;
    }
    if (is_function_name(c, t, name)) {
        Str call = str_printf(c->arena, "%.*s()", STR_ARG(name));
        diag_fix(d, e->name.span, call, "to call the function of that name: `.%.*s`",
                 STR_ARG(call));
        return;
    }
    if (t->kind == TYPE_LIST && (t->item->kind == TYPE_RECORD || t->item->kind == TYPE_STRUCT)) {
        diag_help(d, "the items of the list have fields: `.map(|x| x.%.*s)`, or `[0].%.*s`",
                  STR_ARG(name), STR_ARG(name));
        return;
    }
    if (t->kind == TYPE_JSON) {
        diag_help(d, "what json has by that name is `j[\"%.*s\"]`, or `j.get(\"%.*s\") ?? …` where "
                     "it may be missing", STR_ARG(name), STR_ARG(name));
        return;
    }
    if (t->kind == TYPE_MAP && t->key->kind == TYPE_STRING) {
        diag_help(d, "an entry of a map is `m[\"%.*s\"]`, or `m.get(\"%.*s\") ?? …` where it may "
                     "be missing", STR_ARG(name), STR_ARG(name));
        return;
    }
    Suggest s;
    suggest_init(&s, name);
    for (size_t i = 0; t->kind != TYPE_ENUM && i < t->fields.count; i++)
        suggest_offer(&s, t->fields.items[i].name, NULL);
    if (s.found)
        diag_fix(d, e->name.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    else if (t->kind == TYPE_ENUM)
        diag_help(d, "take it apart with `match`");
    else if (t->kind == TYPE_STRUCT && t->fields.count)
        diag_help(d, "it has %.*s", STR_ARG(list_fields(c, t)));
    else
        check_foreign_method(c, d, e->name, t, "()");
}

const Type *check_field_of(Checker *c, Expr *e, const Type *t)
{
    if (type_is_error(t) || t->kind == TYPE_NEVER)
        return c->error;
    if (t->kind == TYPE_RECORD)
        return record_field(c, e, t);
    if (t->kind == TYPE_STRUCT || t->kind == TYPE_TUPLE) {
        for (size_t i = 0; i < t->fields.count; i++) {
            if (!str_eq(t->fields.items[i].name, e->name.name))
                continue;
            e->ref = REF_FIELD;
            e->field = (uint32_t)i;
            return t->fields.items[i].type;
        }
    }
    if (t->kind == TYPE_OPTION) {
        Diag *d = diag_error(c->m->diags, F0321, e->base->span,
                             "this may be none, so it has to be opened first");
        diag_label(d, "`%.*s`", STR_ARG(t->name));
        diag_help(d, "write `?.%.*s`, which gives none for none, or open it with `??` or `if let`",
                  STR_ARG(e->name.name));
        return c->error;
    }
    if (t->kind != TYPE_STRUCT || !t->decl->is_broken)
        say_no_field(c, e, t);
    return c->error;
}

const Type *check_field(Checker *c, Expr *e, const Type *want)
{
    Decl *import = check_import_of(c, e->base);
    if (import)
        return module_member(c, e, import, want);
    if (is_current(c, e->base))
        return current_member(c, e);
    Decl *owner = check_find_enum(c, e->base);
    if (owner) {
        uint32_t index = 0;
        return check_case_of(c, owner, e->name, &index)
                   ? check_case_alone(c, e, owner, index, want)
                   : c->error;
    }
    const Type *t = check_expr(c, e->base, NULL);
    if (!check_has_any(c, e->base, t))
        return c->error;
    if (!e->is_optional)
        return check_field_of(c, e, t);
    if (t->kind != TYPE_OPTION) {
        if (!type_is_error(t)) {
            Diag *d = diag_error(c->m->diags, F0320, e->base->span,
                                 "`?.` opens what may be none, but this is `%.*s`",
                                 STR_ARG(t->name));
            check_fix_opener(c, d, e, "");
        }
        return c->error;
    }
    const Type *field = check_field_of(c, e, t->item);
    if (type_is_error(field) || field->kind == TYPE_OPTION)
        return field;
    return type_option(c->types, field);
}

/* ---- items and slices ------------------------------------------------------------ */

static const Type *check_slice(Checker *c, Expr *e, const Type *t, Expr *range)
{
    if (range->left)
        check_as(c, range->left, c->int_);
    if (range->right)
        check_as(c, range->right, c->int_);
    range->type = type_list(c->types, c->int_);
    if (t->kind == TYPE_LIST || t->kind == TYPE_STRING || t->kind == TYPE_BYTES)
        return t;
    diag_error(c->m->diags, F0307, e->span, "`%.*s` has no slices", STR_ARG(t->name));
    return c->error;
}

static void check_rest(Checker *c, Expr *e)
{
    for (size_t i = 0; i < e->args.count; i++) {
        Expr *arg = e->args.items[i].value;
        if (arg->kind != EXPR_RANGE) {
            check_expr(c, arg, NULL);
            continue;
        }
        if (arg->left)
            check_expr(c, arg->left, NULL);
        if (arg->right)
            check_expr(c, arg->right, NULL);
    }
}

/* An index of a list or a string, which other languages count from the end as well. */
static void check_position(Checker *c, const Expr *e, Expr *index)
{
    check_as(c, index, c->int_);
    if (index->kind != EXPR_INT || index->int_value >= 0)
        return;
    Diag *d = diag_error(c->m->diags, F0317, index->span, "an index counts from 0 on");
    if (e->base->kind != EXPR_NAME) {
        diag_help(d, "the last one is `xs[xs.len() - 1]`");
        return;
    }
    Str name = e->base->name.name;
    Str last = str_printf(c->arena, "%.*s.len() - %llu", STR_ARG(name),
                          0ULL - (unsigned long long)index->int_value);
    diag_fix(d, index->span, last, "counted from the end it is `%.*s[%.*s]`", STR_ARG(name),
             STR_ARG(last));
}

/* j["name"], or j[0]. */
static void check_json_key(Checker *c, const Expr *e, Expr *index)
{
    const Type *t = check_expr(c, index, NULL);
    if (t->kind == TYPE_INT) {
        check_position(c, e, index);
        return;
    }
    if (type_assignable(t, c->string))
        return;
    Diag *d = diag_error(c->m->diags, F0301, index->span,
                         "a `json` is indexed by a name or a position, but this is `%.*s`",
                         STR_ARG(t->name));
    diag_help(d, "write `j[\"name\"]`, or `j[0]`");
}

/* `m[i, j]`. */
static const Type *check_cell(Checker *c, Expr *e)
{
    if (e->args.count == 2) {
        check_as(c, e->args.items[0].value, c->int_);
        check_as(c, e->args.items[1].value, c->int_);
        return c->float_;
    }
    check_rest(c, e);
    Diag *d = diag_error(c->m->diags, F0307, e->span,
                         "an element of a matrix is picked by its row and its column");
    diag_help(d, "write `m[i, j]`; a whole row is `m.row(i)`, a whole column `m.col(j)`");
    return c->error;
}

static const Type *say_too_many(Checker *c, Expr *e, const Type *t)
{
    check_rest(c, e);
    Diag *d = diag_error(c->m->diags, F0307, e->span, "`%.*s` takes one index at a time",
                         STR_ARG(t->name));
    if (t->kind == TYPE_LIST && t->item->kind == TYPE_LIST)
        diag_help(d, "write `xs[i][j]`; `m[i, j]` is for a matrix, such as `matrix(xs)`");
    else
        diag_help(d, "`m[i, j]` is for a `matrix`");
    return c->error;
}

const Type *check_index(Checker *c, Expr *e)
{
    const Type *t = check_expr(c, e->base, NULL);
    if (!check_has_any(c, e->base, t) || t->kind == TYPE_NEVER) {
        check_rest(c, e);
        return c->error;
    }
    if (t->is_matrix)
        return check_cell(c, e);
    if (e->args.count != 1)
        return say_too_many(c, e, t);
    Expr *index = e->args.items[0].value;
    if (index->kind == EXPR_RANGE)
        return check_slice(c, e, t, index);
    switch (t->kind) {
    case TYPE_LIST:
        check_position(c, e, index);
        return t->item;
    case TYPE_STRING:
        check_position(c, e, index);
        return c->string;
    case TYPE_BYTES:
        check_position(c, e, index);
        return c->int_;
    case TYPE_JSON:
        check_json_key(c, e, index);
        return t;
    case TYPE_MAP:
        check_as(c, index, t->key);
        return t->item;
    case TYPE_OPTION: {
        check_rest(c, e);
        Diag *d = diag_error(c->m->diags, F0321, e->base->span,
                             "this may be none, so it has to be opened first");
        diag_label(d, "`%.*s`", STR_ARG(t->name));
        diag_help(d, "open it with `??` or `if let`");
        return c->error;
    }
    default: {
        check_rest(c, e);
        Diag *d = diag_error(c->m->diags, F0307, e->span, "`%.*s` has no items to pick",
                             STR_ARG(t->name));
        if (t->kind == TYPE_TUPLE)
            help_apart(c, d, e->base);
        else
            diag_help(d, "lists, maps and strings have");
        return c->error;
    }
    }
}
