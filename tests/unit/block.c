/* SPDX-License-Identifier: Apache-2.0 */
/* Input blocks: cells by pieces and strides; a block that lies is refused and never read beyond. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "block_maker.h"

/* Rows: a number from two columns, a number that is the same for all, and a list of two fields. */
static uint8_t *make(size_t *len)
{
    BlockMaker m = {0};
    uint32_t some = maker_fixed(&m, (int64_t[]){10, 11, 15}, 3);
    uint32_t range = maker_range(&m, 100, 0, 5);
    uint32_t text = maker_values(&m, &flow_type_int, (const void *[]){&(int64_t){7}, NULL}, 2);
    maker_field(&m);
    maker_piece(&m, range, 20, 4, 1);
    m.level_count = 1;
    maker_field(&m);
    maker_piece(&m, some, 1, 2, 1);
    maker_piece(&m, range, 3, 0, 1);
    maker_piece(&m, range, 3, 2, 1);
    maker_slot(&m, 1, NULL, 0);
    maker_value_slot(&m, text, 4, 0);
    maker_field(&m);
    maker_piece(&m, range, 0, 5, 1);
    maker_slot(&m, 1, (uint64_t[]){0, 2, 2, 2, 5}, 4);
    return maker_finish(&m, 4, len);
}

static void cells_come_by_pieces(void **state)
{
    (void)state;
    size_t len;
    uint8_t *bytes = make(&len);
    Block b;
    assert_int_equal(block_open(bytes, len, 4, 3, "/nowhere", &b, NULL), FLOW_OK);
    const int64_t expected[] = {11, 15, 15, 20};
    BlockCursor c = block_cursor(&b, b.slots[0].field);
    for (int i = 0; i < 4; i++)
        assert_int_equal(block_next(&c).fixed, expected[i]);
    c = block_cursor(&b, b.slots[0].field);
    block_skip(&c, 3);
    assert_int_equal(block_next(&c).fixed, 20);
    c = block_cursor(&b, 0);
    block_skip(&c, 1);
    assert_int_equal(block_next(&c).fixed, 105);
    c = block_cursor(&b, b.slots[1].field);
    for (int i = 0; i < 4; i++) {
        Cell cell = block_next(&c);
        assert_true(cell.is_present);
        assert_int_equal(cell.len, 1);
    }
    assert_true(block_field_is_constant(&b, b.slots[1].field));
    assert_false(block_field_is_constant(&b, b.slots[0].field));
    assert_true(block_field_fits(&b, b.slots[0].field, true));
    assert_false(block_field_fits(&b, b.slots[1].field, true));
    block_close(&b);
    free(bytes);
}

enum { LONG = 100000, LONG_COLUMNS = 4 };

/* A field of columns of 800 KB, the first of them read by a second field, too. */
static uint8_t *make_long(size_t *len)
{
    static int64_t numbers[LONG];
    BlockMaker m = {0};
    uint32_t columns[LONG_COLUMNS];
    for (int c = 0; c < LONG_COLUMNS; c++) {
        for (int i = 0; i < LONG; i++)
            numbers[i] = (int64_t)c * LONG + (int64_t)i * i;
        columns[c] = maker_fixed(&m, numbers, LONG);
    }
    maker_field(&m);
    for (int c = 0; c < LONG_COLUMNS; c++)
        maker_piece(&m, columns[c], 0, LONG, 1);
    maker_slot(&m, 1, (uint64_t[]){0, LONG_COLUMNS * LONG}, 1);
    maker_field(&m);
    maker_piece(&m, columns[0], 0, LONG, 1);
    maker_piece(&m, columns[3], 0, LONG, 1);
    maker_slot(&m, 1, (uint64_t[]){0, 2 * LONG}, 1);
    return maker_finish(&m, 1, len);
}

static size_t held_kb(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return (size_t)st.st_blocks / 2;
}

static void read_long(const Block *b, uint32_t slot, const int *columns, int count)
{
    BlockCursor c = block_cursor(b, b->slots[slot].field);
    for (int k = 0; k < count; k++)
        for (int i = 0; i < LONG; i++)
            assert_int_equal(block_next(&c).fixed, (int64_t)columns[k] * LONG + (int64_t)i * i);
}

/* What has been read is given back, and nothing that is still to be read. */
static void memory_is_given_back(void **state)
{
    (void)state;
    size_t len;
    uint8_t *bytes = make_long(&len);
    int fd = memfd_create("block", MFD_CLOEXEC);
    assert_int_equal(write(fd, bytes, len), len);
    free(bytes);
    void *mapped = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
    assert_true(mapped != MAP_FAILED);
    Block b;
    size_t before = held_kb(fd);
    assert_int_equal(block_open(mapped, len, 1, 2, "/nowhere", &b, NULL), FLOW_OK);
    block_give_back(&b, fd);
    read_long(&b, 0, (int[]){0, 1, 2, 3}, 4);
    assert_int_equal(held_kb(fd), before); /* the first column is wanted again */
    read_long(&b, 1, (int[]){0, 3}, 2);
    block_drop_columns(&b);
    assert_true(held_kb(fd) < 32);
    assert_int_equal(b.header->n, 1);
    block_close(&b);
    munmap(mapped, len);
    close(fd);
}

static void another_step_is_refused(void **state)
{
    (void)state;
    size_t len;
    uint8_t *bytes = make(&len);
    Block b;
    FlowError err;
    assert_int_equal(block_open(bytes, len, 5, 3, "/nowhere", &b, &err), FLOW_EFORMAT);
    assert_int_equal(block_open(bytes, len, 4, 2, "/nowhere", &b, &err), FLOW_EFORMAT);
    assert_int_equal(block_open(bytes, len - 1, 4, 3, "/nowhere", &b, &err), FLOW_EFORMAT);
    assert_int_equal(block_open(bytes, 10, 4, 3, "/nowhere", &b, &err), FLOW_EFORMAT);
    free(bytes);
}

static void read_all(Block *b)
{
    for (uint32_t f = 0; f < b->header->field_count; f++) {
        if (b->fields[f].count > 1000)
            continue;
        BlockCursor c = block_cursor(b, f);
        for (uint64_t i = 0; i < b->fields[f].count; i++)
            (void)block_next(&c);
    }
}

/* Every byte of the tables is changed in turn; what is still taken can be read without harm. */
static void damage_never_reads_outside(void **state)
{
    (void)state;
    size_t len;
    uint8_t *bytes = make(&len);
    int refused = 0;
    for (size_t i = 0; i < len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            Block b;
            bytes[i] ^= (uint8_t)(1 << bit);
            if (block_open(bytes, len, 4, 3, "/nowhere", &b, NULL) == FLOW_OK) {
                read_all(&b);
                block_close(&b);
            } else {
                refused++;
            }
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
    assert_true(refused > 100);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_come_by_pieces),
        cmocka_unit_test(memory_is_given_back),
        cmocka_unit_test(another_step_is_refused),
        cmocka_unit_test(damage_never_reads_outside),
    };
    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
