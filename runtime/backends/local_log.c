/* SPDX-License-Identifier: Apache-2.0 */
/* local_log.c - follows the log files of a worker slot.
 *
 * Nothing is buffered between two looks: an unfinished line stays in the file and is read again. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/local_slot.h"
#include "os/file.h"

static bool open_log(LogTail *tail, int dir, uint32_t slot)
{
    if (tail->fd >= 0)
        return true;
    char name[32];
    snprintf(name, sizeof name, "%u.%s", slot, tail->kind);
    tail->fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    return tail->fd >= 0;
}

uint64_t log_size(LogTail *tail, int dir, uint32_t slot)
{
    struct stat st;
    if (!open_log(tail, dir, slot) || fstat(tail->fd, &st) != 0)
        return 0;
    return (uint64_t)st.st_size;
}

void log_close(LogTail *tail)
{
    os_close(tail->fd);
    tail->fd = -1;
}

static void hand_on(const LogTail *tail, const LineSink *sink, const uint8_t *bytes, size_t len)
{
    sink->line(sink->ctx, sink->ord, sink->pid, strcmp(tail->kind, "err") == 0,
               (Bytes){bytes, len});
}

/* Hands on the whole lines; returns how many bytes they take. */
static size_t hand_on_lines(const LogTail *tail, const LineSink *sink, const uint8_t *bytes,
                            size_t len)
{
    size_t done = 0;
    const uint8_t *newline;
    while (done < len && (newline = memchr(bytes + done, '\n', len - done))) {
        size_t line = (size_t)(newline - (bytes + done));
        hand_on(tail, sink, bytes + done, line);
        done += line + 1;
    }
    return done;
}

/* Up to `len` bytes at the tail's position, across short reads. */
static size_t read_some(const LogTail *tail, uint8_t *room, size_t len)
{
    size_t have = 0;
    while (have < len) {
        ssize_t n = pread(tail->fd, room + have, len - have, (off_t)(tail->pos + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    return have;
}

void log_read(LogTail *tail, int dir, uint32_t slot, uint64_t to, bool is_row_end, uint8_t *room,
              const LineSink *sink)
{
    while (tail->pos < to && open_log(tail, dir, slot)) {
        size_t wanted = to - tail->pos < LOG_LINE_MAX ? (size_t)(to - tail->pos) : LOG_LINE_MAX;
        size_t len = read_some(tail, room, wanted);
        size_t done = hand_on_lines(tail, sink, room, len);
        bool is_last = len < wanted || tail->pos + len == to;
        bool is_full = done == 0 && len == LOG_LINE_MAX; /* a line longer than that is cut */
        if (done < len && (is_full || (is_last && is_row_end))) {
            hand_on(tail, sink, room + done, len - done);
            done = len;
        }
        tail->pos += done;
        if (is_last || done == 0)
            return;
    }
}
