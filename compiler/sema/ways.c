/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/ways.h"

/* ---- going through the tree ------------------------------------------------------ */

static void visit_expr(const Visitor *v, Expr *e)
{
    if (e)
        v->on_expr(v->self, e);
}

static void visit_block(const Visitor *v, Block *b)
{
    if (b)
        v->on_block(v->self, b);
}

void expr_visit(const Visitor *v, Expr *e)
{
    visit_expr(v, e->base);
    visit_expr(v, e->more->condition);
    visit_expr(v, e->left);
    visit_expr(v, e->right);
    ArgList args = expr_args(e);
    for (size_t i = 0; i < args.count; i++)
        visit_expr(v, args.items[i].value);
    ExprList items = expr_items(e);
    for (size_t i = 0; i < items.count; i++) {
        if (i < e->more->keys.count)
            visit_expr(v, e->more->keys.items[i]);
        visit_expr(v, items.items[i]);
    }
    PartList parts = expr_parts(e);
    for (size_t i = 0; i < parts.count; i++)
        visit_expr(v, parts.items[i].value);
    for (size_t i = 0; i < e->more->arms.count; i++) {
        visit_expr(v, e->more->arms.items[i].guard);
        visit_expr(v, e->more->arms.items[i].value);
    }
    visit_expr(v, e->more->body_expr);
    visit_block(v, e->more->block);
    visit_expr(v, e->more->else_expr);
    visit_block(v, e->more->catch_block);
}

void stmt_visit(const Visitor *v, Stmt *s)
{
    visit_expr(v, s->target);
    visit_expr(v, s->value);
    visit_block(v, s->block);
}

/* ---- breaks ---------------------------------------------------------------------- */

static void find_break_in_block(void *self, Block *b);

static void find_break_in_expr(void *self, Expr *e)
{
    Visitor v = {self, find_break_in_expr, find_break_in_block};
    if (e->kind != EXPR_CLOSURE)
        expr_visit(&v, e);
}

static void find_break_in_block(void *self, Block *b)
{
    bool *found = self;
    Visitor v = {self, find_break_in_expr, find_break_in_block};
    for (size_t i = 0; i < b->stmts.count; i++) {
        Stmt *s = b->stmts.items[i];
        if (s->kind == STMT_BREAK)
            *found = true;
        else if (s->kind != STMT_FOR && s->kind != STMT_WHILE)
            stmt_visit(&v, s);
    }
}

static bool has_break(Block *b)
{
    bool found = false;
    find_break_in_block(&found, b);
    return found;
}

/* ---- falling --------------------------------------------------------------------- */

static bool args_fall(const Expr *e)
{
    ArgList args = expr_args(e);
    for (size_t i = 0; i < args.count; i++) {
        if (!expr_falls(args.items[i].value))
            return false;
    }
    return true;
}

/* A match covers everything, so one of its arms is taken. */
static bool arms_fall(const Expr *e)
{
    for (size_t i = 0; i < e->more->arms.count; i++) {
        if (expr_falls(e->more->arms.items[i].value))
            return true;
    }
    return e->more->arms.count == 0;
}

bool expr_falls(const Expr *e)
{
    if (!e)
        return true;
    switch (e->kind) {
    case EXPR_FAIL: case EXPR_RETURN:
        return false;
    case EXPR_IF:
        return expr_falls(e->more->condition) &&
               (block_falls(e->more->block) || !e->more->else_expr ||
                expr_falls(e->more->else_expr));
    case EXPR_MATCH:
        return expr_falls(e->more->condition) && arms_fall(e);
    case EXPR_BLOCK:
        return block_falls(e->more->block);
    case EXPR_TRY_ELSE:
        return expr_falls(e->left) || expr_falls(e->right);
    case EXPR_TRY_CATCH:
        return block_falls(e->more->block) || block_falls(e->more->catch_block);
    case EXPR_BINARY:
        if (e->op == OP_AND || e->op == OP_OR || e->op == OP_COALESCE)
            return expr_falls(e->left);
        return expr_falls(e->left) && expr_falls(e->right);
    case EXPR_UNARY:
        return expr_falls(e->left);
    case EXPR_CALL: case EXPR_INDEX:
        return expr_falls(e->base) && args_fall(e);
    case EXPR_FIELD:
        return expr_falls(e->base);
    default:
        return true;
    }
}

static bool is_endless(const Stmt *s)
{
    return !s->pattern && s->value && s->value->kind == EXPR_BOOL && s->value->int_value &&
           !has_break(s->block);
}

bool stmt_falls(const Stmt *s)
{
    switch (s->kind) {
    case STMT_RETURN: case STMT_FAIL: case STMT_NEXT: case STMT_BREAK: case STMT_CONTINUE:
        return false;
    case STMT_WHILE:
        return !is_endless(s);
    case STMT_ERROR:
        return true;
    case STMT_ASSIGN:
        return s->op == OP_COALESCE || expr_falls(s->value);
    default:
        return expr_falls(s->value);
    }
}

bool block_falls(const Block *b)
{
    for (size_t i = 0; b && i < b->stmts.count; i++) {
        if (!stmt_falls(b->stmts.items[i]))
            return false;
    }
    return true;
}

static Span if_falls_at(const Expr *e)
{
    const Expr *other = e->more->else_expr;
    if (block_falls(e->more->block))
        return block_falls_at(e->more->block);
    if (!other)
        return e->span;
    if (other->kind == EXPR_IF)
        return if_falls_at(other);
    return other->more->block ? block_falls_at(other->more->block) : other->span;
}

Span block_falls_at(const Block *b)
{
    if (!b->stmts.count)
        return b->close;
    const Stmt *last = b->stmts.items[b->stmts.count - 1];
    if (last->kind == STMT_EXPR && last->value && last->value->kind == EXPR_IF)
        return if_falls_at(last->value);
    return b->close;
}
