/* SPDX-License-Identifier: Apache-2.0 */
/* type_text.c - a type as one word that says its whole structure.
 *
 * "[Point{x:float,y:float}]": a program record keeps it, so that a later program can tell whether
 * stored bytes still mean what they did.  A struct or enum inside of itself is its name alone.
 * Many that hold one another twice would have a text without end: in a long one, a type that was
 * written before is its name and the place that it has among them, "Point#0". */
#include <string.h>

#include "value/codec.h"

enum { LONG_TEXT = 4096 };

typedef struct Above {
    const FlowType *type;
    const struct Above *next;
} Above;

typedef struct Words {
    Buffer *out;
    size_t begin;   /* of the text in it */
    Buffer written; /* const FlowType *: structs and enums */
} Words;

static FlowStatus put_type(Words *w, const FlowType *type, const Above *above);

static bool is_above(const Above *above, const FlowType *type)
{
    for (; above; above = above->next)
        if (above->type == type)
            return true;
    return false;
}

/* The name of a generic type has blanks in it, and a word has none. */
static FlowStatus put_name(Buffer *out, const char *name)
{
    FlowStatus s = FLOW_OK;
    for (; s == FLOW_OK && *name; name++)
        if (*name != ' ')
            s = buffer_append_byte(out, (uint8_t)*name);
    return s;
}

static FlowStatus put_fields(Words *w, const FlowType *type, const char *brackets,
                             const Above *above)
{
    FlowStatus s = buffer_append_byte(w->out, (uint8_t)brackets[0]);
    for (uint32_t i = 0; s == FLOW_OK && i < type->field_count; i++) {
        const FlowField *field = &type->fields[i];
        const char *name = field->name ? field->name : "";
        s = buffer_printf(w->out, "%s%s%s", i > 0 ? "," : "", name, *name ? ":" : "");
        if (s == FLOW_OK)
            s = put_type(w, field->type, above);
    }
    return s == FLOW_OK ? buffer_append_byte(w->out, (uint8_t)brackets[1]) : s;
}

static bool is_written(const Words *w, const FlowType *type, size_t *at)
{
    const FlowType *one;
    size_t count = w->written.len / sizeof one;
    for (*at = 0; *at < count; (*at)++) {
        memcpy(&one, w->written.bytes + *at * sizeof one, sizeof one);
        if (one == type)
            return true;
    }
    return false;
}

static FlowStatus put_named(Words *w, const FlowType *type, const Above *above)
{
    const Above here = {type, above};
    size_t at;
    FlowStatus s = put_name(w->out, type->name);
    if (s != FLOW_OK || is_above(above, type))
        return s;
    bool is_known = is_written(w, type, &at);
    if (is_known && w->out->len - w->begin > LONG_TEXT)
        return buffer_printf(w->out, "#%zu", at);
    if (!is_known)
        s = buffer_append(&w->written, &type, sizeof type);
    return s == FLOW_OK ? put_fields(w, type, "{}", &here) : s;
}

static FlowStatus put_listed(Words *w, const FlowType *type, const Above *above)
{
    FlowStatus s = buffer_append_byte(w->out, '[');
    if (s == FLOW_OK && type->kind == FLOW_MAP)
        s = put_type(w, type->key, above);
    if (s == FLOW_OK && type->kind == FLOW_MAP)
        s = buffer_append_byte(w->out, ':');
    if (s == FLOW_OK)
        s = put_type(w, type->item, above);
    return s == FLOW_OK ? buffer_append_byte(w->out, ']') : s;
}

static FlowStatus put_type(Words *w, const FlowType *type, const Above *above)
{
    FlowStatus s;
    switch (type->kind) {
    case FLOW_LIST:
    case FLOW_MAP: return put_listed(w, type, above);
    case FLOW_OPTION:
        s = put_type(w, type->item, above);
        if (s == FLOW_OK && type->item->kind == FLOW_JSON)
            s = buffer_append_byte(w->out, '~'); /* once it was stored without its [x] */
        return s == FLOW_OK ? buffer_append_byte(w->out, '?') : s;
    case FLOW_TUPLE: return put_fields(w, type, "()", above);
    case FLOW_STRUCT:
    case FLOW_ENUM: return put_named(w, type, above);
    default: return put_name(w->out, type->name);
    }
}

FlowStatus type_write_text(const FlowType *type, Buffer *out)
{
    Words w = {.out = out, .begin = out->len};
    FlowStatus s = put_type(&w, type, NULL);
    if (s != FLOW_OK)
        out->len = w.begin;
    buffer_free(&w.written);
    return s;
}
