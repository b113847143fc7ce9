/* SPDX-License-Identifier: Apache-2.0 */
/* matrix.c - arithmetic on matrices.
 *
 * The product goes over the right matrix in blocks that stay in the cache, copied so that what is
 * read one after the other lies one after the other: for each four columns, row by row.  Four rows
 * of the left matrix times four of those columns are summed up in registers.  Each element is the
 * sum of its products in their order, as three plain loops would give it. */
#include "value/matrix.h"

#include <inttypes.h>
#include <string.h>

#include <flow/task.h>

#include "os/memory.h"

static double *numbers(const FlowMatrix *m)
{
    return m->items ? m->items->items : NULL;
}

static size_t count_of(const FlowMatrix *m)
{
    return (size_t)flow_list_len(m->items);
}

/* ---- failures ------------------------------------------------------------ */

FlowStatus flow_fail_cell(FlowTask *t, int64_t rows, int64_t cols, int64_t row, int64_t col)
{
    bool is_row = row < 0 || row >= rows;
    return flow_fail(t,
                     "%s %" PRId64 " is out of range: the matrix has %" PRId64 " row%s and %" PRId64
                     " column%s",
                     is_row ? "row" : "column", is_row ? row : col, rows, rows == 1 ? "" : "s",
                     cols, cols == 1 ? "" : "s");
}

static FlowStatus fail_sizes(FlowTask *t, const char *op, const char *wants, const FlowMatrix *a,
                             const FlowMatrix *b)
{
    return flow_fail(t,
                     "`%s` takes %s: these are %" PRId64 " x %" PRId64 " and %" PRId64 " x %" PRId64
                     " (rows x columns)",
                     op, wants, a->rows, a->cols, b->rows, b->cols);
}

/* ---- making -------------------------------------------------------------- */

FlowStatus flow_matrix_new(FlowTask *t, int64_t rows, int64_t cols, FlowMatrix *out)
{
    int64_t count;
    if (rows < 0 || cols < 0)
        return flow_fail(t, "a matrix cannot have %" PRId64 " %s", rows < 0 ? rows : cols,
                         rows < 0 ? "rows" : "columns");
    if (__builtin_mul_overflow(rows, cols, &count))
        return flow_fail_memory(t, SIZE_MAX);
    FlowList *items;
    FlowStatus s = flow_list_new(t, &flow_type_float, (size_t)count, 0, &items);
    if (s == FLOW_OK)
        *out = (FlowMatrix){rows, cols, items};
    return s;
}

static const FlowList *row_at(const FlowList *rows, size_t index)
{
    return ((FlowList *const *)rows->items)[index];
}

FlowStatus flow_matrix_of(FlowTask *t, const FlowList *rows, FlowMatrix *out)
{
    int64_t count = flow_list_len(rows), cols = count > 0 ? flow_list_len(row_at(rows, 0)) : 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t len = flow_list_len(row_at(rows, (size_t)i));
        if (len != cols)
            return flow_fail(t,
                             "the rows of a matrix have one length: row 0 has %" PRId64
                             ", row %" PRId64 " has %" PRId64,
                             cols, i, len);
    }
    FlowStatus s = flow_matrix_new(t, count, cols, out);
    for (int64_t i = 0; s == FLOW_OK && cols > 0 && i < count; i++)
        memcpy(numbers(out) + i * cols, row_at(rows, (size_t)i)->items,
               (size_t)cols * sizeof(double));
    return s;
}

FlowStatus flow_matrix_reserve(FlowTask *t, FlowMatrix *m)
{
    return flow_list_reserve(t, &m->items, &flow_type_float, count_of(m));
}

/* ---- element by element -------------------------------------------------- */

static FlowStatus make_pair(FlowTask *t, const char *op, const FlowMatrix *a, const FlowMatrix *b,
                            FlowMatrix *out)
{
    if (a->rows != b->rows || a->cols != b->cols)
        return fail_sizes(t, op, "two matrices of one size", a, b);
    return flow_matrix_new(t, a->rows, a->cols, out);
}

/* Each element by that operator with the one at its place in the other matrix. */
#define PAIRWISE(name, op)                                                                         \
    FlowStatus name(FlowTask *t, const FlowMatrix *a, const FlowMatrix *b, FlowMatrix *out)        \
    {                                                                                              \
        FlowMatrix made;                                                                           \
        FlowStatus s = make_pair(t, #op, a, b, &made);                                             \
        if (s != FLOW_OK)                                                                          \
            return s;                                                                              \
        const double *x = numbers(a), *y = numbers(b);                                             \
        double *restrict z = numbers(&made);                                                       \
        for (size_t i = 0, n = count_of(a); i < n; i++)                                            \
            z[i] = x[i] op y[i];                                                                   \
        *out = made;                                                                               \
        return FLOW_OK;                                                                            \
    }

/* Each element by that operator with one number. */
#define EACH(name, op)                                                                             \
    FlowStatus name(FlowTask *t, const FlowMatrix *m, double number, FlowMatrix *out)              \
    {                                                                                              \
        FlowMatrix made;                                                                           \
        FlowStatus s = flow_matrix_new(t, m->rows, m->cols, &made);                                \
        if (s != FLOW_OK)                                                                          \
            return s;                                                                              \
        const double *x = numbers(m);                                                              \
        double *restrict z = numbers(&made);                                                       \
        for (size_t i = 0, n = count_of(m); i < n; i++)                                            \
            z[i] = x[i] op number;                                                                 \
        *out = made;                                                                               \
        return FLOW_OK;                                                                            \
    }

PAIRWISE(flow_matrix_add, +)
PAIRWISE(flow_matrix_sub, -)
EACH(flow_matrix_scale, *)
EACH(flow_matrix_divide, /)

/* ---- parts --------------------------------------------------------------- */

FlowStatus flow_matrix_row(FlowTask *t, const FlowMatrix *m, int64_t index, FlowList **out)
{
    if (index < 0 || index >= m->rows)
        return flow_fail_cell(t, m->rows, m->cols, index, 0);
    return flow_list_slice(t, m->items, index * m->cols, (index + 1) * m->cols, out);
}

FlowStatus flow_matrix_col(FlowTask *t, const FlowMatrix *m, int64_t index, FlowList **out)
{
    if (index < 0 || index >= m->cols)
        return flow_fail_cell(t, m->rows, m->cols, 0, index);
    FlowList *col;
    FlowStatus s = flow_list_new(t, &flow_type_float, (size_t)m->rows, 0, &col);
    if (s != FLOW_OK)
        return s;
    for (int64_t i = 0; i < m->rows; i++)
        ((double *)col->items)[i] = numbers(m)[i * m->cols + index];
    *out = col;
    return FLOW_OK;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Square by square, so that neither side leaves the cache between two visits of a line. */
FlowStatus flow_matrix_transpose(FlowTask *t, const FlowMatrix *m, FlowMatrix *out)
{
    enum { SQUARE = 32 };
    FlowMatrix turned;
    FlowStatus s = flow_matrix_new(t, m->cols, m->rows, &turned);
    if (s != FLOW_OK)
        return s;
    const double *from = numbers(m);
    double *restrict to = numbers(&turned);
    for (int64_t top = 0; top < m->rows; top += SQUARE)
        for (int64_t left = 0; left < m->cols; left += SQUARE)
            for (int64_t j = left; j < least(left + SQUARE, m->cols); j++)
                for (int64_t i = top; i < least(top + SQUARE, m->rows); i++)
                    to[j * m->rows + i] = from[i * m->cols + j];
    *out = turned;
    return FLOW_OK;
}

/* ---- products ------------------------------------------------------------ */

FlowStatus flow_matrix_apply(FlowTask *t, const FlowMatrix *m, const FlowList *column,
                             FlowList **out)
{
    const FlowMatrix as_matrix = {.rows = flow_list_len(column), .cols = 1};
    if (m->cols != as_matrix.rows)
        return fail_sizes(t, "@", "as many numbers as the matrix has columns", m, &as_matrix);
    FlowList *product;
    FlowStatus s = flow_list_new(t, &flow_type_float, (size_t)m->rows, 0, &product);
    if (s != FLOW_OK)
        return s;
    const double *row = numbers(m), *x = column ? column->items : NULL;
    for (int64_t i = 0; i < m->rows; i++) {
        double sum = 0;
        for (int64_t k = 0; k < m->cols; k++)
            sum += row[i * m->cols + k] * x[k];
        ((double *)product->items)[i] = sum;
    }
    *out = product;
    return FLOW_OK;
}

/* Two doubles at once, which every machine of 64 bits can do. */
typedef double Two __attribute__((vector_size(16)));

enum { WIDE = 4, BLOCK_ROWS = 256, BLOCK_COLS = 128 };

/* A block of the right matrix: four columns after four columns, zeros where there are none. */
typedef struct Block {
    Two *packed;
    int64_t row, rows, col, cols;
} Block;

static void pack(Block *block, const FlowMatrix *b)
{
    double *to = (double *)block->packed;
    for (int64_t j = 0; j < block->cols; j += WIDE)
        for (int64_t k = 0; k < block->rows; k++, to += WIDE) {
            const double *from = numbers(b) + (block->row + k) * b->cols + block->col + j;
            int64_t width = least(WIDE, block->cols - j);
            for (int64_t w = 0; w < WIDE; w++)
                to[w] = w < width ? from[w] : 0.0;
        }
}

static Two both(double x)
{
    return (Two){x, x};
}

/* The rows of a tile: what is read of the left matrix, and what is summed up. */
typedef struct Tile {
    const double *a; /* the first row, at the block's first column */
    int64_t a_stride;
    const Two *b; /* four columns of the block */
    int64_t depth;
    double *c;
    int64_t c_stride;
    size_t width; /* bytes of a row of the tile that exist */
} Tile;

static void four_rows(const Tile *tile)
{
    Two sum[4][2] = {{{0}}};
    const double *a0 = tile->a, *a1 = a0 + tile->a_stride, *a2 = a1 + tile->a_stride,
                 *a3 = a2 + tile->a_stride;
    for (int r = 0; r < 4; r++)
        memcpy(sum[r], tile->c + r * tile->c_stride, tile->width);
    Two s00 = sum[0][0], s01 = sum[0][1], s10 = sum[1][0], s11 = sum[1][1];
    Two s20 = sum[2][0], s21 = sum[2][1], s30 = sum[3][0], s31 = sum[3][1];
    for (int64_t k = 0; k < tile->depth; k++) {
        Two left = tile->b[2 * k], right = tile->b[2 * k + 1];
        s00 += both(a0[k]) * left;
        s01 += both(a0[k]) * right;
        s10 += both(a1[k]) * left;
        s11 += both(a1[k]) * right;
        s20 += both(a2[k]) * left;
        s21 += both(a2[k]) * right;
        s30 += both(a3[k]) * left;
        s31 += both(a3[k]) * right;
    }
    const Two sums[4][2] = {{s00, s01}, {s10, s11}, {s20, s21}, {s30, s31}};
    for (int r = 0; r < 4; r++)
        memcpy(tile->c + r * tile->c_stride, sums[r], tile->width);
}

static void one_row(const Tile *tile)
{
    Two sum[2] = {{0}};
    memcpy(sum, tile->c, tile->width);
    for (int64_t k = 0; k < tile->depth; k++) {
        sum[0] += both(tile->a[k]) * tile->b[2 * k];
        sum[1] += both(tile->a[k]) * tile->b[2 * k + 1];
    }
    memcpy(tile->c, sum, tile->width);
}

static void multiply_block(const FlowMatrix *a, const Block *block, const FlowMatrix *c)
{
    Tile tile = {.a_stride = a->cols, .depth = block->rows, .c_stride = c->cols};
    for (int64_t i = 0; i < a->rows;) {
        bool are_four = a->rows - i >= 4;
        tile.a = numbers(a) + i * a->cols + block->row;
        for (int64_t j = 0; j < block->cols; j += WIDE) {
            tile.b = block->packed + j / WIDE * block->rows * 2;
            tile.c = numbers(c) + i * c->cols + block->col + j;
            tile.width = (size_t)least(WIDE, block->cols - j) * sizeof(double);
            if (are_four)
                four_rows(&tile);
            else
                one_row(&tile);
        }
        i += are_four ? 4 : 1;
    }
}

static void multiply(const FlowMatrix *a, const FlowMatrix *b, Two *packed, const FlowMatrix *c)
{
    Block block = {.packed = packed};
    for (block.col = 0; block.col < b->cols; block.col += BLOCK_COLS)
        for (block.row = 0; block.row < b->rows; block.row += BLOCK_ROWS) {
            block.cols = least(BLOCK_COLS, b->cols - block.col);
            block.rows = least(BLOCK_ROWS, b->rows - block.row);
            pack(&block, b);
            multiply_block(a, &block, c);
        }
}

FlowStatus flow_matrix_product(FlowTask *t, const FlowMatrix *a, const FlowMatrix *b,
                               FlowMatrix *out)
{
    if (a->cols != b->rows)
        return fail_sizes(t, "@", "as many columns on the left as rows on the right", a, b);
    size_t packed_bytes = sizeof(double) * BLOCK_ROWS * BLOCK_COLS;
    FlowMatrix product;
    FlowStatus s = flow_matrix_new(t, a->rows, b->cols, &product);
    if (s != FLOW_OK)
        return s;
    Two *packed = os_alloc(packed_bytes);
    if (!packed) {
        flow_list_release(product.items);
        return flow_fail_memory(t, packed_bytes);
    }
    multiply(a, b, packed, &product);
    os_free(packed);
    *out = product;
    return FLOW_OK;
}
