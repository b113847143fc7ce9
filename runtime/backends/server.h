/* SPDX-License-Identifier: Apache-2.0 */
/* server.h - what passes between the local backend and its fork server.
 *
 * A SOCK_SEQPACKET pair: one message a request or answer.  Shared by both sides
 * are one file with a WorkerPage a slot, and one eventfd by which workers say
 * that there is something to read. */
#ifndef BACKENDS_SERVER_H
#define BACKENDS_SERVER_H

#include <sys/types.h>

#include "backends/local.h"

typedef enum RequestKind {
    REQUEST_CONFIG = 1, /* the header, then log_dir and blobs_dir, each with its NUL */
    REQUEST_RUN,        /* with a descriptor of the input when it does not fit into the inbox */
    REQUEST_KILL
} RequestKind;

/* `serial` tells one worker of a slot from the next. */
typedef struct Request {
    uint32_t kind, slot;
    uint64_t serial;
    /* RUN */
    uint32_t step, round;
    uint64_t lo, n;
    uint64_t seed;
    int64_t memory;
    uint64_t gpus; /* bits: which of the machine's (os/gpu.h) */
    uint64_t block_len;
    uint32_t attempt, cpus;
} Request;

typedef enum AnswerKind {
    ANSWER_ENDED = 1, /* the worker was reaped: `code` is its wait status */
    ANSWER_REFUSED    /* it could not be forked: `code` is an errno */
} AnswerKind;

/* Why a worker was killed by SIGKILL. */
typedef enum KilledFor {
    KILLED_FOR_UNKNOWN, /* by us, or by someone */
    KILLED_FOR_BOUND,   /* it used up its own memory */
    KILLED_FOR_MACHINE  /* the machine ran out of memory */
} KilledFor;

typedef struct Answer {
    uint32_t kind, slot;
    uint64_t serial;
    int32_t pid, code;
    uint32_t killed_for, reserved;
    int64_t max_resident; /* bytes */
    int64_t user_us, system_us;
} Answer;

struct ForkServer {
    const FlowProgram *program;
    uint32_t slots;
    pid_t pid; /* 0 once it was reaped */
    int socket;
    int wake;          /* eventfd */
    WorkerPage *pages; /* `slots` of them */
};

/* The server's end of it all. */
typedef struct ServerSide {
    const FlowProgram *program;
    uint32_t slots;
    int socket, wake, pages;
} ServerSide;

/* The life of the fork server; never returns. */
_Noreturn void server_main(const ServerSide *side);

#endif
