/* SPDX-License-Identifier: Apache-2.0 */
/* current.c - what a task is told about itself and its run: `current.run_id` and the like. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <flow/lib.h>
#include <flow/program.h>

enum { NAME_MAX_BYTES = 1200, DEPTH_MAX = 24 };

int64_t flow_current_run_id(const FlowTask *t)
{
    return t->current ? t->current->run : 0;
}

int64_t flow_current_origin(const FlowTask *t)
{
    return t->current ? t->current->origin : 0;
}

int64_t flow_current_index(const FlowTask *t)
{
    const FlowCurrent *c = t->current;
    return c && c->path_len > 0 ? (int64_t)c->path[c->path_len - 1] : 0;
}

FlowStatus flow_current_user(FlowTask *t, FlowString **out)
{
    const char *user = t->current && t->current->user ? t->current->user : "";
    return flow_string_new(t, user, strlen(user), out);
}

FlowStatus flow_current_tags(FlowTask *t, FlowList **out)
{
    FlowStatus s = FLOW_OK;
    const char *at = t->current && t->current->tags ? t->current->tags : "";
    *out = NULL;
    for (at += strspn(at, " "); s == FLOW_OK && *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        void *slot;
        FlowString *tag = NULL;
        s = flow_string_new(t, at, len, &tag);
        if (s == FLOW_OK)
            s = flow_list_add(t, out, &flow_type_string, sizeof tag, &slot);
        if (s == FLOW_OK)
            memcpy(slot, &tag, sizeof tag);
        else
            flow_string_release(tag);
        at += len;
    }
    if (s != FLOW_OK) {
        flow_list_release(*out);
        *out = NULL;
    }
    return s;
}

/* ---- the task's name ---------------------------------------------------------- */

/* A foreach that stands in a loop opens its rows anew in each round, which their names tell. */
static bool is_opened_in_loop(const FlowProgram *p, uint32_t domain)
{
    for (uint16_t i = 0; i < p->step_count; i++) {
        const FlowStep *step = &p->steps[i];
        for (uint16_t e = 0; e < step->edge_count; e++)
            if (step->edges[e].kind == FLOW_EDGE_FOREACH && step->edges[e].domain == domain &&
                (step->flags & FLOW_STEP_IN_LOOP))
                return true;
    }
    return false;
}

static size_t add_number(char *text, size_t len, char mark, uint64_t number)
{
    int more = snprintf(text + len, NAME_MAX_BYTES - len, "%c%" PRIu64, mark, number);
    size_t end = len + (size_t)(more > 0 ? more : 0);
    return end < NAME_MAX_BYTES ? end : NAME_MAX_BYTES - 1;
}

/* RUN/STEP/3.7, with the round behind each level whose loop it counts. */
FlowStatus flow_current_task_id(FlowTask *t, FlowString **out)
{
    char text[NAME_MAX_BYTES];
    uint32_t domains[DEPTH_MAX];
    size_t depth = 0, next = 0;
    const FlowCurrent *c = t->current;
    for (uint32_t d = t->step->domain; d != 0 && depth + 1 < DEPTH_MAX;
         d = t->program->domains[d].parent)
        domains[depth++] = d;
    int head = snprintf(text, sizeof text, "%" PRId64 "/%s", flow_current_run_id(t), t->step->name);
    size_t len = (size_t)head < sizeof text ? (size_t)head : sizeof text - 1;
    for (size_t i = 0; i <= depth; i++) {
        if (i > 0 && c && next < c->path_len)
            len = add_number(text, len, i == 1 ? '/' : '.', c->path[next++]);
        if (i == depth && (t->step->flags & FLOW_STEP_IN_LOOP))
            len = add_number(text, len, ':', (uint64_t)t->round + 1);
        else if (i < depth && is_opened_in_loop(t->program, domains[depth - 1 - i]) && c &&
                 next < c->path_len)
            len = add_number(text, len, ':', c->path[next++] + 1);
    }
    return flow_string_new(t, text, len, out);
}
