/* SPDX-License-Identifier: Apache-2.0 */
/* forkserver.c - the small process that every local worker is a fork of.
 *
 * It has one thread, maps next to nothing and never waits for its scheduler: an answer that the
 * socket does not take stays with its slot until it does.  A request for a slot whose last worker
 * is still on its way out waits there too, so that no more than a worker a slot ever lives.
 *
 * Each worker leads a process group.  When it has ended, what is left of the group is killed before
 * the worker is reaped, as long as its number cannot be another's.  Processes that left the group
 * become children of the server (it is a subreaper), which reaps them, and kills them when it ends.
 * What their scripts needed lies in a folder of the server's (os/scratch.h), since it outlives
 * them: it removes what one that was killed has left, and in the end all.
 * It ends when its socket does: the scheduler has closed it or is dead. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/cgroup.h"
#include "backends/server.h"
#include "backends/worker.h"
#include "os/fault.h"
#include "os/file.h"
#include "os/interpreter.h"
#include "os/memory.h"
#include "os/scratch.h"
#include "os/terminal.h"

enum {
    HIGH_FD = 10,    /* the server's own descriptors; a worker arranges its few below */
    WORKER_WAKE = 3, /* beside input, output and error, the descriptors of a worker */
    WORKER_BLOCK = 4,
    REQUEST_MAX = sizeof(Request) + 2 * 4097,
    REQUEST_BATCH = 16,
    LOG_MODE = 0600
};

/* Asked for, running, or on its way out. */
typedef struct ServerSlot {
    pid_t pid; /* 0: no worker */
    uint64_t serial;
    bool has_next, has_answer;
    int next_input; /* -1: in the inbox */
    Request next;
    Answer answer;
} ServerSlot;

typedef struct Server {
    ServerSide side;
    ServerSlot *slots;
    int signals; /* signalfd of SIGCHLD */
    int logs;    /* folder, -1 before it is configured */
    char *blobs_dir;
    uint32_t answers; /* slots that have one */
    pid_t pid;
    MemoryGroups groups;
    uint64_t kills; /* of the machine, for lack of memory, when last looked at */
} Server;

/* Ignored by the server: a Ctrl-C goes to the whole group of the terminal, and it is the scheduler
 * that decides what it means. */
static const int ignored_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP};
enum { IGNORED_COUNT = sizeof ignored_signals / sizeof *ignored_signals };

/* ---- the life of a worker ------------------------------------------------ */

static void default_signals(void)
{
    for (int i = 0; i < IGNORED_COUNT; i++)
        signal(ignored_signals[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Makes `to` the log file SLOT.KIND. */
static bool redirect(const Server *server, uint32_t slot, const char *kind, int to)
{
    char name[32];
    snprintf(name, sizeof name, "%u.%s", slot, kind);
    int fd = openat(server->logs, name, O_WRONLY | O_APPEND | O_CREAT, LOG_MODE);
    if (fd < 0)
        return false;
    if (fd == to)
        return true;
    bool is_done = dup2(fd, to) == to;
    close(fd);
    return is_done;
}

static WorkerPage *map_page(const Server *server, uint32_t slot)
{
    off_t at = (off_t)slot * (off_t)sizeof(WorkerPage);
    void *page =
        mmap(NULL, sizeof(WorkerPage), PROT_READ | PROT_WRITE, MAP_SHARED, server->side.pages, at);
    return page == MAP_FAILED ? NULL : page;
}

static const uint8_t *map_input(int fd, size_t len)
{
    void *bytes = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

/* Says in the ring that the chunk cannot run.  Nothing else of the worker exists yet. */
_Noreturn static void refuse(WorkerPage *page, int wake, const char *what)
{
    char text[200];
    snprintf(text, sizeof text, "%s: %s", what, os_error_text(errno));
    RingWriter ring;
    uint64_t one = 1;
    ring_writer_init(&ring, page);
    ring_write(&ring, FRAME_REFUSED, text, strlen(text));
    ring_write(&ring, FRAME_END, NULL, 0);
    if (write(wake, &one, sizeof one) < 0)
        _exit(1);
    _exit(0);
}

static void name_process(const char *name)
{
    char text[16]; /* the system cuts longer ones */
    snprintf(text, sizeof text, "flow:%.10s", name);
    prctl(PR_SET_NAME, text);
}

/* Puts the worker's descriptors where they belong; the last of them, -1: it failed. */
static int arrange_worker(int wake, int input)
{
    int high = input < 0 ? -1 : fcntl(input, F_DUPFD_CLOEXEC, HIGH_FD);
    if ((input >= 0 && high < 0) || dup2(wake, WORKER_WAKE) != WORKER_WAKE)
        return -1;
    if (input < 0)
        return WORKER_WAKE;
    return dup3(high, WORKER_BLOCK, O_CLOEXEC);
}

/* The bound that the worker has to set for itself: none where its group has it. */
static int64_t own_bound(const Server *server, const Request *request, bool has_group)
{
    return has_group && memory_group_join(&server->groups, request->slot) ? 0 : request->memory;
}

_Noreturn static void become_worker(const Server *server, const Request *request, int input,
                                    bool has_group)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != server->pid)
        _exit(1);
    setpgid(0, 0);
    default_signals();
    os_fault_arm_worker();
    WorkerPage *page = map_page(server, request->slot);
    if (!page)
        _exit(1);
    atomic_store(&page->pid, (uint32_t)getpid());
    int wake = server->side.wake;
    if (!redirect(server, request->slot, "out", STDOUT_FILENO) ||
        !redirect(server, request->slot, "err", STDERR_FILENO))
        refuse(page, wake, "cannot open the log of a task");
    const uint8_t *block = input < 0 ? page->inbox : map_input(input, request->block_len);
    if (!block)
        refuse(page, wake, "cannot map the input of a task");
    int last = arrange_worker(wake, input);
    if (last < 0)
        refuse(page, wake, "cannot set up a task");
    close_range((unsigned)last + 1, ~0U, 0);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* what foreign code prints survives its crash */
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    name_process(server->side.program->steps[request->step].name);
    WorkerJob job = {
        .program = server->side.program,
        .page = page,
        .slot = request->slot,
        .step = request->step,
        .round = request->round,
        .attempt = request->attempt,
        .lo = request->lo,
        .n = request->n,
        .seed = request->seed,
        .memory = own_bound(server, request, has_group),
        .gpus = request->gpus,
        .cpus = request->cpus,
        .block = block,
        .block_len = request->block_len,
        .block_fd = input < 0 ? -1 : WORKER_BLOCK,
        .blobs_dir = server->blobs_dir,
        .wake = WORKER_WAKE,
    };
    worker_run(&job);
}

/* ---- answers ------------------------------------------------------------ */

static void answer(Server *server, ServerSlot *slot, const Answer *words)
{
    if (!slot->has_answer)
        server->answers++;
    slot->has_answer = true;
    slot->answer = *words;
}

/* Sends what the socket takes; an answer that was overtaken by its slot's next one was of a chunk
 * that is over already. */
static void send_answers(Server *server)
{
    for (uint32_t i = 0; i < server->side.slots && server->answers > 0; i++) {
        ServerSlot *slot = &server->slots[i];
        if (!slot->has_answer)
            continue;
        ssize_t n = send(server->side.socket, &slot->answer, sizeof slot->answer,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
            return;
        slot->has_answer = false;
        server->answers--;
    }
}

/* ---- workers ------------------------------------------------------------ */

static void start(Server *server, uint32_t index, const Request *request, int input)
{
    ServerSlot *slot = &server->slots[index];
    bool has_group =
        request->memory > 0 && memory_group_prepare(&server->groups, index, request->memory);
    pid_t pid = fork();
    if (pid == 0)
        become_worker(server, request, input, has_group);
    if (pid < 0) {
        Answer no = {
            .kind = ANSWER_REFUSED, .slot = index, .serial = request->serial, .code = errno};
        answer(server, slot, &no);
    } else {
        setpgid(pid, pid); /* here as well: it must be so before the first request to kill it */
        slot->pid = pid;
        slot->serial = request->serial;
    }
    if (input >= 0)
        close(input);
}

static void start_next(Server *server, uint32_t index)
{
    ServerSlot *slot = &server->slots[index];
    if (!slot->has_next || slot->pid != 0)
        return;
    slot->has_next = false;
    start(server, index, &slot->next, slot->next_input);
}

static ServerSlot *slot_of(Server *server, pid_t pid)
{
    for (uint32_t i = 0; i < server->side.slots; i++) {
        if (server->slots[i].pid == pid)
            return &server->slots[i];
    }
    return NULL;
}

/* Who has killed the worker; only the system leaves a trace. */
static KilledFor killed_for(Server *server, uint32_t slot, int status)
{
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        return KILLED_FOR_UNKNOWN;
    uint64_t kills = machine_memory_kills();
    bool is_system = kills > server->kills;
    server->kills = kills;
    if (memory_group_has_killed(&server->groups, slot))
        return KILLED_FOR_BOUND;
    return is_system ? KILLED_FOR_MACHINE : KILLED_FOR_UNKNOWN;
}

static void worker_ended(Server *server, ServerSlot *slot)
{
    struct rusage usage = {0};
    int status = 0;
    kill(-slot->pid, SIGKILL); /* the rest of its group */
    if (wait4(slot->pid, &status, WNOHANG, &usage) != slot->pid)
        return;
    if (status != 0)
        os_scratch_remove_of(slot->pid);
    Answer ended = {
        .kind = ANSWER_ENDED,
        .slot = (uint32_t)(slot - server->slots),
        .serial = slot->serial,
        .pid = slot->pid,
        .code = status,
        .killed_for = (uint32_t)killed_for(server, (uint32_t)(slot - server->slots), status),
        .max_resident = (int64_t)usage.ru_maxrss * 1024,
        .user_us = usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec,
        .system_us = usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec,
    };
    slot->pid = 0;
    answer(server, slot, &ended);
    start_next(server, ended.slot);
}

/* Reaps all that has ended. */
static void reap(Server *server)
{
    siginfo_t info = {0};
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
        ServerSlot *slot = slot_of(server, info.si_pid);
        if (slot)
            worker_ended(server, slot);
        else
            waitpid(info.si_pid, NULL, WNOHANG);
        info.si_pid = 0;
    }
}

/* ---- requests ----------------------------------------------------------- */

static void configure(Server *server, const char *text, size_t len)
{
    const char *end = memchr(text, '\0', len);
    if (!end || text[len - 1] != '\0')
        return;
    const char *blobs = end + 1;
    os_free(server->blobs_dir);
    server->blobs_dir = blobs < text + len ? os_copy_string(blobs) : NULL;
    int fd = open(text, O_PATH | O_DIRECTORY | O_CLOEXEC);
    server->logs = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
    if (fd >= 0)
        close(fd);
}

static void run(Server *server, const Request *request, int input)
{
    ServerSlot *slot = &server->slots[request->slot];
    slot->has_next = true;
    slot->next = *request;
    slot->next_input = input;
    start_next(server, request->slot);
}

static void end_worker(Server *server, const Request *request)
{
    ServerSlot *slot = &server->slots[request->slot];
    if (slot->pid != 0 && slot->serial == request->serial) {
        kill(-slot->pid, SIGKILL);
        kill(slot->pid, SIGKILL);
    } else if (slot->has_next && slot->next.serial == request->serial) {
        if (slot->next_input >= 0)
            close(slot->next_input);
        slot->has_next = false;
        Answer ended = {.kind = ANSWER_ENDED,
                        .slot = request->slot,
                        .serial = request->serial,
                        .code = SIGKILL};
        answer(server, slot, &ended);
    }
}

static void serve(Server *server, const uint8_t *bytes, size_t len, int input)
{
    Request request;
    if (len < sizeof request)
        return;
    memcpy(&request, bytes, sizeof request);
    if (request.kind == REQUEST_CONFIG)
        configure(server, (const char *)bytes + sizeof request, len - sizeof request);
    else if (request.kind == REQUEST_RUN)
        run(server, &request, input);
    else if (request.kind == REQUEST_KILL)
        end_worker(server, &request);
}

static int received_fd(struct msghdr *message)
{
    int fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

/* Takes some requests; false when the scheduler is gone. */
static bool receive(Server *server)
{
    static _Alignas(8) uint8_t bytes[REQUEST_MAX];
    for (int i = 0; i < REQUEST_BATCH; i++) {
        union {
            struct cmsghdr header;
            char room[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec part = {bytes, sizeof bytes};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        ssize_t n = recvmsg(server->side.socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            return false;
        serve(server, bytes, (size_t)n, received_fd(&message));
    }
    return true;
}

/* ---- the end ------------------------------------------------------------ */

/* Kills the children that have left their groups; false when there are none to be seen. */
static bool kill_children(void)
{
    FILE *f = fopen("/proc/thread-self/children", "re");
    if (!f)
        return false;
    int pid;
    bool has_some = false;
    while (fscanf(f, "%d", &pid) == 1) {
        kill(pid, SIGKILL);
        has_some = true;
    }
    fclose(f);
    return has_some;
}

/* A killed child's own children come to us only when it has ended: hence the rounds. */
_Noreturn static void end(Server *server)
{
    for (uint32_t i = 0; i < server->side.slots; i++) {
        if (server->slots[i].pid != 0) {
            kill(-server->slots[i].pid, SIGKILL);
            kill(server->slots[i].pid, SIGKILL);
        }
    }
    for (uint32_t i = 0; i < server->side.slots; i++) {
        if (server->slots[i].pid != 0)
            waitpid(server->slots[i].pid, NULL, 0);
    }
    while (kill_children())
        waitpid(-1, NULL, 0);
    memory_groups_deinit(&server->groups);
    os_scratch_end();
    terminal_mend(); /* for a scheduler that was killed */
    _exit(0);
}

/* ---- the beginning ------------------------------------------------------ */

static int move_high(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
    if (high < 0)
        _exit(1);
    close(fd);
    return high;
}

/* Closes all from 3 on but these. */
static void close_others(int *keep, size_t count)
{
    unsigned from = STDERR_FILENO + 1;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (keep[j] < keep[i]) {
                int fd = keep[i];
                keep[i] = keep[j];
                keep[j] = fd;
            }
        }
        if ((unsigned)keep[i] > from)
            close_range(from, (unsigned)keep[i] - 1, 0);
        from = (unsigned)keep[i] + 1;
    }
    close_range(from, ~0U, 0);
}

/* Standard input and output stay with whoever else has them: a pipe behind the program must end
 * with the scheduler, not with us.  Standard error stays, for what a sanitizer says. */
static void arrange_descriptors(Server *server)
{
    ServerSide *side = &server->side;
    side->socket = move_high(side->socket);
    side->wake = move_high(side->wake);
    side->pages = move_high(side->pages);
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        _exit(1);
    int keep[] = {side->socket, side->wake, side->pages, server->signals};
    close_others(keep, sizeof keep / sizeof *keep);
}

static void arrange_signals(Server *server)
{
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    for (int i = 0; i < IGNORED_COUNT; i++)
        signal(ignored_signals[i], SIG_IGN);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
    int fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        _exit(1);
    server->signals = move_high(fd);
}

/* Where it fails, the first script tries again and says why. */
static void make_scratch(const FlowProgram *program)
{
    uint32_t flags = 0;
    bool has_scripts = false;
    FlowError ignored;
    for (uint16_t i = 0; i < program->step_count; i++)
        flags |= program->steps[i].flags;
    for (const OsInterpreter *i = os_interpreters; i->language; i++)
        has_scripts |= (flags & i->flag) != 0;
    if (has_scripts)
        (void)os_scratch_begin(HIGH_FD, &ignored);
}

static void drain_signals(Server *server)
{
    struct signalfd_siginfo info[8];
    while (read(server->signals, info, sizeof info) == sizeof info)
        continue;
}

_Noreturn void server_main(const ServerSide *side)
{
    static Server server;
    server = (Server){.side = *side, .logs = -1, .pid = getpid()};
    setpgid(0, 0); /* killing the scheduler's group leaves us to clean up */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    name_process("server");
    arrange_signals(&server);
    arrange_descriptors(&server);
    server.slots = os_alloc_zero(side->slots * sizeof *server.slots);
    if (!server.slots || !memory_groups_init(&server.groups, side->slots)) {
        fputs("error: no memory for the fork server\n", stderr);
        _exit(1);
    }
    server.kills = machine_memory_kills();
    make_scratch(side->program);
    for (;;) {
        short writable = server.answers > 0 ? POLLOUT : 0;
        struct pollfd fds[] = {{server.side.socket, (short)(POLLIN | writable), 0},
                               {server.signals, POLLIN, 0}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            end(&server);
        if (fds[1].revents) {
            drain_signals(&server);
            reap(&server);
        }
        if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) && !receive(&server))
            end(&server);
        send_answers(&server);
    }
}
