/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_graph.c - the flow as text for other tools, or as a picture. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/graph.h"
#include "cli/json.h"
#include "os/file.h"

enum { LABEL_MOST = 200 };

static const char *kind_name(const FlowStep *step)
{
    return step->kind == FLOW_STEP_PLAIN ? "step" : "join";
}

static const char *arrow_name(GraphArrowKind kind)
{
    static const char *const names[] = {"next", "foreach", "back"};
    return names[kind];
}

static FlowStatus write_dot(const Graph *g, Buffer *out)
{
    const FlowProgram *p = g->program;
    FlowStatus s = buffer_printf(out,
                                 "digraph \"%s\" {\n"
                                 "    node [shape=box, style=rounded, fontname=monospace];\n",
                                 p->name);
    for (uint16_t i = 0; s == FLOW_OK && i < p->step_count; i++) {
        const char *look = p->steps[i].kind != FLOW_STEP_PLAIN ? " [style=\"rounded,bold\"]"
                           : graph_depth(g, i)                 ? " [peripheries=2]"
                                                               : "";
        s = buffer_printf(out, "    \"%s\"%s;\n", p->steps[i].name, look);
    }
    for (size_t i = 0; s == FLOW_OK && i < g->arrow_count; i++) {
        const GraphArrow *a = &g->arrows[i];
        char label[LABEL_MOST];
        graph_label(g, a, label, sizeof label);
        s = buffer_printf(out, "    \"%s\" -> \"%s\" [label=\"%s\"%s%s];\n", p->steps[a->from].name,
                          p->steps[a->to].name, label, a->is_choice ? ", style=dashed" : "",
                          a->kind == ARROW_BACK ? ", constraint=false" : "");
    }
    return s == FLOW_OK ? buffer_append_text(out, "}\n") : s;
}

/* Names are numbers, since some words of ours (`end`) mean something there. */
static FlowStatus write_mermaid(const Graph *g, Buffer *out)
{
    const FlowProgram *p = g->program;
    FlowStatus s = buffer_append_text(out, "flowchart TD\n");
    for (uint16_t i = 0; s == FLOW_OK && i < p->step_count; i++) {
        bool is_join = p->steps[i].kind != FLOW_STEP_PLAIN, is_many = graph_depth(g, i) > 0;
        s = buffer_printf(out, "    s%u%s\"%s\"%s\n", i,
                          is_join   ? "(["
                          : is_many ? "[["
                                    : "[",
                          p->steps[i].name,
                          is_join   ? "])"
                          : is_many ? "]]"
                                    : "]");
    }
    for (size_t i = 0; s == FLOW_OK && i < g->arrow_count; i++) {
        const GraphArrow *a = &g->arrows[i];
        char label[LABEL_MOST];
        graph_label(g, a, label, sizeof label);
        s = buffer_printf(out, "    s%u %s%s%s%s s%u\n", a->from, a->is_choice ? "-.->" : "-->",
                          label[0] ? "|\"" : "", label, label[0] ? "\"|" : "", a->to);
    }
    return s;
}

static void put_arrow(const Graph *g, const GraphArrow *a, Json *j)
{
    const FlowProgram *p = g->program;
    json_open(j, NULL, '{');
    json_text(j, "from", p->steps[a->from].name);
    json_text(j, "to", p->steps[a->to].name);
    json_text(j, "kind", arrow_name(a->kind));
    json_bool(j, "choice", a->is_choice);
    json_open(j, "items", '[');
    const FlowDomain *domain = &p->domains[p->steps[a->to].domain];
    for (uint16_t i = 0; a->kind == ARROW_FOREACH && i < domain->item_count; i++)
        json_text(j, NULL, p->artifacts[domain->items[i]].name);
    json_close(j, ']');
    json_close(j, '}');
}

static FlowStatus write_json(const Graph *g, Buffer *out)
{
    const FlowProgram *p = g->program;
    Json j = {0};
    json_open(&j, NULL, '{');
    json_text(&j, "flow", p->name);
    json_open(&j, "steps", '[');
    for (uint16_t i = 0; i < p->step_count; i++) {
        const FlowStep *step = &p->steps[i];
        json_open(&j, NULL, '{');
        json_text(&j, "step", step->name);
        json_text(&j, "kind", kind_name(step));
        json_number(&j, "depth", graph_depth(g, i));
        json_number(&j, "line", step->line);
        json_open(&j, "keeps", '[');
        for (uint16_t k = 0; k < step->keep_count; k++)
            json_text(&j, NULL, p->artifacts[step->keeps[k]].name);
        json_close(&j, ']');
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_open(&j, "arrows", '[');
    for (size_t i = 0; i < g->arrow_count; i++)
        put_arrow(g, &g->arrows[i], &j);
    json_close(&j, ']');
    json_close(&j, '}');
    FlowStatus s = j.status;
    if (s == FLOW_OK)
        s = buffer_append(out, j.out.bytes, j.out.len);
    json_free(&j);
    return s == FLOW_OK ? buffer_append_byte(out, '\n') : s;
}

static FlowStatus write_graph(const Graph *g, const char *format, Buffer *out)
{
    if (strcmp(format, "mermaid") == 0)
        return write_mermaid(g, out);
    if (strcmp(format, "svg") == 0)
        return graph_svg(g, out);
    return strcmp(format, "json") == 0 ? write_json(g, out) : write_dot(g, out);
}

int command_graph(Cli *cli)
{
    const Options *o = cli->options;
    const char *format = o->text[OPTION_GRAPH_FORMAT], *path = o->text[OPTION_OUTPUT];
    FlowError err = {0};
    Graph g;
    Buffer out = {0};
    FlowStatus s = graph_init(&g, cli->program);
    if (s == FLOW_OK)
        s = write_graph(&g, format ? format : option_specs[OPTION_GRAPH_FORMAT].fallback, &out);
    if (s != FLOW_OK)
        flow_error(&err, s, "out of memory");
    else if (path)
        s = os_write_file_atomically(path, out.bytes, out.len, &err);
    else
        console_write(cli->console, CONSOLE_OUT, (const char *)out.bytes, out.len);
    graph_deinit(&g);
    buffer_free(&out);
    return s == FLOW_OK ? EXIT_OK : command_failed(cli, &err);
}
