/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_params.c - the parameters of the flow; or those of a run, as a file that --params reads. */
#include "cli/commands.h"

#include <string.h>

#include "cli/cell.h"
#include "cli/help.h"
#include "cli/json.h"
#include "cli/view.h"
#include "os/memory.h"
#include "sched/params.h"

static const FlowArtifact *artifact_of(const FlowProgram *program, size_t index)
{
    return &program->artifacts[program->params[index].artifact];
}

/* ---- of the flow -------------------------------------------------------- */

static FlowStatus print_param(Cli *cli, size_t index, Json *j, FlowError *err)
{
    const FlowProgram *program = cli->program;
    const FlowParam *param = &program->params[index];
    const FlowArtifact *artifact = artifact_of(program, index);
    char option[200];
    Buffer value = {0};
    option_of_param(program, index, option, sizeof option);
    FlowStatus s = param->fallback ? help_default_json(program, param, &value) : FLOW_OK;
    json_open(j, NULL, '{');
    json_text(j, "name", artifact->name);
    json_text(j, "option", option);
    json_text(j, "type", artifact->type->name);
    json_bool(j, "must_be_given", !param->fallback);
    if (s == FLOW_OK && value.len > 0)
        json_raw(j, "default", value.bytes, value.len);
    else
        json_null(j, "default");
    json_text(j, "help", param->help);
    json_close(j, '}');
    buffer_free(&value);
    return json_print(j, cli->console, err);
}

static FlowStatus list_params(Cli *cli, FlowError *err)
{
    Json json = {0};
    FlowStatus s = FLOW_OK;
    if (!cli->options->is_json)
        help_params(cli->console, cli->program);
    else
        for (size_t i = 0; s == FLOW_OK && i < cli->program->param_count; i++)
            s = print_param(cli, i, &json, err);
    json_free(&json);
    return s;
}

/* ---- of a run ----------------------------------------------------------- */

static FlowStatus write_values(const View *v, const Bytes *values, Json *j, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    json_open(j, NULL, '{');
    for (size_t i = 0; s == FLOW_OK && i < v->program->param_count; i++) {
        Buffer value = {0};
        const FlowArtifact *artifact = artifact_of(v->program, i);
        if (values[i].len == 0 || artifact->type->kind == FLOW_SECRET)
            continue;
        s = cbor_write_json(artifact->type, values[i], &value, err);
        if (s == FLOW_OK)
            json_raw(j, artifact->name, value.bytes, value.len);
        buffer_free(&value);
    }
    json_close(j, '}');
    return s;
}

static FlowStatus print_values(Cli *cli, const View *v, FlowError *err)
{
    Json json = {0};
    Bytes *values = os_alloc_zero((v->program->param_count + 1u) * sizeof *values);
    FlowStatus s = values ? params_split(v->program, v->run.params, values, err)
                          : flow_error(err, FLOW_ENOMEM, "out of memory");
    if (s == FLOW_OK)
        s = write_values(v, values, &json, err);
    if (s == FLOW_OK)
        s = json_print(&json, cli->console, err);
    os_free(values);
    json_free(&json);
    return s;
}

int command_params(Cli *cli)
{
    View view = {0};
    FlowError err = {0};
    const Options *o = cli->options;
    FlowStatus s = FLOW_OK;
    if (!o->word) {
        s = list_params(cli, &err);
    } else {
        s = view_open(cli->program, o->text[OPTION_STORE], o->word, &view, &err);
        if (s == FLOW_OK)
            s = print_values(cli, &view, &err);
    }
    view_close(&view);
    return s == FLOW_OK ? EXIT_OK : command_failed(cli, &err);
}
