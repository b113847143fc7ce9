/* SPDX-License-Identifier: Apache-2.0 */
/* console.c - two buffers in front of two descriptors. */
#include "cli/console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/plain.h"
#include "os/buffer.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/terminal.h"

enum { HELD_MOST = 256 * 1024 /* bytes that wait for a frame */ };

static bool is_same_place(int a, int b)
{
    struct stat left, right;
    return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

void console_init(Console *c)
{
    c->streams[CONSOLE_OUT].fd = STDOUT_FILENO;
    c->streams[CONSOLE_ERR].fd = STDERR_FILENO;
    for (int i = 0; i < 2; i++) {
        c->streams[i].error = 0;
        c->streams[i].len = 0;
        c->streams[i].is_terminal = isatty(c->streams[i].fd) == 1;
    }
    c->is_same_place = is_same_place(STDOUT_FILENO, STDERR_FILENO);
    c->second = -1;
    console_set_color(c, NULL);
}

void console_set_color(Console *c, const char *when)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool can = !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
    bool is_auto = !when || strcmp(when, "auto") == 0;
    for (int i = 0; i < 2; i++)
        c->streams[i].has_color = is_auto ? can && c->streams[i].is_terminal
                                          : strcmp(when, "always") == 0;
}

const char *paint_sequence(Paint paint)
{
    switch (paint) {
    case PAINT_GOOD: return "\033[32m";
    case PAINT_BAD: return "\033[1;31m";
    case PAINT_BUSY: return "\033[36m";
    case PAINT_WARNING: return "\033[33m";
    case PAINT_DIM: return "\033[2m";
    case PAINT_STRONG: return "\033[1m";
    case PAINT_NONE: break;
    }
    return "\033[0m";
}

Paint paint_of_state(const char *state)
{
    if (strcmp(state, "done") == 0)
        return PAINT_GOOD;
    if (strcmp(state, "failed") == 0 || strcmp(state, "died") == 0)
        return PAINT_BAD;
    if (strcmp(state, "running") == 0)
        return PAINT_BUSY;
    return strcmp(state, "waiting") == 0 ? PAINT_DIM : PAINT_WARNING;
}

void console_paint(Console *c, ConsoleTo to, Paint paint)
{
    if (c->streams[to].has_color)
        console_text(c, to, paint_sequence(paint));
}

void console_hold(Console *c, void (*frame)(void *ctx), void *ctx)
{
    console_flush(c);
    c->frame = frame;
    c->frame_ctx = ctx;
    if (!frame)
        buffer_free(&c->held);
}

/* A descriptor that we inherited may be non-blocking; then we wait for it. */
static int write_whole(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n >= 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd waits = {.fd = fd, .events = POLLOUT};
            if (poll(&waits, 1, -1) < 0 && errno != EINTR)
                return errno;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static void flush_stream(ConsoleStream *s)
{
    if (s->len > 0 && !s->error)
        s->error = write_whole(s->fd, s->bytes, s->len);
    s->len = 0;
}

void console_write_frame(Console *c, const void *bytes, size_t len)
{
    ConsoleStream *s = &c->streams[CONSOLE_ERR];
    if (!s->error)
        s->error = write_whole(s->fd, bytes, len);
}

void console_flush(Console *c)
{
    if (c->frame && c->held.len > 0)
        c->frame(c->frame_ctx);
    flush_stream(&c->streams[CONSOLE_OUT]);
    flush_stream(&c->streams[CONSOLE_ERR]);
}

void console_write(Console *c, ConsoleTo to, const char *bytes, size_t len)
{
    ConsoleStream *s = &c->streams[to];
    if (c->frame && s->is_terminal && buffer_append(&c->held, bytes, len) == FLOW_OK) {
        if (c->held.len > HELD_MOST)
            c->frame(c->frame_ctx);
        return;
    }
    if (c->is_same_place)
        flush_stream(&c->streams[!to]);
    if (s->error)
        return;
    if (len > CONSOLE_STREAM_BYTES - s->len)
        flush_stream(s);
    if (len > CONSOLE_STREAM_BYTES) {
        if (!s->error)
            s->error = write_whole(s->fd, bytes, len);
        return;
    }
    memcpy(s->bytes + s->len, bytes, len);
    s->len += len;
}

void console_text(Console *c, ConsoleTo to, const char *text)
{
    console_write(c, to, text, strlen(text));
}

void console_printf(Console *c, ConsoleTo to, const char *format, ...)
{
    char room[4096];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(room, sizeof room, format, args);
    va_end(args);
    if (len < 0)
        return;
    if ((size_t)len < sizeof room) {
        console_write(c, to, room, (size_t)len);
        return;
    }
    Buffer whole = {0};
    if (buffer_reserve(&whole, (size_t)len + 1) != FLOW_OK) {
        console_write(c, to, room, sizeof room - 1); /* the beginning is better than nothing */
        return;
    }
    va_start(args, format);
    vsnprintf((char *)whole.bytes, (size_t)len + 1, format, args);
    va_end(args);
    console_write(c, to, (char *)whole.bytes, (size_t)len);
    buffer_free(&whole);
}

void console_time(int64_t ns, char out[32])
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm local;
    if (!localtime_r(&seconds, &local) || strftime(out, 32, "%Y-%m-%d %H:%M:%S", &local) == 0)
        snprintf(out, 32, "%lld", (long long)seconds);
}

void console_stamp(Console *c, ConsoleTo to)
{
    int64_t now = os_now_ns();
    if (now / 1000000000 != c->second) {
        c->second = now / 1000000000;
        console_time(now, c->stamp);
    }
    console_printf(c, to, "%s.%03d ", c->stamp, (int)(now / 1000000 % 1000));
}

void console_duration(int64_t ns, char out[32])
{
    double seconds = (double)ns / 1e9;
    int64_t whole = (ns + 500000000) / 1000000000;
    if (seconds < 0.0005)
        snprintf(out, 32, "<1 ms");
    else if (seconds < 0.9995)
        snprintf(out, 32, "%.0f ms", seconds * 1e3);
    else if (seconds < 59.95)
        snprintf(out, 32, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(out, 32, "%d min %d s", (int)(whole / 60), (int)(whole % 60));
    else
        snprintf(out, 32, "%lld h %d min", (long long)(whole / 3600), (int)(whole / 60 % 60));
}

void console_size(uint64_t bytes, char out[32])
{
    static const char *const units[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
    double shown = (double)bytes;
    size_t unit = 0;
    if (bytes < 1000) {
        snprintf(out, 32, "%d byte%s", (int)bytes, bytes == 1 ? "" : "s");
        return;
    }
    /* What would be rounded to 1000 is 1 of the next. */
    for (shown /= 1000; shown >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
        shown /= 1000;
    snprintf(out, 32, shown < 9.95 ? "%.1f %s" : "%.0f %s", shown, units[unit]);
}

void console_error(Console *c, const char *message)
{
    console_paint(c, CONSOLE_ERR, PAINT_BAD);
    console_text(c, CONSOLE_ERR, "error: ");
    console_paint(c, CONSOLE_ERR, PAINT_NONE);
    plain_value(c, CONSOLE_ERR, message, strlen(message));
    console_text(c, CONSOLE_ERR, "\n");
}

size_t console_width(const Console *c, ConsoleTo to)
{
    struct winsize size = {0};
    const ConsoleStream *s = &c->streams[to];
    bool is_known = s->is_terminal && ioctl(s->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

size_t console_fit(const char *text, size_t len, size_t columns)
{
    size_t fits = 0, column = 0, wide;
    for (size_t i = 0; i < len && text[i] != '\n';) {
        if (text[i] == ' ')
            fits = i;
        i += terminal_point(text + i, len - i, &wide);
        column += wide;
        if (column > columns && fits > 0)
            return fits;
    }
    const char *newline = memchr(text, '\n', len);
    size_t whole = newline ? (size_t)(newline - text) : len;
    const char *blank = column > columns ? memchr(text, ' ', whole) : NULL;
    return blank ? (size_t)(blank - text) : whole;
}

bool console_is_closed(const Console *c)
{
    return c->streams[CONSOLE_OUT].error != 0;
}

bool console_finish(Console *c)
{
    flush_stream(&c->streams[CONSOLE_OUT]);
    int error = c->streams[CONSOLE_OUT].error;
    bool is_whole = !error || error == EPIPE;
    if (!is_whole)
        console_printf(c, CONSOLE_ERR, "error: cannot write to standard output: %s\n",
                       os_error_text(error));
    console_flush(c);
    return is_whole;
}
