/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs: stored whole under their hash or not at all, whatever fails on the way. */
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/fault.h"
#include "store/blob.h"

/* The last stride of each ends within a page; HUGE goes to the disk past the page cache. */
enum { LARGE = 9 * 1024 * 1024 + 77, HUGE = 65 * 1024 * 1024 + 77 };

/* ---- a folder for each test --------------------------------------------- */

static char root[64], dir[80];

static int set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/flow-blob-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(dir, sizeof dir, "%s/blobs", root);
    return 0;
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
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static unsigned files_found, parts_found;
static bool modes_are_private;

static int look_at_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    if (strstr(path, ".part"))
        parts_found++;
    else if (type == FTW_F)
        files_found++;
    if (ftw->level > 0 && (st->st_mode & 0777) != (type == FTW_F ? 0600u : 0700u))
        modes_are_private = false;
    return 0;
}

static void look_for_parts(void)
{
    files_found = parts_found = 0;
    modes_are_private = true;
    assert_int_equal(nftw(root, look_at_one, 16, FTW_PHYS), 0);
    assert_int_equal(parts_found, 0);
    assert_true(modes_are_private);
}

static void look(unsigned files)
{
    look_for_parts();
    assert_int_equal(files_found, files);
}

static void path_of(const FlowDigest *digest, char out[200])
{
    char hex[65];
    digest_hex(digest, hex);
    snprintf(out, 200, "%s/%.2s/%s", dir, hex, hex + 2);
}

static void put(const void *bytes, size_t len, FlowDigest *digest)
{
    FlowError err = {0};
    FlowStatus s = blob_put(dir, bytes, len, digest, &err);
    assert_string_equal(err.message, "");
    assert_int_equal(s, FLOW_OK);
}

static uint8_t *make_bytes(size_t len)
{
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    return bytes;
}

static uint8_t *make_large(void)
{
    return make_bytes(LARGE);
}

/* What bytes are named by, as digest.h has it. */
static void name_of(const uint8_t *bytes, size_t len, FlowDigest *out)
{
    static FlowDigest strides[HUGE / DIGEST_STRIDE_BYTES + 1];
    size_t count = 0;
    if (len <= DIGEST_PLAIN_BYTES) {
        assert_int_equal(digest_bytes(bytes, len, out, NULL), FLOW_OK);
        return;
    }
    for (size_t at = 0; at < len; at += DIGEST_STRIDE_BYTES, count++) {
        size_t rest = len - at < DIGEST_STRIDE_BYTES ? len - at : DIGEST_STRIDE_BYTES;
        assert_int_equal(digest_bytes(bytes + at, rest, &strides[count], NULL), FLOW_OK);
    }
    assert_int_equal(digest_root(strides, count, len, out, NULL), FLOW_OK);
}

/* ---- digests ------------------------------------------------------------ */

static void a_digest_is_that_of_sha256(void **state)
{
    (void)state;
    FlowDigest digest, parsed;
    char hex[65];
    assert_int_equal(digest_bytes("abc", 3, &digest, NULL), FLOW_OK);
    digest_hex(&digest, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(digest_parse(hex, &parsed));
    assert_true(digest_equal(&digest, &parsed));
    assert_false(digest_parse("ba78", &parsed));
    assert_false(digest_parse("", &parsed));
    hex[63] = 'G';
    assert_false(digest_parse(hex, &parsed));
}

/* Computed by Python's hashlib: the name that a large blob has forever. */
static void a_large_name_is_that_of_its_strides(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, DIGEST_PLAIN_BYTES + 1);
    FlowDigest digest;
    char hex[65];
    assert_non_null(bytes);
    name_of(bytes, DIGEST_PLAIN_BYTES + 1, &digest);
    digest_hex(&digest, hex);
    assert_string_equal(hex, "09732ccac75957e980004c98fd9def343c728c1c4ebb28ec51506dd398164310");
    free(bytes);
}

/* ---- putting and mapping ------------------------------------------------ */

static void check_mapped(const FlowDigest *digest, const void *bytes, size_t len)
{
    const uint8_t *mapped;
    assert_int_equal(blob_map(dir, digest, len, &mapped, NULL), FLOW_OK);
    assert_non_null(mapped);
    assert_memory_equal(mapped, bytes, len);
    blob_unmap(mapped, len);
    assert_int_equal(blob_verify(dir, digest, NULL), FLOW_OK);
}

static void a_blob_is_mapped_again(void **state)
{
    (void)state;
    FlowDigest digest;
    put("some bytes", 10, &digest);
    check_mapped(&digest, "some bytes", 10);
    put("", 0, &digest);
    check_mapped(&digest, "", 0);
    look(2);
}

static void a_large_blob_is_mapped_again(void **state)
{
    (void)state;
    uint8_t *bytes = make_large();
    FlowDigest digest, wanted;
    put(bytes, LARGE, &digest);
    name_of(bytes, LARGE, &wanted);
    assert_true(digest_equal(&digest, &wanted));
    check_mapped(&digest, bytes, LARGE);
    put(bytes, LARGE, &digest);
    look(1);
    free(bytes);
}

/* Pieces that end anywhere, an empty one among them, as a .npy file has them. */
static void pieces_are_written_one_after_another(void **state)
{
    (void)state;
    static const size_t lens[] = {LARGE, HUGE};
    for (size_t i = 0; i < 2; i++) {
        uint8_t *bytes = make_bytes(lens[i]);
        size_t third = lens[i] / 3;
        const Bytes pieces[] = {{bytes, 128},
                                {bytes, 0},
                                {bytes + 128, third},
                                {bytes + 128 + third, 5},
                                {bytes + 133 + third, lens[i] - third - 133}};
        BlobBatch batch = {.dir = dir};
        FlowDigest digest, wanted;
        assert_int_equal(blob_batch_put_pieces(&batch, pieces, 5, &digest, NULL), FLOW_OK);
        assert_int_equal(blob_batch_finish(&batch, NULL), FLOW_OK);
        blob_batch_free(&batch);
        name_of(bytes, lens[i], &wanted);
        assert_true(digest_equal(&digest, &wanted));
        check_mapped(&digest, bytes, lens[i]);
        free(bytes);
    }
}

/* A store of format 1 has them. */
static void a_large_blob_may_be_named_by_its_plain_hash(void **state)
{
    (void)state;
    uint8_t *bytes = make_large();
    FlowDigest digest, plain;
    char from[200], to[200], folder[100];
    put(bytes, LARGE, &digest);
    assert_int_equal(digest_bytes(bytes, LARGE, &plain, NULL), FLOW_OK);
    path_of(&digest, from);
    path_of(&plain, to);
    snprintf(folder, sizeof folder, "%.*s", (int)(strlen(dir) + 3), to);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(blob_verify(dir, &plain, NULL), FLOW_OK);
    assert_int_equal(truncate(to, LARGE - 1), 0);
    assert_int_equal(blob_verify(dir, &plain, NULL), FLOW_EFORMAT);
    free(bytes);
}

static void the_same_bytes_are_stored_once(void **state)
{
    (void)state;
    FlowDigest first, second;
    struct stat before, after;
    char path[200];
    put("twice", 5, &first);
    path_of(&first, path);
    assert_int_equal(stat(path, &before), 0);
    os_fault_arm(OS_FAULT_WRITE, 1);
    put("twice", 5, &second);
    assert_false(os_fault_struck());
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_true(digest_equal(&first, &second));
}

static void a_blob_that_is_put_again_is_young(void **state)
{
    (void)state;
    FlowDigest digest;
    struct stat st;
    char path[200];
    struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    put("some bytes", 10, &digest);
    path_of(&digest, path);
    assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    put("some bytes", 10, &digest);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_mtime > 1000);
}

static void a_blob_that_lost_its_end_is_written_anew(void **state)
{
    (void)state;
    FlowDigest digest;
    char path[200];
    put("some bytes", 10, &digest);
    path_of(&digest, path);
    assert_int_equal(truncate(path, 4), 0);
    put("some bytes", 10, &digest);
    check_mapped(&digest, "some bytes", 10);
    look(1);
}

/* Writes into the file as an editor would, without a change of its length. */
static void write_into(const FlowDigest *digest, const char *bytes)
{
    char path[200];
    path_of(digest, path);
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    assert_true(fputs(bytes, f) >= 0);
    assert_int_equal(fclose(f), 0);
    struct stat st;
    struct timespec odd[2] = {{.tv_sec = 1000, .tv_nsec = 5}, {.tv_sec = 1000, .tv_nsec = 5}};
    assert_int_equal(stat(path, &st), 0);
    if (st.st_mtim.tv_nsec == 0) /* the clock struck */
        assert_int_equal(utimensat(AT_FDCWD, path, odd, 0), 0);
}

static void a_blob_that_was_changed_is_as_good_as_lost(void **state)
{
    (void)state;
    FlowDigest digest;
    const uint8_t *mapped;
    FlowError err = {0};
    put("some bytes", 10, &digest);
    write_into(&digest, "somE");
    assert_int_equal(blob_map(dir, &digest, 10, &mapped, &err), FLOW_ENOENT);
    assert_non_null(strstr(err.message, "was changed after it was stored"));
    put("some bytes", 10, &digest); /* made again, it is written over */
    check_mapped(&digest, "some bytes", 10);
}

static void a_blob_that_was_only_touched_is_hashed_once(void **state)
{
    (void)state;
    FlowDigest digest;
    struct stat st;
    char path[200];
    put("some bytes", 10, &digest);
    path_of(&digest, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mtim.tv_nsec, 0);
    write_into(&digest, "some");
    check_mapped(&digest, "some bytes", 10);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mtim.tv_nsec, 0);
}

static void two_processes_put_the_same_blob(void **state)
{
    (void)state;
    uint8_t *bytes = make_large();
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            FlowDigest digest;
            bool is_put = blob_put(dir, bytes, LARGE, &digest, NULL) == FLOW_OK;
            _exit(is_put && blob_put(dir, "small", 5, &digest, NULL) == FLOW_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    look(2);
    free(bytes);
}

/* ---- what is wrong with a blob ------------------------------------------ */

static void a_missing_blob_is_named(void **state)
{
    (void)state;
    FlowDigest digest;
    const uint8_t *mapped;
    FlowError err = {0};
    char path[200];
    put("gone", 4, &digest);
    path_of(&digest, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(blob_map(dir, &digest, 4, &mapped, &err), FLOW_ENOENT);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "missing"));
    assert_int_equal(blob_verify(dir, &digest, &err), FLOW_ENOENT);
}

static void a_blob_of_another_length_is_refused(void **state)
{
    (void)state;
    FlowDigest digest;
    const uint8_t *mapped;
    FlowError err = {0};
    put("some bytes", 10, &digest);
    assert_int_equal(blob_map(dir, &digest, 11, &mapped, &err), FLOW_ENOENT);
    assert_non_null(strstr(err.message, "it has 10 bytes, 11 were stored"));
    assert_int_equal(blob_map(dir, &digest, 9, &mapped, &err), FLOW_EFORMAT);
}

static void a_changed_blob_does_not_verify(void **state)
{
    (void)state;
    FlowDigest digest;
    FlowError err = {0};
    char path[200];
    put("some bytes", 10, &digest);
    path_of(&digest, path);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fputc('S', file);
    fclose(file);
    assert_int_equal(blob_verify(dir, &digest, &err), FLOW_EFORMAT);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "damaged"));
}

/* ---- the nth call fails ------------------------------------------------- */

/* Whatever has the final name is whole. */
static void check_whole_or_absent(const FlowDigest *wanted)
{
    FlowStatus s = blob_verify(dir, wanted, NULL);
    assert_true(s == FLOW_OK || s == FLOW_ENOENT);
}

static void fail_each_call(OsFault kind, const void *bytes, size_t len)
{
    FlowDigest digest, wanted;
    bool has_struck = true;
    name_of(bytes, len, &wanted);
    for (unsigned n = 1; has_struck; n += len == HUGE ? 33 : 1) {
        assert_true(n < 200);
        tear_down(NULL);
        assert_int_equal(set_up(NULL), 0);
        FlowError err = {0};
        os_fault_arm(kind, n);
        FlowStatus s = blob_put(dir, bytes, len, &digest, &err);
        has_struck = os_fault_struck();
        os_fault_disarm();
        assert_int_equal(s != FLOW_OK, has_struck);
        assert_int_equal(err.message[0] != '\0', has_struck);
        check_whole_or_absent(&wanted);
        look(blob_verify(dir, &wanted, NULL) == FLOW_OK ? 1 : 0);
        put(bytes, len, &digest);
    }
}

static void a_failure_leaves_no_half_blob(void **state)
{
    (void)state;
    static const OsFault kinds[] = {OS_FAULT_OPEN,   OS_FAULT_WRITE, OS_FAULT_FSYNC,
                                    OS_FAULT_RENAME, OS_FAULT_MKDIR, OS_FAULT_ALLOC};
    uint8_t *large = make_large(), *huge = make_bytes(HUGE);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        fail_each_call(kinds[i], "some bytes", 10);
        fail_each_call(kinds[i], large, LARGE);
    }
    fail_each_call(OS_FAULT_WRITE, huge, HUGE); /* each stride, and what comes before and after */
    free(large);
    free(huge);
}

/* ---- batches ------------------------------------------------------------ */

enum { BATCH = 70 }; /* more than a batch has open at once */

/* Puts BATCH blobs, the first byte of each its number, and finishes. */
static FlowStatus put_batch(FlowDigest *digests, FlowError *err)
{
    BlobBatch batch = {.dir = dir};
    FlowStatus s = FLOW_OK;
    for (int i = 0; i < BATCH && s == FLOW_OK; i++) {
        uint8_t bytes[100] = {(uint8_t)i};
        s = blob_batch_put(&batch, bytes, sizeof bytes, &digests[i], err);
    }
    if (s == FLOW_OK)
        s = blob_batch_finish(&batch, err);
    blob_batch_free(&batch);
    return s;
}

static void a_batch_is_there_when_it_is_finished(void **state)
{
    (void)state;
    FlowDigest digests[BATCH];
    FlowError err = {0};
    assert_int_equal(put_batch(digests, &err), FLOW_OK);
    for (int i = 0; i < BATCH; i++) {
        uint8_t bytes[100] = {(uint8_t)i};
        check_mapped(&digests[i], bytes, sizeof bytes);
    }
    look(BATCH);
}

static void a_batch_that_is_dropped_leaves_nothing(void **state)
{
    (void)state;
    BlobBatch batch = {.dir = dir};
    FlowDigest digest;
    assert_int_equal(blob_batch_put(&batch, "some bytes", 10, &digest, NULL), FLOW_OK);
    assert_int_equal(blob_verify(dir, &digest, NULL), FLOW_ENOENT);
    blob_batch_free(&batch);
    look(0);
}

static void a_batch_that_fails_leaves_no_half_blob(void **state)
{
    (void)state;
    static const OsFault kinds[] = {OS_FAULT_WRITE, OS_FAULT_FSYNC, OS_FAULT_RENAME,
                                    OS_FAULT_MKDIR};
    FlowDigest digests[BATCH];
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (unsigned n = 1; n < 2 * BATCH; n += 13) {
            tear_down(NULL);
            assert_int_equal(set_up(NULL), 0);
            FlowError err = {0};
            os_fault_arm(kinds[k], n);
            FlowStatus s = put_batch(digests, &err);
            assert_int_equal(s != FLOW_OK, os_fault_struck());
            assert_int_equal(err.message[0] != '\0', os_fault_struck());
            os_fault_disarm();
            look_for_parts();
        }
    }
}

/* ---- references --------------------------------------------------------- */

static void a_reference_is_read_back(void **state)
{
    (void)state;
    Buffer ref = {0};
    FlowDigest digest, read;
    uint64_t len;
    assert_int_equal(digest_bytes("abc", 3, &digest, NULL), FLOW_OK);
    assert_int_equal(blob_ref_encode(&digest, 0x123456789abcu, &ref), FLOW_OK);
    assert_true(blob_ref_decode(ref.bytes, ref.len, &read, &len));
    assert_true(digest_equal(&digest, &read));
    assert_int_equal(len, 0x123456789abcu);
    for (size_t cut = 0; cut < ref.len; cut++)
        assert_false(blob_ref_decode(ref.bytes, cut, &read, &len));
    ref.bytes[0] ^= 1;
    assert_false(blob_ref_decode(ref.bytes, ref.len, &read, &len));
    buffer_free(&ref);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_is_that_of_sha256),
        cmocka_unit_test(a_large_name_is_that_of_its_strides),
        WITH_FOLDER(a_blob_is_mapped_again),
        WITH_FOLDER(a_large_blob_is_mapped_again),
        WITH_FOLDER(pieces_are_written_one_after_another),
        WITH_FOLDER(a_large_blob_may_be_named_by_its_plain_hash),
        WITH_FOLDER(the_same_bytes_are_stored_once),
        WITH_FOLDER(a_batch_is_there_when_it_is_finished),
        WITH_FOLDER(a_batch_that_is_dropped_leaves_nothing),
        WITH_FOLDER(a_batch_that_fails_leaves_no_half_blob),
        WITH_FOLDER(a_blob_that_is_put_again_is_young),
        WITH_FOLDER(a_blob_that_lost_its_end_is_written_anew),
        WITH_FOLDER(a_blob_that_was_changed_is_as_good_as_lost),
        WITH_FOLDER(a_blob_that_was_only_touched_is_hashed_once),
        WITH_FOLDER(two_processes_put_the_same_blob),
        WITH_FOLDER(a_missing_blob_is_named),
        WITH_FOLDER(a_blob_of_another_length_is_refused),
        WITH_FOLDER(a_changed_blob_does_not_verify),
        WITH_FOLDER(a_failure_leaves_no_half_blob),
        cmocka_unit_test(a_reference_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
