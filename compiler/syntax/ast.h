/* SPDX-License-Identifier: Apache-2.0 */
/* ast.h - the tree that the parser builds and the checker annotates.
 *
 * Nodes live in the compilation's arena and are never freed singly.  Spans are
 * byte ranges.  Names are slices of the source text.  What the parser could not
 * read is an EXPR_ERROR, STMT_ERROR or is left out of its list: a message was
 * given.  Fields under "set by the checker" are zero after parsing. */
#ifndef SYNTAX_AST_H
#define SYNTAX_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "source/source.h"

typedef struct Expr Expr;
typedef struct Stmt Stmt;
typedef struct Block Block;
typedef struct Decl Decl;
typedef struct TypeExpr TypeExpr;
typedef struct Pattern Pattern;
typedef struct Type Type;      /* sema/type.h */
typedef struct Binding Binding; /* sema/model.h */
typedef struct Builtin Builtin; /* sema/builtin.h */

typedef struct Ident {
    Str name;
    Span span;
} Ident;

/* Passes recurse over the tree: no expression has more levels below it than this. */
#define AST_MAX_DEPTH 1000

/* Arrays in the arena: `items[count]`. */
#define AST_LIST(T) struct { T *items; size_t count; }
typedef AST_LIST(Expr *) ExprList;
typedef AST_LIST(Stmt *) StmtList;
typedef AST_LIST(Ident) IdentList;

/* ---- types as written -------------------------------------------------- */

typedef enum TypeExprKind {
    TYPE_EXPR_ERROR,
    TYPE_EXPR_NAME,     /* Found, int, T, graph.Graph (path), table[Row] (args) */
    TYPE_EXPR_LIST,     /* [T]        args[0] */
    TYPE_EXPR_MAP,      /* [K: V]     args[0], args[1] */
    TYPE_EXPR_TUPLE,    /* (T, U), (low: T, high: T)   args, names (name.len 0: unnamed) */
    TYPE_EXPR_OPTION,   /* T?         args[0] */
    TYPE_EXPR_FN,       /* fn(T) -> U  args are the parameters, result */
    TYPE_EXPR_UNION     /* [good | poor] without its list: good | poor (args) */
} TypeExprKind;

struct TypeExpr {
    TypeExprKind kind;
    Span span;
    Ident module; /* NAME: what stands before the dot, or name.len 0 */
    Ident name;
    AST_LIST(TypeExpr *) args;
    IdentList names;
    TypeExpr *result; /* FN: NULL when it gives nothing */
};

/* ---- patterns (let, for, match, if let) --------------------------------- */

typedef enum PatternKind {
    PATTERN_ERROR,
    PATTERN_WILDCARD, /* _ */
    PATTERN_NAME,     /* binds `name` */
    PATTERN_LITERAL,  /* `literal` */
    PATTERN_CASE,     /* Circle(r), some(x), none; parts */
    PATTERN_TUPLE,    /* (a, b), parts */
    PATTERN_OR        /* A | B, parts */
} PatternKind;

struct Pattern {
    PatternKind kind;
    Span span;
    Ident name;
    Expr *literal;
    AST_LIST(Pattern *) parts;
    Binding *binding; /* set by the checker: NAME */
    const Type *type; /* set by the checker */
    uint32_t index;   /* set by the checker: CASE of an enum */
};

/* ---- expressions -------------------------------------------------------- */

typedef enum ExprKind {
    EXPR_ERROR,
    EXPR_INT,      /* int_value */
    EXPR_FLOAT,    /* float_value */
    EXPR_BOOL,     /* int_value 0 or 1 */
    EXPR_SIZE,     /* int_value in bytes */
    EXPR_DURATION, /* int_value in ns */
    EXPR_STRING,   /* parts: text and interpolations in turn */
    EXPR_NONE,
    EXPR_NAME,  /* name */
    EXPR_FIELD, /* base.name, base?.name (is_optional); also module.f and all.field */
    EXPR_CALL,  /* base(args): base is a NAME, a FIELD (method or module call), or any expression */
    EXPR_INDEX, /* base[args…]; an arg that is an open range (EXPR_RANGE) makes it a slice */
    EXPR_UNARY, /* op, left: OP_NEG, OP_NOT */
    EXPR_BINARY,  /* op, left, right */
    EXPR_RANGE,   /* left..right; is_closed for ..=; an end left out is NULL (in an index only) */
    EXPR_LIST,    /* items */
    EXPR_MAP,     /* keys and items side by side */
    EXPR_TUPLE,   /* args (named parts carry names) */
    EXPR_CLOSURE, /* params (type may be NULL), body_expr or block */
    EXPR_IF,      /* condition, or pattern = condition; block; else_expr: IF, BLOCK, NULL */
    EXPR_MATCH,   /* condition, arms */
    EXPR_TRY_ELSE,  /* left else right */
    EXPR_TRY_CATCH, /* block, catch_name, catch_block */
    EXPR_BLOCK,     /* block */
    EXPR_FAIL,      /* `x ?? fail "…"`: left is the message */
    EXPR_RETURN,    /* `x ?? return y`: left or NULL */
    EXPR_SCRIPT     /* script */
} ExprKind;

typedef enum Op {
    OP_NONE,
    OP_ADD, OP_SUB, OP_MUL, OP_FDIV /* / */, OP_IDIV /* div */, OP_MOD, OP_POW, OP_MATMUL,
    OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_IN, OP_NOT_IN,
    OP_AND, OP_OR, OP_COALESCE /* ?? */,
    OP_NEG, OP_NOT
} Op;

typedef struct Arg {
    Ident name; /* name.len 0 when not named */
    Expr *value;
} Arg;
typedef AST_LIST(Arg) ArgList;

/* One piece of a string: text (escapes resolved), or a value with a format ("" for none). */
typedef struct StringPart {
    Span span;
    Str text;
    Expr *value; /* NULL: text */
    Str format;
    Span format_span;
} StringPart;
typedef AST_LIST(StringPart) PartList;

typedef struct Param {
    Ident name;
    TypeExpr *type;  /* NULL: inferred (closures; `param x = 1`) */
    Expr *fallback;  /* default, or NULL */
    bool is_var;
    Pattern *parts;   /* CLOSURE: `(a, b)`, bound by a `let` at the head of its block; or NULL */
    Binding *binding; /* set by the checker */
} Param;
typedef AST_LIST(Param) ParamList;

typedef struct MatchArm {
    Pattern *pattern;
    Expr *guard; /* or NULL */
    Expr *value;
    Span span;
} MatchArm;

typedef struct Script {
    Ident language;
    ArgList inputs;
    AST_LIST(Param) results; /* name and type */
    Str text;                /* raw, dedented */
    Str from;                /* a file's path instead of text, or len 0 */
    Span text_span;

    /* set by the checker */
    const Type *input_type, *result_type; /* named tuples; NULL: there are none */
    uint32_t from_source;                 /* of `from` in the SourceSet */
} Script;

/* What a name, field or call turned out to be. */
typedef enum RefKind {
    REF_NONE,
    REF_LOCAL,     /* binding: a let, var, parameter of a function or closure, loop variable */
    REF_ARTIFACT,  /* binding: the step's own keep, or an artifact, item, parameter of the flow or
                      input of the join read by name */
    REF_CONST,     /* decl: a top-level let */
    REF_FN,        /* decl: a function of the program */
    REF_BUILTIN,   /* builtin */
    REF_STRUCT,    /* decl: a struct's name, called to make one */
    REF_CASE,      /* decl: an enum, field: the index of its case, called or alone */
    REF_WITH,      /* a copy of base->base with the fields in call_args changed */
    REF_MODULE,    /* decl: an import */
    REF_FIELD,     /* field: index in the struct, tuple or step record */
    REF_VALUE      /* a call of a closure value: base is an ordinary expression */
} RefKind;

/* What only a few kinds of expressions have, beside what shares a place in Expr. */
typedef struct ExprMore {
    Expr *condition, *else_expr, *body_expr;
    Pattern *pattern; /* if let */
    ExprList keys;
    ParamList params;
    Block *block, *catch_block;
    Ident catch_name;
    AST_LIST(MatchArm) arms;
    Script *script;

    /* set by the checker */
    AST_LIST(Binding *) captures; /* CLOSURE: locals and artifacts of outside that it uses */
    Binding *catch_binding;
} ExprMore;

/* Half of what is parsed is expressions, so they are packed.  What shares a place is there in the
 * kinds that are named alone: ask for the kind, or use expr_args and its kin, which ask. */
struct Expr {
    ExprKind kind : 8;
    Op op : 8;
    RefKind ref : 8; /* set by the checker */
    bool is_closed : 1, is_optional : 1, is_parenthesised : 1;
    bool is_method : 1; /* set by the checker; CALL: base is x.f with f a function: base->base is
                           the first argument */
    uint16_t depth;     /* of the tree below, bounded by AST_MAX_DEPTH */
    Span span;
    uint32_t field;       /* set by the checker */
    const Type *type;     /* set by the checker; NULL before: type of the value */
    const ExprMore *more; /* never NULL; set through expr_more */
    Expr *base, *left, *right;
    union {
        int64_t int_value;
        double float_value;
        Ident name;      /* NAME, FIELD */
        Span op_span;    /* UNARY, BINARY */
        ExprList items;  /* LIST, MAP */
        PartList parts;  /* STRING */
        struct {
            ArgList args; /* CALL, INDEX, TUPLE */
            /* CALL of a function, builtin or struct; set by the checker */
            Expr **call_args; /* one a parameter, in its order; NULL where the parameter's default
                                 is taken; the receiver first */
            const Type **call_types; /* what each of those takes here, generics filled in */
        };
    };

    /* set by the checker */
    Binding *binding;
    Decl *decl;
    const Builtin *builtin;
    uint32_t call_arg_count; /* 0 but in a CALL */
};

/* Of any kind: empty where it has none. */
static inline ArgList expr_args(const Expr *e)
{
    bool has = e->kind == EXPR_CALL || e->kind == EXPR_INDEX || e->kind == EXPR_TUPLE;
    return has ? e->args : (ArgList){0};
}

static inline ExprList expr_items(const Expr *e)
{
    return e->kind == EXPR_LIST || e->kind == EXPR_MAP ? e->items : (ExprList){0};
}

static inline PartList expr_parts(const Expr *e)
{
    return e->kind == EXPR_STRING ? e->parts : (PartList){0};
}

bool decl_changes_argument(const Decl *fn); /* it has a `var` parameter */

extern const ExprMore expr_no_more;
/* To write to: `e` gets one of its own, with what it had. */
ExprMore *expr_more(Arena *a, Expr *e);

/* ---- statements ---------------------------------------------------------- */

typedef enum StmtKind {
    STMT_ERROR,
    STMT_EXPR,       /* value; also `if` and `match` as statements */
    STMT_LET,        /* let pattern (: type)? = value */
    STMT_VAR,        /* var */
    STMT_KEEP,       /* keep name = value; keep (a, b) = value; keep name  (value NULL) */
    STMT_ASSIGN,     /* target op= value; op OP_NONE for = */
    STMT_FOR,        /* for pattern in value block */
    STMT_WHILE,      /* while value block; while let pattern = value */
    STMT_BREAK,
    STMT_CONTINUE,
    STMT_RETURN,     /* value or NULL */
    STMT_FAIL,       /* value */
    STMT_NEXT,       /* targets; foreach when value is set */
    STMT_CHECKPOINT, /* every value */
    STMT_ASSERT      /* value */
} StmtKind;

struct Stmt {
    StmtKind kind;
    Op op;
    Span span;
    Span keyword_span;
    Pattern *pattern;
    TypeExpr *declared; /* `: T`, or NULL */
    Expr *target;
    Expr *value;
    Block *block;
    IdentList targets;

    /* set by the graph */
    uint32_t edge; /* NEXT: index in the step's edges */
};

struct Block {
    Span span;      /* with its braces */
    Span close;     /* the closing brace */
    StmtList stmts;
    uint16_t depth;   /* of the tree below */
    const Type *type; /* set by the checker: of its last expression, or unit */
};

/* ---- declarations --------------------------------------------------------- */

typedef enum DeclKind {
    DECL_ERROR,
    DECL_FLOW,      /* flow NAME */
    DECL_IMPORT,    /* import a.b as c: path, name is the last part or the alias */
    DECL_PARAM,     /* param name (: type)? (= value)? */
    DECL_LET,       /* a constant */
    DECL_POOL,      /* pool name = base(args) */
    DECL_STRUCT,    /* params are the fields */
    DECL_ENUM,      /* cases */
    DECL_FN,        /* params, result, block; generics */
    DECL_EXTERN_FN, /* params, result, from */
    DECL_STEP,      /* annotations, params are the items, block */
    DECL_JOIN,      /* annotations, params are the inputs (of steps, lists or unions), block */
    DECL_TEST  /* text, block */
} DeclKind;

typedef struct Annotation {
    Ident name;
    ArgList args;
    Span span;
} Annotation;

typedef struct EnumCase {
    Ident name;
    ParamList params;
} EnumCase;

typedef struct Generic {
    Ident name;
    Ident ability; /* or name.len 0 */
} Generic;

struct Decl {
    DeclKind kind;
    Span span;     /* the head: from its first word to before its block */
    Ident name;
    Str doc;       /* joined lines of ///, or len 0 */
    IdentList path;
    TypeExpr *type;
    Expr *value;
    ParamList params;
    TypeExpr *result; /* NULL: gives nothing */
    AST_LIST(Generic) generics;
    AST_LIST(EnumCase) cases;
    AST_LIST(Annotation) annotations;
    Block *block;
    Str text;      /* EXTERN_FN: from; TEST: its name */

    /* set by the checker */
    const Type *checked_type; /* STRUCT: the struct; FN: its fn type; PARAM, LET: of the value */
    AST_LIST(const Type *) param_types; /* FN, EXTERN_FN, STRUCT */
    const Type **generic_types;    /* generic: what its type parameters stand for in it */
    const Type *pattern;           /* generic: its type over TYPE_VARs, for calls */
    const Type *result_type;
    struct StepModel *step;        /* STEP, JOIN: sema/model.h */
    uint32_t from_source;          /* EXTERN_FN: its C file in the SourceSet; 0: not read */
    Binding *binding;              /* PARAM, LET */
    bool is_checked, is_used;
    bool is_broken;                /* its head was not read as a whole: what it lacks is lost */
    bool is_endless;               /* generic STRUCT, ENUM, FN: needs itself of ever larger types */
};

/* In the order of the text, with their marks. */
typedef struct Comment {
    Span span;
    bool is_doc; /* begins with three slashes */
} Comment;

typedef struct AstFile {
    uint32_t source;      /* index in the SourceSet */
    AST_LIST(Decl *) decls;
    Decl *flow;           /* the DECL_FLOW, or NULL: a library */
    AST_LIST(Comment) comments;
} AstFile;

#endif
