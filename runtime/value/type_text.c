/* SPDX-License-Identifier: Apache-2.0 */
/* type_text.c - a type as one word that says its whole structure.
 *
 * "[Point{x:float,y:float}]": a program record keeps it, so that a later program can tell whether
 * stored bytes still mean what they did.  A struct or enum inside of itself is its name alone. */
#include <string.h>

#include "value/codec.h"

typedef struct Above {
    const FlowType *type;
    const struct Above *next;
} Above;

static FlowStatus put_type(Buffer *out, const FlowType *type, const Above *above);

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

static FlowStatus put_fields(Buffer *out, const FlowType *type, const char *brackets,
                             const Above *above)
{
    FlowStatus s = buffer_append_byte(out, (uint8_t)brackets[0]);
    for (uint32_t i = 0; s == FLOW_OK && i < type->field_count; i++) {
        const FlowField *field = &type->fields[i];
        const char *name = field->name ? field->name : "";
        s = buffer_printf(out, "%s%s%s", i > 0 ? "," : "", name, *name ? ":" : "");
        if (s == FLOW_OK)
            s = put_type(out, field->type, above);
    }
    return s == FLOW_OK ? buffer_append_byte(out, (uint8_t)brackets[1]) : s;
}

static FlowStatus put_named(Buffer *out, const FlowType *type, const Above *above)
{
    const Above here = {type, above};
    FlowStatus s = put_name(out, type->name);
    return s == FLOW_OK && !is_above(above, type) ? put_fields(out, type, "{}", &here) : s;
}

static FlowStatus put_listed(Buffer *out, const FlowType *type, const Above *above)
{
    FlowStatus s = buffer_append_byte(out, '[');
    if (s == FLOW_OK && type->kind == FLOW_MAP)
        s = put_type(out, type->key, above);
    if (s == FLOW_OK && type->kind == FLOW_MAP)
        s = buffer_append_byte(out, ':');
    if (s == FLOW_OK)
        s = put_type(out, type->item, above);
    return s == FLOW_OK ? buffer_append_byte(out, ']') : s;
}

static FlowStatus put_type(Buffer *out, const FlowType *type, const Above *above)
{
    FlowStatus s;
    switch (type->kind) {
    case FLOW_LIST:
    case FLOW_MAP: return put_listed(out, type, above);
    case FLOW_OPTION:
        s = put_type(out, type->item, above);
        if (s == FLOW_OK && type->item->kind == FLOW_JSON)
            s = buffer_append_byte(out, '~'); /* once it was stored without its [x] */
        return s == FLOW_OK ? buffer_append_byte(out, '?') : s;
    case FLOW_TUPLE: return put_fields(out, type, "()", above);
    case FLOW_STRUCT:
    case FLOW_ENUM: return put_named(out, type, above);
    default: return put_name(out, type->name);
    }
}

FlowStatus type_write_text(const FlowType *type, Buffer *out)
{
    size_t before = out->len;
    FlowStatus s = put_type(out, type, NULL);
    if (s != FLOW_OK)
        out->len = before;
    return s;
}
