/* SPDX-License-Identifier: Apache-2.0 */
/* extern.c - what comes back from the user's C. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <flow/lib.h>

#include "value/json_tree.h"
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

FlowStatus flow_bytes_take_c(FlowTask *t, uint8_t *octets, const int64_t *len, FlowString **out)
{
    FlowStatus s;
    if (*len < 0 || (!octets && *len > 0))
        s = flow_fail(t, "the C function gave %" PRId64 " bytes%s", *len,
                      octets ? "" : ", and NULL for where they are");
    else
        s = flow_string_new(t, (const char *)octets, (size_t)*len, out);
    free(octets);
    return s;
}

FlowStatus flow_json_take_c(FlowTask *t, char *text, FlowJson **out)
{
    FlowError why;
    if (!text)
        return flow_fail(t, "the C function gave NULL where the text of json is wanted");
    size_t len = strlen(text);
    FlowStatus s = json_parse(text, len, out, &why);
    free(text);
    if (s == FLOW_ENOMEM)
        return flow_fail_memory(t, len);
    return s == FLOW_OK ? s
                        : flow_fail(t, "the C function gave a text that is no JSON: %s",
                                    why.message);
}
