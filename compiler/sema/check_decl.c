/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations: types as written, structs, signatures, constants, parameters, and each body in
 * its turn.  Steps go in the order of rank, so that what a step reads has its type already;
 * functions come after them, since by then it is known what steps leave behind. */
#include <ctype.h>

#include "sema/check_generic.h"

void check_unsupported(Checker *c, Span span, const char *what)
{
    Diag *d = diag_error(c->m->diags, F0399, span, "%s is not part of this version of Flow", what);
    diag_label(d, "understood, but not compiled");
}

/* ---- bodies ---------------------------------------------------------------------- */

SavedBody check_enter_body(Checker *c, BodyKind kind, Span place)
{
    SavedBody before = {*c};
    FileScope *scope = scope_of(c->m, place);
    c->body = kind;
    if (scope)
        c->scope = scope;
    if (kind == BODY_FN || kind == BODY_CONST)
        c->step = NULL;
    c->result = c->unit;
    c->generic = NULL;
    memset(&c->locals, 0, sizeof c->locals);
    c->block_base = 0;
    c->closure = NULL;
    c->loops = 0;
    map_init(&c->complained, c->arena);
    return before;
}

void check_leave_body(Checker *c, const SavedBody *before)
{
    *c = before->saved;
}

/* ---- types as written ------------------------------------------------------------ */

/* What other languages call ours. */
static const char *foreign_type(Str name)
{
    static const char *const names[][2] = {
        {"str", "string"}, {"String", "string"}, {"text", "string"}, {"double", "float"},
        {"f64", "float"},  {"real", "float"},    {"boolean", "bool"}, {"integer", "int"},
        {"i64", "int"},    {"number", "float"},  {"i32", "int"},      {"u64", "int"},
        {"u32", "int"},    {"usize", "int"},     {"long", "int"},     {"Long", "int"},
        {"f32", "float"},  {"Double", "float"},  {"Float", "float"},  {"Int", "int"},
        {"Integer", "int"}, {"Bool", "bool"},    {"Boolean", "bool"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_is(name, names[i][0]))
            return names[i][1];
    }
    return NULL;
}

/* Types that Flow writes by signs. */
static const char *foreign_type_form(Str name)
{
    static const char *const forms[][2] = {
        {"list", "a list is `[int]`"},
        {"List", "a list is `[int]`"},
        {"Array", "a list is `[int]`"},
        {"Vec", "a list is `[int]`"},
        {"Sequence", "a list is `[int]`"},
        {"dict", "a map is `[string: int]`"},
        {"Dict", "a map is `[string: int]`"},
        {"Map", "a map is `[string: int]`"},
        {"HashMap", "a map is `[string: int]`"},
        {"tuple", "a tuple is `(int, string)`"},
        {"Tuple", "a tuple is `(int, string)`"},
        {"Optional", "what may be missing is `int?`"},
        {"Option", "what may be missing is `int?`"},
        {"None", "what may be missing is `int?`"},
        {"set", "a set is a map: `[int: bool]`"},
        {"Set", "a set is a map: `[int: bool]`"},
        {"Callable", "a function is `fn(int) -> int`"},
        {"Any", "every value has one type; one of several kinds is an `enum`"},
        {"any", "every value has one type; one of several kinds is an `enum`"},
        {"object", "every value has one type; one of several kinds is an `enum`"},
        {"Union", "every value has one type; one of several kinds is an `enum`"},
        {"void", "a function that gives nothing has no `->`"},
        {"char", "a character is a `string` of one"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (str_is(name, forms[i][0]))
            return forms[i][1];
    }
    return NULL;
}

static const Type *unknown_type(Checker *c, const TypeExpr *t, const FileScope *scope)
{
    static const char *const known[] = {"int",  "float", "bool",  "string", "size",
                                        "duration", "time", "bytes", "json", "secret",
                                        "matrix"};
    Diag *d = diag_error(c->m->diags, F0203, t->name.span, "there is no type `%.*s`",
                         STR_ARG(t->name.name));
    const char *foreign = foreign_type(t->name.name);
    if (foreign) {
        diag_fix(d, t->name.span, str_from(foreign), "did you mean `%s`?", foreign);
        return c->error;
    }
    const char *form = foreign_type_form(t->name.name);
    if (form) {
        diag_help(d, "%s", form);
        return c->error;
    }
    Suggest s;
    suggest_init(&s, t->name.name);
    for (size_t i = 0; i < scope->types.len; i++)
        suggest_offer(&s, scope->types.entries[i].key, NULL);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        suggest_offer(&s, str_from(known[i]), NULL);
    if (s.found)
        diag_fix(d, t->name.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    return c->error;
}

static const Type *named_builtin(Checker *c, const TypeExpr *t)
{
    static const TypeKind named[] = {TYPE_INT,  TYPE_FLOAT,    TYPE_BOOL, TYPE_STRING,
                                     TYPE_SIZE, TYPE_DURATION, TYPE_TIME,
                                     TYPE_BYTES, TYPE_JSON,    TYPE_SECRET};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        const Type *type = type_base(c->types, named[i]);
        if (str_eq(type->name, t->name.name))
            return type;
    }
    if (str_is(t->name.name, "Failure"))
        return c->m->failure;
    if (str_is(t->name.name, "matrix"))
        return type_matrix(c->types);
    Str what = str_printf(c->arena, "the type `%.*s`", STR_ARG(t->name.name));
    check_unsupported(c, t->span, str_c(c->arena, what));
    return c->error;
}

static const FileScope *module_of_type(Checker *c, const TypeExpr *t)
{
    const Decl *decl = map_get(&c->scope->values, t->module.name);
    if (!decl || decl->kind != DECL_IMPORT) {
        diag_error(c->m->diags, F0203, t->module.span, "no module `%.*s` is imported here",
                   STR_ARG(t->module.name));
        return NULL;
    }
    if (!map_has_ptr(&c->scope->imports, decl))
        return NULL; /* it could not be read */
    const FileScope *scope = map_get_ptr(&c->scope->imports, decl);
    if (!scope)
        diag_error(c->m->diags, F0263, t->name.span, "the module `%.*s` has no type `%.*s`",
                   STR_ARG(t->module.name), STR_ARG(t->name.name));
    return scope;
}

static const Type *named_type(Checker *c, const TypeExpr *t)
{
    const Type *generic = t->module.name.len ? NULL : check_generic_type(c, t->name.name);
    if (generic)
        return check_no_type_arguments(c, t, generic);
    const FileScope *scope = t->module.name.len ? module_of_type(c, t) : c->scope;
    if (!scope)
        return c->error;
    Decl *decl = map_get(&scope->types, t->name.name);
    if (!decl && (!is_builtin_type(t->name.name) || t->module.name.len))
        return unknown_type(c, t, scope);
    if (!decl) {
        const Type *built_in = named_builtin(c, t);
        return str_is(t->name.name, "table") ? built_in : check_no_type_arguments(c, t, built_in);
    }
    decl->is_used = true;
    if (decl->generics.count)
        return check_named_type(c, t, decl);
    const Type *type = decl->checked_type ? decl->checked_type : c->error;
    if (decl->step) {
        StepModel *step = decl->step;
        type = graph_record(c->m, &step, 1)->type;
    }
    return check_no_type_arguments(c, t, type);
}

/* `good | poor`: what both leave behind. */
static const Type *union_type(Checker *c, const TypeExpr *t)
{
    VEC(StepModel *) ends = {0};
    for (size_t i = 0; i < t->args.count; i++) {
        const TypeExpr *arg = t->args.items[i];
        const Decl *decl = arg->kind == TYPE_EXPR_NAME && !arg->module.name.len
                               ? map_get(&c->scope->types, arg->name.name)
                               : NULL;
        if (decl && decl->step) {
            vec_push(c->arena, &ends, decl->step);
            continue;
        }
        if (!type_is_error(check_type(c, arg)))
            diag_error(c->m->diags, F0203, arg->span, "`|` stands between the names of steps");
        return c->error;
    }
    return ends.len ? graph_record(c->m, ends.items, ends.len)->type : c->error;
}

static TypeField *field_types(Checker *c, const TypeExpr *t)
{
    TypeField *fields = arena_new_array(c->arena, TypeField, t->args.count + 1);
    for (size_t i = 0; i < t->args.count; i++) {
        fields[i].type = check_type(c, t->args.items[i]);
        if (i < t->names.count) {
            fields[i].name = t->names.items[i].name;
            fields[i].span = t->names.items[i].span;
        }
    }
    return fields;
}

static const Type *map_type(Checker *c, const TypeExpr *t)
{
    const Type *key = check_type(c, t->args.items[0]);
    const Type *value = check_type(c, t->args.items[1]);
    if (check_say_secret(c, t->args.items[0]->span, key, SECRET_KEY)) {
        key = c->error;
    } else if (!type_can_be_key(key)) {
        Diag *d = diag_error(c->m->diags, F0315, t->args.items[0]->span,
                             "`%.*s` cannot be the key of a map", STR_ARG(key->name));
        if (key->is_opaque)
            diag_help(d, "ask for it where the type parameter is declared: `[%.*s: key]`",
                      STR_ARG(key->name));
        else
            diag_help(d,
                      "a key is compared exactly, so it holds no float, no json and no function");
        key = c->error;
    }
    return type_map(c->types, key, value);
}

const Type *check_type(Checker *c, const TypeExpr *t)
{
    if (!t)
        return c->error;
    switch (t->kind) {
    case TYPE_EXPR_ERROR: return c->error;
    case TYPE_EXPR_NAME: return named_type(c, t);
    case TYPE_EXPR_LIST: return type_list(c->types, check_type(c, t->args.items[0]));
    case TYPE_EXPR_MAP: return map_type(c, t);
    case TYPE_EXPR_OPTION: return type_option(c->types, check_type(c, t->args.items[0]));
    case TYPE_EXPR_TUPLE: return type_tuple(c->types, field_types(c, t), t->args.count);
    case TYPE_EXPR_FN:
        return type_fn(c->types, field_types(c, t), t->args.count,
                       t->result ? check_type(c, t->result) : c->unit);
    case TYPE_EXPR_UNION: return union_type(c, t);
    }
    return c->error;
}

/* ---- structs --------------------------------------------------------------------- */

static SavedBody enter_type(Checker *c, const Decl *decl)
{
    SavedBody before = check_enter_body(c, BODY_CONST, decl->name.span);
    c->generic = decl->generic_types ? decl : NULL;
    return before;
}

static void read_fields(Checker *c, Decl *decl)
{
    Type *type = type_to_fill(c->types, decl->checked_type);
    type->fields.items = arena_new_array(c->arena, TypeField, decl->params.count + 1);
    type->fields.count = decl->params.count;
    SavedBody before = enter_type(c, decl);
    for (size_t i = 0; i < decl->params.count; i++) {
        const Param *p = &decl->params.items[i];
        TypeField *f = &type->fields.items[i];
        *f = (TypeField){p->name.name, check_type(c, p->type), p->name.span};
        check_use_whole(c, f->type);
    }
    check_leave_body(c, &before);
}

/* The type of the case's values: a tuple, unit where it has none. */
static const Type *read_case(Checker *c, const EnumCase *one)
{
    TypeField *fields = arena_new_array(c->arena, TypeField, one->params.count + 1);
    for (size_t i = 0; i < one->params.count; i++) {
        const Param *p = &one->params.items[i];
        fields[i] = (TypeField){p->name.name, check_type(c, p->type), p->name.span};
        check_use_whole(c, fields[i].type);
    }
    return one->params.count ? type_tuple(c->types, fields, one->params.count) : c->unit;
}

static void read_cases(Checker *c, Decl *decl)
{
    Type *type = type_to_fill(c->types, decl->checked_type);
    type->fields.items = arena_new_array(c->arena, TypeField, decl->cases.count + 1);
    type->fields.count = decl->cases.count;
    SavedBody before = enter_type(c, decl);
    for (size_t i = 0; i < decl->cases.count; i++) {
        const EnumCase *one = &decl->cases.items[i];
        type->fields.items[i] = (TypeField){one->name.name, c->error, one->name.span};
        type->fields.items[i].type = read_case(c, one);
    }
    check_leave_body(c, &before);
}

void check_type_parts(Checker *c, Decl *decl)
{
    if (decl->kind == DECL_ENUM)
        read_cases(c, decl);
    else
        read_fields(c, decl);
}

typedef struct Holding {
    Checker *c;
    const Type *wanted;
    TypeVec asked; /* options */
} Holding;

static bool is_first(Checker *c, TypeVec *seen, const Type *t)
{
    for (size_t i = 0; i < seen->len; i++) {
        if (seen->items[i] == t)
            return false;
    }
    vec_push(c->arena, seen, t);
    return true;
}

static bool holds_directly(Holding *h, const Type *t, TypeVec *seen);

/* An option ends the question on its way, so what it holds is asked by itself. */
static void box_option(Holding *h, const Type *t)
{
    TypeVec seen = {0};
    if (is_first(h->c, &h->asked, t) && holds_directly(h, t->item, &seen))
        type_to_fill(h->c->types, t)->is_boxed = true;
}

/* The type's own size would need itself: through fields, tuples and cases.  Lists, maps and
 * functions hold their items elsewhere; an option on such a way is made to do so. */
static bool holds_directly(Holding *h, const Type *t, TypeVec *seen)
{
    if (t == h->wanted)
        return true;
    if (t->kind == TYPE_OPTION && !t->is_boxed) {
        if (h->wanted->kind == TYPE_RECORD)
            return holds_directly(h, t->item, seen);
        box_option(h, t);
        return false;
    }
    if (t->kind != TYPE_STRUCT && t->kind != TYPE_TUPLE && t->kind != TYPE_RECORD &&
        t->kind != TYPE_ENUM)
        return false;
    if (!is_first(h->c, seen, t))
        return false;
    for (size_t i = 0; i < t->fields.count; i++) {
        if (holds_directly(h, t->fields.items[i].type, seen))
            return true;
    }
    for (size_t i = 0; t->record && i < t->record->fields.len; i++) {
        const Type *field = t->record->fields.items[i]->type;
        if (field && holds_directly(h, field, seen))
            return true;
    }
    return false;
}

/* Whether a value of type `whole` would hold another one in what `part` is the type of. */
static bool would_hold_itself(Checker *c, const Type *part, const Type *whole)
{
    Holding h = {.c = c, .wanted = whole};
    TypeVec seen = {0};
    return holds_directly(&h, part, &seen);
}

void check_type_recursion(Checker *c, Decl *decl)
{
    Type *type = type_to_fill(c->types, decl->checked_type);
    for (size_t i = 0; i < type->fields.count; i++) {
        TypeField *f = &type->fields.items[i];
        if (!would_hold_itself(c, f->type, type))
            continue;
        bool is_struct = decl->kind == DECL_STRUCT;
        Span span = is_struct ? decl->params.items[i].type->span : f->span;
        Diag *d = diag_error(c->m->diags, F0254, span,
                             "%s `%.*s` would hold %s `%.*s`, and so on without end",
                             type_article(type), STR_ARG(decl->name.name), type_article(type),
                             STR_ARG(decl->name.name));
        Str option = str_printf(c->arena, "%.*s?", STR_ARG(f->type->name));
        if (is_struct)
            diag_fix(d, span, option, "let it be none somewhere: `%.*s`", STR_ARG(option));
        else
            diag_help(d, "hold it in an option, a list or a map: `%.*s?`, `[%.*s]`",
                      STR_ARG(decl->name.name), STR_ARG(decl->name.name));
        f->type = c->error;
    }
}

static void check_defaults(Checker *c, const ParamList *params, const Type *const *types,
                           const TypeField *fields, Span place)
{
    SavedBody before = check_enter_body(c, BODY_CONST, place);
    for (size_t i = 0; i < params->count; i++) {
        if (params->items[i].fallback)
            check_as(c, params->items[i].fallback, types ? types[i] : fields[i].type);
    }
    check_leave_body(c, &before);
}

void check_type_defaults(Checker *c, Decl *decl)
{
    if (decl->kind == DECL_ENUM)
        return; /* the values of a case have none */
    SavedBody before = enter_type(c, decl);
    check_defaults(c, &decl->params, NULL, decl->checked_type->fields.items, decl->name.span);
    check_leave_body(c, &before);
}

static void check_structs(Checker *c)
{
    Model *m = c->m;
    check_open_types(c);
    for (size_t i = 0; i < m->structs.len; i++)
        check_type_parts(c, m->structs.items[i]);
    for (size_t i = 0; i < m->enums.len; i++)
        check_type_parts(c, m->enums.items[i]);
    m->has_types = true;
    for (size_t i = 0; i < m->structs.len; i++)
        check_type_recursion(c, m->structs.items[i]);
    for (size_t i = 0; i < m->enums.len; i++)
        check_type_recursion(c, m->enums.items[i]);
    while (m->made_settled < m->made.len)
        check_type_recursion(c, m->made.items[m->made_settled++]);
}

/* ---- functions ------------------------------------------------------------------- */

void check_signature(Checker *c, Decl *decl)
{
    SavedBody before = check_enter_body(c, BODY_FN, decl->name.span);
    c->generic = decl->generic_types ? decl : NULL;
    size_t count = decl->params.count;
    TypeField *fields = arena_new_array(c->arena, TypeField, count + 1);
    decl->param_types.items = arena_new_array(c->arena, const Type *, count + 1);
    decl->param_types.count = count;
    for (size_t i = 0; i < count; i++) {
        const Param *p = &decl->params.items[i];
        decl->param_types.items[i] = check_type(c, p->type);
        fields[i] = (TypeField){p->name.name, decl->param_types.items[i], p->name.span};
    }
    decl->result_type = decl->result ? check_type(c, decl->result) : c->unit;
    decl->checked_type = type_fn(c->types, fields, count, decl->result_type);
    if (decl->kind == DECL_EXTERN_FN)
        check_extern(c, decl);
    check_leave_body(c, &before);
}

static void read_signature(Checker *c, Decl *decl)
{
    if (decl->generics.count)
        check_open_generics(c, decl);
    else
        check_signature(c, decl);
}

static void bind_params(Checker *c, Decl *decl)
{
    for (size_t i = 0; i < decl->params.count; i++) {
        Param *p = &decl->params.items[i];
        bool is_twice = false;
        for (size_t k = 0; k < i; k++)
            is_twice |= str_eq(decl->params.items[k].name.name, p->name.name);
        if (!p->name.name.len || str_is(p->name.name, "_") || is_twice)
            continue;
        p->binding = check_declare_param(c, p->name, decl->param_types.items[i], p->is_var);
    }
}

static void refuse_var_defaults(Checker *c, const Decl *decl)
{
    for (size_t i = 0; i < decl->params.count; i++) {
        const Param *p = &decl->params.items[i];
        if (!p->is_var || !p->fallback)
            continue;
        Diag *d = diag_error(c->m->diags, F0328, p->fallback->span,
                             "a `var` parameter has no default: there is nothing to change");
        diag_help(d, "leave it out, and let each call name a variable");
    }
}

static void check_function(Checker *c, Decl *decl)
{
    if (!decl->result_type)
        return;
    refuse_var_defaults(c, decl);
    check_defaults(c, &decl->params, decl->param_types.items, NULL, decl->name.span);
    if (!decl->block)
        return;
    SavedBody before = check_enter_body(c, BODY_FN, decl->name.span);
    c->result = decl->result_type;
    c->generic = decl->generic_types ? decl : NULL;
    bind_params(c, decl);
    bool has_value = decl->result_type->kind != TYPE_UNIT;
    check_block(c, decl->block, has_value, has_value ? decl->result_type : NULL);
    decl->is_checked = true;
    check_leave_body(c, &before);
}

/* A test is a function of nothing that gives nothing. */
static void check_test(Checker *c, Decl *decl)
{
    SavedBody before = check_enter_body(c, BODY_FN, decl->name.span);
    if (decl->block)
        check_block(c, decl->block, false, NULL);
    check_leave_body(c, &before);
}

/* ---- constants and parameters ---------------------------------------------------- */

static const Type *value_type(Checker *c, Decl *decl)
{
    if (decl->type) {
        const Type *type = check_type(c, decl->type);
        if (decl->value)
            check_as(c, decl->value, type);
        return type;
    }
    const Type *t = check_expr(c, decl->value, NULL);
    return check_has_any(c, decl->value, t) ? t : c->error;
}

const Type *check_constant(Checker *c, Decl *decl, Span use)
{
    if (decl->checked_type)
        return decl->checked_type;
    if (decl->is_checked) { /* on the way: it was begun and has no type yet */
        Diag *d = diag_error(c->m->diags, F0266, use, "the constant `%.*s` needs itself",
                             STR_ARG(decl->name.name));
        diag_note(d, decl->name.span, "it is declared here");
        return c->error;
    }
    decl->is_checked = true;
    SavedBody before = check_enter_body(c, BODY_CONST, decl->name.span);
    const Type *t = value_type(c, decl);
    if (decl->value)
        check_meant_division(c, decl->value->span, decl->value);
    check_leave_body(c, &before);
    decl->checked_type = t;
    decl->binding = arena_new(c->arena, Binding);
    *decl->binding = (Binding){.kind = BINDING_CONST, .name = decl->name.name,
                               .span = decl->name.span, .type = t, .decl = decl};
    return t;
}

static void say_param_unfit(Checker *c, const Decl *decl, const Type *t)
{
    Diag *d = diag_error(c->m->diags, F0323, decl->type ? decl->type->span : decl->name.span,
                         "the parameter `%.*s` cannot be given on a command line",
                         STR_ARG(decl->name.name));
    diag_label(d, "`%.*s`", STR_ARG(t->name));
    diag_help(d, "numbers, texts, sizes, durations can, and lists, maps, structs, options of them");
}

static void say_secret_default(Checker *c, const Decl *decl)
{
    StrBuf variable;
    strbuf_init(&variable, c->arena);
    for (size_t i = 0; i < decl->name.name.len; i++)
        strbuf_add_char(&variable, (char)toupper((unsigned char)decl->name.name.ptr[i]));
    Diag *d = diag_error(c->m->diags, F0323, decl->value->span,
                         "a parameter that is a secret has no default");
    diag_help(d, "write `param %.*s: secret`; a run reads FLOW_PARAM_%.*s from its environment",
              STR_ARG(decl->name.name), STR_ARG(strbuf_str(&variable)));
}

/* What may be none is that where nothing is given. */
static void default_to_none(Checker *c, Decl *decl, const Type *type)
{
    decl->value = arena_new(c->arena, Expr);
    *decl->value = (Expr){.kind = EXPR_NONE, .span = decl->name.span, .more = &expr_no_more};
    check_as(c, decl->value, type);
}

static void check_param(Checker *c, Decl *decl)
{
    Artifact *a = decl->binding->artifact;
    a->type = a->own_type = decl->checked_type = c->error;
    if (!decl->type && !decl->value) {
        Diag *d = diag_error(c->m->diags, F0302, decl->name.span,
                             "nothing tells the type of the parameter `%.*s`",
                             STR_ARG(decl->name.name));
        diag_help(d, "give it a type or a default: `param %.*s: int`, `param %.*s = 10`",
                  STR_ARG(decl->name.name), STR_ARG(decl->name.name));
        return;
    }
    bool is_empty_list = decl->value && decl->value->kind == EXPR_LIST && !decl->value->items.count;
    if (!decl->type && is_empty_list) {
        Diag *d = diag_error(c->m->diags, F0302, decl->value->span,
                             "nothing tells what this list will hold");
        diag_help(d, "say it: `param %.*s: [string] = []`", STR_ARG(decl->name.name));
        return;
    }
    if (!decl->type && decl->value->kind == EXPR_NONE) {
        Diag *d = diag_error(c->m->diags, F0302, decl->value->span,
                             "nothing tells what this `none` could have been");
        diag_help(d, "say it: `param %.*s: int? = none`", STR_ARG(decl->name.name));
        return;
    }
    SavedBody before = check_enter_body(c, BODY_CONST, decl->name.span);
    const Type *t = value_type(c, decl);
    if (!decl->value && t->kind == TYPE_OPTION)
        default_to_none(c, decl, t);
    check_leave_body(c, &before);
    bool is_secret = t->kind == TYPE_SECRET;
    if (is_secret && decl->value)
        say_secret_default(c, decl);
    else if (!type_is_error(t) && !is_secret && (!type_can_be_kept(t) || type_has_record(t)))
        say_param_unfit(c, decl, t);
    else
        a->type = a->own_type = decl->checked_type = t;
    decl->binding->type = a->type;
    decl->is_checked = true;
}

/* `--no-x` says no to a bool `x`, so no parameter can be called `no_x` beside it. */
static void check_opposite(Checker *c, const Decl *param)
{
    if (!param->binding->type || param->binding->type->kind != TYPE_BOOL)
        return;
    Str name = str_printf(c->arena, "no_%.*s", STR_ARG(param->name.name));
    for (size_t i = 0; i < c->m->params.len; i++) {
        const Decl *other = c->m->params.items[i];
        if (!str_eq(other->name.name, name))
            continue;
        Diag *d = diag_error(c->m->diags, F0264, other->name.span,
                             "the parameter `%.*s` clashes with the opposite of `%.*s`",
                             STR_ARG(name), STR_ARG(param->name.name));
        diag_label(d, "`--no-%.*s` has a meaning already", STR_ARG(param->name.name));
        diag_note(d, param->name.span, "a bool is declared here");
        diag_help(d, "give it another name");
    }
}

/* ---- steps ----------------------------------------------------------------------- */

static void read_items(Checker *c, const StepModel *step)
{
    if (step->decl->kind != DECL_STEP)
        return;
    SavedBody before = check_enter_body(c, BODY_CONST, step->decl->name.span);
    for (size_t i = 0; i < step->decl->params.count; i++) {
        Param *p = &step->decl->params.items[i];
        Artifact *a = p->binding->artifact;
        a->type = a->own_type = check_type(c, p->type);
        p->binding->type = a->type;
        check_use_whole(c, a->type);
        if (check_say_secret(c, p->name.span, a->type, SECRET_KEPT)) {
            a->type = c->error;
        } else if (!type_can_be_kept(a->type)) {
            diag_error(c->m->diags, F0314, p->name.span,
                       "the item `%.*s` holds a function, so it cannot be stored",
                       STR_ARG(p->name.name));
            a->type = c->error;
        }
    }
    check_leave_body(c, &before);
}

static void note_caught(Checker *c)
{
    const Type *error = type_option(c->types, c->m->failure);
    for (size_t i = 0; i < c->m->steps.len; i++) {
        const StepModel *step = c->m->steps.items[i];
        for (size_t k = 0; step->has_catch && k < step->keeps.len; k++) {
            Artifact *a = step->keeps.items[k].artifact;
            if (k == step->catch_keep) {
                a->type = error;
                a->own_type = c->m->failure;
            } else {
                c->is_caught[a->index] = true;
            }
        }
    }
}

/* Which of `names` are no ends of the record, and which ends are not among them. */
static void check_input_names(Checker *c, const Input *in, const TypeExpr *t)
{
    const TypeExpr *names = t->kind == TYPE_EXPR_LIST ? t->args.items[0] : t;
    size_t count = names->kind == TYPE_EXPR_UNION ? names->args.count : 1;
    StrBuf missing;
    strbuf_init(&missing, c->arena);
    StrBuf all;
    strbuf_init(&all, c->arena);
    for (size_t i = 0; i < in->record->ends.len; i++) {
        const StepModel *end = in->record->ends.items[i];
        bool is_named = false;
        for (size_t k = 0; k < count; k++) {
            const TypeExpr *one = names->kind == TYPE_EXPR_UNION ? names->args.items[k] : names;
            is_named |= str_eq(one->name.name, end->name);
        }
        if (!is_named)
            strbuf_printf(&missing, "%s`%.*s`", missing.len ? ", " : "", STR_ARG(end->name));
        strbuf_printf(&all, "%s%.*s", all.len ? " | " : "", STR_ARG(end->name));
    }
    Str whole = strbuf_str(&all);
    if (missing.len) {
        Diag *d = diag_error(c->m->diags, F0260, names->span,
                             "the input `%.*s` leaves out %.*s, which leads here, too",
                             STR_ARG(in->param->name.name), STR_ARG(strbuf_str(&missing)));
        diag_fix(d, names->span, whole, "name all of them: `%.*s`", STR_ARG(whole));
        return;
    }
    for (size_t k = 0; k < count; k++) {
        const TypeExpr *one = names->kind == TYPE_EXPR_UNION ? names->args.items[k] : names;
        bool is_end = false;
        for (size_t i = 0; i < in->record->ends.len; i++)
            is_end |= str_eq(one->name.name, in->record->ends.items[i]->name);
        if (is_end)
            continue;
        Diag *d = diag_error(c->m->diags, F0260, one->span, "`%.*s` does not lead to this input",
                             STR_ARG(one->name.name));
        diag_fix(d, names->span, whole, "what leads here: `%.*s`", STR_ARG(whole));
        return;
    }
}

static void bind_inputs(Checker *c)
{
    StepModel *step = c->step;
    for (size_t i = 0; i < step->decl->params.count && step->decl->kind == DECL_JOIN; i++) {
        Param *p = &step->decl->params.items[i];
        const Input *in = i < step->inputs.len ? &step->inputs.items[i] : NULL;
        const Type *type = c->error;
        bool is_list = step->kind == STEP_JOIN_FOREACH;
        if (in && in->record) {
            if (p->type && !step->has_broken_graph)
                check_input_names(c, in, p->type);
            type = is_list ? type_list(c->types, in->record->type) : in->record->type;
        }
        check_hiding(c, p->name, "the input", false);
        Binding *b = arena_new(c->arena, Binding);
        *b = (Binding){.kind = BINDING_INPUT, .name = p->name.name, .span = p->name.span,
                       .type = type, .slot = (uint32_t)step->slots.len};
        p->binding = b;
        vec_push(c->arena, &c->locals, b);
        Slot slot = {.kind = is_list ? SLOT_INPUTS : SLOT_INPUT, .type = type,
                     .record = in ? in->record : NULL, .input = (uint32_t)i, .binding = b};
        vec_push(c->arena, &step->slots, slot);
    }
}

static void check_step(Checker *c, StepModel *step)
{
    SavedBody before = check_enter_body(c, BODY_STEP, step->decl->name.span);
    c->step = step;
    bind_inputs(c);
    if (step->decl->block)
        check_block(c, step->decl->block, false, NULL);
    check_leave_body(c, &before);
    before = check_enter_body(c, BODY_POLICY, step->decl->name.span);
    c->step = step;
    check_policy(c);
    check_leave_body(c, &before);
}

/* What such a step would see nobody knows, so what hangs on it is passed over. */
static void check_unreached(Checker *c, StepModel *step)
{
    for (size_t i = 0; i < c->m->ranked.len; i++)
        if (c->m->ranked.items[i] == step)
            return;
    step->has_broken_graph = true;
    for (size_t i = 0; step->decl->kind == DECL_STEP && i < step->decl->params.count; i++) {
        Artifact *a = step->decl->params.items[i].binding->artifact;
        Sight *s = arena_new(c->arena, Sight);
        *s = (Sight){.artifact = a, .state = SIGHT_SURE};
        map_put(&step->sights, a->name, s);
    }
    check_step(c, step);
}

/* What `end` keeps is the result of the run. */
static void note_results(Checker *c)
{
    const StepModel *end = c->m->end;
    for (size_t i = 0; end && i < end->keeps.len; i++)
        end->keeps.items[i].artifact->is_read = true;
}

/* ---- records --------------------------------------------------------------------- */

/* A record that is used as a whole consists of all that its ends surely leave behind. */
static void fill_record(Checker *c, Record *r)
{
    for (size_t i = 0; r->is_whole && i < r->sights.len; i++) {
        const Sight *s = r->sights.entries[i].value;
        if (s->state == SIGHT_SURE && s->artifact->type && s->artifact->kind != ARTIFACT_PARAM)
            check_add_record_field(c, r, s->artifact);
    }
    r->is_whole = false;
}

/* An artifact that holds what a step leaves behind, itself included, has no end. */
static void check_record_recursion(Checker *c, Record *r)
{
    for (size_t i = 0; i < r->fields.len; i++) {
        const Artifact *a = r->fields.items[i];
        if (!would_hold_itself(c, a->type, r->type))
            continue;
        Diag *d = diag_error(c->m->diags, F0254, a->span,
                             "`%.*s` would hold what `%.*s` leaves behind, and so itself",
                             STR_ARG(a->name), STR_ARG(r->type->name));
        diag_help(d, "keep only what is needed of it, as in `keep %.*s = x.FIELD`",
                  STR_ARG(a->name));
        return;
    }
}

static void finish_records(Checker *c)
{
    for (size_t i = 0; i < c->m->records.len; i++)
        fill_record(c, c->m->records.items[i]);
    for (size_t i = 0; i < c->m->records.len; i++)
        check_record_recursion(c, c->m->records.items[i]);
}

/* ---- the whole ------------------------------------------------------------------- */

static void refuse_unsupported(Checker *c, const Decl *decl)
{
    switch (decl->kind) {
    case DECL_POOL: check_unsupported(c, decl->name.span, "a pool"); break;
    default: break;
    }
}

static void refuse_annotations(Checker *c, const Decl *decl)
{
    if (decl->kind == DECL_STEP || decl->kind == DECL_JOIN || !decl->annotations.count)
        return;
    diag_error(c->m->diags, F0401, decl->annotations.items[0].span,
               "annotations stand above steps and joins");
}

static Checker checker_of(Model *m)
{
    TypeTable *t = m->types;
    Checker c = {
        .m = m, .arena = m->arena, .types = t,
        .error = type_base(t, TYPE_ERROR),   .unit = type_base(t, TYPE_UNIT),
        .never = type_base(t, TYPE_NEVER),   .int_ = type_base(t, TYPE_INT),
        .float_ = type_base(t, TYPE_FLOAT),  .bool_ = type_base(t, TYPE_BOOL),
        .string = type_base(t, TYPE_STRING), .size = type_base(t, TYPE_SIZE),
        .duration = type_base(t, TYPE_DURATION),
    };
    c.scope = m->scopes.items[m->scopes.len - 1];
    c.is_caught = arena_new_array(m->arena, bool, m->artifacts.len + 1);
    map_init(&c.complained, m->arena);
    return c;
}

static void check_struct_defaults(Checker *c)
{
    for (size_t i = 0; i < c->m->structs.len; i++)
        check_type_defaults(c, c->m->structs.items[i]);
}

/* Either may come to more of both. */
static void check_functions(Checker *c)
{
    Model *m = c->m;
    for (size_t i = 0; i < m->functions.len || m->made_defaulted < m->made.len;) {
        if (i < m->functions.len)
            check_function(c, m->functions.items[i++]);
        else
            check_type_defaults(c, m->made.items[m->made_defaulted++]);
    }
}

void check(Model *m)
{
    if (!m->scopes.len)
        return;
    Checker c = checker_of(m);
    for (size_t i = 0; i < m->scopes.len; i++) {
        const AstFile *file = m->scopes.items[i]->file;
        for (size_t k = 0; k < file->decls.count; k++) {
            refuse_unsupported(&c, file->decls.items[k]);
            refuse_annotations(&c, file->decls.items[k]);
        }
    }
    check_structs(&c);
    for (size_t i = 0; i < m->functions.len; i++)
        read_signature(&c, m->functions.items[i]);
    for (size_t i = 0; i < m->constants.len; i++)
        check_constant(&c, m->constants.items[i], m->constants.items[i]->name.span);
    check_struct_defaults(&c);
    for (size_t i = 0; i < m->params.len; i++)
        check_param(&c, m->params.items[i]);
    for (size_t i = 0; i < m->params.len; i++)
        check_opposite(&c, m->params.items[i]);
    for (size_t i = 0; i < m->steps.len; i++)
        read_items(&c, m->steps.items[i]);
    note_caught(&c);
    note_results(&c);
    for (size_t i = 0; i < m->ranked.len; i++)
        check_step(&c, m->ranked.items[i]);
    for (size_t i = 0; i < m->steps.len; i++)
        check_unreached(&c, m->steps.items[i]);
    for (size_t i = 0; i < m->tests.len; i++)
        check_test(&c, m->tests.items[i]);
    check_functions(&c);
    check_sizes(&c);
    finish_records(&c);
}
