/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.c - the files of the two versions of control groups.
 *
 * The version is that whose hierarchy has the memory controller.  In v1 our groups lie below the
 * one we are in, so that its bounds go on counting.  In v2 a group that holds processes cannot hand
 * the controller down, unless it is the root: then our groups lie beside ours, if its parent is
 * delegated to this user.
 *
 * A group is named flow-PID-SLOT; PID is the process that made it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "backends/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/memory.h"

enum { NAME_ROOM = 64, PATH_ROOM = CGROUP_PATH_MAX + NAME_ROOM, TEXT_ROOM = 16 * 1024 };

/* A worker needs some before its step does anything. */
enum { WORKER_ITSELF = 4 << 20 };

/* ---- files -------------------------------------------------------------- */

/* As much of the file as fits; false when there is none. */
static bool read_text(const char *path, char *out, size_t size)
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    while (len < size - 1) {
        ssize_t n = read(fd, out + len, size - 1 - len);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    close(fd);
    out[len] = '\0';
    return true;
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text);
}

static bool write_number(const char *folder, const char *name, int64_t number)
{
    char path[PATH_ROOM + NAME_ROOM], text[32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(text, sizeof text, "%lld", (long long)number);
    return write_text(path, text);
}

/* The number behind "KEY " at the beginning of a line. */
static uint64_t number_after(const char *text, const char *key)
{
    size_t len = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, len) == 0 && line[len] == ' ')
            return strtoull(line + len, NULL, 10);
        if (!*line)
            break;
    }
    return 0;
}

uint64_t machine_memory_kills(void)
{
    char text[TEXT_ROOM];
    return read_text("/proc/vmstat", text, sizeof text) ? number_after(text, "oom_kill") : 0;
}

/* ---- where we are ------------------------------------------------------- */

/* Whether the comma-separated `list` (which ends with the line or at a colon) names `word`. */
static bool lists(const char *list, const char *word)
{
    size_t len = strlen(word);
    while (*list && *list != '\n' && *list != ':') {
        size_t item = strcspn(list, ",:\n");
        if (item == len && memcmp(list, word, len) == 0)
            return true;
        list += item + (list[item] == ',');
    }
    return false;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The path behind "N:controllers:" of the hierarchy that has the controller of memory. */
static bool own_group(const char *groups, bool is_v2, char path[CGROUP_PATH_MAX])
{
    for (const char *line = groups; *line; line = next_line(line)) {
        const char *list = line + strcspn(line, ":\n");
        if (*list != ':')
            continue;
        list++;
        if (is_v2 ? strncmp(line, "0::", 3) != 0 : !lists(list, "memory"))
            continue;
        list += strcspn(list, ":\n");
        int len = (int)strcspn(list, "\n");
        snprintf(path, CGROUP_PATH_MAX, "%.*s", len > 0 ? len - 1 : 0, list + 1);
        return path[0] == '/' && !strstr(path, "/..");
    }
    return false;
}

/* A line of mountinfo: "36 35 98:0 /root /point options … - type source superoptions". */
static bool mount_of(const char *line, bool is_v2, char *root, char *point)
{
    size_t len = strcspn(line, "\n");
    const char *type = memmem(line, len, " - ", 3);
    if (!type)
        return false;
    type += 3;
    if (strncmp(type, is_v2 ? "cgroup2 " : "cgroup ", is_v2 ? 8 : 7) != 0)
        return false;
    const char *options = type + strcspn(type, " \n");
    options += *options == ' ';
    options += strcspn(options, " \n");
    options += *options == ' ';
    if (!is_v2 && !lists(options, "memory"))
        return false;
    return sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) == 2;
}

static bool find_group(const char *mounts, const char *groups, bool is_v2,
                       char path[CGROUP_PATH_MAX])
{
    char own[CGROUP_PATH_MAX], root[CGROUP_PATH_MAX], point[CGROUP_PATH_MAX];
    if (!own_group(groups, is_v2, own))
        return false;
    for (const char *line = mounts; *line; line = next_line(line)) {
        if (!mount_of(line, is_v2, root, point))
            continue;
        size_t skip = strcmp(root, "/") == 0 ? 0 : strlen(root);
        if (strncmp(own, root, skip) != 0)
            continue;
        const char *below = strcmp(own + skip, "/") == 0 ? "" : own + skip;
        int len = snprintf(path, CGROUP_PATH_MAX, "%s%s", point, below);
        return len > 0 && len < CGROUP_PATH_MAX;
    }
    return false;
}

bool cgroup_of_memory(const char *mounts, const char *groups, bool *is_v2,
                      char path[CGROUP_PATH_MAX])
{
    *is_v2 = false;
    if (find_group(mounts, groups, false, path))
        return true;
    *is_v2 = true;
    return find_group(mounts, groups, true, path);
}

/* ---- a place for our groups --------------------------------------------- */

/* A path that has no room is empty, which no group has. */
static void group_path(const MemoryGroups *g, const char *name, char path[PATH_ROOM])
{
    if (snprintf(path, PATH_ROOM, "%s/%s", g->above, name) >= PATH_ROOM)
        path[0] = '\0';
}

static void slot_path(const MemoryGroups *g, uint32_t slot, char path[PATH_ROOM])
{
    char name[NAME_ROOM];
    snprintf(name, sizeof name, "flow-%ld-%u", (long)getpid(), slot);
    group_path(g, name, path);
}

/* Whether a group made here is one that bounds memory. */
static bool can_bound(const MemoryGroups *g)
{
    char path[PATH_ROOM], limit[PATH_ROOM + NAME_ROOM];
    slot_path(g, 0, path);
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return false;
    snprintf(limit, sizeof limit, "%s/%s", path,
             g->is_v2 ? "memory.max" : "memory.limit_in_bytes");
    bool can = access(limit, W_OK) == 0;
    rmdir(path);
    return can;
}

/* Removes what programs that were killed have left. */
static void sweep(const MemoryGroups *g)
{
    DIR *folder = opendir(g->above);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int pid;
        unsigned slot;
        char path[PATH_ROOM];
        if (strlen(entry->d_name) >= NAME_ROOM ||
            sscanf(entry->d_name, "flow-%d-%u", &pid, &slot) != 2)
            continue;
        if (kill(pid, 0) == 0 || errno != ESRCH)
            continue;
        group_path(g, entry->d_name, path);
        rmdir(path); /* refused while something runs in it */
    }
    closedir(folder);
}

static bool try_place(MemoryGroups *g)
{
    char path[PATH_ROOM];
    if (can_bound(g))
        return true;
    if (!g->is_v2)
        return false;
    group_path(g, "cgroup.subtree_control", path);
    if (write_text(path, "+memory") && can_bound(g))
        return true;
    char *slash = strrchr(g->above, '/');
    if (!slash || slash == g->above)
        return false;
    *slash = '\0';
    return can_bound(g);
}

static void seek(MemoryGroups *g)
{
    static char mounts[8 * TEXT_ROOM], groups[TEXT_ROOM];
    g->is_sought = true;
    bool is_found = read_text("/proc/self/mountinfo", mounts, sizeof mounts) &&
                    read_text("/proc/self/cgroup", groups, sizeof groups) &&
                    cgroup_of_memory(mounts, groups, &g->is_v2, g->above);
    if (is_found && try_place(g))
        sweep(g);
    else
        g->above[0] = '\0';
}

/* ---- a group ------------------------------------------------------------ */

static uint64_t kills_in(const MemoryGroups *g, uint32_t slot)
{
    char folder[PATH_ROOM], path[PATH_ROOM + NAME_ROOM], text[1024];
    slot_path(g, slot, folder);
    snprintf(path, sizeof path, "%s/%s", folder, g->is_v2 ? "memory.events" : "memory.oom_control");
    return read_text(path, text, sizeof text) ? number_after(text, "oom_kill") : 0;
}

/* Swap, where it is counted, is no way around the bound. */
static bool set_bound(const MemoryGroups *g, const char *folder, int64_t bytes)
{
    if (g->is_v2) {
        write_number(folder, "memory.swap.max", 0);
        write_number(folder, "memory.oom.group", 1);
        return write_number(folder, "memory.max", bytes);
    }
    write_number(folder, "memory.memsw.limit_in_bytes", -1);
    bool is_set = write_number(folder, "memory.limit_in_bytes", bytes);
    write_number(folder, "memory.memsw.limit_in_bytes", bytes);
    return is_set;
}

bool memory_groups_init(MemoryGroups *g, uint32_t slots)
{
    *g = (MemoryGroups){.count = slots, .slots = os_alloc_zero(slots * sizeof *g->slots)};
    return g->slots != NULL;
}

bool memory_group_prepare(MemoryGroups *g, uint32_t slot, int64_t bytes)
{
    MemoryGroup *group = &g->slots[slot];
    char path[PATH_ROOM];
    if (!g->is_sought)
        seek(g);
    if (!g->above[0] || bytes > INT64_MAX - WORKER_ITSELF)
        return false;
    if (group->is_made && group->bound == bytes)
        return true;
    slot_path(g, slot, path);
    if (group->is_made)
        rmdir(path); /* a fresh one: what the last has cached would count */
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return false;
    group->is_made = true;
    group->bound = 0;
    if (!set_bound(g, path, bytes + WORKER_ITSELF))
        return false;
    group->bound = bytes;
    group->kills = kills_in(g, slot);
    return true;
}

bool memory_group_join(const MemoryGroups *g, uint32_t slot)
{
    char name[NAME_ROOM], folder[PATH_ROOM], path[PATH_ROOM + NAME_ROOM];
    snprintf(name, sizeof name, "flow-%ld-%u", (long)getppid(), slot);
    group_path(g, name, folder);
    snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    return write_text(path, "0");
}

bool memory_group_has_killed(MemoryGroups *g, uint32_t slot)
{
    MemoryGroup *group = &g->slots[slot];
    uint64_t kills = group->is_made ? kills_in(g, slot) : 0;
    bool has_killed = kills > group->kills;
    group->kills = kills;
    return has_killed;
}

void memory_groups_deinit(MemoryGroups *g)
{
    char path[PATH_ROOM];
    for (uint32_t i = 0; g->slots && i < g->count; i++) {
        slot_path(g, i, path);
        if (g->slots[i].is_made)
            rmdir(path);
    }
    os_free(g->slots);
    *g = (MemoryGroups){0};
}
