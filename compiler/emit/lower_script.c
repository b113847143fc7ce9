/* SPDX-License-Identifier: Apache-2.0 */
/* lower_script.c - text of another language: its inputs become one tuple, its results another. */
#include "emit/lower.h"

static bool begins_below(Str raw)
{
    size_t at = 0;
    while (at < raw.len && raw.ptr[at] == '"')
        at++;
    while (at < raw.len && (raw.ptr[at] == ' ' || raw.ptr[at] == '\t' || raw.ptr[at] == '\r'))
        at++;
    return at < raw.len && raw.ptr[at] == '\n';
}

/* The text, and where its first line stands. */
static Str text_of(const Model *m, const Script *script, Str *file, uint32_t *line)
{
    if (script->from.len) {
        const Source *source = source_get(m->sources, script->from_source);
        *file = source->path;
        *line = 1;
        return source->text;
    }
    *file = source_get(m->sources, script->text_span.source)->path;
    *line = span_place(m->sources, script->text_span).line +
            begins_below(span_text(m->sources, script->text_span));
    return script->text;
}

static IrPlace gather_inputs(Lower *l, const Script *script)
{
    if (!script->input_type)
        return temp_new(l, l->int_type);
    IrPlace inputs = temp_new(l, script->input_type);
    for (uint32_t i = 0; i < script->inputs.count; i++)
        lower_into(l, script->inputs.items[i].value, ir_field(l->program, inputs, i));
    return inputs;
}

void lower_script(Lower *l, Expr *e, IrPlace dst)
{
    Script *script = e->more->script;
    Str file;
    uint32_t line;
    size_t mark = scope_open(l);
    Str text = text_of(l->model, script, &file, &line);
    IrPlace inputs = gather_inputs(l, script);
    IrPlace results = temp_new(l, script->result_type ? script->result_type : l->int_type);
    lower_at(l, e->span);
    RUNTIME(l, RT_SCRIPT, NOWHERE, ir_chars(script->language.name), ir_chars(text),
            ir_chars(file), ir_int(l->int_type, line), ir_descriptor(inputs.type),
            ir_address(inputs), ir_descriptor(results.type), ir_address(results));
    l->fn->is_foreign = true;
    l->fn->languages |= 1u << script_language(script->language.name);
    if (script->results.count == 1 && !place_is_nowhere(dst))
        store(l, dst, val_owned(ir_field(l->program, results, 0)));
    else if (script->results.count > 1 && !place_is_nowhere(dst))
        store(l, dst, val_owned(results));
    scope_close(l, mark);
}
