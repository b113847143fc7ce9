/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c - CBOR to values, driven by the type.
 *
 * The bytes are not trusted.  libcbor reads one head at a time, into a Head; we decide by the
 * type whether it may stand here.  No room is made for what a length claims before its bytes are
 * seen: every item takes at least one byte, and lists grow as their items arrive. */
#include <math.h>
#include <string.h>

#include <cbor.h>
#include <flow/value.h>

#include "value/cbor_tags.h"
#include "value/codec.h"
#include "value/json_tree.h"
#include "value/list.h"
#include "value/matrix.h"
#include "value/text.h"
#include "value/utf8.h"

enum { MESSAGE_MAX = 120 };

typedef enum HeadKind {
    HEAD_OTHER,
    HEAD_UINT,
    HEAD_NEGINT,
    HEAD_FLOAT,
    HEAD_BOOL,
    HEAD_NULL,
    HEAD_TEXT,
    HEAD_BYTES,
    HEAD_ARRAY,
    HEAD_MAP,
    HEAD_TAG
} HeadKind;

typedef struct Head {
    HeadKind kind;
    uint64_t number; /* the integer, bool, tag, or how many follow */
    double real;
    const uint8_t *bytes;
} Head;

typedef struct Reader {
    const uint8_t *at, *end;
    unsigned depth;
    char wrong[MESSAGE_MAX]; /* what was found that should not be there */
} Reader;

static FlowStatus get_value(Reader *r, const FlowType *type, void *out);

/* ---- heads --------------------------------------------------------------- */

/* One line a callback. */
/* clang-format off */
static void on_uint8(void *h, uint8_t x) { *(Head *)h = (Head){HEAD_UINT, .number = x}; }
static void on_uint16(void *h, uint16_t x) { *(Head *)h = (Head){HEAD_UINT, .number = x}; }
static void on_uint32(void *h, uint32_t x) { *(Head *)h = (Head){HEAD_UINT, .number = x}; }
static void on_uint64(void *h, uint64_t x) { *(Head *)h = (Head){HEAD_UINT, .number = x}; }
static void on_negint8(void *h, uint8_t x) { *(Head *)h = (Head){HEAD_NEGINT, .number = x}; }
static void on_negint16(void *h, uint16_t x) { *(Head *)h = (Head){HEAD_NEGINT, .number = x}; }
static void on_negint32(void *h, uint32_t x) { *(Head *)h = (Head){HEAD_NEGINT, .number = x}; }
static void on_negint64(void *h, uint64_t x) { *(Head *)h = (Head){HEAD_NEGINT, .number = x}; }
static void on_float(void *h, float x) { *(Head *)h = (Head){HEAD_FLOAT, .real = x}; }
static void on_double(void *h, double x) { *(Head *)h = (Head){HEAD_FLOAT, .real = x}; }
static void on_bool(void *h, bool x) { *(Head *)h = (Head){HEAD_BOOL, .number = x}; }
static void on_null(void *h) { *(Head *)h = (Head){HEAD_NULL}; }
static void on_array(void *h, size_t n) { *(Head *)h = (Head){HEAD_ARRAY, .number = n}; }
static void on_map(void *h, size_t n) { *(Head *)h = (Head){HEAD_MAP, .number = n}; }
static void on_tag(void *h, uint64_t tag) { *(Head *)h = (Head){HEAD_TAG, .number = tag}; }
static void on_text(void *h, cbor_data bytes, size_t n)
{
    *(Head *)h = (Head){HEAD_TEXT, .number = n, .bytes = bytes};
}
static void on_bytes(void *h, cbor_data bytes, size_t n)
{
    *(Head *)h = (Head){HEAD_BYTES, .number = n, .bytes = bytes};
}
static void on_other(void *h) { *(Head *)h = (Head){HEAD_OTHER}; }
/* clang-format on */

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .boolean = on_bool,
    .null = on_null,
    .string = on_text,
    .byte_string = on_bytes,
    .array_start = on_array,
    .map_start = on_map,
    .tag = on_tag,
    .undefined = on_other,
    .indef_break = on_other,
    .string_start = on_other,
    .byte_string_start = on_other,
    .indef_array_start = on_other,
    .indef_map_start = on_other,
};

static FlowStatus wrong(Reader *r, const char *what)
{
    if (!r->wrong[0]) {
        size_t len = strnlen(what, sizeof r->wrong - 1);
        memcpy(r->wrong, what, len);
        r->wrong[len] = '\0';
    }
    return FLOW_EFORMAT;
}

static FlowStatus get_head(Reader *r, Head *out)
{
    *out = (Head){HEAD_OTHER};
    struct cbor_decoder_result result =
        cbor_stream_decode(r->at, (size_t)(r->end - r->at), &callbacks, out);
    if (result.status == CBOR_DECODER_NEDATA)
        return wrong(r, "they end too early");
    if (result.status != CBOR_DECODER_FINISHED)
        return wrong(r, "they are not well-formed CBOR");
    r->at += result.read;
    return FLOW_OK;
}

static FlowStatus get_head_of(Reader *r, HeadKind kind, const char *expected, Head *out)
{
    FlowStatus s = get_head(r, out);
    return s != FLOW_OK || out->kind == kind ? s : wrong(r, expected);
}

/* ---- scalars ------------------------------------------------------------- */

static FlowStatus get_int(Reader *r, int64_t *out)
{
    Head head;
    FlowStatus s = get_head(r, &head);
    if (s != FLOW_OK)
        return s;
    if ((head.kind != HEAD_UINT && head.kind != HEAD_NEGINT) || head.number > INT64_MAX)
        return wrong(r, "an integer of 64 bits was expected");
    *out = head.kind == HEAD_UINT ? (int64_t)head.number : ~(int64_t)head.number;
    return FLOW_OK;
}

static FlowStatus get_float(Reader *r, double *out)
{
    Head head;
    FlowStatus s = get_head_of(r, HEAD_FLOAT, "a float was expected", &head);
    if (s == FLOW_OK)
        *out = head.real;
    return s;
}

static FlowStatus get_bool(Reader *r, bool *out)
{
    Head head;
    FlowStatus s = get_head_of(r, HEAD_BOOL, "true or false was expected", &head);
    if (s == FLOW_OK)
        *out = head.number != 0;
    return s;
}

static FlowStatus get_string(Reader *r, FlowString **out)
{
    Head head;
    FlowStatus s = get_head_of(r, HEAD_TEXT, "text was expected", &head);
    if (s != FLOW_OK)
        return s;
    if (!utf8_is_valid((const char *)head.bytes, head.number))
        return wrong(r, "a text is not valid UTF-8");
    return flow_string_new(NULL, (const char *)head.bytes, head.number, out);
}

static FlowStatus get_bytes(Reader *r, FlowString **out)
{
    Head head;
    FlowStatus s = get_head_of(r, HEAD_BYTES, "bytes were expected", &head);
    return s == FLOW_OK ? flow_string_new(NULL, (const char *)head.bytes, head.number, out) : s;
}

/* ---- json ---------------------------------------------------------------- */

static FlowStatus get_node(Reader *r, TreeBuilder *b);

static FlowStatus get_text(Reader *r, const Head *head, TreeBuilder *b, TreeAdder *add)
{
    if (!utf8_is_valid((const char *)head->bytes, head->number))
        return wrong(r, "a text is not valid UTF-8");
    return add(b, (const char *)head->bytes, head->number);
}

static FlowStatus get_nodes(Reader *r, const Head *head, TreeBuilder *b)
{
    bool is_map = head->kind == HEAD_MAP;
    TreeOpen open = tree_open(b);
    FlowStatus s = FLOW_OK;
    if (r->depth++ == VALUE_DEPTH_MAX)
        return wrong(r, "they are nested too deeply");
    for (uint64_t i = 0; s == FLOW_OK && i < head->number; i++) {
        Head name;
        if (is_map)
            s = get_head_of(r, HEAD_TEXT, "the name of a json's entry was expected", &name);
        if (s == FLOW_OK && is_map)
            s = get_text(r, &name, b, tree_add_name);
        if (s == FLOW_OK)
            s = get_node(r, b);
    }
    r->depth--;
    return s == FLOW_OK ? tree_close(b, open, is_map ? JSON_MAP : JSON_LIST) : s;
}

static FlowStatus get_node(Reader *r, TreeBuilder *b)
{
    Head head;
    FlowStatus s = get_head(r, &head);
    if (s != FLOW_OK)
        return s;
    switch (head.kind) {
    case HEAD_NULL: return tree_add_null(b);
    case HEAD_BOOL: return tree_add_bool(b, head.number != 0);
    case HEAD_FLOAT: return tree_add_float(b, head.real);
    case HEAD_TEXT: return get_text(r, &head, b, tree_add_string);
    case HEAD_UINT:
    case HEAD_NEGINT:
        if (head.number > INT64_MAX)
            return wrong(r, "an integer of 64 bits was expected");
        return tree_add_int(b, head.kind == HEAD_UINT ? (int64_t)head.number
                                                      : ~(int64_t)head.number);
    case HEAD_ARRAY:
    case HEAD_MAP: return get_nodes(r, &head, b);
    default: return wrong(r, "json was expected");
    }
}

static FlowStatus get_json(Reader *r, FlowJson **out)
{
    TreeBuilder b = {0};
    FlowStatus s = get_node(r, &b);
    if (s == FLOW_OK)
        s = tree_finish(&b, out);
    tree_builder_free(&b);
    return s;
}

static FlowStatus get_secret(Reader *r)
{
    Head head;
    return get_head_of(r, HEAD_NULL, "null was expected", &head);
}

/* ---- lists --------------------------------------------------------------- */

static FlowStatus get_range(Reader *r, FlowList **out)
{
    Head head;
    int64_t start, len, step;
    FlowStatus s = get_head_of(r, HEAD_ARRAY, "a range was expected", &head);
    if (s == FLOW_OK && head.number != 3)
        s = wrong(r, "a range is not [start, len, step]");
    if (s == FLOW_OK)
        s = get_int(r, &start);
    if (s == FLOW_OK)
        s = get_int(r, &len);
    if (s == FLOW_OK)
        s = get_int(r, &step);
    if (s != FLOW_OK)
        return s;
    s = len < 0 ? FLOW_FAIL : flow_list_range(NULL, start, len, step, out);
    return s == FLOW_FAIL ? wrong(r, "a range does not fit in 64 bits") : s;
}

static FlowStatus get_words(Reader *r, const FlowType *item, FlowList **out)
{
    Head head;
    FlowStatus s = get_head_of(r, HEAD_BYTES, "a typed array was expected", &head);
    if (s != FLOW_OK)
        return s;
    if (head.number % sizeof(uint64_t) != 0)
        return wrong(r, "a typed array is no multiple of 8 bytes");
    size_t len = head.number / sizeof(uint64_t);
    s = flow_list_new(NULL, item, len, len, out);
    for (size_t i = 0; s == FLOW_OK && i < len; i++) {
        uint64_t word = bytes_get_u64(head.bytes + i * sizeof word);
        memcpy((char *)(*out)->items + i * sizeof word, &word, sizeof word);
    }
    return s;
}

static FlowStatus get_tagged_list(Reader *r, const FlowType *item, FlowList **out)
{
    Head head;
    FlowStatus s = get_head_of(r, HEAD_TAG, "a typed array was expected", &head);
    if (s != FLOW_OK)
        return s;
    if (head.number == CBOR_TAG_RANGE && item->kind == FLOW_INT)
        return get_range(r, out);
    if (head.number != cbor_array_tag(item))
        return wrong(r, "a typed array holds other numbers");
    return get_words(r, item, out);
}

static FlowStatus get_list(Reader *r, const FlowType *item, FlowList **out)
{
    if (cbor_array_tag(item))
        return get_tagged_list(r, item, out);
    Head head;
    FlowStatus s = get_head_of(r, HEAD_ARRAY, "a list was expected", &head);
    if (s == FLOW_OK && head.number > (size_t)(r->end - r->at))
        s = wrong(r, "a list claims more items than there are bytes");
    for (uint64_t i = 0; s == FLOW_OK && i < head.number; i++) {
        void *slot;
        s = list_grow(NULL, out, item, &slot);
        if (s == FLOW_OK)
            s = get_value(r, item, slot);
    }
    return s;
}

/* ---- maps ---------------------------------------------------------------- */

static FlowStatus get_entry(Reader *r, const FlowType *type, void *key, FlowMap **out)
{
    void *value;
    FlowStatus s = get_value(r, type->key, key);
    if (s == FLOW_OK && flow_map_find(*out, type, key))
        s = wrong(r, "a map holds a key twice");
    if (s == FLOW_OK)
        s = flow_map_slot(NULL, out, type, key, true, &value);
    return s == FLOW_OK ? get_value(r, type->item, value) : s;
}

static FlowStatus get_map(Reader *r, const FlowType *type, FlowMap **out)
{
    Head head;
    FlowStatus s = get_head_of(r, HEAD_MAP, "a map was expected", &head);
    if (s == FLOW_OK && head.number > (size_t)(r->end - r->at) / 2)
        s = wrong(r, "a map claims more entries than there are bytes");
    if (s != FLOW_OK || head.number == 0)
        return s;
    /* A list of one holds the key: it is zeroed, aligned, and released with what it holds. */
    FlowList *room = NULL;
    s = flow_list_new(NULL, type->key, 1, 1, &room);
    for (uint64_t i = 0; s == FLOW_OK && i < head.number; i++) {
        s = get_entry(r, type, room->items, out);
        flow_value_release(type->key, room->items);
    }
    flow_list_release(room);
    return s;
}

/* ---- the rest ------------------------------------------------------------ */

static FlowStatus get_option(Reader *r, const FlowType *type, void *out)
{
    Head head;
    const uint8_t *before = r->at;
    FlowStatus s = get_head(r, &head);
    if (s != FLOW_OK || head.kind == HEAD_NULL)
        return s;
    if (!cbor_wraps_some(type))
        r->at = before;
    else if (head.kind != HEAD_ARRAY || head.number != 1)
        return wrong(r, "an optional value is not [x]");
    void *payload;
    s = flow_option_make(NULL, type, out, &payload);
    return s == FLOW_OK ? get_value(r, type->item, payload) : s;
}

static const FlowField *find_case(const FlowType *type, const Head *name)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        const FlowField *one = &type->fields[i];
        if (strlen(one->name) == name->number && memcmp(one->name, name->bytes, name->number) == 0)
            return one;
    }
    return NULL;
}

static FlowStatus get_case(Reader *r, const FlowType *type, void *out)
{
    Head head, name;
    FlowStatus s = get_head_of(r, HEAD_ARRAY, "a case of an enum was expected", &head);
    if (s == FLOW_OK)
        s = get_head_of(r, HEAD_TEXT, "the name of a case was expected", &name);
    if (s != FLOW_OK)
        return s;
    const FlowField *one = find_case(type, &name);
    if (!one)
        return wrong(r, "an enum has no such case");
    if (head.number != 1 + (uint64_t)one->type->field_count)
        return wrong(r, "the number of a case's values differs");
    *(int64_t *)out = one - type->fields;
    for (uint32_t i = 0; s == FLOW_OK && i < one->type->field_count; i++) {
        const FlowField *field = &one->type->fields[i];
        s = get_value(r, field->type, (char *)out + one->offset + field->offset);
    }
    return s;
}

static FlowStatus get_fields(Reader *r, const FlowType *type, void *out)
{
    Head head;
    FlowStatus s = get_head_of(r, HEAD_ARRAY, "an array of fields was expected", &head);
    if (s == FLOW_OK && head.number != type->field_count)
        s = wrong(r, "the number of fields differs");
    for (uint32_t i = 0; s == FLOW_OK && i < type->field_count; i++)
        s = get_value(r, type->fields[i].type, (char *)out + type->fields[i].offset);
    if (s == FLOW_OK && type_is_matrix(type) && !matrix_is_sound(out))
        s = wrong(r, "a matrix has another number of elements than its rows and columns");
    return s;
}

static FlowStatus get_nested(Reader *r, const FlowType *type, void *out)
{
    switch (type->kind) {
    case FLOW_LIST: return get_list(r, type->item, out);
    case FLOW_MAP: return get_map(r, type, out);
    case FLOW_OPTION: return get_option(r, type, out);
    case FLOW_ENUM: return get_case(r, type, out);
    default: return get_fields(r, type, out);
    }
}

static FlowStatus get_unit(Reader *r)
{
    Head head;
    return get_head_of(r, HEAD_NULL, "null was expected", &head);
}

static FlowStatus get_value(Reader *r, const FlowType *type, void *out)
{
    switch (type->kind) {
    case FLOW_UNIT: return get_unit(r);
    case FLOW_INT:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return get_int(r, out);
    case FLOW_FLOAT: return get_float(r, out);
    case FLOW_BOOL: return get_bool(r, out);
    case FLOW_STRING: return get_string(r, out);
    case FLOW_BYTES: return get_bytes(r, out);
    case FLOW_JSON: return get_json(r, out);
    case FLOW_SECRET: return get_secret(r);
    case FLOW_CLOSURE: return wrong(r, "a function cannot be stored");
    default: break;
    }
    if (r->depth == VALUE_DEPTH_MAX)
        return wrong(r, "they are nested too deeply");
    r->depth++;
    FlowStatus s = get_nested(r, type, out);
    r->depth--;
    return s;
}

FlowStatus value_decode(const FlowType *type, const void *bytes, size_t len, void *out,
                        FlowError *err)
{
    Reader r = {.at = bytes, .end = (const uint8_t *)bytes + len};
    FlowStatus s = get_value(&r, type, out);
    if (s == FLOW_OK && r.at != r.end)
        s = wrong(&r, "there are bytes after their end");
    if (s == FLOW_OK)
        return FLOW_OK;
    flow_value_release(type, out);
    if (s == FLOW_ENOMEM)
        return flow_error(err, s, "out of memory while a value of type %s was read", type->name);
    return flow_error(err, FLOW_EFORMAT, "%zu stored bytes are no %s: %s", len, type->name,
                      r.wrong);
}
