/* SPDX-License-Identifier: Apache-2.0 */
/* lower.h - what the files of the lowering share.
 *
 * A Val is the value of an expression: a constant, a place that is borrowed, or a temporary that
 * the holder may move out of.  A borrowed place that is not stable may be changed by what is
 * evaluated next; val_hold makes a copy.
 *
 * `live` is the stack of locals that own something in the scopes that are open.  scope_close
 * drops those above a mark; a jump out of scopes drops them without closing (scope_drop).
 *
 * A destination (`dst`) holds nothing (zero bytes where it is counted) when it is handed over. */
#ifndef EMIT_LOWER_H
#define EMIT_LOWER_H

#include "emit/ir.h"

typedef struct Val {
    IrOperand op;
    bool is_owned;
    bool is_stable;
} Val;

/* What Binding.lowered points at. */
typedef struct Bound {
    IrPlace place;
    bool is_stable;
} Bound;

typedef struct Live {
    uint32_t local;
    bool is_moved;
} Live;

/* Where `break` and `continue` go. */
typedef struct Loop {
    struct Loop *outer;
    uint32_t leave, again;
    size_t mark;
} Loop;

/* Where `return` goes inside a closure that is written out in place. */
typedef struct Landing {
    IrPlace dst; /* IR_NOWHERE: gives nothing */
    uint32_t label;
    size_t mark;
} Landing;

typedef VEC(uint32_t) LocalVec;

/* `m[k] = … m.get(k) …`: where the look-up notes what it found. */
typedef struct Sought {
    const Binding *map, *key;
    IrPlace found;
} Sought;

typedef struct Lower {
    Arena *arena;
    Model *model;
    IrProgram *program;
    const Type *int_type, *float_type, *bool_type, *string_type, *unit_type;

    /* the function at hand; saved while a closure inside it is lowered */
    IrFunction *fn;
    StepModel *step;
    VEC(Live) live;
    size_t branch;     /* `live` below it is shared with other branches */
    LocalVec unused;   /* temporaries to use again */
    LocalVec *touched; /* inside a try: locals that may hold something when it fails */
    Loop *loop;
    Landing *landing;
    const Sought *sought; /* or NULL */
    uint32_t handler;
    uint32_t line;
    bool has_fixed_line;
    bool is_dead;   /* what comes next is never reached */
    IrInst nothing; /* where instructions that are never reached go */
} Lower;

/* ---- lower.c ------------------------------------------------------------------------ */

/* The function of a declaration; lowered later if it was not yet. */
IrFunction *lower_function_of(Lower *l, Decl *fn);
IrFunction *lower_constant_of(Lower *l, Decl *constant);
/* Lowers a closure literal to a function of its own; its captures in the order of `captures`. */
IrFunction *lower_closure_body(Lower *l, Expr *closure, const Type *captured);
/* A closure body that calls a function of the program. */
IrFunction *lower_thunk(Lower *l, Decl *fn, const Type *type);
void lower_note_builtin(Lower *l, const Builtin *b);
void lower_at(Lower *l, Span span);

/* ---- lower_place.c -------------------------------------------------------------------- */

static const IrPlace NOWHERE = {0};
static inline bool place_is_nowhere(IrPlace p)
{
    return p.base == IR_NOWHERE;
}

IrInst *emit(Lower *l, IrOp op);
IrInst *emit_to(Lower *l, IrOp op, IrPlace dst, IrOperand a);
void emit_binary(Lower *l, Op op, IrPlace dst, IrOperand a, IrOperand b);
IrInst *emit_runtime(Lower *l, IrRuntime fn, IrPlace dst, size_t count, const IrOperand *args);
#define RUNTIME(l, fn, dst, ...)                                                                   \
    emit_runtime((l), (fn), (dst), sizeof(IrOperand[]){__VA_ARGS__} / sizeof(IrOperand),           \
                 (IrOperand[]){__VA_ARGS__})
IrOperand *operand_array(Lower *l, size_t count);
void emit_callee(Lower *l, IrFunction *callee);

uint32_t label_new(Lower *l);
void emit_label(Lower *l, uint32_t label);
void emit_jump(Lower *l, uint32_t label);
/* Jumps when `a` (compared with b by `op`, unless OP_NONE) is `when`. */
void emit_branch(Lower *l, Op op, IrOperand a, IrOperand b, uint32_t label, bool when);
void emit_branch_on(Lower *l, IrOperand a, uint32_t label, bool when);
void emit_leave(Lower *l);

uint32_t local_new(Lower *l, IrLocalKind kind, const Type *type, Str name);
/* A local of the program's own, owned by the scope that is open. */
IrPlace local_declare(Lower *l, const Type *type, Str name);
IrPlace temp_new(Lower *l, const Type *type);
IrPlace pointer_new(Lower *l, const Type *type); /* the pointee */
IrPlace slot_new(Lower *l, const Type *type);    /* the pointee */
uint32_t text_new(Lower *l);
IrPlace pointer_itself(IrPlace pointee); /* the local that holds the pointer */

size_t scope_open(const Lower *l);
void scope_close(Lower *l, size_t mark);
void scope_drop(Lower *l, size_t mark);
bool scope_holds_counted(Lower *l, size_t mark);
size_t branch_open(Lower *l);
void branch_close(Lower *l, size_t before);

Val val_of(IrOperand op); /* a constant */
Val val_borrowed(IrPlace place, bool is_stable);
Val val_owned(IrPlace place);
/* A copy when the value is borrowed from what may change. */
Val val_hold(Lower *l, Val v);
/* A place, a temporary where it is a constant. */
Val val_place(Lower *l, Val v);
Val val_as(Lower *l, Val v, const Type *type);
IrOperand val_address(Lower *l, Val v);
/* Fills dst, which holds nothing, with a value of its type or one that fits it. */
void store(Lower *l, IrPlace dst, Val v);
/* Replaces what dst holds. */
void assign(Lower *l, IrPlace dst, Val v);
void bind(Lower *l, Binding *b, IrPlace place, bool is_stable);
/* Makes dst, an option that holds nothing, some(zero); the place of its payload. */
IrPlace option_fill(Lower *l, IrPlace dst);

/* ---- lower_expr.c ------------------------------------------------------------------------ */

Val lower_expr(Lower *l, Expr *e);
/* What a name stands for. */
Val lower_binding(Lower *l, Binding *b);
void lower_into(Lower *l, Expr *e, IrPlace dst);
void lower_effect(Lower *l, Expr *e);
Val lower_expr_as(Lower *l, Expr *e, const Type *type);
/* Where among the numbers of a matrix an element lies, checked. */
IrPlace lower_cell(Lower *l, IrPlace matrix, IrOperand row, IrOperand col);
/* Jumps to `label` when the condition is `when`. */
void lower_condition(Lower *l, Expr *e, uint32_t label, bool when);
bool expr_assigns(const Expr *e);
/* Values of several expressions, from left to right; NULLs are skipped. */
void lower_operands(Lower *l, Expr *const *exprs, size_t count, Val *out);
/* `try` and its handling; dst may be NOWHERE. */
void lower_try(Lower *l, Expr *e, IrPlace dst);
void lower_fail(Lower *l, Expr *message);
void lower_return(Lower *l, Expr *value);
/* if, blocks and their values. */
void lower_if(Lower *l, Expr *e, IrPlace dst);
void lower_text(Lower *l, Expr *e, IrPlace dst);
/* An expression or a block that may or may not be run, in a scope of its own. */
void lower_branch(Lower *l, Expr *value, Block *block, IrPlace dst);

/* ---- lower_op.c ------------------------------------------------------------------------ */

void lower_unary(Lower *l, Expr *e, IrPlace dst);
void lower_binary(Lower *l, Expr *e, IrPlace dst);
/* dst = a op b, both of the operands' common type; dst may be one of them. */
void lower_arithmetic(Lower *l, Op op, Val a, Val b, IrPlace dst);
bool op_is_comparison(Op op);
void lower_comparison(Lower *l, Op op, Val a, Val b, IrPlace dst);
/* Both sides made one type; true when they are scalars. */
bool lower_compared(Lower *l, Expr *e, Val *a, Val *b);

/* ---- lower_call.c ------------------------------------------------------------------------ */

Val lower_call(Lower *l, Expr *e);
void lower_call_into(Lower *l, Expr *e, IrPlace dst);
RefKind call_ref(const Expr *e);
const Builtin *call_builtin(const Expr *e);
void lower_closure(Lower *l, Expr *e, IrPlace dst);
void lower_function_value(Lower *l, Decl *fn, const Type *type, IrPlace dst);
void emit_call(Lower *l, IrFunction *fn, size_t count, const IrOperand *args, IrPlace dst);

/* A function given to a built-in one: written out in place, called by name, or as a value. */
typedef struct Callback {
    Expr *closure;
    Decl *fn;
    Val value;
    const Type *type;
} Callback;
Callback callback_open(Lower *l, Expr *e);
void callback_run(Lower *l, const Callback *c, size_t count, const Val *args, IrPlace dst);
/* Jumps to `label` when its answer, a bool, is `when`. */
void callback_test(Lower *l, const Callback *c, Val arg, uint32_t label, bool when);

/* The arguments of a call into the fields of dst; defaults where there are none. */
void lower_parts(Lower *l, Expr *e, const ParamList *declared, IrPlace dst);

/* ---- lower_match.c ----------------------------------------------------------------------- */

void lower_match(Lower *l, Expr *e, IrPlace dst);
/* Binds the names of a pattern to places in `place`, which lives as long as the scope; jumps to
 * `other` where it does not fit (0: it does). */
void lower_fitting_pattern(Lower *l, Pattern *p, IrPlace place, uint32_t other);
void lower_case(Lower *l, Expr *e, IrPlace dst);
void lower_with(Lower *l, Expr *e, IrPlace dst);
void lower_optional_call(Lower *l, Expr *e, IrPlace dst);

/* ---- lower_script.c ---------------------------------------------------------------------- */

void lower_script(Lower *l, Expr *e, IrPlace dst);

/* ---- lower_builtin.c, lower_loop.c ---------------------------------------------------------- */

void lower_builtin(Lower *l, Expr *e, const Builtin *b, IrPlace dst);
/* Built-ins that go over a list; false when it is none of them. */
bool lower_builtin_loop(Lower *l, Expr *e, const Builtin *b, IrPlace dst);
/* Element `index` of a list that is known to have it; borrowed. */
Val lower_sure_element(Lower *l, Val list, IrOperand index);
/* min_by and max_by as a borrowed element. */
Val lower_pick(Lower *l, Expr *e, const Builtin *b);

/* A walk over a list, held for its time:  walk_open … body … walk_close. */
typedef struct Walk {
    Val list;
    const Type *item;
    IrPlace index, length;
    Val element;
    uint32_t head, again, leave;
    size_t mark, branch;
    bool is_rejoined; /* `again` stands already */
} Walk;
void walk_open(Lower *l, Walk *w, Val list);
void walk_close(Lower *l, Walk *w);

/* ---- lower_stmt.c, lower_assign.c ---------------------------------------- */

/* The last expression's value goes to dst unless it is NOWHERE. */
void lower_block(Lower *l, Block *b, IrPlace dst);
void lower_stmt(Lower *l, Stmt *s);
/* Binds the names of a pattern to a value that lives as long as the scope. */
void lower_pattern(Lower *l, Pattern *p, Val v);
/* The same in the scope that is open. */
void lower_statements(Lower *l, Block *b, IrPlace dst);
void lower_assign(Lower *l, Stmt *s);

/* What is changed: first its indexes are evaluated (`later` is what comes between), then, when
 * nothing else is evaluated any more, the place is made ready to be written. */
typedef struct Target {
    Expr *expr;
    VEC(Val) indexes; /* innermost base first */
} Target;
Target target_begin(Lower *l, Expr *e, const Expr *later);
IrPlace target_open(Lower *l, const Target *target, bool may_insert);
void lower_next(Lower *l, StepModel *step, const Edge *edge, uint32_t way);
void lower_for(Lower *l, Stmt *s);

#endif
