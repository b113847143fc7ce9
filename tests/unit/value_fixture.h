/* SPDX-License-Identifier: Apache-2.0 */
/* value_fixture.h - a task, some types as the compiler would emit them, and short ways to make
 * and compare values in tests. */
#ifndef VALUE_FIXTURE_H
#define VALUE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <flow/flow.h>

#include "os/fault.h"
#include "os/memory.h"

#define UNUSED          __attribute__((unused))
#define assert_ok(call) assert_int_equal(call, FLOW_OK)

static uint32_t task_line;
static FlowTask task = {.line = &task_line, .attempt = 1};

/* struct Found { size: int, members: [int] } */
typedef struct Found {
    int64_t size;
    FlowList *members;
} Found;
static const FlowField found_fields[] = {
    {"size", &flow_type_int, offsetof(Found, size)},
    {"members", &flow_type_int_list, offsetof(Found, members)},
};
UNUSED static const FlowType type_found = {FLOW_STRUCT, sizeof(Found), true,         "Found",
                                           NULL,        NULL,          found_fields, 2};

/* (int, string) */
typedef struct Pair {
    int64_t number;
    FlowString *text;
} Pair;
static const FlowField pair_fields[] = {
    {"", &flow_type_int, offsetof(Pair, number)},
    {"", &flow_type_string, offsetof(Pair, text)},
};
UNUSED static const FlowType type_pair = {FLOW_TUPLE, sizeof(Pair), true,        "(int, string)",
                                          NULL,       NULL,         pair_fields, 2};

/* int?, string?, int?? */
typedef struct MaybeInt {
    bool some;
    int64_t value;
} MaybeInt;
static const FlowField maybe_int_field = {"", &flow_type_int, offsetof(MaybeInt, value)};
UNUSED static const FlowType type_maybe_int = {
    FLOW_OPTION, sizeof(MaybeInt), false, "int?", &flow_type_int, NULL, &maybe_int_field, 1};

typedef struct MaybeString {
    bool some;
    FlowString *value;
} MaybeString;
static const FlowField maybe_string_field = {"", &flow_type_string, offsetof(MaybeString, value)};
UNUSED static const FlowType type_maybe_string = {
    FLOW_OPTION, sizeof(MaybeString), true, "string?", &flow_type_string,
    NULL,        &maybe_string_field, 1};

typedef struct MaybeMaybe {
    bool some;
    MaybeInt value;
} MaybeMaybe;
static const FlowField maybe_maybe_field = {"", &type_maybe_int, offsetof(MaybeMaybe, value)};
UNUSED static const FlowType type_maybe_maybe = {
    FLOW_OPTION, sizeof(MaybeMaybe), false, "int??", &type_maybe_int, NULL, &maybe_maybe_field, 1};

#define LIST_TYPE(id, of, text)                                                                    \
    UNUSED static const FlowType id = {FLOW_LIST, sizeof(FlowList *), true, text, &of, NULL, NULL, \
                                       0}
#define MAP_TYPE(id, of_key, of_item, text)                                                        \
    UNUSED static const FlowType id = {FLOW_MAP, sizeof(FlowMap *), true, text,                    \
                                       &of_item, &of_key,           NULL, 0}

LIST_TYPE(type_found_list, type_found, "[Found]");
LIST_TYPE(type_pair_list, type_pair, "[(int, string)]");
LIST_TYPE(type_bool_list, flow_type_bool, "[bool]");
LIST_TYPE(type_size_list, flow_type_size, "[size]");
LIST_TYPE(type_maybe_string_list, type_maybe_string, "[string?]");
LIST_TYPE(type_int_list_list, flow_type_int_list, "[[int]]");
MAP_TYPE(type_string_int_map, flow_type_string, flow_type_int, "[string: int]");
MAP_TYPE(type_int_string_map, flow_type_int, flow_type_string, "[int: string]");
MAP_TYPE(type_lists_map, flow_type_string, flow_type_int_list, "[string: [int]]");

/* struct Node { children: [Node] }: nested as deep as one likes. */
typedef struct Node {
    FlowList *children;
} Node;
extern const FlowType type_node, type_node_list;

UNUSED static FlowString *string_of(const char *text)
{
    FlowString *s;
    assert_ok(flow_string_new(&task, text, strlen(text), &s));
    return s;
}

UNUSED static FlowList *ints_of(size_t len, const int64_t *ints)
{
    FlowList *list = NULL;
    for (size_t i = 0; i < len; i++)
        assert_ok(flow_list_push(&task, &list, &flow_type_int, &ints[i]));
    return list;
}
#define INTS(...)                                                                                  \
    ints_of(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

/* The print form in a static buffer. */
UNUSED static const char *shown(const FlowType *type, const void *value)
{
    static char text[4][2000];
    static unsigned next;
    char *room = text[next++ % 4];
    FlowString *s;
    assert_ok(flow_string_of(&task, type, value, &s));
    assert_true(flow_string_len_bytes(s) < sizeof text[0]);
    strcpy(room, flow_string_bytes(s));
    flow_string_release(s);
    return room;
}
#define assert_shown(expected, type, value) assert_string_equal(shown(type, value), expected)

#endif
