/* SPDX-License-Identifier: Apache-2.0 */
/* diag_json.c - diagnostics for machines: one JSON object a line. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "source/diag.h"

typedef struct Writer {
    const SourceSet *sources;
    Arena *arena;
} Writer;

/* JSON is UTF-8. */
static const char *clean(const Writer *w, Str s)
{
    return utf8_clean(w->arena, s).ptr;
}

static void check(const void *made)
{
    if (!made)
        arena_exhausted();
}

static cJSON *add_array(cJSON *to, const char *key)
{
    cJSON *array = cJSON_AddArrayToObject(to, key);
    check(array);
    return array;
}

static cJSON *add_item(cJSON *array)
{
    cJSON *item = cJSON_CreateObject();
    check(item);
    cJSON_AddItemToArray(array, item);
    return item;
}

static void add_text(const Writer *w, cJSON *to, const char *key, Str text)
{
    check(cJSON_AddStringToObject(to, key, clean(w, text)));
}

static void add_number(cJSON *to, const char *key, uint32_t n)
{
    check(cJSON_AddNumberToObject(to, key, n));
}

static void add_place(const Writer *w, cJSON *to, Span span)
{
    Place place = span_place(w->sources, span);
    add_number(to, "line", place.line);
    add_number(to, "column", place.column);
}

static void add_end(const Writer *w, cJSON *to, Span span)
{
    Place place = span_end_place(w->sources, span);
    add_number(to, "end_line", place.line);
    add_number(to, "end_column", place.column);
}

static void add_file(const Writer *w, cJSON *to, Span span)
{
    add_text(w, to, "file", source_get(w->sources, span.source)->path);
}

static cJSON *diag_object(const Writer *w, const Diag *d)
{
    cJSON *o = cJSON_CreateObject();
    check(o);
    add_text(w, o, "code", str_from(diag_code_name(d->code)));
    add_text(w, o, "severity", str_from(diag_severity_name(d->severity)));
    add_text(w, o, "message", d->message);
    add_file(w, o, d->span);
    add_place(w, o, d->span);
    add_end(w, o, d->span);
    add_text(w, o, "label", d->label);

    cJSON *notes = add_array(o, "notes");
    for (size_t i = 0; i < d->notes.len; i++) {
        const DiagNote *note = &d->notes.items[i];
        cJSON *item = add_item(notes);
        add_text(w, item, "message", note->message);
        if (note->has_span) {
            add_file(w, item, note->span);
            add_place(w, item, note->span);
        }
    }
    add_text(w, o, "help", d->help);

    cJSON *edits = add_array(o, "edits");
    for (size_t i = 0; i < d->edits.len; i++) {
        const DiagEdit *edit = &d->edits.items[i];
        cJSON *item = add_item(edits);
        add_place(w, item, edit->span);
        add_end(w, item, edit->span);
        add_text(w, item, "text", edit->text);
    }
    return o;
}

void diag_print_json(const DiagList *list, FILE *out)
{
    Writer w = {list->sources, list->arena};
    for (size_t i = 0; i < list->items.len; i++) {
        cJSON *o = diag_object(&w, list->items.items[i]);
        char *line = cJSON_PrintUnformatted(o);
        check(line);
        fprintf(out, "%s\n", line);
        cJSON_free(line);
        cJSON_Delete(o);
    }
}
