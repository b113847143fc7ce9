/* SPDX-License-Identifier: Apache-2.0 */
/* local.c - the local backend: worker slots over a fork server, on the scheduler's event loop.
 *
 * Three things wake it: the eventfd (a ring has something to read), the socket (a worker was
 * reaped), and a tick of 50 ms while something runs, by which the output and the beginning of long
 * rows are noticed.  A chunk is over when FRAME_END was read or its worker was reaped, whichever
 * comes first; a slot may be used again at once, since the server keeps the next request until the
 * last worker is gone. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "backends/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/local_slot.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"

enum { TICK_MS = 50, NS_PER_MS = 1000 * 1000, HANDLE_COUNT = 4 };

typedef struct LocalBackend {
    Backend base;
    ForkServer *server;
    BackendEvents events;
    void *owner;
    int logs;    /* folder */
    int running; /* the file there that says what is at work */
    uv_poll_t socket, wake;
    uv_timer_t tick, deadline;
    uint32_t open_handles;
    LocalSlot *slots;
    uint32_t *free_slots; /* a stack */
    uint32_t free_count;
    uint64_t serial;
    int64_t deadline_at; /* monotonic, 0: not armed */
    bool is_cancelled, is_broken;
    uint8_t *scratch, *line_room;
    FrameRoom room;
} LocalBackend;

static uint32_t busy_count(const LocalBackend *b)
{
    return b->server->slots - b->free_count;
}

/* ---- requests ----------------------------------------------------------- */

static bool wait_writable(int socket)
{
    struct pollfd fd = {socket, POLLOUT, 0};
    return poll(&fd, 1, -1) >= 0 || errno == EINTR;
}

/* One message, with the descriptor `fd` unless that is -1; false when the server is gone. */
static bool send_message(int socket, struct iovec *parts, size_t count, int fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    if (fd >= 0) {
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
        bool is_full = errno == EAGAIN || errno == ENOBUFS;
        if (!(errno == EINTR || (is_full && wait_writable(socket))))
            return false;
    }
    return true;
}

static void request_kill(LocalBackend *b, LocalSlot *slot)
{
    Request request = {.kind = REQUEST_KILL, .slot = slot->index, .serial = slot->serial};
    struct iovec part = {&request, sizeof request};
    send_message(b->server->socket, &part, 1, -1); /* a server that is gone is noticed elsewhere */
}

/* A path that means the same in the fork server and here, whatever folder either is in. */
static FlowStatus absolute(const char *path, Buffer *out)
{
    FlowStatus s = FLOW_OK;
    char here[4096];
    if (path[0] != '/' && getcwd(here, sizeof here))
        s = buffer_printf(out, "%s/", here);
    return s == FLOW_OK ? buffer_append(out, path, strlen(path) + 1) : s;
}

static FlowStatus fail_without_server(FlowError *err)
{
    return flow_error(err, FLOW_EIO,
                      "the process that starts the workers is gone: was it killed?");
}

static FlowStatus configure(LocalBackend *b, const char *log_dir, const char *blobs_dir,
                            FlowError *err)
{
    Buffer paths = {0};
    Request request = {.kind = REQUEST_CONFIG};
    FlowStatus s = absolute(log_dir, &paths);
    if (s == FLOW_OK)
        s = absolute(blobs_dir, &paths);
    struct iovec parts[] = {{&request, sizeof request}, {paths.bytes, paths.len}};
    if (s != FLOW_OK)
        s = flow_error(err, s, "no memory to start the workers");
    else if (!send_message(b->server->socket, parts, 2, -1))
        s = fail_without_server(err);
    buffer_free(&paths);
    return s;
}

/* ---- the end of a chunk -------------------------------------------------- */

static void announce(LocalBackend *b, LocalSlot *slot)
{
    if (slot->is_started)
        return;
    slot->is_started = true;
    b->events.started(slot->spec.ctx, atomic_load(&slot->page->pid));
}

static bool has_rows_left(const LocalSlot *slot)
{
    return slot->told < slot->spec.n;
}

/* The slot is free before the scheduler hears of it, so that it can be used again at once. */
static void finish(LocalBackend *b, LocalSlot *slot, const char *error)
{
    char words[sizeof slot->refusal];
    snprintf(words, sizeof words, "%s", error);
    void *ctx = slot->spec.ctx;
    slot->is_busy = false;
    /* What was stopped while it ran stays on record as that. */
    if (has_rows_left(slot) && !slot->is_cancelled && !b->is_broken)
        running_clear(b->running, slot);
    b->free_slots[b->free_count++] = slot->index;
    if (busy_count(b) == 0)
        uv_timer_stop(&b->tick);
    b->events.ended(ctx, words);
}

/* Hands on what the row printed, up to these ends of the files. */
static void read_logs(LocalBackend *b, LocalSlot *slot, uint64_t ord, uint64_t out_to,
                      uint64_t err_to, bool is_row_end)
{
    LineSink sink = {b->events.line, slot->spec.ctx, ord, atomic_load(&slot->page->pid)};
    if (out_to > slot->out.pos)
        log_read(&slot->out, b->logs, slot->index, out_to, is_row_end, b->line_room, &sink);
    if (err_to > slot->err.pos)
        log_read(&slot->err, b->logs, slot->index, err_to, is_row_end, b->line_room, &sink);
    if (is_row_end) {
        slot->out.row_from = out_to;
        slot->err.row_from = err_to;
    }
}

static LogSpan rest_of_logs(LocalBackend *b, LocalSlot *slot)
{
    return (LogSpan){
        .slot = slot->index,
        .out_from = slot->out.row_from,
        .out_to = log_size(&slot->out, b->logs, slot->index),
        .err_from = slot->err.row_from,
        .err_to = log_size(&slot->err, b->logs, slot->index),
    };
}

/* The row `next` was reported. */
static void advance(LocalSlot *slot)
{
    const RowRun *runs = (const RowRun *)(const void *)slot->runs.bytes;
    slot->told++;
    slot->next++;
    if (slot->runs.len > 0 && slot->next == runs[slot->run].lo + runs[slot->run].n &&
        (slot->run + 1) * sizeof *runs < slot->runs.len)
        slot->next = runs[++slot->run].lo;
}

static void charge(LocalBackend *b, LocalSlot *slot, Why why, const char *text, const LogSpan *log)
{
    int64_t now = os_monotonic_ns();
    int64_t began = atomic_load(&slot->page->began);
    if (began <= 0 || began > now)
        began = now;
    RowFail fail = {
        .ord = slot->next,
        .why = why,
        .message = {(const uint8_t *)text, strlen(text)},
        .trace = {(const uint8_t *)"", 0},
        .began = os_now_ns() - (now - began),
        .duration = now - began,
        .log = *log,
        .line = FLOW_NOTED_LINE(slot->page->line),
        .pid = atomic_load(&slot->page->pid),
    };
    advance(slot);
    b->events.row_failed(slot->spec.ctx, &fail);
}

/* The page says which row was at work; it counts only where the frames bear it out. */
static bool is_in_row(const LocalSlot *slot)
{
    uint32_t phase = atomic_load(&slot->page->phase);
    return phase >= PHASE_LOADING && phase <= PHASE_STORING &&
           atomic_load(&slot->page->ord) == slot->next;
}

/* The worker has ended before its chunk. */
static void judge(LocalBackend *b, LocalSlot *slot, const Answer *ended)
{
    char text[700];
    LogSpan log = rest_of_logs(b, slot);
    bool is_rest = has_rows_left(slot);
    bool is_row = is_rest && (slot->is_damaged || is_in_row(slot));
    bool is_too_late = slot->is_doomed && !(is_row && slot->doomed == slot->next);
    bool is_unbegun = slot->told == 0 && slot->refusal[0] == '\0';
    if (ended->pid > 0) {
        atomic_store(&slot->page->pid, (uint32_t)ended->pid);
        announce(b, slot);
    }
    if (slot->is_cancelled && is_row) /* before its output counts as read */
        running_tell(b->running, slot, log.out_to, log.err_to);
    read_logs(b, slot, slot->next, log.out_to, log.err_to, true);
    if (slot->is_cancelled || is_too_late) {
        /* it was we who killed it, and not for what this row did */
    } else if (is_row) {
        Why why = end_words(slot, b->server->program, ended, text, sizeof text);
        charge(b, slot, why, text, &log);
    } else if (is_unbegun) {
        end_words(slot, b->server->program, ended, text, sizeof text);
        charge(b, slot, WHY_LOST, text, &log);
    }
    finish(b, slot, slot->refusal);
}

/* ---- frames ------------------------------------------------------------- */

static bool take_done(LocalBackend *b, LocalSlot *slot, const Frame *frame)
{
    RowDone row;
    if (!frame_open_done(frame, b->server->program, slot->spec.step, &b->room, &row) ||
        row.frame->ord != slot->next)
        return false;
    advance(slot);
    read_logs(b, slot, row.frame->ord, row.frame->log.out_to, row.frame->log.err_to, true);
    b->events.row_done(slot->spec.ctx, &row);
    return true;
}

static bool take_fail(LocalBackend *b, LocalSlot *slot, const Frame *frame)
{
    RowFail row;
    if (!frame_open_fail(frame, &row) || row.ord != slot->next)
        return false;
    advance(slot);
    row.pid = atomic_load(&slot->page->pid);
    read_logs(b, slot, row.ord, row.log.out_to, row.log.err_to, true);
    b->events.row_failed(slot->spec.ctx, &row);
    return true;
}

/* False when the frame does not hold together, or is of no row that can come now. */
static bool take_frame(LocalBackend *b, LocalSlot *slot, const Frame *frame)
{
    bool is_rest = has_rows_left(slot);
    announce(b, slot);
    switch (frame->type) {
    case FRAME_DONE: return is_rest && take_done(b, slot, frame);
    case FRAME_FAIL: return is_rest && take_fail(b, slot, frame);
    case FRAME_REFUSED:
        snprintf(slot->refusal, sizeof slot->refusal, "%.*s", (int)frame->len,
                 (const char *)frame->payload);
        return true;
    case FRAME_END: finish(b, slot, slot->refusal); return true;
    }
    return false;
}

/* Nothing in this ring can be believed any more; the worker is killed, and judged when reaped. */
static void give_up(LocalBackend *b, LocalSlot *slot)
{
    slot->is_damaged = true;
    request_kill(b, slot);
}

/* Reads all that the worker has published.  The slot may be at another chunk afterwards. */
static void drain(LocalBackend *b, LocalSlot *slot)
{
    uint64_t serial = slot->serial;
    while (slot->is_busy && slot->serial == serial && !slot->is_damaged) {
        Frame frame;
        RingRead what = ring_read(&slot->ring, b->scratch, &frame);
        if (what == RING_EMPTY)
            break;
        if (what == RING_BROKEN || !take_frame(b, slot, &frame))
            give_up(b, slot);
    }
    if (slot->is_busy && slot->serial == serial)
        ring_release(&slot->ring);
}

static void drain_all(LocalBackend *b)
{
    for (uint32_t i = 0; i < b->server->slots; i++) {
        if (b->slots[i].is_busy)
            drain(b, &b->slots[i]);
    }
}

/* ---- what wakes us ------------------------------------------------------- */

static void on_wake(uv_poll_t *handle, int status, int events)
{
    LocalBackend *b = handle->data;
    uint64_t count;
    (void)status;
    (void)events;
    if (read(b->server->wake, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        uv_poll_stop(handle); /* the tick still looks */
    drain_all(b);
}

/* What a long row has printed so far.  Its number is read before and after the sizes: in between no
 * other row can have printed. */
static void follow_row(LocalBackend *b, LocalSlot *slot)
{
    uint64_t serial = slot->serial;
    uint64_t ord = atomic_load(&slot->page->ord);
    drain(b, slot);
    if (!slot->is_busy || slot->serial != serial || !is_in_row(slot))
        return;
    announce(b, slot);
    uint64_t out_to = log_size(&slot->out, b->logs, slot->index);
    uint64_t err_to = log_size(&slot->err, b->logs, slot->index);
    if (ord != slot->next || !is_in_row(slot))
        return;
    running_tell(b->running, slot, out_to, err_to);
    read_logs(b, slot, ord, out_to, err_to, false);
}

static void on_tick(uv_timer_t *handle)
{
    LocalBackend *b = handle->data;
    for (uint32_t i = 0; i < b->server->slots; i++) {
        if (b->slots[i].is_busy)
            follow_row(b, &b->slots[i]);
    }
}

static void arm(LocalBackend *b, int64_t at);

/* Kills the slot's worker when its row has run for too long; else when to look again, 0: never. */
static int64_t check_deadline(LocalBackend *b, LocalSlot *slot)
{
    if (!slot->is_busy || slot->spec.timeout <= 0 || slot->is_doomed || slot->is_cancelled)
        return 0;
    uint64_t ord = atomic_load(&slot->page->ord);
    int64_t began = atomic_load(&slot->page->began);
    uint32_t phase = atomic_load(&slot->page->phase);
    int64_t now = os_monotonic_ns();
    if (phase == PHASE_ENDED)
        return 0;
    if (phase == PHASE_IDLE || began > now)
        began = now;
    if (now - began < slot->spec.timeout)
        return began + slot->spec.timeout;
    slot->is_doomed = true;
    slot->doomed = ord;
    request_kill(b, slot);
    return 0;
}

static void on_deadline(uv_timer_t *handle)
{
    LocalBackend *b = handle->data;
    b->deadline_at = 0;
    drain_all(b);
    for (uint32_t i = 0; i < b->server->slots; i++) {
        int64_t at = check_deadline(b, &b->slots[i]);
        if (at > 0)
            arm(b, at);
    }
}

/* One timer for the row that runs out of time first; it is asked again what is next. */
static void arm(LocalBackend *b, int64_t at)
{
    if (b->deadline_at != 0 && b->deadline_at <= at)
        return;
    int64_t rest = at - os_monotonic_ns();
    b->deadline_at = at;
    uv_update_time(b->deadline.loop);
    uv_timer_start(&b->deadline, on_deadline, rest > 0 ? (uint64_t)rest / NS_PER_MS + 1 : 1, 0);
}

/* ---- the server ---------------------------------------------------------- */

/* Workers die with the server; what they started in their groups does not.  The number comes from
 * memory that tasks can write: it is used only if it is such a group's. */
static void kill_group(const LocalSlot *slot)
{
    pid_t pid = (pid_t)atomic_load(&slot->page->pid);
    if (pid > 1 && getpgid(pid) == pid && getsid(pid) == getsid(0))
        kill(-pid, SIGKILL);
}

static void server_is_gone(LocalBackend *b)
{
    char text[200];
    int status = 0;
    b->is_broken = true;
    uv_poll_stop(&b->socket);
    long helper = (long)b->server->pid;
    pid_t pid = waitpid(b->server->pid, &status, 0);
    b->server->pid = 0;
    if (pid > 0 && WIFSIGNALED(status))
        snprintf(text, sizeof text, "a helper process of this run (pid %ld) was killed by SIG%s",
                 helper, sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
    else
        snprintf(text, sizeof text, "a helper process of this run (pid %ld) has ended", helper);
    b->events.broken(b->owner, text);
    for (uint32_t i = 0; i < b->server->slots; i++) {
        LocalSlot *slot = &b->slots[i];
        if (!slot->is_busy)
            continue;
        kill_group(slot);
        drain(b, slot);
        if (slot->is_busy)
            finish(b, slot, "");
    }
}

static void take_answer(LocalBackend *b, const Answer *answer)
{
    if (answer->slot >= b->server->slots)
        return;
    LocalSlot *slot = &b->slots[answer->slot];
    if (!slot->is_busy || slot->serial != answer->serial)
        return; /* its chunk was over before */
    if (answer->kind == ANSWER_REFUSED) {
        snprintf(slot->refusal, sizeof slot->refusal, "cannot start a process for a task: %s",
                 os_error_text(answer->code));
        finish(b, slot, slot->refusal);
        return;
    }
    drain(b, slot);
    if (slot->is_busy && slot->serial == answer->serial)
        judge(b, slot, answer);
}

static void on_socket(uv_poll_t *handle, int status, int events)
{
    LocalBackend *b = handle->data;
    (void)status;
    (void)events;
    while (!b->is_broken) {
        Answer answer;
        ssize_t n = recv(b->server->socket, &answer, sizeof answer, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n == (ssize_t)sizeof answer)
            take_answer(b, &answer);
        else
            server_is_gone(b);
    }
}

/* ---- the interface ------------------------------------------------------- */

static LocalBackend *of(Backend *base)
{
    return (LocalBackend *)(void *)base;
}

static uint32_t local_room(Backend *base)
{
    LocalBackend *b = of(base);
    return b->is_cancelled || b->is_broken ? 0 : b->free_count;
}

/* Gives the worker its input: in its page, or in a file of its own, *fd. */
static FlowStatus place_block(LocalSlot *slot, const ChunkSpec *spec, int *fd, FlowError *err)
{
    Bytes block = spec->block;
    *fd = -1;
    if (block.len <= INBOX_BYTES) {
        if (block.len > 0)
            memcpy(slot->page->inbox, block.bytes, block.len);
        return FLOW_OK;
    }
    if (spec->block_fd > 0) {
        *fd = fcntl(spec->block_fd, F_DUPFD_CLOEXEC, 0);
        return *fd >= 0 ? FLOW_OK
                        : flow_error(err, FLOW_EIO, "cannot hand the input to a task: %s",
                                     os_error_text(errno));
    }
    FlowStatus s = os_memory_file("the input of a task", fd, err);
    if (s == FLOW_OK)
        s = os_write_all(*fd, "the input of a task", block.bytes, block.len, err);
    if (s != FLOW_OK) {
        os_close(*fd);
        *fd = -1;
    }
    return s;
}

static FlowStatus keep_rows(LocalSlot *slot, const ChunkSpec *spec, FlowError *err)
{
    buffer_clear(&slot->runs);
    slot->run = 0;
    slot->told = 0;
    if (buffer_append(&slot->runs, spec->runs, spec->run_count * sizeof *spec->runs) == FLOW_OK)
        return FLOW_OK;
    return flow_error(err, FLOW_ENOMEM, "no memory for the rows of a chunk");
}

static void reset_slot(LocalBackend *b, LocalSlot *slot, const ChunkSpec *spec)
{
    WorkerPage *page = slot->page;
    ring_reader_init(&slot->ring, page);
    atomic_store(&page->phase, PHASE_IDLE);
    atomic_store(&page->ord, spec->lo);
    atomic_store(&page->began, os_monotonic_ns());
    atomic_store(&page->pid, 0);
    atomic_store(&page->stop, 0);
    atomic_store(&page->checkpoint_due, 0);
    page->line = 0;
    page->foreign = 0;
    slot->serial = ++b->serial;
    slot->is_started = slot->is_doomed = slot->is_damaged = slot->is_cancelled = false;
    slot->refusal[0] = '\0';
    slot->next = spec->lo;
    slot->spec = *spec;
    slot->spec.block = (Bytes){0};
    slot->spec.runs = NULL;
    if (!slot->out.is_known) { /* a folder of logs may have been used before */
        slot->out.is_known = true;
        slot->out.pos = slot->out.row_from = log_size(&slot->out, b->logs, slot->index);
        slot->err.pos = slot->err.row_from = log_size(&slot->err, b->logs, slot->index);
    }
}

static bool request_run(LocalBackend *b, const LocalSlot *slot, size_t block_len, int fd)
{
    const ChunkSpec *spec = &slot->spec;
    Request request = {
        .kind = REQUEST_RUN,
        .slot = slot->index,
        .serial = slot->serial,
        .step = spec->step,
        .round = spec->round,
        .lo = spec->lo,
        .n = spec->n,
        .seed = spec->seed,
        .memory = spec->memory,
        .gpus = spec->gpus,
        .cpus = spec->cpu > 1 ? (uint32_t)spec->cpu : 1,
        .block_len = block_len,
        .attempt = spec->attempt,
    };
    struct iovec part = {&request, sizeof request};
    bool is_sent = send_message(b->server->socket, &part, 1, fd);
    os_close(fd);
    return is_sent;
}

static FlowStatus local_submit(Backend *base, const ChunkSpec *spec, FlowError *err)
{
    LocalBackend *b = of(base);
    if (local_room(base) == 0)
        return flow_error(err, FLOW_EBUSY, "all local workers are taken");
    LocalSlot *slot = &b->slots[b->free_slots[b->free_count - 1]];
    int fd;
    reset_slot(b, slot, spec);
    FlowStatus s = keep_rows(slot, spec, err);
    if (s == FLOW_OK)
        s = place_block(slot, spec, &fd, err);
    if (s != FLOW_OK)
        return s;
    /* Before the worker can print: whoever looks then must not take its lines for another's. */
    running_tell(b->running, slot, slot->out.row_from, slot->err.row_from);
    if (!request_run(b, slot, spec->block.len, fd))
        return fail_without_server(err);
    if (busy_count(b) == 0)
        uv_timer_start(&b->tick, on_tick, TICK_MS, TICK_MS);
    b->free_count--;
    slot->is_busy = true;
    if (spec->timeout > 0)
        arm(b, os_monotonic_ns() + spec->timeout);
    return FLOW_OK;
}

static void local_cancel(Backend *base)
{
    LocalBackend *b = of(base);
    b->is_cancelled = true;
    for (uint32_t i = 0; i < b->server->slots && !b->is_broken; i++) {
        LocalSlot *slot = &b->slots[i];
        if (!slot->is_busy || slot->is_cancelled)
            continue;
        slot->is_cancelled = true;
        atomic_store(&slot->page->stop, 1);
        request_kill(b, slot);
    }
}

static void free_backend(LocalBackend *b)
{
    for (uint32_t i = 0; b->slots && i < b->server->slots; i++) {
        log_close(&b->slots[i].out);
        log_close(&b->slots[i].err);
        buffer_free(&b->slots[i].runs);
    }
    os_close(b->logs);
    os_close(b->running);
    os_free(b->slots);
    os_free(b->free_slots);
    os_free(b->scratch);
    os_free(b->line_room);
    frame_room_free(&b->room);
    os_free(b);
}

static void on_closed(uv_handle_t *handle)
{
    LocalBackend *b = handle->data;
    if (--b->open_handles > 0)
        return;
    ForkServer *server = b->server;
    free_backend(b);
    fork_server_stop(server);
}

static void local_close(Backend *base)
{
    LocalBackend *b = of(base);
    b->open_handles = HANDLE_COUNT;
    shutdown(b->server->socket, SHUT_RDWR); /* it ends while we tidy up */
    uv_close((uv_handle_t *)&b->socket, on_closed);
    uv_close((uv_handle_t *)&b->wake, on_closed);
    uv_close((uv_handle_t *)&b->tick, on_closed);
    uv_close((uv_handle_t *)&b->deadline, on_closed);
}

static const BackendOps local_ops = {"local", local_room, local_submit, local_cancel, local_close};

/* ---- the beginning ------------------------------------------------------- */

/* Two logs a slot are kept open, beside what the rest of the program needs. */
static void raise_file_limit(uint32_t slots)
{
    struct rlimit limit;
    rlim_t wanted = 256 + 4 * (rlim_t)slots;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool make_slots(LocalBackend *b)
{
    uint32_t count = b->server->slots;
    b->slots = os_alloc_zero(count * sizeof *b->slots);
    b->free_slots = os_alloc_array(count, sizeof *b->free_slots);
    b->scratch = os_alloc(RING_SCRATCH_BYTES);
    b->line_room = os_alloc(LOG_LINE_MAX);
    if (!b->slots || !b->free_slots || !b->scratch || !b->line_room)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        b->slots[i].index = i;
        b->slots[i].page = &b->server->pages[i];
        b->slots[i].out = (LogTail){.fd = -1, .kind = "out"};
        b->slots[i].err = (LogTail){.fd = -1, .kind = "err"};
        b->free_slots[i] = count - 1 - i; /* the first slot is used first */
    }
    b->free_count = count;
    return true;
}

static bool make_handles(LocalBackend *b, uv_loop_t *loop)
{
    if (uv_poll_init(loop, &b->socket, b->server->socket) != 0 ||
        uv_poll_init(loop, &b->wake, b->server->wake) != 0)
        return false;
    uv_timer_init(loop, &b->tick);
    uv_timer_init(loop, &b->deadline);
    b->socket.data = b->wake.data = b->tick.data = b->deadline.data = b;
    uv_poll_start(&b->socket, UV_READABLE, on_socket);
    uv_poll_start(&b->wake, UV_READABLE, on_wake);
    return true;
}

FlowStatus local_backend_new(ForkServer *server, uv_loop_t *loop, const char *log_dir,
                             const char *blobs_dir, const BackendEvents *events, void *owner,
                             Backend **out, FlowError *err)
{
    LocalBackend *b = os_alloc_zero(sizeof *b);
    if (!b)
        return flow_error(err, FLOW_ENOMEM, "no memory to start the workers");
    *b = (LocalBackend){.base = {&local_ops}, .server = server, .events = *events, .owner = owner,
                        .running = -1};
    raise_file_limit(server->slots);
    b->logs = open(log_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    FlowStatus s = FLOW_OK;
    if (b->logs < 0)
        s = flow_error(err, FLOW_EIO, "cannot open the folder %s: %s", log_dir,
                       os_error_text(errno));
    else if (!make_slots(b) || frame_room_init(&b->room, server->program) != FLOW_OK)
        s = flow_error(err, FLOW_ENOMEM, "no memory to start the workers");
    else
        s = configure(b, log_dir, blobs_dir, err);
    if (s == FLOW_OK)
        b->running = running_open(b->logs);
    if (s != FLOW_OK) {
        free_backend(b);
        return s;
    }
    if (!make_handles(b, loop)) /* the loop may know one of them: the memory must stay */
        return flow_error(err, FLOW_EIO, "the event loop cannot watch the fork server");
    *out = &b->base;
    return FLOW_OK;
}
