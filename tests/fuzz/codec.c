/* SPDX-License-Identifier: Apache-2.0 */
/* codec.c - fuzzes what reads values: from CBOR, from a command line, and from JSON.
 *
 * The first byte picks the type, and the case of the second half.  What was read must come back
 * from its own encoding and from its own JSON, and print. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "types.h"
#include "value/codec.h"
#include "value/json_tree.h"

typedef union Value {
    max_align_t align;
    char bytes[FUZZ_VALUE_BYTES];
} Value;

/* Numbers of JSON have 53 bits: seconds of a long duration come back to so many. */
static bool is_same(const FlowType *type, const Value *a, const Value *b)
{
    if (type->kind != FLOW_DURATION)
        return flow_value_compare(type, a, b) == 0;
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return fabs((double)x - (double)y) <= fabs((double)x) * 0x1p-52;
}

/* To JSON, and from there to the same value. */
static void go_through_json(const FlowType *type, const Value *value)
{
    Buffer text = {0};
    Value again = {0};
    FlowJson *json = NULL;
    FlowError err;
    fuzz_assert(value_write_json(type, value, &text) == FLOW_OK);
    FlowStatus s = json_parse((const char *)text.bytes, text.len, &json, &err);
    if (s == FLOW_OK)
        s = value_of_json(type, json, &again, &err);
    if (s != FLOW_OK)
        fprintf(stderr, "%.*s: %s\n", (int)text.len, (const char *)text.bytes, err.message);
    fuzz_assert(s == FLOW_OK);
    fuzz_assert(is_same(type, value, &again));
    flow_value_release(type, &again);
    flow_json_release(json);
    buffer_free(&text);
}

/* Encodes, decodes and encodes again: the bytes are the same. */
static void go_round(const FlowType *type, const Value *value)
{
    Buffer first = {0}, second = {0};
    Value again = {0};
    FlowError err;
    fuzz_assert(value_encode(type, value, &first, &err) == FLOW_OK);
    FlowStatus s = value_decode(type, first.bytes, first.len, &again, &err);
    if (s != FLOW_OK)
        fprintf(stderr, "%s\n", err.message);
    fuzz_assert(s == FLOW_OK);
    fuzz_assert(flow_value_compare(type, value, &again) == 0);
    fuzz_assert(value_encode(type, &again, &second, &err) == FLOW_OK);
    fuzz_assert(first.len == second.len);
    fuzz_assert(first.len == 0 || memcmp(first.bytes, second.bytes, first.len) == 0);
    flow_value_release(type, &again);
    buffer_free(&first);
    buffer_free(&second);
}

static bool is_zero(const Value *value)
{
    static const Value zero;
    return memcmp(value, &zero, sizeof zero) == 0;
}

static FlowStatus read_text(const FlowType *type, const uint8_t *data, size_t size, Value *out)
{
    FlowError err = {0};
    char *text = malloc(size + 1);
    fuzz_assert(text);
    memcpy(text, data, size);
    text[size] = '\0';
    FlowStatus s = value_parse(type, text, out, &err);
    fuzz_assert(s == FLOW_OK || err.message[0]);
    free(text);
    return s;
}

/* A range takes no room however long it is, but to write one of 2^60 down has no end.  Whether the
 * bytes may hold one whose start or length has more than two bytes. */
static bool has_long_range(const uint8_t *data, size_t size)
{
    static const uint8_t tag[] = {0xd9, 0xea, 0x6a};
    enum { HEADS = 12, FOUR_BYTES = 0x1a, EIGHT_BYTES = 0x1b };
    for (size_t i = 0; i + sizeof tag <= size; i++) {
        if (memcmp(data + i, tag, sizeof tag) != 0)
            continue;
        for (size_t k = i + sizeof tag; k < size && k < i + sizeof tag + HEADS; k++)
            if (data[k] == FOUR_BYTES || data[k] == EIGHT_BYTES)
                return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const FlowType *type = fuzz_types[data[0] / 2 % fuzz_type_count];
    bool is_long = has_long_range(data, size);
    if (is_long && type->kind == FLOW_MAP)
        return 0; /* keys are hashed element by element */
    Value value = {0};
    FlowError err = {0};
    fuzz_assert(type->size <= sizeof value);
    FlowStatus s = data[0] % 2 ? read_text(type, data + 1, size - 1, &value)
                               : value_decode(type, data + 1, size - 1, &value, &err);
    if (s == FLOW_OK && !is_long) {
        go_through_json(type, &value);
        go_round(type, &value);
    }
    if (s == FLOW_OK)
        flow_value_release(type, &value);
    fuzz_assert(is_zero(&value));
    return 0;
}
