/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c - parameters from the command line.
 *
 * A scalar is what its literal looks like; a list of scalars may be written 1,2,3; all else is
 * JSON, in which any scalar may also stand as a string ("4GB", "9007199254740993").  `place` says
 * where in a JSON text something is wrong: rows[2].size. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <flow/value.h>

#include "value/base64.h"
#include "value/codec.h"
#include "value/json_tree.h"
#include "value/list.h"
#include "value/matrix.h"
#include "value/number.h"
#include "value/utf8.h"

enum { PLACE_MAX = 120, SHOWN_MAX = 40, SHOWN_ROOM = 2 * SHOWN_MAX + 8 };

/* cJSON reads numbers as doubles; beyond this an int may have been rounded. */
#define EXACT_MAX 0x1p53

typedef struct Parser {
    FlowError *err;
    const char *name;      /* of the whole: "the value", or a parameter */
    char place[PLACE_MAX]; /* "" outside of JSON */
    bool is_exact;         /* no number or bool in quotes */
} Parser;

static FlowStatus from_json(Parser *p, const FlowType *type, const cJSON *json, void *out);

/* ---- what was expected ----------------------------------------------------- */

static const char *expected_scalar(FlowKind kind)
{
    switch (kind) {
    case FLOW_INT: return "a whole number, such as 42, 1_000 or 0xff";
    case FLOW_FLOAT: return "a number, such as 0.5 or 1e-3";
    case FLOW_BOOL: return "true or false";
    case FLOW_SIZE: return "a size with its unit, such as 4GB, 1.5GB or 512MiB";
    case FLOW_DURATION: return "a duration with its unit, such as 30s, 1.5h or 1h30min";
    case FLOW_TIME: return "a time, such as 2026-11-20 or 2026-11-20T21:55:01Z";
    case FLOW_STRING: return "a text, such as \"abc\"";
    case FLOW_BYTES: return "bytes in base64, such as \"SGVsbG8=\"";
    case FLOW_JSON: return "JSON, such as {\"a\": [1, 2]}";
    case FLOW_SECRET: return "nothing, since a secret is not given";
    case FLOW_UNIT: return "null";
    default: return NULL;
    }
}

/* In a JSON file: numbers and bools without quotes, all else between them. */
static const char *expected_json(FlowKind kind)
{
    switch (kind) {
    case FLOW_INT: return "a whole number, such as 42";
    case FLOW_FLOAT: return "a number, such as 0.5";
    case FLOW_SIZE: return "a size, such as \"4GB\", or a number of bytes";
    case FLOW_DURATION: return "a duration, such as \"1.5h\", or a number of seconds";
    case FLOW_TIME: return "a time, such as \"2026-11-20T21:55:01Z\"";
    case FLOW_STRING: return "a text in quotes, such as \"abc\"";
    default: return expected_scalar(kind);
    }
}

static const char *example_scalar(FlowKind kind)
{
    switch (kind) {
    case FLOW_INT: return "1";
    case FLOW_FLOAT: return "0.5";
    case FLOW_BOOL: return "true";
    case FLOW_SIZE: return "\"4GB\"";
    case FLOW_DURATION: return "\"1h\"";
    case FLOW_TIME: return "\"2026-11-20\"";
    case FLOW_BYTES: return "\"SGVsbG8=\"";
    case FLOW_JSON: return "{\"a\": [1, 2]}";
    case FLOW_UNIT: return "null";
    default: return "\"abc\"";
    }
}

/* JSON of the type's form; `depth` keeps a type that holds itself finite. */
static FlowStatus put_example(Buffer *out, const FlowType *type, unsigned depth);

static FlowStatus put_example_fields(Buffer *out, const FlowType *type, unsigned depth)
{
    bool is_struct = type->kind == FLOW_STRUCT;
    FlowStatus s = buffer_append_text(out, is_struct ? "{" : "[");
    for (uint32_t i = 0; s == FLOW_OK && i < type->field_count; i++) {
        if (i > 0)
            s = buffer_append_text(out, ", ");
        if (s == FLOW_OK && is_struct)
            s = buffer_printf(out, "\"%s\": ", type->fields[i].name);
        if (s == FLOW_OK)
            s = put_example(out, type->fields[i].type, depth);
    }
    return s == FLOW_OK ? buffer_append_text(out, is_struct ? "}" : "]") : s;
}

static FlowStatus put_example_map(Buffer *out, const FlowType *type, unsigned depth)
{
    bool is_object = type->key->kind == FLOW_STRING;
    FlowStatus s = buffer_append_text(out, is_object ? "{" : "[[");
    if (s == FLOW_OK)
        s = put_example(out, type->key, depth);
    if (s == FLOW_OK)
        s = buffer_append_text(out, is_object ? ": " : ", ");
    if (s == FLOW_OK)
        s = put_example(out, type->item, depth);
    return s == FLOW_OK ? buffer_append_text(out, is_object ? "}" : "]]") : s;
}

static FlowStatus put_example_case(Buffer *out, const FlowType *type, unsigned depth)
{
    const FlowField *one = &type->fields[0];
    if (one->type->field_count == 0)
        return buffer_printf(out, "\"%s\"", one->name);
    FlowStatus s = buffer_printf(out, "{\"%s\": ", one->name);
    if (s == FLOW_OK)
        s = put_example_fields(out, one->type, depth);
    return s == FLOW_OK ? buffer_append_text(out, "}") : s;
}

static FlowStatus put_example(Buffer *out, const FlowType *type, unsigned depth)
{
    if (depth > 3)
        return buffer_append_text(out, "…");
    switch (type->kind) {
    case FLOW_OPTION: return put_example(out, type->item, depth);
    case FLOW_ENUM: return put_example_case(out, type, depth + 1);
    case FLOW_MAP: return put_example_map(out, type, depth + 1);
    case FLOW_TUPLE:
    case FLOW_STRUCT:
        return type_is_matrix(type) ? buffer_append_text(out, "[[1.5,0.5],[0.5,1.5]]")
                                    : put_example_fields(out, type, depth + 1);
    case FLOW_LIST: break;
    default: return buffer_append_text(out, example_scalar(type->kind));
    }
    FlowStatus s = buffer_append_text(out, "[");
    if (s == FLOW_OK)
        s = put_example(out, type->item, depth + 1);
    return s == FLOW_OK ? buffer_append_text(out, "]") : s;
}

/* "a whole number, such as 42", or "[Row] as JSON, such as [{…}]". */
static const char *expected(const Parser *p, const FlowType *type, Buffer *room)
{
    const char *scalar = p->is_exact ? expected_json(type->kind) : expected_scalar(type->kind);
    if (scalar)
        return scalar;
    if (type->kind == FLOW_OPTION)
        return expected(p, type->item, room);
    FlowStatus s = buffer_printf(room, "%s as JSON, such as ", type->name);
    if (s == FLOW_OK)
        s = put_example(room, type, 0);
    const char *text = s == FLOW_OK ? buffer_text(room) : NULL;
    return text ? text : type->name;
}

/* The first characters of what was given, on one line. */
static const char *shown(const char *text, size_t len, char room[SHOWN_ROOM])
{
    size_t cut = len <= SHOWN_MAX ? len : utf8_whole(text, SHOWN_MAX), at = 0;
    for (size_t i = 0; i < cut; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n' || c == '\t' || c == '\r')
            at += (size_t)snprintf(room + at, SHOWN_ROOM - at, "\\%c",
                                   c == '\n'   ? 'n'
                                   : c == '\t' ? 't'
                                               : 'r');
        else
            room[at++] = c < ' ' || c == 0x7f ? '?' : (char)c;
    }
    snprintf(room + at, SHOWN_ROOM - at, "%s", len > cut ? "…" : "");
    return room;
}

static FlowStatus mismatch(Parser *p, const FlowType *type, const char *text, size_t len)
{
    Buffer room = {0};
    char given[SHOWN_ROOM];
    const char *wanted = expected(p, type, &room);
    shown(text, len, given);
    if (p->place[0])
        flow_error(p->err, FLOW_EUSAGE, "%s is `%s`; expected %s", p->place, given, wanted);
    else if (len == 0)
        flow_error(p->err, FLOW_EUSAGE, "the value is empty; expected %s", wanted);
    else
        flow_error(p->err, FLOW_EUSAGE, "`%s` is no %s; expected %s", given, type->name,
                   wanted);
    buffer_free(&room);
    return FLOW_EUSAGE;
}

static FlowStatus memory(Parser *p)
{
    return flow_error(p->err, FLOW_ENOMEM, "out of memory while a parameter was read");
}

/* ---- scalars ------------------------------------------------------------- */

static bool parse_bool(const char *text, size_t len, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true},   {"yes", true}, {"1", true},
                 {"false", false}, {"no", false}, {"0", false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) == len && memcmp(words[i].word, text, len) == 0) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

static FlowStatus fail_number(Parser *p, const FlowType *type, NumberResult result,
                              const char *text, size_t len)
{
    const char *in = p->place[0] ? " in " : "";
    char given[SHOWN_ROOM];
    shown(text, len, given);
    if (result == NUMBER_TOO_LARGE)
        return flow_error(p->err, FLOW_EUSAGE, "`%s`%s%s is too large for type %s", given, in,
                          p->place, type->name);
    if (result == NUMBER_INEXACT)
        return flow_error(p->err, FLOW_EUSAGE, "`%s`%s%s is no whole number of %s, such as %s",
                          given, in, p->place, type->kind == FLOW_SIZE ? "bytes" : "nanoseconds",
                          type->kind == FLOW_SIZE ? "1500B or 1.5KB" : "1500ns or 1.5us");
    return mismatch(p, type, text, len);
}

static FlowStatus parse_string(Parser *p, const char *text, size_t len, FlowString **out)
{
    if (!utf8_is_valid(text, len))
        return flow_error(p->err, FLOW_EUSAGE, "the text is not valid UTF-8");
    return flow_string_new(NULL, text, len, out) == FLOW_OK ? FLOW_OK : memory(p);
}

static FlowStatus parse_bytes(Parser *p, const FlowType *type, const char *text, size_t len,
                              FlowString **out)
{
    Buffer octets = {0};
    FlowStatus s = base64_read(text, len, &octets);
    if (s == FLOW_OK)
        s = flow_string_new(NULL, (const char *)octets.bytes, octets.len, out);
    buffer_free(&octets);
    if (s == FLOW_EFORMAT)
        return mismatch(p, type, text, len);
    return s == FLOW_OK ? FLOW_OK : memory(p);
}

static FlowStatus parse_tree(Parser *p, const char *text, size_t len, FlowJson **out)
{
    FlowError why;
    FlowStatus s = json_parse(text, len, out, &why);
    if (s == FLOW_ENOMEM)
        return memory(p);
    return s == FLOW_OK ? s : flow_error(p->err, FLOW_EUSAGE, "it is no JSON: %s", why.message);
}

static FlowStatus parse_scalar(Parser *p, const FlowType *type, const char *text, size_t len,
                               void *out)
{
    NumberResult result = NUMBER_MALFORMED;
    switch (type->kind) {
    case FLOW_STRING: return parse_string(p, text, len, out);
    case FLOW_BYTES: return parse_bytes(p, type, text, len, out);
    case FLOW_JSON: return parse_tree(p, text, len, out);
    case FLOW_BOOL: result = parse_bool(text, len, out) ? NUMBER_OK : NUMBER_MALFORMED; break;
    case FLOW_INT: result = number_parse_int(text, len, out); break;
    case FLOW_FLOAT: result = number_parse_float(text, len, out); break;
    case FLOW_SIZE: result = number_parse_size(text, len, out); break;
    case FLOW_DURATION: result = number_parse_duration(text, len, out); break;
    case FLOW_TIME: result = number_parse_time(text, len, out); break;
    default: break;
    }
    return result == NUMBER_OK ? FLOW_OK : fail_number(p, type, result, text, len);
}

static bool is_scalar(const FlowType *type)
{
    return value_is_fixed(type) || type->kind == FLOW_STRING || type->kind == FLOW_BYTES;
}

/* 1,2,3; a blank around an item does not count. */
static FlowStatus parse_commas(Parser *p, const FlowType *item, const char *text, FlowList **out)
{
    FlowStatus s = FLOW_OK;
    size_t count = 0;
    for (bool more = *text != '\0'; more && s == FLOW_OK;) {
        size_t len = strcspn(text, ","), first = strspn(text, " \t");
        more = text[len] == ',';
        size_t last = len;
        while (last > first && (text[last - 1] == ' ' || text[last - 1] == '\t'))
            last--;
        first = first > last ? last : first;
        count++;
        if (first == last && item->kind != FLOW_STRING)
            return flow_error(p->err, FLOW_EUSAGE,
                              "element %zu of the list is empty: a comma stands between elements",
                              count);
        void *slot;
        s = list_grow(NULL, out, item, &slot) == FLOW_OK ? FLOW_OK : memory(p);
        if (s == FLOW_OK)
            s = parse_scalar(p, item, text + first, last - first, slot);
        text += len + more;
    }
    return s;
}

/* ---- JSON ---------------------------------------------------------------- */

/* Reads what lies below `json`, with the place made longer by `format`. */
FLOW_PRINTF(5, 6)
static FlowStatus descend(Parser *p, const FlowType *type, const cJSON *json, void *out,
                          const char *format, ...)
{
    size_t len = strlen(p->place);
    va_list args;
    va_start(args, format);
    vsnprintf(p->place + len, sizeof p->place - len, format, args);
    va_end(args);
    FlowStatus s = from_json(p, type, json, out);
    p->place[len] = '\0';
    return s;
}

/* A value that does not fit, shown as JSON. */
static FlowStatus json_mismatch(Parser *p, const FlowType *type, const cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    FlowStatus s = text ? mismatch(p, type, text, strlen(text)) : memory(p);
    cJSON_free(text);
    return s;
}

static FlowStatus int_from_json(Parser *p, const FlowType *type, const cJSON *json, int64_t *out)
{
    double x = json->valuedouble;
    if (x != floor(x) || !isfinite(x))
        return json_mismatch(p, type, json);
    if (fabs(x) > EXACT_MAX)
        return flow_error(p->err, FLOW_EUSAGE,
                          "%s is a number that JSON does not carry exactly; "
                          "write it as a string, such as \"9007199254740993\"",
                          p->place);
    *out = (int64_t)x;
    return FLOW_OK;
}

/* JSON has no units: a duration is in seconds and a size in bytes, as value_write_json has them. */
static FlowStatus unit_from_json(Parser *p, const FlowType *type, const cJSON *json, void *out)
{
    double x = type->kind == FLOW_DURATION ? round(json->valuedouble * 1e9) : json->valuedouble;
    if (!(fabs(x) < 0x1p63) || x != round(x))
        return json_mismatch(p, type, json);
    *(int64_t *)out = (int64_t)x;
    return FLOW_OK;
}

/* Where numbers stand without quotes, only those may have some that JSON cannot say otherwise. */
static bool may_be_quoted(const Parser *p, const FlowType *type, const char *text)
{
    int64_t whole;
    double number;
    size_t len = strlen(text);
    if (!p->is_exact)
        return true;
    switch (type->kind) {
    case FLOW_BOOL: return false;
    case FLOW_INT:
        return number_parse_int(text, len, &whole) == NUMBER_OK &&
               fabs((double)whole) >= EXACT_MAX;
    case FLOW_FLOAT:
        return number_parse_float(text, len, &number) == NUMBER_OK && !isfinite(number);
    default: return true;
    }
}

static FlowStatus scalar_from_json(Parser *p, const FlowType *type, const cJSON *json, void *out)
{
    if (cJSON_IsString(json) && may_be_quoted(p, type, json->valuestring))
        return parse_scalar(p, type, json->valuestring, strlen(json->valuestring), out);
    if (type->kind == FLOW_BOOL && cJSON_IsBool(json)) {
        *(bool *)out = cJSON_IsTrue(json);
        return FLOW_OK;
    }
    if (type->kind == FLOW_FLOAT && cJSON_IsNumber(json)) {
        *(double *)out = json->valuedouble;
        return FLOW_OK;
    }
    if (type->kind == FLOW_INT && cJSON_IsNumber(json))
        return int_from_json(p, type, json, out);
    if ((type->kind == FLOW_DURATION || type->kind == FLOW_SIZE) && cJSON_IsNumber(json))
        return unit_from_json(p, type, json, out);
    return json_mismatch(p, type, json);
}

static FlowStatus list_from_json(Parser *p, const FlowType *type, const cJSON *json, FlowList **out)
{
    if (!cJSON_IsArray(json))
        return json_mismatch(p, type, json);
    FlowStatus s = FLOW_OK;
    int index = 0;
    for (const cJSON *item = json->child; item && s == FLOW_OK; item = item->next) {
        void *slot;
        s = list_grow(NULL, out, type->item, &slot) == FLOW_OK ? FLOW_OK : memory(p);
        if (s == FLOW_OK)
            s = descend(p, type->item, item, slot, "[%d]", index++);
    }
    return s;
}

/* A list of rows. */
static FlowStatus matrix_from_json(Parser *p, const cJSON *json, FlowMatrix *out)
{
    static const FlowType row_type = {.kind = FLOW_LIST,
                                      .size = sizeof(FlowList *),
                                      .counted = true,
                                      .name = "[[float]]",
                                      .item = &flow_type_float_list};
    FlowList *rows = NULL;
    FlowMatrix m = {0};
    FlowStatus s = list_from_json(p, &row_type, json, &rows);
    if (s == FLOW_OK) {
        s = flow_matrix_of(NULL, rows, &m);
        if (s == FLOW_FAIL)
            s = flow_error(p->err, FLOW_EUSAGE, "%s has rows of several lengths",
                           p->place[0] ? p->place : p->name);
        else if (s != FLOW_OK)
            s = memory(p);
    }
    flow_list_release(rows);
    if (s == FLOW_OK)
        *out = m;
    return s;
}

static FlowStatus put_entry(Parser *p, const FlowType *type, const void *key, const cJSON *value,
                            FlowMap **out)
{
    void *slot;
    if (flow_map_find(*out, type, key))
        return flow_error(p->err, FLOW_EUSAGE, "%s holds a key twice: leave one of them out",
                          p->place);
    if (flow_map_slot(NULL, out, type, key, true, &slot) != FLOW_OK)
        return memory(p);
    return descend(p, type->item, value, slot, "[…]");
}

/* One member of an object, or one [key, value]. */
static FlowStatus entry_from_json(Parser *p, const FlowType *type, const cJSON *entry, void *key,
                                  FlowMap **out)
{
    const cJSON *value = entry;
    FlowStatus s;
    if (entry->string) {
        s = parse_scalar(p, type->key, entry->string, strlen(entry->string), key);
    } else {
        if (!cJSON_IsArray(entry) || cJSON_GetArraySize(entry) != 2)
            return json_mismatch(p, type, entry);
        value = entry->child->next;
        s = descend(p, type->key, entry->child, key, "[…]");
    }
    return s == FLOW_OK ? put_entry(p, type, key, value, out) : s;
}

static FlowStatus map_from_json(Parser *p, const FlowType *type, const cJSON *json, FlowMap **out)
{
    if (!cJSON_IsArray(json) && !(cJSON_IsObject(json) && is_scalar(type->key)))
        return json_mismatch(p, type, json);
    FlowList *room = NULL; /* holds the key */
    if (flow_list_new(NULL, type->key, 1, 1, &room) != FLOW_OK)
        return memory(p);
    FlowStatus s = FLOW_OK;
    for (const cJSON *entry = json->child; entry && s == FLOW_OK; entry = entry->next) {
        s = entry_from_json(p, type, entry, room->items, out);
        flow_value_release(type->key, room->items);
    }
    flow_list_release(room);
    return s;
}

static FlowStatus parts_from_json(Parser *p, const FlowType *type, const cJSON *json, void *out)
{
    const cJSON *item = json->child;
    if ((uint32_t)cJSON_GetArraySize(json) != type->field_count)
        return json_mismatch(p, type, json);
    FlowStatus s = FLOW_OK;
    for (uint32_t i = 0; i < type->field_count && s == FLOW_OK; i++, item = item->next)
        s = descend(p, type->fields[i].type, item, (char *)out + type->fields[i].offset, "[%u]", i);
    return s;
}

static const FlowField *field_named(const FlowType *type, const char *name)
{
    for (uint32_t i = 0; i < type->field_count; i++)
        if (type->fields[i].name && strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    return NULL;
}

static FlowStatus check_members(Parser *p, const FlowType *type, const cJSON *json)
{
    for (const cJSON *member = json->child; member; member = member->next) {
        if (!field_named(type, member->string))
            return flow_error(p->err, FLOW_EUSAGE, "%s has a member \"%s\", which %s has not",
                              p->place, member->string, type->name);
        for (const cJSON *other = member->next; other; other = other->next)
            if (strcmp(other->string, member->string) == 0)
                return flow_error(p->err, FLOW_EUSAGE,
                                  "%s has the member \"%s\" twice: leave one of them out", p->place,
                                  member->string);
    }
    return FLOW_OK;
}

static FlowStatus members_from_json(Parser *p, const FlowType *type, const cJSON *json, void *out)
{
    FlowStatus s = check_members(p, type, json);
    for (uint32_t i = 0; i < type->field_count && s == FLOW_OK; i++) {
        const FlowField *field = &type->fields[i];
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(json, field->name);
        if (member)
            s = descend(p, field->type, member, (char *)out + field->offset, ".%s", field->name);
        else if (field->type->kind != FLOW_OPTION)
            s = flow_error(p->err, FLOW_EUSAGE, "%s lacks the member \"%s\" of %s", p->place,
                           field->name, type->name);
    }
    return s;
}

static FlowStatus option_from_json(Parser *p, const FlowType *type, const cJSON *json, void *out)
{
    void *payload;
    if (cJSON_IsNull(json))
        return FLOW_OK;
    if (flow_option_make(NULL, type, out, &payload) != FLOW_OK)
        return memory(p);
    return from_json(p, type->item, json, payload);
}

/* "Empty", {"Circle": [2.0]} or {"Circle": {"radius": 2.0}}. */
static FlowStatus case_from_json(Parser *p, const FlowType *type, const cJSON *json, void *out)
{
    bool is_object = cJSON_IsObject(json) && cJSON_GetArraySize(json) == 1;
    const char *name = is_object ? json->child->string : json->valuestring;
    const FlowField *one = is_object || cJSON_IsString(json) ? field_named(type, name) : NULL;
    if (!one || (one->type->field_count > 0) != is_object)
        return json_mismatch(p, type, json);
    *(int64_t *)out = one - type->fields;
    return is_object ? descend(p, one->type, json->child, (char *)out + one->offset, ".%s", name)
                     : FLOW_OK;
}

static FlowStatus tree_from_json(Parser *p, const cJSON *json, FlowJson **out)
{
    char *text = cJSON_PrintUnformatted(json);
    FlowStatus s = text ? parse_tree(p, text, strlen(text), out) : memory(p);
    cJSON_free(text);
    return s;
}

/* Its text is in no message. */
static FlowStatus refuse_secret(Parser *p)
{
    return flow_error(p->err, FLOW_EUSAGE,
                      "a secret stands neither on a command line nor in a file: take it out, and "
                      "set the variable of the environment that is named for it");
}

static FlowStatus from_json(Parser *p, const FlowType *type, const cJSON *json, void *out)
{
    bool has_names = type->field_count > 0 && type->fields[0].name && *type->fields[0].name;
    switch (type->kind) {
    case FLOW_LIST: return list_from_json(p, type, json, out);
    case FLOW_MAP: return map_from_json(p, type, json, out);
    case FLOW_OPTION: return option_from_json(p, type, json, out);
    case FLOW_ENUM: return case_from_json(p, type, json, out);
    case FLOW_STRUCT:
    case FLOW_TUPLE:
        if (type_is_matrix(type))
            return matrix_from_json(p, json, out);
        if (cJSON_IsObject(json) && (has_names || type->kind == FLOW_STRUCT))
            return members_from_json(p, type, json, out);
        if (cJSON_IsArray(json) && type->kind == FLOW_TUPLE)
            return parts_from_json(p, type, json, out);
        return json_mismatch(p, type, json);
    case FLOW_UNIT: return cJSON_IsNull(json) ? FLOW_OK : json_mismatch(p, type, json);
    case FLOW_JSON: return tree_from_json(p, json, out);
    case FLOW_SECRET: return refuse_secret(p);
    default: return scalar_from_json(p, type, json, out);
    }
}

static FlowStatus parse_json(Parser *p, const FlowType *type, const char *text, void *out)
{
    if (!utf8_is_valid(text, strlen(text)))
        return flow_error(p->err, FLOW_EUSAGE, "the text is not valid UTF-8");
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithOpts(text, &end, true);
    if (!json)
        return mismatch(p, type, text, strlen(text));
    snprintf(p->place, sizeof p->place, "%s", p->name);
    FlowStatus s = from_json(p, type, json, out);
    cJSON_Delete(json);
    return s;
}

/* ---- the whole ----------------------------------------------------------- */

static FlowStatus parse_text(Parser *p, const FlowType *type, const char *text, void *out)
{
    if (type->kind == FLOW_SECRET)
        return refuse_secret(p);
    if (is_scalar(type) || type->kind == FLOW_JSON)
        return parse_scalar(p, type, text, strlen(text), out);
    if (type->kind == FLOW_OPTION) {
        void *payload;
        if (strcmp(text, "none") == 0)
            return FLOW_OK;
        if (flow_option_make(NULL, type, out, &payload) != FLOW_OK)
            return memory(p);
        return parse_text(p, type->item, text, payload);
    }
    const FlowField *one = type->kind == FLOW_ENUM ? field_named(type, text) : NULL;
    if (one && one->type->field_count == 0) {
        *(int64_t *)out = one - type->fields;
        return FLOW_OK;
    }
    if (type->kind == FLOW_LIST && is_scalar(type->item) && text[strspn(text, " \t\n")] != '[')
        return parse_commas(p, type->item, text, out);
    return parse_json(p, type, text, out);
}

FlowStatus value_parse_named(const FlowType *type, const char *name, const char *text, void *out,
                             FlowError *err)
{
    Parser p = {.err = err, .name = name};
    FlowStatus s = parse_text(&p, type, text, out);
    if (s != FLOW_OK)
        flow_value_release(type, out);
    return s;
}

FlowStatus value_expected(const FlowType *type, Buffer *out)
{
    Parser p = {0};
    Buffer room = {0};
    bool is_plain = type->kind == FLOW_LIST && is_scalar(type->item);
    FlowStatus s = buffer_append_text(out, is_plain ? "a list with commas between, or "
                                                    : "");
    if (s == FLOW_OK)
        s = buffer_append_text(out, expected(&p, type, &room));
    buffer_free(&room);
    return s;
}

/* cJSON reads numbers as doubles; the digits of a whole one are here. */
static bool is_whole(const char *text)
{
    text += *text == '-';
    return *text && !text[strspn(text, "0123456789")];
}

FlowStatus value_parse_json(const FlowType *type, const char *name, const char *text, void *out,
                            FlowError *err)
{
    Parser p = {.err = err, .name = name, .is_exact = true};
    bool is_int = type->kind == FLOW_INT && is_whole(text);
    snprintf(p.place, sizeof p.place, "%s", name);
    FlowStatus s = is_int ? parse_scalar(&p, type, text, strlen(text), out)
                          : parse_json(&p, type, text, out);
    if (s != FLOW_OK)
        flow_value_release(type, out);
    return s;
}

FlowStatus value_parse(const FlowType *type, const char *text, void *out, FlowError *err)
{
    return value_parse_named(type, "the value", text, out, err);
}
