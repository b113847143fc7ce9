/* SPDX-License-Identifier: Apache-2.0 */
/* check_call.h - between check_call.c and check_builtin.c. */
#ifndef SEMA_CHECK_CALL_H
#define SEMA_CHECK_CALL_H

#include "sema/check.h"

/* What is called, whichever kind it is. */
typedef struct Callee {
    Str name;
    const TypeField *fields; /* the parameters; unnamed for a closure */
    size_t count;
    const Type *result;
    const ParamList *declared; /* with defaults and `var`; NULL where there is none */
    const Builtin *builtin;
    Span place;
    bool has_place;
} Callee;

/* What type parameters turned out to be. */
typedef struct Vars {
    const Type *bound[BUILTIN_VARS_MAX];
} Vars;

/* A call of a function whose signature has type parameters. */
typedef struct BuiltinCall {
    Callee f;
    Expr **slots;
    Vars vars;
    const Type *want; /* of the result, or NULL */
} BuiltinCall;

/* check_builtin.c: holds the arguments against the parameters, and so finds the type parameters. */
bool check_call_arguments(Checker *c, BuiltinCall *call);
/* What no argument tells, the wanted result may. */
void check_call_result(BuiltinCall *call);

/* Shows what is called, too, where there is no other help. */
void check_argument_mismatch(Checker *c, const Callee *f, const Expr *arg, const Type *found,
                             const Type *want);
bool callee_has_default(const Callee *f, size_t i);

/* Puts receiver and arguments into `slots`, one a parameter, NULL where the default is taken. */
bool callee_arrange(Checker *c, const Callee *f, const Expr *e, Expr *receiver, Expr **slots,
                    bool is_quiet);
void callee_keep_args(Checker *c, Expr *e, const Callee *f, Expr **slots, const Type **types);
void check_var_argument(Checker *c, Expr *arg, const Type *want);
/* Says so where two of them are of one variable. */
void check_var_arguments_apart(Checker *c, const ParamList *params, Expr *const *slots);

/* Checks what was not checked yet without knowing what it is for: the call is wrong already. */
void check_args_blind(Checker *c, const Expr *e);

/* `first` is the first of the overloads. */
const Type *check_call_builtin(Checker *c, Expr *e, const Builtin *first, Expr *receiver,
                               const Type *want);
/* Whether a value of this type can be the first argument. */
bool callee_fits_receiver(Checker *c, const Builtin *b, const Type *t);
/* What `x.name(…)` calls where x is of this type; NULL where there is none. */
const Builtin *check_find_method(Checker *c, const Type *t, Str name);

/* Help for a function of `t` that other languages call by this name; false where there is none. */
bool check_foreign_method(Checker *c, Diag *d, Ident name, const Type *t, const char *call);

/* Help for a `?.` behind what is never none: a `.`; `args` stands behind the name in it. */
void check_fix_opener(Checker *c, Diag *d, const Expr *field, const char *args);

#endif
