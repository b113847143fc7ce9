/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.h - folders for what is needed only while a task is at work.
 *
 * They lie in one folder of the run's, flow-scratch-XXXXXX below TMPDIR, which its
 * owner has locked as long as it lives: what lies there without a lock was left by
 * one that was killed, and goes when the next begins. */
#ifndef OS_SCRATCH_H
#define OS_SCRATCH_H

#include <limits.h>
#include <sys/types.h>

#include "os/file.h"

/* Makes the run's folder, which this process owns and those that it forks share; removes what the
 * dead have left.  `fd_from`: the least number of its descriptor. */
FlowStatus os_scratch_begin(int fd_from, FlowError *err);
/* Removes the run's folder, for the process that has made it. */
void os_scratch_end(void);

/* A new folder that is the caller's.  Where nothing was begun it begins here, until the last folder
 * is removed.  Safe to call from any thread. */
FlowStatus os_scratch_make(char folder[PATH_MAX], FlowError *err);
void os_scratch_remove(const char *folder);
/* Removes what a process that is no more has left. */
void os_scratch_remove_of(pid_t pid);

#endif
