/* SPDX-License-Identifier: Apache-2.0 */
/* build.h - what the grammar's actions call: one constructor a node.
 *
 * Only flow.y, ast.c, parse.c and syntax_error.c include it.  Lists grow while they are read, and
 * the constructor that takes one copies it into the tree: the list is used again, so the tree has
 * no room that nothing fills.  A NULL list is an empty one.  A
 * constructor that finds a node too deep, or its closing bracket missing, answers with an error
 * node. */
#ifndef FLOW_SYNTAX_BUILD_H
#define FLOW_SYNTAX_BUILD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/vec.h"
#include "source/diag.h"
#include "syntax/ast.h"
#include "syntax/lexer.h"

typedef struct TypeItem {
    Ident name; /* of a tuple's part; name.len 0 without */
    TypeExpr *type;
} TypeItem;

typedef struct Pair {
    Expr *key, *value;
} Pair;

#define LISTS(X)                                                                                   \
    X(IdentVec, Ident)                                                                             \
    X(AnnotationVec, Annotation)                                                                   \
    X(ParamVec, Param)                                                                             \
    X(GenericVec, Generic)                                                                         \
    X(CaseVec, EnumCase)                                                                           \
    X(StmtVec, Stmt *)                                                                             \
    X(ExprVec, Expr *)                                                                             \
    X(ArgVec, Arg)                                                                                 \
    X(PartVec, StringPart)                                                                         \
    X(ArmVec, MatchArm)                                                                            \
    X(PatternVec, Pattern *)                                                                       \
    X(TypeVec, TypeItem)                                                                           \
    X(PairVec, Pair)

#define X(List, Item)                                                                              \
    typedef struct List {                                                                          \
        Item *items;                                                                               \
        size_t len, cap;                                                                           \
        struct List *spare; /* while it is one: the next */                                        \
    } List;
LISTS(X)
#undef X

/* Lists that have been taken. */
typedef struct Spares {
#define X(List, Item) List *List;
    LISTS(X)
#undef X
} Spares;

/* Of `if` and `while`; in the arena, as another may be read before it is used. */
typedef struct Condition {
    Pattern *pattern; /* of `let PATTERN = value`, or NULL */
    Expr *value;
} Condition;

typedef struct Opening {
    uint8_t quotes; /* how many on each side */
    bool is_raw;
} Opening;

/* What a symbol of the grammar carries: no more than fits into a register, since each rule copies
 * one.  Names and texts carry nothing: they are given by their place. */
typedef union Value {
    int64_t integer;
    double real;
    Opening opening;
    Op op;
    const Str *script; /* `text` of the token */
    const Condition *condition;
    Decl *decl;
    Stmt *stmt;
    Block *block;
    Expr *expr;
    TypeExpr *type;
    Pattern *pattern;
    IdentVec *names;
    AnnotationVec *annotations;
    ParamVec *params;
    GenericVec *generics;
    CaseVec *cases;
    StmtVec *stmts;
    ExprVec *exprs;
    ArgVec *args;
    PartVec *parts;
    ArmVec *arms;
    PatternVec *patterns;
    TypeVec *types;
    PairVec *pairs;
    const Annotation *annotation; /* these are in `made` of the Parser */
    const Param *param;
    const Generic *generic;
    const EnumCase *enum_case;
    const MatchArm *arm;
} Value;

/* One item of a list, from when it is made until the list takes it, which comes next. */
typedef union Made {
    Annotation annotation;
    Param param;
    Generic generic;
    EnumCase enum_case;
    MatchArm arm;
} Made;

struct flow_pstate;

typedef struct Parser {
    Arena *arena;
    DiagList *diags;
    const Source *text;
    uint32_t source;
    Lexer lexer;
    Token previous; /* the last token that was fed; of the plain parser nothing */
    Token current;  /* the one that is being fed; of the plain parser `kind` and `is_missing` */
    VEC(Decl *) decls;
    Decl *flow;
    Made made;
    Spares spares;
    bool is_for_one; /* the text ends behind the first declaration that is whole */
    uint32_t type_end; /* where the `}` of a `{string: int}` stands that is open; 0: of none */
    bool has_deep;   /* that something is nested too deeply was said */
} Parser;

/* ---- flow.y, of which two parsers are made ---- */

/* The plain one: 0 where it came to the end of the text. */
int flow_plain_parse(Parser *p);
int flow_plain_lex(Value *value, Span *at, Parser *p);

/* The careful one: was the last token dropped, on the way out of an error? */
bool flow_is_dropping(const struct flow_pstate *ps);
/* Would it take a token of this kind now, other than to leave an error behind? */
bool flow_takes(struct flow_pstate *ps, Parser *p, int token);
/* Is there little room left on its stack? */
bool flow_is_deep(const struct flow_pstate *ps);

/* ---- messages: syntax_error.c ---- */

/* The tokens that could have come, some of which are spoken of together. */
typedef struct Expected {
    uint64_t tokens[4]; /* a set of token kinds, less 256; END is left out */
    bool has_end;
    const char *names[192]; /* of each kind in the set */
} Expected;

void expected_add(Expected *e, int token, const char *name);
bool expected_has(const Expected *e, int token);
void parser_unexpected(Parser *p, Span at, const char *found, const Expected *expected);
void parser_too_deep(Parser *p, Span at);

/* ---- foreign.c ---- */

/* What is written otherwise elsewhere; NULL, without a message, where it is nothing known. */
Diag *foreign_mistake(Parser *p, Span at, const Expected *e);
/* Does the line that a place lies in begin with this word? */
bool foreign_line_begins(const Parser *p, uint32_t at, const char *word);
/* The `{` that this `:` at the end of a line is meant to be. */
Token foreign_block(Parser *p, Token colon);
/* Where a type is to come: the `[` that this `{` of `{string: int}` is meant to be. */
Token foreign_map_type(Parser *p, Token brace);
/* Does this token begin another statement on the line of the one before? */
bool foreign_begins_statement(const Parser *p, const Token *t);
void foreign_two_statements(Parser *p, const Token *second);

/* The list is done with. */
#define GIVE_BACK(p, T, list)                                                                      \
    ((list)->len = 0, (list)->spare = (p)->spares.T, (void)((p)->spares.T = (list)))

/* A list becomes an array of the tree. */
#define TAKE(p, T, array, list)                                                                    \
    do {                                                                                           \
        if (list) {                                                                                \
            size_t size = (list)->len * sizeof *(list)->items;                                     \
            (array).items = arena_copy((p)->arena, (list)->items, size);                           \
            (array).count = (list)->len;                                                           \
            GIVE_BACK(p, T, list);                                                                 \
        }                                                                                          \
    } while (0)

/* The body of the functions below. */
#define APPEND(p, T, v, ...)                                                                       \
    do {                                                                                           \
        if (!(v) && (p)->spares.T) {                                                               \
            (v) = (p)->spares.T;                                                                   \
            (p)->spares.T = (v)->spare;                                                            \
        } else if (!(v)) {                                                                         \
            (v) = arena_new((p)->arena, T);                                                        \
        }                                                                                          \
        vec_push((p)->arena, (v), __VA_ARGS__);                                                    \
        return (v);                                                                                \
    } while (0)

/* ---- lists: each appends, makes the list where it is NULL, and returns it ---- */

IdentVec *vec_of_ident(Parser *p, IdentVec *v, Span name);
AnnotationVec *vec_of_annotation(Parser *p, AnnotationVec *v, const Annotation *x);
ParamVec *vec_of_param(Parser *p, ParamVec *v, const Param *x);
GenericVec *vec_of_generic(Parser *p, GenericVec *v, const Generic *x);
CaseVec *vec_of_case(Parser *p, CaseVec *v, const EnumCase *x);
StmtVec *vec_of_stmt(Parser *p, StmtVec *v, Stmt *x);
ExprVec *vec_of_expr(Parser *p, ExprVec *v, Expr *x);
ArgVec *vec_of_arg(Parser *p, ArgVec *v, Span name, Expr *value);
ArmVec *vec_of_arm(Parser *p, ArmVec *v, const MatchArm *x);
PatternVec *vec_of_pattern(Parser *p, PatternVec *v, Pattern *x);
TypeVec *vec_of_type(Parser *p, TypeVec *v, Span name, TypeExpr *type);
PairVec *vec_of_pair(Parser *p, PairVec *v, Expr *key, Expr *value);
PartVec *vec_of_text(Parser *p, PartVec *v, Span text);
PartVec *vec_of_value(Parser *p, PartVec *v, Span span, Expr *value);
PartVec *vec_of_formatted(Parser *p, PartVec *v, Span span, Expr *value, Span format);

/* ---- declarations ---- */

/* What is written there; (Span){0} is no name. */
static inline Ident ident_at(const Parser *p, Span at)
{
    return (Ident){{p->text->text.ptr + at.start, at.end - at.start}, at};
}

void parser_add(Parser *p, Decl *d);
Param *param_new(Parser *p, Span name, TypeExpr *type, Expr *fallback, bool is_var);
Param *param_untyped(Parser *p, Span name, Expr *fallback, bool is_var); /* says what is missing */
Generic *generic_new(Parser *p, Span name, Span ability);
EnumCase *case_new(Parser *p, Span name, ParamVec *params);
Annotation *annotation_new(Parser *p, Span span, Span name, ArgVec *args);
Decl *decl_new(Parser *p, DeclKind kind, Span span, Span name);
Decl *decl_typed(Parser *p, DeclKind kind, Span span, Span name, TypeExpr *type);
Decl *decl_value(Parser *p, Span span, Decl *head, Expr *value);
Decl *decl_import(Parser *p, Span span, IdentVec *path, Span alias);
Decl *decl_struct(Parser *p, Span span, Span name, GenericVec *generics, ParamVec *fields);
Decl *decl_enum(Parser *p, Span span, Span name, GenericVec *generics, CaseVec *cases);
Decl *decl_fn(Parser *p, Span span, Span name, GenericVec *generics, ParamVec *params,
              TypeExpr *result, Block *block);
Decl *decl_extern(Parser *p, Span span, Span name, ParamVec *params, TypeExpr *result, Expr *from);
Decl *decl_step(Parser *p, DeclKind kind, Span span, Span name, ParamVec *items, Block *block);
Decl *decl_test(Parser *p, Span span, Expr *name, Block *block);
Decl *decl_annotated(Parser *p, AnnotationVec *annotations, Decl *d);

/* ---- types and patterns ---- */

TypeExpr *type_expr_of(Parser *p, TypeExprKind kind, Span span, TypeExpr *first, TypeExpr *second);
TypeExpr *type_expr_name(Parser *p, Span span, Span module, Span name, TypeVec *args);
TypeExpr *type_expr_option(Parser *p, Span span, TypeExpr *base);
TypeExpr *type_expr_fn(Parser *p, Span span, TypeVec *params, TypeExpr *result);
TypeExpr *type_expr_tuple(Parser *p, Span span, TypeVec *parts); /* of one part: that part */
TypeExpr *type_expr_union(Parser *p, Span span, TypeExpr *left, TypeExpr *right);

Pattern *pattern_new(Parser *p, PatternKind kind, Span span);
Pattern *pattern_name(Parser *p, Span span, Span name); /* a case if it begins with a capital */
Pattern *pattern_none(Parser *p, Span span);
Pattern *pattern_case(Parser *p, Span span, Span name, PatternVec *parts);
Pattern *pattern_tuple(Parser *p, Span span, PatternVec *parts);
/* A tuple that lacks its parentheses, which is reported; `first` may be NULL. */
Pattern *pattern_bare(Parser *p, Span span, Pattern *first, PatternVec *rest);
Pattern *pattern_literal(Parser *p, Expr *literal);
Pattern *pattern_or(Parser *p, Span span, Pattern *left, Pattern *right);

/* ---- statements ---- */

Block *block_new(Parser *p, Span span, Span close, StmtVec *stmts);
/* A body whose parameters are not known: nothing is said about what stands in it. */
Block *block_lost(Parser *p, const Block *body);
Stmt *stmt_error(Parser *p, Span span);
Stmt *stmt_expr(Parser *p, Span span, Expr *value);
Stmt *stmt_value(Parser *p, StmtKind kind, Span span, Span keyword, Expr *value);
Stmt *stmt_leave(Parser *p, Span span, Span keyword, Expr *leave);
Stmt *stmt_head(Parser *p, StmtKind kind, Span keyword, Pattern *pattern, TypeExpr *declared);
Stmt *stmt_bound(Parser *p, Stmt *head, Span span, Expr *value);
Stmt *stmt_unbound(Parser *p, Stmt *head, Span span, Span error); /* its value cannot be read */
Stmt *stmt_keep_name(Parser *p, Span span, Span keyword, Span name);
Stmt *stmt_assign(Parser *p, Span span, Expr *target, Op op, Span op_span, Expr *value);
Stmt *stmt_for(Parser *p, Span span, Span keyword, Pattern *pattern, Expr *list, Block *block);
Stmt *stmt_while(Parser *p, Span span, Span keyword, const Condition *condition, Block *block);
Stmt *stmt_next(Parser *p, Span span, Span keyword, IdentVec *targets, Expr *foreach);

/* ---- expressions ---- */

Expr *expr_new(Parser *p, ExprKind kind, Span span);
Expr *expr_error(Parser *p, Span span);
Expr *expr_name(Parser *p, Span name);
Expr *expr_integer(Parser *p, ExprKind kind, Span span, int64_t value);
Expr *expr_real(Parser *p, Span span, double value);
Expr *expr_bool(Parser *p, Span span, bool value);
Expr *expr_string(Parser *p, Span span, Opening begin, PartVec *parts);
/* What a string says that holds no values; reports one that does. */
Str expr_plain_text(Parser *p, const Expr *e);
Expr *expr_paren(Parser *p, Span span, ArgVec *args, bool has_comma);
Expr *expr_list(Parser *p, Span span, ExprVec *items);
Expr *expr_map(Parser *p, Span span, PairVec *pairs);
Expr *expr_field(Parser *p, Span span, Expr *base, Span name, bool is_optional);
Expr *expr_call(Parser *p, Span span, Expr *base, ArgVec *args);
Expr *expr_index(Parser *p, Span span, Expr *base, ExprVec *indices);
Expr *expr_unary(Parser *p, Span span, Op op, Span op_span, Expr *operand);
Expr *expr_binary(Parser *p, Span span, Op op, Expr *left, Span op_span, Expr *right);
Expr *expr_compare(Parser *p, Span span, Op op, Expr *left, Span op_span, Expr *right);
Expr *expr_range(Parser *p, Span span, Expr *left, Expr *right, bool is_closed);
Param *param_parts(Parser *p, Span span, Pattern *parts); /* of a closure: `(a, b)` */
Expr *expr_closure(Parser *p, Span span, ParamVec *params, Expr *body); /* EXPR_BLOCK: a block */
Expr *expr_if(Parser *p, Span span, const Condition *condition, Block *block, Expr *otherwise);
const Condition *condition_new(Parser *p, Pattern *pattern, Expr *value);
MatchArm *arm_new(Parser *p, Span span, Pattern *pattern, Expr *guard, Expr *value);
MatchArm *arm_error(Parser *p, Span span);
Expr *expr_match(Parser *p, Span span, Expr *value, ArmVec *arms);
Expr *expr_try_else(Parser *p, Span span, Expr *value, Expr *otherwise);
Expr *expr_try_catch(Parser *p, Span span, Block *block, Span name, Block *handler);
Expr *expr_block(Parser *p, Block *block);
Expr *expr_of_stmt(Parser *p, Stmt *stmt); /* a block of this statement */
Expr *expr_leave(Parser *p, ExprKind kind, Span span, Expr *value);
Expr *expr_script(Parser *p, Span span, Span language, ArgVec *inputs, ParamVec *results,
                  Span text_span, Str text);
Expr *expr_script_from(Parser *p, Span span, Span language, ArgVec *inputs, ParamVec *results,
                       Expr *from);

#endif
