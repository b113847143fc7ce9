/* SPDX-License-Identifier: Apache-2.0 */
/* params.h - the parameters of a run: a CBOR map of name to value.
 *
 * Every run has a value for each parameter of its program, so that a task, a
 * resume and `show` never ask for a default again. */
#ifndef SCHED_PARAMS_H
#define SCHED_PARAMS_H

#include <flow/program.h>

#include "os/buffer.h"
#include "store/db.h"

/* Writes the map into *out (empty).  `given[i]`: what a person wrote for program->params[i], or
 * NULL (the array too).  What is not given comes from `inherited` (a map, or len 0), else from
 * the parameter's default.  FLOW_EUSAGE: no such value, or a parameter that must be given is
 * not. */
FlowStatus params_build(const FlowProgram *program, const char *const *given, Bytes inherited,
                        Buffer *out, FlowError *err);

/* Appends "--mem: …" for each of `given` (may be NULL) that its parameter cannot be, with
 * "\nerror: " between them, and of many how many more there are; secrets are left out. */
FlowStatus params_refused(const FlowProgram *program, const char *const *given, Buffer *out,
                          FlowError *err);

/* Appends the CBOR of a default; nothing where there is none, where it fails, and of a secret. */
FlowStatus params_default(const FlowProgram *program, uint16_t param, Buffer *out, FlowError *err);

/* The CBOR of each parameter's value, borrowed from `map`: values[program->param_count], len 0
 * where the map has none. */
FlowStatus params_split(const FlowProgram *program, Bytes map, Bytes *values, FlowError *err);

#endif
