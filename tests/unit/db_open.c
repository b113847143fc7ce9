/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the run database: it is made whole or not at all, and what is damaged, foreign, newer or
 * read-only is refused in words. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "db_fixture.h"

#include "os/file.h"

/* ---- what cannot be opened ---------------------------------------------- */

static FlowStatus try_open(bool create)
{
    Db *db = NULL;
    FlowStatus s = db_open(store, create, &db, &err);
    db_close(db);
    return s;
}

static void make_closed_store(void)
{
    Db *db = open_store();
    RunRow run = new_run(db);
    for (uint64_t lo = 0; lo < 4000; lo += 400)
        put_group(db, &run, lo, 200);
    db->wal_pages = 1 << 20; /* so that all is moved into the one file */
    db_close(db);
}

static void execute(const char *text)
{
    sqlite3 *sqlite;
    assert_int_equal(sqlite3_open(file, &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sqlite, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
}

static void a_newer_format_is_refused(void **state)
{
    (void)state;
    make_closed_store();
    execute("PRAGMA user_version=7");
    says(try_open(true), FLOW_EFORMAT,
         "was written by a newer Flow (format 7, this program reads up to 2): use that version, or "
         "another --store");
}

static void a_foreign_database_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(store, 0700), 0);
    execute("CREATE TABLE t(x)");
    says(try_open(true), FLOW_EFORMAT, "is no store of Flow");
}

static void a_missing_store_is_not_made_unasked(void **state)
{
    (void)state;
    bool is_there;
    says(try_open(false), FLOW_ENOENT, "there is no store in");
    ok(os_exists(store, &is_there, &err));
    assert_false(is_there);
    assert_int_equal(mkdir(store, 0700), 0);
    says(try_open(false), FLOW_ENOENT, "there is no store in");
}

static void a_file_in_place_of_the_folder_is_refused(void **state)
{
    (void)state;
    ok(os_write_file_atomically(store, "text", 4, &err));
    says(try_open(true), FLOW_EUSAGE, "is a file where a folder is needed");
    snprintf(store + strlen(store), 10, "/deeper");
    says(try_open(true), FLOW_EIO, "/.flow");
}

static void a_folder_in_place_of_the_file_is_refused(void **state)
{
    (void)state;
    ok(os_mkdir_path(file, &err));
    says(try_open(true), FLOW_EIO, store);
}

/* As a user who may not write; the code says whether the words were right. */
static int open_as_reader(const char *words)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 0;
    FlowStatus s = try_open(true);
    if (s == FLOW_EIO && strstr(err.message, words) && strstr(err.message, store))
        return 0;
    fprintf(stderr, "status %d: %s\n", s, err.message);
    return 1;
}

static void check_as_reader(const char *words)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(open_as_reader(words));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_store_that_may_only_be_read_is_refused(void **state)
{
    (void)state;
    make_closed_store();
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(chmod(store, 0555), 0);
    check_as_reader("Permission denied");
    assert_int_equal(chmod(store, 0777), 0);
    assert_int_equal(chmod(file, 0444), 0);
    check_as_reader("may only be read");
}

/* As a user who may not write: 0 where all was read. */
static int read_as_reader(unsigned expected)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 0;
    Db *db = NULL;
    unsigned count = 0;
    FlowStatus s = db_open_reader(store, &db, &err);
    if (s == FLOW_OK)
        s = db_each_chunk(db, 1, count_chunk, &count, &err);
    db_close(db);
    if (s == FLOW_OK && count == expected)
        return 0;
    fprintf(stderr, "%u rows, status %d: %s\n", count, s, err.message);
    return 1;
}

static void expect_read_as_reader(unsigned expected)
{
    static const char *const names[] = {"/flow.db", "/flow.db-wal", "/flow.db-shm"};
    char path[120];
    int status;
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", store, names[i]);
        chmod(path, 0444);
    }
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(chmod(store, 0555), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(read_as_reader(expected));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(chmod(store, 0755), 0);
}

static void a_store_that_may_only_be_read_is_read(void **state)
{
    (void)state;
    make_closed_store();
    expect_read_as_reader(2000);
}

/* What the last commits brought is in the WAL still. */
static void a_store_that_may_only_be_read_is_read_with_its_wal(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    put_group(db, &run, 0, 200);
    db_close(db);
    snprintf(file + strlen(file), 5, "-wal");
    assert_int_equal(access(file, F_OK), 0);
    expect_read_as_reader(200);
}

/* Opens and reads all there is; whatever is wrong must be said as damage. */
static void read_all_of_damaged(void)
{
    Db *db = NULL;
    unsigned count = 0;
    err = (FlowError){0};
    FlowStatus s = db_open(store, false, &db, &err);
    if (s == FLOW_OK)
        s = db_each_chunk(db, 1, count_chunk, &count, &err);
    db_close(db);
    if (s != FLOW_OK) {
        assert_int_equal(s, FLOW_EFORMAT);
        assert_non_null(strstr(err.message, file));
        assert_true(strstr(err.message, "damaged") || strstr(err.message, "no store of Flow"));
    }
}

static void a_database_that_was_cut_short_is_refused(void **state)
{
    (void)state;
    Buffer whole = {0};
    make_closed_store();
    ok(os_read_file(file, &whole, &err));
    assert_true(whole.len > 100000);
    const size_t lengths[] = {0,   1,    15,   50,   99,    100,
                              512, 4095, 4096, 8192, 50000, whole.len - 4096};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        ok(os_write_file_atomically(file, whole.bytes, lengths[i], &err));
        read_all_of_damaged();
        assert_int_equal(err.status, FLOW_EFORMAT);
    }
    buffer_free(&whole);
}

static void damaged_pages_are_reported(void **state)
{
    (void)state;
    Buffer whole = {0};
    make_closed_store();
    ok(os_read_file(file, &whole, &err));
    for (size_t at = 0; at < whole.len; at += 1024) {
        uint8_t kept[16];
        memcpy(kept, whole.bytes + at, sizeof kept);
        memset(whole.bytes + at, 0xa5, sizeof kept);
        ok(os_write_file_atomically(file, whole.bytes, whole.len, &err));
        memcpy(whole.bytes + at, kept, sizeof kept);
        read_all_of_damaged();
    }
    buffer_free(&whole);
}

static void a_row_that_nobody_stored_is_reported(void **state)
{
    (void)state;
    unsigned count = 0;
    make_closed_store();
    execute("UPDATE chunk SET n=-1 WHERE id=5");
    Db *db = open_store();
    says(db_each_chunk(db, 1, count_chunk, &count, &err), FLOW_EFORMAT, "a row of `chunk`");
    assert_int_equal(count, 4);
    db_close(db);
}

/* ---- making a store ----------------------------------------------------- */

static void files_and_folders_are_private(void **state)
{
    (void)state;
    mode_t old = umask(0);
    Db *db = open_store();
    new_run(db);
    umask(old);
    const char *const names[] = {"", "/flow.db", "/flow.db-wal", "/flow.db-shm"};
    for (size_t i = 0; i < 4; i++) {
        char path[120];
        struct stat st;
        snprintf(path, sizeof path, "%s%s", store, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, i == 0 ? 0700 : 0600);
    }
    db_close(db);
}

static void a_store_is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    static const OsFault kinds[] = {OS_FAULT_OPEN, OS_FAULT_WRITE, OS_FAULT_FSYNC, OS_FAULT_MKDIR,
                                    OS_FAULT_ALLOC};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        bool has_struck = true;
        for (unsigned n = 1; has_struck; n++) {
            tear_down(NULL);
            assert_int_equal(set_up(NULL), 0);
            os_fault_arm(kinds[i], n);
            FlowStatus s = try_open(true);
            has_struck = os_fault_struck();
            os_fault_disarm();
            assert_int_equal(s != FLOW_OK, has_struck);
            ok(try_open(true));
        }
    }
}

static void a_folder_may_look_like_an_address(void **state)
{
    (void)state;
    assert_int_equal(chdir(root), 0);
    strcpy(store, "file:x?mode=memory");
    Db *db = open_store();
    new_run(db);
    db_close(db);
    struct stat st;
    assert_int_equal(stat("file:x?mode=memory/flow.db", &st), 0);
    assert_int_equal(chdir("/"), 0);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_newer_format_is_refused),
        IN_FOLDER(a_foreign_database_is_refused),
        IN_FOLDER(a_missing_store_is_not_made_unasked),
        IN_FOLDER(a_file_in_place_of_the_folder_is_refused),
        IN_FOLDER(a_folder_in_place_of_the_file_is_refused),
        IN_FOLDER(a_store_that_may_only_be_read_is_refused),
        IN_FOLDER(a_store_that_may_only_be_read_is_read),
        IN_FOLDER(a_store_that_may_only_be_read_is_read_with_its_wal),
        IN_FOLDER(a_database_that_was_cut_short_is_refused),
        IN_FOLDER(damaged_pages_are_reported),
        IN_FOLDER(a_row_that_nobody_stored_is_reported),
        IN_FOLDER(files_and_folders_are_private),
        IN_FOLDER(a_store_is_made_whole_or_not_at_all),
        IN_FOLDER(a_folder_may_look_like_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
