/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - fuzzes the compiler: any bytes are read as a file, checked, and what is wrong is
 * rendered; what is right becomes C text.
 *
 * Beyond not crashing: each diagnostic lies in its file and says something, the text that people
 * see is UTF-8, and each line of the other form is JSON.  Modules cannot be found. */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "base/utf8.h"
#include "emit/emit.h"
#include "emit/ir.h"
#include "fuzz.h"
#include "mutate.h"
#include "sema/model.h"
#include "source/diag.h"
#include "syntax/ast_dump.h"
#include "syntax/parse.h"

typedef struct Case {
    Arena arena;
    SourceSet sources;
    DiagList diags;
} Case;

static void check_span(const Case *c, Span span)
{
    fuzz_assert(span.source < c->sources.files.len);
    fuzz_assert(span.start <= span.end);
    fuzz_assert(span.end <= source_get(&c->sources, span.source)->text.len);
}

static void check_diagnostics(const Case *c)
{
    for (size_t i = 0; i < c->diags.items.len; i++) {
        const Diag *d = c->diags.items.items[i];
        fuzz_assert(d->message.len > 0);
        check_span(c, d->span);
        for (size_t k = 0; k < d->notes.len; k++)
            if (d->notes.items[k].has_span)
                check_span(c, d->notes.items[k].span);
        for (size_t k = 0; k < d->edits.len; k++)
            check_span(c, d->edits.items[k].span);
    }
}

static void check_text(const Case *c, size_t cut)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    fuzz_assert(out);
    diag_print_text(&c->diags, out, true, cut);
    fclose(out);
    fuzz_assert(utf8_valid_prefix((Str){text, len}) == len);
    free(text);
}

static void check_json(const Case *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    fuzz_assert(out);
    diag_print_json(&c->diags, out);
    fclose(out);
    fuzz_assert(utf8_valid_prefix((Str){text, len}) == len);
    for (const char *line = text; line < text + len;) {
        const char *end;
        cJSON *object = cJSON_ParseWithLengthOpts(line, (size_t)(text + len - line), &end, false);
        fuzz_assert(cJSON_IsObject(object) && *end == '\n');
        cJSON_Delete(object);
        line = end + 1;
    }
    free(text);
}

static void dump(const AstFile *file, const Model *model)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    fuzz_assert(nowhere);
    ast_dump(file, nowhere);
    model_dump(model, nowhere);
}

static void compile_text(Case *c, Str text)
{
    uint32_t source = source_add(&c->sources, STR("/nowhere/case.flow"), text);
    AstFile *file = parse_file(&c->arena, &c->sources, source, &c->diags);
    Model *model = model_new(&c->arena, &c->sources, &c->diags, file);
    resolve(model);
    graph_build(model);
    check(model);
    graph_finish(model);
    dump(file, model);
    if (!file->flow || diag_has_errors(&c->diags))
        return;
    IrProgram *program = lower_program(model);
    hash_program(program);
    ir_dump(program);
    emit_program(program, STR("case.c"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Case c = {0};
    size_t cut;
    arena_init(&c.arena);
    source_set_init(&c.sources, &c.arena);
    diag_list_init(&c.diags, &c.arena, &c.sources);
    compile_text(&c, (Str){(const char *)data, size});
    diag_finish(&c.diags, &cut);
    check_diagnostics(&c);
    check_text(&c, cut);
    check_json(&c);
    arena_deinit(&c.arena);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return mutate_program(data, size, max, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max, unsigned seed)
{
    return cross_programs(a, a_size, b, b_size, out, max, seed);
}
