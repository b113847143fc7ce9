/* SPDX-License-Identifier: Apache-2.0 */
/* help.h - what --help and --version print. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/console.h"
#include "cli/options.h"
#include "os/buffer.h"

/* The flow and its commands; with the parameters, since they are what one looks for. */
void help_program(Console *c, const FlowProgram *program, const Options *options);
void help_command(Console *c, const FlowProgram *program, const Options *options,
                  CommandId command);
void help_version(Console *c, const FlowProgram *program, const Options *options);

/* A line a parameter; nothing where there is none. */
void help_params(Console *c, const FlowProgram *program);
/* Appends the default as JSON; it must have one. */
FlowStatus help_default_json(const FlowProgram *program, const FlowParam *param, Buffer *out);

/* "INT", "[FLOAT]": what stands behind `--name` of a parameter.  "" for a bool. */
void help_param_value(const FlowType *type, char *out, size_t size);

#endif
