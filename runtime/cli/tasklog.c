/* SPDX-License-Identifier: Apache-2.0 */
/* tasklog.c - spans of log files, read piece by piece. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memrchr */
#endif
#include "cli/tasklog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/plain.h"
#include "os/file.h"
#include "os/memory.h"

enum { PIECE = 64 * 1024, TAIL_BYTES = 16 * 1024 };

char *tasklog_dir(const char *store, int64_t run)
{
    size_t room = strlen(store) + 40;
    char *dir = os_alloc(room);
    if (dir)
        snprintf(dir, room, "%s/logs/%" PRId64, store, run);
    return dir;
}

bool tasklog_is_empty(const LogSpan *span)
{
    return span->out_from >= span->out_to && span->err_from >= span->err_to;
}

static FlowStatus open_log(const char *store, int64_t run, uint32_t slot, bool is_stderr,
                           Buffer *path, int *fd, FlowError *err)
{
    if (buffer_printf(path, "%s/logs/%" PRId64 "/%u.%s", store, run, slot,
                      is_stderr ? "err" : "out") != FLOW_OK ||
        !buffer_text(path))
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    return os_open((const char *)path->bytes, OS_OPEN_READ, fd, err);
}

bool tasklog_size(const char *store, int64_t run, uint32_t slot, uint64_t *out, uint64_t *err)
{
    uint64_t *const sizes[] = {out, err};
    bool is_there = false;
    for (int is_stderr = 0; is_stderr < 2; is_stderr++) {
        Buffer path = {0};
        struct stat status;
        int fd = -1;
        *sizes[is_stderr] = 0;
        FlowStatus s = open_log(store, run, slot, is_stderr, &path, &fd, NULL);
        if (s == FLOW_OK && fstat(fd, &status) == 0) {
            *sizes[is_stderr] = (uint64_t)status.st_size;
            is_there = true;
        }
        os_close(fd);
        buffer_free(&path);
    }
    return is_there;
}

static FlowStatus read_at(int fd, const char *path, uint64_t from, char *out, size_t len,
                          FlowError *err)
{
    while (len > 0) {
        ssize_t n = pread(fd, out, len, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return flow_error(err, FLOW_EIO, "cannot read %s: %s", path, os_error_text(errno));
        if (n == 0)
            return flow_error(err, FLOW_EIO,
                              "%s is shorter than the store says: was it cut? `store check` names "
                              "all that were",
                              path);
        out += n;
        from += (uint64_t)n;
        len -= (size_t)n;
    }
    return FLOW_OK;
}

static FlowStatus copy_span(Console *c, int fd, const char *path, uint64_t from, uint64_t to,
                            ConsoleTo where, FlowError *err)
{
    char *piece = os_alloc(PIECE);
    if (!piece)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    FlowStatus s = FLOW_OK;
    while (s == FLOW_OK && from < to && !console_is_closed(c)) {
        size_t len = to - from < PIECE ? (size_t)(to - from) : PIECE;
        s = read_at(fd, path, from, piece, len, err);
        /* On a terminal lines are seen whole, unless they are longer than that. */
        const char *end = from + len < to && c->streams[where].is_terminal
                              ? memrchr(piece, '\n', len)
                              : NULL;
        len = end ? (size_t)(end + 1 - piece) : len;
        if (s == FLOW_OK)
            plain_text(c, where, piece, len);
        from += len;
    }
    os_free(piece);
    return s;
}

static FlowStatus print_stream(Console *c, const char *store, int64_t run, const LogSpan *span,
                               bool is_stderr, FlowError *err)
{
    uint64_t from = is_stderr ? span->err_from : span->out_from;
    uint64_t to = is_stderr ? span->err_to : span->out_to;
    if (from >= to)
        return FLOW_OK;
    Buffer path = {0};
    int fd = -1;
    FlowStatus s = open_log(store, run, span->slot, is_stderr, &path, &fd, err);
    if (s == FLOW_OK)
        s = copy_span(c, fd, (const char *)path.bytes, from, to,
                      is_stderr ? CONSOLE_ERR : CONSOLE_OUT, err);
    os_close(fd);
    buffer_free(&path);
    return s;
}

FlowStatus tasklog_print(Console *c, const char *store, int64_t run, const LogSpan *span,
                         TaskStreams streams, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    if (streams & TASKLOG_OUT)
        s = print_stream(c, store, run, span, false, err);
    if (s == FLOW_OK && streams & TASKLOG_ERR)
        s = print_stream(c, store, run, span, true, err);
    return s;
}

/* Where the last `lines` lines of the text begin. */
static size_t last_lines(const char *text, size_t len, unsigned lines)
{
    size_t at = len;
    if (at > 0 && text[at - 1] == '\n')
        at--;
    for (; at > 0; at--)
        if (text[at - 1] == '\n' && --lines == 0)
            break;
    return at;
}

FlowStatus tasklog_tail(const char *store, int64_t run, const LogSpan *span, bool is_stderr,
                        unsigned lines, Buffer *out, FlowError *err)
{
    uint64_t from = is_stderr ? span->err_from : span->out_from;
    uint64_t to = is_stderr ? span->err_to : span->out_to;
    if (from >= to)
        return FLOW_OK;
    if (to - from > TAIL_BYTES)
        from = to - TAIL_BYTES;
    size_t len = (size_t)(to - from);
    Buffer path = {0};
    int fd = -1;
    char *text = os_alloc(len);
    FlowStatus s = text ? open_log(store, run, span->slot, is_stderr, &path, &fd, err)
                        : flow_error(err, FLOW_ENOMEM, "out of memory");
    if (s == FLOW_OK)
        s = read_at(fd, (const char *)path.bytes, from, text, len, err);
    if (s == FLOW_OK) {
        size_t begin = last_lines(text, len, lines);
        s = buffer_append(out, text + begin, len - begin);
    }
    os_close(fd);
    os_free(text);
    buffer_free(&path);
    return s;
}

/* Up to where whole lines go, looking back piece by piece. */
static uint64_t end_of_lines(const char *store, int64_t run, uint32_t slot, bool is_stderr,
                             uint64_t from, uint64_t to)
{
    Buffer path = {0};
    int fd = -1;
    char piece[4096];
    uint64_t end = to;
    FlowStatus s = open_log(store, run, slot, is_stderr, &path, &fd, NULL);
    while (s == FLOW_OK && end > from) {
        size_t len = end - from < sizeof piece ? (size_t)(end - from) : sizeof piece;
        s = read_at(fd, (const char *)path.bytes, end - len, piece, len, NULL);
        size_t at = len;
        while (s == FLOW_OK && at > 0 && piece[at - 1] != '\n')
            at--;
        end -= len - at;
        if (at > 0)
            break;
    }
    os_close(fd);
    buffer_free(&path);
    return s == FLOW_OK ? end : from;
}

void tasklog_cut_to_lines(const char *store, int64_t run, LogSpan *span)
{
    if (span->out_to > span->out_from)
        span->out_to =
            end_of_lines(store, run, span->slot, false, span->out_from, span->out_to);
    if (span->err_to > span->err_from)
        span->err_to = end_of_lines(store, run, span->slot, true, span->err_from, span->err_to);
}
