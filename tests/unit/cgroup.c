/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups: which one a process is in, as the system's own tables tell it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/cgroup.h"

static const char v1_mounts[] =
    "20 1 0:19 / / rw - ext4 /dev/vda rw\n"
    "30 20 0:26 / /sys/fs/cgroup/cpuset rw,relatime shared:9 - cgroup cgroup rw,cpuset\n"
    "31 20 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "32 20 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

static const char v2_mounts[] = "20 1 0:19 / / rw - ext4 /dev/vda rw\n"
                                "31 20 0:27 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n";

static void v1_is_found(void **state)
{
    (void)state;
    bool is_v2;
    char path[CGROUP_PATH_MAX];
    assert_true(
        cgroup_of_memory(v1_mounts, "4:cpu,memory:/a/b\n3:cpuset:/c\n0::/\n", &is_v2, path));
    assert_false(is_v2);
    assert_string_equal(path, "/sys/fs/cgroup/memory/a/b");
    assert_true(cgroup_of_memory(v1_mounts, "3:cpuset:/c\n4:memory:/", &is_v2, path));
    assert_string_equal(path, "/sys/fs/cgroup/memory");
}

static void v2_is_found(void **state)
{
    (void)state;
    bool is_v2;
    char path[CGROUP_PATH_MAX];
    assert_true(cgroup_of_memory(v2_mounts, "0::/user.slice/x.scope\n", &is_v2, path));
    assert_true(is_v2);
    assert_string_equal(path, "/sys/fs/cgroup/user.slice/x.scope");
}

/* In a container the mount shows but a part of the hierarchy. */
static void a_part_of_the_hierarchy_is_mounted(void **state)
{
    (void)state;
    bool is_v2;
    char path[CGROUP_PATH_MAX];
    const char *mounts =
        "31 20 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
    assert_true(cgroup_of_memory(mounts, "4:memory:/docker/abc/x\n", &is_v2, path));
    assert_string_equal(path, "/sys/fs/cgroup/memory/x");
    assert_false(cgroup_of_memory(mounts, "4:memory:/elsewhere\n", &is_v2, path));
}

static void nothing_is_found(void **state)
{
    (void)state;
    bool is_v2;
    char path[CGROUP_PATH_MAX];
    assert_false(cgroup_of_memory("", "", &is_v2, path));
    assert_false(cgroup_of_memory(v2_mounts, "", &is_v2, path));
    assert_false(cgroup_of_memory(v2_mounts, "0::/../up\n", &is_v2, path));
    assert_false(cgroup_of_memory("- cgroup2\n - \nx - cgroup2", "0::/a\n::\n\n", &is_v2, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_is_found),
        cmocka_unit_test(v2_is_found),
        cmocka_unit_test(a_part_of_the_hierarchy_is_mounted),
        cmocka_unit_test(nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
