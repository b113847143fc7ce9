/* SPDX-License-Identifier: Apache-2.0 */
/* task.h - what the code of a step sees of the task that it runs in.
 *
 * A body reads t->in[k], writes t->out[k], sets t->way and returns.  Slots are
 * numbered by the compiler; the body never sees a name, a path or a database. */
#ifndef FLOW_TASK_H
#define FLOW_TASK_H

#include <flow/value.h>

typedef struct FlowProgram FlowProgram;
typedef struct FlowStep FlowStep;

enum { FLOW_TRACE_MAX = 24, FLOW_MESSAGE_MAX = 4000, FLOW_DEPTH_MAX = 4000 };

typedef struct FlowFrame {
    const char *function; /* as written in Flow, "search" */
    const char *file;
    uint32_t line;
} FlowFrame;

/* Counter-based random numbers (Philox 4x32-10): the key comes from the run's
 * seed, the step, the path of indices and the round, never from the attempt. */
typedef struct FlowRandom {
    uint64_t key;
    uint64_t counter;
    double spare;
} FlowRandom;

/* Of the run and the row; the texts live as long as the task does. */
typedef struct FlowCurrent {
    int64_t run, origin;  /* origin: the run that this one resumes, or 0 */
    const char *user;
    const char *tags;     /* words with a blank between each two */
    const uint64_t *path; /* the row's indices, outermost first, with rounds (sched/ledger.h) */
    size_t path_len;
} FlowCurrent;

struct FlowTask {
    const FlowProgram *program;
    const FlowStep *step;
    const void *const *in; /* in[k]: value of read k, borrowed for the task's life */
    void *const *out;      /* out[k]: zeroed room for keep k, filled before a way is taken */
    FlowList *fan;         /* the list of a foreach that was taken; owned */
    uint16_t way;          /* index of the edge that was taken */

    volatile uint32_t *line; /* the line that runs now, and its file, in shared memory */
    volatile uint32_t *foreign; /* program->externs[] that runs, from 1; NULL: nobody asks */
    uint32_t depth;          /* calls that are open */
    FlowRandom random;

    const FlowCurrent *current; /* NULL outside of a run */
    uint64_t ord;
    uint32_t round;   /* counted from 0 */
    uint32_t attempt; /* counted from 1 */
    uint32_t cpus;    /* cores that it may use; 0: one */
    bool has_company; /* threads of this task, which print where it does */
    uint32_t prints;  /* counted up by all that writes to standard output or error */

    FlowStatus status;                /* of the failure below */
    char message[FLOW_MESSAGE_MAX];   /* NUL-terminated UTF-8 */
    FlowFrame trace[FLOW_TRACE_MAX];  /* innermost first */
    uint32_t trace_count;
};

/* The file in which the functions that follow stand, from 1 on in program->files; 0: the flow's
 * own.  Emitted code defines it anew where another file begins. */
#define FLOW_IN_FILE 0u
enum { FLOW_LINE_BITS = 24 };
/* What *task->line says. */
#define FLOW_NOTED_LINE(noted) ((noted) & ((1u << FLOW_LINE_BITS) - 1))
#define FLOW_NOTED_FILE(noted) ((noted) >> FLOW_LINE_BITS)

/* Notes the line before a statement that calls anything.  Macros, so that in a debugger a step does
 * not lead into them. */
#define flow_at(t, at_line) ((void)(*(t)->line = (at_line) | FLOW_IN_FILE << FLOW_LINE_BITS))
/* The same before a loop: the scheduler reads it while nothing is called, so it must not wait. */
#define flow_at_loop(t, at_line)                                                                   \
    ((void)(*(volatile uint32_t *)(t)->line = (at_line) | FLOW_IN_FILE << FLOW_LINE_BITS))

/* Notes that a C function of the user's own is called, and 0 when it is back. */
static inline void flow_at_foreign(FlowTask *t, uint32_t number)
{
    if (t->foreign)
        *t->foreign = number;
}

/* The cold side of every check.  Fills the message; returns FLOW_FAIL (or FLOW_ENOMEM). */
FLOW_COLD FlowStatus flow_fail(FlowTask *t, const char *format, ...) FLOW_PRINTF(2, 3);
FLOW_COLD FlowStatus flow_fail_string(FlowTask *t, const FlowString *message);
FLOW_COLD FlowStatus flow_fail_memory(FlowTask *t, size_t bytes);
FLOW_COLD FlowStatus flow_fail_overflow(FlowTask *t, const char *operation);
FLOW_COLD FlowStatus flow_fail_division(FlowTask *t);

/* Adds a frame to the trace of a failure on its way out of a function. */
FLOW_COLD void flow_trace(FlowTask *t, const char *function, const char *file, uint32_t line);

/* Forgets a failure that a `try` has handled; the message goes to *out when wanted. */
FlowStatus flow_handled(FlowTask *t, FlowString **out);

/* Called as a Flow function is entered; fails when recursion gets too deep. */
static inline FlowStatus flow_enter(FlowTask *t)
{
    if (FLOW_UNLIKELY(++t->depth > FLOW_DEPTH_MAX))
        return flow_fail(t, "recursion is more than %d calls deep", FLOW_DEPTH_MAX);
    return FLOW_OK;
}
static inline void flow_leave(FlowTask *t) { t->depth--; }

/* ---- checked arithmetic: what fails leaves *out as it was ---------------- */

/* No more than 2 ** 28 from 0: the product of two such numbers times 64, and another added to it,
 * is no overflow yet. */
static inline bool flow_is_near(int64_t n)
{
    return n >= -(INT64_C(1) << 28) && n <= INT64_C(1) << 28;
}

static inline FlowStatus flow_int_add(FlowTask *t, int64_t a, int64_t b, int64_t *out)
{
    int64_t sum = 0;
    if (FLOW_UNLIKELY(__builtin_add_overflow(a, b, &sum)))
        return flow_fail_overflow(t, "+");
    *out = sum;
    return FLOW_OK;
}
static inline FlowStatus flow_int_sub(FlowTask *t, int64_t a, int64_t b, int64_t *out)
{
    int64_t rest = 0;
    if (FLOW_UNLIKELY(__builtin_sub_overflow(a, b, &rest)))
        return flow_fail_overflow(t, "-");
    *out = rest;
    return FLOW_OK;
}
static inline FlowStatus flow_int_mul(FlowTask *t, int64_t a, int64_t b, int64_t *out)
{
    int64_t product = 0;
    if (FLOW_UNLIKELY(__builtin_mul_overflow(a, b, &product)))
        return flow_fail_overflow(t, "*");
    *out = product;
    return FLOW_OK;
}
static inline FlowStatus flow_int_neg(FlowTask *t, int64_t a, int64_t *out)
{
    if (FLOW_UNLIKELY(a == INT64_MIN))
        return flow_fail_overflow(t, "-");
    *out = -a;
    return FLOW_OK;
}
/* A divisor that the C compiler sees, and by which a shift or a mask divides: both round down. */
#define FLOW_IS_SHIFT(b) (__builtin_constant_p(b) && (b) > 0 && ((b) & ((b) - 1)) == 0)

/* Round down, and the remainder that goes with it (its sign is the divisor's). */
static inline FlowStatus flow_int_div(FlowTask *t, int64_t a, int64_t b, int64_t *out)
{
    if (FLOW_IS_SHIFT(b)) {
        *out = a >> __builtin_ctzll((uint64_t)b);
        return FLOW_OK;
    }
    if (FLOW_UNLIKELY(b == 0))
        return flow_fail_division(t);
    if (FLOW_UNLIKELY(b == -1 && a == INT64_MIN))
        return flow_fail_overflow(t, "div");
    *out = a / b - (a % b != 0 && (a % b < 0) != (b < 0));
    return FLOW_OK;
}
static inline FlowStatus flow_int_mod(FlowTask *t, int64_t a, int64_t b, int64_t *out)
{
    if (FLOW_IS_SHIFT(b)) {
        *out = a & (b - 1);
        return FLOW_OK;
    }
    if (FLOW_UNLIKELY(b == 0))
        return flow_fail_division(t);
    int64_t rest = b == -1 ? 0 : a % b;
    *out = rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    return FLOW_OK;
}
FlowStatus flow_int_pow(FlowTask *t, int64_t base, int64_t exponent, int64_t *out);
/* Bits, of two's complement.  What is shifted out is gone; shift_right keeps the sign. */
static inline int64_t flow_bit_and(int64_t a, int64_t b) { return a & b; }
static inline int64_t flow_bit_or(int64_t a, int64_t b) { return a | b; }
static inline int64_t flow_bit_xor(int64_t a, int64_t b) { return a ^ b; }
static inline int64_t flow_bit_not(int64_t a) { return ~a; }
static inline int64_t flow_popcount(int64_t a) { return __builtin_popcountll((uint64_t)a); }
static inline int64_t flow_trailing_zeros(int64_t a)
{
    return a ? __builtin_ctzll((uint64_t)a) : 64;
}
/* The lowest bit that is set, alone; 0 of 0. */
static inline int64_t flow_lowest_bit(int64_t a)
{
    return (int64_t)((uint64_t)a & (0 - (uint64_t)a));
}
FLOW_COLD FlowStatus flow_fail_shift(FlowTask *t, int64_t by);
static inline FlowStatus flow_shift_left(FlowTask *t, int64_t a, int64_t by, int64_t *out)
{
    if (FLOW_UNLIKELY((uint64_t)by > 63))
        return flow_fail_shift(t, by);
    *out = (int64_t)((uint64_t)a << by);
    return FLOW_OK;
}
static inline FlowStatus flow_shift_right(FlowTask *t, int64_t a, int64_t by, int64_t *out)
{
    if (FLOW_UNLIKELY((uint64_t)by > 63))
        return flow_fail_shift(t, by);
    *out = a >> by;
    return FLOW_OK;
}
/* float to int: fails on nan and out of range.  Truncates. */
FlowStatus flow_int_of_float(FlowTask *t, double x, int64_t *out);
/* size and duration times a float, rounded; fails on overflow. */
FlowStatus flow_quantity_scale(FlowTask *t, int64_t quantity, double factor, int64_t *out);

#endif
