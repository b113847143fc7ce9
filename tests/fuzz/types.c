/* SPDX-License-Identifier: Apache-2.0 */
#include "types.h"

#include <stddef.h>

typedef struct Pair {
    int64_t number;
    FlowString *text;
} Pair;

typedef struct MaybeInt {
    bool some;
    int64_t value;
} MaybeInt;

typedef struct MaybeMaybe {
    bool some;
    MaybeInt value;
} MaybeMaybe;

typedef struct MaybeString {
    bool some;
    FlowString *value;
} MaybeString;

/* struct Node { flag: bool, rate: float, children: [Node], names: [string: Node] } */
typedef struct Node {
    bool flag;
    double rate;
    FlowList *children;
    FlowMap *names;
} Node;

#define LIST(id, of, text)                                                                         \
    static const FlowType id = {FLOW_LIST, sizeof(FlowList *), true, text, &of, NULL, NULL, 0}
#define MAP(id, of_key, of, text)                                                                  \
    static const FlowType id = {FLOW_MAP, sizeof(FlowMap *), true, text, &of, &of_key, NULL, 0}
#define OPTION(id, c, of, is_counted, text)                                                        \
    static const FlowField id##_field = {"", &of, offsetof(c, value)};                             \
    static const FlowType id = {FLOW_OPTION, sizeof(c), is_counted, text, &of, NULL, &id##_field, 1}

static const FlowField pair_fields[] = {{"low", &flow_type_int, offsetof(Pair, number)},
                                        {"high", &flow_type_string, offsetof(Pair, text)}};
static const FlowType pair = {FLOW_TUPLE, sizeof(Pair), true,        "(low: int, high: string)",
                              NULL,       NULL,         pair_fields, 2};
OPTION(maybe_int, MaybeInt, flow_type_int, false, "int?");
OPTION(maybe_maybe, MaybeMaybe, maybe_int, false, "int??");
OPTION(maybe_string, MaybeString, flow_type_string, true, "string?");
LIST(bools, flow_type_bool, "[bool]");
LIST(sizes, flow_type_size, "[size]");
LIST(times, flow_type_time, "[time]");
LIST(units, flow_type_unit, "[()]");
LIST(pairs, pair, "[(low: int, high: string)]");
LIST(maybes, maybe_string, "[string?]");
LIST(int_lists, flow_type_int_list, "[[int]]");
MAP(string_ints, flow_type_string, flow_type_int, "[string: int]");
MAP(int_strings, flow_type_int, flow_type_string, "[int: string]");
MAP(pair_lists, pair, flow_type_float_list, "[(low: int, high: string): [float]]");
MAP(list_maps, flow_type_int_list, string_ints, "[[int]: [string: int]]");

static const FlowType node, nodes, nodes_by_name;
static const FlowField node_fields[] = {{"flag", &flow_type_bool, offsetof(Node, flag)},
                                        {"rate", &flow_type_float, offsetof(Node, rate)},
                                        {"children", &nodes, offsetof(Node, children)},
                                        {"names", &nodes_by_name, offsetof(Node, names)}};
static const FlowType node = {FLOW_STRUCT, sizeof(Node), true,        "Node",
                              NULL,        NULL,         node_fields, 4};
static const FlowType nodes = {FLOW_LIST, sizeof(FlowList *), true, "[Node]",
                               &node,     NULL,               NULL, 0};
static const FlowType nodes_by_name = {FLOW_MAP, sizeof(FlowMap *), true, "[string: Node]",
                                       &node,    &flow_type_string, NULL, 0};

const FlowType *const fuzz_types[] = {
    &flow_type_int,      &flow_type_float,       &flow_type_bool, &flow_type_size,
    &flow_type_duration, &flow_type_time,        &flow_type_unit, &flow_type_string,
    &flow_type_int_list, &flow_type_string_list, &bools,          &flow_type_float_list,
    &sizes,              &times,                 &units,          &pair,
    &pairs,              &maybe_int,             &maybe_maybe,    &maybe_string,
    &maybes,             &int_lists,             &string_ints,    &int_strings,
    &pair_lists,         &list_maps,             &node,           &nodes_by_name,
};
const size_t fuzz_type_count = sizeof fuzz_types / sizeof *fuzz_types;
