/* SPDX-License-Identifier: Apache-2.0 */
/* cbor_json.c - CBOR as JSON by what it says of itself, for values whose type is not known.
 *
 * A struct is an array of its fields, a duration a number of nanoseconds: names and units are the
 * type's.  The bytes are not trusted. */
#include <cbor.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "value/cbor_tags.h"
#include "value/codec.h"
#include "value/number.h"
#include "value/utf8.h"

enum { DEPTH_MAX = 1000 };

static FlowStatus put_item(Buffer *out, const cbor_item_t *item, unsigned depth);

static FlowStatus put_comma(Buffer *out, bool wanted)
{
    return wanted ? buffer_append_byte(out, ',') : FLOW_OK;
}

static FlowStatus put_float(Buffer *out, double x)
{
    char text[NUMBER_TEXT_MAX];
    size_t len = number_write_float(x, text);
    return isfinite(x) ? buffer_append(out, text, len) : value_write_json_string(out, text, len);
}

static FlowStatus put_string(Buffer *out, const cbor_item_t *item)
{
    const char *text = (const char *)cbor_string_handle(item);
    size_t len = cbor_string_length(item);
    if (!cbor_string_is_definite(item) || !utf8_is_valid(text, len))
        return FLOW_EFORMAT;
    return value_write_json_string(out, text, len);
}

static FlowStatus put_hex(Buffer *out, const cbor_item_t *item)
{
    if (!cbor_bytestring_is_definite(item))
        return FLOW_EFORMAT;
    FlowStatus s = buffer_append_byte(out, '"');
    for (size_t i = 0; s == FLOW_OK && i < cbor_bytestring_length(item); i++)
        s = buffer_printf(out, "%02x", cbor_bytestring_handle(item)[i]);
    return s == FLOW_OK ? buffer_append_byte(out, '"') : s;
}

static FlowStatus put_array(Buffer *out, const cbor_item_t *item, unsigned depth)
{
    FlowStatus s = buffer_append_byte(out, '[');
    for (size_t i = 0; s == FLOW_OK && i < cbor_array_size(item); i++) {
        s = put_comma(out, i > 0);
        if (s == FLOW_OK)
            s = put_item(out, cbor_array_handle(item)[i], depth);
    }
    return s == FLOW_OK ? buffer_append_byte(out, ']') : s;
}

static bool has_text_keys(const cbor_item_t *item)
{
    for (size_t i = 0; i < cbor_map_size(item); i++)
        if (!cbor_isa_string(cbor_map_handle(item)[i].key))
            return false;
    return true;
}

static FlowStatus put_map(Buffer *out, const cbor_item_t *item, unsigned depth)
{
    bool is_object = has_text_keys(item);
    FlowStatus s = buffer_append_byte(out, is_object ? '{' : '[');
    for (size_t i = 0; s == FLOW_OK && i < cbor_map_size(item); i++) {
        const struct cbor_pair *pair = &cbor_map_handle(item)[i];
        s = put_comma(out, i > 0);
        if (s == FLOW_OK && !is_object)
            s = buffer_append_byte(out, '[');
        if (s == FLOW_OK)
            s = put_item(out, pair->key, depth);
        if (s == FLOW_OK)
            s = buffer_append_byte(out, is_object ? ':' : ',');
        if (s == FLOW_OK)
            s = put_item(out, pair->value, depth);
        if (s == FLOW_OK && !is_object)
            s = buffer_append_byte(out, ']');
    }
    return s == FLOW_OK ? buffer_append_byte(out, is_object ? '}' : ']') : s;
}

/* Numbers of eight bytes, little-endian, as this machine has them. */
static FlowStatus put_numbers(Buffer *out, const cbor_item_t *bytes, bool is_float)
{
    size_t count = cbor_bytestring_length(bytes) / 8;
    FlowStatus s = buffer_append_byte(out, '[');
    for (size_t i = 0; s == FLOW_OK && i < count; i++) {
        int64_t whole;
        double x;
        memcpy(&whole, cbor_bytestring_handle(bytes) + 8 * i, sizeof whole);
        memcpy(&x, &whole, sizeof x);
        s = put_comma(out, i > 0);
        if (s == FLOW_OK)
            s = is_float ? put_float(out, x) : buffer_printf(out, "%" PRId64, whole);
    }
    return s == FLOW_OK ? buffer_append_byte(out, ']') : s;
}

static bool read_int(const cbor_item_t *item, int64_t *out)
{
    if (!cbor_is_int(item))
        return false;
    uint64_t size = cbor_get_int(item);
    *out = cbor_isa_negint(item) ? (int64_t)~size : (int64_t)size;
    return size <= INT64_MAX;
}

static FlowStatus put_range(Buffer *out, const cbor_item_t *parts, unsigned depth)
{
    int64_t number[3];
    bool good = cbor_isa_array(parts) && cbor_array_size(parts) == 3;
    for (size_t i = 0; good && i < 3; i++)
        good = read_int(cbor_array_handle(parts)[i], &number[i]);
    if (!good || number[1] < 0)
        return put_item(out, parts, depth);
    if (number[1] > VALUE_RANGE_MOST)
        return value_write_json_range(out, number[0], (uint64_t)number[1], number[2]);
    FlowStatus s = buffer_append_byte(out, '[');
    uint64_t at = (uint64_t)number[0];
    for (int64_t i = 0; s == FLOW_OK && i < number[1]; i++, at += (uint64_t)number[2])
        s = buffer_printf(out, "%s%" PRId64, i > 0 ? "," : "", (int64_t)at);
    return s == FLOW_OK ? buffer_append_byte(out, ']') : s;
}

static FlowStatus put_tagged(Buffer *out, const cbor_item_t *item, unsigned depth)
{
    uint64_t tag = cbor_tag_value(item);
    cbor_item_t *inner = cbor_tag_item(item); /* a reference of our own */
    FlowStatus s;
    bool is_array = cbor_isa_bytestring(inner) && cbor_bytestring_is_definite(inner);
    if (is_array && (tag == CBOR_TAG_INT64_LE || tag == CBOR_TAG_FLOAT64_LE))
        s = put_numbers(out, inner, tag == CBOR_TAG_FLOAT64_LE);
    else if (tag == CBOR_TAG_RANGE)
        s = put_range(out, inner, depth);
    else
        s = put_item(out, inner, depth);
    cbor_decref(&inner);
    return s;
}

static FlowStatus put_special(Buffer *out, const cbor_item_t *item)
{
    if (cbor_is_float(item))
        return put_float(out, cbor_float_get_float(item));
    if (cbor_is_bool(item))
        return buffer_append_text(out, cbor_get_bool(item) ? "true" : "false");
    return buffer_append_text(out, "null");
}

static FlowStatus put_item(Buffer *out, const cbor_item_t *item, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return FLOW_EFORMAT;
    switch (cbor_typeof(item)) {
    case CBOR_TYPE_UINT: return buffer_printf(out, "%" PRIu64, cbor_get_int(item));
    case CBOR_TYPE_NEGINT:
        return cbor_get_int(item) > INT64_MAX
                   ? FLOW_EFORMAT
                   : buffer_printf(out, "%" PRId64, (int64_t)~cbor_get_int(item));
    case CBOR_TYPE_BYTESTRING: return put_hex(out, item);
    case CBOR_TYPE_STRING: return put_string(out, item);
    case CBOR_TYPE_ARRAY: return put_array(out, item, depth + 1);
    case CBOR_TYPE_MAP: return put_map(out, item, depth + 1);
    case CBOR_TYPE_TAG: return put_tagged(out, item, depth + 1);
    case CBOR_TYPE_FLOAT_CTRL: return put_special(out, item);
    }
    return FLOW_EFORMAT;
}

FlowStatus cbor_to_json(const void *bytes, size_t len, Buffer *out, FlowError *err)
{
    struct cbor_load_result result;
    size_t before = out->len;
    cbor_item_t *item = cbor_load(bytes, len, &result);
    FlowStatus s = item && result.read == len ? put_item(out, item, 0) : FLOW_EFORMAT;
    if (item)
        cbor_decref(&item);
    if (s == FLOW_OK)
        return s;
    out->len = before;
    if (s == FLOW_ENOMEM || (!item && result.error.code == CBOR_ERR_MEMERROR))
        return flow_error(err, FLOW_ENOMEM, "out of memory while a stored value was read");
    return flow_error(err, s, "%zu stored bytes are no value: they are damaged", len);
}
