/* SPDX-License-Identifier: Apache-2.0 */
/* lost.c - finds the step to run again. */
#include "cli/lost.h"

#include <string.h>

static const char reads[] = "cannot read `"; /* as a worker begins that message */

bool lost_is_why(const char *message)
{
    return strstr(message, BLOB_MISSING_HELP) != NULL;
}

static bool is_named(const FlowProgram *program, uint16_t artifact, const char *name, size_t len)
{
    const char *own = program->artifacts[artifact].name;
    return strlen(own) == len && memcmp(own, name, len) == 0;
}

/* Keeps it, or hands it out as an item. */
static bool makes(const FlowProgram *program, const FlowStep *step, const char *name, size_t len)
{
    for (uint16_t i = 0; i < step->keep_count; i++)
        if (is_named(program, step->keeps[i], name, len))
            return true;
    for (uint16_t e = 0; e < step->edge_count; e++) {
        const FlowEdge *edge = &step->edges[e];
        if (edge->kind != FLOW_EDGE_FOREACH)
            continue;
        const FlowDomain *domain = &program->domains[edge->domain];
        for (size_t i = 0; i < domain->item_count; i++)
            if (is_named(program, domain->items[i], name, len))
                return true;
    }
    return false;
}

/* Of several that keep it, the one that was done last. */
const FlowStep *lost_maker(const FlowProgram *program, const Ledger *ledger, const char *message)
{
    const char *name = strstr(message, reads);
    if (!name || !lost_is_why(message))
        return NULL;
    name += sizeof reads - 1;
    size_t len = strcspn(name, "`");
    for (size_t i = ledger_chunk_count(ledger); i-- > 0;) {
        const FlowStep *step = &program->steps[ledger_chunk(ledger, i)->step];
        if (makes(program, step, name, len))
            return step;
    }
    return NULL;
}
