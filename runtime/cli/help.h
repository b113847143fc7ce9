/* SPDX-License-Identifier: Apache-2.0 */
/* help.h - what --help and --version print. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/console.h"
#include "cli/options.h"

/* The flow and its commands; with the parameters, since they are what one looks for. */
void help_program(Console *c, const FlowProgram *program, const Options *options);
void help_command(Console *c, const FlowProgram *program, const Options *options,
                  CommandId command);
void help_version(Console *c, const FlowProgram *program, const Options *options);

/* "INT", "[FLOAT]": what stands behind `--name` of a parameter.  "" for a bool. */
void help_param_value(const FlowType *type, char *out, size_t size);
/* The parameter's name as an option, `max-depth`. */
void help_param_name(const char *name, char *out, size_t size);

#endif
