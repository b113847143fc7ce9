/* SPDX-License-Identifier: Apache-2.0 */
/* lost.h - a value whose blob is gone: only the step that made it can bring it back. */
#ifndef CLI_LOST_H
#define CLI_LOST_H

#include "os/buffer.h"
#include "sched/ledger.h"

/* Whether a task, or the run, failed for such a value, by what it said. */
bool lost_is_why(const char *message);
/* The step that made the value which the message names; NULL: it names none that is known. */
const FlowStep *lost_maker(const FlowProgram *program, const Ledger *ledger, const char *message);

#endif
