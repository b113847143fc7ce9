/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - values as JSON on one line; codec.h says what becomes what. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <flow/value.h>

#include "value/base64.h"
#include "value/codec.h"
#include "value/json_tree.h"
#include "value/list.h"
#include "value/matrix.h"
#include "value/number.h"
#include "value/text.h"

static FlowStatus put_value(Buffer *out, const FlowType *type, const void *value, unsigned depth);

static FlowStatus put_byte(Buffer *out, unsigned char byte)
{
    switch (byte) {
    case '"': return buffer_append_text(out, "\\\"");
    case '\\': return buffer_append_text(out, "\\\\");
    case '\n': return buffer_append_text(out, "\\n");
    case '\r': return buffer_append_text(out, "\\r");
    case '\t': return buffer_append_text(out, "\\t");
    default: break;
    }
    return byte < 0x20 || byte == 0x7f ? buffer_printf(out, "\\u%04x", byte)
                                       : buffer_append_byte(out, byte);
}

FlowStatus value_write_json_string(Buffer *out, const char *bytes, size_t len)
{
    FlowStatus s = buffer_append_byte(out, '"');
    for (size_t i = 0; s == FLOW_OK && i < len; i++)
        s = put_byte(out, (unsigned char)bytes[i]);
    return s == FLOW_OK ? buffer_append_byte(out, '"') : s;
}

static FlowStatus put_text(Buffer *out, const char *text)
{
    return value_write_json_string(out, text, strlen(text));
}

static FlowStatus put_string(Buffer *out, const FlowString *string)
{
    return value_write_json_string(out, flow_string_bytes(string), flow_string_len_bytes(string));
}

static FlowStatus put_base64(Buffer *out, const FlowString *octets)
{
    FlowStatus s = buffer_append_byte(out, '"');
    if (s == FLOW_OK)
        s = base64_write(out, flow_string_bytes(octets), flow_string_len_bytes(octets));
    return s == FLOW_OK ? buffer_append_byte(out, '"') : s;
}

static FlowStatus put_float(Buffer *out, double x)
{
    char text[NUMBER_TEXT_MAX];
    size_t len = number_write_float(x, text);
    return isfinite(x) ? buffer_append(out, text, len) : put_text(out, text);
}

static FlowStatus put_seconds(Buffer *out, int64_t ns)
{
    char text[NUMBER_TEXT_MAX];
    return buffer_append(out, text, number_write_seconds(ns, text));
}

static FlowStatus put_time(Buffer *out, int64_t ns)
{
    char text[NUMBER_TEXT_MAX];
    number_write_time(ns, text);
    return put_text(out, text);
}

static FlowStatus put_comma(Buffer *out, bool wanted)
{
    return wanted ? buffer_append_byte(out, ',') : FLOW_OK;
}

static FlowStatus put_list(Buffer *out, const FlowType *item, const FlowList *list, unsigned depth)
{
    FlowStatus s = buffer_append_byte(out, '[');
    int64_t room;
    for (size_t i = 0; s == FLOW_OK && i < (size_t)flow_list_len(list); i++) {
        s = put_comma(out, i > 0);
        if (s == FLOW_OK)
            s = put_value(out, item, list_peek(list, i, &room), depth);
    }
    return s == FLOW_OK ? buffer_append_byte(out, ']') : s;
}

/* "key":value, or [key,value]. */
static FlowStatus put_entry(Buffer *out, const FlowType *type, const FlowMap *map, int64_t index,
                            unsigned depth)
{
    bool is_object = type->key->kind == FLOW_STRING;
    FlowStatus s = is_object ? FLOW_OK : buffer_append_byte(out, '[');
    if (s == FLOW_OK)
        s = put_value(out, type->key, flow_map_key_at(map, index), depth);
    if (s == FLOW_OK)
        s = buffer_append_byte(out, is_object ? ':' : ',');
    if (s == FLOW_OK)
        s = put_value(out, type->item, flow_map_value_at(map, index), depth);
    return s == FLOW_OK && !is_object ? buffer_append_byte(out, ']') : s;
}

static FlowStatus put_map(Buffer *out, const FlowType *type, const FlowMap *map, unsigned depth)
{
    bool is_object = type->key->kind == FLOW_STRING;
    FlowStatus s = buffer_append_byte(out, is_object ? '{' : '[');
    for (int64_t i = 0; s == FLOW_OK && i < flow_map_len(map); i++) {
        s = put_comma(out, i > 0);
        if (s == FLOW_OK)
            s = put_entry(out, type, map, i, depth);
    }
    return s == FLOW_OK ? buffer_append_byte(out, is_object ? '}' : ']') : s;
}

static bool has_name(const FlowField *field)
{
    return field->name && *field->name;
}

static FlowStatus put_fields(Buffer *out, const FlowType *type, const void *value, unsigned depth)
{
    bool is_object =
        type->kind == FLOW_STRUCT || (type->field_count > 0 && has_name(&type->fields[0]));
    FlowStatus s = buffer_append_byte(out, is_object ? '{' : '[');
    for (uint32_t i = 0; s == FLOW_OK && i < type->field_count; i++) {
        const FlowField *field = &type->fields[i];
        s = put_comma(out, i > 0);
        if (s == FLOW_OK && is_object)
            s = put_text(out, field->name);
        if (s == FLOW_OK && is_object)
            s = buffer_append_byte(out, ':');
        if (s == FLOW_OK)
            s = put_value(out, field->type, (const char *)value + field->offset, depth);
    }
    return s == FLOW_OK ? buffer_append_byte(out, is_object ? '}' : ']') : s;
}

/* some(none) would read as none: an option of an option is [x]. */
static FlowStatus put_option(Buffer *out, const FlowType *type, const void *value, unsigned depth)
{
    const void *payload = flow_option_get(type, value);
    if (!payload)
        return buffer_append_text(out, "null");
    bool wraps = type->item->kind == FLOW_OPTION;
    FlowStatus s = wraps ? buffer_append_byte(out, '[') : FLOW_OK;
    if (s == FLOW_OK)
        s = put_value(out, type->item, payload, depth);
    return s == FLOW_OK && wraps ? buffer_append_byte(out, ']') : s;
}

/* "Empty", or {"Circle":[2.0]}. */
static FlowStatus put_case(Buffer *out, const FlowType *type, const void *value, unsigned depth)
{
    const FlowField *one = flow_enum_case(type, value);
    if (one->type->field_count == 0)
        return put_text(out, one->name);
    FlowStatus s = buffer_append_byte(out, '{');
    if (s == FLOW_OK)
        s = put_text(out, one->name);
    if (s == FLOW_OK)
        s = buffer_append_byte(out, ':');
    if (s == FLOW_OK)
        s = put_fields(out, one->type, (const char *)value + one->offset, depth);
    return s == FLOW_OK ? buffer_append_byte(out, '}') : s;
}

/* A list of rows. */
static FlowStatus put_matrix(Buffer *out, const FlowMatrix *m)
{
    FlowStatus s = buffer_append_byte(out, '[');
    for (int64_t i = 0; s == FLOW_OK && i < m->rows; i++) {
        s = buffer_append_text(out, i > 0 ? ",[" : "[");
        for (int64_t j = 0; s == FLOW_OK && j < m->cols; j++) {
            s = put_comma(out, j > 0);
            if (s == FLOW_OK)
                s = put_float(out, ((const double *)m->items->items)[i * m->cols + j]);
        }
        if (s == FLOW_OK)
            s = buffer_append_byte(out, ']');
    }
    return s == FLOW_OK ? buffer_append_byte(out, ']') : s;
}

static FlowStatus put_value(Buffer *out, const FlowType *type, const void *value, unsigned depth)
{
    void *pointer = NULL;
    if (depth > VALUE_DEPTH_MAX)
        return FLOW_EFORMAT;
    if (type->size >= sizeof pointer)
        memcpy(&pointer, value, sizeof pointer);
    switch (type->kind) {
    case FLOW_UNIT: return buffer_append_text(out, "null");
    case FLOW_INT:
    case FLOW_SIZE: return buffer_printf(out, "%" PRId64, *(const int64_t *)value);
    case FLOW_FLOAT: return put_float(out, *(const double *)value);
    case FLOW_BOOL: return buffer_append_text(out, *(const bool *)value ? "true" : "false");
    case FLOW_DURATION: return put_seconds(out, *(const int64_t *)value);
    case FLOW_TIME: return put_time(out, *(const int64_t *)value);
    case FLOW_STRING: return put_string(out, pointer);
    case FLOW_BYTES: return put_base64(out, pointer);
    case FLOW_JSON: return json_write(out, pointer);
    case FLOW_SECRET: return buffer_append_text(out, "null");
    case FLOW_LIST: return put_list(out, type->item, pointer, depth + 1);
    case FLOW_MAP: return put_map(out, type, pointer, depth + 1);
    case FLOW_OPTION: return put_option(out, type, value, depth + 1);
    case FLOW_ENUM: return put_case(out, type, value, depth + 1);
    case FLOW_TUPLE:
    case FLOW_STRUCT:
        return type_is_matrix(type) ? put_matrix(out, value)
                                    : put_fields(out, type, value, depth + 1);
    case FLOW_CLOSURE: return put_text(out, type->name);
    }
    return FLOW_EFORMAT;
}

FlowStatus value_write_json(const FlowType *type, const void *value, Buffer *out)
{
    size_t before = out->len;
    FlowStatus s = put_value(out, type, value, 0);
    if (s != FLOW_OK)
        out->len = before;
    return s;
}

FlowStatus value_write_json_range(Buffer *out, int64_t start, uint64_t len, int64_t step)
{
    return buffer_printf(out, "{\"start\":%" PRId64 ",\"len\":%" PRIu64 ",\"step\":%" PRId64 "}",
                         start, len, step);
}
