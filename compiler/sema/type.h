/* SPDX-License-Identifier: Apache-2.0 */
/* type.h - interned types: equal types are the same pointer.
 *
 * TYPE_ERROR stands for what could not be typed; it is assignable to and from
 * everything in silence, so that no message follows from another. */
#ifndef SEMA_TYPE_H
#define SEMA_TYPE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "syntax/ast.h"

typedef enum TypeKind {
    TYPE_ERROR,
    TYPE_UNIT,   /* no value */
    TYPE_NEVER,  /* of `fail` and `return`: control does not come back; assignable to all */
    TYPE_INT,
    TYPE_FLOAT,
    TYPE_BOOL,
    TYPE_STRING,
    TYPE_SIZE,
    TYPE_DURATION,
    TYPE_TIME,
    TYPE_BYTES,
    TYPE_JSON,
    TYPE_SECRET,
    TYPE_LIST,   /* item */
    TYPE_MAP,    /* key, item */
    TYPE_OPTION, /* item */
    TYPE_TUPLE,  /* fields, names may be empty */
    TYPE_STRUCT, /* decl, fields; equal by declaration */
    TYPE_ENUM,   /* decl; fields are the cases, each a tuple of its values; equal by declaration */
    TYPE_RECORD, /* what a step leaves behind; equal by the set of steps; fields in model.h */
    TYPE_FN,     /* params are fields, item is the result */
    TYPE_VAR     /* a type parameter of a builtin's signature, by index */
} TypeKind;

typedef struct TypeField {
    Str name;
    const Type *type;
    Span span;
} TypeField;

struct Type {
    TypeKind kind;
    uint32_t id;        /* dense, in the order of making */
    const Type *item;   /* LIST, MAP value, OPTION, FN result */
    const Type *key;    /* MAP */
    AST_LIST(TypeField) fields;
    bool is_boxed;      /* OPTION: its payload leads back to it, so it lies elsewhere */
    bool is_opaque, has_order, has_key; /* STRUCT: a type parameter, within its function */
    bool is_matrix;     /* STRUCT: fields rows, cols, and one without a name, the numbers */
    Decl *decl;         /* STRUCT, ENUM; of an opaque one the function */
    Decl *generic;      /* STRUCT, ENUM: the generic declaration that it was made of, or NULL */
    AST_LIST(const Type *) args; /* … with these in place of its type parameters */
    struct Record *record; /* RECORD */
    uint32_t var;       /* VAR */
    uint64_t size;      /* in bytes, and 1; 0 where nobody has asked (check_size.c) */
    Str name;           /* as written: "[int]", "Found" */
};

typedef struct TypeTable TypeTable;
TypeTable *type_table_new(Arena *a);

/* The base types. */
const Type *type_base(TypeTable *t, TypeKind kind);
const Type *type_matrix(const TypeTable *t);
const Type *type_list(TypeTable *t, const Type *item);
const Type *type_map(TypeTable *t, const Type *key, const Type *value);
const Type *type_option(TypeTable *t, const Type *item);
const Type *type_tuple(TypeTable *t, const TypeField *fields, size_t count);
const Type *type_fn(TypeTable *t, const TypeField *params, size_t count, const Type *result);
const Type *type_var(TypeTable *t, uint32_t index, Str name);
/* A new struct type without fields; its declaration's fields are filled in by resolve. */
Type *type_struct_new(TypeTable *t, Decl *decl, Str name);
Type *type_enum_new(TypeTable *t, Decl *decl, Str name);
/* The same type, for its declaration's fields to be filled in. */
Type *type_to_fill(const TypeTable *t, const Type *of);
Type *type_record_new(TypeTable *t, struct Record *record, Str name);

/* "a" or "an", as stands before the type's name. */
const char *type_article(const Type *t);

bool type_is_error(const Type *t);
bool type_is_number(const Type *t);   /* int, float */
bool type_is_quantity(const Type *t); /* size, duration */
bool type_has_error(const Type *t);   /* anywhere inside */
bool type_has_record(const Type *t);  /* the same for what a step leaves behind */
bool type_has_var(const Type *t);     /* names a type parameter of a signature */
bool type_names_error(const Type *t); /* names what could not be typed, structs aside */
/* The same type, but for errors anywhere inside and names of a function's parameters. */
bool type_same(const Type *a, const Type *b);
/* What a `keep` may store: neither a function nor a secret anywhere inside. */
bool type_can_be_kept(const Type *t);
bool type_has_secret(const Type *t); /* anywhere inside; what a function takes does not count */
bool type_can_be_key(const Type *t);  /* compared exactly: no float, no function */
/* Numbers, quantities, time, string, bytes, bool, tuples and lists of those. */
bool type_is_ordered(const Type *t);
/* int to float, T to T?, NEVER and ERROR to all; else the same type. */
bool type_assignable(const Type *from, const Type *to);
/* All types made so far, in order of id: the emitter walks it. */
size_t type_count(const TypeTable *t);
const Type *type_get(const TypeTable *t, size_t id);

#endif
