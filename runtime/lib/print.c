/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - print, assert and round. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <flow/lib.h>

#include "os/buffer.h"
#include "os/file.h"
#include "value/text.h"
#include "value/utf8.h"

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

/* A side as text, cut where it is too long to be read at a glance. */
static void show_side(char *room, size_t size, const FlowType *type, const void *value)
{
    Buffer text = {0};
    bool is_whole = text_write(&text, type, value, true) == FLOW_OK;
    const char *shown = is_whole ? buffer_text(&text) : NULL;
    size_t len = shown ? text.len : 0;
    bool is_long = len >= size;
    if (is_long)
        len = utf8_whole(shown, size - sizeof " …");
    snprintf(room, size, "%.*s%s", (int)len, shown ? shown : "", is_long ? " …" : "");
    buffer_free(&text);
}

FlowStatus flow_fail_assert_sides(FlowTask *t, const char *text, const FlowType *left_type,
                                  const void *left, const FlowType *right_type, const void *right)
{
    enum { SHOWN_MAX = 1000 };
    char one[SHOWN_MAX], other[SHOWN_MAX];
    show_side(one, sizeof one, left_type, left);
    show_side(other, sizeof other, right_type, right);
    return flow_fail(t, "the assertion does not hold: %s\n  left:  %s\n  right: %s", text, one,
                     other);
}

FlowStatus flow_round(FlowTask *t, double x, int64_t *out)
{
    return flow_int_of_float(t, round(x), out);
}
