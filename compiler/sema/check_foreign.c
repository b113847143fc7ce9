/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign code: which types cross over to it, and the files that it comes from. */
#include "sema/check.h"

/* ---- files ----------------------------------------------------------------------- */

static Str beside(Checker *c, uint32_t source, Str name)
{
    Str path = source_get(c->m->sources, source)->path;
    size_t folder = path.len;
    while (folder > 0 && path.ptr[folder - 1] != '/')
        folder--;
    if (str_starts_with(name, STR("/")))
        return name;
    return str_concat(c->arena, str_slice(path, 0, folder), name);
}

uint32_t check_foreign_file(Checker *c, Span place, Str name)
{
    Str path = beside(c, place.source, name), why;
    for (uint32_t i = 0; i < c->m->sources->files.len; i++) {
        if (str_eq(source_get(c->m->sources, i)->path, path))
            return i;
    }
    uint32_t source;
    if (source_read(c->m->sources, path, &source, &why))
        return source;
    Diag *d = diag_error(c->m->diags, F0331, place, "%.*s", STR_ARG(why));
    diag_help(d, "the path counts from the folder of this .flow file");
    return 0;
}

/* ---- extern functions ------------------------------------------------------------ */

static bool is_number(const Type *t)
{
    return t->kind == TYPE_INT || t->kind == TYPE_FLOAT || t->kind == TYPE_SIZE ||
           t->kind == TYPE_DURATION || t->kind == TYPE_TIME;
}

/* Octets that C reads: the text of a string or of json, or bytes. */
static bool is_octets(const Type *t)
{
    return t->kind == TYPE_STRING || t->kind == TYPE_BYTES || t->kind == TYPE_JSON;
}

static bool can_be_given(const Type *t, bool is_var)
{
    bool is_list = t->kind == TYPE_LIST && is_number(t->item);
    return is_number(t) || t->kind == TYPE_BOOL || is_list || t->is_matrix || type_is_error(t) ||
           (is_octets(t) && !is_var);
}

static bool can_be_result(const Type *t)
{
    return is_number(t) || t->kind == TYPE_BOOL || is_octets(t) ||
           t->kind == TYPE_UNIT || type_is_error(t);
}

static void refuse(Checker *c, Span span, const Type *t, const char *verb, const char *which)
{
    Diag *d = diag_error(c->m->diags, F0330, span, "C code cannot %s %s `%.*s`", verb,
                         type_article(t), STR_ARG(t->name));
    diag_help(d, "%s", which);
}

/* What to do in place of giving C a value of this type. */
static const char *refused_help(const Type *t, bool is_var)
{
    if (is_var && is_octets(t))
        return "take it as it is, and give the changed one as the result";
    if (t->kind == TYPE_SECRET)
        return "a secret goes to a script, or to the task by `@environment(TOKEN=…)`";
    if (!is_var && type_can_be_kept(t) && !type_has_secret(t))
        return "it takes numbers, bools, times, strings, bytes, lists of numbers, and matrices; "
               "make `json` the parameter's type to give it anything else: `json(x)`";
    return "it takes numbers, bools, sizes, durations, times, strings, bytes, json, lists of "
           "numbers, and matrices; a `var` number, list or matrix it can change";
}

void check_extern(Checker *c, Decl *decl)
{
    for (size_t i = 0; i < decl->params.count; i++) {
        const Param *p = &decl->params.items[i];
        const Type *type = decl->param_types.items[i];
        if (!can_be_given(type, p->is_var))
            refuse(c, p->type->span, type, p->is_var ? "change" : "take",
                   refused_help(type, p->is_var));
    }
    if (!can_be_result(decl->result_type))
        refuse(c, decl->result->span, decl->result_type, "give",
               "it gives a number, bool, size, duration, time, string, bytes or json; a list comes "
               "back through a `var` parameter that has its length already");
    decl->from_source = check_foreign_file(c, decl->name.span, decl->text);
}

/* ---- scripts --------------------------------------------------------------------- */

uint32_t script_language(Str name)
{
    static const char *const languages[SCRIPT_LANGUAGES] = {"sh", "python", "node", "r"};
    uint32_t i = 0;
    while (i + 1 < SCRIPT_LANGUAGES && !str_is(name, languages[i]))
        i++;
    return i;
}

/* What a script is in, by the names that people know it by. */
static bool check_language(Checker *c, const Script *script)
{
    static const char *const names[][2] = {
        {"sh", "sh"},           {"python", "python"}, {"node", "node"},
        {"python3", "python"},  {"py", "python"},     {"bash", "sh"},
        {"shell", "sh"},        {"js", "node"},       {"javascript", "node"},
        {"r", "r"},             {"R", "r"},           {"Rscript", "r"},
    };
    Ident language = script->language;
    const char *near = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !near; i++) {
        if (str_is(language.name, names[i][0]))
            near = names[i][1];
    }
    if (near && str_is(language.name, near))
        return true;
    Diag *d = diag_error(c->m->diags, F0332, language.span, "there are no scripts in `%.*s`",
                         STR_ARG(language.name));
    if (near)
        diag_fix(d, language.span, str_from(near), "write `script %s`", near);
    else
        diag_help(d, "a script is in `python`, `sh`, `node` or `r`");
    return false;
}

static void check_carried(Checker *c, Span span, const Type *type)
{
    if (type_is_error(type) || (type_can_be_kept(type) && !type_has_record(type)))
        return;
    if (type->kind == TYPE_SECRET || check_say_secret(c, span, type, SECRET_CARRIED))
        return;
    Diag *d = diag_error(c->m->diags, F0330, span, "a script cannot take %s `%.*s`",
                         type_article(type), STR_ARG(type->name));
    diag_help(d, "numbers, texts, sizes and durations can cross over, and lists, maps, structs, "
                 "options of them");
}

/* The tuple of the inputs; NULL where there are none. */
static const Type *check_inputs(Checker *c, Script *script)
{
    size_t count = script->inputs.count;
    TypeField *fields = arena_new_array(c->arena, TypeField, count + 1);
    for (size_t i = 0; i < count; i++) {
        Arg *arg = &script->inputs.items[i];
        fields[i].type = check_expr(c, arg->value, NULL);
        if (!check_has_any(c, arg->value, fields[i].type))
            fields[i].type = c->error;
        check_carried(c, arg->value->span, fields[i].type);
        if (!arg->name.name.len && arg->value->kind == EXPR_NAME)
            arg->name = arg->value->name;
        if (!arg->name.name.len) {
            Diag *d = diag_error(c->m->diags, F0333, arg->value->span,
                                 "the script has no name for this input");
            diag_help(d, "give it one: `script %.*s(x=…)`", STR_ARG(script->language.name));
        }
        fields[i].name = arg->name.name;
        fields[i].span = arg->name.span;
    }
    return count ? type_tuple(c->types, fields, count) : NULL;
}

static const Type *check_results(Checker *c, Script *script)
{
    size_t count = script->results.count;
    TypeField *fields = arena_new_array(c->arena, TypeField, count + 1);
    for (size_t i = 0; i < count; i++) {
        const Param *p = &script->results.items[i];
        fields[i] = (TypeField){p->name.name, check_type(c, p->type), p->name.span};
        if (!check_say_secret(c, p->name.span, fields[i].type, SECRET_RESULT))
            check_carried(c, p->name.span, fields[i].type);
    }
    return count ? type_tuple(c->types, fields, count) : NULL;
}

const Type *check_script(Checker *c, Expr *e)
{
    Script *script = e->more->script;
    if (!script)
        return c->error;
    bool is_known = check_language(c, script);
    script->input_type = check_inputs(c, script);
    script->result_type = check_results(c, script);
    if (script->from.len)
        script->from_source = check_foreign_file(c, script->text_span, script->from);
    if (!is_known)
        return c->error;
    if (!script->result_type)
        return c->unit;
    return script->results.count == 1 ? script->result_type->fields.items[0].type
                                      : script->result_type;
}
