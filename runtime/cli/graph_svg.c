/* SPDX-License-Identifier: Apache-2.0 */
/* graph_svg.c - a layered drawing: each step below all that lead to it.
 *
 * A step's layer is the longest way to it, ways back left out.  An arrow over several layers goes
 * through a point in each, so that it bends around what stands there.  The order within a layer
 * comes from the means of the neighbours, a few times down and up; then places are moved towards
 * them as far as the order allows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/graph.h"
#include "os/memory.h"

enum {
    BOX_HEIGHT = 36,
    BOX_LEAST = 88,
    LETTER = 8, /* width of a letter, about */
    GAP_X = 28,
    GAP_Y = 44,
    MARGIN = 24,
    SWEEPS = 8,
    POINT_WIDTH = 12 /* that an arrow takes where it passes a layer */
};

typedef struct Node {
    uint16_t step; /* FLOW_NO_STEP: a point of an arrow */
    unsigned layer;
    double x, width; /* middle */
    double key;      /* to sort by */
} Node;

typedef struct Link {
    size_t from, to; /* nodes in neighbouring layers */
    size_t arrow;
    bool is_last; /* of its arrow: has the head */
} Link;

typedef struct Layout {
    const Graph *graph;
    Node *nodes;
    size_t node_count;
    Link *links;
    size_t link_count;
    size_t *order; /* nodes by layer, then place */
    size_t *layer_from;
    unsigned layer_count;
    double width, height;
} Layout;

static bool goes_down(const GraphArrow *arrow)
{
    return arrow->kind != ARROW_BACK && arrow->from != arrow->to;
}

/* ---- layers ------------------------------------------------------------- */

static void find_layers(Layout *l)
{
    const Graph *g = l->graph;
    bool has_changed = true;
    /* No way without ways back is longer than there are steps. */
    for (unsigned turn = 0; has_changed && turn <= g->program->step_count; turn++) {
        has_changed = false;
        for (size_t i = 0; i < g->arrow_count; i++) {
            const GraphArrow *a = &g->arrows[i];
            if (!goes_down(a) || l->nodes[a->to].layer > l->nodes[a->from].layer)
                continue;
            l->nodes[a->to].layer = l->nodes[a->from].layer + 1;
            has_changed = true;
        }
    }
}

static double box_width(const char *name)
{
    double width = (double)strlen(name) * LETTER + 28;
    return width > BOX_LEAST ? width : BOX_LEAST;
}

static void add_link(Layout *l, size_t from, size_t to, size_t arrow, bool is_last)
{
    l->links[l->link_count++] = (Link){from, to, arrow, is_last};
}

static void add_points(Layout *l, size_t arrow)
{
    const GraphArrow *a = &l->graph->arrows[arrow];
    size_t at = a->from;
    for (unsigned layer = l->nodes[a->from].layer + 1; layer < l->nodes[a->to].layer; layer++) {
        l->nodes[l->node_count] =
            (Node){.step = FLOW_NO_STEP, .layer = layer, .width = POINT_WIDTH};
        add_link(l, at, l->node_count, arrow, false);
        at = l->node_count++;
    }
    add_link(l, at, a->to, arrow, true);
}

static FlowStatus make_nodes(Layout *l)
{
    const FlowProgram *p = l->graph->program;
    size_t most = p->step_count + l->graph->arrow_count * (p->step_count + 1u) + 1;
    l->nodes = os_alloc_zero(most * sizeof *l->nodes);
    l->links = os_alloc_zero(most * sizeof *l->links);
    l->order = os_alloc_zero(most * sizeof *l->order);
    l->layer_from = os_alloc_zero((p->step_count + 3u) * sizeof *l->layer_from);
    if (!l->nodes || !l->links || !l->order || !l->layer_from)
        return FLOW_ENOMEM;
    for (uint16_t i = 0; i < p->step_count; i++)
        l->nodes[i] = (Node){.step = i, .width = box_width(p->steps[i].name)};
    l->node_count = p->step_count;
    find_layers(l);
    for (size_t i = 0; i < l->graph->arrow_count; i++)
        if (goes_down(&l->graph->arrows[i]))
            add_points(l, i);
    return FLOW_OK;
}

static void fill_layers(Layout *l)
{
    size_t at = 0;
    for (unsigned layer = 0; at < l->node_count; layer++) {
        l->layer_from[layer] = at;
        for (size_t i = 0; i < l->node_count; i++)
            if (l->nodes[i].layer == layer)
                l->order[at++] = i;
        l->layer_count = layer + 1;
        l->layer_from[layer + 1] = at;
    }
}

/* ---- places ------------------------------------------------------------- */

/* The mean place of the node's neighbours above (or below); its own where it has none. */
static double mean_of(const Layout *l, size_t node, bool above)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < l->link_count; i++) {
        const Link *link = &l->links[i];
        if ((above ? link->to : link->from) != node)
            continue;
        sum += l->nodes[above ? link->from : link->to].x;
        count++;
    }
    return count ? sum / (double)count : l->nodes[node].x;
}

static void put_side_by_side(Layout *l, unsigned layer)
{
    double x = 0;
    for (size_t i = l->layer_from[layer]; i < l->layer_from[layer + 1]; i++) {
        Node *node = &l->nodes[l->order[i]];
        node->x = x + node->width / 2;
        x += node->width + GAP_X;
    }
    for (size_t i = l->layer_from[layer]; i < l->layer_from[layer + 1]; i++)
        l->nodes[l->order[i]].x -= (x - GAP_X) / 2; /* around the middle */
}

/* By insertion: layers are small, and equals keep their order. */
static void sort_layer(Layout *l, unsigned layer, bool above)
{
    size_t from = l->layer_from[layer], to = l->layer_from[layer + 1];
    for (size_t i = from; i < to; i++)
        l->nodes[l->order[i]].key = mean_of(l, l->order[i], above);
    for (size_t i = from + 1; i < to; i++) {
        size_t node = l->order[i], at = i;
        for (; at > from && l->nodes[l->order[at - 1]].key > l->nodes[node].key; at--)
            l->order[at] = l->order[at - 1];
        l->order[at] = node;
    }
    put_side_by_side(l, layer);
}

static double least_distance(const Node *a, const Node *b)
{
    return (a->width + b->width) / 2 + GAP_X;
}

/* Towards the means, from the left and from the right; between both lies a place for all. */
static void move_layer(Layout *l, unsigned layer, bool above)
{
    size_t from = l->layer_from[layer], to = l->layer_from[layer + 1];
    for (size_t i = from; i < to; i++) {
        Node *node = &l->nodes[l->order[i]];
        node->key = mean_of(l, l->order[i], above);
        if (i > from) {
            const Node *left = &l->nodes[l->order[i - 1]];
            double least = left->key + least_distance(left, node);
            node->key = node->key < least ? least : node->key;
        }
    }
    double right = 0;
    for (size_t i = to; i-- > from;) {
        Node *node = &l->nodes[l->order[i]];
        double wanted = mean_of(l, l->order[i], above);
        if (i + 1 < to) {
            const Node *next = &l->nodes[l->order[i + 1]];
            double most = right - least_distance(node, next);
            wanted = wanted > most ? most : wanted;
        }
        right = wanted;
        node->key = (node->key + wanted) / 2;
    }
    for (size_t i = from; i < to; i++)
        l->nodes[l->order[i]].x = l->nodes[l->order[i]].key;
}

static void place(Layout *l)
{
    for (unsigned layer = 0; layer < l->layer_count; layer++)
        put_side_by_side(l, layer);
    for (unsigned sweep = 0; sweep < SWEEPS; sweep++)
        for (unsigned i = 0; i < l->layer_count; i++)
            sort_layer(l, sweep % 2 ? l->layer_count - 1 - i : i, sweep % 2 == 0);
    for (unsigned sweep = 0; sweep < SWEEPS; sweep++)
        for (unsigned i = 0; i < l->layer_count; i++)
            move_layer(l, sweep % 2 ? l->layer_count - 1 - i : i, sweep % 2 == 0);
}

/* How far a way back, or the label of an arrow, stands out to the right. */
static double room_on_the_right(const Layout *l, size_t node)
{
    double room = 0;
    for (size_t i = 0; i < l->graph->arrow_count; i++) {
        const GraphArrow *a = &l->graph->arrows[i];
        char label[200];
        graph_label(l->graph, a, label, sizeof label);
        double width = (double)strlen(label) * 7;
        if (a->to == node && width > room)
            room = width;
    }
    return room;
}

static void find_bounds(Layout *l)
{
    double left = 0, right = 0;
    size_t backs = 0;
    for (size_t i = 0; i < l->node_count; i++) {
        const Node *n = &l->nodes[i];
        double edge = n->x + n->width / 2, label = n->x + 8 + room_on_the_right(l, i);
        left = n->x - n->width / 2 < left ? n->x - n->width / 2 : left;
        right = edge > right ? edge : right;
        right = label > right ? label : right;
    }
    for (size_t i = 0; i < l->node_count; i++)
        l->nodes[i].x += MARGIN - left;
    for (size_t i = 0; i < l->graph->arrow_count; i++)
        backs += !goes_down(&l->graph->arrows[i]);
    l->width = right - left + 2 * MARGIN + (backs ? 30 + 14 * (double)backs : 0);
    l->height = 2 * MARGIN + l->layer_count * (BOX_HEIGHT + GAP_Y) - GAP_Y;
}

/* ---- the picture -------------------------------------------------------- */

static double top_of(const Node *n)
{
    return MARGIN + n->layer * (double)(BOX_HEIGHT + GAP_Y);
}

static const char head[] =
    "  <defs>\n"
    "    <marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" "
    "markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 1L10 5L0 9z\" "
    "fill=\"#5b6470\"/></marker>\n"
    "  </defs>\n"
    "  <style>\n"
    "    rect { fill: #f4f6f8; stroke: #5b6470; stroke-width: 1.2 }\n"
    "    .join { fill: #e8f0e4 } .many { fill: #e6eefb } .end { fill: #ffffff }\n"
    "    path.arrow { fill: none; stroke: #5b6470; stroke-width: 1.3; marker-end: url(#head) }\n"
    "    path.part { marker-end: none } path.choice { stroke-dasharray: 5 3 }\n"
    "    text { font: 13px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle; "
    "fill: #1d232b }\n"
    "    text.label { font-size: 11px; text-anchor: start; fill: #3565a8 }\n"
    "  </style>\n";

static FlowStatus draw_box(const Layout *l, const Node *n, Buffer *out)
{
    const FlowStep *step = &l->graph->program->steps[n->step];
    unsigned depth = graph_depth(l->graph, n->step);
    double left = n->x - n->width / 2, top = top_of(n);
    const char *class = step->kind != FLOW_STEP_PLAIN ? "join" : depth ? "many" : "step";
    FlowStatus s = FLOW_OK;
    if (depth > 0) /* a card behind it: there are many */
        s = buffer_printf(out,
                          "  <rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                          "height=\"%d\" rx=\"7\"/>\n",
                          class, left + 4, top - 4, n->width, BOX_HEIGHT);
    if (s == FLOW_OK)
        s = buffer_printf(out,
                          "  <rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                          "height=\"%d\" rx=\"7\"/>\n"
                          "  <text x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                          class, left, top, n->width, BOX_HEIGHT, n->x,
                          top + BOX_HEIGHT / 2.0 + 4.5, step->name);
    return s;
}

static FlowStatus draw_link(const Layout *l, const Link *link, Buffer *out)
{
    const Node *from = &l->nodes[link->from], *to = &l->nodes[link->to];
    const GraphArrow *arrow = &l->graph->arrows[link->arrow];
    double y1 = top_of(from) + BOX_HEIGHT, y2 = top_of(to), middle = (y1 + y2) / 2;
    char label[200];
    bool is_first = from->step != FLOW_NO_STEP;
    FlowStatus s = buffer_printf(
        out, "  <path class=\"arrow%s%s\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f",
        link->is_last ? "" : " part", arrow->is_choice ? " choice" : "", from->x, y1, from->x,
        middle, to->x, middle, to->x, y2 - (link->is_last ? 1 : 0));
    if (s == FLOW_OK && !link->is_last) /* straight through the layer */
        s = buffer_printf(out, "V%.1f", y2 + BOX_HEIGHT);
    if (s == FLOW_OK)
        s = buffer_append_text(out, "\"/>\n");
    graph_label(l->graph, arrow, label, sizeof label);
    if (s == FLOW_OK && is_first && label[0])
        s = buffer_printf(out, "  <text class=\"label\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                          (from->x + to->x) / 2 + 8, middle + 3, label);
    return s;
}

/* Ways back go around on the right, each on its own line; a step's way to itself stays close. */
static FlowStatus draw_back(const Layout *l, const GraphArrow *arrow, size_t number, Buffer *out)
{
    const Node *from = &l->nodes[arrow->from], *to = &l->nodes[arrow->to];
    double y1 = top_of(from) + BOX_HEIGHT / 2.0 + 6, y2 = top_of(to) + BOX_HEIGHT / 2.0 - 6;
    double x1 = from->x + from->width / 2, x2 = to->x + to->width / 2;
    double right = x1 > x2 ? x1 : x2;
    bool is_own = arrow->from == arrow->to;
    for (size_t i = 0; !is_own && i < l->node_count; i++) {
        const Node *n = &l->nodes[i];
        bool is_between = n->layer <= from->layer && n->layer >= to->layer;
        if (is_between && n->x + n->width / 2 > right)
            right = n->x + n->width / 2;
    }
    right += is_own ? 22 : 22 + 14 * (double)number;
    return buffer_printf(out,
                         "  <path class=\"arrow%s\" d=\"M%.1f %.1fH%.1fQ%.1f %.1f %.1f %.1fV%.1f"
                         "Q%.1f %.1f %.1f %.1fH%.1f\"/>\n",
                         arrow->is_choice ? " choice" : "", x1, y1, right - 8, right, y1, right,
                         y1 - 8 > y2 ? y1 - 6 : y1, y2 + 6, right, y2, right - 8, y2, x2 + 2);
}

static FlowStatus draw(const Layout *l, Buffer *out)
{
    size_t backs = 0;
    FlowStatus s = buffer_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
        "viewBox=\"0 0 %.0f %.0f\">\n  <title>%s</title>\n%s"
        "  <rect x=\"0\" y=\"0\" width=\"100%%\" height=\"100%%\" style=\"fill: #ffffff; stroke: "
        "none\"/>\n",
        l->width, l->height, l->width, l->height, l->graph->program->name, head);
    for (size_t i = 0; s == FLOW_OK && i < l->link_count; i++)
        s = draw_link(l, &l->links[i], out);
    for (size_t i = 0; s == FLOW_OK && i < l->graph->arrow_count; i++)
        if (!goes_down(&l->graph->arrows[i]))
            s = draw_back(l, &l->graph->arrows[i], backs++, out);
    for (size_t i = 0; s == FLOW_OK && i < l->node_count; i++)
        if (l->nodes[i].step != FLOW_NO_STEP)
            s = draw_box(l, &l->nodes[i], out);
    return s == FLOW_OK ? buffer_append_text(out, "</svg>\n") : s;
}

FlowStatus graph_svg(const Graph *g, Buffer *out)
{
    Layout l = {.graph = g};
    FlowStatus s = make_nodes(&l);
    if (s == FLOW_OK) {
        fill_layers(&l);
        place(&l);
        find_bounds(&l);
        s = draw(&l, out);
    }
    os_free(l.nodes);
    os_free(l.links);
    os_free(l.order);
    os_free(l.layer_from);
    return s;
}
