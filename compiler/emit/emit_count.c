/* SPDX-License-Identifier: Apache-2.0 */
/* emit_count.c - loops that count, written a second time without the checks that cannot fail.
 *
 * In `for j in a..b { c[i * n + j] += … }` each index is a line in j: what holds at both ends holds
 * between them; so it is in `while j < b { … j += k }`, where neither b nor k changes.  So before
 * the loop the indexes are computed for the first turn, and the last that there could be, with
 * every check; where all hold, the copy of the loop is taken in which that arithmetic is plain and
 * those items are reached directly.  Where one does not, the loop is as it was, and what fails does
 * so in its own turn.  Of loops within loops one has a copy.
 *
 * Only what every turn comes to is looked at: up to the first branch of the body. */
#include "emit/emit.h"

enum { BODY_MAX = 60 };

/* ---- finding them ------------------------------------------------------------------------- */

bool count_is_local(const FunctionWriter *f, const IrOperand *o)
{
    return o->kind == IR_PLACE && o->place.base == IR_LOCAL && o->place.path_len == 0 &&
           f->fn->locals.items[o->place.index].kind == IR_VALUE && ir_is_int(o->place.type);
}

/* What the task was given, which nothing changes, or a field of a local that the loop leaves as it
 * is.  The size of a matrix does not change with its elements. */
static bool is_steady_part(const FunctionWriter *f, const IrOperand *o, const bool *is_changed,
                           size_t from, size_t to)
{
    if (o->kind != IR_PLACE || !ir_is_int(o->place.type))
        return false;
    if (o->place.base == IR_IN)
        return true;
    const View *v = view_beside(f, &o->place, from);
    if (v)
        return view_is_steady(f, v, from, to);
    for (uint32_t n = 0; n < o->place.path_len; n++)
        if (o->place.path[n].kind != IR_FIELD)
            return false;
    return o->place.base == IR_LOCAL && o->place.path_len > 0 && !is_changed[o->place.index];
}

static void note_changed(const IrPlace *p, bool *is_changed)
{
    if (p->base == IR_LOCAL)
        is_changed[p->index] = true;
}

void count_find_changed(const FunctionWriter *f, size_t from, size_t to, bool *is_changed)
{
    for (size_t k = from; k < to; k++) {
        const IrInst *i = &f->fn->code.items[k];
        note_changed(&i->dst, is_changed);
        if (i->a.kind == IR_ADDRESS)
            note_changed(&i->a.place, is_changed);
        for (size_t n = 0; n < i->args.count; n++)
            if (i->args.items[n].kind == IR_ADDRESS)
                note_changed(&i->args.items[n].place, is_changed);
    }
}

/* A loop whose counter rises from turn to turn while it is below a bound, or at most there. */
typedef struct Counting {
    size_t head, test, step, end; /* the label, what leaves, the last of the body, the jump back */
    uint32_t counter;
    bool is_closed;      /* the bound itself is counted, too */
    bool has_last_test;  /* in front of the step */
    const IrOperand *by; /* of a step that is checked; NULL: by 1, and it cannot overflow */
    Str bound;
    bool *is_changed; /* by local: in the body */
} Counting;

static bool is_counter(const IrOperand *o, uint32_t counter)
{
    return o->kind == IR_PLACE && o->place.base == IR_LOCAL && o->place.path_len == 0 &&
           o->place.index == counter;
}

/* `for` counts so: it knows that the next int is one. */
static bool is_plain_step(const IrInst *i, uint32_t counter)
{
    return i->op == IR_OP_BINARY && i->binary == OP_ADD && i->dst.base == IR_LOCAL &&
           i->dst.index == counter && is_counter(&i->a, counter) && i->b.kind == IR_INT &&
           i->b.int_value == 1;
}

/* `i += by` at the end of a `while`. */
static bool is_checked_step(const IrInst *i, uint32_t counter)
{
    return i->op == IR_OP_RUNTIME && i->runtime == RT_INT_ADD && i->dst.base == IR_LOCAL &&
           i->dst.path_len == 0 && i->dst.index == counter &&
           is_counter(&i->args.items[0], counter);
}

/* What the body ends with, before what it drops and the label of `continue`. */
static size_t find_step(const FunctionWriter *f, size_t head, size_t end)
{
    size_t k = end - 1;
    while (k > head && (f->fn->code.items[k].op == IR_OP_LABEL ||
                        f->fn->code.items[k].op == IR_OP_RELEASE))
        k--;
    return k;
}

/* The length of a list that the loop leaves as it is: `while i < xs.len()`. */
static bool find_length(FunctionWriter *f, Counting *c, const IrInst *i)
{
    const IrOperand *list = &i->args.items[0];
    const View *v = list->kind == IR_PLACE ? view_of_list(f, &list->place, c->head) : NULL;
    if (!v || !view_is_steady(f, v, c->head, c->end))
        return false;
    Str text = place_text(f, &list->place);
    c->bound = str_printf(f->e->arena, "%s(%.*s)", list_len_name(list->place.type), STR_ARG(text));
    return true;
}

static bool find_bound(FunctionWriter *f, Counting *c)
{
    const IrOperand *b = &f->fn->code.items[c->test].b;
    if (c->test > c->head + 1)
        return count_is_local(f, b) && find_length(f, c, &f->fn->code.items[c->head + 1]);
    bool is_steady = b->kind == IR_INT || is_steady_part(f, b, c->is_changed, c->head, c->end) ||
                     (count_is_local(f, b) && !c->is_changed[b->place.index]);
    if (is_steady)
        c->bound = operand_text(f, b);
    return is_steady;
}

/* Where `for i in a..=b` leaves at b, of which there may be no next int. */
static bool is_last_test(const IrInst *i, uint32_t counter)
{
    return i->op == IR_OP_JUMP_IF && i->binary == OP_EQ && is_counter(&i->a, counter);
}

static bool find_counter_step(FunctionWriter *f, Counting *c)
{
    const IrInst *step = &f->fn->code.items[c->step];
    if (is_plain_step(step, c->counter)) {
        c->has_last_test = c->is_closed && is_last_test(step - 1, c->counter);
        return c->step + 1 == c->end && c->is_closed == c->has_last_test;
    }
    if (!is_checked_step(step, c->counter))
        return false;
    c->by = &step->args.items[1];
    return c->by->kind == IR_INT ? c->by->int_value > 0
                                 : count_is_local(f, c->by) && !is_counter(c->by, c->counter);
}

/* Is the bound computed in front of the test, in each turn? */
static bool is_length_of(const IrInst *i, const IrInst *test)
{
    return i->op == IR_OP_RUNTIME && i->runtime == RT_LIST_LEN && i->dst.base == IR_LOCAL &&
           i->dst.path_len == 0 && test->op == IR_OP_JUMP_UNLESS &&
           is_counter(&test->b, i->dst.index);
}

/* Where the loop that begins at label `head` jumps back, or 0. */
static size_t find_end(const FunctionWriter *f, size_t head)
{
    const IrInst *code = f->fn->code.items;
    for (size_t k = head + 1; k < f->fn->code.len && k <= head + BODY_MAX; k++)
        if (code[k].op == IR_OP_JUMP && code[k].label == code[head].label)
            return k;
    return 0;
}

/* `head` is a label, followed by the test and the body, which ends with the step. */
static bool find_counting(FunctionWriter *f, size_t head, Counting *c)
{
    const IrInst *code = f->fn->code.items;
    *c = (Counting){.head = head, .end = find_end(f, head)};
    if (c->end < head + 3)
        return false;
    c->test = head + 1 + is_length_of(&code[head + 1], &code[head + 2]);
    c->step = find_step(f, head, c->end);
    const IrInst *test = &code[c->test];
    if (test->op != IR_OP_JUMP_UNLESS || (test->binary != OP_LT && test->binary != OP_LE) ||
        !count_is_local(f, &test->a) || c->step <= c->test)
        return false;
    size_t leaves_to = f->label_at[test->label];
    if (leaves_to > head && leaves_to <= c->end + 1)
        return false;
    c->counter = test->a.place.index;
    c->is_closed = test->binary == OP_LE;
    c->is_changed = arena_new_array(f->e->arena, bool, f->fn->locals.len + 1);
    count_find_changed(f, head + 1, c->step, c->is_changed);
    bool is_steady = find_counter_step(f, c) && !c->is_changed[c->counter];
    if (is_steady && c->by && c->by->kind != IR_INT)
        is_steady = !c->is_changed[c->by->place.index];
    return is_steady && find_bound(f, c);
}

/* It may go on for long in one turn, and says first where it is. */
static bool has_loop_within(const FunctionWriter *f, size_t head, size_t end)
{
    for (size_t k = head + 1; k < end; k++) {
        const IrInst *i = &f->fn->code.items[k];
        if (i->op == IR_OP_LABEL && f->is_loop[i->label])
            return true;
    }
    return false;
}

/* ---- what is known of a value at both ends ------------------------------------------------- */

typedef struct Ends {
    Str first, last; /* empty: nothing */
    bool moves;
    bool rises; /* a sum of two that are not below 0 and do not fall: the last says enough */
    bool is_first_fixed, is_last_fixed; /* the same in all turns of the loops of a fast copy */
} Ends;

typedef struct Probe {
    FunctionWriter *f;
    const Counting *loop;
    Ends *known; /* of locals that the body sets */
    Ends counts;
    StrBuf declared, tests, ahead; /* ahead: those tests of which all is fixed */
    bool *is_above;   /* of locals: a test says that they are not below 0 */
    bool *is_certain; /* of instructions: what is asked for */
    unsigned saved, ahead_count;
    bool needs_got; /* a test of those ahead computes something */
    bool is_inner;  /* the loop lies in others of which this is the fast copy */
} Probe;

/* A number that is added to others, in 64 bits where C would not take them of itself. */
static Str end_text(Arena *arena, int64_t x)
{
    Str text = c_int(arena, x);
    bool is_small = x > -1000000 && x < 1000000;
    return is_small ? text : str_printf(arena, "(int64_t)%.*s", STR_ARG(text));
}

/* Does it stay what it is while the loops around this one run? */
static bool is_fixed(const Probe *p, const IrOperand *o)
{
    const FunctionWriter *f = p->f;
    if (!p->is_inner)
        return false;
    if (count_is_local(f, o))
        return !f->fast_changes[o->place.index];
    return o->kind == IR_INT ||
           is_steady_part(f, o, f->fast_changes, f->fast_from, f->fast_end + 1);
}

static Ends ends_of(Probe *p, const IrOperand *o)
{
    FunctionWriter *f = p->f;
    bool fixed = is_fixed(p, o);
    if (o->kind == IR_INT) {
        Str text = end_text(f->e->arena, o->int_value);
        return (Ends){text, text, false, false, fixed, fixed};
    }
    if (is_steady_part(f, o, p->loop->is_changed, p->loop->head, p->loop->end)) {
        Str text = place_text(f, &o->place);
        return (Ends){text, text, false, false, fixed, fixed};
    }
    if (!count_is_local(f, o))
        return (Ends){0};
    if (o->place.index == p->loop->counter)
        return p->counts;
    if (p->loop->is_changed[o->place.index])
        return p->known[o->place.index];
    Str name = f->names[o->place.index];
    return (Ends){name, name, false, false, fixed, fixed};
}

static void add_test(Probe *p, bool fixed, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add_test(Probe *p, bool fixed, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str test = str_vprintf(p->f->e->arena, format, args);
    va_end(args);
    p->ahead_count += fixed;
    strbuf_printf(fixed ? &p->ahead : &p->tests, " &&\n        %.*s", STR_ARG(test));
}

/* A result that does not overflow: in a C local of the test, or, fixed, as an expression, since
 * the test is elsewhere.  C compilers warn of numbers that overflow, but not of unsigned ones. */
static Str add_checked(Probe *p, const char *name, const IrInst *i, size_t k, const Str ends[2],
                       bool fixed)
{
    Arena *arena = p->f->e->arena;
    Str got = fixed ? STR("got") : str_printf(arena, "%s_%zu", name, k);
    add_test(p, fixed, "!%s(%.*s, %.*s, &%.*s)", overflow_check(i->runtime), STR_ARG(ends[0]),
             STR_ARG(ends[1]), STR_ARG(got));
    p->needs_got |= fixed;
    if (fixed)
        return str_printf(arena, "(int64_t)((uint64_t)(%.*s) %s (uint64_t)(%.*s))",
                          STR_ARG(ends[0]), arithmetic_operator(i->runtime), STR_ARG(ends[1]));
    strbuf_printf(&p->declared, "%s%.*s", p->declared.len ? ", " : "", STR_ARG(got));
    return got;
}

/* Is it nowhere below 0, and nowhere less than a turn before?  A test may have to say the first. */
static bool may_rise(const Probe *p, const IrOperand *o, const Ends *ends)
{
    if (o->kind == IR_INT)
        return o->int_value >= 0;
    bool is_counter = count_is_local(p->f, o) && o->place.index == p->loop->counter;
    return ends->rises || is_counter || (count_is_local(p->f, o) && !ends->moves);
}

static void need_above(Probe *p, const IrOperand *o, const Ends *ends)
{
    bool is_set = o->kind != IR_INT && p->loop->is_changed[o->place.index];
    if (o->kind == IR_INT || ends->rises || (!is_set && p->is_above[o->place.index]))
        return;
    if (!is_set)
        p->is_above[o->place.index] = true;
    add_test(p, ends->is_first_fixed, "%.*s >= 0", STR_ARG(ends->first));
}

/* Where the last does not overflow, no other does. */
static void probe_sum(Probe *p, const IrInst *i, const Ends *a, const Ends *b, size_t k)
{
    need_above(p, &i->args.items[0], a);
    need_above(p, &i->args.items[1], b);
    Ends ends = {.moves = a->moves || b->moves, .rises = true};
    ends.first = str_printf(p->f->e->arena, "(%.*s + %.*s)", STR_ARG(a->first), STR_ARG(b->first));
    ends.is_first_fixed = a->is_first_fixed && b->is_first_fixed;
    ends.is_last_fixed = a->is_last_fixed && b->is_last_fixed;
    ends.last = add_checked(p, "last", i, k, (Str[]){a->last, b->last}, ends.is_last_fixed);
    p->known[i->dst.index] = ends;
}

static void probe_checked(Probe *p, const IrInst *i, const Ends *a, const Ends *b, size_t k)
{
    Ends ends = {.moves = a->moves || b->moves};
    ends.is_first_fixed = a->is_first_fixed && b->is_first_fixed;
    ends.is_last_fixed = a->is_last_fixed && b->is_last_fixed;
    ends.first = add_checked(p, "first", i, k, (Str[]){a->first, b->first}, ends.is_first_fixed);
    ends.last = ends.first;
    if (ends.moves)
        ends.last = add_checked(p, "last", i, k, (Str[]){a->last, b->last}, ends.is_last_fixed);
    p->known[i->dst.index] = ends;
}

static bool probe_arithmetic(Probe *p, const IrInst *i, size_t k)
{
    const IrOperand *args = i->args.items;
    if (!overflow_check(i->runtime) || i->dst.base != IR_LOCAL || i->dst.path_len > 0 ||
        !ir_is_int(i->dst.type))
        return false;
    /* C compilers warn of what is written out, and does not fit. */
    if (args[0].kind == IR_INT && args[1].kind == IR_INT)
        return false;
    Ends a = ends_of(p, &args[0]), b = ends_of(p, &args[1]);
    if (!a.first.len || !b.first.len || (i->runtime == RT_INT_MUL && a.moves && b.moves))
        return false;
    if (i->runtime == RT_INT_ADD && may_rise(p, &args[0], &a) && may_rise(p, &args[1], &b))
        probe_sum(p, i, &a, &b, k);
    else
        probe_checked(p, i, &a, &b, k);
    return true;
}

static bool probe_index(Probe *p, const IrInst *i, const IrOperand *index, bool is_written)
{
    FunctionWriter *f = p->f;
    const View *v = view_at(f, i);
    if (!v || !view_is_steady(f, v, p->loop->head, p->loop->end))
        return false;
    Ends at = ends_of(p, index);
    if (!at.first.len)
        return false;
    const char *limit = is_written || (f->is_fast && fast_writes(f, v)) ? "own" : "len";
    bool fixed = p->is_inner && view_is_steady(f, v, f->fast_from, f->fast_end + 1);
    if (!at.rises)
        add_test(p, fixed && at.is_first_fixed, "(uint64_t)(%.*s) < %s_%u", STR_ARG(at.first),
                 limit, v->id);
    if (at.moves || at.rises)
        add_test(p, fixed && at.is_last_fixed, "(uint64_t)(%.*s) < %s_%u", STR_ARG(at.last), limit,
                 v->id);
    return true;
}

/* Row and column of a matrix: in range at both ends, so is what lies between. */
static bool probe_cell(Probe *p, const IrInst *i, size_t k)
{
    const IrOperand *args = i->args.items;
    const View *v = view_of_cell(p->f, i);
    if (!v || i->dst.base != IR_LOCAL || !view_is_steady(p->f, v, p->loop->head, p->loop->end))
        return false;
    Ends row = ends_of(p, &args[2]), col = ends_of(p, &args[3]);
    if (!row.first.len || !col.first.len)
        return false;
    Arena *a = p->f->e->arena;
    Str size[] = {str_printf(a, "rows_%u", v->id), str_printf(a, "cols_%u", v->id)};
    const Ends *at[] = {&row, &col};
    for (int n = 0; n < 2; n++) {
        strbuf_printf(&p->tests, " &&\n        (uint64_t)(%.*s) < (uint64_t)%.*s",
                      STR_ARG(at[n]->first), STR_ARG(size[n]));
        if (at[n]->moves)
            strbuf_printf(&p->tests, " && (uint64_t)(%.*s) < (uint64_t)%.*s",
                          STR_ARG(at[n]->last), STR_ARG(size[n]));
    }
    strbuf_printf(&p->declared, "%sfirst_%zu, last_%zu", p->declared.len ? ", " : "", k, k);
    strbuf_printf(&p->tests,
                  " &&\n        (first_%zu = (%.*s) * %.*s + (%.*s), "
                  "last_%zu = (%.*s) * %.*s + (%.*s), true)",
                  k, STR_ARG(row.first), STR_ARG(size[1]), STR_ARG(col.first), k,
                  STR_ARG(row.last), STR_ARG(size[1]), STR_ARG(col.last));
    p->known[i->dst.index] =
        (Ends){.first = str_printf(a, "first_%zu", k), .last = str_printf(a, "last_%zu", k),
               .moves = row.moves || col.moves};
    return true;
}

/* Whether the instruction needs no check in the copy. */
static bool probe_inst(Probe *p, const IrInst *i, size_t k)
{
    if (i->op == IR_OP_RUNTIME && i->runtime == RT_LIST_OPEN)
        return probe_index(p, i, &i->args.items[3], true);
    if (i->op == IR_OP_RUNTIME)
        return i->runtime == RT_MATRIX_CELL ? probe_cell(p, i, k) : probe_arithmetic(p, i, k);
    bool needs_len = !i->is_sure || (i->a.type && i->a.type->item->kind == TYPE_INT);
    if (i->op == IR_OP_ITEM || (i->op == IR_OP_ELEMENT && !i->is_sure))
        return needs_len && probe_index(p, i, &i->b, false);
    return false;
}

static void forget(Probe *p, const IrInst *i)
{
    if (i->dst.base == IR_LOCAL)
        p->known[i->dst.index] = (Ends){0};
    for (size_t n = 0; n < i->args.count; n++)
        if (i->args.items[n].kind == IR_ADDRESS && i->args.items[n].place.base == IR_LOCAL)
            p->known[i->args.items[n].place.index] = (Ends){0};
}

static void probe_copy(Probe *p, const IrInst *i)
{
    Ends ends = ends_of(p, &i->a);
    if (i->dst.base == IR_LOCAL && i->dst.path_len == 0)
        p->known[i->dst.index] = ends;
}

static void probe_body(Probe *p)
{
    FunctionWriter *f = p->f;
    for (size_t k = p->loop->test + 1; k < p->loop->step; k++) {
        const IrInst *i = &f->fn->code.items[k];
        if (i->label)
            break;
        if (i->op == IR_OP_SET) {
            probe_copy(p, i);
        } else if (probe_inst(p, i, k)) {
            p->is_certain[k] = true;
            p->saved++;
            if (i->op != IR_OP_RUNTIME || i->runtime == RT_LIST_OPEN)
                forget(p, i);
        } else {
            forget(p, i);
        }
    }
}

/* The last that is counted.  Below the lowest int there is none, and no turn. */
static Str last_text(Arena *arena, const Counting *loop, const IrOperand *bound)
{
    if (bound->kind == IR_INT && !loop->is_closed && bound->int_value > INT64_MIN)
        return end_text(arena, bound->int_value - 1);
    if (bound->kind == IR_INT)
        return end_text(arena, bound->int_value);
    return loop->is_closed ? loop->bound : str_printf(arena, "%.*s - 1", STR_ARG(loop->bound));
}

/* Whether the last turn's step overflows, where that is written out: C compilers warn of it. */
static bool is_known_past(const IrOperand *bound, int64_t by, bool is_closed)
{
    int64_t past;
    return __builtin_add_overflow(bound->int_value, by - !is_closed, &past);
}

/* That the last turn's step does not overflow. */
static void probe_step(Probe *p, const IrOperand *bound)
{
    const Counting *loop = p->loop;
    int64_t known = !loop->by ? 1 : loop->by->kind == IR_INT ? loop->by->int_value : 0;
    p->is_certain[loop->step] = loop->by != NULL;
    p->is_certain[loop->step - 1] |= loop->has_last_test;
    if (known == 1 && !loop->is_closed)
        return;
    if (known && bound->kind == IR_INT) {
        p->saved = is_known_past(bound, known, loop->is_closed) ? 0 : p->saved;
        return;
    }
    Str by = known ? c_int(p->f->e->arena, known) : operand_text(p->f, loop->by);
    if (!known)
        strbuf_printf(&p->tests, " &&\n        %.*s > 0", STR_ARG(by));
    strbuf_printf(&p->declared, "%spast", p->declared.len ? ", " : "");
    strbuf_printf(&p->tests, " &&\n        !__builtin_add_overflow(%.*s, %.*s, &past)",
                  STR_ARG(p->counts.last), STR_ARG(by));
}

static void probe_loop(Probe *p, FunctionWriter *f, const Counting *loop)
{
    Arena *a = f->e->arena;
    const IrOperand *bound = &f->fn->code.items[loop->test].b;
    *p = (Probe){.f = f, .loop = loop};
    p->is_inner = f->is_fast && loop->head > f->fast_from;
    p->counts = (Ends){.first = f->names[loop->counter], .last = last_text(a, loop, bound),
                       .moves = true, .is_last_fixed = is_fixed(p, bound)};
    p->known = arena_new_array(a, Ends, f->fn->locals.len + 1);
    p->is_above = arena_new_array(a, bool, f->fn->locals.len + 1);
    p->is_certain = arena_new_array(a, bool, f->fn->code.len + 1);
    strbuf_init(&p->declared, a);
    strbuf_init(&p->tests, a);
    strbuf_init(&p->ahead, a);
    probe_body(p);
    probe_step(p, bound);
}

/* A loop within it, which takes more turns, has the copy.  Only a `while` in a `for` does not: what
 * stands before it, as the search for the next prime, is often passed more than it is. */
static bool is_for_inner(FunctionWriter *f, const Counting *outer)
{
    Counting inner;
    Probe p;
    for (size_t k = outer->head + 1; k < outer->end; k++) {
        const IrInst *i = &f->fn->code.items[k];
        if (i->op != IR_OP_LABEL || !f->is_loop[i->label] || !find_counting(f, k, &inner) ||
            (inner.by && !outer->by))
            continue;
        probe_loop(&p, f, &inner);
        if (p.saved > 0)
            return true;
    }
    return false;
}

/* Whether the loop at `head` is to have a copy, and what is to be known of it. */
static bool probe_head(FunctionWriter *f, size_t head, Counting *loop, Probe *p)
{
    if (f->views.len == 0 || !find_counting(f, head, loop))
        return false;
    probe_loop(p, f, loop);
    return p->saved > 0 && !is_for_inner(f, loop);
}

bool count_saves(FunctionWriter *f, size_t head)
{
    Counting loop;
    Probe p;
    return probe_head(f, head, &loop, &p);
}

/* ---- writing them -------------------------------------------------------------------------- */

/* One test is as quick as looking at what it said before. */
static bool looks_ahead(const Probe *p)
{
    return p->ahead_count > 1;
}

/* Those of which all is fixed.  Below 1 the bound has no last turn before it; one that is not fixed
 * may not even be there yet. */
static Str tests_ahead(Probe *p)
{
    Str tests = strbuf_str(&p->ahead), bound = p->loop->bound;
    tests = str_slice(tests, sizeof " &&\n        " - 1, tests.len);
    if (!p->counts.is_last_fixed)
        return tests;
    return str_printf(p->f->e->arena, "%.*s > 0 &&\n        %.*s", STR_ARG(bound), STR_ARG(tests));
}

void count_ahead(FunctionWriter *f)
{
    Counting loop;
    Probe p;
    for (size_t k = f->fast_from + 1; k < f->fast_end; k++) {
        const IrInst *i = &f->fn->code.items[k];
        if (i->op != IR_OP_LABEL || !f->is_loop[i->label] || !probe_head(f, k, &loop, &p) ||
            !looks_ahead(&p))
            continue;
        Str tests = tests_ahead(&p);
        vec_push(f->e->arena, &f->sure, i->label);
        cw_line(f->w, "{");
        if (p.needs_got)
            cw_line(f->w, "    __attribute__((unused)) int64_t got;");
        cw_line(f->w, "    sure_%u = %.*s;", i->label, STR_ARG(tests));
        cw_line(f->w, "}");
    }
}

void count_declare(FunctionWriter *f)
{
    for (size_t k = 0; k < f->sure.len; k++)
        cw_line(f->w, "__attribute__((unused)) bool sure_%u = false;", f->sure.items[k]);
}

static Str guard_tests(Probe *p)
{
    Arena *arena = p->f->e->arena;
    Str tests = strbuf_str(&p->tests), ahead = strbuf_str(&p->ahead);
    if (looks_ahead(p))
        return str_printf(arena, "sure_%u%.*s", p->f->fn->code.items[p->loop->head].label,
                          STR_ARG(tests));
    tests = str_concat(arena, ahead, tests);
    return str_slice(tests, sizeof " &&\n        " - 1, tests.len);
}

static void write_guard(Probe *p)
{
    FunctionWriter *f = p->f;
    const Counting *loop = p->loop;
    Str counter = f->names[loop->counter];
    Str declared = strbuf_str(&p->declared), tests = guard_tests(p);
    cw_line(f->w, "{");
    if (declared.len)
        cw_line(f->w, "    __attribute__((unused)) int64_t %.*s;", STR_ARG(declared));
    if (p->needs_got && !looks_ahead(p))
        cw_line(f->w, "    __attribute__((unused)) int64_t got;");
    cw_line(f->w, "    if (FLOW_LIKELY(%.*s %s %.*s || (%.*s)))", STR_ARG(counter),
            loop->is_closed ? ">" : ">=", STR_ARG(loop->bound), STR_ARG(tests));
    cw_line(f->w, "        goto plain_%u;", f->fn->code.items[loop->head].label);
    cw_line(f->w, "}");
}

/* Before the loop: what decides for the copy. */
void count_before(FunctionWriter *f, const IrInst *i)
{
    Counting loop;
    Probe p;
    size_t head = (size_t)(i - f->fn->code.items);
    if (i->op != IR_OP_LABEL || !f->is_loop[i->label] || f->plain_end || fast_is_left(f) ||
        !probe_head(f, head, &loop, &p))
        return;
    if (i->line > 0 && has_loop_within(f, head, loop.end))
        cw_line(f->w, "flow_at_loop(t, %u);", i->line);
    write_guard(&p);
    f->is_certain = p.is_certain;
    f->plain_from = head;
    f->plain_end = loop.end;
}

/* Behind the jump back: the copy. */
void count_after(FunctionWriter *f, const IrInst *i)
{
    size_t k = (size_t)(i - f->fn->code.items);
    if (!f->plain_end || k != f->plain_end || f->is_plain)
        return;
    size_t from = f->plain_from;
    f->is_plain = true;
    f->line = f->noted = 0;
    for (size_t n = from; n <= k; n++)
        emit_inst(f, &f->fn->code.items[n]);
    f->is_plain = false;
    f->plain_end = 0;
    f->line = f->noted = 0;
}
