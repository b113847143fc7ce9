/* SPDX-License-Identifier: Apache-2.0 */
/* graph.h - between graph.c (splits, joins, rounds, ranks) and sight.c (what is kept where). */
#ifndef SEMA_GRAPH_H
#define SEMA_GRAPH_H

#include "sema/model.h"

typedef struct Split Split;

/* One branch of a split, or the body of a foreach: what is open where a step stands. */
typedef struct Frame {
    Split *split;
    uint32_t branch;
} Frame;

typedef struct Arrival {
    StepModel *end; /* the last step of the branch */
    Edge *edge;
    uint32_t branch;
} Arrival;

typedef struct Opening {
    StepModel *step;
    Edge *edge;
} Opening;

/* A foreach or a static split.  Statements that open the same steps at the same place are one. */
struct Split {
    Frame *outside; /* NULL: nothing else is open */
    bool is_foreach;
    bool is_reported;         /* a message was given about how it comes together */
    VEC(StepModel *) targets; /* FOREACH: its entry */
    Frame *frames;            /* one a branch */
    VEC(Opening) openings;
    DomainModel *domain; /* FOREACH: its own; else the one it stands in */
    StepModel *join;
    VEC(Arrival) arrivals;
    Map changed; /* names that some step inside keeps */
};

/* A way to `end` on which something is still open. */
typedef struct OpenEnd {
    StepModel *from;
    Edge *edge;
    Frame *frame;
} OpenEnd;

typedef struct Node {
    Frame *frame;
    Split *closes; /* joins */
    bool is_visited;
    Span reached_by; /* the first `next` that led here */
    StepModel *from;
    VEC(Opening) before; /* every step and edge that leads here, as the text says */
} Node;

typedef struct Graph {
    Model *m;
    Node *nodes; /* by step index */
    VEC(Split *) splits;
    VEC(OpenEnd) open_ends;
    bool is_broken; /* a message about the structure was given */
} Graph;

/* sight.c: requires frames, joins, back edges and ranks; fills sights and the joins' inputs. */
void sights_build(Graph *g);

#endif
