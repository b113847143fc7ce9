/* SPDX-License-Identifier: Apache-2.0 */
/* resume_params.h - what a resumed run says of parameters whose default is another by now. */
#ifndef SCHED_RESUME_PARAMS_H
#define SCHED_RESUME_PARAMS_H

#include <flow/program.h>

#include "sched/program_record.h"

/* Appends a line to *out when the run `origin` took the default of program->params[param] as it
 * was in `then`, its program, and the default is another now.  `value`: the CBOR that the run has,
 * len 0: none. */
FlowStatus resume_param_line(const FlowProgram *program, uint16_t param, const ProgramRecord *then,
                             int64_t origin, Bytes value, Buffer *out, FlowError *err);

#endif
