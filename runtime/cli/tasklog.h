/* SPDX-License-Identifier: Apache-2.0 */
/* tasklog.h - what tasks printed, read back: STORE/logs/RUN/SLOT.out and SLOT.err. */
#ifndef CLI_TASKLOG_H
#define CLI_TASKLOG_H

#include "cli/console.h"
#include "sched/wire.h"

/* The folder of a run's logs, to be freed with os_free; NULL when there is no memory. */
char *tasklog_dir(const char *store, int64_t run);

/* Which of the streams, as bits. */
typedef enum TaskStreams { TASKLOG_OUT = 1, TASKLOG_ERR = 2, TASKLOG_BOTH = 3 } TaskStreams;

/* Prints the bytes of one row as they were written, standard output first.  FLOW_ENOENT, FLOW_EIO
 * with the file's name. */
FlowStatus tasklog_print(Console *c, const char *store, int64_t run, const LogSpan *span,
                         TaskStreams streams, FlowError *err);

/* Appends the last lines (at most `lines`) of one of the streams. */
FlowStatus tasklog_tail(const char *store, int64_t run, const LogSpan *span, bool is_stderr,
                        unsigned lines, Buffer *out, FlowError *err);

/* How long the files of a worker are now; false when it has none. */
bool tasklog_size(const char *store, int64_t run, uint32_t slot, uint64_t *out, uint64_t *err);

/* Takes off the ends of the span what has no newline yet; of what cannot be read, all. */
void tasklog_cut_to_lines(const char *store, int64_t run, LogSpan *span);

bool tasklog_is_empty(const LogSpan *span);

#endif
