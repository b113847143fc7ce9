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

static void write_fast(FunctionWriter *f)
{
    f->is_fast = true;
    f->line = f->noted = 0;
    for (size_t k = f->fast_from; k <= f->fast_end; k++)
        emit_inst(f, &f->fn->code.items[k]);
    f->is_fast = false;
    f->line = f->noted = 0;
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
    write_fast(f);
}

void fast_after(FunctionWriter *f, const IrInst *i)
{
    if (fast_is_left(f) && (size_t)(i - f->fn->code.items) == f->fast_end) {
        f->fast_end = 0;
        f->line = f->noted = 0;
    }
}
