/* SPDX-License-Identifier: Apache-2.0 */
/* check_generic.h - generic functions: their types, and the instances that calls make of them. */
#ifndef SEMA_CHECK_GENERIC_H
#define SEMA_CHECK_GENERIC_H

#include "sema/check.h"

/* Types the signature of a generic function, for its calls and for its own body. */
void check_open_generics(Checker *c, Decl *decl);
/* What a type parameter of the function at hand stands for, or NULL. */
const Type *check_generic_type(const Checker *c, Str name);
const Type *check_call_generic(Checker *c, Expr *e, Decl *decl, Expr *receiver, const Type *want);

/* check_decl.c: the types of a function's parameters and result. */
void check_signature(Checker *c, Decl *decl);

#endif
