/* SPDX-License-Identifier: Apache-2.0 */
/* emit_fast.c - loops within loops, written a second time for the lists that they mostly meet.
 *
 * A check of an index has three answers: the item lies there; it has to be made first, since the
 * list is a range or has another owner; there is none.  Only the first is quick, and where the
 * others come together with it again, the C compiler keeps much in memory that would fit into
 * registers.  So the fast copy leaves by `goto slow_K` where the answer is another: into the slow
 * copy, in front of instruction K, which it does anew.  Both have the same locals, so that there
 * is nothing to hand over.  The slow copy goes on to the end of that turn of the outermost loop,
 * and the next one begins in the fast copy.
 *
 * A single loop that counts has no such copy, but that of emit_count.c. */
#include "emit/emit.h"

enum { FAST_MAX = 300 }; /* instructions, so that the C stays short */

bool fast_is_left(const FunctionWriter *f)
{
    return f->fast_end && !f->is_fast;
}

bool fast_writes(const FunctionWriter *f, const View *v)
{
    for (size_t k = f->fast_from; k <= f->fast_end; k++) {
        const IrInst *i = &f->fn->code.items[k];
        if (i->op == IR_OP_RUNTIME && i->runtime == RT_LIST_OPEN && view_at(f, i) == v)
            return true;
    }
    return false;
}

/* ---- arithmetic --------------------------------------------------------------------------- */

/* What fails changes nothing before, so that it can be done anew: there it says why. */
static bool is_arithmetic(const IrInst *i)
{
    if (i->op != IR_OP_RUNTIME || i->dst.base == IR_NOWHERE)
        return false;
    switch (i->runtime) {
    case RT_INT_ADD:
    case RT_INT_SUB:
    case RT_INT_MUL:
    case RT_INT_DIV:
    case RT_INT_MOD:
    case RT_SHIFT_LEFT:
    case RT_SHIFT_RIGHT: return true;
    default: return false;
    }
}

bool fast_leaves(const FunctionWriter *f, const IrInst *i)
{
    return is_arithmetic(i) || view_is_checked(f, i);
}

const char *overflow_check(IrRuntime fn)
{
    return fn == RT_INT_ADD   ? "__builtin_add_overflow"
           : fn == RT_INT_SUB ? "__builtin_sub_overflow"
           : fn == RT_INT_MUL ? "__builtin_mul_overflow"
                              : NULL;
}

const char *arithmetic_operator(IrRuntime fn)
{
    return fn == RT_INT_ADD ? "+" : fn == RT_INT_SUB ? "-" : "*";
}

/* The result is in a local of its own until it is known to be right: the slow copy may read what
 * was there before. */
void fast_arithmetic(FunctionWriter *f, const IrInst *i)
{
    Str dst = place_text(f, &i->dst);
    Str a = operand_text(f, &i->args.items[0]), b = operand_text(f, &i->args.items[1]);
    const char *check = overflow_check(i->runtime);
    bool shifts = i->runtime == RT_SHIFT_LEFT || i->runtime == RT_SHIFT_RIGHT;
    cw_line(f->w, "{");
    cw_line(f->w, "    int64_t got = 0;");
    if (check)
        cw_line(f->w, "    if (FLOW_UNLIKELY(%s(%.*s, %.*s, &got)))", check, STR_ARG(a),
                STR_ARG(b));
    else if (shifts)
        cw_line(f->w, "    if (FLOW_UNLIKELY((uint64_t)%.*s > 63))", STR_ARG(b));
    else
        cw_line(f->w, "    if (FLOW_UNLIKELY(%.*s == 0 || %.*s == -1))", STR_ARG(b), STR_ARG(b));
    cw_line(f->w, "        goto slow_%zu;", (size_t)(i - f->fn->code.items));
    if (!check)
        cw_line(f->w, "    (void)%s(t, %.*s, %.*s, &got);", ir_runtime[i->runtime].name,
                STR_ARG(a), STR_ARG(b));
    cw_line(f->w, "    %.*s = got;", STR_ARG(dst));
    cw_line(f->w, "}");
}

/* ---- which loops, and writing them --------------------------------------------------------- */

static bool is_within(const FunctionWriter *f, uint32_t label, size_t from, size_t end)
{
    size_t at = label ? f->label_at[label] : 0;
    return at > from && at <= end + 1;
}

/* No way leads into these instructions but the one to their first. */
static bool is_closed(const FunctionWriter *f, size_t from, size_t end)
{
    for (size_t k = 0; k < f->fn->code.len; k++) {
        const IrInst *i = &f->fn->code.items[k];
        bool is_inside = k >= from && k <= end;
        bool leads_there = (i->op != IR_OP_LABEL && is_within(f, i->label, from, end)) ||
                           is_within(f, i->handler, from, end);
        if (!is_inside && leads_there)
            return false;
    }
    return true;
}

static bool is_worth_it(FunctionWriter *f, size_t from, size_t end)
{
    size_t loops = 0, checks = 0;
    for (size_t k = from; k <= end; k++) {
        const IrInst *i = &f->fn->code.items[k];
        loops += i->op == IR_OP_LABEL && f->is_loop[i->label];
        checks += view_is_checked(f, i);
    }
    return checks > 0 && (loops > 1 || !count_saves(f, from));
}

unsigned fast_depth(const FunctionWriter *f, const IrInst *label)
{
    size_t at = (size_t)(label - f->fn->code.items);
    bool *is_around = arena_new_array(f->e->arena, bool, f->fn->label_count + 1);
    unsigned depth = 0;
    for (size_t k = at; k <= f->fast_end; k++) {
        const IrInst *i = &f->fn->code.items[k];
        bool leads_back = i->op != IR_OP_LABEL && is_within(f, i->label, f->fast_from, at);
        if (!leads_back || is_around[i->label])
            continue;
        is_around[i->label] = true;
        depth++;
    }
    return depth;
}

/* ---- what indexes are made of --------------------------------------------------------------- */

typedef struct Parts {
    FunctionWriter *f;
    unsigned *is_seen; /* by instruction: 1, 2 as a factor */
    bool *is_met;      /* by local: an index is made of it */
} Parts;

static void follow_back(Parts *p, const IrOperand *o, size_t k, bool is_factor);

static void follow_inst(Parts *p, size_t k, bool is_factor)
{
    const IrInst *i = &p->f->fn->code.items[k];
    if (p->is_seen[k] > is_factor)
        return;
    p->is_seen[k] = 1 + is_factor;
    p->f->fast_near[k] |= is_factor && i->op == IR_OP_ITEM;
    if (i->op == IR_OP_SET)
        follow_back(p, &i->a, k, is_factor);
    if (i->op == IR_OP_BINARY && i->binary == OP_ADD)
        follow_back(p, &i->a, k, false);
    if (i->op == IR_OP_RUNTIME && overflow_check(i->runtime))
        for (size_t n = 0; n < i->args.count; n++)
            follow_back(p, &i->args.items[n], k, i->runtime == RT_INT_MUL);
}

/* To where a local gets its value before instruction `k`, as the text goes: that says well enough
 * what is worth a test. */
static void follow_back(Parts *p, const IrOperand *o, size_t k, bool is_factor)
{
    const FunctionWriter *f = p->f;
    if (!count_is_local(f, o))
        return;
    uint32_t local = o->place.index;
    p->is_met[local] = true;
    while (f->fast_changes[local] && k-- > f->fast_from) {
        const IrPlace *dst = &f->fn->code.items[k].dst;
        if (dst->base != IR_LOCAL || dst->index != local)
            continue;
        follow_inst(p, k, is_factor);
        return;
    }
}

static void follow_indexes(Parts *p)
{
    const FunctionWriter *f = p->f;
    for (size_t k = f->fast_from; k <= f->fast_end; k++) {
        const IrInst *i = &f->fn->code.items[k];
        if (view_is_checked(f, i))
            follow_back(p, i->op == IR_OP_RUNTIME ? &i->args.items[3] : &i->b, k, false);
    }
    /* A counter is as near as what it counts to. */
    for (size_t k = f->fast_end; k > f->fast_from; k--) {
        const IrInst *i = &f->fn->code.items[k];
        bool is_bound = i->op == IR_OP_JUMP_UNLESS && (i->binary == OP_LT || i->binary == OP_LE);
        if (is_bound && count_is_local(f, &i->a) && p->is_met[i->a.place.index])
            follow_back(p, &i->b, k, false);
    }
}

/* Where what indexes are made of is no wide number, sums and products of it cannot overflow, and
 * the C compiler, told so, leaves out the checks.  Else the slow copy takes that turn. */
static void write_near(FunctionWriter *f)
{
    Arena *arena = f->e->arena;
    Parts p = {.f = f};
    p.is_seen = arena_new_array(arena, unsigned, f->fn->code.len);
    f->fast_near = arena_new_array(arena, bool, f->fn->code.len);
    p.is_met = arena_new_array(arena, bool, f->fn->locals.len + 1);
    follow_indexes(&p);
    StrBuf tests;
    strbuf_init(&tests, arena);
    for (size_t n = 0; n < f->fn->locals.len; n++)
        if (p.is_met[n] && !f->fast_changes[n])
            strbuf_printf(&tests, "%s!flow_is_near(%.*s)", tests.len ? " || " : "",
                          STR_ARG(f->names[n]));
    Str text = strbuf_str(&tests);
    f->fast_has_head = text.len > 0;
    if (text.len == 0)
        return;
    cw_line(f->w, "if (FLOW_UNLIKELY(%.*s))", STR_ARG(text));
    cw_line(f->w, "    goto slow_%zu;", f->fast_from);
}

static void write_fast(FunctionWriter *f)
{
    const IrInst *code = f->fn->code.items;
    f->is_fast = true;
    f->line = f->noted = 0;
    f->fast_changes = arena_new_array(f->e->arena, bool, f->fn->locals.len + 1);
    count_find_changed(f, f->fast_from, f->fast_end + 1, f->fast_changes);
    cw_flush_left(f->w, "enter_%u: __attribute__((unused));", code[f->fast_from].label);
    write_near(f);
    count_ahead(f);
    for (size_t k = f->fast_from; k <= f->fast_end; k++)
        emit_inst(f, &code[k]);
    f->is_fast = false;
    f->line = f->noted = 0;
}

void fast_after_item(FunctionWriter *f, const IrInst *i)
{
    size_t k = (size_t)(i - f->fn->code.items);
    bool is_own_index = i->b.kind == IR_PLACE && i->b.place.index == i->dst.index;
    if (!f->is_fast || !f->fast_near[k] || !view_is_checked(f, i) || is_own_index ||
        i->dst.base != IR_LOCAL || i->dst.path_len > 0)
        return;
    Str dst = place_text(f, &i->dst);
    cw_line(f->w, "if (FLOW_UNLIKELY(!flow_is_near(%.*s)))", STR_ARG(dst));
    cw_line(f->w, "    goto slow_%zu;", k);
}

/* Before the outermost loop: its fast copy.  Within the slow one: where checks lead to. */
void fast_before(FunctionWriter *f, const IrInst *i)
{
    size_t k = (size_t)(i - f->fn->code.items), end = f->loop_to[k];
    if (fast_is_left(f) && fast_leaves(f, i)) {
        cw_flush_left(f->w, "slow_%zu:;", k);
        f->line = f->noted = 0;
    }
    if (i->op != IR_OP_LABEL || f->fast_end || !end || f->loop_from[k] != k || f->is_plain ||
        end - k > FAST_MAX || !is_closed(f, k, end) || !is_worth_it(f, k, end))
        return;
    f->fast_from = k;
    f->fast_end = end;
    f->has_fast = true;
    write_fast(f);
    if (f->fast_has_head)
        cw_flush_left(f->w, "slow_%zu:;", k);
}

void fast_after(FunctionWriter *f, const IrInst *i)
{
    if (fast_is_left(f) && (size_t)(i - f->fn->code.items) == f->fast_end) {
        f->fast_end = 0;
        f->line = f->noted = 0;
    }
}
