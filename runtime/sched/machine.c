/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "sched/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"

/* Reads a small file as text; false when it is not there. */
static bool read_text(const char *path, char *out, size_t size)
{
    Buffer b = {0};
    bool good = os_read_file(path, &b, NULL) == FLOW_OK;
    size_t len = b.len < size - 1 ? b.len : size - 1;
    if (good && len > 0)
        memcpy(out, b.bytes, len);
    out[good ? len : 0] = '\0';
    buffer_free(&b);
    return good;
}

/* The bounds that one cgroup sets; "max" is none. */
static void apply_group(const char *folder, Machine *m)
{
    char path[4200], text[128];
    double quota, period;
    long long bytes;
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (read_text(path, text, sizeof text) && sscanf(text, "%lf %lf", &quota, &period) == 2 &&
        period > 0 && quota / period < m->cores)
        m->cores = quota / period;
    snprintf(path, sizeof path, "%s/memory.max", folder);
    if (read_text(path, text, sizeof text) && sscanf(text, "%lld", &bytes) == 1 &&
        bytes < m->memory)
        m->memory = bytes;
}

static void apply_groups(Machine *m)
{
    static const char root[] = "/sys/fs/cgroup";
    char text[4096], folder[4096 + sizeof root];
    if (!read_text("/proc/self/cgroup", text, sizeof text))
        return;
    char *own = strstr(text, "0::");
    if (!own)
        return;
    own += 3;
    own[strcspn(own, "\n")] = '\0';
    int len = snprintf(folder, sizeof folder, "%s%s", root, own);
    while (len > 0 && (size_t)len >= sizeof root - 1) {
        apply_group(folder, m);
        char *slash = strrchr(folder, '/');
        *slash = '\0';
        len = (int)(slash - folder);
    }
}

void machine_measure(Machine *out)
{
    cpu_set_t set;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    out->cores = online > 0 ? (double)online : 1;
    out->memory = pages > 0 && page > 0 ? (int64_t)pages * page : INT64_MAX;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) < out->cores)
        out->cores = CPU_COUNT(&set);
    apply_groups(out);
    gpu_list_read(&out->gpus);
}
