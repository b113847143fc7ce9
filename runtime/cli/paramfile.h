/* SPDX-License-Identifier: Apache-2.0 */
/* paramfile.h - parameters from a JSON object in a file. */
#ifndef CLI_PARAMFILE_H
#define CLI_PARAMFILE_H

#include "cli/options.h"
#include "os/buffer.h"

/* Sets given[i] of each parameter that the file names and that is not set.  The texts are borrowed
 * from *room (empty).  FLOW_EUSAGE with the file's name and what is wrong in it. */
FlowStatus paramfile_read(const FlowProgram *program, const char *path, const char **given,
                          Buffer *room, FlowError *err);

#endif
