/* SPDX-License-Identifier: Apache-2.0 */
/* tasklog.h - what tasks printed, read back: STORE/logs/RUN/SLOT.out and SLOT.err. */
#ifndef CLI_TASKLOG_H
#define CLI_TASKLOG_H

#include "cli/console.h"
#include "sched/wire.h"

/* The folder of a run's logs, to be freed with os_free; NULL when there is no memory. */
char *tasklog_dir(const char *store, int64_t run);

/* Prints the bytes of one row as they were written, standard output first.  FLOW_ENOENT, FLOW_EIO
 * with the file's name. */
FlowStatus tasklog_print(Console *c, const char *store, int64_t run, const LogSpan *span,
                         FlowError *err);

/* Appends the last lines (at most `lines`) of one of the streams. */
FlowStatus tasklog_tail(const char *store, int64_t run, const LogSpan *span, bool is_stderr,
                        unsigned lines, Buffer *out, FlowError *err);

bool tasklog_is_empty(const LogSpan *span);

#endif
