/* SPDX-License-Identifier: Apache-2.0 */
/* server_start.c - makes what scheduler, fork server and workers share, and forks the server. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/server.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/terminal.h"

typedef struct Shared {
    int sockets[2], wake, pages;
    WorkerPage *mapped;
} Shared;

static void close_shared(Shared *shared)
{
    os_close(shared->sockets[0]);
    os_close(shared->sockets[1]);
    os_close(shared->wake);
    os_close(shared->pages);
}

/* The pages stay empty, and take no memory, until a worker uses them. */
static bool make_shared(Shared *shared, size_t bytes)
{
    *shared = (Shared){{-1, -1}, -1, -1, NULL};
    shared->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    shared->pages = memfd_create("flow-workers", MFD_CLOEXEC);
    if (shared->wake < 0 || shared->pages < 0 || ftruncate(shared->pages, (off_t)bytes) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, shared->sockets) != 0)
        return false;
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, shared->pages, 0);
    shared->mapped = mapped == MAP_FAILED ? NULL : mapped;
    return shared->mapped != NULL;
}

FlowStatus fork_server_start(const FlowProgram *program, uint32_t slots, ForkServer **out,
                             FlowError *err)
{
    ForkServer *server = os_alloc_zero(sizeof *server);
    if (!server)
        return flow_error(err, FLOW_ENOMEM, "no memory to start the fork server");
    Shared shared;
    pid_t pid = -1;
    terminal_remember();
    if (make_shared(&shared, slots * sizeof(WorkerPage)))
        pid = fork();
    if (pid < 0) {
        int code = errno;
        close_shared(&shared);
        if (shared.mapped)
            munmap(shared.mapped, slots * sizeof(WorkerPage));
        os_free(server);
        return flow_error(err, FLOW_EIO, "cannot start the fork server: %s", os_error_text(code));
    }
    if (pid == 0) {
        munmap(shared.mapped, slots * sizeof(WorkerPage));
        ServerSide side = {program, slots, shared.sockets[1], shared.wake, shared.pages};
        server_main(&side);
    }
    *server = (ForkServer){program, slots, pid, shared.sockets[0], shared.wake, shared.mapped};
    os_close(shared.sockets[1]);
    os_close(shared.pages);
    *out = server;
    return FLOW_OK;
}

void fork_server_stop(ForkServer *server)
{
    if (!server)
        return;
    os_close(server->socket);
    while (server->pid > 0 && waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    os_close(server->wake);
    munmap(server->pages, server->slots * sizeof(WorkerPage));
    os_free(server);
}
