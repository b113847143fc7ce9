/* SPDX-License-Identifier: Apache-2.0 */
/* column.c - fuzzes stored columns: bytes that are not trusted are opened and read, and rows made
 * of the same bytes come back from a column as they went in. */
#include <string.h>

#include "fuzz.h"
#include "store/column.h"

enum { ROWS_READ = 200, ROWS_MADE = 300 };

static volatile uint8_t seen;

static void touch(Cell cell)
{
    for (size_t i = 0; i < cell.len; i++)
        seen ^= cell.bytes[i];
}

static void read_rows(const Column *c)
{
    for (uint64_t i = 0; i < c->n && i < ROWS_READ; i++) {
        touch(column_cell(c, i));
        touch(column_cell(c, c->n - 1 - i));
    }
}

/* Aligned as a mapped file is, and without a byte to spare. */
static void open_bytes(const uint8_t *data, size_t size)
{
    Column column;
    FlowError err = {0};
    uint8_t *bytes = malloc(size ? size : 1);
    fuzz_assert(bytes);
    memcpy(bytes, data, size);
    if (column_open(bytes, size, &column, &err) == FLOW_OK)
        read_rows(&column);
    else
        fuzz_assert(err.message[0]);
    free(bytes);
}

/* One row from some bytes: its form, then its cell.  The rest is what is left. */
static Cell next_cell(const uint8_t **data, size_t *size, bool is_fixed)
{
    Cell cell = {0};
    uint8_t form = **data;
    ++*data;
    --*size;
    cell.is_present = form % 4 != 0;
    if (!cell.is_present)
        return cell;
    cell.fixed = is_fixed ? (int8_t)form / 4 : 0;
    if (is_fixed)
        return cell;
    cell.len = form / 16u < *size ? form / 16u : *size;
    cell.bytes = *data;
    *data += cell.len;
    *size -= cell.len;
    return cell;
}

static void compare(Cell a, Cell b, bool is_fixed)
{
    fuzz_assert(a.is_present == b.is_present);
    if (!a.is_present)
        return;
    fuzz_assert(!is_fixed || a.fixed == b.fixed);
    fuzz_assert(is_fixed || a.len == b.len);
    fuzz_assert(is_fixed || a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

static void build(const uint8_t *data, size_t size, bool is_fixed)
{
    Cell cells[ROWS_MADE];
    size_t n = 0;
    ColumnBuilder b;
    Buffer bytes = {0};
    Column column;
    FlowError err;
    column_builder_init(&b, is_fixed);
    while (size > 0 && n < ROWS_MADE) {
        cells[n] = next_cell(&data, &size, is_fixed);
        fuzz_assert(column_builder_add(&b, &cells[n++]) == FLOW_OK);
    }
    fuzz_assert(column_builder_finish(&b, &bytes) == FLOW_OK);
    fuzz_assert(column_open(bytes.bytes, bytes.len, &column, &err) == FLOW_OK);
    fuzz_assert(column.n == n);
    for (size_t i = 0; i < n; i++)
        compare(column_cell(&column, i), cells[i], is_fixed);
    column_builder_free(&b);
    buffer_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_bytes(data, size);
    if (size > 1)
        build(data + 1, size - 1, data[0] % 2);
    return 0;
}
