/* SPDX-License-Identifier: Apache-2.0 */
/* lower_stmt.c - statements: bindings, loops, leaving by `next`.
 *
 * Locals of a block are dropped where the block ends, so that each turn of a loop finds them
 * empty.  A loop variable is another name of the element, since the loop holds its list. */
#include "emit/lower.h"

/* ---- bindings ----------------------------------------------------------------------------- */

static void pattern_name(Lower *l, Pattern *p, Val v)
{
    Binding *b = p->binding;
    if (!b)
        return;
    v = val_as(l, v, b->type);
    if (v.op.kind == IR_PLACE && v.is_stable && !b->is_mutable) {
        bind(l, b, v.op.place, true);
        return;
    }
    IrPlace own = local_declare(l, b->type, b->name);
    store(l, own, v);
    bind(l, b, own, !b->is_mutable);
}

void lower_pattern(Lower *l, Pattern *p, Val v)
{
    if (p->kind == PATTERN_NAME) {
        pattern_name(l, p, v);
    } else if (p->kind == PATTERN_TUPLE) {
        v = val_place(l, v);
        for (uint32_t i = 0; i < p->parts.count; i++) {
            Val part = val_borrowed(ir_field(l->program, v.op.place, i), v.is_stable);
            lower_pattern(l, p->parts.items[i], part);
        }
    }
}

/* Parts of a tuple that is ours are names of places in it. */
static void bind_parts(Lower *l, Pattern *p, IrPlace place)
{
    if (p->kind == PATTERN_NAME && p->binding && p->binding->type == place.type) {
        bind(l, p->binding, place, !p->binding->is_mutable);
    } else if (p->kind == PATTERN_NAME && p->binding) {
        IrPlace own = local_declare(l, p->binding->type, p->name.name);
        store(l, own, val_borrowed(place, true));
        bind(l, p->binding, own, !p->binding->is_mutable);
    }
    for (uint32_t i = 0; p->kind == PATTERN_TUPLE && i < p->parts.count; i++)
        bind_parts(l, p->parts.items[i], ir_field(l->program, place, i));
}

static void declare_name(Lower *l, Pattern *p, Expr *value)
{
    Binding *b = p->binding;
    IrPlace own = local_declare(l, b->type, b->name);
    size_t mark = scope_open(l);
    lower_into(l, value, own);
    scope_close(l, mark);
    bind(l, b, own, !b->is_mutable);
}

static void lower_declaration(Lower *l, Stmt *s)
{
    Pattern *p = s->pattern;
    if (p->kind == PATTERN_NAME && p->binding) {
        declare_name(l, p, s->value);
        return;
    }
    if (p->kind != PATTERN_TUPLE) {
        size_t mark = scope_open(l);
        lower_effect(l, s->value);
        scope_close(l, mark);
        return;
    }
    IrPlace whole = local_declare(l, s->value->type, STR("parts"));
    size_t mark = scope_open(l);
    lower_into(l, s->value, whole);
    scope_close(l, mark);
    bind_parts(l, p, whole);
}

/* `keep x` alone begins with what was in sight. */
static void lower_takeover(Lower *l, Stmt *s)
{
    Binding *b = s->pattern->binding;
    IrPlace own = local_declare(l, b->type, b->name);
    for (uint32_t k = 0; k < l->step->slots.len; k++) {
        const Slot *slot = &l->step->slots.items[k];
        if (slot->kind != SLOT_VALUE || slot->read.artifact != b->artifact)
            continue;
        IrPlace place = {.base = IR_IN, .index = k, .base_type = slot->type, .type = slot->type};
        store(l, own, val_borrowed(place, true));
    }
    bind(l, b, own, false);
}

/* ---- loops ---------------------------------------------------------------------------------- */

/* What a turn makes above loop.mark is dropped where it ends, and by `break` and `continue`. */
static Loop loop_open(Lower *l, uint32_t again, uint32_t leave)
{
    return (Loop){.outer = l->loop, .leave = leave, .again = again, .mark = scope_open(l)};
}

static void loop_body(Lower *l, Loop *loop, Block *b)
{
    l->loop = loop;
    lower_block(l, b, NOWHERE);
    l->loop = loop->outer;
    scope_close(l, loop->mark);
    emit_label(l, loop->again);
}

static void while_let_head(Lower *l, Stmt *s, const Loop *loop)
{
    uint32_t some = label_new(l);
    Pattern *p = s->pattern;
    Val v = val_place(l, val_hold(l, lower_expr(l, s->value)));
    if (p->kind == PATTERN_CASE || p->kind == PATTERN_LITERAL || p->kind == PATTERN_OR) {
        uint32_t other = label_new(l);
        lower_fitting_pattern(l, p, v.op.place, other);
        emit_jump(l, some);
        emit_label(l, other);
        scope_drop(l, loop->mark);
        emit_jump(l, loop->leave);
        emit_label(l, some);
        return;
    }
    emit_branch_on(l, ir_place(ir_some(l->program, v.op.place)), some, true);
    scope_drop(l, loop->mark);
    emit_jump(l, loop->leave);
    emit_label(l, some);
    v.op = ir_place(ir_payload(l->program, v.op.place));
    v.is_owned = false;
    lower_pattern(l, p, v);
}

static void lower_while(Lower *l, Stmt *s)
{
    uint32_t head = label_new(l), leave = label_new(l), again = label_new(l);
    size_t before = branch_open(l);
    emit_label(l, head);
    Loop loop = loop_open(l, again, leave);
    if (s->pattern)
        while_let_head(l, s, &loop);
    else
        lower_condition(l, s->value, leave, false);
    loop_body(l, &loop, s->block);
    emit_jump(l, head);
    branch_close(l, before);
    emit_label(l, leave);
}

/* `for i in a..b` counts, without a list. */
static void lower_for_range(Lower *l, Stmt *s)
{
    Expr *range = s->value;
    Expr *exprs[] = {range->left, range->right};
    uint32_t head = label_new(l), again = label_new(l), leave = label_new(l);
    Val v[2];
    Binding *b = s->pattern->kind == PATTERN_NAME ? s->pattern->binding : NULL;
    IrPlace i = b ? local_declare(l, l->int_type, b->name) : temp_new(l, l->int_type);
    lower_operands(l, exprs, 2, v);
    Val end = val_hold(l, v[1]);
    emit_to(l, IR_OP_SET, i, v[0].op);
    emit_label(l, head);
    emit_branch(l, range->is_closed ? OP_LE : OP_LT, ir_place(i), end.op, leave, false);
    size_t before = branch_open(l);
    bind(l, b, i, true);
    Loop loop = loop_open(l, again, leave);
    loop_body(l, &loop, s->block);
    if (range->is_closed) /* the last int has no next one */
        emit_branch(l, OP_EQ, ir_place(i), end.op, leave, true);
    emit_binary(l, OP_ADD, i, ir_place(i), ir_int(l->int_type, 1));
    branch_close(l, before);
    emit_jump(l, head);
    emit_label(l, leave);
}

static void lower_for_list(Lower *l, Stmt *s, Val list)
{
    Walk w;
    walk_open(l, &w, list);
    Loop loop = loop_open(l, w.again, w.leave);
    lower_pattern(l, s->pattern, w.element);
    loop_body(l, &loop, s->block);
    w.is_rejoined = true;
    walk_close(l, &w);
}

/* `for (i, x) in xs.enumerate()`: the pairs are never made. */
static void lower_for_enumerate(Lower *l, Stmt *s, const Builtin *b)
{
    Walk w;
    lower_note_builtin(l, b);
    walk_open(l, &w, lower_expr(l, s->value->call_args[0]));
    Loop loop = loop_open(l, w.again, w.leave);
    lower_pattern(l, s->pattern->parts.items[0], val_borrowed(w.index, true));
    lower_pattern(l, s->pattern->parts.items[1], w.element);
    loop_body(l, &loop, s->block);
    w.is_rejoined = true;
    walk_close(l, &w);
}

/* A count over what is neither a list nor a range. */
typedef struct Count {
    IrPlace index;
    uint32_t head;
    size_t branch;
    Loop loop;
} Count;

static Count count_open(Lower *l, IrRuntime length_of, Val whole)
{
    Count c = {.head = label_new(l)};
    uint32_t again = label_new(l), leave = label_new(l);
    IrPlace length = temp_new(l, l->int_type);
    c.index = temp_new(l, l->int_type);
    RUNTIME(l, length_of, length, whole.op);
    emit_to(l, IR_OP_SET, c.index, ir_int(l->int_type, 0));
    emit_label(l, c.head);
    emit_branch(l, OP_LT, ir_place(c.index), ir_place(length), leave, false);
    c.branch = branch_open(l);
    c.loop = loop_open(l, again, leave);
    return c;
}

static void count_close(Lower *l, Count *c, Block *body)
{
    loop_body(l, &c->loop, body);
    emit_binary(l, OP_ADD, c->index, ir_place(c->index), ir_int(l->int_type, 1));
    branch_close(l, c->branch);
    emit_jump(l, c->head);
    emit_label(l, c->loop.leave);
}

static Val map_part(Lower *l, IrRuntime fn, const Type *type, Val map, IrPlace index)
{
    IrPlace part = pointer_new(l, type);
    RUNTIME(l, fn, pointer_itself(part), map.op, ir_place(index));
    return val_borrowed(part, true);
}

static void lower_map_pattern(Lower *l, Pattern *p, Val key, Val value)
{
    if (p->kind == PATTERN_TUPLE && p->parts.count == 2) {
        lower_pattern(l, p->parts.items[0], key);
        lower_pattern(l, p->parts.items[1], value);
    } else if (p->kind == PATTERN_NAME && p->binding && p->binding->type->kind == TYPE_TUPLE) {
        IrPlace pair = local_declare(l, p->binding->type, p->name.name);
        store(l, ir_field(l->program, pair, 0), key);
        store(l, ir_field(l->program, pair, 1), value);
        bind(l, p->binding, pair, true);
    } else {
        lower_pattern(l, p, key);
    }
}

static void lower_for_map(Lower *l, Stmt *s, Val map)
{
    const Type *type = map.op.type;
    map = val_hold(l, map);
    Count c = count_open(l, RT_MAP_LEN, map);
    lower_map_pattern(l, s->pattern, map_part(l, RT_MAP_KEY_AT, type->key, map, c.index),
                      map_part(l, RT_MAP_VALUE_AT, type->item, map, c.index));
    count_close(l, &c, s->block);
}

/* `for c in text`: its code points, as strings. */
static void lower_for_string(Lower *l, Stmt *s, Val text)
{
    text = val_hold(l, text);
    Count c = count_open(l, RT_STRING_LEN, text);
    IrPlace part = temp_new(l, l->string_type);
    RUNTIME(l, RT_STRING_AT, part, text.op, ir_place(c.index));
    lower_pattern(l, s->pattern, val_borrowed(part, true));
    count_close(l, &c, s->block);
}

/* `for word in text.split(" ")`: one piece after another, without a list of them. */
static void lower_for_split(Lower *l, Stmt *s, const Builtin *b)
{
    uint32_t head = label_new(l), again = label_new(l), leave = label_new(l);
    Val v[2];
    lower_note_builtin(l, b);
    lower_operands(l, s->value->call_args, 2, v);
    Val text = val_hold(l, v[0]), separator = val_hold(l, v[1]);
    IrPlace at = temp_new(l, l->int_type), room = temp_new(l, l->int_type);
    IrPlace more = temp_new(l, l->bool_type), piece = temp_new(l, l->string_type);
    emit_to(l, IR_OP_SET, at, ir_int(l->int_type, 0));
    emit_to(l, IR_OP_SET, room, ir_int(l->int_type, 0));
    emit_label(l, head);
    RUNTIME(l, RT_STRING_PIECE, more, text.op, separator.op, ir_address(at), ir_address(room),
            ir_address(piece));
    emit_branch_on(l, ir_place(more), leave, false);
    size_t before = branch_open(l);
    Loop loop = loop_open(l, again, leave);
    lower_pattern(l, s->pattern, val_borrowed(piece, true));
    loop_body(l, &loop, s->block);
    branch_close(l, before);
    emit_jump(l, head);
    emit_label(l, leave);
}

static bool is_split(const Stmt *s)
{
    const Builtin *b = s->value->kind == EXPR_CALL && !s->value->is_optional
                           ? call_builtin(s->value) : NULL;
    return b && b->id == BUILTIN_SPLIT;
}

static bool is_pairwise(const Stmt *s)
{
    const Builtin *b = s->value->kind == EXPR_CALL ? call_builtin(s->value) : NULL;
    return b && b->id == BUILTIN_ENUMERATE && s->pattern->kind == PATTERN_TUPLE &&
           s->pattern->parts.count == 2;
}

static bool counts_up(const Stmt *s)
{
    return s->value->kind == EXPR_RANGE && s->value->left && s->value->right &&
           (s->pattern->kind == PATTERN_NAME || s->pattern->kind == PATTERN_WILDCARD);
}

void lower_for(Lower *l, Stmt *s)
{
    size_t mark = scope_open(l);
    if (counts_up(s)) {
        lower_for_range(l, s);
    } else if (is_pairwise(s)) {
        lower_for_enumerate(l, s, call_builtin(s->value));
    } else if (is_split(s)) {
        lower_for_split(l, s, call_builtin(s->value));
    } else {
        Val v = lower_expr(l, s->value);
        if (v.op.type->kind == TYPE_MAP)
            lower_for_map(l, s, val_place(l, v));
        else if (v.op.type->kind == TYPE_STRING)
            lower_for_string(l, s, v);
        else
            lower_for_list(l, s, v);
    }
    scope_close(l, mark);
}

/* ---- leaving --------------------------------------------------------------------------------- */

/* What the steps entered by a foreach take from each element of the list. */
static const Type *item_type(Lower *l, const Edge *edge, const Type *found)
{
    const DomainModel *domain = edge->domain;
    if (!domain || domain->items.len == 0)
        return found;
    if (domain->items.len == 1)
        return domain->items.items[0]->type;
    TypeField *fields = arena_new_array(l->arena, TypeField, domain->items.len);
    for (size_t i = 0; i < domain->items.len; i++)
        fields[i].type = domain->items.items[i]->type;
    return type_tuple(l->model->types, fields, domain->items.len);
}

static void lower_fan(Lower *l, const Edge *edge, Expr *value)
{
    const Type *item = item_type(l, edge, value->type->item);
    IrPlace fan = temp_new(l, type_list(l->model->types, item));
    lower_into(l, value, fan);
    emit(l, IR_OP_FAN)->a = ir_place(fan);
}

static Binding *keep_binding(const Pattern *p, Str name)
{
    if (p->kind == PATTERN_NAME && str_eq(p->name.name, name))
        return p->binding;
    for (size_t i = 0; p->kind == PATTERN_TUPLE && i < p->parts.count; i++) {
        Binding *b = keep_binding(p->parts.items[i], name);
        if (b)
            return b;
    }
    return NULL;
}

void lower_next(Lower *l, StepModel *step, const Edge *edge, uint32_t way)
{
    if (edge->stmt && edge->stmt->value)
        lower_fan(l, edge, edge->stmt->value);
    for (uint32_t k = 0; k < edge->carried; k++) {
        const Keep *keep = &step->keeps.items[k];
        if (k == step->catch_keep || !keep->stmt)
            continue;
        const Binding *b = keep_binding(keep->stmt->pattern, keep->name.name);
        const Bound *bound = b ? b->lowered : NULL;
        if (!bound)
            continue;
        Val v = val_owned(bound->place);
        if (keep->artifact->type != b->type)
            v = val_as(l, v, keep->artifact->type);
        IrInst *i = emit(l, IR_OP_KEEP);
        i->int_value = k;
        i->a = v.op;
    }
    emit(l, IR_OP_WAY)->int_value = way;
    emit_leave(l);
}

/* ---- statements ---------------------------------------------------------- */

/* Both sides are kept until it is known that they need not be shown. */
static void assert_comparison(Lower *l, Expr *e, IrOperand text)
{
    uint32_t holds = label_new(l);
    Val a, b;
    lower_compared(l, e, &a, &b);
    IrOperand left = val_address(l, a), right = val_address(l, b);
    IrPlace held = temp_new(l, l->bool_type);
    lower_comparison(l, e->op, a, b, held);
    emit_branch_on(l, ir_place(held), holds, true);
    RUNTIME(l, RT_FAIL_ASSERT_SIDES, NOWHERE, text, ir_descriptor(a.op.type), left,
            ir_descriptor(b.op.type), right);
    emit_label(l, holds);
}

static bool has_two_sides(const Expr *e)
{
    return e->kind == EXPR_BINARY && op_is_comparison(e->op) && e->left->kind != EXPR_NONE &&
           e->right->kind != EXPR_NONE;
}

static void lower_assert(Lower *l, Stmt *s)
{
    IrOperand text = ir_chars(span_text(l->model->sources, s->value->span));
    if (has_two_sides(s->value)) {
        assert_comparison(l, s->value, text);
        return;
    }
    uint32_t holds = label_new(l);
    lower_condition(l, s->value, holds, true);
    RUNTIME(l, RT_FAIL_ASSERT, NOWHERE, text);
    emit_label(l, holds);
}

static void lower_leave_loop(Lower *l, uint32_t label)
{
    scope_drop(l, l->loop->mark);
    emit_jump(l, label);
}

static void lower_kind(Lower *l, Stmt *s)
{
    switch (s->kind) {
    case STMT_EXPR: lower_effect(l, s->value); break;
    case STMT_ASSIGN: lower_assign(l, s); break;
    case STMT_FOR: lower_for(l, s); break;
    case STMT_WHILE: lower_while(l, s); break;
    case STMT_BREAK: lower_leave_loop(l, l->loop->leave); break;
    case STMT_CONTINUE: lower_leave_loop(l, l->loop->again); break;
    case STMT_RETURN: lower_return(l, s->value); break;
    case STMT_FAIL: lower_fail(l, s->value); break;
    case STMT_NEXT: lower_next(l, l->step, &l->step->edges.items[s->edge], s->edge); break;
    case STMT_ASSERT: lower_assert(l, s); break;
    default: break;
    }
}

void lower_stmt(Lower *l, Stmt *s)
{
    lower_at(l, s->span);
    if (s->kind == STMT_KEEP && !s->value) {
        lower_takeover(l, s);
    } else if (s->kind == STMT_LET || s->kind == STMT_VAR || s->kind == STMT_KEEP) {
        lower_declaration(l, s);
    } else {
        size_t mark = scope_open(l);
        lower_kind(l, s);
        scope_close(l, mark);
    }
}

static bool gives_value(const Stmt *s)
{
    return s->kind == STMT_EXPR && s->value->type && s->value->type->kind != TYPE_UNIT;
}

void lower_statements(Lower *l, Block *b, IrPlace dst)
{
    for (size_t i = 0; i < b->stmts.count; i++) {
        Stmt *s = b->stmts.items[i];
        bool is_value = i + 1 == b->stmts.count && !place_is_nowhere(dst) && gives_value(s);
        if (!is_value) {
            lower_stmt(l, s);
            continue;
        }
        size_t mark = scope_open(l);
        lower_into(l, s->value, dst);
        scope_close(l, mark);
    }
}

void lower_block(Lower *l, Block *b, IrPlace dst)
{
    size_t mark = scope_open(l);
    lower_statements(l, b, dst);
    scope_close(l, mark);
}
