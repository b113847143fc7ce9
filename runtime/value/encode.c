/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c - values to CBOR; codec.h says what becomes what. */
#include <string.h>

#include <cbor.h>
#include <flow/value.h>

#include "value/cbor_tags.h"
#include "value/codec.h"
#include "value/json_tree.h"
#include "value/list.h"
#include "value/text.h"

enum { HEAD_MAX = 9 };

static FlowStatus put_value(Buffer *out, const FlowType *type, const void *value, unsigned depth);

/* Room for one head, which an encoder of libcbor then fills. */
static unsigned char *head(Buffer *out)
{
    return buffer_reserve(out, HEAD_MAX) == FLOW_OK ? out->bytes + out->len : NULL;
}

static FlowStatus advance(Buffer *out, size_t written)
{
    out->len += written;
    return FLOW_OK;
}

typedef size_t (*HeadEncoder)(size_t, unsigned char *, size_t);

static FlowStatus put_head(Buffer *out, HeadEncoder encoder, size_t number)
{
    unsigned char *at = head(out);
    return at ? advance(out, encoder(number, at, HEAD_MAX)) : FLOW_ENOMEM;
}

static FlowStatus put_tag(Buffer *out, uint64_t tag)
{
    unsigned char *at = head(out);
    return at ? advance(out, cbor_encode_tag(tag, at, HEAD_MAX)) : FLOW_ENOMEM;
}

static FlowStatus put_int(Buffer *out, int64_t x)
{
    unsigned char *at = head(out);
    if (!at)
        return FLOW_ENOMEM;
    return advance(out, x < 0 ? cbor_encode_negint(~(uint64_t)x, at, HEAD_MAX)
                              : cbor_encode_uint((uint64_t)x, at, HEAD_MAX));
}

static FlowStatus put_float(Buffer *out, double x)
{
    unsigned char *at = head(out);
    return at ? advance(out, cbor_encode_double(x, at, HEAD_MAX)) : FLOW_ENOMEM;
}

static FlowStatus put_bool(Buffer *out, bool x)
{
    unsigned char *at = head(out);
    return at ? advance(out, cbor_encode_bool(x, at, HEAD_MAX)) : FLOW_ENOMEM;
}

static FlowStatus put_null(Buffer *out)
{
    unsigned char *at = head(out);
    return at ? advance(out, cbor_encode_null(at, HEAD_MAX)) : FLOW_ENOMEM;
}

static FlowStatus put_string(Buffer *out, const FlowString *string)
{
    size_t len = flow_string_len_bytes(string);
    FlowStatus s = put_head(out, cbor_encode_string_start, len);
    return s == FLOW_OK ? buffer_append(out, flow_string_bytes(string), len) : s;
}

static FlowStatus put_bytes(Buffer *out, const FlowString *octets)
{
    size_t len = flow_string_len_bytes(octets);
    FlowStatus s = put_head(out, cbor_encode_bytestring_start, len);
    return s == FLOW_OK ? buffer_append(out, flow_string_bytes(octets), len) : s;
}

static FlowStatus put_text(Buffer *out, const char *bytes, size_t len)
{
    FlowStatus s = put_head(out, cbor_encode_string_start, len);
    return s == FLOW_OK ? buffer_append(out, bytes, len) : s;
}

/* As what it is: no deeper than what made it. */
static FlowStatus put_json(Buffer *out, const FlowJson *j)
{
    JsonView v = json_view(j);
    FlowStatus s = FLOW_OK;
    switch (v.kind) {
    case JSON_NULL: return put_null(out);
    case JSON_BOOL: return put_bool(out, v.whole != 0);
    case JSON_INT: return put_int(out, v.whole);
    case JSON_FLOAT: return put_float(out, v.real);
    case JSON_STRING: return put_text(out, v.text, v.len);
    case JSON_LIST:
    case JSON_MAP: break;
    }
    s = put_head(out, v.kind == JSON_MAP ? cbor_encode_map_start : cbor_encode_array_start, v.len);
    for (size_t i = 0; s == FLOW_OK && i < v.len; i++) {
        const FlowJson *item = json_item(j, i);
        JsonView inner = json_view(item);
        if (v.kind == JSON_MAP)
            s = put_text(out, inner.name, inner.name_len);
        if (s == FLOW_OK)
            s = put_json(out, item);
    }
    return s;
}

/* ---- lists --------------------------------------------------------------- */

static FlowStatus put_range(Buffer *out, const FlowList *range)
{
    FlowStatus s = put_tag(out, CBOR_TAG_RANGE);
    if (s == FLOW_OK)
        s = put_head(out, cbor_encode_array_start, 3);
    if (s == FLOW_OK)
        s = put_int(out, range->start);
    if (s == FLOW_OK)
        s = put_int(out, (int64_t)range->len);
    return s == FLOW_OK ? put_int(out, range->step) : s;
}

static FlowStatus put_words(Buffer *out, uint64_t tag, const FlowList *list)
{
    size_t len = (size_t)flow_list_len(list);
    FlowStatus s = put_tag(out, tag);
    if (s == FLOW_OK)
        s = put_head(out, cbor_encode_bytestring_start, len * sizeof(uint64_t));
    if (s == FLOW_OK)
        s = buffer_reserve(out, len * sizeof(uint64_t));
    for (size_t i = 0; s == FLOW_OK && i < len; i++) {
        uint64_t word;
        memcpy(&word, flow_list_peek(list, i), sizeof word);
        bytes_put_u64(out->bytes + out->len + i * sizeof word, word);
    }
    if (s == FLOW_OK)
        out->len += len * sizeof(uint64_t);
    return s;
}

static FlowStatus put_list(Buffer *out, const FlowType *item, const FlowList *list, unsigned depth)
{
    if (list && list->is_range)
        return put_range(out, list);
    uint64_t tag = cbor_array_tag(item);
    if (tag)
        return put_words(out, tag, list);
    size_t len = (size_t)flow_list_len(list);
    FlowStatus s = put_head(out, cbor_encode_array_start, len);
    for (size_t i = 0; s == FLOW_OK && i < len; i++)
        s = put_value(out, item, flow_list_peek(list, i), depth);
    return s;
}

/* ---- the rest ------------------------------------------------------------ */

static FlowStatus put_map(Buffer *out, const FlowType *type, const FlowMap *map, unsigned depth)
{
    int64_t len = flow_map_len(map);
    FlowStatus s = put_head(out, cbor_encode_map_start, (size_t)len);
    for (int64_t i = 0; s == FLOW_OK && i < len; i++) {
        s = put_value(out, type->key, flow_map_key_at(map, i), depth);
        if (s == FLOW_OK)
            s = put_value(out, type->item, flow_map_value_at(map, i), depth);
    }
    return s;
}

static FlowStatus put_option(Buffer *out, const FlowType *type, const void *value, unsigned depth)
{
    const void *payload = flow_option_get(type, value);
    if (!payload)
        return put_null(out);
    FlowStatus s = FLOW_OK;
    if (cbor_wraps_some(type))
        s = put_head(out, cbor_encode_array_start, 1);
    if (s == FLOW_OK)
        s = put_value(out, type->item, payload, depth);
    return s;
}

/* [name, values…]: by name, so that cases may come to stand in another order. */
static FlowStatus put_case(Buffer *out, const FlowType *type, const void *value, unsigned depth)
{
    const FlowField *one = flow_enum_case(type, value);
    size_t len = strlen(one->name);
    FlowStatus s = put_head(out, cbor_encode_array_start, 1 + (size_t)one->type->field_count);
    if (s == FLOW_OK)
        s = put_head(out, cbor_encode_string_start, len);
    if (s == FLOW_OK)
        s = buffer_append(out, one->name, len);
    for (uint32_t i = 0; s == FLOW_OK && i < one->type->field_count; i++) {
        const FlowField *field = &one->type->fields[i];
        s = put_value(out, field->type, (const char *)value + one->offset + field->offset, depth);
    }
    return s;
}

static FlowStatus put_fields(Buffer *out, const FlowType *type, const void *value, unsigned depth)
{
    FlowStatus s = put_head(out, cbor_encode_array_start, type->field_count);
    for (uint32_t i = 0; s == FLOW_OK && i < type->field_count; i++)
        s = put_value(out, type->fields[i].type, (const char *)value + type->fields[i].offset,
                      depth);
    return s;
}

static FlowStatus put_value(Buffer *out, const FlowType *type, const void *value, unsigned depth)
{
    void *pointer = NULL;
    if (depth > VALUE_DEPTH_MAX)
        return FLOW_FAIL;
    if (type->size >= sizeof pointer)
        memcpy(&pointer, value, sizeof pointer);
    switch (type->kind) {
    case FLOW_UNIT: return put_null(out);
    case FLOW_INT:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return put_int(out, *(const int64_t *)value);
    case FLOW_FLOAT: return put_float(out, *(const double *)value);
    case FLOW_BOOL: return put_bool(out, *(const bool *)value);
    case FLOW_STRING: return put_string(out, pointer);
    case FLOW_BYTES: return put_bytes(out, pointer);
    case FLOW_JSON: return put_json(out, pointer);
    case FLOW_SECRET: return put_null(out);
    case FLOW_LIST: return put_list(out, type->item, pointer, depth + 1);
    case FLOW_MAP: return put_map(out, type, pointer, depth + 1);
    case FLOW_OPTION: return put_option(out, type, value, depth + 1);
    case FLOW_ENUM: return put_case(out, type, value, depth + 1);
    case FLOW_TUPLE:
    case FLOW_STRUCT: return put_fields(out, type, value, depth + 1);
    case FLOW_CLOSURE: return FLOW_EFORMAT;
    }
    return FLOW_EFORMAT;
}

FlowStatus value_encode(const FlowType *type, const void *value, Buffer *out, FlowError *err)
{
    size_t before = out->len;
    FlowStatus s = put_value(out, type, value, 0);
    if (s == FLOW_OK)
        return FLOW_OK;
    out->len = before;
    if (s == FLOW_ENOMEM)
        return flow_error(err, s, "out of memory while a value of type %s was stored", type->name);
    if (s == FLOW_FAIL)
        return flow_error(err, FLOW_EFORMAT, "a value of type %s is nested too deeply to be stored",
                          type->name);
    return flow_error(err, s, "a value of type %s holds a function, which cannot be stored",
                      type->name);
}

/* ---- fixed --------------------------------------------------------------- */

bool value_is_fixed(const FlowType *type)
{
    switch (type->kind) {
    case FLOW_INT:
    case FLOW_FLOAT:
    case FLOW_BOOL:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return true;
    default: return false;
    }
}

int64_t value_fixed_get(const FlowType *type, const void *value)
{
    int64_t bits;
    if (type->kind == FLOW_BOOL)
        return *(const bool *)value;
    memcpy(&bits, value, sizeof bits);
    return bits;
}

void value_fixed_put(const FlowType *type, int64_t bits, void *out)
{
    if (type->kind == FLOW_BOOL)
        *(bool *)out = bits != 0;
    else
        memcpy(out, &bits, sizeof bits);
}
