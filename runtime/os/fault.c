/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c - counters that run down to a failure.
 *
 * A counter at n means that the nth call from now fails; 0 means never.  They are atomic, as
 * more than one thread may hash and write. */
#include "os/fault.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool os_faults_armed;

static atomic_uint countdown[OS_FAULT_COUNT];
static unsigned in_workers[OS_FAULT_COUNT];
static atomic_bool struck;
static bool is_from_environment;

static const char *const kind_names[OS_FAULT_COUNT] = {
    [OS_FAULT_ALLOC] = "alloc", [OS_FAULT_OPEN] = "open",     [OS_FAULT_READ] = "read",
    [OS_FAULT_WRITE] = "write", [OS_FAULT_FSYNC] = "fsync",   [OS_FAULT_RENAME] = "rename",
    [OS_FAULT_MKDIR] = "mkdir", [OS_FAULT_UNLINK] = "unlink", [OS_FAULT_MAP] = "map",
};

void os_fault_arm(OsFault kind, unsigned n)
{
    atomic_store(&countdown[kind], n);
    atomic_store(&struck, false);
    os_faults_armed = false;
    for (int i = 0; i < OS_FAULT_COUNT; i++)
        os_faults_armed = os_faults_armed || atomic_load(&countdown[i]) > 0;
}

void os_fault_arm_worker(void)
{
    for (int i = 0; i < OS_FAULT_COUNT; i++) {
        if (in_workers[i] > 0)
            os_fault_arm((OsFault)i, in_workers[i]);
    }
}

void os_fault_disarm(void)
{
    for (int i = 0; i < OS_FAULT_COUNT; i++)
        atomic_store(&countdown[i], 0);
    os_faults_armed = false;
    atomic_store(&struck, false);
}

bool os_fault_struck(void)
{
    return atomic_load(&struck);
}

bool os_fault_count(OsFault kind)
{
    unsigned left = atomic_load(&countdown[kind]);
    while (left > 0 && !atomic_compare_exchange_weak(&countdown[kind], &left, left - 1))
        ;
    if (left != 1)
        return false;
    atomic_store(&struck, true);
    if (is_from_environment) /* so that who looks for failures knows when there are no more */
        dprintf(STDERR_FILENO, "FLOW_FAULT strikes: %s\n", kind_names[kind]);
    return true;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(word, text, len) == 0;
}

/* One KIND:N or KIND:N@worker of the environment; false when it is not of that form. */
static bool arm_from_text(const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    size_t kind_len = colon ? (size_t)(colon - text) : 0;
    char *end = NULL;
    unsigned long n = colon ? strtoul(colon + 1, &end, 10) : 0;
    size_t rest = n > 0 ? (size_t)(text + len - end) : 0;
    bool is_worker = rest > 0 && is_word(end, rest, "@worker");
    if (n == 0 || (rest > 0 && !is_worker))
        return false;
    for (int i = 0; i < OS_FAULT_COUNT; i++) {
        if (!is_word(text, kind_len, kind_names[i]))
            continue;
        if (is_worker)
            in_workers[i] = (unsigned)n;
        else
            os_fault_arm((OsFault)i, (unsigned)n);
        return true;
    }
    return false;
}

__attribute__((constructor)) static void arm_from_environment(void)
{
    const char *text = getenv("FLOW_FAULT");
    is_from_environment = text != NULL;
    while (text && *text) {
        size_t len = strcspn(text, ",");
        if (!arm_from_text(text, len)) {
            fprintf(stderr,
                    "FLOW_FAULT=%s is not understood: write KIND:N or KIND:N@worker, as in "
                    "write:3; the kinds are alloc, open, read, write, fsync, rename, mkdir, unlink "
                    "and map\n",
                    getenv("FLOW_FAULT"));
            _exit(2);
        }
        text += len + (text[len] == ',');
    }
}
