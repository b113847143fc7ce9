/* SPDX-License-Identifier: Apache-2.0 */
/* The table of built-in functions, made from the signatures of builtin.def.  A signature is
 * read by recursive descent; a single capital letter is a type parameter, numbered in the order
 * of first sight. */
#include "sema/builtin.h"

#include <assert.h>
#include <ctype.h>

struct BuiltinTable {
    Builtin rows[BUILTIN_COUNT_OF];
    Map first;   /* "module.name" -> Builtin * */
    Map modules; /* name -> itself */
    Arena *arena;
};

/* ---- signatures ------------------------------------------------------------------ */

enum { FIELDS_MAX = 8 };

typedef struct Reader {
    const char *at;
    TypeTable *types;
    Builtin *builtin;
    char vars[BUILTIN_VARS_MAX];
    uint32_t var_count;
} Reader;

static bool accept(Reader *r, const char *token)
{
    while (*r->at == ' ')
        r->at++;
    size_t len = strlen(token);
    if (strncmp(r->at, token, len) != 0)
        return false;
    r->at += len;
    return true;
}

static void demand(Reader *r, const char *token)
{
    bool is_there = accept(r, token);
    assert(is_there);
    (void)is_there;
}

static Str read_word(Reader *r)
{
    while (*r->at == ' ')
        r->at++;
    const char *start = r->at;
    while (isalnum((unsigned char)*r->at) || *r->at == '_')
        r->at++;
    return (Str){start, (size_t)(r->at - start)};
}

static const Type *read_type(Reader *r);

static const Type *read_var(Reader *r, Str name)
{
    uint32_t index = 0;
    while (index < r->var_count && r->vars[index] != name.ptr[0])
        index++;
    if (index == r->var_count) {
        assert(index < BUILTIN_VARS_MAX);
        r->vars[r->var_count++] = name.ptr[0];
    }
    if (accept(r, ": ordered"))
        r->builtin->is_ordered[index] = true;
    return type_var(r->types, index, name);
}

static const Type *read_name(Reader *r)
{
    static const TypeKind named[] = {TYPE_INT,  TYPE_FLOAT,    TYPE_BOOL, TYPE_STRING,
                                     TYPE_SIZE, TYPE_DURATION, TYPE_TIME,
                                     TYPE_BYTES, TYPE_JSON,    TYPE_SECRET};
    Str name = read_word(r);
    if (name.len == 1 && isupper((unsigned char)name.ptr[0]))
        return read_var(r, name);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        const Type *type = type_base(r->types, named[i]);
        if (str_eq(type->name, name))
            return type;
    }
    if (str_eq(type_matrix(r->types)->name, name))
        return type_matrix(r->types);
    assert(!"a type in builtin.def that does not exist");
    return NULL;
}

static const Type *read_list_or_map(Reader *r)
{
    const Type *first = read_type(r);
    const Type *type = NULL;
    if (accept(r, ":"))
        type = type_map(r->types, first, read_type(r));
    else
        type = type_list(r->types, first);
    demand(r, "]");
    return type;
}

static const Type *read_tuple(Reader *r)
{
    TypeField fields[FIELDS_MAX] = {0};
    size_t count = 0;
    do
        fields[count++].type = read_type(r);
    while (accept(r, ","));
    demand(r, ")");
    return type_tuple(r->types, fields, count);
}

/* After `fn(`.  Parameters of the signature itself are named, those of its closures are not. */
static const Type *read_fn(Reader *r, bool is_named)
{
    TypeField fields[FIELDS_MAX] = {0};
    size_t count = 0;
    while (!accept(r, ")")) {
        if (count)
            demand(r, ",");
        assert(count < FIELDS_MAX);
        if (is_named) {
            if (accept(r, "var "))
                r->builtin->has_var_receiver = true;
            fields[count].name = read_word(r);
            demand(r, ":");
        }
        fields[count++].type = read_type(r);
    }
    const Type *result = accept(r, "->") ? read_type(r) : type_base(r->types, TYPE_UNIT);
    return type_fn(r->types, fields, count, result);
}

static const Type *read_type(Reader *r)
{
    const Type *type = NULL;
    if (accept(r, "["))
        type = read_list_or_map(r);
    else if (accept(r, "("))
        type = read_tuple(r);
    else if (accept(r, "fn("))
        type = read_fn(r, false);
    else
        type = read_name(r);
    while (accept(r, "?"))
        type = type_option(r->types, type);
    return type;
}

static void read_signature(Builtin *b, TypeTable *types)
{
    Reader r = {.at = b->signature, .types = types, .builtin = b};
    demand(&r, "fn(");
    b->type = read_fn(&r, true);
    assert(*r.at == '\0');
}

/* ---- the table ------------------------------------------------------------------- */

static const Builtin rows[BUILTIN_COUNT_OF] = {
#define X(ID, MODULE, NAME, SIGNATURE, VERSION)                                                    \
    {.id = BUILTIN_##ID,                                                                           \
     .module = MODULE,                                                                             \
     .name = NAME,                                                                                 \
     .signature = SIGNATURE,                                                                       \
     .version = VERSION},
#include "sema/builtin.def"
};

static Str key_of(const BuiltinTable *t, Str module, Str name)
{
    return str_printf(t->arena, "%.*s.%.*s", STR_ARG(module), STR_ARG(name));
}

BuiltinTable *builtin_table_new(Arena *a, TypeTable *types)
{
    BuiltinTable *t = arena_new(a, BuiltinTable);
    t->arena = a;
    map_init(&t->first, a);
    map_init(&t->modules, a);
    for (size_t i = 0; i < BUILTIN_COUNT_OF; i++) {
        Builtin *b = &t->rows[i];
        *b = rows[i];
        read_signature(b, types);
        Str module = str_from(b->module);
        Str key = key_of(t, module, str_from(b->name));
        if (!map_has(&t->first, key))
            map_put(&t->first, key, b);
        if (module.len)
            map_put(&t->modules, module, b);
    }
    return t;
}

const Builtin *builtin_find(const BuiltinTable *t, Str module, Str name)
{
    return map_get(&t->first, key_of(t, module, name));
}

const Builtin *builtin_next_overload(const BuiltinTable *t, const Builtin *b)
{
    for (size_t i = (size_t)(b - t->rows) + 1; i < BUILTIN_COUNT_OF; i++) {
        const Builtin *other = &t->rows[i];
        if (strcmp(other->name, b->name) == 0 && strcmp(other->module, b->module) == 0)
            return other;
    }
    return NULL;
}

bool builtin_module_exists(const BuiltinTable *t, Str module)
{
    return module.len && map_has(&t->modules, module);
}

size_t builtin_count(const BuiltinTable *t)
{
    (void)t;
    return BUILTIN_COUNT_OF;
}

const Builtin *builtin_get(const BuiltinTable *t, size_t index)
{
    return &t->rows[index];
}
