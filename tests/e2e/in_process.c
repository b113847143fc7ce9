/* SPDX-License-Identifier: Apache-2.0 */
/* in_process.c - runs the steps of a flow one after another in this process, without a scheduler,
 * and gives everything back, so that a sanitizer sees what the emitted code leaks.
 *
 * Only for flows without foreach and split.  GENERATED names the emitted C file. */
#define main flow_generated_main
#include GENERATED
#undef main

#include <stdio.h>
#include <stdlib.h>

static void *kept[FLOW_MAX_ARTIFACTS]; /* by artifact */

static void *room_for(uint16_t artifact)
{
    void *room = calloc(1, flow_program.artifacts[artifact].type->size + 1u);
    if (!room)
        abort();
    return room;
}

static void drop(uint16_t artifact, void *value)
{
    if (value)
        flow_value_release(flow_program.artifacts[artifact].type, value);
    free(value);
}

static FlowStatus run_step(FlowTask *t, const FlowStep *step)
{
    const void *in[64] = {0};
    void *out[64] = {0};
    for (int k = 0; k < step->slot_count; k++)
        in[k] = kept[step->slots[k].fields[0].artifact];
    for (int k = 0; k < step->keep_count; k++)
        out[k] = room_for(step->keeps[k]);
    t->step = step;
    t->in = in;
    t->out = out;
    FlowStatus s = step->body(t);
    if (t->depth != 0)
        abort(); /* a call was never left */
    for (int k = 0; k < step->keep_count; k++) {
        uint16_t artifact = step->keeps[k];
        drop(artifact, s == FLOW_OK ? kept[artifact] : out[k]);
        if (s == FLOW_OK)
            kept[artifact] = out[k];
    }
    return s;
}

static FlowStatus run_params(FlowTask *t)
{
    for (int i = 0; i < flow_program.param_count; i++) {
        const FlowParam *p = &flow_program.params[i];
        kept[p->artifact] = room_for(p->artifact);
        FlowStatus s = p->fallback ? p->fallback(t, kept[p->artifact]) : FLOW_EUSAGE;
        if (s != FLOW_OK)
            return s;
    }
    return FLOW_OK;
}

int main(void)
{
    uint32_t line = 0;
    FlowTask *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    t->program = &flow_program;
    t->line = &line;
    t->attempt = 1;
    const FlowStep *step = &flow_program.steps[flow_program.start];
    FlowStatus s = run_params(t);
    while (s == FLOW_OK) {
        s = run_step(t, step);
        if (s != FLOW_OK || step->edges[t->way].kind == FLOW_EDGE_END)
            break;
        step = &flow_program.steps[step->edges[t->way].targets[0]];
    }
    if (s != FLOW_OK)
        printf("failed: %s\n", t->message);
    for (uint16_t a = 0; a < flow_program.artifact_count; a++)
        drop(a, kept[a]);
    free(t);
    return 0;
}
