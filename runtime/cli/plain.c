/* SPDX-License-Identifier: Apache-2.0 */
/* plain.c - shows what a terminal would obey.
 *
 * Of all sequences only ESC [ NUMBERS m goes through, where there are colours at all. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memrchr */
#endif
#include "cli/plain.h"

#include <string.h>

/* How long the colour is that begins here, or 0. */
static size_t color_bytes(const char *text, size_t len)
{
    size_t at = 2;
    if (len < 3 || text[0] != '\033' || text[1] != '[')
        return 0;
    while (at < len && strchr("0123456789;:", text[at]) && text[at])
        at++;
    return at < len && text[at] == 'm' ? at + 1 : 0;
}

/* How many bytes the control character here has, or 0: C0, DEL, and C1 as UTF-8 has it. */
static size_t control_bytes(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0];
    if ((first < 0x20 && first != '\t') || first == 0x7f)
        return 1;
    return len > 1 && first == 0xc2 && (unsigned char)text[1] >= 0x80 &&
                   (unsigned char)text[1] < 0xa0
               ? 2
               : 0;
}

static void show_control(Console *c, ConsoleTo to, const char *text, size_t size)
{
    if (*text == '\033')
        console_text(c, to, "\\e");
    else
        console_printf(c, to, "\\x%02x", (unsigned char)text[size - 1]);
}

/* Behind the last carriage return, but for one at the end. */
static size_t last_segment(const char *text, size_t *len)
{
    while (*len > 0 && text[*len - 1] == '\r')
        --*len;
    const char *at = memrchr(text, '\r', *len);
    return at ? (size_t)(at + 1 - text) : 0;
}

static void terminal_line(Console *c, ConsoleTo to, const char *text, size_t len)
{
    bool has_color = c->streams[to].has_color, is_painted = false;
    size_t at = 0, from = 0;
    while (at < len) {
        size_t color = color_bytes(text + at, len - at);
        size_t control = color ? 0 : control_bytes(text + at, len - at);
        size_t skipped = color && !has_color ? color : control;
        is_painted |= color && has_color;
        if (skipped) {
            console_write(c, to, text + from, at - from);
            from = at + skipped;
        }
        if (control)
            show_control(c, to, text + at, control);
        at += color ? color : control ? control : 1;
    }
    console_write(c, to, text + from, len - from);
    if (is_painted)
        console_text(c, to, "\033[0m");
}

void plain_line(Console *c, ConsoleTo to, const char *text, size_t len)
{
    if (!c->streams[to].is_terminal) {
        console_write(c, to, text, len);
        return;
    }
    size_t from = last_segment(text, &len);
    terminal_line(c, to, text + from, len - from);
}

/* The line at the beginning, and whether it has an end. */
static size_t line_bytes(const char *text, size_t len, bool *has_end)
{
    const char *newline = memchr(text, '\n', len);
    *has_end = newline != NULL;
    return newline ? (size_t)(newline - text) : len;
}

void plain_lines(Console *c, ConsoleTo to, const char *before, const char *text, size_t len)
{
    while (len > 0) {
        bool has_end;
        size_t piece = line_bytes(text, len, &has_end);
        console_text(c, to, before);
        plain_line(c, to, text, piece);
        console_text(c, to, "\n");
        text += piece + has_end;
        len -= piece + has_end;
    }
}

typedef void LineWriter(Console *c, ConsoleTo to, const char *text, size_t len);

static void each_line(Console *c, ConsoleTo to, const char *text, size_t len, LineWriter *write)
{
    if (!c->streams[to].is_terminal) {
        console_write(c, to, text, len);
        return;
    }
    while (len > 0) {
        bool has_end;
        size_t piece = line_bytes(text, len, &has_end);
        write(c, to, text, piece);
        if (has_end)
            console_text(c, to, "\n");
        text += piece + has_end;
        len -= piece + has_end;
    }
}

void plain_text(Console *c, ConsoleTo to, const char *text, size_t len)
{
    each_line(c, to, text, len, plain_line);
}

void plain_value(Console *c, ConsoleTo to, const char *text, size_t len)
{
    each_line(c, to, text, len, terminal_line);
}
