/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c - parameters from the command line, and what is said where one does not fit.
 *
 * A scalar is what its literal looks like; a list of scalars may be written 1,2,3; all else is
 * JSON, in which any scalar may also stand as a string ("4GB", "9007199254740993"). */
#include "value/parse.h"

#include <stdio.h>
#include <string.h>

#include <flow/value.h>

#include "value/base64.h"
#include "value/list.h"
#include "value/matrix.h"
#include "value/number.h"
#include "value/utf8.h"

enum { SHOWN_MAX = 40, SHOWN_ROOM = 2 * SHOWN_MAX + 8 };

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

/* "one of "Red", "Green"", where no case carries anything. */
static const char *expected_case(const FlowType *type, Buffer *room)
{
    FlowStatus s = buffer_append_text(room, "one of ");
    for (uint32_t i = 0; s == FLOW_OK && i < type->field_count; i++)
        s = buffer_printf(room, "%s\"%s\"", i ? ", " : "", type->fields[i].name);
    const char *text = s == FLOW_OK ? buffer_text(room) : NULL;
    return text ? text : type->name;
}

static bool is_of_names(const FlowType *type)
{
    for (uint32_t i = 0; i < type->field_count; i++)
        if (type->fields[i].type->field_count > 0)
            return false;
    return type->kind == FLOW_ENUM;
}

/* "a whole number, such as 42", or "[Row] as JSON, such as [{…}]". */
static const char *expected(const Parser *p, const FlowType *type, Buffer *room)
{
    const char *scalar = p->is_exact ? expected_json(type->kind) : expected_scalar(type->kind);
    if (scalar)
        return scalar;
    if (type->kind == FLOW_OPTION)
        return expected(p, type->item, room);
    if (p->is_tree && is_of_names(type))
        return expected_case(type, room);
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

/* ---- what was found ------------------------------------------------------ */

FlowStatus parser_write_place(const Parser *p, Buffer *out)
{
    size_t before = out->len;
    FlowStatus s = p->is_key ? buffer_append_text(out, "a key of ") : FLOW_OK;
    if (s == FLOW_OK && p->name)
        s = buffer_append_text(out, p->name);
    size_t named = out->len;
    if (s == FLOW_OK && p->is_tree)
        s = json_write_path(out, p->at);
    if (s == FLOW_OK && !p->name && out->len == named)
        s = buffer_append_text(out, "the top");
    if (s != FLOW_OK)
        out->len = before;
    return s;
}

/* Where p is, as a text that lives as long as `room`. */
static const char *place_of(const Parser *p, Buffer *room)
{
    const char *text = parser_write_place(p, room) == FLOW_OK ? buffer_text(room) : NULL;
    return text ? text : "it";
}

/* "at .rows[3].x: expected a whole number, such as 42; found the string "x"". */
static FlowStatus say_found(const Parser *p, const FlowType *type, const char *wanted,
                            const char *text, size_t len)
{
    static const char *const words[] = {"",           "",           "the number ", "the number ",
                                        "the string ", "the list ", "the map "};
    Buffer place = {0};
    char given[SHOWN_ROOM];
    JsonKind kind = json_view(p->at).kind;
    shown(text, len, given);
    const char *quote = p->is_key || (kind == JSON_STRING && *text != '"') ? "\"" : "";
    const char *at = place_of(p, &place);
    if (kind == JSON_NULL)
        flow_error(p->err, FLOW_EUSAGE, "at %s: expected %s; found null: where it may be, the "
                   "type is `%s?`", at, wanted, type->name);
    else
        flow_error(p->err, FLOW_EUSAGE, "at %s: expected %s; found %s%s%s%s", at, wanted,
                   p->is_key ? "" : words[kind], quote, given, quote);
    buffer_free(&place);
    return FLOW_EUSAGE;
}

FlowStatus parser_mismatch(const Parser *p, const FlowType *type, const char *text, size_t len)
{
    Buffer room = {0}, place = {0};
    char given[SHOWN_ROOM];
    const char *wanted = expected(p, type, &room);
    shown(text, len, given);
    if (!p->name)
        say_found(p, type, wanted, text, len);
    else if (p->is_tree)
        flow_error(p->err, FLOW_EUSAGE, "%s is `%s`; expected %s", place_of(p, &place), given,
                   wanted);
    else if (len == 0)
        flow_error(p->err, FLOW_EUSAGE, "the value is empty; expected %s", wanted);
    else
        flow_error(p->err, FLOW_EUSAGE, "`%s` is no %s; expected %s", given, type->name,
                   wanted);
    buffer_free(&room);
    buffer_free(&place);
    return FLOW_EUSAGE;
}

FlowStatus parser_memory(const Parser *p)
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

static FlowStatus fail_number(const Parser *p, const FlowType *type, NumberResult result,
                              const char *text, size_t len)
{
    char given[SHOWN_ROOM], what[SHOWN_ROOM + 120];
    shown(text, len, given);
    if (result == NUMBER_TOO_LARGE)
        snprintf(what, sizeof what, "is too large for type %s", type->name);
    else if (result == NUMBER_INEXACT)
        snprintf(what, sizeof what, "is no whole number of %s, such as %s",
                 type->kind == FLOW_SIZE ? "bytes" : "nanoseconds",
                 type->kind == FLOW_SIZE ? "1500B or 1.5KB" : "1500ns or 1.5us");
    else
        return parser_mismatch(p, type, text, len);
    if (!p->is_tree)
        return flow_error(p->err, FLOW_EUSAGE, "`%s` %s", given, what);
    Buffer place = {0};
    if (p->name)
        flow_error(p->err, FLOW_EUSAGE, "`%s` in %s %s", given, place_of(p, &place), what);
    else
        flow_error(p->err, FLOW_EUSAGE, "at %s: `%s` %s", place_of(p, &place), given, what);
    buffer_free(&place);
    return FLOW_EUSAGE;
}

static FlowStatus parse_string(const Parser *p, const char *text, size_t len, FlowString **out)
{
    if (!utf8_is_valid(text, len))
        return flow_error(p->err, FLOW_EUSAGE, "the text is not valid UTF-8");
    return flow_string_new(NULL, text, len, out) == FLOW_OK ? FLOW_OK : parser_memory(p);
}

static FlowStatus parse_bytes(const Parser *p, const FlowType *type, const char *text, size_t len,
                              FlowString **out)
{
    Buffer octets = {0};
    FlowStatus s = base64_read(text, len, &octets);
    if (s == FLOW_OK)
        s = flow_string_new(NULL, (const char *)octets.bytes, octets.len, out);
    buffer_free(&octets);
    if (s == FLOW_EFORMAT)
        return parser_mismatch(p, type, text, len);
    return s == FLOW_OK ? FLOW_OK : parser_memory(p);
}

static FlowStatus parse_tree(const Parser *p, const char *text, size_t len, FlowJson **out)
{
    FlowError why;
    FlowStatus s = json_parse(text, len, out, &why);
    if (s == FLOW_ENOMEM)
        return parser_memory(p);
    return s == FLOW_OK ? s : flow_error(p->err, FLOW_EUSAGE, "it is no JSON: %s", why.message);
}

FlowStatus parser_scalar(const Parser *p, const FlowType *type, const char *text, size_t len,
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

bool parser_is_scalar(const FlowType *type)
{
    return value_is_fixed(type) || type->kind == FLOW_STRING || type->kind == FLOW_BYTES;
}

/* 1,2,3; a blank around an item does not count. */
static FlowStatus parse_commas(const Parser *p, const FlowType *item, const char *text,
                               FlowList **out)
{
    FlowStatus s = FLOW_OK;
    size_t count = 0;
    if (text[strspn(text, " \t\n")] == '\0') /* a shell's variable that is not set, perhaps */
        return flow_error(p->err, FLOW_EUSAGE,
                          "the value is empty: a list without elements is written `[]`");
    for (bool more = true; more && s == FLOW_OK;) {
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
        s = list_grow(NULL, out, item, &slot) == FLOW_OK ? FLOW_OK : parser_memory(p);
        if (s == FLOW_OK)
            s = parser_scalar(p, item, text + first, last - first, slot);
        text += len + more;
    }
    return s;
}

/* Its text is in no message. */
FlowStatus parser_refuse_secret(const Parser *p)
{
    return flow_error(p->err, FLOW_EUSAGE,
                      "a secret stands neither on a command line nor in a file: take it out, and "
                      "set the variable of the environment that is named for it");
}

static FlowStatus parse_json(Parser *p, const FlowType *type, const char *text, void *out)
{
    FlowError why;
    FlowJson *json = NULL;
    size_t len = strlen(text);
    if (!utf8_is_valid(text, len))
        return flow_error(p->err, FLOW_EUSAGE, "the text is not valid UTF-8");
    FlowStatus s = json_parse_rounding(text, len, &json, &why);
    if (s != FLOW_OK)
        return s == FLOW_ENOMEM ? parser_memory(p) : parser_mismatch(p, type, text, len);
    p->is_tree = true;
    s = parser_tree(p, type, json, out);
    flow_json_release(json);
    return s;
}

/* ---- the whole ----------------------------------------------------------- */

static FlowStatus parse_text(Parser *p, const FlowType *type, const char *text, void *out)
{
    if (type->kind == FLOW_SECRET)
        return parser_refuse_secret(p);
    if (parser_is_scalar(type) || type->kind == FLOW_JSON)
        return parser_scalar(p, type, text, strlen(text), out);
    if (type->kind == FLOW_OPTION) {
        void *payload;
        if (strcmp(text, "none") == 0)
            return FLOW_OK;
        if (flow_option_make(NULL, type, out, &payload) != FLOW_OK)
            return parser_memory(p);
        return parse_text(p, type->item, text, payload);
    }
    const FlowField *one =
        type->kind == FLOW_ENUM ? field_named(type, text, strlen(text)) : NULL;
    if (one && one->type->field_count == 0) {
        *(int64_t *)out = one - type->fields;
        return FLOW_OK;
    }
    bool is_plain = type->kind == FLOW_LIST && parser_is_scalar(type->item);
    if (is_plain && text[strspn(text, " \t\n")] != '[')
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
    bool is_plain = type->kind == FLOW_LIST && parser_is_scalar(type->item);
    FlowStatus s = buffer_append_text(out, is_plain ? "a list with commas between, or "
                                                    : "");
    if (s == FLOW_OK)
        s = buffer_append_text(out, expected(&p, type, &room));
    buffer_free(&room);
    return s;
}

FlowStatus value_parse_json(const FlowType *type, const char *name, const char *text, void *out,
                            FlowError *err)
{
    Parser p = {.err = err, .name = name, .is_tree = true, .is_exact = true};
    FlowStatus s = parse_json(&p, type, text, out);
    if (s != FLOW_OK)
        flow_value_release(type, out);
    return s;
}

FlowStatus value_of_json(const FlowType *type, const FlowJson *json, void *out, FlowError *err)
{
    Parser p = {.err = err, .is_tree = true, .is_exact = true};
    FlowStatus s = parser_tree(&p, type, json, out);
    if (s != FLOW_OK)
        flow_value_release(type, out);
    return s;
}

FlowStatus value_parse(const FlowType *type, const char *text, void *out, FlowError *err)
{
    return value_parse_named(type, "the value", text, out, err);
}
