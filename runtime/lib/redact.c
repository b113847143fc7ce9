/* SPDX-License-Identifier: Apache-2.0 */
/* redact.c - where a needle begins is looked for byte by byte, with the first bytes in a table; of
 * several that begin there the longest counts.
 *
 * Of secrets that were read only the names of their variables are kept, so that no copy of them
 * outlives the value. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pipe2 */
#endif
#include "lib/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file.h"
#include "os/memory.h"

enum { READ_BYTES = 64 * 1024 /* what a pipe holds */, LOOK_MS = 50 };

static const char MARK[] = "***";

/* ---- what was read ------------------------------------------------------ */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char **noted;
static size_t noted_count;

static FlowStatus note_new(const char *variable)
{
    char **grown = os_realloc_array(noted, noted_count + 1, sizeof *noted);
    if (!grown)
        return FLOW_ENOMEM;
    noted = grown;
    noted[noted_count] = os_copy_string(variable);
    if (!noted[noted_count])
        return FLOW_ENOMEM;
    noted_count++;
    return FLOW_OK;
}

FlowStatus redact_note(const char *variable)
{
    FlowStatus s = FLOW_OK;
    bool is_there = false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < noted_count; i++)
        is_there |= strcmp(noted[i], variable) == 0;
    if (!is_there)
        s = note_new(variable);
    pthread_mutex_unlock(&lock);
    return s;
}

FlowStatus redactor_init(Redactor *r)
{
    FlowStatus s = FLOW_OK;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; s == FLOW_OK && i < noted_count; i++) {
        const char *value = getenv(noted[i]);
        if (value)
            s = redactor_add(r, value, strlen(value));
    }
    pthread_mutex_unlock(&lock);
    return s;
}

FlowStatus redactor_add(Redactor *r, const char *bytes, size_t len)
{
    while (len > 0 && strchr(" \t\r\n", bytes[len - 1]))
        len--;
    while (len > 0 && strchr(" \t\r\n", bytes[0]))
        bytes++, len--;
    if (len < REDACT_LEAST)
        return FLOW_OK;
    struct RedactNeedle *grown = os_realloc_array(r->needles, r->count + 1, sizeof *grown);
    if (!grown)
        return FLOW_ENOMEM;
    r->needles = grown;
    r->needles[r->count++] = (struct RedactNeedle){bytes, len};
    r->begins[(unsigned char)bytes[0]] = true;
    return FLOW_OK;
}

void redactor_free(Redactor *r)
{
    os_free(r->needles);
    *r = (Redactor){0};
}

/* ---- text --------------------------------------------------------------- */

static void wipe(Buffer *text)
{
    if (text->bytes)
        explicit_bzero(text->bytes, text->cap);
    buffer_free(text);
}

/* The longest needle here, 0: none.  *is_open: one that is longer still may be. */
static size_t find_here(const Redactor *r, const char *at, size_t left, bool *is_open)
{
    size_t found = 0;
    *is_open = false;
    for (size_t i = 0; r->begins[(unsigned char)*at] && i < r->count; i++) {
        const struct RedactNeedle *n = &r->needles[i];
        if (n->len <= left && memcmp(at, n->bytes, n->len) == 0)
            found = n->len > found ? n->len : found;
        else if (n->len > left && memcmp(at, n->bytes, left) == 0)
            *is_open = true;
    }
    return found;
}

/* Up to where the text is certain. */
static FlowStatus put_certain(const Redactor *r, const char *text, size_t len, bool is_end,
                              size_t *certain, Buffer *out)
{
    FlowStatus s = FLOW_OK;
    size_t from = 0, at = 0;
    bool is_open = false;
    while (s == FLOW_OK && at < len) {
        size_t found = find_here(r, text + at, len - at, &is_open);
        if (is_open && !is_end)
            break;
        if (found > 0) {
            s = buffer_append(out, text + from, at - from);
            if (s == FLOW_OK)
                s = buffer_append_text(out, MARK);
            from = at + found;
        }
        at += found > 0 ? found : 1;
    }
    if (s == FLOW_OK)
        s = buffer_append(out, text + from, at - from);
    *certain = at;
    return s;
}

FlowStatus redact_more(const Redactor *r, Buffer *held, const char *bytes, size_t len, bool is_end,
                       Buffer *out)
{
    size_t certain = 0;
    FlowStatus s = buffer_append(held, bytes, len);
    if (s == FLOW_OK)
        s = put_certain(r, held->len ? (char *)held->bytes : "", held->len, is_end, &certain, out);
    if (s == FLOW_OK && certain > 0) {
        memmove(held->bytes, held->bytes + certain, held->len - certain);
        held->len -= certain;
    }
    if (is_end)
        wipe(held);
    return s;
}

FlowStatus redact_text(const Redactor *r, const char *bytes, size_t len, Buffer *out)
{
    size_t certain;
    return put_certain(r, bytes, len, true, &certain, out);
}

/* ---- pipes -------------------------------------------------------------- */

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

FlowStatus redact_pipes_open(RedactPipes *p)
{
    *p = (RedactPipes){.from = {-1, -1}, .to = {-1, -1}};
    for (int i = 0; i < 2; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            int error = errno;
            redact_pipes_close(p);
            errno = error;
            return FLOW_EIO;
        }
        p->from[i] = ends[0];
        p->to[i] = ends[1];
    }
    return FLOW_OK;
}

void redact_pipes_close(RedactPipes *p)
{
    for (int i = 0; i < 2; i++) {
        close_end(&p->from[i]);
        close_end(&p->to[i]);
    }
}

void redact_pipes_become(const RedactPipes *p)
{
    dup2(p->to[0], STDOUT_FILENO);
    dup2(p->to[1], STDERR_FILENO);
}

typedef struct Pump {
    RedactPipes *pipes;
    const Redactor *redactor;
    Buffer held[2], out;
    char *room; /* READ_BYTES */
    FlowError *err;
} Pump;

static void note_said(RedactPipes *p, const Buffer *text)
{
    size_t len = text->len < sizeof p->said ? text->len : sizeof p->said;
    size_t kept = p->said_len < sizeof p->said - len ? p->said_len : sizeof p->said - len;
    memmove(p->said, p->said + p->said_len - kept, kept);
    memcpy(p->said + kept, text->bytes + text->len - len, len);
    p->said_len = kept + len;
}

/* At its end it is closed. */
static FlowStatus hand_on(Pump *p, int i, size_t len, bool is_end)
{
    static const int to[] = {STDOUT_FILENO, STDERR_FILENO};
    buffer_clear(&p->out);
    FlowStatus s = redact_more(p->redactor, &p->held[i], p->room, len, is_end, &p->out);
    if (s != FLOW_OK)
        return flow_error(p->err, s, "there is no memory for it");
    if (p->out.len > 0)
        s = os_write_all(to[i], "the log", p->out.bytes, p->out.len, p->err);
    if (i == 1 && p->out.len > 0)
        note_said(p->pipes, &p->out);
    if (is_end)
        close_end(&p->pipes->from[i]);
    return s;
}

static FlowStatus pump_one(Pump *p, int i)
{
    ssize_t got = read(p->pipes->from[i], p->room, READ_BYTES);
    if (got < 0 && errno == EINTR)
        return FLOW_OK;
    return hand_on(p, i, got > 0 ? (size_t)got : 0, got <= 0);
}

/* A process that the child has left behind may hold the pipes for ever, and print for ever: once
 * the child has ended each is read once more, which takes all that a pipe holds; what comes later
 * is nobody's. */
static FlowStatus pump_all(Pump *p, pid_t child, int *status, bool *has_ended)
{
    FlowStatus s = FLOW_OK;
    while (s == FLOW_OK && !*has_ended && (p->pipes->from[0] >= 0 || p->pipes->from[1] >= 0)) {
        struct pollfd waits[2] = {{p->pipes->from[0], POLLIN, 0}, {p->pipes->from[1], POLLIN, 0}};
        *has_ended = waitpid(child, status, WNOHANG) == child;
        int ready = poll(waits, 2, *has_ended ? 0 : LOOK_MS);
        for (int i = 0; s == FLOW_OK && ready > 0 && i < 2; i++)
            if (waits[i].revents)
                s = pump_one(p, i);
    }
    return s;
}

FlowStatus redact_pipes_pump(RedactPipes *pipes, const Redactor *r, pid_t child, int *status,
                             bool *has_ended, FlowError *err)
{
    Pump p = {.pipes = pipes, .redactor = r, .room = os_alloc(READ_BYTES), .err = err};
    FlowStatus s = p.room ? FLOW_OK : flow_error(err, FLOW_ENOMEM, "there is no memory for it");
    *has_ended = false;
    close_end(&pipes->to[0]);
    close_end(&pipes->to[1]);
    if (s == FLOW_OK)
        s = pump_all(&p, child, status, has_ended);
    for (int i = 0; s == FLOW_OK && i < 2; i++)
        if (pipes->from[i] >= 0)
            s = hand_on(&p, i, 0, true);
    redact_pipes_close(pipes);
    wipe(&p.held[0]);
    wipe(&p.held[1]);
    wipe(&p.out);
    if (p.room)
        explicit_bzero(p.room, READ_BYTES);
    os_free(p.room);
    return s;
}
