/* SPDX-License-Identifier: Apache-2.0 */
/* npy.c - see npy.h.
 *
 *   0  "\x93NUMPY" 1 0, u16 length of the text
 *  10  {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }, blanks, a newline
 * 128  the numbers, little-endian
 *
 * A header is read by making it again from the shape that it names: what differs anywhere is
 * damaged. */
#include "value/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "value/list.h"
#include "value/matrix.h"

enum { TEXT_AT = 10, TEXT_BYTES = NPY_HEADER_BYTES - TEXT_AT, DESCR_AT = 21 };

static const char magic[8] = "\x93NUMPY\x01";

typedef struct Shape {
    const char *descr;
    uint64_t rows, cols;
    bool is_matrix;
} Shape;

/* What numbers of that type are called, NULL where they have no such form. */
static const char *descr_of(const FlowType *item)
{
    switch (item->kind) {
    case FLOW_INT:
    case FLOW_SIZE:
    case FLOW_DURATION:
    case FLOW_TIME: return "<i8";
    case FLOW_FLOAT: return "<f8";
    case FLOW_BOOL: return "|b1";
    default: return NULL;
    }
}

static bool shape_of(const FlowType *type, Shape *out)
{
    *out = (Shape){.is_matrix = type_is_matrix(type), .descr = "<f8"};
    if (!out->is_matrix)
        out->descr = type->kind == FLOW_LIST ? descr_of(type->item) : NULL;
    return out->descr != NULL;
}

static void write_header(const Shape *shape, uint8_t *out)
{
    char text[TEXT_BYTES + 1], extent[64];
    if (shape->is_matrix)
        snprintf(extent, sizeof extent, "(%" PRIu64 ", %" PRIu64 ")", shape->rows, shape->cols);
    else
        snprintf(extent, sizeof extent, "(%" PRIu64 ",)", shape->rows);
    int len = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                       shape->descr, extent);
    memset(out, ' ', NPY_HEADER_BYTES);
    memcpy(out, magic, sizeof magic);
    out[sizeof magic] = TEXT_BYTES;
    out[sizeof magic + 1] = 0;
    memcpy(out + TEXT_AT, text, (size_t)len);
    out[NPY_HEADER_BYTES - 1] = '\n';
}

bool npy_describe(const FlowType *type, const void *value, NpyFile *out)
{
    Shape shape;
    if (!shape_of(type, &shape))
        return false;
    const FlowList *list =
        shape.is_matrix ? ((const FlowMatrix *)value)->items : *(FlowList *const *)value;
    if (list && list->is_range)
        return false;
    shape.rows = (uint64_t)flow_list_len(list);
    if (shape.is_matrix) {
        shape.rows = (uint64_t)((const FlowMatrix *)value)->rows;
        shape.cols = (uint64_t)((const FlowMatrix *)value)->cols;
    }
    write_header(&shape, out->header);
    out->items = list ? list->items : NULL;
    out->items_len = list ? list->len * list->item->size : 0;
    return true;
}

/* ---- reading ------------------------------------------------------------- */

bool npy_is(const void *bytes, size_t len)
{
    return len >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

/* The number at *text, which then stands behind it; one too large reads as UINT64_MAX. */
static uint64_t read_extent(char **text)
{
    while (**text == ' ' || **text == ',' || **text == '(')
        ++*text;
    return strtoull(*text, text, 10);
}

static const char *read_descr(const char *text)
{
    static const char *const known[] = {"<i8", "<f8", "|b1"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(text + DESCR_AT - TEXT_AT, known[i], 3) == 0)
            return known[i];
    return NULL;
}

static bool read_header(const uint8_t *bytes, size_t len, Shape *out)
{
    uint8_t again[NPY_HEADER_BYTES];
    char text[TEXT_BYTES + 1];
    if (len < NPY_HEADER_BYTES)
        return false;
    memcpy(text, bytes + TEXT_AT, TEXT_BYTES);
    text[TEXT_BYTES] = '\0';
    char *at = strchr(text, '(');
    *out = (Shape){.descr = read_descr(text)};
    if (!at || !out->descr)
        return false;
    out->rows = read_extent(&at);
    out->is_matrix = strncmp(at, ",)", 2) != 0;
    if (out->is_matrix)
        out->cols = read_extent(&at);
    write_header(out, again);
    return memcmp(bytes, again, sizeof again) == 0;
}

/* How many numbers, and that they are there. */
static bool count_items(const Shape *shape, size_t len, size_t *out)
{
    size_t size = shape->descr[0] == '|' ? sizeof(bool) : sizeof(int64_t), bytes;
    *out = (size_t)shape->rows;
    if (shape->is_matrix && __builtin_mul_overflow(shape->rows, shape->cols, out))
        return false;
    return shape->rows <= INT64_MAX && shape->cols <= INT64_MAX &&
           !__builtin_mul_overflow(*out, size, &bytes) && bytes == len - NPY_HEADER_BYTES;
}

static FlowStatus check(const FlowType *type, const void *bytes, size_t len, Shape *shape,
                        size_t *count, FlowError *err)
{
    Shape wanted;
    if (!shape_of(type, &wanted))
        return flow_error(err, FLOW_EFORMAT, "it is a .npy file, which holds no %s", type->name);
    if (!read_header(bytes, len, shape))
        return flow_error(err, FLOW_EFORMAT, "its .npy header is not one that Flow writes");
    if (strcmp(shape->descr, wanted.descr) != 0 || shape->is_matrix != wanted.is_matrix)
        return flow_error(err, FLOW_EFORMAT, "it is a .npy file of %s in %s, which is no %s",
                          shape->descr, shape->is_matrix ? "rows and columns" : "one row",
                          type->name);
    if (!count_items(shape, len, count))
        return flow_error(err, FLOW_EFORMAT,
                          "its %zu bytes are not what its .npy header says that it holds", len);
    return FLOW_OK;
}

static void put_items(const FlowType *type, const Shape *shape, FlowList *list, void *out)
{
    if (type_is_matrix(type))
        *(FlowMatrix *)out = (FlowMatrix){(int64_t)shape->rows, (int64_t)shape->cols, list};
    else
        *(FlowList **)out = list;
}

static const FlowType *item_of(const FlowType *type)
{
    return type_is_matrix(type) ? &flow_type_float : type->item;
}

/* A byte that is neither 0 nor 1 is no bool. */
static bool are_bools(const uint8_t *bytes, size_t len)
{
    uint8_t all = 0;
    for (size_t i = 0; i < len; i++)
        all |= bytes[i];
    return all <= 1;
}

static FlowStatus check_items(const FlowType *type, const uint8_t *bytes, size_t len,
                              FlowError *err)
{
    if (item_of(type)->kind != FLOW_BOOL ||
        are_bools(bytes + NPY_HEADER_BYTES, len - NPY_HEADER_BYTES))
        return FLOW_OK;
    return flow_error(err, FLOW_EFORMAT, "it holds what is neither true nor false");
}

FlowStatus npy_adopt(const FlowType *type, OsMap *map, const char *path, void *out,
                     FlowError *err)
{
    Shape shape;
    size_t count = 0;
    FlowList *list = NULL;
    FlowStatus s = check(type, map->bytes, map->len, &shape, &count, err);
    if (s == FLOW_OK)
        s = check_items(type, map->bytes, map->len, err);
    if (s == FLOW_OK)
        s = list_adopt(item_of(type), count, map, NPY_HEADER_BYTES, path, &list);
    if (s == FLOW_ENOMEM)
        return flow_error(err, s, "out of memory while %zu numbers were read", count);
    if (s != FLOW_OK)
        return s;
    put_items(type, &shape, list, out);
    return FLOW_OK;
}

const FlowType *npy_type(const void *bytes, size_t len)
{
    Shape shape;
    if (!read_header(bytes, len, &shape))
        return NULL;
    if (shape.is_matrix)
        return &flow_type_matrix;
    return shape.descr[1] == 'f'   ? &flow_type_float_list
           : shape.descr[1] == 'i' ? &flow_type_int_list
                                   : &flow_type_bool_list;
}
