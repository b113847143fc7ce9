/* SPDX-License-Identifier: Apache-2.0 */
/* paramfile.h - parameters from a JSON object in a file, or on standard input. */
#ifndef CLI_PARAMFILE_H
#define CLI_PARAMFILE_H

#include "cli/options.h"
#include "os/buffer.h"

/* `path` "-" is standard input.  Appends, as a CBOR map as params_build takes it, each parameter
 * that the file names.  FLOW_EUSAGE with FILE:LINE:COLUMN, the name and what was expected. */
FlowStatus paramfile_read(const FlowProgram *program, const char *path, Buffer *out,
                          FlowError *err);

#endif
