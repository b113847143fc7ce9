/* SPDX-License-Identifier: Apache-2.0 */
/* extern.c - what comes back from the user's C. */
#include <stdlib.h>
#include <string.h>

#include <flow/lib.h>

#include "value/utf8.h"

FlowStatus flow_string_take_c(FlowTask *t, char *text, FlowString **out)
{
    if (!text)
        return flow_fail(t, "the C function gave NULL where a string is wanted");
    size_t len = strlen(text);
    FlowStatus s = utf8_is_valid(text, len)
                       ? flow_string_new(t, text, len, out)
                       : flow_fail(t, "the C function gave a string that is not UTF-8");
    free(text);
    return s;
}
