/* SPDX-License-Identifier: Apache-2.0 */
/* graph.h - the flow as nodes and arrows, and as a drawing. */
#ifndef CLI_GRAPH_H
#define CLI_GRAPH_H

#include <flow/program.h>

#include "os/buffer.h"

/* Where what leads from a step to another differs. */
typedef enum GraphArrowKind { ARROW_NEXT, ARROW_FOREACH, ARROW_BACK } GraphArrowKind;

typedef struct GraphArrow {
    uint16_t from, to;
    GraphArrowKind kind;
    bool is_choice; /* one of several ways that the step can take */
} GraphArrow;

typedef struct Graph {
    const FlowProgram *program;
    GraphArrow *arrows;
    size_t arrow_count;
} Graph;

FlowStatus graph_init(Graph *g, const FlowProgram *program);
void graph_deinit(Graph *g);

/* "foreach n, m" of an arrow: the items that it hands out, or "". */
void graph_label(const Graph *g, const GraphArrow *arrow, char *out, size_t size);
/* How many foreaches a step is in. */
unsigned graph_depth(const Graph *g, uint16_t step);

/* Appends the drawing as a picture of layers, the start on top. */
FlowStatus graph_svg(const Graph *g, Buffer *out);

#endif
