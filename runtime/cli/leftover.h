/* SPDX-License-Identifier: Apache-2.0 */
/* leftover.h - what tasks printed of which nothing else is stored.
 *
 * When a run is killed, tasks that were done but not committed are not known any more; what they
 * printed is in the log files, between what is known to be of others. */
#ifndef CLI_LEFTOVER_H
#define CLI_LEFTOVER_H

#include "cli/tasklog.h"
#include "cli/view.h"

/* Prints it, below a heading of its own, of a run that is over.  *has_printed is set where there is
 * something. */
FlowStatus leftover_print(Console *c, const View *view, TaskStreams streams, bool *has_printed,
                          FlowError *err);

#endif
