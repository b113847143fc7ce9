/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c - the words and the trace of a task's failure. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <flow/task.h>

#include "value/utf8.h"

static FlowStatus begin_failure(FlowTask *t, FlowStatus status)
{
    t->status = status;
    t->trace_count = 0;
    return status;
}

FlowStatus flow_fail(FlowTask *t, const char *format, ...)
{
    if (!t)
        return FLOW_FAIL;
    char text[FLOW_MESSAGE_MAX]; /* an argument may be the message of before */
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len >= (int)sizeof text)
        text[utf8_whole(text, sizeof text - 1)] = '\0';
    memcpy(t->message, text, strlen(text) + 1);
    return begin_failure(t, FLOW_FAIL);
}

FlowStatus flow_fail_string(FlowTask *t, const FlowString *message)
{
    if (!t)
        return FLOW_FAIL;
    const char *bytes = flow_string_bytes(message);
    size_t len = flow_string_len_bytes(message);
    if (len >= sizeof t->message)
        len = utf8_whole(bytes, sizeof t->message - 1);
    memcpy(t->message, bytes, len);
    t->message[len] = '\0';
    return begin_failure(t, FLOW_FAIL);
}

FlowStatus flow_fail_memory(FlowTask *t, size_t bytes)
{
    if (!t)
        return FLOW_ENOMEM;
    if (bytes > 0)
        snprintf(t->message, sizeof t->message, "there is no memory for %zu more bytes", bytes);
    else
        snprintf(t->message, sizeof t->message, "there is no memory left");
    return begin_failure(t, FLOW_ENOMEM);
}

FlowStatus flow_fail_overflow(FlowTask *t, const char *operation)
{
    return flow_fail(t, "the result of `%s` does not fit in 64 bits", operation);
}

FlowStatus flow_fail_shift(FlowTask *t, int64_t by)
{
    return flow_fail(t, "an int is shifted by 0 to 63 bits, and not by %lld", (long long)by);
}

FlowStatus flow_fail_division(FlowTask *t)
{
    return flow_fail(t, "division by zero");
}

FlowStatus flow_fail_index(FlowTask *t, int64_t index, int64_t len)
{
    if (len == 0)
        return flow_fail(t, "index %" PRId64 " is out of range: there is nothing in it", index);
    return flow_fail(t,
                     "index %" PRId64 " is out of range: the length is %" PRId64
                     ", so the last one is %" PRId64,
                     index, len, len - 1);
}

void flow_trace(FlowTask *t, const char *function, const char *file, uint32_t line)
{
    if (!t)
        return;
    /* When there are too many the last place goes to the outermost, where it all began. */
    uint32_t place = t->trace_count < FLOW_TRACE_MAX ? t->trace_count++ : FLOW_TRACE_MAX - 1;
    t->trace[place] = (FlowFrame){function, file, line};
}

/* What is no failure of the task itself, such as lack of memory, cannot be handled: it stays, and
 * is returned. */
FlowStatus flow_handled(FlowTask *t, FlowString **out)
{
    if (!t)
        return FLOW_OK;
    if (t->status != FLOW_FAIL && t->status != FLOW_OK)
        return t->status;
    if (out) {
        FlowStatus s = flow_string_new(t, t->message, strlen(t->message), out);
        if (s != FLOW_OK)
            return s;
    }
    t->status = FLOW_OK;
    t->message[0] = '\0';
    t->trace_count = 0;
    return FLOW_OK;
}
