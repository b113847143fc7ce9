/* SPDX-License-Identifier: Apache-2.0 */
/* Columns: what is built is read back, in the smallest kind, and no bytes crash the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/fault.h"
#include "store/column.h"

/* ---- samples ------------------------------------------------------------ */

typedef enum Shape { SHAPE_SAME, SHAPE_RANGE, SHAPE_MIXED, SHAPE_SAME_TEXT, SHAPE_TEXT } Shape;
enum { SHAPE_COUNT = 5 };
typedef enum Gaps { GAPS_NONE, GAPS_SOME, GAPS_ALL } Gaps;
enum { GAPS_COUNT = 3 };

static const uint64_t sizes[] = {0, 1, 63, 64, 65, 1000};
enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

static bool shape_is_fixed(Shape shape)
{
    return shape <= SHAPE_MIXED;
}

static Cell sample(Shape shape, Gaps gaps, uint64_t row)
{
    static const uint8_t text[] = "the quick brown fox jumps over the lazy dog";
    Cell cell = {.is_present = gaps == GAPS_NONE || (gaps == GAPS_SOME && row % 3 != 1)};
    if (!cell.is_present)
        return cell;
    switch (shape) {
    case SHAPE_SAME: cell.fixed = -42; break;
    case SHAPE_RANGE: cell.fixed = 1000 - 7 * (int64_t)row; break;
    case SHAPE_MIXED: cell.fixed = (int64_t)(row * row * 2654435761u) - 77; break;
    case SHAPE_SAME_TEXT:
        cell.bytes = text;
        cell.len = 9;
        break;
    case SHAPE_TEXT:
        cell.bytes = text + row % 5;
        cell.len = row % 30;
        break;
    }
    return cell;
}

static void add_samples(ColumnBuilder *b, Shape shape, Gaps gaps, uint64_t n)
{
    for (uint64_t row = 0; row < n; row++) {
        Cell cell = sample(shape, gaps, row);
        assert_int_equal(column_builder_add(b, &cell), FLOW_OK);
    }
}

static Buffer build(Shape shape, Gaps gaps, uint64_t n)
{
    ColumnBuilder b;
    Buffer out = {0};
    column_builder_init(&b, shape_is_fixed(shape));
    add_samples(&b, shape, gaps, n);
    assert_int_equal(column_builder_finish(&b, &out), FLOW_OK);
    column_builder_free(&b);
    return out;
}

static void check_cell(Cell found, Cell wanted)
{
    assert_int_equal(found.is_present, wanted.is_present);
    assert_int_equal(found.fixed, wanted.fixed);
    assert_int_equal(found.len, wanted.len);
    if (wanted.len > 0)
        assert_memory_equal(found.bytes, wanted.bytes, wanted.len);
}

static Column open_sound(const Buffer *bytes)
{
    Column c;
    FlowError err = {0};
    FlowStatus s = column_open(bytes->bytes, bytes->len, &c, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(s, FLOW_OK);
    return c;
}

static void check_samples(const Buffer *bytes, Shape shape, Gaps gaps, uint64_t n)
{
    Column c = open_sound(bytes);
    assert_int_equal(c.n, n);
    assert_int_equal(c.is_fixed, shape_is_fixed(shape));
    for (uint64_t row = 0; row < n; row++)
        check_cell(column_cell(&c, row), sample(shape, gaps, row));
}

/* ---- building and reading ----------------------------------------------- */

static void every_shape_is_read_back(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        for (int gaps = 0; gaps < GAPS_COUNT; gaps++)
            for (int i = 0; i < SIZE_COUNT; i++) {
                Buffer bytes = build((Shape)shape, (Gaps)gaps, sizes[i]);
                check_samples(&bytes, (Shape)shape, (Gaps)gaps, sizes[i]);
                buffer_free(&bytes);
            }
}

static ColumnKind kind_of(Shape shape, Gaps gaps, uint64_t n)
{
    Buffer bytes = build(shape, gaps, n);
    ColumnKind kind = open_sound(&bytes).kind;
    buffer_free(&bytes);
    return kind;
}

static void the_smallest_kind_is_chosen(void **state)
{
    (void)state;
    assert_int_equal(kind_of(SHAPE_SAME, GAPS_NONE, 64), COLUMN_CONST);
    assert_int_equal(kind_of(SHAPE_SAME, GAPS_SOME, 64), COLUMN_CONST);
    assert_int_equal(kind_of(SHAPE_SAME_TEXT, GAPS_SOME, 64), COLUMN_CONST);
    assert_int_equal(kind_of(SHAPE_RANGE, GAPS_NONE, 64), COLUMN_RANGE);
    assert_int_equal(kind_of(SHAPE_RANGE, GAPS_SOME, 64), COLUMN_PACKED);
    assert_int_equal(kind_of(SHAPE_MIXED, GAPS_NONE, 64), COLUMN_PACKED);
    assert_int_equal(kind_of(SHAPE_TEXT, GAPS_NONE, 64), COLUMN_VAR);
    assert_int_equal(kind_of(SHAPE_TEXT, GAPS_ALL, 64), COLUMN_CONST);
    assert_int_equal(kind_of(SHAPE_MIXED, GAPS_NONE, 1), COLUMN_CONST);
    assert_int_equal(kind_of(SHAPE_TEXT, GAPS_NONE, 1), COLUMN_CONST);
}

static void one_value_takes_no_part(void **state)
{
    (void)state;
    Buffer number = build(SHAPE_SAME, GAPS_NONE, 1000), text = build(SHAPE_SAME_TEXT, GAPS_NONE, 9);
    assert_int_equal(number.len, 32);
    assert_int_equal(text.len, 32 + 9);
    buffer_free(&number);
    buffer_free(&text);
}

static void parts_are_aligned(void **state)
{
    (void)state;
    Buffer bytes = build(SHAPE_TEXT, GAPS_SOME, 1000);
    Column c = open_sound(&bytes);
    assert_int_equal((c.validity - bytes.bytes) % 64, 0);
    assert_int_equal(((const uint8_t *)c.offsets - bytes.bytes) % 64, 0);
    assert_int_equal((c.heap - bytes.bytes) % 64, 0);
    buffer_free(&bytes);
}

static void a_builder_is_used_again(void **state)
{
    (void)state;
    ColumnBuilder b;
    column_builder_init(&b, false);
    for (int round = 0; round < 3; round++) {
        Buffer bytes = {0};
        Gaps gaps = round == 1 ? GAPS_SOME : GAPS_NONE;
        add_samples(&b, SHAPE_TEXT, gaps, 65);
        assert_int_equal(column_builder_finish(&b, &bytes), FLOW_OK);
        check_samples(&bytes, SHAPE_TEXT, gaps, 65);
        buffer_free(&bytes);
    }
    column_builder_free(&b);
}

static void ranges_that_would_overflow_are_packed(void **state)
{
    (void)state;
    const int64_t cells[][2] = {{INT64_MIN, INT64_MAX}, {INT64_MAX, INT64_MIN}, {-1, INT64_MAX}};
    for (size_t i = 0; i < 3; i++) {
        ColumnBuilder b;
        Buffer bytes = {0};
        column_builder_init(&b, true);
        for (int k = 0; k < 2; k++)
            assert_int_equal(
                column_builder_add(&b, &(Cell){.is_present = true, .fixed = cells[i][k]}), FLOW_OK);
        assert_int_equal(column_builder_finish(&b, &bytes), FLOW_OK);
        Column c = open_sound(&bytes);
        assert_int_equal(c.kind, COLUMN_PACKED);
        assert_int_equal(column_cell(&c, 1).fixed, cells[i][1]);
        column_builder_free(&b);
        buffer_free(&bytes);
    }
}

static void a_range_is_written_at_once(void **state)
{
    (void)state;
    Buffer bytes = {0};
    assert_int_equal(column_write_range(&bytes, 1000000, 5, 3), FLOW_OK);
    Column c = open_sound(&bytes);
    assert_int_equal(c.kind, COLUMN_RANGE);
    assert_int_equal(c.n, 1000000);
    assert_int_equal(column_cell(&c, 999999).fixed, 5 + 3 * 999999);
    buffer_clear(&bytes);
    assert_int_equal(column_write_range(&bytes, 0, 5, 3), FLOW_OK);
    assert_int_equal(open_sound(&bytes).n, 0);
    assert_int_equal(column_write_range(&bytes, 3, INT64_MAX - 1, 1), FLOW_EFORMAT);
    buffer_free(&bytes);
}

static void a_million_cells_are_built(void **state)
{
    (void)state;
    ColumnBuilder b;
    Buffer bytes = {0};
    column_builder_init(&b, true);
    add_samples(&b, SHAPE_MIXED, GAPS_NONE, 1000000);
    assert_int_equal(column_builder_finish(&b, &bytes), FLOW_OK);
    assert_int_equal(bytes.len, 64 + 8 * 1000000);
    column_builder_free(&b);
    buffer_free(&bytes);
}

/* ---- bytes that are not trusted ----------------------------------------- */

static volatile uint64_t seen; /* so that reads are not left out */

static void read_whatever_opens(const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len > 0 ? len : 1); /* the sanitizer stands behind its last byte */
    Column c;
    FlowError err;
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    if (column_open(exact, len, &c, &err) == FLOW_OK) {
        for (uint64_t row = 0; row < c.n && row < 1100; row++) {
            Cell cell = column_cell(&c, row);
            seen += (uint64_t)cell.fixed;
            for (size_t i = 0; i < cell.len; i++)
                seen += cell.bytes[i];
        }
        if (c.n > 0)
            seen += (uint64_t)column_cell(&c, c.n - 1).fixed;
    } else {
        assert_int_equal(err.status, FLOW_EFORMAT);
    }
    free(exact);
}

static void mutate_each_byte(Buffer *bytes)
{
    static const uint8_t masks[] = {0x01, 0x02, 0x80, 0xff};
    for (size_t at = 0; at < bytes->len; at++)
        for (size_t m = 0; m < sizeof masks; m++) {
            bytes->bytes[at] ^= masks[m];
            read_whatever_opens(bytes->bytes, bytes->len);
            bytes->bytes[at] ^= masks[m];
        }
}

static void mutated_bytes_are_refused_or_read(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        for (int gaps = 0; gaps < GAPS_COUNT; gaps++)
            for (int i = 0; i < SIZE_COUNT - 1; i++) {
                Buffer bytes = build((Shape)shape, (Gaps)gaps, sizes[i]);
                mutate_each_byte(&bytes);
                buffer_free(&bytes);
            }
}

static void cut_or_extended_bytes_are_refused(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        for (int gaps = 0; gaps < GAPS_COUNT; gaps++) {
            Buffer bytes = build((Shape)shape, (Gaps)gaps, 65);
            Column c;
            for (size_t len = 0; len < bytes.len; len++) {
                read_whatever_opens(bytes.bytes, len);
                assert_int_equal(column_open(bytes.bytes, len, &c, NULL), FLOW_EFORMAT);
            }
            assert_int_equal(buffer_append_byte(&bytes, 0), FLOW_OK);
            assert_int_equal(column_open(bytes.bytes, bytes.len, &c, NULL), FLOW_EFORMAT);
            buffer_free(&bytes);
        }
}

static void huge_counts_are_refused(void **state)
{
    (void)state;
    const uint64_t counts[] = {UINT64_MAX, UINT64_MAX / 8, (uint64_t)1 << 61,
                               ((uint64_t)1 << 48) + 1};
    Buffer bytes = build(SHAPE_TEXT, GAPS_SOME, 65);
    for (int kind = 0; kind < 6; kind++)
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            bytes.bytes[0] = (uint8_t)kind;
            bytes_put_u64(bytes.bytes + 8, counts[i]);
            Column c;
            assert_int_equal(column_open(bytes.bytes, bytes.len, &c, NULL), FLOW_EFORMAT);
        }
    buffer_free(&bytes);
}

/* ---- no memory ---------------------------------------------------------- */

static void a_cell_that_finds_no_memory_is_not_added(void **state)
{
    (void)state;
    ColumnBuilder b;
    Buffer bytes = {0};
    column_builder_init(&b, false);
    for (uint64_t row = 0; row < 1000; row++) {
        Cell cell = sample(SHAPE_TEXT, GAPS_SOME, row);
        os_fault_arm(OS_FAULT_ALLOC, 1);
        FlowStatus s = column_builder_add(&b, &cell);
        os_fault_disarm();
        if (s != FLOW_OK)
            s = column_builder_add(&b, &cell);
        assert_int_equal(s, FLOW_OK);
    }
    os_fault_arm(OS_FAULT_ALLOC, 1);
    assert_int_equal(column_builder_finish(&b, &bytes), FLOW_ENOMEM);
    os_fault_disarm();
    assert_int_equal(column_builder_finish(&b, &bytes), FLOW_OK);
    check_samples(&bytes, SHAPE_TEXT, GAPS_SOME, 1000);
    column_builder_free(&b);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_read_back),
        cmocka_unit_test(the_smallest_kind_is_chosen),
        cmocka_unit_test(one_value_takes_no_part),
        cmocka_unit_test(parts_are_aligned),
        cmocka_unit_test(a_builder_is_used_again),
        cmocka_unit_test(ranges_that_would_overflow_are_packed),
        cmocka_unit_test(a_range_is_written_at_once),
        cmocka_unit_test(a_million_cells_are_built),
        cmocka_unit_test(mutated_bytes_are_refused_or_read),
        cmocka_unit_test(cut_or_extended_bytes_are_refused),
        cmocka_unit_test(huge_counts_are_refused),
        cmocka_unit_test(a_cell_that_finds_no_memory_is_not_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
