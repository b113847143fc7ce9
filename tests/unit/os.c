/* SPDX-License-Identifier: Apache-2.0 */
/* os.c - files, memory, buffers and clocks, and that each of their failures is answered. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/buffer.h"
#include "os/clock.h"
#include "os/fault.h"
#include "os/file.h"
#include "os/memory.h"

#define assert_ok(call) assert_int_equal(call, FLOW_OK)

static FlowError err;

static int enter_folder(void **state)
{
    (void)state;
    static char folder[] = "os_test_XXXXXX";
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    char *folder = getcwd(NULL, 0);
    int answer = folder && chdir("..") == 0 && rmdir(folder) == 0 ? 0 : -1;
    free(folder);
    return answer;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void assert_holds(const char *path, const char *text)
{
    Buffer b = {0};
    assert_ok(os_read_file(path, &b, &err));
    assert_string_equal(buffer_text(&b), text);
    buffer_free(&b);
}

static void files_are_private_and_whole(void **state)
{
    (void)state;
    assert_ok(os_write_file_atomically("a", "one", 3, &err));
    assert_ok(os_write_file_atomically("a", "second", 6, &err));
    assert_holds("a", "second");
    assert_int_equal(mode_of("a"), 0600);
    assert_ok(os_unlink("a", &err));
    assert_int_equal(os_unlink("a", &err), FLOW_ENOENT);
    assert_string_equal(err.message, "cannot remove a: No such file or directory");
}

static void what_fails_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        OsFault kind;
        unsigned n;
    } faults[] = {{OS_FAULT_OPEN, 1},   {OS_FAULT_WRITE, 1}, {OS_FAULT_FSYNC, 1},
                  {OS_FAULT_RENAME, 1}, {OS_FAULT_ALLOC, 1}, {OS_FAULT_ALLOC, 2}};
    assert_ok(os_write_file_atomically("a", "old", 3, &err));
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        os_fault_arm(faults[i].kind, faults[i].n);
        assert_int_not_equal(os_write_file_atomically("a", "new", 3, &err), FLOW_OK);
        assert_true(os_fault_struck());
        os_fault_disarm();
        assert_holds("a", "old");
    }
    assert_ok(os_unlink("a", &err)); /* and the folder can be removed at the end */
}

static void folders_are_made_with_those_above(void **state)
{
    (void)state;
    assert_ok(os_mkdir_path("x/y//z/", &err));
    assert_ok(os_mkdir_path("x/y/z", &err));
    assert_int_equal(mode_of("x/y/z"), 0700);
    assert_ok(os_fsync_dir("x/y", &err));
    assert_ok(os_write_file_atomically("x/file", "", 0, &err));
    assert_int_equal(os_mkdir_path("x/file/z", &err), FLOW_EIO);
    assert_string_equal(err.message, "cannot create the folder x/file: Not a directory");
    assert_ok(os_unlink("x/file", &err));
    assert_int_equal(rmdir("x/y/z") | rmdir("x/y") | rmdir("x"), 0);
}

static void files_are_mapped(void **state)
{
    (void)state;
    OsMap map;
    assert_ok(os_write_file_atomically("m", "mapped", 6, &err));
    assert_ok(os_map_file("m", &map, &err));
    assert_int_equal(map.len, 6);
    assert_memory_equal(map.bytes, "mapped", 6);
    os_unmap(&map);
    os_unmap(&map);
    assert_ok(os_write_file_atomically("m", "", 0, &err));
    assert_ok(os_map_file("m", &map, &err));
    assert_null(map.bytes);
    assert_ok(os_unlink("m", &err));
    assert_int_equal(os_map_file("m", &map, &err), FLOW_ENOENT);
}

static void files_are_opened_in_each_way(void **state)
{
    (void)state;
    int fd;
    bool exists;
    assert_ok(os_open("f", OS_OPEN_NEW, &fd, &err));
    assert_ok(os_write_all(fd, "f", "ab", 2, &err));
    assert_ok(os_fsync(fd, "f", &err));
    os_close(fd);
    assert_int_equal(os_open("f", OS_OPEN_NEW, &fd, &err), FLOW_EIO);
    assert_string_equal(err.message, "cannot create f: File exists");
    assert_ok(os_open("f", OS_OPEN_APPEND, &fd, &err));
    assert_ok(os_write_line(fd, "f", "cd", 2, &err));
    os_close(fd);
    assert_holds("f", "abcd\n");
    assert_ok(os_rename("f", "g", &err));
    assert_ok(os_exists("f", &exists, &err));
    assert_false(exists);
    assert_ok(os_exists("g/under", &exists, &err));
    assert_false(exists);
    assert_int_equal(os_rename("f", "h", &err), FLOW_ENOENT);
    assert_string_equal(err.message, "cannot rename f to h: No such file or directory");
    os_fault_arm(OS_FAULT_READ, 1);
    Buffer b = {0};
    assert_int_equal(os_read_file("g", &b, &err), FLOW_EIO);
    assert_string_equal(err.message, "cannot read g: Input/output error");
    os_fault_disarm();
    buffer_free(&b);
    assert_ok(os_unlink("g", &err));
    os_close(-1);
}

static void sizes_that_overflow_are_no_memory(void **state)
{
    (void)state;
    volatile size_t huge = SIZE_MAX / 2;
    assert_null(os_alloc_array(huge, 3));
    assert_null(os_realloc_array(NULL, huge, 3));
    void *nothing = os_alloc(0);
    assert_non_null(nothing);
    os_free(nothing);
    Buffer b = {.len = SIZE_MAX - 1};
    assert_int_equal(buffer_reserve(&b, 2), FLOW_ENOMEM);
}

static void the_nth_call_fails_and_only_that(void **state)
{
    (void)state;
    os_fault_arm(OS_FAULT_ALLOC, 3);
    void *a = os_alloc(1), *b = os_alloc(1), *c = os_alloc(1), *d = os_alloc(1);
    assert_true(a && b && !c && d);
    assert_true(os_fault_struck());
    os_fault_disarm();
    assert_false(os_fault_struck());
    os_free(a);
    os_free(b);
    os_free(d);
}

static void a_buffer_grows_and_keeps_its_bytes_on_failure(void **state)
{
    (void)state;
    Buffer b = {0};
    assert_ok(buffer_printf(&b, "%d-%s", 7, "x"));
    assert_ok(buffer_append_text(&b, "yz"));
    assert_string_equal(buffer_text(&b), "7-xyz");
    buffer_clear(&b);
    assert_ok(buffer_put_u32(&b, 0x01020304));
    assert_ok(buffer_put_u64(&b, 0x1122334455667788));
    assert_memory_equal(b.bytes, "\x04\x03\x02\x01\x88\x77\x66\x55\x44\x33\x22\x11", 12);
    assert_int_equal(bytes_get_u32(b.bytes), 0x01020304);
    assert_int_equal(bytes_get_u64(b.bytes + 4), 0x1122334455667788);
    assert_ok(buffer_append_zeros(&b, 3));
    assert_int_equal(b.len, 15);
    os_fault_arm(OS_FAULT_ALLOC, 1);
    assert_int_equal(buffer_append_zeros(&b, 1000), FLOW_ENOMEM);
    os_fault_disarm();
    assert_int_equal(b.len, 15);
    buffer_free(&b);
}

static void messages_are_cut_between_characters(void **state)
{
    (void)state;
    char text[1200];
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "€", 4);
    assert_int_equal(flow_error(&err, FLOW_EIO, "%s", text), FLOW_EIO);
    assert_int_equal(strlen(err.message), 999);
    flow_error(&err, FLOW_EIO, "ab%s", text);
    assert_int_equal(strlen(err.message), 2 + 996);
    flow_error(&err, FLOW_EIO, "%s!", "x");
    flow_error(&err, FLOW_EIO, "again: %s", err.message);
    assert_string_equal(err.message, "again: x!");
    assert_int_equal(flow_error(NULL, FLOW_ENOENT, "nobody listens"), FLOW_ENOENT);
}

static void clocks_go_forward(void **state)
{
    (void)state;
    int64_t before = os_monotonic_ns();
    assert_true(os_monotonic_ns() >= before);
    assert_true(os_now_ns() > INT64_C(1700000000) * 1000000000);
}

/* Runs this program again, with FLOW_FAULT set, to do no more than write one file. */
static int run_with_fault(const char *fault)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("FLOW_FAULT", fault, 1);
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        execl("/proc/self/exe", "os", "write", (char *)NULL);
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void the_environment_arms_faults(void **state)
{
    (void)state;
    assert_int_equal(run_with_fault("fsync:9"), FLOW_OK);
    assert_int_equal(run_with_fault("fsync:1"), FLOW_EIO);
    assert_int_equal(run_with_fault("write:9,rename:1"), FLOW_EIO);
    assert_int_equal(run_with_fault("alloc:1"), FLOW_ENOMEM);
    assert_int_equal(run_with_fault("nonsense"), 2);
    assert_int_equal(run_with_fault("write:x"), 2);
}

static int write_one_file(void)
{
    FlowStatus s = os_write_file_atomically("child", "text", 4, &err);
    unlink("child");
    return (int)s;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "write") == 0)
        return write_one_file();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_private_and_whole),
        cmocka_unit_test(what_fails_leaves_the_old_file_and_nothing_else),
        cmocka_unit_test(folders_are_made_with_those_above),
        cmocka_unit_test(files_are_mapped),
        cmocka_unit_test(files_are_opened_in_each_way),
        cmocka_unit_test(sizes_that_overflow_are_no_memory),
        cmocka_unit_test(the_nth_call_fails_and_only_that),
        cmocka_unit_test(a_buffer_grows_and_keeps_its_bytes_on_failure),
        cmocka_unit_test(messages_are_cut_between_characters),
        cmocka_unit_test(clocks_go_forward),
        cmocka_unit_test(the_environment_arms_faults),
    };
    return cmocka_run_group_tests_name("os", tests, enter_folder, leave_folder);
}
