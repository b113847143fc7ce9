/* SPDX-License-Identifier: Apache-2.0 */
/* json_read.c - a tree of JSON as a value of a type that is known: parameters, what a script gives
 * back, and `decode` of a flow.
 *
 * What is read is Parser.at while it is, so that a message can say where it stands. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <flow/value.h>

#include "value/list.h"
#include "value/matrix.h"
#include "value/number.h"
#include "value/parse.h"

/* What readers that hold numbers as doubles would have rounded may stand in quotes. */
#define EXACT_MAX 0x1p53

static FlowStatus wrong_node(Parser *p, const FlowType *type)
{
    Buffer text = {0};
    const char *given = json_write(&text, p->at) == FLOW_OK ? buffer_text(&text) : NULL;
    FlowStatus s = given ? parser_mismatch(p, type, given, text.len) : parser_memory(p);
    buffer_free(&text);
    return s;
}

/* FLOW_EUSAGE with the place before or behind it, as its reader has it. */
FLOW_COLD FLOW_PRINTF(2, 3) static FlowStatus wrong_at(const Parser *p, const char *format, ...)
{
    char what[400];
    Buffer place = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    const char *at = parser_write_place(p, &place) == FLOW_OK ? buffer_text(&place) : NULL;
    flow_error(p->err, FLOW_EUSAGE, p->name ? "%s %s" : "at %s: it %s", at ? at : "it", what);
    buffer_free(&place);
    return FLOW_EUSAGE;
}

/* ---- scalars ------------------------------------------------------------- */

/* JSON has no units: a duration is in seconds and a size in bytes, as value_write_json has them. */
static FlowStatus unit_of_node(Parser *p, const FlowType *type, double real, void *out)
{
    double x = type->kind == FLOW_DURATION ? round(real * 1e9) : real;
    if (!(fabs(x) < 0x1p63) || x != round(x))
        return wrong_node(p, type);
    *(int64_t *)out = (int64_t)x;
    return FLOW_OK;
}

static FlowStatus number_of_node(Parser *p, const FlowType *type, JsonView v, void *out)
{
    double real = v.kind == JSON_INT ? (double)v.whole : v.real;
    switch (type->kind) {
    case FLOW_FLOAT: *(double *)out = real; return FLOW_OK;
    case FLOW_SIZE:
    case FLOW_INT:
        if (v.kind != JSON_INT)
            break;
        *(int64_t *)out = v.whole;
        return FLOW_OK;
    default: break;
    }
    if (type->kind == FLOW_SIZE || type->kind == FLOW_DURATION)
        return unit_of_node(p, type, real, out);
    bool is_whole = type->kind == FLOW_INT && real == floor(real);
    if (is_whole && fabs(real) < 0x1p63) {
        *(int64_t *)out = (int64_t)real;
        return FLOW_OK;
    }
    return is_whole ? wrong_at(p, "is too large for type int") : wrong_node(p, type);
}

/* Where numbers stand without quotes, only those may have some that JSON cannot say otherwise. */
static bool may_be_quoted(const Parser *p, const FlowType *type, JsonView v)
{
    int64_t whole;
    double number;
    if (!p->is_exact)
        return true;
    switch (type->kind) {
    case FLOW_BOOL: return false;
    case FLOW_INT:
        return number_parse_int(v.text, v.len, &whole) == NUMBER_OK &&
               fabs((double)whole) >= EXACT_MAX;
    case FLOW_FLOAT:
        return number_parse_float(v.text, v.len, &number) == NUMBER_OK && !isfinite(number);
    default: return true;
    }
}

static FlowStatus scalar_of_node(Parser *p, const FlowType *type, JsonView v, void *out)
{
    if (v.kind == JSON_STRING && may_be_quoted(p, type, v))
        return parser_scalar(p, type, v.text, v.len, out);
    if (type->kind == FLOW_BOOL && v.kind == JSON_BOOL) {
        *(bool *)out = v.whole != 0;
        return FLOW_OK;
    }
    if (v.kind == JSON_INT || v.kind == JSON_FLOAT)
        return number_of_node(p, type, v, out);
    return wrong_node(p, type);
}

/* ---- lists and maps ------------------------------------------------------ */

static FlowStatus list_of_node(Parser *p, const FlowType *type, JsonView v, FlowList **out)
{
    const FlowJson *list = p->at;
    if (v.kind != JSON_LIST)
        return wrong_node(p, type);
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < v.len && s == FLOW_OK; i++) {
        void *slot;
        s = list_grow(NULL, out, type->item, &slot) == FLOW_OK ? FLOW_OK : parser_memory(p);
        if (s == FLOW_OK)
            s = parser_tree(p, type->item, json_item(list, i), slot);
    }
    return s;
}

/* A list of rows. */
static FlowStatus matrix_of_node(Parser *p, JsonView v, FlowMatrix *out)
{
    static const FlowType row_type = {.kind = FLOW_LIST,
                                      .size = sizeof(FlowList *),
                                      .counted = true,
                                      .name = "[[float]]",
                                      .item = &flow_type_float_list};
    FlowList *rows = NULL;
    FlowMatrix m = {0};
    FlowStatus s = list_of_node(p, &row_type, v, &rows);
    if (s == FLOW_OK) {
        s = flow_matrix_of(NULL, rows, &m);
        if (s == FLOW_FAIL)
            s = wrong_at(p, "has rows of several lengths");
        else if (s != FLOW_OK)
            s = parser_memory(p);
    }
    flow_list_release(rows);
    if (s == FLOW_OK)
        *out = m;
    return s;
}

static FlowStatus key_of_name(Parser *p, const FlowType *type, JsonView v, void *key)
{
    p->is_key = true;
    FlowStatus s = parser_scalar(p, type, v.name, v.name_len, key);
    p->is_key = false;
    return s;
}

/* One member of an object, or one [key, value]. */
static FlowStatus entry_of_node(Parser *p, const FlowType *type, const FlowJson *entry, void *key,
                                FlowMap **out)
{
    JsonView v = json_view(entry);
    const FlowJson *map = p->at, *value = entry;
    void *slot;
    FlowStatus s = FLOW_OK;
    if (v.name && json_view(map).kind == JSON_MAP) {
        s = key_of_name(p, type->key, v, key);
    } else {
        p->at = entry;
        if (v.kind != JSON_LIST || v.len != 2)
            return wrong_node(p, type);
        s = parser_tree(p, type->key, json_item(entry, 0), key);
        value = json_item(entry, 1);
        p->at = map;
    }
    if (s != FLOW_OK)
        return s;
    if (flow_map_find(*out, type, key))
        return wrong_at(p, "holds a key twice: leave one of them out");
    if (flow_map_slot(NULL, out, type, key, true, &slot) != FLOW_OK)
        return parser_memory(p);
    return parser_tree(p, type->item, value, slot);
}

static FlowStatus map_of_node(Parser *p, const FlowType *type, JsonView v, FlowMap **out)
{
    const FlowJson *map = p->at;
    if (v.kind != JSON_LIST && !(v.kind == JSON_MAP && parser_is_scalar(type->key)))
        return wrong_node(p, type);
    FlowList *room = NULL; /* holds the key */
    if (flow_list_new(NULL, type->key, 1, 1, &room) != FLOW_OK)
        return parser_memory(p);
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < v.len && s == FLOW_OK; i++) {
        s = entry_of_node(p, type, json_item(map, i), room->items, out);
        flow_value_release(type->key, room->items);
    }
    flow_list_release(room);
    return s;
}

/* ---- structs, tuples, options, enums ------------------------------------- */

const FlowField *field_named(const FlowType *type, const char *name, size_t len)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        const char *own = type->fields[i].name;
        if (own && strlen(own) == len && memcmp(own, name, len) == 0)
            return &type->fields[i];
    }
    return NULL;
}

static FlowStatus parts_of_node(Parser *p, const FlowType *type, JsonView v, void *out)
{
    const FlowJson *list = p->at;
    if (v.len != type->field_count)
        return wrong_node(p, type);
    FlowStatus s = FLOW_OK;
    for (uint32_t i = 0; i < type->field_count && s == FLOW_OK; i++)
        s = parser_tree(p, type->fields[i].type, json_item(list, i),
                        (char *)out + type->fields[i].offset);
    return s;
}

/* A person's slip in a parameter is told; what others made may hold more than is wanted. */
static FlowStatus check_members(const Parser *p, const FlowType *type, JsonView v)
{
    for (size_t i = 0; p->name && i < v.len; i++) {
        const FlowJson *item = json_item(p->at, i);
        JsonView member = json_view(item);
        if (!field_named(type, member.name, member.name_len))
            return wrong_at(p, "has a member \"%.*s\", which %s has not", (int)member.name_len,
                            member.name, type->name);
        if (json_find(p->at, member.name, member.name_len) != item)
            return wrong_at(p, "has the member \"%.*s\" twice: leave one of them out",
                            (int)member.name_len, member.name);
    }
    return FLOW_OK;
}

static FlowStatus fail_missing(const Parser *p, const FlowType *type, const FlowField *field)
{
    if (p->name)
        return wrong_at(p, "lacks the member \"%s\" of %s", field->name, type->name);
    return wrong_at(p, "lacks the `%s` of %s; where that may be, write `%s: %s?` in the struct",
                    field->name, type->name, field->name, field->type->name);
}

static FlowStatus members_of_node(Parser *p, const FlowType *type, JsonView v, void *out)
{
    const FlowJson *map = p->at;
    FlowStatus s = check_members(p, type, v);
    for (uint32_t i = 0; i < type->field_count && s == FLOW_OK; i++) {
        const FlowField *field = &type->fields[i];
        const FlowJson *member = json_find(map, field->name, strlen(field->name));
        if (member)
            s = parser_tree(p, field->type, member, (char *)out + field->offset);
        else if (field->type->kind != FLOW_OPTION)
            s = fail_missing(p, type, field);
    }
    return s;
}

static FlowStatus fields_of_node(Parser *p, const FlowType *type, JsonView v, void *out)
{
    bool has_names = type->field_count > 0 && type->fields[0].name && *type->fields[0].name;
    if (type_is_matrix(type))
        return matrix_of_node(p, v, out);
    if (v.kind == JSON_MAP && (has_names || type->kind == FLOW_STRUCT))
        return members_of_node(p, type, v, out);
    if (v.kind == JSON_LIST && type->kind == FLOW_TUPLE)
        return parts_of_node(p, type, v, out);
    return wrong_node(p, type);
}

/* some(x) is x, and [x] where x is an option itself. */
static FlowStatus option_of_node(Parser *p, const FlowType *type, JsonView v, void *out)
{
    void *payload;
    const FlowJson *item = p->at;
    if (v.kind == JSON_NULL)
        return FLOW_OK;
    if (type->item->kind == FLOW_OPTION) {
        if (v.kind != JSON_LIST || v.len != 1)
            return wrong_node(p, type);
        item = json_item(item, 0);
    }
    if (flow_option_make(NULL, type, out, &payload) != FLOW_OK)
        return parser_memory(p);
    return parser_tree(p, type->item, item, payload);
}

/* What a case carries, by position or by name. */
static FlowStatus carried_of_node(Parser *p, const FlowType *one, const FlowJson *node, void *out)
{
    JsonView v = json_view(node);
    bool has_names = one->fields[0].name && *one->fields[0].name;
    p->at = node;
    if (v.kind == JSON_LIST)
        return parts_of_node(p, one, v, out);
    return v.kind == JSON_MAP && has_names ? members_of_node(p, one, v, out) : wrong_node(p, one);
}

/* "Empty", {"Circle": [2.0]} or {"Circle": {"radius": 2.0}}. */
static FlowStatus case_of_node(Parser *p, const FlowType *type, JsonView v, void *out)
{
    bool is_object = v.kind == JSON_MAP && v.len == 1;
    const FlowJson *carried = is_object ? json_item(p->at, 0) : NULL;
    JsonView c = json_view(carried);
    const FlowField *one = is_object             ? field_named(type, c.name, c.name_len)
                           : v.kind == JSON_STRING ? field_named(type, v.text, v.len)
                                                   : NULL;
    if (!one || (one->type->field_count > 0) != is_object)
        return wrong_node(p, type);
    *(int64_t *)out = one - type->fields;
    return is_object ? carried_of_node(p, one->type, carried, (char *)out + one->offset)
                     : FLOW_OK;
}

/* ---- all of them --------------------------------------------------------- */

static FlowStatus read_node(Parser *p, const FlowType *type, JsonView v, void *out)
{
    switch (type->kind) {
    case FLOW_LIST: return list_of_node(p, type, v, out);
    case FLOW_MAP: return map_of_node(p, type, v, out);
    case FLOW_OPTION: return option_of_node(p, type, v, out);
    case FLOW_ENUM: return case_of_node(p, type, v, out);
    case FLOW_STRUCT:
    case FLOW_TUPLE: return fields_of_node(p, type, v, out);
    case FLOW_UNIT: return v.kind == JSON_NULL ? FLOW_OK : wrong_node(p, type);
    case FLOW_JSON:
        if (json_is_rounded(p->at))
            return flow_error(p->err, FLOW_EUSAGE,
                              "a whole number in JSON does not fit in 64 bits, and a float would "
                              "lose digits of it: put it in quotes");
        *(FlowJson **)out = flow_json_retain((FlowJson *)(uintptr_t)p->at);
        return FLOW_OK;
    case FLOW_SECRET: return parser_refuse_secret(p);
    default: return scalar_of_node(p, type, v, out);
    }
}

FlowStatus parser_tree(Parser *p, const FlowType *type, const FlowJson *json, void *out)
{
    const FlowJson *above = p->at;
    p->at = json;
    FlowStatus s = read_node(p, type, json_view(json), out);
    p->at = above;
    return s;
}
