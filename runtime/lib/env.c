/* SPDX-License-Identifier: Apache-2.0 */
/* env.c - the environment of a task. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <flow/lib.h>

#include "os/file.h"

FlowStatus flow_setenv(FlowTask *t, const char *name, const FlowString *value)
{
    const char *bytes = flow_string_bytes(value);
    if (memchr(bytes, '\0', flow_string_len_bytes(value)))
        return flow_fail(t, "the environment variable %s cannot hold a NUL byte", name);
    if (setenv(name, bytes, 1) == 0)
        return FLOW_OK;
    if (errno == ENOMEM)
        return flow_fail_memory(t, flow_string_len_bytes(value));
    return flow_fail(t, "the environment variable %s cannot be set: %s", name,
                     os_error_text(errno));
}
