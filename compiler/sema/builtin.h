/* SPDX-License-Identifier: Apache-2.0 */
/* builtin.h - the built-in functions, their signatures as types. */
#ifndef SEMA_BUILTIN_H
#define SEMA_BUILTIN_H

#include "sema/type.h"

typedef enum BuiltinId {
#define X(id, module, name, signature, version) BUILTIN_##id,
#include "sema/builtin.def"
    BUILTIN_COUNT_OF
} BuiltinId;

enum { BUILTIN_VARS_MAX = 8 };

struct Builtin {
    BuiltinId id;
    const char *module, *name, *signature;
    int version;
    /* parsed from the signature */
    const Type *type;          /* TYPE_FN over TYPE_VARs, parameter names as field names */
    bool has_var_receiver;
    bool is_ordered[BUILTIN_VARS_MAX]; /* per type parameter: must be ordered */
};

typedef struct BuiltinTable BuiltinTable;
BuiltinTable *builtin_table_new(Arena *a, TypeTable *types);

/* The first overload of a name, NULL if there is none; then the next one. */
const Builtin *builtin_find(const BuiltinTable *t, Str module, Str name);
const Builtin *builtin_next_overload(const BuiltinTable *t, const Builtin *b);
bool builtin_module_exists(const BuiltinTable *t, Str module);
/* All names of a module, for suggestions. */
size_t builtin_count(const BuiltinTable *t);
const Builtin *builtin_get(const BuiltinTable *t, size_t index);

#endif
