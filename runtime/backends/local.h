/* SPDX-License-Identifier: Apache-2.0 */
/* local.h - chunks on this machine: a fork server, and the backend over it.
 *
 * Two steps, since the fork server must exist before anything that makes a fork
 * dear or dangerous: threads, a database, an event loop, much memory. */
#ifndef BACKENDS_LOCAL_H
#define BACKENDS_LOCAL_H

#include "sched/backend.h"

typedef struct ForkServer ForkServer;

/* Forks the fork server with room for `slots` workers.  Call it first in main.  When the calling
 * process dies, the fork server ends all workers and itself. */
FlowStatus fork_server_start(const FlowProgram *program, uint32_t slots, ForkServer **out,
                             FlowError *err);

/* Ends all workers and the fork server, and waits for it.  NULL is allowed. */
void fork_server_stop(ForkServer *server);

/* The local backend.  `log_dir` (made by the caller) gets SLOT.out and SLOT.err, to which workers
 * append; `blobs_dir` is where they put and map blobs.  `owner` is handed to events->broken.
 * On success the backend owns the server and stops it when it is closed. */
FlowStatus local_backend_new(ForkServer *server_take, uv_loop_t *loop, const char *log_dir,
                             const char *blobs_dir, const BackendEvents *events, void *owner,
                             Backend **out, FlowError *err);

#endif
