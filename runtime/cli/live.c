/* SPDX-License-Identifier: Apache-2.0 */
/* live.c - the steps of a run, drawn below the lines of a terminal.
 *
 * A frame goes up to where the last one began, clears from there, writes the lines that have come
 * since, and draws the steps anew: all in one write, within a synchronized update, so that nothing
 * flickers.  The cursor waits on the line below.  What is typed would move it, so the terminal's
 * echo is off as long as something is drawn, and comes back however the run ends. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strcasestr */
#endif
#include "cli/order.h"
#include "cli/report_private.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/memory.h"
#include "os/terminal.h"

enum {
    FRAME_MS = 100,
    ROWS_MOST = 200,
    ROWS_LEFT = 4, /* of the terminal, for the lines above */
    DONE_PART = 3, /* of the rows, at most a third for what is done while something waits */
    NAME_LEAST = 6,
    NAME_MOST = 32,
    BAR_NARROW = 12,
    BAR_WIDE = 40,
    WIDE = 120,
    COUNTS_LEAST = 4,
    STATE_WIDTH = 8,
    WATCHED = 11 /* signals */
};

typedef struct Look {
    const char *full, *empty, *done, *failed, *running, *waiting, *stopped;
} Look;

static const Look in_unicode = {"█", "░", "✓", "✗", "●", "○", "◌"};
static const Look in_ascii = {"#", ".", "+", "x", "*", "-", "-"};

typedef enum StepState { IS_WAITING, IS_RUNNING, IS_DONE, IS_FAILED, IS_STOPPED } StepState;

struct Live {
    Report *report;
    const Look *look;
    bool has_color, is_over;
    StepState *states; /* of each step, in this frame */
    uv_timer_t timer;
    struct sigaction before[WATCHED]; /* what these signals did */
    bool is_watched[WATCHED];
    int columns, rows;   /* of the terminal */
    Buffer frame, block, drawn;
    size_t widths[ROWS_MOST]; /* of the lines that are drawn */
    size_t drawn_count, line_count;
    size_t new_widths[ROWS_MOST];
    size_t line_width; /* of the line that is being made */
    bool is_full;      /* an item of that line had no room: no other follows */
    bool has_failed;   /* for lack of memory: this frame is left out */
};

/* SIGCONT has come: the shell has written below what we drew.  No watcher of the event loop, since
 * a frame could come before it. */
static volatile sig_atomic_t was_stopped;

/* Widths of the columns, as wide as what stands in them. */
typedef struct Layout {
    size_t name, bar, counts;
} Layout;

/* ---- lines -------------------------------------------------------------- */

static void put_bytes(Live *l, const char *bytes, size_t len)
{
    l->has_failed |= buffer_append(&l->block, bytes, len) != FLOW_OK;
}

/* As much of it as fits; the last column stays free, since some terminals wrap behind it. */
static void put(Live *l, const char *text)
{
    for (size_t len = strlen(text), size, wide; len > 0; text += size, len -= size) {
        size = terminal_point(text, len, &wide);
        if (l->line_width + wide >= (size_t)l->columns)
            return;
        put_bytes(l, text, size);
        l->line_width += wide;
    }
}

static void paint(Live *l, Paint paint)
{
    if (l->has_color)
        put_bytes(l, paint_sequence(paint), strlen(paint_sequence(paint)));
}

/* An item at the end of a line, whole or not at all: in ASCII, with what stands between it and the
 * last. */
static void put_item(Live *l, const char *between, Paint color, const char *text)
{
    l->is_full |= l->line_width + strlen(between) + strlen(text) + 1 > (size_t)l->columns;
    if (l->is_full)
        return;
    put(l, between);
    paint(l, color);
    put(l, text);
    paint(l, PAINT_NONE);
}

static void put_to(Live *l, size_t column)
{
    while (l->line_width < column && l->line_width + 1 < (size_t)l->columns)
        put(l, " ");
}

static void end_line(Live *l)
{
    put_bytes(l, "\n", 1);
    if (l->line_count < ROWS_MOST)
        l->new_widths[l->line_count++] = l->line_width;
    l->line_width = 0;
    l->is_full = false;
}

/* "12 s", "3 min 5 s", "2 h 10 min": whole seconds, so that what only waits is not drawn anew. */
static void whole_duration(int64_t ns, char out[32])
{
    int64_t seconds = ns > 0 ? ns / 1000000000 : 0;
    if (seconds < 60)
        snprintf(out, 32, "%d s", (int)seconds);
    else
        console_duration(seconds * 1000000000, out);
}

/* ---- steps -------------------------------------------------------------- */

static StepState state_of(const Report *r, uint32_t step)
{
    const StepProgress *p = &r->progress.steps[step];
    if (run_running(r->run, step) > 0 && !r->live->is_over)
        return IS_RUNNING;
    if (p->failed > 0 && (r->live->is_over || progress_is_over(&r->progress, step)))
        return IS_FAILED;
    if (progress_is_over(&r->progress, step))
        return IS_DONE;
    if (r->live->is_over)
        return p->done > 0 || r->times[step].began ? IS_STOPPED : IS_WAITING;
    /* Where something has begun the next tasks are on their way, or wait for what comes before. */
    return r->phases[step] != STEP_UNSEEN && p->done < p->expected ? IS_RUNNING : IS_WAITING;
}

static uint64_t settled(const StepProgress *p)
{
    return p->done + p->failed;
}

static void count_text(const StepProgress *p, char out[48])
{
    out[0] = 0;
    if (p->expected > 1)
        snprintf(out, 48, "%" PRIu64 "/%" PRIu64, p->done, p->expected);
}

static Layout lay_out(const Live *l)
{
    const Report *r = l->report;
    Layout layout = {NAME_LEAST, 0, COUNTS_LEAST};
    for (uint32_t i = 0; i < r->program->step_count; i++) {
        char counts[48];
        size_t name = strlen(r->program->steps[i].name);
        count_text(&r->progress.steps[i], counts);
        layout.name = name > layout.name ? name : layout.name;
        layout.counts = strlen(counts) > layout.counts ? strlen(counts) : layout.counts;
    }
    size_t most = (size_t)l->columns / 4 > NAME_LEAST ? (size_t)l->columns / 4 : NAME_LEAST;
    most = most > NAME_MOST ? NAME_MOST : most;
    layout.name = layout.name > most ? most : layout.name;
    layout.bar = l->columns >= WIDE ? BAR_WIDE : BAR_NARROW;
    if (r->program->domain_count < 2) { /* no foreach: neither bars nor counts */
        layout.bar = STATE_WIDTH;
        layout.counts = 0;
    }
    return layout;
}

static void put_bar(Live *l, const StepProgress *p, size_t width)
{
    double part = p->expected ? (double)settled(p) / (double)p->expected : 0;
    size_t full = (size_t)(part * (double)width + 0.5);
    paint(l, PAINT_BUSY);
    for (size_t i = 0; i < full && i < width; i++)
        put(l, l->look->full);
    paint(l, PAINT_NONE);
    paint(l, PAINT_DIM);
    for (size_t i = full; i < width; i++)
        put(l, l->look->empty);
    paint(l, PAINT_NONE);
}

/* How long it has taken, and from what it has done how long the rest will take. */
static void put_time(Live *l, uint32_t step, StepState state)
{
    const Report *r = l->report;
    const StepProgress *p = &r->progress.steps[step];
    const StepTime *time = &r->times[step];
    char text[32], line[80];
    if (!time->began)
        return;
    int64_t now = os_now_ns(), end = state == IS_RUNNING || !time->ended ? now : time->ended;
    if (state != IS_RUNNING) {
        console_duration(end - time->began, text);
        put_item(l, "", PAINT_NONE, text);
        return;
    }
    whole_duration(end - time->began, text);
    put_item(l, "", PAINT_NONE, text);
    uint64_t here = settled(p) > p->taken ? settled(p) - p->taken : 0;
    if (p->expected < 2 || here == 0 || settled(p) >= p->expected)
        return;
    double rest = (double)(end - time->began) / (double)here * (double)(p->expected - settled(p));
    if (rest < (double)(time->retry_ends - now)) /* one that failed is the last to come */
        rest = (double)(time->retry_ends - now);
    whole_duration((int64_t)(rest < 9e18 ? rest : 9e18), text);
    snprintf(line, sizeof line, "about %s left", text);
    put_item(l, ", ", PAINT_NONE, line);
}

static void put_remarks(Live *l, const StepProgress *p, const StepTime *time)
{
    char text[160];
    const struct {
        uint64_t count;
        const char *words;
        Paint paint;
    } remarks[] = {{p->expected > 1 ? p->failed : 0, "failed", PAINT_BAD},
                   {p->caught, "caught", PAINT_WARNING},
                   {time->retries, "retried", PAINT_WARNING},
                   {p->taken, "taken over", PAINT_DIM}};
    const char *between = time->began ? ", " : ""; /* its time stands before */
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++) {
        if (remarks[i].count == 0)
            continue;
        snprintf(text, sizeof text, "%" PRIu64 " %s", remarks[i].count, remarks[i].words);
        put_item(l, between, remarks[i].paint, text);
        between = ", ";
    }
}

static void put_state(Live *l, const StepProgress *p, StepState state, size_t width)
{
    static const char *const words[] = {"waiting", "running", "done", "failed", "stopped"};
    static const Paint paints[] = {PAINT_DIM, PAINT_BUSY, PAINT_GOOD, PAINT_BAD, PAINT_WARNING};
    if (state == IS_RUNNING && p->expected > 1) {
        put_bar(l, p, width);
        return;
    }
    paint(l, paints[state]);
    put(l, state == IS_WAITING && l->is_over ? "not run" : words[state]);
    paint(l, PAINT_NONE);
}

static void put_step(Live *l, uint32_t step, const Layout *layout)
{
    const Report *r = l->report;
    const StepProgress *p = &r->progress.steps[step];
    StepState state = l->states[step];
    const char *icons[] = {l->look->waiting, l->look->running, l->look->done, l->look->failed,
                           l->look->stopped};
    static const Paint paints[] = {PAINT_DIM, PAINT_BUSY, PAINT_GOOD, PAINT_BAD, PAINT_WARNING};
    char name[NAME_MOST + 1], counts[48];
    snprintf(name, sizeof name, "%.*s", (int)layout->name, r->program->steps[step].name);
    put(l, " ");
    paint(l, paints[state]);
    put(l, icons[state]);
    paint(l, PAINT_NONE);
    put(l, " ");
    put(l, name);
    size_t at = 3 + layout->name + 2;
    put_to(l, at);
    put_state(l, p, state, layout->bar);
    count_text(p, counts);
    if (counts[0]) {
        put_to(l, at + layout->bar + 2 + layout->counts - strlen(counts));
        put(l, counts);
    }
    if (r->times[step].began || p->taken) {
        put_to(l, at + layout->bar + 2 + layout->counts + (layout->counts ? 2 : 0));
        put_time(l, step, state);
        put_remarks(l, p, &r->times[step]);
    }
    end_line(l);
}

/* ---- the block ---------------------------------------------------------- */

static void put_failed(Live *l)
{
    const Report *r = l->report;
    char text[40];
    uint64_t failed = 0;
    for (uint32_t i = 0; i < r->program->step_count; i++)
        failed += r->progress.steps[i].failed;
    if (failed == 0)
        return;
    snprintf(text, sizeof text, "%" PRIu64 " failed", failed);
    put_item(l, ", ", PAINT_BAD, text);
}

static void put_head(Live *l)
{
    const Report *r = l->report;
    char text[400], took[32];
    uint64_t running = 0;
    for (uint32_t i = 0; i < r->program->step_count; i++)
        running += l->is_over ? 0 : run_running(r->run, i);
    if (r->ended)
        console_duration(r->ended - r->began, took);
    else
        whole_duration(os_now_ns() - r->began, took);
    paint(l, PAINT_STRONG);
    snprintf(text, sizeof text, "Run %" PRId64 " of %.200s", r->id, r->program->name);
    put(l, text);
    paint(l, PAINT_NONE);
    uint64_t done = progress_done(&r->progress);
    put_item(l, "  ", PAINT_NONE, took);
    snprintf(text, sizeof text, "%" PRIu64 " %s done", done, done == 1 ? "task" : "tasks");
    put_item(l, "  ", PAINT_NONE, text);
    snprintf(text, sizeof text, "%" PRIu64 " running", running);
    if (running > 0)
        put_item(l, ", ", PAINT_NONE, text);
    put_failed(l);
    if (r->is_interrupted && !l->is_over)
        put_item(l, ", ", PAINT_NONE, "stopping");
    end_line(l);
}

/* In the order of the graph, as many as there is room for. */
static size_t choose_state(const Live *l, const uint16_t *order, StepState state, bool *is_shown,
                           size_t room)
{
    size_t taken = 0;
    for (uint32_t i = 0; i < l->report->program->step_count && taken < room; i++)
        if (l->states[order[i]] == state && !is_shown[order[i]]) {
            is_shown[order[i]] = true;
            taken++;
        }
    return taken;
}

/* The step that was done last, of those that are not shown; FLOW_NO_STEP: there is none. */
static uint32_t last_done(const Live *l, const bool *is_shown)
{
    uint32_t last = FLOW_NO_STEP;
    for (uint32_t i = 0; i < l->report->program->step_count; i++)
        if (l->states[i] == IS_DONE && !is_shown[i] &&
            (last == FLOW_NO_STEP || l->report->times[i].ended >= l->report->times[last].ended))
            last = i;
    return last;
}

static size_t choose_done(const Live *l, bool *is_shown, size_t room)
{
    size_t taken = 0;
    for (uint32_t step; taken < room && (step = last_done(l, is_shown)) != FLOW_NO_STEP; taken++)
        is_shown[step] = true;
    return taken;
}

/* Which steps are shown where not all can be: those that failed, run or were stopped, then some of
 * those done last and what comes next, until the rows are full. */
static void choose(const Live *l, const uint16_t *order, bool *is_shown, size_t room)
{
    static const StepState first[] = {IS_FAILED, IS_RUNNING, IS_STOPPED};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        room -= choose_state(l, order, first[i], is_shown, room);
    room -= choose_done(l, is_shown, room / DONE_PART);
    room -= choose_state(l, order, IS_WAITING, is_shown, room);
    choose_done(l, is_shown, room);
}

/* "and 12 more done, 37 more waiting" */
static void put_rest(Live *l, const uint64_t rest[IS_STOPPED + 1])
{
    const char *const words[] = {l->is_over ? "not run" : "waiting", "running", "done", "failed",
                                 "stopped"};
    static const int order[] = {IS_DONE, IS_RUNNING, IS_FAILED, IS_STOPPED, IS_WAITING};
    const char *between = "   and ";
    paint(l, PAINT_DIM);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        char text[60];
        if (rest[order[i]] == 0)
            continue;
        snprintf(text, sizeof text, "%s%" PRIu64 " more %s", between, rest[order[i]],
                 words[order[i]]);
        put(l, text);
        between = ", ";
    }
    paint(l, PAINT_NONE);
    end_line(l);
}

/* `is_shown` is NULL where all are. */
static void put_steps(Live *l, const uint16_t *order, const bool *is_shown)
{
    Layout layout = lay_out(l);
    uint64_t rest[IS_STOPPED + 1] = {0};
    for (uint32_t i = 0; i < l->report->program->step_count; i++) {
        if (is_shown && !is_shown[order[i]])
            rest[l->states[order[i]]]++;
        else
            put_step(l, order[i], &layout);
    }
    if (is_shown)
        put_rest(l, rest);
}

/* How many rows there are for steps below the head. */
static size_t rows_of_steps(const Live *l)
{
    size_t rows = l->rows > ROWS_LEFT + 3 ? (size_t)l->rows - ROWS_LEFT - 1 : 2;
    return rows < ROWS_MOST - 1 ? rows : ROWS_MOST - 1;
}

static void make_block(Live *l)
{
    const FlowProgram *program = l->report->program;
    size_t count = program->step_count, rows = rows_of_steps(l);
    uint16_t *order = order_new(program);
    bool *is_shown = os_alloc_zero((count + 1) * sizeof *is_shown);
    buffer_clear(&l->block);
    l->line_count = 0;
    l->has_failed = !order || !is_shown;
    for (uint32_t i = 0; i < count; i++)
        l->states[i] = state_of(l->report, i);
    if (!l->has_failed) {
        if (count > rows)
            choose(l, order, is_shown, rows - 1); /* one is for the rest */
        put_head(l);
        put_steps(l, order, count > rows ? is_shown : NULL);
    }
    os_free(order);
    os_free(is_shown);
}

/* ---- frames ------------------------------------------------------------- */

static void measure(Live *l)
{
    struct winsize size = {0};
    bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    l->columns = is_known ? size.ws_col : 80;
    l->rows = is_known && size.ws_row > 0 ? size.ws_row : 24;
}

/* How many rows the drawn lines take: a terminal that became narrower has wrapped them. */
static size_t drawn_rows(const Live *l)
{
    size_t rows = 0, columns = (size_t)l->columns;
    for (size_t i = 0; i < l->drawn_count; i++)
        rows += l->widths[i] > columns ? (l->widths[i] + columns - 1) / columns : 1;
    return rows;
}

static FlowStatus add_erasure(Live *l)
{
    size_t rows = drawn_rows(l);
    if (rows == 0)
        return FLOW_OK;
    return buffer_printf(&l->frame, "\r\033[%zuA\033[J", rows);
}

/* The lines that wait; what has no end yet waits on. */
static FlowStatus add_held(Live *l)
{
    Buffer *held = &l->report->console->held;
    size_t len = held->len;
    while (len > 0 && held->bytes[len - 1] != '\n')
        len--;
    FlowStatus s = buffer_append(&l->frame, held->bytes, len);
    if (s != FLOW_OK || len == 0)
        return s;
    memmove(held->bytes, held->bytes + len, held->len - len);
    held->len -= len;
    return s;
}

static void write_frame(Live *l)
{
    buffer_clear(&l->frame);
    FlowStatus s = buffer_append_text(&l->frame, "\033[?2026h");
    if (s == FLOW_OK)
        s = add_erasure(l);
    if (s == FLOW_OK)
        s = add_held(l);
    if (s == FLOW_OK)
        s = buffer_append(&l->frame, l->block.bytes, l->block.len);
    if (s == FLOW_OK)
        s = buffer_append_text(&l->frame, "\033[?2026l");
    if (s != FLOW_OK)
        return;
    console_write_frame(l->report->console, l->frame.bytes, l->frame.len);
    memcpy(l->widths, l->new_widths, sizeof l->widths);
    l->drawn_count = l->line_count;
    buffer_clear(&l->drawn);
    if (buffer_append(&l->drawn, l->block.bytes, l->block.len) != FLOW_OK)
        buffer_clear(&l->drawn); /* then the next frame is drawn in any case */
}

static void draw(void *ctx)
{
    Live *l = ctx;
    if (was_stopped)
        l->drawn_count = 0;
    was_stopped = 0;
    measure(l);
    make_block(l);
    bool is_same = l->drawn_count > 0 && l->block.len == l->drawn.len &&
                   memcmp(l->block.bytes, l->drawn.bytes, l->block.len) == 0;
    if (!l->has_failed && (!is_same || l->report->console->held.len > 0))
        write_frame(l);
}

static void on_timer(uv_timer_t *timer)
{
    Live *l = timer->data;
    console_flush(l->report->console); /* a stream that leads elsewhere is not held */
    draw(l);
}

/* ---- signals ------------------------------------------------------------ */

static void on_resumed(int number)
{
    (void)number;
    was_stopped = 1;
    terminal_echo(false);
}

/* Ctrl-Z: the shell has the terminal until SIGCONT. */
static void on_suspended(int number)
{
    int error = errno;
    terminal_echo(true);
    raise(number == SIGTSTP ? SIGSTOP : number);
    errno = error;
}

/* What ends us without a word: once more, with its own effect. */
static void on_fatal(int number)
{
    terminal_echo(true);
    raise(number);
}

static const struct {
    int number, flags;
    void (*handler)(int);
} watched[WATCHED] = {
    {SIGCONT, SA_RESTART, on_resumed},
    {SIGTSTP, SA_RESTART, on_suspended},
    {SIGQUIT, SA_RESETHAND | SA_NODEFER, on_fatal},
    {SIGABRT, SA_RESETHAND | SA_NODEFER, on_fatal},
    {SIGSEGV, SA_RESETHAND | SA_NODEFER, on_fatal},
    {SIGBUS, SA_RESETHAND | SA_NODEFER, on_fatal},
    {SIGFPE, SA_RESETHAND | SA_NODEFER, on_fatal},
    {SIGILL, SA_RESETHAND | SA_NODEFER, on_fatal},
    {SIGUSR1, SA_RESETHAND | SA_NODEFER, on_fatal},
    {SIGUSR2, SA_RESETHAND | SA_NODEFER, on_fatal},
    {SIGALRM, SA_RESETHAND | SA_NODEFER, on_fatal},
};

/* What is ignored, or has a handler of another's, stays so. */
static void watch_signals(Live *l)
{
    for (size_t i = 0; i < WATCHED; i++) {
        struct sigaction action = {.sa_handler = watched[i].handler, .sa_flags = watched[i].flags};
        l->is_watched[i] = sigaction(watched[i].number, NULL, &l->before[i]) == 0 &&
                           l->before[i].sa_handler == SIG_DFL;
        if (l->is_watched[i])
            sigaction(watched[i].number, &action, NULL);
    }
}

static void unwatch_signals(Live *l)
{
    for (size_t i = 0; i < WATCHED; i++)
        if (l->is_watched[i])
            sigaction(watched[i].number, &l->before[i], NULL);
}

/* ---- beginning and end -------------------------------------------------- */

static bool speaks_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(variables[i]);
        if (value && value[0])
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

FlowStatus live_start(Report *r, uv_loop_t *loop, Live **out)
{
    Live *l = os_alloc_zero(sizeof *l);
    if (!l)
        return FLOW_ENOMEM;
    l->states = os_alloc_zero((r->program->step_count + 1u) * sizeof *l->states);
    if (!l->states) {
        os_free(l);
        return FLOW_ENOMEM;
    }
    *out = l;
    l->report = r;
    l->look = speaks_utf8() ? &in_unicode : &in_ascii;
    l->has_color = r->console->streams[CONSOLE_ERR].has_color;
    uv_timer_init(loop, &l->timer);
    l->timer.data = l;
    uv_timer_start(&l->timer, on_timer, FRAME_MS, FRAME_MS);
    uv_unref((uv_handle_t *)&l->timer);
    watch_signals(l);
    terminal_echo(false);
    console_hold(r->console, draw, l);
    return FLOW_OK;
}

void live_stop(Live *l)
{
    if (l->is_over)
        return;
    l->is_over = true;
    draw(l);
    console_hold(l->report->console, NULL, NULL);
    uv_close((uv_handle_t *)&l->timer, NULL);
    terminal_echo(true);
    unwatch_signals(l);
}

void live_free(Live *l)
{
    if (!l)
        return;
    buffer_free(&l->frame);
    buffer_free(&l->block);
    buffer_free(&l->drawn);
    os_free(l->states);
    os_free(l);
}
