/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - print, assert and round. */
#include <math.h>
#include <unistd.h>

#include <flow/lib.h>

#include "os/file.h"

FlowStatus flow_print(FlowTask *t, const FlowString *text)
{
    FlowError err;
    if (t)
        t->prints++;
    FlowStatus s = os_write_line(STDOUT_FILENO, "standard output", flow_string_bytes(text),
                                 flow_string_len_bytes(text), &err);
    return s == FLOW_OK ? FLOW_OK : flow_fail(t, "%s", err.message);
}

FlowStatus flow_fail_assert(FlowTask *t, const char *text)
{
    return flow_fail(t, "the assertion does not hold: %s", text);
}

FlowStatus flow_round(FlowTask *t, double x, int64_t *out)
{
    return flow_int_of_float(t, round(x), out);
}
