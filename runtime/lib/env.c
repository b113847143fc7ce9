/* SPDX-License-Identifier: Apache-2.0 */
/* env.c - the environment of a task. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <flow/lib.h>

#include "lib/redact.h"
#include "os/file.h"
#include "value/secret.h"

/* A variable that is empty is as good as none: nobody has an empty secret. */
static FlowStatus read_secret(FlowTask *t, const char *variable, FlowString **out)
{
    const char *value = getenv(variable);
    if (!value || !*value)
        return flow_fail(t,
                         "the environment has no %s, which holds a secret: set it where the run or "
                         "resume is started",
                         variable);
    if (redact_note(variable) != FLOW_OK)
        return flow_fail_memory(t, strlen(variable));
    return flow_string_new(t, value, strlen(value), out);
}

FlowStatus flow_secret_param(FlowTask *t, const char *name, FlowString **out)
{
    char variable[SECRET_VARIABLE_MAX];
    secret_variable(name, variable);
    return read_secret(t, variable, out);
}

FlowStatus flow_secret_env(FlowTask *t, const FlowString *name, FlowString **out)
{
    const char *bytes = flow_string_bytes(name);
    size_t len = flow_string_len_bytes(name);
    if (len == 0 || strlen(bytes) != len || strchr(bytes, '='))
        return flow_fail(t, "\"%s\" is no name of an environment variable", bytes);
    return read_secret(t, bytes, out);
}

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
