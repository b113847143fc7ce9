/* SPDX-License-Identifier: Apache-2.0 */
/* db_owner.c - who owns a run, as HOST:PID:START; why a task ended, in words; whose logs there are.
 *
 * START is when the process began, in clock ticks since the machine did (field 22 of
 * /proc/PID/stat): a number that was given again belongs to another process. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "store/db.h"

enum { HOST_BYTES = 256, START_FIELD = 22, STATE_FIELD = 3 };

const char *why_name(Why why)
{
    switch (why) {
    case WHY_NONE: return "";
    case WHY_FAILED: return "failed";
    case WHY_CRASHED: return "crashed";
    case WHY_MEMORY: return "out of memory";
    case WHY_TIMEOUT: return "timed out";
    case WHY_PREEMPTED: return "preempted";
    case WHY_LOST: return "lost";
    case WHY_CANCELLED: return "cancelled";
    }
    return "unknown";
}

static void host_name(char out[HOST_BYTES])
{
    if (gethostname(out, HOST_BYTES) != 0)
        strcpy(out, "localhost");
    out[HOST_BYTES - 1] = '\0';
}

/* State and start out of "PID (NAME) STATE …"; NAME may hold anything. */
static bool parse_stat(const char *text, char *state, unsigned long long *start)
{
    const char *field = strrchr(text, ')');
    if (!field || field[1] != ' ')
        return false;
    field += 2;
    *state = *field;
    for (int i = STATE_FIELD; i < START_FIELD; i++) {
        field = strchr(field, ' ');
        if (!field)
            return false;
        field++;
    }
    char *end;
    *start = strtoull(field, &end, 10);
    return end != field;
}

/* When the process began; false when it is no more. */
static bool process_start(long pid, unsigned long long *start)
{
    char path[40], state = 0;
    Buffer text = {0};
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    bool lives = os_read_file(path, &text, NULL) == FLOW_OK && buffer_text(&text) &&
                 parse_stat((const char *)text.bytes, &state, start) && state != 'Z' &&
                 state != 'X';
    buffer_free(&text);
    return lives;
}

void db_owner_self(char *out, size_t size)
{
    char host[HOST_BYTES];
    unsigned long long start = 0;
    host_name(host);
    process_start((long)getpid(), &start);
    snprintf(out, size, "%s:%ld:%llu", host, (long)getpid(), start);
}

/* Cuts the last ":NUMBER" off the `*len` bytes of `text`. */
static bool cut_number(const char *text, size_t *len, unsigned long long *number)
{
    const char *colon = memrchr(text, ':', *len);
    if (!colon)
        return false;
    char *end;
    *number = strtoull(colon + 1, &end, 10);
    bool is_number = end == text + *len && end > colon + 1;
    *len = (size_t)(colon - text);
    return is_number;
}

bool db_owner_lives(const char *owner)
{
    char host[HOST_BYTES];
    unsigned long long pid, start, found;
    size_t len = strlen(owner);
    if (!cut_number(owner, &len, &start) || !cut_number(owner, &len, &pid))
        return false;
    host_name(host);
    if (strlen(host) != len || memcmp(host, owner, len) != 0)
        return true;
    return process_start((long)pid, &found) && found == start;
}

FlowStatus db_newest_logs(const Db *db, int64_t *run, FlowError *err)
{
    char path[PATH_MAX];
    *run = 0;
    snprintf(path, sizeof path, "%s/logs", db_dir(db));
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? FLOW_OK
                               : flow_error(err, FLOW_EIO, "cannot look into %s: %s", path,
                                            os_error_text(errno));
    for (struct dirent *entry; (entry = readdir(folder));) {
        char *end;
        long long number = strtoll(entry->d_name, &end, 10);
        if (!*end && end > entry->d_name && number > *run)
            *run = number;
    }
    closedir(folder);
    return FLOW_OK;
}
