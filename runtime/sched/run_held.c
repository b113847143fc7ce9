/* SPDX-License-Identifier: Apache-2.0 */
/* run_held.c - lets the observer hear of a task after what released it.
 *
 * A task may start before its predecessor is stored, and what it prints comes at once, while "done"
 * waits for the commit.  So that effects are not told before their causes, what a task says is held
 * until the commit has told all that there was when the task was sent out. */
#include "os/memory.h"
#include "sched/run_private.h"

static void tell(const Run *r, const Held *e)
{
    const RunObserver *o = &r->observer;
    if (e->is_line && o->line)
        o->line(r->observer_ctx, e->step, e->ord, e->round, e->pid, e->is_stderr,
                (Bytes){(const uint8_t *)e->text, e->len});
    else if (!e->is_line && o->started)
        o->started(r->observer_ctx, e->step, e->round, e->ord, e->n, e->attempt, e->pid);
}

static FlowStatus grow(Run *r)
{
    if (r->held_count < r->held_cap)
        return FLOW_OK;
    size_t cap = r->held_cap ? 2 * r->held_cap : 16;
    Held *held = os_realloc_array(r->held, cap, sizeof *held);
    if (!held)
        return FLOW_ENOMEM;
    r->held = held;
    r->held_cap = cap;
    return FLOW_OK;
}

static bool hold(Run *r, const Dispatch *d, const Held *event)
{
    char *text = event->is_line ? os_copy_bytes(event->text, event->len) : NULL;
    if ((event->is_line && !text) || grow(r) != FLOW_OK) {
        os_free(text);
        return false;
    }
    Held *held = &r->held[r->held_count++];
    *held = *event;
    held->after = d->after;
    held->text = text;
    return true;
}

void run_tell(Run *r, const Dispatch *d, const Held *event)
{
    bool waits = d->after > commit_told(r->commit) && !r->is_dead;
    if (!waits || !hold(r, d, event)) /* without memory it is better told early than not at all */
        tell(r, event);
}

void run_tell_held(Run *r, uint64_t before)
{
    size_t kept = 0, count = r->held_count;
    for (size_t i = 0; i < count; i++) {
        Held *held = &r->held[i];
        if (held->after >= before) {
            r->held[kept++] = *held;
            continue;
        }
        tell(r, held);
        os_free(held->text);
    }
    r->held_count = kept;
}
