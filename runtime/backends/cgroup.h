/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.h - bounds the memory of a worker and of all that it starts, where the system lets us.
 *
 * A control group a worker slot, below or beside the one that this process is in,
 * v1 or v2 as it is mounted.  Made when it is first asked for, removed at the end;
 * what a killed program left behind is removed by the next one.  Without the
 * right to make groups nothing here works, and says so by returning false. */
#ifndef BACKENDS_CGROUP_H
#define BACKENDS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CGROUP_PATH_MAX = 4096 };

typedef struct MemoryGroup {
    bool is_made;
    int64_t bound;
    uint64_t kills; /* for lack of memory, when last asked */
} MemoryGroup;

typedef struct MemoryGroups {
    MemoryGroup *slots;
    uint32_t count;
    bool is_sought, is_v2;
    char above[CGROUP_PATH_MAX]; /* the group that ours are made in, "": none */
} MemoryGroups;

/* Fails only for lack of memory. */
bool memory_groups_init(MemoryGroups *g, uint32_t slots);
/* Gives the slot, in which nothing runs, a group of that bound. */
bool memory_group_prepare(MemoryGroups *g, uint32_t slot, int64_t bytes);
/* Puts the calling process into the slot's group. */
bool memory_group_join(const MemoryGroups *g, uint32_t slot);
/* Whether the system has killed in that group, for lack of memory, since this was asked last. */
bool memory_group_has_killed(MemoryGroups *g, uint32_t slot);
/* Removes the groups; all that ran in them must be over. */
void memory_groups_deinit(MemoryGroups *g);

/* How often the kernel has killed a process for lack of memory, on the whole machine. */
uint64_t machine_memory_kills(void);

/* The group that a process is in, as a path below the mount; exposed for tests.  `mounts` and
 * `groups` are the texts of /proc/self/mountinfo and /proc/self/cgroup. */
bool cgroup_of_memory(const char *mounts, const char *groups, bool *is_v2,
                      char path[CGROUP_PATH_MAX]);

#endif
