/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - what a flow does with JSON of a form that it does not know beforehand. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <flow/lib.h>

#include "os/buffer.h"
#include "value/codec.h"
#include "value/json_tree.h"
#include "value/list.h"

static const FlowType json_map_type = {.kind = FLOW_MAP,
                                       .size = sizeof(FlowMap *),
                                       .counted = true,
                                       .name = "[string: json]",
                                       .key = &flow_type_string,
                                       .item = &flow_type_json};

static const char *kind_name(JsonKind kind)
{
    static const char *const names[] = {"null", "bool", "int", "float", "string", "list", "map"};
    return names[kind];
}

/* ---- failures ------------------------------------------------------------ */

FLOW_COLD FLOW_PRINTF(3, 4) static FlowStatus fail_at(FlowTask *t, const FlowJson *j,
                                                      const char *format, ...)
{
    Buffer text = {0};
    va_list args;
    char what[300];
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    FlowStatus s = json_write_path(&text, j);
    if (s == FLOW_OK && text.len == 0)
        s = buffer_append_text(&text, "the top");
    const char *path = s == FLOW_OK ? buffer_text(&text) : NULL;
    s = path ? flow_fail(t, "at %s: %s", path, what) : flow_fail_memory(t, text.cap);
    buffer_free(&text);
    return s;
}

static FlowStatus fail_kind(FlowTask *t, const FlowJson *j, const char *expected)
{
    JsonView v = json_view(j);
    switch (v.kind) {
    case JSON_NULL: return fail_at(t, j, "expected %s, found null", expected);
    case JSON_INT:
        return fail_at(t, j, "expected %s, found the number %" PRId64, expected, v.whole);
    case JSON_FLOAT: return fail_at(t, j, "expected %s, found the number %g", expected, v.real);
    case JSON_BOOL:
        return fail_at(t, j, "expected %s, found %s", expected, v.whole ? "true" : "false");
    default: return fail_at(t, j, "expected %s, found a %s", expected, kind_name(v.kind));
    }
}

/* ---- making and showing -------------------------------------------------- */

static FlowStatus parse(FlowTask *t, const char *text, size_t len, FlowJson **out)
{
    FlowError err;
    FlowStatus s = json_parse(text, len, out, &err);
    if (s == FLOW_ENOMEM)
        return flow_fail_memory(t, len);
    return s == FLOW_OK ? s : flow_fail(t, "this text is no JSON: %s", err.message);
}

FlowStatus flow_json_parse(FlowTask *t, const FlowString *s, FlowJson **out)
{
    return parse(t, flow_string_bytes(s), flow_string_len_bytes(s), out);
}

FlowStatus flow_json_of(FlowTask *t, const FlowType *type, const void *value, FlowJson **out)
{
    Buffer text = {0};
    FlowStatus s = value_write_json(type, value, &text);
    if (s == FLOW_OK)
        s = parse(t, (const char *)text.bytes, text.len, out);
    else
        s = s == FLOW_ENOMEM ? flow_fail_memory(t, text.cap)
                             : flow_fail(t, "a value is nested too deeply to become json");
    buffer_free(&text);
    return s;
}

FlowStatus flow_json_decode(FlowTask *t, const FlowJson *j, const FlowType *type, void *out)
{
    FlowError why;
    FlowStatus s = value_of_json(type, j, out, &why);
    if (s == FLOW_ENOMEM)
        return flow_fail_memory(t, type->size);
    return s == FLOW_OK ? s : flow_fail(t, "%s", why.message);
}

FlowStatus flow_json_text(FlowTask *t, const FlowJson *j, FlowString **out)
{
    Buffer text = {0};
    FlowStatus s = json_write(&text, j);
    s = s == FLOW_OK ? flow_string_new(t, (const char *)text.bytes, text.len, out)
                     : flow_fail_memory(t, text.cap);
    buffer_free(&text);
    return s;
}

FlowStatus flow_json_kind(FlowTask *t, const FlowJson *j, FlowString **out)
{
    const char *name = kind_name(json_view(j).kind);
    return flow_string_new(t, name, strlen(name), out);
}

bool flow_json_is_null(const FlowJson *j)
{
    return json_view(j).kind == JSON_NULL;
}

/* ---- lists and maps ------------------------------------------------------ */

static bool has_items(JsonView v)
{
    return v.kind == JSON_LIST || v.kind == JSON_MAP;
}

FlowStatus flow_json_len(FlowTask *t, const FlowJson *j, int64_t *out)
{
    JsonView v = json_view(j);
    if (!has_items(v))
        return fail_kind(t, j, "a list or map");
    *out = (int64_t)v.len;
    return FLOW_OK;
}

static FlowJson *retain(const FlowJson *j)
{
    return flow_json_retain((FlowJson *)(uintptr_t)j);
}

/* "there is no `x`; there is `a`, `b`, …". */
FLOW_COLD static FlowStatus fail_name(FlowTask *t, const FlowJson *j, const FlowString *name)
{
    enum { SHOWN = 5 };
    size_t len = json_view(j).len;
    char names[200] = "nothing";
    int used = 0;
    for (size_t i = 0; i < len && i < SHOWN && used < (int)sizeof names; i++) {
        JsonView v = json_view(json_item(j, i));
        used += snprintf(names + used, sizeof names - (size_t)used, "%s`%.*s`", i ? ", " : "",
                         v.name_len < 30 ? (int)v.name_len : 30, v.name);
    }
    return fail_at(t, j, "there is no `%.60s`; there is %s%s", flow_string_bytes(name), names,
                   len > SHOWN ? ", …" : "");
}

FlowStatus flow_json_named(FlowTask *t, FlowJson *j, const FlowString *name, FlowJson **out)
{
    if (json_view(j).kind != JSON_MAP)
        return fail_kind(t, j, "a map");
    const FlowJson *found = json_find(j, flow_string_bytes(name), flow_string_len_bytes(name));
    if (!found)
        return fail_name(t, j, name);
    *out = retain(found);
    return FLOW_OK;
}

FlowStatus flow_json_at(FlowTask *t, FlowJson *j, int64_t index, FlowJson **out)
{
    JsonView v = json_view(j);
    if (v.kind != JSON_LIST)
        return fail_kind(t, j, "a list");
    if (index < 0 || (uint64_t)index >= v.len)
        return fail_at(t, j, "there is no item %" PRId64 " in a list of %zu", index, v.len);
    *out = retain(json_item(j, (size_t)index));
    return FLOW_OK;
}

FlowStatus flow_json_get_name(FlowTask *t, FlowJson *j, const FlowString *name, FlowJson **found,
                              bool *out)
{
    if (json_view(j).kind != JSON_MAP)
        return fail_kind(t, j, "a map");
    const FlowJson *item = json_find(j, flow_string_bytes(name), flow_string_len_bytes(name));
    *out = item != NULL;
    *found = retain(item);
    return FLOW_OK;
}

FlowStatus flow_json_get_index(FlowTask *t, FlowJson *j, int64_t index, FlowJson **found,
                               bool *out)
{
    JsonView v = json_view(j);
    if (v.kind != JSON_LIST)
        return fail_kind(t, j, "a list");
    *out = index >= 0 && (uint64_t)index < v.len;
    *found = *out ? retain(json_item(j, (size_t)index)) : NULL;
    return FLOW_OK;
}

FlowStatus flow_json_keys(FlowTask *t, const FlowJson *j, FlowList **out)
{
    JsonView v = json_view(j);
    if (v.kind != JSON_MAP)
        return fail_kind(t, j, "a map");
    FlowStatus s = flow_list_new(t, &flow_type_string, v.len, v.len, out);
    for (size_t i = 0; s == FLOW_OK && i < v.len; i++) {
        JsonView item = json_view(json_item(j, i));
        s = flow_string_new(t, item.name, item.name_len, (FlowString **)(*out)->items + i);
    }
    if (s != FLOW_OK) {
        flow_list_release(*out);
        *out = NULL;
    }
    return s;
}

FlowStatus flow_json_list(FlowTask *t, FlowJson *j, FlowList **out)
{
    JsonView v = json_view(j);
    if (v.kind != JSON_LIST)
        return fail_kind(t, j, "a list");
    FlowStatus s = flow_list_new(t, &flow_type_json, v.len, v.len, out);
    for (size_t i = 0; s == FLOW_OK && i < v.len; i++)
        ((FlowJson **)(*out)->items)[i] = retain(json_item(j, i));
    return s;
}

static FlowStatus put_item(FlowTask *t, const FlowJson *item, FlowMap **out)
{
    JsonView v = json_view(item);
    FlowString *name = NULL;
    FlowStatus s = flow_string_new(t, v.name, v.name_len, &name);
    if (s == FLOW_OK)
        s = flow_map_put(t, out, &json_map_type, &name, &item);
    flow_string_release(name);
    return s;
}

FlowStatus flow_json_map(FlowTask *t, FlowJson *j, FlowMap **out)
{
    JsonView v = json_view(j);
    if (v.kind != JSON_MAP)
        return fail_kind(t, j, "a map");
    FlowMap *map = NULL;
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < v.len; i++)
        s = put_item(t, json_item(j, i), &map);
    if (s != FLOW_OK)
        flow_map_release(map);
    else
        *out = map;
    return s;
}

/* ---- single values ------------------------------------------------------- */

FlowStatus flow_json_int(FlowTask *t, const FlowJson *j, int64_t *out)
{
    JsonView v = json_view(j);
    if (v.kind == JSON_FLOAT && fabs(v.real) < 0x1p63 && v.real == floor(v.real))
        *out = (int64_t)v.real;
    else if (v.kind == JSON_INT)
        *out = v.whole;
    else
        return fail_kind(t, j, "a whole number");
    return FLOW_OK;
}

FlowStatus flow_json_float(FlowTask *t, const FlowJson *j, double *out)
{
    JsonView v = json_view(j);
    if (v.kind != JSON_INT && v.kind != JSON_FLOAT)
        return fail_kind(t, j, "a number");
    *out = v.kind == JSON_INT ? (double)v.whole : v.real;
    return FLOW_OK;
}

FlowStatus flow_json_string(FlowTask *t, const FlowJson *j, FlowString **out)
{
    JsonView v = json_view(j);
    return v.kind == JSON_STRING ? flow_string_new(t, v.text, v.len, out)
                                 : fail_kind(t, j, "a string");
}

FlowStatus flow_json_bool(FlowTask *t, const FlowJson *j, bool *out)
{
    JsonView v = json_view(j);
    if (v.kind != JSON_BOOL)
        return fail_kind(t, j, "true or false");
    *out = v.whole != 0;
    return FLOW_OK;
}
