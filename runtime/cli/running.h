/* SPDX-License-Identifier: Apache-2.0 */
/* running.h - what the worker slots of a run are at, read from STORE/logs/RUN/tasks. */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include "sched/wire.h"

typedef struct RunningList {
    RunningRow *rows;
    size_t count;
    int64_t seen; /* when any task was last seen at work, 0: never */
} RunningList;

/* The newest row of each slot, its output with all that is written by now.  Whether it still runs
 * is another question: what is stored since counts more.  A run that left no such file, or one
 * that cannot be read, has none.  FLOW_ENOMEM. */
FlowStatus running_read(const char *store, int64_t run, RunningList *out);
void running_free(RunningList *list); /* zero-filled is allowed */

#endif
