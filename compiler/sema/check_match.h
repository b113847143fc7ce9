/* SPDX-License-Identifier: Apache-2.0 */
/* check_match.h - between check_match.c, cover.c and those who meet patterns and cases. */
#ifndef SEMA_CHECK_MATCH_H
#define SEMA_CHECK_MATCH_H

#include "sema/check.h"

/* The enum with a case of that name: the wanted one, else the first of the file; or NULL. */
Decl *check_find_case(Checker *c, Str name, const Type *want, uint32_t *index);
Decl *check_find_case_in(const FileScope *scope, Str name, uint32_t *index);
/* The enum that a bare name stands for, as in `Shape.Circle`, or NULL. */
Decl *check_find_enum(Checker *c, const Expr *base);
/* Whether it has a case of that name, without a message. */
bool check_has_case(const Decl *decl, Str name, uint32_t *index);
/* Its case of that name; false after a message. */
bool check_case_of(Checker *c, const Decl *decl, Ident name, uint32_t *index);
/* A case that is named, not called. */
const Type *check_case_alone(Checker *c, Expr *e, Decl *decl, uint32_t index, const Type *want);

/* A pattern that may not fit; its names are declared. */
void check_fitting_pattern(Checker *c, Pattern *p, const Type *type);
bool check_is_refutable(const Pattern *p);
const Type *check_match(Checker *c, Expr *e, bool has_value, const Type *want);

/* cover.c: says what no arm covers, and which arms can never be taken. */
void check_cover(Checker *c, const Expr *match, const Type *type);

#endif
