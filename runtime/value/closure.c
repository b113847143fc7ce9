/* SPDX-License-Identifier: Apache-2.0 */
/* closure.c - a function pointer with the captured struct right behind it. */
#include <string.h>

#include <flow/task.h>

#include "os/memory.h"
#include "value/release.h"

FlowStatus flow_closure_new(FlowTask *t, void (*call)(void), const FlowType *captured,
                            const void *captures, FlowClosure **out)
{
    size_t bytes = captured ? captured->size : 0;
    FlowClosure *c = os_alloc(sizeof *c + bytes);
    if (!c)
        return flow_fail_memory(t, sizeof *c + bytes);
    *c = (FlowClosure){.refs = 1, .call = call, .captured = captured};
    if (bytes > 0) {
        memcpy(c + 1, captures, bytes);
        flow_value_retain(captured, captures);
    }
    *out = c;
    return FLOW_OK;
}

FlowClosure *flow_closure_retain(FlowClosure *c)
{
    if (c)
        flow_refs_up(&c->refs);
    return c;
}

void closure_free(FlowClosure *c)
{
    if (c->captured)
        flow_value_release(c->captured, c + 1);
    os_free(c);
}
