/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_logs.c - what tasks printed, task after task, byte by byte as they wrote it.
 *
 * Each stream goes to the stream that it came from.  Headings between tasks go to standard error,
 * so that standard output holds what the tasks wrote there and nothing else.
 *
 * --follow looks at the store again and again, and prints what each attempt has written since, of
 * those that run whole lines.  A heading comes before whatever is of another attempt than the
 * last. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/leftover.h"
#include "cli/plain.h"
#include "cli/tasklog.h"
#include "cli/view.h"
#include "os/memory.h"

enum { NAME_MOST = 320, LOOK_MS = 200 };

/* An attempt, and up to where its output is printed.  In an open table of a power of two. */
typedef struct Printed {
    uint64_t key;         /* 0: free */
    uint64_t out, err;    /* places in the files of its slot */
    bool is_over;         /* how it failed is printed as well */
} Printed;

typedef struct PrintedTable {
    Printed *entries;
    size_t cap, count;
} PrintedTable;

typedef struct Logs {
    Cli *cli;
    View *view;
    bool has_headings; /* more than one task was asked for */
    bool follows;
    TaskStreams streams;
    uint32_t attempt; /* 0: all */
    PrintedTable printed;
    uint64_t last;     /* key of the attempt that was printed last */
    uint64_t tasks;    /* that were looked at, and */
    uint32_t attempts; /* the most that one of them had */
    bool has_attempt;  /* one of them had the one that was asked for */
    bool has_printed;
    const char *state; /* of the last of them */
    FlowError *err;
} Logs;

/* ---- what was printed before -------------------------------------------- */

static uint64_t key_of(const ViewTask *task, uint32_t attempt)
{
    const uint64_t parts[] = {task->step, task->round, task->ord, attempt};
    uint64_t key = 0xcbf29ce484222325u;
    for (size_t i = 0; i < 4; i++) {
        key = (key ^ parts[i]) * 0x9e3779b97f4a7c15u;
        key ^= key >> 29;
    }
    return key ? key : 1;
}

/* Its entry, or the free one that becomes it. */
static Printed *find(const PrintedTable *t, uint64_t key)
{
    size_t at = key & (t->cap - 1);
    while (t->entries[at].key && t->entries[at].key != key)
        at = (at + 1) & (t->cap - 1);
    return &t->entries[at];
}

static FlowStatus grow(PrintedTable *t)
{
    PrintedTable grown = {.cap = t->cap ? 2 * t->cap : 256, .count = t->count};
    grown.entries = os_alloc_zero(grown.cap * sizeof *grown.entries);
    if (!grown.entries)
        return FLOW_ENOMEM;
    for (size_t i = 0; i < t->cap; i++)
        if (t->entries[i].key)
            *find(&grown, t->entries[i].key) = t->entries[i];
    os_free(t->entries);
    *t = grown;
    return FLOW_OK;
}

/* What is known of the attempt: of one that is new, that nothing of its span is printed. */
static FlowStatus printed_of(Logs *l, uint64_t key, const LogSpan *span, Printed **out)
{
    PrintedTable *t = &l->printed;
    if (2 * t->count >= t->cap && grow(t) != FLOW_OK)
        return flow_error(l->err, FLOW_ENOMEM, "out of memory");
    *out = find(t, key);
    if ((*out)->key)
        return FLOW_OK;
    t->count++;
    **out = (Printed){.key = key, .out = span->out_from, .err = span->err_from};
    return FLOW_OK;
}

/* ---- attempts ----------------------------------------------------------- */

/* One attempt of a task, of whatever end. */
typedef struct Attempt {
    const ViewTask *task;
    uint32_t number, pid;
    int64_t run; /* whose files have it */
    const LogSpan *log;
    const ViewFail *fail; /* NULL: it has not failed */
    const char *state;    /* "running", "stopped"; NULL: it is done or has failed */
} Attempt;

static void heading(const Logs *l, const Attempt *a)
{
    char name[NAME_MOST];
    Console *c = l->cli->console;
    view_task_name(l->view, a->task, name, sizeof name);
    if (!a->fail && !a->state && !l->has_headings && a->task->fail_count == 0)
        return;
    console_printf(c, CONSOLE_ERR, "--- %s", name);
    if (a->pid)
        console_printf(c, CONSOLE_ERR, " (pid %u)", a->pid);
    if (a->number > 1 || a->fail)
        console_printf(c, CONSOLE_ERR, ", attempt %u", a->number);
    if (a->fail)
        console_printf(c, CONSOLE_ERR, " %s", why_name(a->fail->why));
    else if (a->state)
        console_printf(c, CONSOLE_ERR, ", %s", a->state);
    console_text(c, CONSOLE_ERR, "\n");
}

/* The message and the lines of the flow that led there. */
static void print_failure(const Logs *l, const ViewFail *fail)
{
    Console *c = l->cli->console;
    if (!(l->streams & TASKLOG_ERR))
        return;
    plain_lines(c, CONSOLE_ERR, "", fail->message, strlen(fail->message));
    plain_lines(c, CONSOLE_ERR, "", fail->trace, strlen(fail->trace));
}

/* What is to be printed of it now: of one that runs and is followed, whole lines. */
static LogSpan rest_of(const Logs *l, const Attempt *a, const Printed *printed)
{
    LogSpan rest = *a->log;
    rest.out_from = printed->out;
    rest.err_from = printed->err;
    if (!(l->streams & TASKLOG_OUT))
        rest.out_from = rest.out_to;
    if (!(l->streams & TASKLOG_ERR))
        rest.err_from = rest.err_to;
    if (l->follows && a->state && strcmp(a->state, "running") == 0)
        tasklog_cut_to_lines(l->view->store, a->run, &rest);
    return rest;
}

static FlowStatus print_attempt(Logs *l, const Attempt *a)
{
    Printed *printed = NULL;
    uint64_t key = key_of(a->task, a->number);
    l->has_attempt |= l->attempt == a->number;
    if (l->attempt != 0 && l->attempt != a->number)
        return FLOW_OK;
    FlowStatus s = printed_of(l, key, a->log, &printed);
    if (s != FLOW_OK || printed->is_over)
        return s;
    LogSpan rest = rest_of(l, a, printed);
    bool is_news = !tasklog_is_empty(&rest) || a->fail;
    if (is_news && l->last != key)
        heading(l, a);
    if (is_news) {
        l->last = key;
        l->has_printed = true;
        s = tasklog_print(l->cli->console, l->view->store, a->run, &rest, l->streams, l->err);
    }
    printed->out = rest.out_to > printed->out ? rest.out_to : printed->out;
    printed->err = rest.err_to > printed->err ? rest.err_to : printed->err;
    printed->is_over = !a->state;
    if (s == FLOW_OK && a->fail)
        print_failure(l, a->fail);
    return s;
}

/* ---- tasks -------------------------------------------------------------- */

static FlowStatus print_failed(Logs *l, const ViewTask *task)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < task->fail_count; i++) {
        const ViewFail *fail = &task->fails[i];
        const Attempt attempt = {.task = task,
                                 .number = fail->attempt,
                                 .pid = fail->pid,
                                 .run = l->view->run.id,
                                 .log = &fail->log,
                                 .fail = fail};
        s = print_attempt(l, &attempt);
    }
    return s;
}

static FlowStatus print_done(Logs *l, const ViewTask *task)
{
    static const LogSpan nothing = {0};
    const Chunk *chunk = task->chunk;
    if (chunk_caught(chunk, task->ord))
        return FLOW_OK;
    const Attempt attempt = {.task = task,
                             .number = view_task_attempt(task),
                             .pid = chunk->worker,
                             .run = chunk->run,
                             .log = chunk->log ? &chunk->log[task->ord - chunk->lo] : &nothing};
    return print_attempt(l, &attempt);
}

static FlowStatus print_running(Logs *l, const ViewTask *task)
{
    const Attempt attempt = {.task = task,
                             .number = task->running->attempt,
                             .pid = task->running->pid,
                             .run = l->view->run.id,
                             .log = &task->running->log,
                             .state = task->state};
    return print_attempt(l, &attempt);
}

static FlowStatus print_task(void *ctx, const ViewTask *task)
{
    Logs *l = ctx;
    bool has_begun = task->chunk || task->running || task->fail_count > 0;
    uint32_t attempts = has_begun ? view_task_attempt(task) : 0;
    l->tasks++;
    l->state = task->state;
    l->attempts = attempts > l->attempts ? attempts : l->attempts;
    FlowStatus s = print_failed(l, task);
    if (s == FLOW_OK && task->chunk)
        s = print_done(l, task);
    else if (s == FLOW_OK && task->running)
        s = print_running(l, task);
    return s == FLOW_OK && console_is_closed(l->cli->console) ? FLOW_EUSAGE : s;
}

/* ---- follow ------------------------------------------------------------- */

static bool is_going_on(const Logs *l)
{
    return strcmp(view_state(l->view), "running") == 0;
}

/* With --follow a task may still come, as long as the run goes on. */
static FlowStatus print_tasks(Logs *l)
{
    l->view->with_unfinished = true;
    l->tasks = 0;
    FlowStatus s = view_each_task(l->view, print_task, l, l->err);
    bool is_none = l->tasks == 0 && (s == FLOW_EUSAGE || s == FLOW_ENOENT);
    return is_none && l->follows && is_going_on(l) ? FLOW_OK : s;
}

static FlowStatus look(Logs *l)
{
    const Options *o = l->cli->options;
    view_close(l->view);
    FlowStatus s = view_open(l->cli->program, o->text[OPTION_STORE], o->word, l->view, l->err);
    if (s == FLOW_OK)
        s = print_tasks(l);
    console_flush(l->cli->console);
    return s;
}

/* Whether more may come: of a single task only until it is over. */
static bool may_go_on(const Logs *l)
{
    if (!is_going_on(l))
        return false;
    bool is_one = l->view->has_step && l->view->pattern.is_one && l->tasks == 1;
    return !is_one || strcmp(l->state, "running") == 0 || strcmp(l->state, "waiting") == 0;
}

static FlowStatus follow(Logs *l)
{
    const struct timespec pause = {0, LOOK_MS * 1000000L};
    FlowStatus s = FLOW_OK;
    console_flush(l->cli->console);
    while (s == FLOW_OK && may_go_on(l)) {
        nanosleep(&pause, NULL);
        s = look(l);
    }
    return s;
}

/* ---- the command -------------------------------------------------------- */

static TaskStreams streams_of(const Options *o)
{
    bool out = o->text[OPTION_STDOUT], err = o->text[OPTION_STDERR];
    if (out == err)
        return TASKLOG_BOTH;
    return out ? TASKLOG_OUT : TASKLOG_ERR;
}

/* "run 1", "1/fit" or "1/fit/3", as it was asked for. */
static const char *asked_for(const Logs *l, char out[NAME_MOST])
{
    snprintf(out, NAME_MOST, "%s%.300s", l->view->has_step ? "" : "run ", l->cli->options->word);
    return out;
}

/* Of a run that is over, where all of it was asked for: what can be given to no task. */
static FlowStatus print_leftover(Logs *l)
{
    if (l->view->has_step || l->attempt != 0 || is_going_on(l))
        return FLOW_OK;
    return leftover_print(l->cli->console, l->view, l->streams, &l->has_printed, l->err);
}

static FlowStatus check_attempt(const Logs *l)
{
    char room[NAME_MOST];
    const char *what = asked_for(l, room);
    if (l->attempt == 0 || l->has_attempt)
        return FLOW_OK;
    const char *plural = l->attempts == 1 ? "" : "s";
    if (l->attempts == 0)
        return flow_error(l->err, FLOW_EUSAGE, "%s has had no attempt%s", what,
                          is_going_on(l) ? " so far" : "");
    if (l->tasks == 1)
        return flow_error(l->err, FLOW_EUSAGE, "%s had %u attempt%s: there is no attempt %u", what,
                          l->attempts, plural, l->attempt);
    return flow_error(l->err, FLOW_EUSAGE,
                      "no task of %s had more than %u attempt%s: there is no attempt %u", what,
                      l->attempts, plural, l->attempt);
}

/* Silence would leave open whether the question was understood. */
static void tell_nothing(const Logs *l)
{
    static const char *const streams[] = {"", " to standard output", " to standard error", ""};
    char room[NAME_MOST];
    if (l->has_printed || console_is_closed(l->cli->console))
        return;
    console_printf(l->cli->console, CONSOLE_ERR, "%s has printed nothing%s%s\n",
                   asked_for(l, room), streams[l->streams], is_going_on(l) ? " so far" : "");
}

int command_logs(Cli *cli)
{
    View view = {0};
    FlowError err = {0};
    const Options *o = cli->options;
    Logs l = {.cli = cli,
              .view = &view,
              .streams = streams_of(o),
              .err = &err,
              .follows = o->text[OPTION_FOLLOW],
              .attempt = (uint32_t)o->number[OPTION_ATTEMPT]};
    FlowStatus s = view_open(cli->program, o->text[OPTION_STORE], o->word, &view, &err);
    l.has_headings = !view.has_step || !view.pattern.is_one;
    if (s == FLOW_OK)
        s = print_tasks(&l);
    if (s == FLOW_OK && l.follows)
        s = follow(&l);
    if (s == FLOW_OK)
        s = print_leftover(&l);
    if (s == FLOW_OK)
        s = check_attempt(&l);
    if (s == FLOW_OK)
        tell_nothing(&l);
    os_free(l.printed.entries);
    view_close(&view);
    bool is_over = s == FLOW_OK || console_is_closed(cli->console);
    return is_over ? EXIT_OK : command_failed(cli, &err);
}
