/* SPDX-License-Identifier: Apache-2.0 */
/* ways.h - which ways lead through a body, by its form alone.
 *
 * Something "falls" when control can get behind it: not behind `next`, `return`, `fail`, `break`,
 * `continue`, nor behind `while true` without a `break`.  Requires only the parsed tree. */
#ifndef SEMA_WAYS_H
#define SEMA_WAYS_H

#include "syntax/ast.h"

bool expr_falls(const Expr *e);
bool stmt_falls(const Stmt *s);
bool block_falls(const Block *b);

/* Where the way that gets through `b` does so: an `if` without an else, or the closing brace of
 * the innermost block. */
Span block_falls_at(const Block *b);

/* Calls back for what an expression or statement consists of, one level down, in order. */
typedef struct Visitor {
    void *self;
    void (*on_expr)(void *self, Expr *e);
    void (*on_block)(void *self, Block *b);
} Visitor;
void expr_visit(const Visitor *v, Expr *e);
void stmt_visit(const Visitor *v, Stmt *s);

#endif
