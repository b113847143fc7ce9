/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - fills a FlowError; a message that is too long ends between two characters. */
#include <stdio.h>
#include <string.h>

#include <flow/status.h>

/* A text of `len` bytes that was cut off loses the character that it did not get whole. */
static void cut_between_characters(char *text, size_t len)
{
    size_t lead = len - 1;
    while (lead > 0 && ((unsigned char)text[lead] & 0xc0) == 0x80)
        lead--;
    unsigned char first = (unsigned char)text[lead];
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (lead + size > len)
        text[lead] = '\0';
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
