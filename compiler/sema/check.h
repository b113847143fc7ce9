/* SPDX-License-Identifier: Apache-2.0 */
/* check.h - between the files of the checker.
 *
 * Types go both ways: each check of an expression takes the type that is wanted, or NULL, and
 * gives the one that it found.  A wanted type helps where the text alone does not say (`[]`,
 * `none`, a closure's parameters, a whole number where a float is wanted); whether the found one
 * fits is the business of check_as.  What went wrong has TYPE_ERROR, which fits everywhere. */
#ifndef SEMA_CHECK_H
#define SEMA_CHECK_H

#include "sema/model.h"
#include "sema/scope.h"
#include "source/suggest.h"

typedef enum BodyKind {
    BODY_STEP,
    BODY_FN,
    BODY_CONST, /* a constant, a default: sees constants and functions */
    BODY_POLICY /* an argument of an annotation: constants, parameters, items */
} BodyKind;

/* The closure around the expression that is being checked. */
typedef struct ClosureFrame {
    struct ClosureFrame *outer;
    size_t base;        /* locals from here on are its own */
    const Type *result; /* NULL: as its first result says */
    VEC(Binding *) captures;
} ClosureFrame;

typedef struct Checker {
    Model *m;
    Arena *arena;
    TypeTable *types;
    FileScope *scope; /* the file of the body that is being checked */
    BodyKind body;
    StepModel *step;        /* STEP, POLICY */
    const Type *result;     /* FN: what it gives; UNIT for nothing */
    const Decl *generic;    /* FN: the generic function whose body or signature this is, or NULL */
    VEC(Binding *) locals;  /* innermost last; with the step's inputs and keeps so far */
    size_t block_base;      /* locals from here on are of the innermost block */
    ClosureFrame *closure;
    uint32_t loops;         /* around, within the closure */
    uint32_t depth;         /* of blocks, to tell a body's own from those in it */
    const Stmt *bound;      /* the last `let`, `var` or `keep` whose value tells its type */
    Map complained;         /* names about which this body had a message already */
    uint32_t made_depth;    /* of generic types that are made within each other */
    bool *is_caught;        /* by artifact: some step keeps it under @catch */
    const Type *error, *unit, *never, *int_, *float_, *bool_, *string, *size, *duration;
} Checker;

typedef VEC(const Type *) TypeVec;

/* ---- check_decl.c ---------------------------------------------------------------- */

/* A type as written; TYPE_ERROR after a message. */
const Type *check_type(Checker *c, const TypeExpr *t);
/* The type of a constant, which is checked on first use. */
const Type *check_constant(Checker *c, Decl *decl, Span use);
/* Starts and ends a body of its own: nothing of the one before is seen in it. */
typedef struct SavedBody {
    Checker saved;
} SavedBody;
SavedBody check_enter_body(Checker *c, BodyKind kind, Span place);
void check_leave_body(Checker *c, const SavedBody *before);
/* Says that this version lacks something. */
void check_unsupported(Checker *c, Span span, const char *what);

/* ---- check_slashes.c ------------------------------------------------------------- */

/* Warns of a comment behind a statement that ends in `value`, where it was to divide that. */
void check_meant_division(Checker *c, Span stmt, const Expr *value);

/* ---- check_foreign.c ------------------------------------------------------------- */

/* An extern function, after its signature: its types, and that its file is there. */
void check_extern(Checker *c, Decl *decl);
const Type *check_script(Checker *c, Expr *e);
/* Reads a file that stands beside the .flow file of `place`; 0 after a message. */
uint32_t check_foreign_file(Checker *c, Span place, Str name);

/* ---- check_size.c ---------------------------------------------------------------- */

/* The type of an expression; TYPE_ERROR where it is too large, after a message. */
const Type *check_size(Checker *c, Span span, const Type *t);
/* The same of all structs and enums, once all that are made of generic ones are known. */
void check_sizes(Checker *c);

/* ---- check_stmt.c ---------------------------------------------------------------- */

/* Statements one after another, in a scope of their own.  With `has_value` the last expression
 * is the block's value; `want` may be NULL. */
const Type *check_block(Checker *c, Block *b, bool has_value, const Type *want);
/* An expression whose value goes nowhere. */
void check_dropped(Checker *c, Expr *e);
/* Binds the names of a pattern to the parts of a value. */
void check_pattern(Checker *c, Pattern *p, const Type *type, bool is_mutable);

/* ---- check_name.c ---------------------------------------------------------------- */

Binding *check_declare(Checker *c, Ident name, const Type *type, bool is_mutable);
/* Of a function or a closure. */
Binding *check_declare_param(Checker *c, Ident name, const Type *type, bool is_var);
/* Says so if the name hides another that is in sight; a keep may follow one of the same name, and
 * was held against the file's names before. */
void check_hiding(Checker *c, Ident name, const char *what, bool is_keep);
size_t check_open_scope(Checker *c);
/* Warns about locals that nothing used. */
void check_close_scope(Checker *c, size_t mark);
/* A value by its bare name. */
const Type *check_name(Checker *c, Expr *e, bool is_called);
/* A function of a file as a value; the error type after a message where it can only be called. */
const Type *check_function_value(Checker *c, Expr *e, Decl *decl);
/* Whether a value of that name is in reach, without a message. */
bool check_has_value(Checker *c, Str name);
/* The type of a value by its bare name, without a message; NULL: there is none. */
const Type *check_value_type(Checker *c, Str name);
/* The slot of an artifact in the step, made on first use. */
Binding *check_slot(Checker *c, const Sight *sight);
/* The sight of `name` if it is sure; else NULL after a message. */
const Sight *check_sure_sight(Checker *c, Ident name);
/* Counts the locals in an expression that is not checked as used. */
void check_use_names(Checker *c, Expr *e);
/* check_secret.c: what would be done with a secret. */
typedef enum SecretUse {
    SECRET_KEPT,
    SECRET_SHOWN,
    SECRET_COMPARED,
    SECRET_KEY,
    SECRET_GENERIC,
    SECRET_CARRIED,
    SECRET_RESULT,
    SECRET_READ
} SecretUse;
/* Where a value of this type holds a secret: says that it cannot, and is true. */
bool check_say_secret(Checker *c, Span span, const Type *t, SecretUse use);
/* The import that a name stands for in this place, or NULL. */
Decl *check_import_of(Checker *c, const Expr *e);
/* Whether nothing was said about an unknown name in this body so far. */
bool check_complain_once(Checker *c, Str name);
/* What could not be read may have made the names in it. */
void check_forgive_names(Checker *c, Span span);
void check_unknown_name(Checker *c, Ident name, bool is_called);
/* Whether something can be assigned to; else a message: "cannot `verb`…". */
bool check_place(Checker *c, Expr *target);
Expr *check_root_of(Expr *target); /* `xs` of `xs[i].f` */
/* All of a record's artifacts are wanted, for each record in the type. */
void check_use_whole(Checker *c, const Type *t);

/* ---- elsewhere.c -------------------------------------------------------------- */

/* What Flow writes for a word of other languages, or NULL. */
const char *foreign_word_help(Str name);
/* That help, with the edit where one word takes the place of the name. */
void help_foreign_word(Diag *d, Ident name, const char *help, bool is_called);
/* Help and edit that import the module, unless it is; false where the place is in no flow's own
 * file. */
bool edit_import(const Model *m, Diag *d, Str module);
/* What Flow calls a function of a value elsewhere: `ours`, or else how to do without it. */
bool foreign_method(Str name, Str *ours, const char **help);
/* How to do to a map or a text what the function of that name does to lists; NULL for others. */
const char *list_function_help(Str name, const Type *found);
/* A module of Python that people ask for. */
bool foreign_module(Str name);
/* Says that `step` has a local of that name, and how it is kept; false where it has none. */
bool say_local_of(const Model *m, const StepModel *step, Diag *d, Str name);
/* Says which step has a local of that name, if one other than `here` does. */
bool say_local_elsewhere(const Model *m, const StepModel *here, Diag *d, Str name);

/* ---- check_expr.c, check_field.c, check_op.c, check_call.c ----------------------- */

const Type *check_expr(Checker *c, Expr *e, const Type *want);
/* The same, and a message if it does not fit. */
const Type *check_as(Checker *c, Expr *e, const Type *want);
/* The message, to add to; NULL where it is one of its own. */
Diag *check_mismatch(Checker *c, const Expr *e, const Type *found, const Type *want);
void check_condition(Checker *c, Expr *e);
/* The same of an expression that was found to be `t`. */
void check_is_condition(Checker *c, const Expr *e, const Type *t);
/* What both fit into, or NULL. */
const Type *check_common(Checker *c, const Type *a, const Type *b);
/* `[]`, `none`, a closure without types: nothing but the place tells their type. */
bool check_needs_want(Checker *c, const Expr *e);
/* Says that a value is needed where there is none. */
bool check_has_any(Checker *c, const Expr *e, const Type *t);
const Type *check_closure(Checker *c, Expr *e, const Type *want);
const Type *check_field(Checker *c, Expr *e, const Type *want);
/* The same where its base was checked, and found to be a value of type t. */
const Type *check_field_of(Checker *c, Expr *e, const Type *t);
/* Sorted by index, each once. */
void check_add_record_field(Checker *c, struct Record *r, Artifact *a);
const Type *check_index(Checker *c, Expr *e);
const Type *check_unary(Checker *c, Expr *e, const Type *want);
const Type *check_binary(Checker *c, Expr *e, const Type *want);
/* The result of an operator, or NULL after a message. */
const Type *check_operator(Checker *c, Op op, Span span, Expr *left, Expr *right);
const char *op_text(Op op);
const Type *check_call(Checker *c, Expr *e, const Type *want);

/* ---- check_format.c, check_policy.c ---------------------------------------------- */

/* The text after the colon of an interpolation. */
void check_format(Checker *c, const StringPart *part, const Type *type);
/* Annotations of the step. */
void check_policy(Checker *c);

#endif
