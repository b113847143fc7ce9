/* SPDX-License-Identifier: Apache-2.0 */
/* callgraph.c - cycles of functions that call one another, by Tarjan's algorithm. */
#include "emit/ir.h"

typedef struct Walk {
    IrProgram *program;
    bool through_values;
    uint32_t *component, *order, *low;
    bool *is_open;
    VEC(IrFunction *) stack;
    uint32_t next_order, next_component;
} Walk;

static void visit(Walk *w, IrFunction *f);

static void follow(Walk *w, const IrFunction *f, IrFunction *callee)
{
    if (w->order[callee->id] == 0)
        visit(w, callee);
    if (w->is_open[callee->id] && w->low[callee->id] < w->low[f->id])
        w->low[f->id] = w->low[callee->id];
}

static void close_component(Walk *w, const IrFunction *root)
{
    IrFunction *f;
    do {
        f = vec_pop(&w->stack);
        w->is_open[f->id] = false;
        w->component[f->id] = w->next_component;
    } while (f != root);
    w->next_component++;
}

static void visit(Walk *w, IrFunction *f)
{
    w->order[f->id] = w->low[f->id] = ++w->next_order;
    w->is_open[f->id] = true;
    vec_push(w->program->arena, &w->stack, f);
    for (size_t i = 0; i < f->callees.len; i++)
        follow(w, f, f->callees.items[i]);
    const size_t count = w->through_values && f->calls_values ? w->program->functions.len : 0;
    for (size_t i = 0; i < count; i++)
        if (w->program->functions.items[i]->kind == IR_CLOSURE_BODY)
            follow(w, f, w->program->functions.items[i]);
    if (w->low[f->id] == w->order[f->id])
        close_component(w, f);
}

uint32_t callgraph_components(IrProgram *p, bool through_values, uint32_t *component)
{
    size_t n = p->functions.len + 1;
    Walk w = {.program = p, .through_values = through_values, .component = component};
    w.order = arena_new_array(p->arena, uint32_t, n);
    w.low = arena_new_array(p->arena, uint32_t, n);
    w.is_open = arena_new_array(p->arena, bool, n);
    for (size_t i = 0; i < p->functions.len; i++)
        if (w.order[p->functions.items[i]->id] == 0)
            visit(&w, p->functions.items[i]);
    return w.next_component;
}

static bool calls_itself(const IrFunction *f)
{
    for (size_t i = 0; i < f->callees.len; i++)
        if (f->callees.items[i] == f)
            return true;
    return f->calls_values && f->kind == IR_CLOSURE_BODY;
}

void callgraph_find_recursion(IrProgram *p)
{
    size_t n = p->functions.len + 1;
    uint32_t *component = arena_new_array(p->arena, uint32_t, n);
    uint32_t *size = arena_new_array(p->arena, uint32_t, n);
    callgraph_components(p, true, component);
    for (size_t i = 0; i < p->functions.len; i++)
        size[component[i]]++;
    for (size_t i = 0; i < p->functions.len; i++) {
        IrFunction *f = p->functions.items[i];
        f->can_recur = size[component[i]] > 1 || calls_itself(f);
    }
}

/* Whether the function has learned something of those that it calls. */
static bool learns(IrFunction *f)
{
    bool is_foreign = f->is_foreign, reads_index = f->reads_index;
    uint32_t languages = f->languages;
    for (size_t i = 0; i < f->callees.len; i++) {
        f->is_foreign |= f->callees.items[i]->is_foreign;
        f->reads_index |= f->callees.items[i]->reads_index;
        f->languages |= f->callees.items[i]->languages;
    }
    return f->is_foreign != is_foreign || f->reads_index != reads_index ||
           f->languages != languages;
}

void callgraph_spread(IrProgram *p)
{
    bool is_changed = true;
    while (is_changed) {
        is_changed = false;
        for (size_t i = p->functions.len; i-- > 0;)
            is_changed |= learns(p->functions.items[i]);
    }
}
