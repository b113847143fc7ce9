/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as .npy blobs: read where they are mapped, changed without a change of the file, and
 * refused where the file is not what it should be. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/fault.h"
#include "store/blob_value.h"
#include "value/npy.h"

enum { COUNT = 20000, BYTES = NPY_HEADER_BYTES + 8 * COUNT };

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/flow-npy-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    os_fault_disarm();
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static FlowList *make_floats(void)
{
    FlowList *list;
    assert_int_equal(flow_list_new(NULL, &flow_type_float, COUNT, 0, &list), FLOW_OK);
    for (size_t i = 0; i < COUNT; i++)
        ((double *)list->items)[i] = (double)i / 2;
    return list;
}

static uint64_t put(const FlowType *type, const void *value, FlowDigest *digest)
{
    BlobBatch batch = {.dir = dir};
    uint64_t len;
    assert_int_equal(blob_value_put(&batch, type, value, digest, &len, NULL), FLOW_OK);
    assert_int_equal(blob_batch_finish(&batch, NULL), FLOW_OK);
    blob_batch_free(&batch);
    assert_int_equal(blob_verify(dir, digest, NULL), FLOW_OK);
    return len;
}

static void put_floats(FlowDigest *digest)
{
    FlowList *list = make_floats();
    assert_true(blob_value_is_npy(&flow_type_float_list, &list, BLOB_VALUE_BYTES));
    assert_int_equal(put(&flow_type_float_list, &list, digest), BYTES);
    flow_list_release(list);
}

static void read_floats(const FlowDigest *digest, FlowList **list)
{
    FlowError err = {0};
    *list = NULL;
    FlowStatus s = blob_value_read(dir, &flow_type_float_list, digest, BYTES, list, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(s, FLOW_OK);
    assert_int_equal(flow_list_len(*list), COUNT);
}

static void path_of(const FlowDigest *digest, char out[200])
{
    char hex[65];
    digest_hex(digest, hex);
    snprintf(out, 200, "%s/%.2s/%s", dir, hex, hex + 2);
}

/* ---- a list ------------------------------------------------------------- */

static void a_file_is_what_numpy_writes(void **state)
{
    (void)state;
    static const char header[] = "\x93NUMPY\x01\x00\x76\x00"
                                 "{'descr': '<f8', 'fortran_order': False, 'shape': (20000,), }";
    FlowDigest digest;
    const uint8_t *bytes;
    put_floats(&digest);
    assert_int_equal(blob_map(dir, &digest, BYTES, &bytes, NULL), FLOW_OK);
    assert_memory_equal(bytes, header, sizeof header - 1);
    assert_int_equal(bytes[NPY_HEADER_BYTES - 1], '\n');
    assert_true(*(const double *)(const void *)(bytes + NPY_HEADER_BYTES + 24) == 1.5);
    assert_ptr_equal(npy_type(bytes, BYTES), &flow_type_float_list);
    blob_unmap(bytes, BYTES);
}

static void a_list_lies_in_the_mapping(void **state)
{
    (void)state;
    FlowDigest digest;
    FlowList *list, *made = make_floats();
    put_floats(&digest);
    read_floats(&digest, &list);
    assert_int_equal((uintptr_t)list->items % 64, 0);
    assert_true(flow_value_equal(&flow_type_float_list, &list, &made));
    flow_list_release(list);
    flow_list_release(made);
}

static void writing_leaves_the_blob_as_it_is(void **state)
{
    (void)state;
    FlowDigest digest;
    FlowList *list, *again;
    put_floats(&digest);
    read_floats(&digest, &list);
    void *slot, *items = list->items;
    assert_int_equal(flow_list_slot(NULL, &list, &flow_type_float, 7, &slot), FLOW_OK);
    *(double *)slot = -1;
    assert_ptr_equal(list->items, items); /* where it lies: no copy */
    read_floats(&digest, &again);
    assert_true(((double *)again->items)[7] == 3.5);
    assert_int_equal(blob_verify(dir, &digest, NULL), FLOW_OK);
    flow_list_release(again);
    flow_list_release(list);
}

/* Pages of the mapping at `items` that are the process's own. */
static long private_kilobytes(const void *items)
{
    char line[256];
    unsigned long from, to;
    long own = -1;
    bool is_it = false;
    FILE *f = fopen("/proc/self/smaps", "r");
    assert_non_null(f);
    while (own < 0 && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            is_it = (uintptr_t)items >= from && (uintptr_t)items < to;
        else if (is_it)
            sscanf(line, "Anonymous: %ld", &own);
    }
    fclose(f);
    return own;
}

static void a_shared_list_is_mapped_again(void **state)
{
    (void)state;
    FlowDigest digest;
    FlowList *list, *copy, *second;
    void *slot;
    put_floats(&digest);
    read_floats(&digest, &list);
    copy = flow_list_retain(list);
    assert_int_equal(flow_list_slot(NULL, &copy, &flow_type_float, 7, &slot), FLOW_OK);
    *(double *)slot = -1;
    assert_ptr_not_equal(copy, list);
    assert_in_range(private_kilobytes(copy->items), 1, 16); /* of 160 */
    assert_true(((double *)list->items)[7] == 3.5 && ((double *)copy->items)[8] == 4);
    second = flow_list_retain(copy); /* what was written to is copied, not mapped */
    assert_int_equal(flow_list_slot(NULL, &second, &flow_type_float, 9, &slot), FLOW_OK);
    assert_true(((double *)second->items)[7] == -1);
    flow_list_release(second);
    flow_list_release(copy);
    flow_list_release(list);
    assert_int_equal(blob_verify(dir, &digest, NULL), FLOW_OK);
}

static void a_mapped_list_can_grow(void **state)
{
    (void)state;
    FlowDigest digest;
    FlowList *list;
    const double more = 8;
    put_floats(&digest);
    read_floats(&digest, &list);
    for (int i = 0; i < 3 * COUNT; i++)
        assert_int_equal(flow_list_push(NULL, &list, &flow_type_float, &more), FLOW_OK);
    assert_true(((double *)list->items)[COUNT - 1] == (COUNT - 1) / 2.0);
    assert_true(((double *)list->items)[4 * COUNT - 1] == more);
    flow_list_release(list);
}

static void ranges_and_texts_have_no_such_form(void **state)
{
    (void)state;
    FlowList *range, *texts;
    assert_int_equal(flow_list_range(NULL, 0, COUNT, 1, &range), FLOW_OK);
    assert_int_equal(flow_list_new(NULL, &flow_type_string, COUNT, 0, &texts), FLOW_OK);
    assert_false(blob_value_is_npy(&flow_type_int_list, &range, 0));
    assert_false(blob_value_is_npy(&flow_type_string_list, &texts, 0));
    flow_list_release(range);
    flow_list_release(texts);
}

static void a_matrix_has_rows_and_columns(void **state)
{
    (void)state;
    FlowDigest digest;
    FlowMatrix m = {.rows = 200, .cols = 100, .items = make_floats()}, again = {0};
    uint64_t len = put(&flow_type_matrix, &m, &digest);
    assert_int_equal(blob_value_read(dir, &flow_type_matrix, &digest, len, &again, NULL), FLOW_OK);
    assert_true(flow_value_equal(&flow_type_matrix, &m, &again));
    flow_value_release(&flow_type_matrix, &again);
    FlowError err = {0};
    FlowList *list = NULL;
    assert_int_equal(blob_value_read(dir, &flow_type_float_list, &digest, len, &list, &err),
                     FLOW_EFORMAT);
    assert_non_null(strstr(err.message, "rows and columns, which is no [float]"));
    flow_value_release(&flow_type_matrix, &m);
}

/* ---- damage ------------------------------------------------------------- */

static void check_refused(const FlowDigest *digest, const FlowType *type, FlowStatus status,
                          const char *words)
{
    FlowError err = {0};
    FlowList *list = NULL;
    char path[200];
    path_of(digest, path);
    assert_int_equal(blob_value_read(dir, type, digest, BYTES, &list, &err), status);
    assert_null(list);
    assert_non_null(strstr(err.message, path));
    if (!strstr(err.message, words))
        fail_msg("`%s` is not in: %s", words, err.message);
}

/* At a time at which blobs are sealed, so that what is in the file is looked at. */
static void overwrite(const FlowDigest *digest, off_t at, const char *bytes)
{
    const struct timespec sealed[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    char path[200];
    path_of(digest, path);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, bytes, strlen(bytes), at), (ssize_t)strlen(bytes));
    assert_int_equal(futimens(fd, sealed), 0);
    close(fd);
}

static void what_is_damaged_is_refused(void **state)
{
    (void)state;
    FlowDigest digest;
    char path[200];
    put_floats(&digest);
    check_refused(&digest, &flow_type_int_list, FLOW_EFORMAT, "<f8");
    overwrite(&digest, 64, "9");
    check_refused(&digest, &flow_type_float_list, FLOW_EFORMAT, "header");
    overwrite(&digest, 10, "{'descr': '<f8', 'fortran_order': False, 'shape': (20001,), }");
    check_refused(&digest, &flow_type_float_list, FLOW_EFORMAT, "160128 bytes are not what");
    overwrite(&digest, 10, "{'descr': '<f8', 'fortran_order': False, 'shape': (-2000,), }");
    check_refused(&digest, &flow_type_float_list, FLOW_EFORMAT, "header");
    path_of(&digest, path);
    assert_int_equal(truncate(path, BYTES - 8), 0);
    check_refused(&digest, &flow_type_float_list, FLOW_ENOENT, "160120 bytes, 160128 were stored");
}

static void a_byte_that_is_no_bool_is_refused(void **state)
{
    (void)state;
    FlowDigest digest;
    FlowList *list;
    assert_int_equal(flow_list_new(NULL, &flow_type_bool, 8 * COUNT, 0, &list), FLOW_OK);
    assert_int_equal(put(&flow_type_bool_list, &list, &digest), BYTES);
    flow_list_release(list);
    overwrite(&digest, 5000, "x");
    check_refused(&digest, &flow_type_bool_list, FLOW_EFORMAT, "neither true nor false");
}

static void without_memory_nothing_is_left_mapped(void **state)
{
    (void)state;
    FlowDigest digest;
    put_floats(&digest);
    for (unsigned n = 1;; n++) {
        FlowError err = {0};
        FlowList *list = NULL;
        os_fault_arm(OS_FAULT_ALLOC, n);
        FlowStatus s = blob_value_read(dir, &flow_type_float_list, &digest, BYTES, &list, &err);
        os_fault_disarm();
        if (s == FLOW_OK) {
            flow_list_release(list);
            break;
        }
        assert_int_equal(s, FLOW_ENOMEM);
        assert_null(list);
    }
}

int main(void)
{
#define NPY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        NPY_TEST(a_file_is_what_numpy_writes),
        NPY_TEST(a_list_lies_in_the_mapping),
        NPY_TEST(writing_leaves_the_blob_as_it_is),
        NPY_TEST(a_shared_list_is_mapped_again),
        NPY_TEST(a_mapped_list_can_grow),
        NPY_TEST(ranges_and_texts_have_no_such_form),
        NPY_TEST(a_matrix_has_rows_and_columns),
        NPY_TEST(what_is_damaged_is_refused),
        NPY_TEST(a_byte_that_is_no_bool_is_refused),
        NPY_TEST(without_memory_nothing_is_left_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
