/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - the print form of values, and interpolated text that grows part by part. */
#include "value/text.h"

#include <inttypes.h>
#include <string.h>

#include <flow/task.h>

#include "os/memory.h"
#include "value/json_tree.h"
#include "value/list.h"
#include "value/matrix.h"
#include "value/number.h"

/* How many numbers are shown; how many rows and columns of a larger one. */
enum { MATRIX_WHOLE = 100, MATRIX_CORNER = 3 };

typedef struct Writer {
    Buffer *out;
    bool quoted;
    unsigned depth;
} Writer;

static FlowStatus write_value(Writer w, const FlowType *type, const void *value);

static FlowStatus write_text(Writer w, const char *text)
{
    return buffer_append_text(w.out, text);
}

static FlowStatus write_int(Writer w, int64_t x)
{
    char text[24], *p = text + sizeof text;
    uint64_t rest = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (x < 0)
        *--p = '-';
    return buffer_append(w.out, p, (size_t)(text + sizeof text - p));
}

static FlowStatus write_escaped(Writer w, unsigned char byte)
{
    switch (byte) {
    case '"': return write_text(w, "\\\"");
    case '\\': return write_text(w, "\\\\");
    case '\n': return write_text(w, "\\n");
    case '\r': return write_text(w, "\\r");
    case '\t': return write_text(w, "\\t");
    default: break;
    }
    if (byte < 0x20 || byte == 0x7f)
        return buffer_printf(w.out, "\\u{%x}", byte);
    return buffer_append_byte(w.out, byte);
}

static FlowStatus write_string(Writer w, const FlowString *string)
{
    const char *bytes = flow_string_bytes(string);
    size_t len = flow_string_len_bytes(string);
    if (!w.quoted)
        return buffer_append(w.out, bytes, len);
    FlowStatus s = buffer_append_byte(w.out, '"');
    for (size_t i = 0; s == FLOW_OK && i < len; i++)
        s = write_escaped(w, (unsigned char)bytes[i]);
    return s == FLOW_OK ? buffer_append_byte(w.out, '"') : s;
}

/* 0x48656c6c6f, or 0x4865… (1024 bytes). */
static FlowStatus write_bytes(Writer w, const FlowString *octets)
{
    enum { SHOWN = 32 };
    size_t len = flow_string_len_bytes(octets);
    FlowStatus s = write_text(w, "0x");
    for (size_t i = 0; s == FLOW_OK && i < len && i < SHOWN; i++)
        s = buffer_printf(w.out, "%02x", (unsigned char)octets->bytes[i]);
    return s == FLOW_OK && len > SHOWN ? buffer_printf(w.out, "… (%zu bytes)", len) : s;
}

static FlowStatus write_list(Writer w, const FlowType *item, const FlowList *list)
{
    FlowStatus s = write_text(w, "[");
    int64_t room;
    for (size_t i = 0; s == FLOW_OK && i < (size_t)flow_list_len(list); i++) {
        if (i > 0)
            s = write_text(w, ", ");
        if (s == FLOW_OK)
            s = write_value(w, item, list_peek(list, i, &room));
    }
    return s == FLOW_OK ? write_text(w, "]") : s;
}

static FlowStatus write_map(Writer w, const FlowType *type, const FlowMap *map)
{
    if (flow_map_len(map) == 0)
        return write_text(w, "[:]");
    FlowStatus s = FLOW_OK;
    for (int64_t i = 0; s == FLOW_OK && i < flow_map_len(map); i++) {
        s = write_text(w, i > 0 ? ", " : "[");
        if (s == FLOW_OK)
            s = write_value(w, type->key, flow_map_key_at(map, i));
        if (s == FLOW_OK)
            s = write_text(w, ": ");
        if (s == FLOW_OK)
            s = write_value(w, type->item, flow_map_value_at(map, i));
    }
    return s == FLOW_OK ? write_text(w, "]") : s;
}

static FlowStatus write_field(Writer w, const FlowField *field, bool first, const void *value)
{
    FlowStatus s = first ? FLOW_OK : write_text(w, ", ");
    if (s == FLOW_OK && field->name && *field->name) {
        s = write_text(w, field->name);
        if (s == FLOW_OK)
            s = write_text(w, "=");
    }
    return s == FLOW_OK ? write_value(w, field->type, (const char *)value + field->offset) : s;
}

/* "Pair", as the program makes one, of the type "Pair[int, string]". */
static FlowStatus write_struct_name(Writer w, const FlowType *type)
{
    return buffer_append(w.out, type->name, strcspn(type->name, "["));
}

static FlowStatus write_fields(Writer w, const FlowType *type, const void *value)
{
    FlowStatus s = type->kind == FLOW_STRUCT ? write_struct_name(w, type) : FLOW_OK;
    if (s == FLOW_OK)
        s = write_text(w, "(");
    for (uint32_t i = 0; s == FLOW_OK && i < type->field_count; i++)
        s = write_field(w, &type->fields[i], i == 0, value);
    return s == FLOW_OK ? write_text(w, ")") : s;
}

/* Empty, or Circle(2.0). */
static FlowStatus write_case(Writer w, const FlowType *type, const void *value)
{
    const FlowField *one = flow_enum_case(type, value);
    FlowStatus s = write_text(w, one->name);
    if (s != FLOW_OK || one->type->field_count == 0)
        return s;
    return write_fields(w, one->type, (const char *)value + one->offset);
}

/* The first `shown` of `count` things; what is left out is a … behind them. */
static FlowStatus write_more(Writer w, int64_t shown, int64_t count)
{
    return shown < count ? write_text(w, ", …]") : write_text(w, "]");
}

static FlowStatus write_row(Writer w, const double *row, int64_t shown, int64_t cols)
{
    char text[NUMBER_TEXT_MAX];
    FlowStatus s = write_text(w, "[");
    for (int64_t j = 0; s == FLOW_OK && j < shown; j++) {
        number_write_float(row[j], text);
        s = write_text(w, j > 0 ? ", " : "");
        if (s == FLOW_OK)
            s = write_text(w, text);
    }
    return s == FLOW_OK ? write_more(w, shown, cols) : s;
}

/* matrix([[1.0, 2.0], [3.0, 4.0]]); of a large one its first corner, and its size in front. */
static FlowStatus write_matrix(Writer w, const FlowMatrix *m)
{
    bool is_large = flow_list_len(m->items) > MATRIX_WHOLE;
    int64_t rows = is_large && m->rows > MATRIX_CORNER ? MATRIX_CORNER : m->rows;
    int64_t cols = is_large && m->cols > MATRIX_CORNER ? MATRIX_CORNER : m->cols;
    FlowStatus s =
        is_large ? buffer_printf(w.out, "matrix(%" PRId64 ", %" PRId64 ", [", m->rows, m->cols)
                 : write_text(w, "matrix([");
    for (int64_t i = 0; s == FLOW_OK && i < rows; i++) {
        s = write_text(w, i > 0 ? ", " : "");
        if (s == FLOW_OK)
            s = write_row(w, m->items ? (const double *)m->items->items + i * m->cols : NULL, cols,
                          m->cols);
    }
    if (s == FLOW_OK)
        s = write_more(w, rows, m->rows);
    return s == FLOW_OK ? write_text(w, ")") : s;
}

static FlowStatus write_number(Writer w, FlowKind kind, const void *value)
{
    char text[NUMBER_TEXT_MAX];
    int64_t x;
    double f;
    memcpy(&x, value, sizeof x);
    memcpy(&f, value, sizeof f);
    switch (kind) {
    case FLOW_FLOAT: number_write_float(f, text); break;
    case FLOW_SIZE: number_write_size(x, text); break;
    case FLOW_DURATION: number_write_duration(x, text); break;
    case FLOW_TIME: number_write_time(x, text); break;
    default: return write_int(w, x);
    }
    return write_text(w, text);
}

static const void *pointer_at(const void *value)
{
    void *p;
    memcpy(&p, value, sizeof p);
    return p;
}

static FlowStatus write_value(Writer w, const FlowType *type, const void *value)
{
    Writer inner = {w.out, true, w.depth + 1};
    if (w.depth > VALUE_DEPTH_MAX)
        return FLOW_FAIL;
    switch (type->kind) {
    case FLOW_UNIT: return write_text(w, "()");
    case FLOW_INT:
    case FLOW_FLOAT:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return write_number(w, type->kind, value);
    case FLOW_BOOL: return write_text(w, *(const bool *)value ? "true" : "false");
    case FLOW_STRING: return write_string(w, pointer_at(value));
    case FLOW_BYTES: return write_bytes(w, pointer_at(value));
    case FLOW_JSON: return json_write(w.out, pointer_at(value));
    case FLOW_SECRET: return write_text(w, "(secret)");
    case FLOW_LIST: return write_list(inner, type->item, pointer_at(value));
    case FLOW_MAP: return write_map(inner, type, pointer_at(value));
    case FLOW_OPTION:
        if (!flow_option_get(type, value))
            return write_text(w, "none");
        return write_value((Writer){w.out, w.quoted, w.depth + 1}, type->item,
                           flow_option_get(type, value));
    case FLOW_ENUM: return write_case(inner, type, value);
    case FLOW_TUPLE:
    case FLOW_STRUCT:
        return type_is_matrix(type) ? write_matrix(w, value) : write_fields(inner, type, value);
    case FLOW_CLOSURE: return write_text(w, type->name);
    }
    return FLOW_FAIL;
}

FlowStatus text_write(Buffer *out, const FlowType *type, const void *value, bool quoted)
{
    return write_value((Writer){out, quoted, 0}, type, value);
}

/* ---- interpolation ------------------------------------------------------- */

FlowStatus flow_text_bytes(FlowTask *t, FlowText *text, const char *bytes, size_t len)
{
    Buffer b = {(uint8_t *)text->bytes, text->len, text->cap};
    FlowStatus s = buffer_append(&b, bytes, len);
    *text = (FlowText){(char *)b.bytes, b.len, b.cap};
    return s == FLOW_OK ? FLOW_OK : flow_fail_memory(t, len);
}

FlowStatus flow_text_value(FlowTask *t, FlowText *text, const FlowType *type, const void *value)
{
    Buffer b = {(uint8_t *)text->bytes, text->len, text->cap};
    FlowStatus s = text_write(&b, type, value, false);
    *text = (FlowText){(char *)b.bytes, b.len, b.cap};
    if (s == FLOW_ENOMEM)
        return flow_fail_memory(t, b.len);
    return s == FLOW_OK ? FLOW_OK : flow_fail(t, "a value is nested too deeply to be shown");
}

FlowStatus flow_text_take(FlowTask *t, FlowText *text, FlowString **out)
{
    FlowStatus s = flow_string_new(t, text->bytes, text->len, out);
    flow_text_free(text);
    return s;
}

void flow_text_free(FlowText *text)
{
    os_free(text->bytes);
    *text = (FlowText){0};
}
