/* SPDX-License-Identifier: Apache-2.0 */
/* local_running.c - says outside of this process what each worker slot is at.
 *
 * It is written when a chunk is sent out and by the tick, so of short rows that share a chunk most
 * are left out: nobody could look at them while they run.  A write that fails is left out too:
 * nothing but the listing of tasks that run hangs on it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backends/crc32c.h"
#include "backends/local_slot.h"
#include "os/clock.h"

enum { SEEN_EVERY = 250 * 1000 * 1000 /* ns: that a row is at work is written anew */ };

int running_open(int dir)
{
    return openat(dir, "tasks", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void put(int file, LocalSlot *slot, const RunningRow *row)
{
    slot->running = *row;
    if (file >= 0 && pwrite(file, row, sizeof *row, (off_t)slot->index * RUNNING_STRIDE) < 0)
        slot->running = (RunningRow){0}; /* the next tick tries again */
}

/* When the row that is at work began, as a time since 1970. */
static int64_t began_at(const LocalSlot *slot, int64_t now)
{
    int64_t since = os_monotonic_ns() - atomic_load(&slot->page->began);
    return since > 0 && since < now ? now - since : now;
}

static bool is_told(const RunningRow *old, const RunningRow *row)
{
    return old->step == row->step && old->round == row->round && old->ord == row->ord &&
           old->attempt == row->attempt && old->pid == row->pid &&
           old->is_last == row->is_last && memcmp(&old->log, &row->log, sizeof row->log) == 0 &&
           row->seen - old->seen < SEEN_EVERY;
}

void running_tell(int file, LocalSlot *slot, uint64_t out_to, uint64_t err_to)
{
    int64_t now = os_now_ns();
    RunningRow row = {
        .step = slot->spec.step,
        .round = slot->spec.round,
        .attempt = slot->spec.attempt,
        .ord = slot->next,
        .began = began_at(slot, now),
        .seen = now,
        .pid = atomic_load(&slot->page->pid),
        .is_last = slot->told + 1 == slot->spec.n,
        .log = {.slot = slot->index,
                .out_from = slot->out.row_from,
                .out_to = out_to,
                .err_from = slot->err.row_from,
                .err_to = err_to},
    };
    if (!slot->is_cancelled && is_told(&slot->running, &row))
        return;
    row.crc = crc32c(&row.step, sizeof row - sizeof row.crc);
    put(file, slot, &row);
}

void running_clear(int file, LocalSlot *slot)
{
    const RunningRow none = {0};
    put(file, slot, &none);
}
