/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - fills a FlowError; a message that is too long ends between two characters. */
#include <stdio.h>
#include <string.h>

#include <flow/status.h>

static void cut_between_characters(char *text, size_t len)
{
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    text[len] = '\0';
}

FlowStatus flow_error(FlowError *err, FlowStatus status, const char *format, ...)
{
    if (!err)
        return status;
    char text[sizeof err->message]; /* an argument may be err->message itself */
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len >= (int)sizeof text)
        cut_between_characters(text, sizeof text - 1);
    err->status = status;
    memcpy(err->message, text, sizeof text);
    return status;
}
