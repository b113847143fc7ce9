/* SPDX-License-Identifier: Apache-2.0 */
/* type.c - the shared descriptors, and the walkers that retain, release, compare and hash. */
#include <math.h>
#include <string.h>

#include <flow/program.h>

#include "value/json_tree.h"
#include "value/list.h"

#define SCALAR(id, kind_, ctype, text)                                                             \
    const FlowType id = {.kind = kind_, .size = sizeof(ctype), .name = text}

const FlowType flow_type_unit = {.kind = FLOW_UNIT, .size = 0, .name = "()"};
SCALAR(flow_type_int, FLOW_INT, int64_t, "int");
SCALAR(flow_type_float, FLOW_FLOAT, double, "float");
SCALAR(flow_type_bool, FLOW_BOOL, bool, "bool");
SCALAR(flow_type_size, FLOW_SIZE, int64_t, "size");
SCALAR(flow_type_duration, FLOW_DURATION, int64_t, "duration");
SCALAR(flow_type_time, FLOW_TIME, int64_t, "time");

const FlowType flow_type_string = {
    .kind = FLOW_STRING, .size = sizeof(FlowString *), .counted = true, .name = "string"};

const FlowType flow_type_bytes = {
    .kind = FLOW_BYTES, .size = sizeof(FlowString *), .counted = true, .name = "bytes"};
const FlowType flow_type_json = {
    .kind = FLOW_JSON, .size = sizeof(FlowJson *), .counted = true, .name = "json"};
const FlowType flow_type_secret = {
    .kind = FLOW_SECRET, .size = sizeof(FlowString *), .counted = true, .name = "secret"};

#define LIST(id, item_, text)                                                                      \
    const FlowType id = {.kind = FLOW_LIST,                                                        \
                         .size = sizeof(FlowList *),                                               \
                         .counted = true,                                                          \
                         .name = text,                                                             \
                         .item = &item_}

LIST(flow_type_int_list, flow_type_int, "[int]");
LIST(flow_type_float_list, flow_type_float, "[float]");
LIST(flow_type_bool_list, flow_type_bool, "[bool]");
LIST(flow_type_string_list, flow_type_string, "[string]");

static const FlowField matrix_fields[] = {
    {"rows", &flow_type_int, offsetof(FlowMatrix, rows)},
    {"cols", &flow_type_int, offsetof(FlowMatrix, cols)},
    {"items", &flow_type_float_list, offsetof(FlowMatrix, items)},
};
const FlowType flow_type_matrix = {.kind = FLOW_STRUCT,
                                   .size = sizeof(FlowMatrix),
                                   .counted = true,
                                   .name = "matrix",
                                   .fields = matrix_fields,
                                   .field_count = 3};

static const FlowField failure_fields[] = {
    {"message", &flow_type_string, offsetof(FlowFailure, message)},
    {"why", &flow_type_string, offsetof(FlowFailure, why)},
    {"attempts", &flow_type_int, offsetof(FlowFailure, attempts)},
};
const FlowType flow_type_failure = {.kind = FLOW_STRUCT,
                                    .size = sizeof(FlowFailure),
                                    .counted = true,
                                    .name = "Failure",
                                    .fields = failure_fields,
                                    .field_count = 3};

typedef struct FailureOption {
    bool some;
    FlowFailure value;
} FailureOption;

static const FlowField failure_option_field = {"", &flow_type_failure,
                                               offsetof(FailureOption, value)};
const FlowType flow_type_failure_option = {.kind = FLOW_OPTION,
                                           .size = sizeof(FailureOption),
                                           .counted = true,
                                           .name = "Failure?",
                                           .item = &flow_type_failure,
                                           .fields = &failure_option_field,
                                           .field_count = 1};

/* ---- reading values ------------------------------------------------------ */

static const void *at(const void *value, uint32_t offset)
{
    return (const char *)value + offset;
}

static int64_t int_at(const void *value)
{
    int64_t x;
    memcpy(&x, value, sizeof x);
    return x;
}

static double float_at(const void *value)
{
    double x;
    memcpy(&x, value, sizeof x);
    return x;
}

static void *pointer_at(const void *value)
{
    void *p;
    memcpy(&p, value, sizeof p);
    return p;
}

FlowStatus flow_option_make(FlowTask *t, const FlowType *type, void *option, void **payload)
{
    if (type->field_count > 0) {
        *(bool *)option = true;
        *payload = (char *)option + type->fields[0].offset;
        return FLOW_OK;
    }
    FlowList *box = NULL;
    FlowStatus s = flow_list_new(t, type->item, 1, 1, &box);
    if (s != FLOW_OK)
        return s;
    memcpy(option, &box, sizeof box);
    *payload = box->items;
    return FLOW_OK;
}

/* ---- retain and release -------------------------------------------------- */

void flow_value_retain(const FlowType *type, const void *value)
{
    if (!type->counted)
        return;
    switch (type->kind) {
    case FLOW_STRING:
    case FLOW_BYTES:
    case FLOW_SECRET: flow_string_retain(pointer_at(value)); return;
    case FLOW_JSON: flow_json_retain(pointer_at(value)); return;
    case FLOW_LIST: flow_list_retain(pointer_at(value)); return;
    case FLOW_MAP: flow_map_retain(pointer_at(value)); return;
    case FLOW_CLOSURE: flow_closure_retain(pointer_at(value)); return;
    case FLOW_OPTION:
        if (type->field_count == 0)
            flow_list_retain(pointer_at(value));
        else if (flow_option_get(type, value))
            flow_value_retain(type->item, flow_option_get(type, value));
        return;
    case FLOW_ENUM: {
        const FlowField *one = flow_enum_case(type, value);
        flow_value_retain(one->type, at(value, one->offset));
        return;
    }
    case FLOW_TUPLE:
    case FLOW_STRUCT:
        for (uint32_t i = 0; i < type->field_count; i++)
            flow_value_retain(type->fields[i].type, at(value, type->fields[i].offset));
        return;
    default: return;
    }
}

static void release_held(const FlowType *type, const void *value)
{
    if (!type->counted)
        return;
    switch (type->kind) {
    case FLOW_STRING:
    case FLOW_BYTES: flow_string_release(pointer_at(value)); return;
    case FLOW_SECRET: flow_secret_release(pointer_at(value)); return;
    case FLOW_JSON: flow_json_release(pointer_at(value)); return;
    case FLOW_LIST: flow_list_release(pointer_at(value)); return;
    case FLOW_MAP: flow_map_release(pointer_at(value)); return;
    case FLOW_CLOSURE: flow_closure_release(pointer_at(value)); return;
    case FLOW_OPTION:
        if (type->field_count == 0)
            flow_list_release(pointer_at(value));
        else if (flow_option_get(type, value))
            release_held(type->item, flow_option_get(type, value));
        return;
    case FLOW_ENUM: {
        const FlowField *one = flow_enum_case(type, value);
        release_held(one->type, at(value, one->offset));
        return;
    }
    case FLOW_TUPLE:
    case FLOW_STRUCT:
        for (uint32_t i = 0; i < type->field_count; i++)
            release_held(type->fields[i].type, at(value, type->fields[i].offset));
        return;
    default: return;
    }
}

void flow_value_release(const FlowType *type, void *value)
{
    release_held(type, value);
    memset(value, 0, type->size);
}

/* ---- equality ------------------------------------------------------------ */

static bool lists_equal(const FlowType *item, const FlowList *a, const FlowList *b)
{
    int64_t len = flow_list_len(a), room_a, room_b;
    if (len != flow_list_len(b))
        return false;
    for (size_t i = 0; i < (size_t)len; i++)
        if (!flow_value_equal(item, list_peek(a, i, &room_a), list_peek(b, i, &room_b)))
            return false;
    return true;
}

static bool maps_equal(const FlowType *map, const FlowMap *a, const FlowMap *b)
{
    int64_t len = flow_map_len(a);
    if (len != flow_map_len(b))
        return false;
    for (int64_t i = 0; i < len; i++) {
        const void *other = flow_map_find(b, map, flow_map_key_at(a, i));
        if (!other || !flow_value_equal(map->item, flow_map_value_at(a, i), other))
            return false;
    }
    return true;
}

static bool fields_equal(const FlowType *type, const void *a, const void *b)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        const FlowField *field = &type->fields[i];
        if (!flow_value_equal(field->type, at(a, field->offset), at(b, field->offset)))
            return false;
    }
    return true;
}

static bool options_equal(const FlowType *type, const void *a, const void *b)
{
    const void *x = flow_option_get(type, a), *y = flow_option_get(type, b);
    return x && y ? x == y || flow_value_equal(type->item, x, y) : !x == !y;
}

static bool cases_equal(const FlowType *type, const void *a, const void *b)
{
    const FlowField *one = flow_enum_case(type, a);
    return one == flow_enum_case(type, b) &&
           flow_value_equal(one->type, at(a, one->offset), at(b, one->offset));
}

bool flow_value_equal(const FlowType *type, const void *a, const void *b)
{
    switch (type->kind) {
    case FLOW_UNIT: return true;
    case FLOW_INT:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return int_at(a) == int_at(b);
    case FLOW_FLOAT: return float_at(a) == float_at(b);
    case FLOW_BOOL: return *(const bool *)a == *(const bool *)b;
    case FLOW_STRING:
    case FLOW_BYTES:
    case FLOW_SECRET: return flow_string_equal(pointer_at(a), pointer_at(b));
    case FLOW_JSON: return json_equal(pointer_at(a), pointer_at(b));
    case FLOW_LIST: return lists_equal(type->item, pointer_at(a), pointer_at(b));
    case FLOW_MAP: return maps_equal(type, pointer_at(a), pointer_at(b));
    case FLOW_OPTION: return options_equal(type, a, b);
    case FLOW_ENUM: return cases_equal(type, a, b);
    case FLOW_TUPLE:
    case FLOW_STRUCT: return fields_equal(type, a, b);
    case FLOW_CLOSURE: return pointer_at(a) == pointer_at(b);
    }
    return false;
}

/* ---- order --------------------------------------------------------------- */

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_floats(double a, double b)
{
    if (isnan(a) || isnan(b))
        return !!isnan(a) - !!isnan(b);
    return (a > b) - (a < b);
}

static int compare_lists(const FlowType *item, const FlowList *a, const FlowList *b)
{
    int64_t len_a = flow_list_len(a), len_b = flow_list_len(b), room_a, room_b;
    for (size_t i = 0; i < (size_t)(len_a < len_b ? len_a : len_b); i++) {
        int order = flow_value_compare(item, list_peek(a, i, &room_a), list_peek(b, i, &room_b));
        if (order != 0)
            return order;
    }
    return order_of(len_a, len_b);
}

/* Maps are not ordered in the language; any total order that agrees with == will do. */
static int compare_maps(const FlowType *map, const FlowMap *a, const FlowMap *b)
{
    int64_t len = flow_map_len(a);
    int order = order_of(len, flow_map_len(b));
    if (order != 0 || maps_equal(map, a, b))
        return order;
    for (int64_t i = 0; i < len && order == 0; i++) {
        order = flow_value_compare(map->key, flow_map_key_at(a, i), flow_map_key_at(b, i));
        if (order == 0)
            order = flow_value_compare(map->item, flow_map_value_at(a, i), flow_map_value_at(b, i));
    }
    return order;
}

static int compare_fields(const FlowType *type, const void *a, const void *b)
{
    int order = 0;
    for (uint32_t i = 0; i < type->field_count && order == 0; i++) {
        const FlowField *field = &type->fields[i];
        order = flow_value_compare(field->type, at(a, field->offset), at(b, field->offset));
    }
    return order;
}

static int compare_options(const FlowType *type, const void *a, const void *b)
{
    const void *x = flow_option_get(type, a), *y = flow_option_get(type, b);
    return x && y ? flow_value_compare(type->item, x, y) : (x != NULL) - (y != NULL);
}

static int compare_cases(const FlowType *type, const void *a, const void *b)
{
    const FlowField *one = flow_enum_case(type, a), *other = flow_enum_case(type, b);
    if (one != other)
        return one < other ? -1 : 1;
    return flow_value_compare(one->type, at(a, one->offset), at(b, one->offset));
}

int flow_value_compare(const FlowType *type, const void *a, const void *b)
{
    switch (type->kind) {
    case FLOW_UNIT:
    case FLOW_CLOSURE: return 0;
    case FLOW_INT:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return order_of(int_at(a), int_at(b));
    case FLOW_FLOAT: return compare_floats(float_at(a), float_at(b));
    case FLOW_BOOL: return *(const bool *)a - *(const bool *)b;
    case FLOW_STRING:
    case FLOW_BYTES:
    case FLOW_SECRET: return flow_string_compare(pointer_at(a), pointer_at(b));
    case FLOW_JSON: return json_compare(pointer_at(a), pointer_at(b));
    case FLOW_LIST: return compare_lists(type->item, pointer_at(a), pointer_at(b));
    case FLOW_MAP: return compare_maps(type, pointer_at(a), pointer_at(b));
    case FLOW_OPTION: return compare_options(type, a, b);
    case FLOW_ENUM: return compare_cases(type, a, b);
    case FLOW_TUPLE:
    case FLOW_STRUCT: return compare_fields(type, a, b);
    }
    return 0;
}

/* ---- hash ---------------------------------------------------------------- */

/* Below this depth nothing is hashed: equal values still have equal hashes, and a value that is
 * nested deeper than the stack does no harm. */
enum { HASH_DEPTH = 100 };

static uint64_t hash_step(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) + 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return hash ^ hash >> 31;
}

/* Fewer than 8 bytes as one word, by loads of a size that C knows. */
static uint64_t last_word(const char *bytes, size_t len)
{
    if (len >= 4) {
        uint32_t low, high;
        memcpy(&low, bytes, sizeof low);
        memcpy(&high, bytes + len - sizeof high, sizeof high);
        return low | (uint64_t)high << 32;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word = word << 8 | (unsigned char)bytes[i];
    return word;
}

static uint64_t hash_string(const FlowString *s)
{
    size_t len = flow_string_len_bytes(s);
    const char *bytes = flow_string_bytes(s);
    uint64_t hash = len, word;
    for (; len >= sizeof word; len -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = hash_step(hash, word);
    }
    return hash_step(hash, last_word(bytes, len));
}

static uint64_t hash_float(double x)
{
    uint64_t bits;
    x = x == 0 ? 0 : x; /* -0.0 equals 0.0 */
    memcpy(&bits, &x, sizeof bits);
    return hash_step(0, bits);
}

/* An int and a float that are equal have one hash; lists and maps differ by their length alone. */
static uint64_t hash_json(const FlowJson *j)
{
    JsonView v = json_view(j);
    switch (v.kind) {
    case JSON_INT: return hash_float((double)v.whole);
    case JSON_FLOAT: return hash_float(v.real);
    case JSON_STRING: return hash_step(8, v.len);
    default: return hash_step((uint64_t)v.kind, v.len);
    }
}

static uint64_t hash_value(const FlowType *type, const void *value, unsigned depth);

static uint64_t hash_list(const FlowType *item, const FlowList *list, unsigned depth)
{
    uint64_t hash = hash_step(2, (uint64_t)flow_list_len(list));
    int64_t room;
    for (size_t i = 0; i < (size_t)flow_list_len(list); i++)
        hash = hash_step(hash, hash_value(item, list_peek(list, i, &room), depth));
    return hash;
}

/* A sum, since the order of a map's entries does not count. */
static uint64_t hash_map(const FlowType *type, const FlowMap *map, unsigned depth)
{
    uint64_t sum = 0;
    for (int64_t i = 0; i < flow_map_len(map); i++)
        sum += hash_step(hash_value(type->key, flow_map_key_at(map, i), depth),
                         hash_value(type->item, flow_map_value_at(map, i), depth));
    return hash_step(3, sum);
}

static uint64_t hash_fields(const FlowType *type, const void *value, unsigned depth)
{
    uint64_t hash = hash_step(4, type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++) {
        const FlowField *field = &type->fields[i];
        hash = hash_step(hash, hash_value(field->type, at(value, field->offset), depth));
    }
    return hash;
}

static uint64_t hash_option(const FlowType *type, const void *value, unsigned depth)
{
    const void *payload = flow_option_get(type, value);
    return payload ? hash_step(6, hash_value(type->item, payload, depth)) : 5;
}

static uint64_t hash_case(const FlowType *type, const void *value, unsigned depth)
{
    const FlowField *one = flow_enum_case(type, value);
    uint64_t hash = hash_step(7, (uint64_t)(one - type->fields));
    return hash_step(hash, hash_value(one->type, at(value, one->offset), depth));
}

static uint64_t hash_value(const FlowType *type, const void *value, unsigned depth)
{
    if (depth == HASH_DEPTH)
        return 0;
    switch (type->kind) {
    case FLOW_UNIT:
    case FLOW_CLOSURE: return 1;
    case FLOW_INT:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return hash_step(0, (uint64_t)int_at(value));
    case FLOW_FLOAT: return hash_float(float_at(value));
    case FLOW_BOOL: return hash_step(0, *(const bool *)value);
    case FLOW_STRING:
    case FLOW_BYTES:
    case FLOW_SECRET: return hash_string(pointer_at(value));
    case FLOW_JSON: return hash_json(pointer_at(value));
    case FLOW_LIST: return hash_list(type->item, pointer_at(value), depth + 1);
    case FLOW_MAP: return hash_map(type, pointer_at(value), depth + 1);
    case FLOW_OPTION: return hash_option(type, value, depth + 1);
    case FLOW_ENUM: return hash_case(type, value, depth + 1);
    case FLOW_TUPLE:
    case FLOW_STRUCT: return hash_fields(type, value, depth + 1);
    }
    return 0;
}

uint64_t flow_value_hash(const FlowType *type, const void *value)
{
    return type->kind == FLOW_STRING ? hash_string(pointer_at(value)) : hash_value(type, value, 0);
}
