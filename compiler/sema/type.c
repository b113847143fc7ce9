/* SPDX-License-Identifier: Apache-2.0 */
/* Types are interned by a key of text: the kind's letter and the ids of what it is made of.
 * Structs and records are new each time, since they are equal by declaration. */
#include "sema/type.h"

#include <assert.h>
#include <string.h>

enum { BASE_COUNT = TYPE_SECRET + 1 };

struct TypeTable {
    Arena *arena;
    VEC(Type *) all;
    Map made; /* key -> Type * */
    const Type *base[BASE_COUNT];
    const Type *matrix;
};

static Type *add_type(TypeTable *t, TypeKind kind, Str name)
{
    Type *type = arena_new(t->arena, Type);
    type->kind = kind;
    type->id = (uint32_t)t->all.len;
    type->name = name;
    vec_push(t->arena, &t->all, type);
    return type;
}

/* struct { rows: int, cols: int, and a [float] that no program can name }: FlowMatrix. */
static const Type *matrix_new(TypeTable *t)
{
    Decl *decl = arena_new(t->arena, Decl);
    decl->kind = DECL_STRUCT;
    decl->name.name = STR("matrix");
    Type *type = type_struct_new(t, decl, decl->name.name);
    type->is_matrix = true;
    type->fields.items = arena_new_array(t->arena, TypeField, 3);
    type->fields.count = 3;
    type->fields.items[0] = (TypeField){.name = STR("rows"), .type = t->base[TYPE_INT]};
    type->fields.items[1] = (TypeField){.name = STR("cols"), .type = t->base[TYPE_INT]};
    type->fields.items[2] = (TypeField){.type = type_list(t, t->base[TYPE_FLOAT])};
    decl->checked_type = type;
    decl->is_checked = true;
    return type;
}

TypeTable *type_table_new(Arena *a)
{
    static const char *const names[BASE_COUNT] = {
        [TYPE_ERROR] = "?",       [TYPE_UNIT] = "nothing", [TYPE_NEVER] = "never",
        [TYPE_INT] = "int",       [TYPE_FLOAT] = "float",  [TYPE_BOOL] = "bool",
        [TYPE_STRING] = "string", [TYPE_SIZE] = "size",    [TYPE_DURATION] = "duration",
        [TYPE_TIME] = "time",     [TYPE_BYTES] = "bytes",  [TYPE_JSON] = "json",
        [TYPE_SECRET] = "secret",
    };
    TypeTable *t = arena_new(a, TypeTable);
    t->arena = a;
    map_init(&t->made, a);
    for (int kind = 0; kind < BASE_COUNT; kind++)
        t->base[kind] = add_type(t, (TypeKind)kind, str_from(names[kind]));
    t->matrix = matrix_new(t);
    return t;
}

const Type *type_matrix(const TypeTable *t)
{
    return t->matrix;
}

const Type *type_base(TypeTable *t, TypeKind kind)
{
    assert(kind <= TYPE_SECRET);
    return t->base[kind];
}

/* The interned type of this key, or a new one whose parts the caller fills in. */
static Type *intern_type(TypeTable *t, TypeKind kind, Str key, bool *is_new)
{
    Type *type = map_get(&t->made, key);
    *is_new = !type;
    if (!type) {
        type = add_type(t, kind, (Str){0});
        map_put(&t->made, key, type);
    }
    return type;
}

/* A function's `?` would be read as its result's. */
static Str name_before_mark(TypeTable *t, const Type *item)
{
    if (item->kind != TYPE_FN)
        return item->name;
    return str_printf(t->arena, "(%.*s)", STR_ARG(item->name));
}

const Type *type_list(TypeTable *t, const Type *item)
{
    bool is_new;
    Type *type = intern_type(t, TYPE_LIST, str_printf(t->arena, "L%u", item->id), &is_new);
    if (is_new) {
        type->item = item;
        type->name = str_printf(t->arena, "[%.*s]", STR_ARG(item->name));
    }
    return type;
}

const Type *type_map(TypeTable *t, const Type *key, const Type *value)
{
    bool is_new;
    Str made_of = str_printf(t->arena, "M%u,%u", key->id, value->id);
    Type *type = intern_type(t, TYPE_MAP, made_of, &is_new);
    if (is_new) {
        type->key = key;
        type->item = value;
        type->name = str_printf(t->arena, "[%.*s: %.*s]", STR_ARG(key->name), STR_ARG(value->name));
    }
    return type;
}

const Type *type_option(TypeTable *t, const Type *item)
{
    bool is_new;
    Type *type = intern_type(t, TYPE_OPTION, str_printf(t->arena, "O%u", item->id), &is_new);
    if (is_new) {
        type->item = item;
        type->name = str_printf(t->arena, "%.*s?", STR_ARG(name_before_mark(t, item)));
    }
    return type;
}

static void copy_fields(TypeTable *t, Type *type, const TypeField *fields, size_t count)
{
    type->fields.items = arena_new_array(t->arena, TypeField, count ? count : 1);
    type->fields.count = count;
    for (size_t i = 0; i < count; i++)
        type->fields.items[i] = fields[i];
}

/* "(low: int, high: int)": names and types as written, ids instead of types for a key. */
static Str fields_text(TypeTable *t, const TypeField *fields, size_t count, bool as_key)
{
    StrBuf text;
    strbuf_init(&text, t->arena);
    strbuf_add_char(&text, '(');
    for (size_t i = 0; i < count; i++) {
        if (i)
            strbuf_add(&text, STR(", "));
        if (fields[i].name.len)
            strbuf_printf(&text, "%.*s: ", STR_ARG(fields[i].name));
        if (as_key)
            strbuf_printf(&text, "%u", fields[i].type->id);
        else
            strbuf_add(&text, fields[i].type->name);
    }
    strbuf_add_char(&text, ')');
    return strbuf_str(&text);
}

const Type *type_tuple(TypeTable *t, const TypeField *fields, size_t count)
{
    bool is_new;
    Str key = str_concat(t->arena, STR("T"), fields_text(t, fields, count, true));
    Type *type = intern_type(t, TYPE_TUPLE, key, &is_new);
    if (is_new) {
        copy_fields(t, type, fields, count);
        type->name = fields_text(t, fields, count, false);
    }
    return type;
}

const Type *type_fn(TypeTable *t, const TypeField *params, size_t count, const Type *result)
{
    bool is_new;
    Str key = str_printf(t->arena, "F%.*s%u", STR_ARG(fields_text(t, params, count, true)),
                         result->id);
    Type *type = intern_type(t, TYPE_FN, key, &is_new);
    if (is_new) {
        copy_fields(t, type, params, count);
        type->item = result;
        Str head = fields_text(t, params, count, false);
        type->name = result->kind == TYPE_UNIT
                         ? str_printf(t->arena, "fn%.*s", STR_ARG(head))
                         : str_printf(t->arena, "fn%.*s -> %.*s", STR_ARG(head),
                                      STR_ARG(result->name));
    }
    return type;
}

const Type *type_var(TypeTable *t, uint32_t index, Str name)
{
    bool is_new;
    Str key = str_printf(t->arena, "V%u%.*s", index, STR_ARG(name));
    Type *type = intern_type(t, TYPE_VAR, key, &is_new);
    if (is_new) {
        type->var = index;
        type->name = name;
    }
    return type;
}

Type *type_struct_new(TypeTable *t, Decl *decl, Str name)
{
    Type *type = add_type(t, TYPE_STRUCT, name);
    type->decl = decl;
    return type;
}

Type *type_enum_new(TypeTable *t, Decl *decl, Str name)
{
    Type *type = add_type(t, TYPE_ENUM, name);
    type->decl = decl;
    return type;
}

Type *type_to_fill(const TypeTable *t, const Type *of)
{
    return t->all.items[of->id];
}

Type *type_record_new(TypeTable *t, struct Record *record, Str name)
{
    Type *type = add_type(t, TYPE_RECORD, name);
    type->record = record;
    return type;
}

size_t type_count(const TypeTable *t)
{
    return t->all.len;
}

const Type *type_get(const TypeTable *t, size_t id)
{
    return t->all.items[id];
}

const char *type_article(const Type *t)
{
    return t->name.len > 0 && strchr("aeioAEIO", t->name.ptr[0]) ? "an" : "a";
}

bool type_is_error(const Type *t)
{
    return t->kind == TYPE_ERROR;
}

bool type_is_number(const Type *t)
{
    return t->kind == TYPE_INT || t->kind == TYPE_FLOAT;
}

bool type_is_quantity(const Type *t)
{
    return t->kind == TYPE_SIZE || t->kind == TYPE_DURATION;
}

typedef bool Question(const Type *t);

/* Whether the answer is yes for `t` or anything that its name is put together of. */
static bool any_named(const Type *t, Question *ask)
{
    if (!t)
        return false;
    if (ask(t) || any_named(t->item, ask) || any_named(t->key, ask))
        return true;
    for (size_t i = 0; i < t->args.count; i++) {
        if (any_named(t->args.items[i], ask))
            return true;
    }
    bool has_parts = t->kind == TYPE_TUPLE || t->kind == TYPE_FN;
    for (size_t i = 0; has_parts && i < t->fields.count; i++) {
        if (any_named(t->fields.items[i].type, ask))
            return true;
    }
    return false;
}

static bool is_var(const Type *t)
{
    return t->kind == TYPE_VAR;
}

bool type_has_var(const Type *t)
{
    return any_named(t, is_var);
}

bool type_names_error(const Type *t)
{
    return any_named(t, type_is_error);
}

/* ---- questions about everything inside ------------------------------------------- */

/* Structs may hold themselves, and one type twice that holds one twice, and so on: each is asked
 * once. */
typedef struct Walk {
    Question *ask;
    const Type *first[8];
    size_t count;
    Arena arena; /* of `more`: what came after the first ones */
    VEC(const Type *) more;
} Walk;

static bool is_new(Walk *w, const Type *t)
{
    enum { FIRST = sizeof w->first / sizeof *w->first };
    for (size_t i = 0; i < w->count; i++) {
        if (w->first[i] == t)
            return false;
    }
    for (size_t i = 0; i < w->more.len; i++) {
        if (w->more.items[i] == t)
            return false;
    }
    if (w->count < FIRST)
        w->first[w->count++] = t;
    else
        vec_push(&w->arena, &w->more, t);
    return true;
}

static bool walk_inside(Walk *w, const Type *t)
{
    if (!t)
        return false;
    if (w->ask(t))
        return true;
    if ((!t->item && !t->key && !t->fields.count) || !is_new(w, t))
        return false;
    if (walk_inside(w, t->item) || walk_inside(w, t->key))
        return true;
    for (size_t i = 0; i < t->fields.count; i++) {
        if (walk_inside(w, t->fields.items[i].type))
            return true;
    }
    return false;
}

/* Whether the answer is yes for `t` or anything that a value of it may hold. */
static bool any_inside(const Type *t, Question *ask)
{
    Walk walk = {.ask = ask};
    bool is_any = walk_inside(&walk, t);
    arena_deinit(&walk.arena);
    return is_any;
}

static bool is_function(const Type *t)
{
    return t->kind == TYPE_FN;
}

static bool is_record(const Type *t)
{
    return t->kind == TYPE_RECORD;
}

/* json may hold a float. */
static bool is_no_key(const Type *t)
{
    return t->kind == TYPE_FLOAT || t->kind == TYPE_FN || t->kind == TYPE_RECORD ||
           t->kind == TYPE_JSON || t->kind == TYPE_SECRET || (t->is_opaque && !t->has_key);
}

static bool is_secret(const Type *t)
{
    return t->kind == TYPE_SECRET;
}

static bool cannot_be_kept(const Type *t)
{
    return is_function(t) || is_secret(t);
}

bool type_has_error(const Type *t)
{
    return any_inside(t, type_is_error);
}

bool type_has_record(const Type *t)
{
    return any_inside(t, is_record);
}

bool type_can_be_kept(const Type *t)
{
    return !any_inside(t, cannot_be_kept);
}

bool type_has_secret(const Type *t)
{
    return t->kind != TYPE_FN && any_inside(t, is_secret);
}

bool type_can_be_key(const Type *t)
{
    return !any_inside(t, is_no_key);
}

bool type_is_ordered(const Type *t)
{
    switch (t->kind) {
    case TYPE_ERROR: case TYPE_NEVER:
    case TYPE_INT: case TYPE_FLOAT: case TYPE_BOOL: case TYPE_STRING:
    case TYPE_SIZE: case TYPE_DURATION: case TYPE_TIME: case TYPE_BYTES:
        return true;
    case TYPE_STRUCT:
        return t->has_order;
    case TYPE_LIST:
        return type_is_ordered(t->item);
    case TYPE_TUPLE:
        for (size_t i = 0; i < t->fields.count; i++) {
            if (!type_is_ordered(t->fields.items[i].type))
                return false;
        }
        return true;
    default:
        return false;
    }
}

/* ---- what goes where ------------------------------------------------------------- */

static bool same_shape(const Type *a, const Type *b);

static bool same_fields(const Type *a, const Type *b)
{
    if (a->fields.count != b->fields.count)
        return false;
    for (size_t i = 0; i < a->fields.count; i++) {
        if (!same_shape(a->fields.items[i].type, b->fields.items[i].type))
            return false;
    }
    return true;
}

static bool same_args(const Type *a, const Type *b)
{
    for (size_t i = 0; i < a->args.count; i++) {
        if (!same_shape(a->args.items[i], b->args.items[i]))
            return false;
    }
    return true;
}

/* Equal but for errors anywhere inside, and for the names of a function's parameters. */
static bool same_shape(const Type *a, const Type *b)
{
    if (a == b || a->kind == TYPE_ERROR || b->kind == TYPE_ERROR)
        return true;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case TYPE_LIST: case TYPE_OPTION:
        return same_shape(a->item, b->item);
    case TYPE_MAP:
        return same_shape(a->key, b->key) && same_shape(a->item, b->item);
    case TYPE_TUPLE:
        return type_has_error(a) || type_has_error(b) ? same_fields(a, b) : false;
    case TYPE_FN:
        return same_fields(a, b) && same_shape(a->item, b->item);
    case TYPE_STRUCT: case TYPE_ENUM:
        return a->generic && a->generic == b->generic && same_args(a, b);
    default:
        return false;
    }
}

bool type_same(const Type *a, const Type *b)
{
    return same_shape(a, b);
}

bool type_assignable(const Type *from, const Type *to)
{
    if (from->kind == TYPE_NEVER || same_shape(from, to))
        return true;
    if (from->kind == TYPE_INT && to->kind == TYPE_FLOAT)
        return true;
    if (to->kind != TYPE_OPTION)
        return false;
    return to->item == from || (from->kind != TYPE_OPTION && type_assignable(from, to->item));
}
