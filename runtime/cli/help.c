/* SPDX-License-Identifier: Apache-2.0 */
/* help.c - prints options.def and the flow's parameters in two columns. */
#include "cli/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "os/memory.h"
#include "value/codec.h"
#include "value/secret.h"
#include "value/utf8.h"

extern const char flow_runtime_version[];

enum {
    NOTE_MOST = 4000,
    LEFT_COLUMN = 32,
    RIGHT_LEAST = 30, /* columns, however narrow the terminal is */
    LEFT_MOST = 120, /* no name is longer, save one that nobody would type */
    DEFAULT_SHOWN = 60
};

static void row(Console *c, const char *left, const char *right)
{
    size_t width = console_width(c, CONSOLE_OUT), used = 2 + LEFT_COLUMN;
    size_t columns = width > used + RIGHT_LEAST ? width - used : RIGHT_LEAST;
    if (strlen(left) < LEFT_COLUMN)
        console_printf(c, CONSOLE_OUT, "  %-*s", LEFT_COLUMN, left);
    else
        console_printf(c, CONSOLE_OUT, "  %s\n  %-*s", left, LEFT_COLUMN, "");
    for (;;) {
        size_t len = console_fit(right, strlen(right), columns);
        console_printf(c, CONSOLE_OUT, "%.*s\n", (int)len, right);
        right += len + strspn(right + len, " \n");
        if (!*right)
            return;
        console_printf(c, CONSOLE_OUT, "  %-*s", LEFT_COLUMN, "");
    }
}

void help_param_value(const FlowType *type, char *out, size_t size)
{
    size_t i = 0;
    for (; type->kind != FLOW_BOOL && type->name[i] && i + 1 < size; i++)
        out[i] = (char)toupper((unsigned char)type->name[i]);
    out[i] = 0;
}

/* ---- parameters --------------------------------------------------------- */

typedef FlowStatus Writer(FlowTask *t, const FlowType *type, const void *value, Buffer *out);

static FlowStatus as_text(FlowTask *t, const FlowType *type, const void *value, Buffer *out)
{
    FlowText text = {0};
    FlowStatus s = flow_text_value(t, &text, type, value);
    if (s == FLOW_OK)
        s = buffer_append(out, text.bytes, text.len);
    flow_text_free(&text);
    return s;
}

static FlowStatus as_json(FlowTask *t, const FlowType *type, const void *value, Buffer *out)
{
    (void)t;
    return value_write_json(type, value, out);
}

static FlowStatus write_default(const FlowProgram *program, const FlowParam *param, Writer *write,
                                Buffer *out)
{
    const FlowType *type = program->artifacts[param->artifact].type;
    void *value = os_alloc_zero(type->size);
    FlowTask *t = os_alloc_zero(sizeof *t);
    volatile uint32_t line = 0;
    FlowStatus s = value && t ? FLOW_OK : FLOW_ENOMEM;
    if (s == FLOW_OK) {
        t->program = program;
        t->line = &line;
        s = param->fallback(t, value);
        if (s == FLOW_OK)
            s = write(t, type, value, out);
        flow_value_release(type, value);
    }
    os_free(value);
    os_free(t);
    return s;
}

FlowStatus help_default_json(const FlowProgram *program, const FlowParam *param, Buffer *out)
{
    return write_default(program, param, as_json, out);
}

/* The default as a shell and `run` take it, cut where it is long. */
static FlowStatus append_default(const FlowProgram *program, const FlowParam *param, Buffer *out)
{
    Buffer value = {0};
    FlowStatus s = write_default(program, param, as_text, &value);
    size_t len = value.len <= DEFAULT_SHOWN ? value.len
                                            : utf8_whole((char *)value.bytes, DEFAULT_SHOWN);
    if (s == FLOW_OK && value.len == 0)
        s = buffer_append_text(out, ", default \"\"");
    else if (s == FLOW_OK)
        s = buffer_printf(out, ", default %.*s%s", (int)len, (char *)value.bytes,
                          len < value.len ? "…" : "");
    buffer_free(&value);
    return s == FLOW_ENOMEM ? s : FLOW_OK; /* a default that fails is told by `run` */
}

/* "How deep (int, default 3)" */
static FlowStatus describe(const FlowProgram *program, const FlowParam *param, Buffer *out)
{
    FlowStatus s = buffer_printf(out, "%s%s(%s", param->help, param->help[0] ? " " : "",
                                 program->artifacts[param->artifact].type->name);
    if (s == FLOW_OK && param->fallback)
        s = append_default(program, param, out);
    else if (s == FLOW_OK)
        s = buffer_append_text(out, program->artifacts[param->artifact].type->kind == FLOW_SECRET
                                        ? ", in the environment"
                                        : ", must be given");
    return s == FLOW_OK ? buffer_append_byte(out, ')') : s;
}

static void param_row(Console *c, const FlowProgram *program, size_t index)
{
    const FlowParam *param = &program->params[index];
    const FlowArtifact *artifact = &program->artifacts[param->artifact];
    char name[LEFT_MOST], value[LEFT_MOST], left[SECRET_VARIABLE_MAX];
    _Static_assert(SECRET_VARIABLE_MAX >= 2 * LEFT_MOST + 16, "an option fits in");
    option_of_param(program, index, name, sizeof name);
    help_param_value(artifact->type, value, sizeof value);
    if (artifact->type->kind == FLOW_SECRET)
        secret_variable(artifact->name, left);
    else
        snprintf(left, sizeof left, "--%s%s%s%s", artifact->type->kind == FLOW_BOOL ? "[no-]" : "",
                 name, value[0] ? " " : "", value);

    Buffer right = {0};
    FlowStatus s = describe(program, param, &right);
    const char *text = s == FLOW_OK ? buffer_text(&right) : NULL;
    row(c, left, text ? text : param->help);
    buffer_free(&right);
}

void help_params(Console *c, const FlowProgram *program)
{
    for (size_t i = 0; i < program->param_count; i++)
        param_row(c, program, i);
}

static void param_rows(Console *c, const FlowProgram *program)
{
    if (program->param_count == 0)
        return;
    console_text(c, CONSOLE_OUT, "\nParameters of the flow, for `run`:\n");
    help_params(c, program);
}

/* ---- commands and options ----------------------------------------------- */

static void option_row(Console *c, const OptionSpec *spec)
{
    char left[LEFT_MOST], right[2 * LEFT_MOST];
    snprintf(left, sizeof left, "--%s%s%s", spec->name, spec->value[0] ? " " : "", spec->value);
    int len = snprintf(right, sizeof right, "%s", spec->help);
    if (spec->fallback[0])
        len += snprintf(right + len, sizeof right - (size_t)len, " (%s)", spec->fallback);
    if (spec->variable)
        snprintf(right + len, sizeof right - (size_t)len, "; also $%s", spec->variable);
    row(c, left, right);
}

/* clang-format off */
static const char *note_of(CommandId id)
{
    switch (id) {
#define NOTE(command, text) case COMMAND_##command: return text;
#include "cli/options.def"
    default: return NULL;
    }
}
/* clang-format on */

/* As wide as the terminal; indented lines stay as they are. */
static void wrapped(Console *c, const char *text)
{
    char room[NOTE_MOST];
    size_t len = 0;
    bool is_indented = text[0] == ' ';
    for (; *text && len + 1 < sizeof room; text++) {
        bool is_end = *text == '\n';
        bool goes_on = is_end && !is_indented && text[1] && !strchr("\n ", text[1]);
        room[len++] = goes_on ? ' ' : *text;
        is_indented = is_end ? text[1] == ' ' : is_indented;
    }
    room[len] = '\0';
    for (const char *rest = room; *rest; rest += *rest != '\0') {
        size_t piece = console_fit(rest, strlen(rest), console_width(c, CONSOLE_OUT));
        console_printf(c, CONSOLE_OUT, "%.*s\n", (int)piece, rest);
        rest += piece;
    }
}

void help_command(Console *c, const FlowProgram *program, const Options *options, CommandId command)
{
    const CommandSpec *spec = &command_specs[command];
    char head[NOTE_MOST];
    snprintf(head, sizeof head, "%s %s: %s", options->program, spec->name, spec->summary);
    wrapped(c, head);
    console_printf(c, CONSOLE_OUT, "\nUsage: %s %s%s%s [OPTIONS]\n", options->program, spec->name,
                   spec->words[0] ? " " : "", spec->words);
    if (command == COMMAND_RUN)
        param_rows(c, program);
    console_text(c, CONSOLE_OUT, "\nOptions:\n");
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_specs[i].commands & 1u << command)
            option_row(c, &option_specs[i]);
    if (note_of(command)) {
        console_text(c, CONSOLE_OUT, "\n");
        wrapped(c, note_of(command));
    }
}

void help_program(Console *c, const FlowProgram *program, const Options *options)
{
    console_printf(c, CONSOLE_OUT, "%s%s%s\n\nUsage: %s COMMAND [OPTIONS]\n\nCommands:\n",
                   program->name, program->doc[0] ? ": " : "", program->doc, options->program);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        char left[LEFT_MOST];
        const CommandSpec *spec = &command_specs[i];
        if (!command_is_shown((CommandId)i))
            continue;
        snprintf(left, sizeof left, "%s%s%s", spec->name, spec->words[0] ? " " : "", spec->words);
        row(c, left, spec->summary);
    }
    param_rows(c, program);
    console_printf(c, CONSOLE_OUT, "\n`%s COMMAND --help` says what a command takes.\n",
                   options->program);
}

void help_version(Console *c, const FlowProgram *program, const Options *options)
{
    console_printf(c, CONSOLE_OUT, "%s (flow %s), Flow %s\n", options->program, program->name,
                   flow_runtime_version);
}
