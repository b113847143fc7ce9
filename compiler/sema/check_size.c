/* SPDX-License-Identifier: Apache-2.0 */
/* check_size.c - how large a value is by itself, and that none is too large.
 *
 * Structs, tuples, enums and options hold their parts directly, so a few dozen types that hold
 * one another twice would fill any memory.  Lists, maps and texts hold theirs elsewhere, but the
 * names of types that are put together of others in place grow as fast, and with them whatever
 * looks at such a type. */
#include "sema/check.h"

enum {
    SIZE_MAX_BYTES = 64 * 1024, /* several of them stand on the stack of a thread at a time */
    NAME_MAX_BYTES = 8000,
    SLOT_BYTES = 8,
};

/* Of what holds one that is too large: that one alone is told of. */
#define NO_SIZE (UINT64_MAX / 2)

static uint64_t size_of(Checker *c, const Type *t);

static uint64_t sum_of_fields(Checker *c, const Type *t)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < t->fields.count && sum < NO_SIZE; i++)
        sum += size_of(c, t->fields.items[i].type);
    return sum;
}

static uint64_t largest_case(Checker *c, const Type *t)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < t->fields.count; i++) {
        uint64_t size = size_of(c, t->fields.items[i].type);
        largest = size > largest ? size : largest;
    }
    return SLOT_BYTES + largest;
}

static uint64_t count_bytes(Checker *c, const Type *t)
{
    switch (t->kind) {
    case TYPE_OPTION: return t->is_boxed ? SLOT_BYTES : SLOT_BYTES + size_of(c, t->item);
    case TYPE_TUPLE:
    case TYPE_STRUCT: return sum_of_fields(c, t);
    case TYPE_ENUM: return largest_case(c, t);
    default: return SLOT_BYTES;
    }
}

static bool is_declared(const Type *t)
{
    return t->kind == TYPE_STRUCT || t->kind == TYPE_ENUM;
}

/* Nearly what C takes. */
static uint64_t size_of(Checker *c, const Type *t)
{
    Type *noted = type_to_fill(c->types, t);
    if (!noted->size) {
        uint64_t size = count_bytes(c, t);
        noted->size = 1 + (size < NO_SIZE ? size : NO_SIZE);
    }
    uint64_t size = noted->size - 1;
    return is_declared(t) && size > SIZE_MAX_BYTES ? NO_SIZE : size;
}

/* `t`, or what its lists and maps hold, if that is too large. */
static const Type *too_large_in(Checker *c, const Type *t)
{
    for (; t; t = t->item) {
        const Type *key = t->key ? too_large_in(c, t->key) : NULL;
        if (key || size_of(c, t) > SIZE_MAX_BYTES)
            return key ? key : t;
    }
    return NULL;
}

static void say_too_large(Checker *c, Span span, const Type *t)
{
    Str what = is_declared(t)
                   ? str_printf(c->arena, "%s `%.*s`", type_article(t), STR_ARG(t->name))
                   : STR("a value of this type");
    Diag *d = diag_error(c->m->diags, F0329, span,
                         "%.*s would take %llu KB by itself; at most %d KB is possible",
                         STR_ARG(what), (unsigned long long)((t->size - 1) / 1024),
                         SIZE_MAX_BYTES / 1024);
    diag_help(d, "hold parts of it in a list or a map: those keep what they hold elsewhere");
}

static void say_too_long(Checker *c, Span span)
{
    Diag *d = diag_error(c->m->diags, F0329, span,
                         "this type is put together of too many others");
    diag_help(d, "declare a `struct` for a part of it");
}

const Type *check_size(Checker *c, Span span, const Type *t)
{
    const Type *large = too_large_in(c, t);
    bool is_long = t->name.len > NAME_MAX_BYTES;
    if (!large && !is_long)
        return t;
    if (type_names_error(t) || (large && large->size - 1 >= NO_SIZE))
        return c->error;
    if (is_long)
        say_too_long(c, span);
    else if (!is_declared(large))
        say_too_large(c, span, large);
    return c->error;
}

static void check_declared(Checker *c, const Decl *decl)
{
    const Type *t = decl->checked_type;
    if (size_of(c, t) > SIZE_MAX_BYTES && t->size - 1 < NO_SIZE)
        say_too_large(c, decl->name.span, t);
}

void check_sizes(Checker *c)
{
    const Model *m = c->m;
    for (size_t i = 0; i < m->structs.len; i++)
        check_declared(c, m->structs.items[i]);
    for (size_t i = 0; i < m->enums.len; i++)
        check_declared(c, m->enums.items[i]);
    for (size_t i = 0; i < m->made.len; i++)
        check_declared(c, m->made.items[i]);
}
