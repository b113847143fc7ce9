/* SPDX-License-Identifier: Apache-2.0 */
/* check_generic.h - generic functions and types, and the instances that are made of them. */
#ifndef SEMA_CHECK_GENERIC_H
#define SEMA_CHECK_GENERIC_H

#include "sema/check_call.h"

/* ---- check_generic.c ------------------------------------------------------------- */

/* Types the signature of a generic function, for its calls and for its own body. */
void check_open_generics(Checker *c, Decl *decl);
/* What the type parameters stand for in calls, and within the declaration. */
const Type **check_generic_vars(Checker *c, Decl *decl);
const Type **check_generic_opaque(Checker *c, Decl *decl);
/* What a type parameter of the declaration at hand stands for, or NULL. */
const Type *check_generic_type(const Checker *c, Str name);
/* Says which of `types` lacks the ability that its parameter asks for. */
bool check_say_unable(Checker *c, Span use, const Decl *decl, size_t i, const Type *type);
/* What a call told about the type parameters; false after a message about one that it did not,
 * or that lacks its ability. */
bool check_generics_found(Checker *c, const Expr *e, const Decl *decl, const BuiltinCall *call);
/* Names one instance of a declaration among all. */
Str check_instance_key(Checker *c, const Decl *decl, const Type *const *types);
/* A type of such length was made by something that never ends. */
bool check_is_too_long(const Decl *decl, const Type *const *types);
const Type *check_call_generic(Checker *c, Expr *e, Decl *decl, Expr *receiver, const Type *want);

/* ---- check_generic_type.c -------------------------------------------------------- */

/* Reads the declarations of generic structs and enums; before any other type. */
void check_open_types(Checker *c);
/* The struct or enum with `args` in place of its type parameters; an error, said at `use`, where
 * that never ends. */
const Type *check_made_type(Checker *c, Decl *decl, const Type *const *args, Span use);
/* `Pair[int, string]` as it is written, of a generic declaration. */
const Type *check_named_type(Checker *c, const TypeExpr *t, Decl *decl);
/* `Pair[A, B]`, as it was declared. */
Str check_arguments_text(Checker *c, const Decl *decl);
/* The type of a name that stands for no generic one; an error where it has type arguments. */
const Type *check_no_type_arguments(Checker *c, const TypeExpr *t, const Type *type);
/* Makes a value: of a struct, or of case `index` of an enum. */
const Type *check_call_made(Checker *c, Expr *e, Decl *decl, uint32_t index, const Type *want);
/* Whether the arguments of such a call leave some type parameter open: then what is wanted must
 * tell it. */
bool check_is_untold(Checker *c, const Expr *call, const Decl *decl, uint32_t index);
/* The type of a case that carries nothing; what it is only `want` can tell. */
const Type *check_case_made(Checker *c, Expr *e, Decl *decl, const Type *want);

/* ---- check_decl.c ---------------------------------------------------------------- */

/* The types of a function's parameters and result. */
void check_signature(Checker *c, Decl *decl);
/* Fields and cases of a type; whether it holds itself; the defaults of its fields. */
void check_type_parts(Checker *c, Decl *decl);
void check_type_recursion(Checker *c, Decl *decl);
void check_type_defaults(Checker *c, Decl *decl);

/* ---- check_call.c ---------------------------------------------------------------- */

/* Holds arguments against parameters whose types are known. */
const Type *check_call_plain(Checker *c, Expr *e, const Callee *f, Expr *receiver);

#endif
