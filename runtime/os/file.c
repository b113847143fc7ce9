/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - system calls, each behind one function that a test can make fail. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os/fault.h"
#include "os/memory.h"

enum { FILE_MODE = 0600, FOLDER_MODE = 0700, READ_STEP = 64 * 1024 };

const char *os_error_text(int code)
{
    const char *text = strerrordesc_np(code);
    return text ? text : "unknown error";
}

/* Turns errno into a failure: "cannot WHAT PATH: reason", and what to do about a full disk. */
static FlowStatus fail(FlowError *err, const char *what, const char *path)
{
    int code = errno;
    FlowStatus status = code == ENOENT ? FLOW_ENOENT : code == ENOMEM ? FLOW_ENOMEM : FLOW_EIO;
    const char *way_out = code == ENOSPC || code == EDQUOT ? "; free some space" : "";
    return flow_error(err, status, "cannot %s %s: %s%s", what, path, os_error_text(code), way_out);
}

static FlowStatus fail_memory(FlowError *err, const char *what, const char *path)
{
    errno = ENOMEM;
    return fail(err, what, path);
}

/* ---- the seam ----------------------------------------------------------- */

static bool strikes(OsFault kind, int code)
{
    if (!os_fault(kind))
        return false;
    errno = code;
    return true;
}

static int sys_open(const char *path, int flags)
{
    if (strikes(OS_FAULT_OPEN, EMFILE))
        return -1;
    int fd = -1;
    do
        fd = open(path, flags | O_CLOEXEC, FILE_MODE);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static ssize_t sys_read(int fd, void *bytes, size_t len)
{
    if (strikes(OS_FAULT_READ, EIO))
        return -1;
    ssize_t n;
    do
        n = read(fd, bytes, len);
    while (n < 0 && errno == EINTR);
    return n;
}

static ssize_t sys_write(int fd, const void *bytes, size_t len)
{
    if (strikes(OS_FAULT_WRITE, ENOSPC))
        return -1;
    ssize_t n;
    do
        n = write(fd, bytes, len);
    while (n < 0 && errno == EINTR);
    return n;
}

static ssize_t sys_writev(int fd, const struct iovec *parts, int count)
{
    if (strikes(OS_FAULT_WRITE, ENOSPC))
        return -1;
    ssize_t n;
    do
        n = writev(fd, parts, count);
    while (n < 0 && errno == EINTR);
    return n;
}

static int sys_fsync(int fd)
{
    return strikes(OS_FAULT_FSYNC, EIO) ? -1 : fsync(fd);
}

/* ---- descriptors -------------------------------------------------------- */

FlowStatus os_open(const char *path, OsOpen how, int *fd, FlowError *err)
{
    static const int flags[] = {
        [OS_OPEN_READ] = O_RDONLY,
        [OS_OPEN_WRITE] = O_WRONLY | O_CREAT | O_TRUNC,
        [OS_OPEN_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
        [OS_OPEN_NEW] = O_WRONLY | O_CREAT | O_EXCL,
    };
    int opened = sys_open(path, flags[how]);
    if (opened < 0)
        return fail(err, how == OS_OPEN_NEW ? "create" : "open", path);
    *fd = opened;
    return FLOW_OK;
}

void os_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* How much to make room for at first: what the file says that it holds. */
static size_t expected_size(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        return (size_t)st.st_size + 1;
    return READ_STEP;
}

FlowStatus os_read_all(int fd, const char *path, Buffer *out, FlowError *err)
{
    if (buffer_reserve(out, expected_size(fd)) != FLOW_OK)
        return fail_memory(err, "read", path);
    for (;;) {
        if (out->len == out->cap && buffer_reserve(out, READ_STEP) != FLOW_OK)
            return fail_memory(err, "read", path);
        ssize_t n = sys_read(fd, out->bytes + out->len, out->cap - out->len);
        if (n < 0)
            return fail(err, "read", path);
        if (n == 0)
            return FLOW_OK;
        out->len += (size_t)n;
    }
}

FlowStatus os_read_file(const char *path, Buffer *out, FlowError *err)
{
    int fd = -1;
    FlowStatus s = os_open(path, OS_OPEN_READ, &fd, err);
    if (s != FLOW_OK)
        return s;
    s = os_read_all(fd, path, out, err);
    os_close(fd);
    return s;
}

FlowStatus os_write_all(int fd, const char *path, const void *bytes, size_t len, FlowError *err)
{
    const uint8_t *rest = bytes;
    while (len > 0) {
        ssize_t n = sys_write(fd, rest, len);
        if (n < 0)
            return fail(err, "write", path);
        rest += n;
        len -= (size_t)n;
    }
    return FLOW_OK;
}

void os_write_back(int fd, size_t at, size_t len)
{
    (void)sync_file_range(fd, (off64_t)at, (off64_t)len, SYNC_FILE_RANGE_WRITE);
}

FlowStatus os_memory_file(const char *name, int *fd, FlowError *err)
{
    int made = strikes(OS_FAULT_OPEN, EMFILE) ? -1 : memfd_create(name, MFD_CLOEXEC);
    if (made < 0)
        return fail(err, "create in memory", name);
    *fd = made;
    return FLOW_OK;
}

FlowStatus os_reserve(int fd, const char *path, size_t len, FlowError *err)
{
    int code = strikes(OS_FAULT_WRITE, ENOSPC) || fallocate(fd, 0, 0, (off_t)len) != 0 ? errno : 0;
    return code == ENOSPC || code == EDQUOT || code == EFBIG ? fail(err, "write", path) : FLOW_OK;
}

bool os_write_direct(int fd, bool is_direct)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, is_direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

FlowStatus os_write_at(int fd, const char *path, const void *bytes, size_t len, size_t at,
                       FlowError *err)
{
    const uint8_t *rest = bytes;
    bool is_plain = false;
    while (len > 0) {
        ssize_t n = strikes(OS_FAULT_WRITE, ENOSPC) ? -1 : pwrite(fd, rest, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EINVAL && !is_plain && os_write_direct(fd, false)) {
            is_plain = true; /* a file system that wants another form of direct writes */
            continue;
        }
        if (n < 0)
            return fail(err, "write", path);
        rest += n;
        at += (size_t)n;
        len -= (size_t)n;
    }
    return FLOW_OK;
}

FlowStatus os_write_line(int fd, const char *path, const void *bytes, size_t len, FlowError *err)
{
    /* writev only reads what iov_base points at. */
    struct iovec parts[] = {{(void *)(uintptr_t)bytes, len}, {(char[]){'\n'}, 1}};
    ssize_t n = sys_writev(fd, parts, 2);
    if (n < 0)
        return fail(err, "write", path);
    size_t done = (size_t)n;
    if (done < len) {
        FlowStatus s = os_write_all(fd, path, (const uint8_t *)bytes + done, len - done, err);
        if (s != FLOW_OK)
            return s;
        done = len;
    }
    return done == len ? os_write_all(fd, path, "\n", 1, err) : FLOW_OK;
}

FlowStatus os_fsync(int fd, const char *path, FlowError *err)
{
    return sys_fsync(fd) == 0 ? FLOW_OK : fail(err, "sync", path);
}

/* ---- names -------------------------------------------------------------- */

FlowStatus os_fsync_dir(const char *path, FlowError *err)
{
    int fd = sys_open(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fail(err, "open the folder", path);
    FlowStatus s = sys_fsync(fd) == 0 ? FLOW_OK : fail(err, "sync the folder", path);
    os_close(fd);
    return s;
}

FlowStatus os_rename(const char *from, const char *to, FlowError *err)
{
    if (!strikes(OS_FAULT_RENAME, EIO) && rename(from, to) == 0)
        return FLOW_OK;
    int code = errno;
    return flow_error(err, code == ENOENT ? FLOW_ENOENT : FLOW_EIO, "cannot rename %s to %s: %s",
                      from, to, os_error_text(code));
}

FlowStatus os_unlink(const char *path, FlowError *err)
{
    if (!strikes(OS_FAULT_UNLINK, EIO) && unlink(path) == 0)
        return FLOW_OK;
    return fail(err, "remove", path);
}

static FlowStatus make_folder(const char *path, FlowError *err)
{
    if (!strikes(OS_FAULT_MKDIR, EIO) && mkdir(path, FOLDER_MODE) == 0)
        return FLOW_OK;
    struct stat st;
    if (errno == EEXIST && stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return FLOW_OK;
        errno = ENOTDIR;
    }
    return fail(err, "create the folder", path);
}

FlowStatus os_mkdir_path(const char *path, FlowError *err)
{
    char *partial = os_copy_string(path);
    if (!partial)
        return fail_memory(err, "create the folder", path);
    FlowStatus s = FLOW_OK;
    for (char *slash = partial + 1; *partial && s == FLOW_OK; slash++) {
        slash = strchr(slash, '/');
        if (!slash)
            break;
        *slash = '\0';
        s = make_folder(partial, err);
        *slash = '/';
    }
    if (s == FLOW_OK)
        s = make_folder(path, err);
    os_free(partial);
    return s;
}

FlowStatus os_exists(const char *path, bool *out, FlowError *err)
{
    struct stat st;
    bool there = stat(path, &st) == 0;
    if (!there && errno != ENOENT && errno != ENOTDIR)
        return fail(err, "look for", path);
    *out = there;
    return FLOW_OK;
}

/* ---- whole files -------------------------------------------------------- */

/* The folder that holds `path`, in a new string. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return os_copy_string(".");
    return os_copy_bytes(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Writes and syncs `path`, which must not exist; removes it again on failure. */
/* Messages name `path`: what stands beside it is no business of the reader's. */
static FlowStatus write_new_file(const char *path, const char *beside, const void *bytes,
                                 size_t len, FlowError *err)
{
    int fd = -1;
    FlowStatus s = os_open(beside, OS_OPEN_NEW, &fd, NULL);
    if (s != FLOW_OK)
        return fail(err, "write", path);
    s = os_write_all(fd, path, bytes, len, err);
    if (s == FLOW_OK)
        s = os_fsync(fd, path, err);
    os_close(fd);
    if (s != FLOW_OK)
        unlink(beside);
    return s;
}

static FlowStatus write_beside(const char *path, const char *beside, const void *bytes, size_t len,
                               FlowError *err)
{
    unlink(beside); /* left by a process of the same number that died */
    FlowStatus s = write_new_file(path, beside, bytes, len, err);
    if (s != FLOW_OK)
        return s;
    s = os_rename(beside, path, NULL);
    if (s == FLOW_OK)
        return s;
    s = fail(err, "replace", path);
    unlink(beside);
    return s;
}

FlowStatus os_write_file_atomically(const char *path, const void *bytes, size_t len, FlowError *err)
{
    Buffer beside = {0};
    char *folder = folder_of(path);
    FlowStatus s = buffer_printf(&beside, "%s.%ld.part", path, (long)gettid());
    if (s != FLOW_OK || !folder || !buffer_text(&beside))
        s = fail_memory(err, "write", path);
    else
        s = write_beside(path, (const char *)beside.bytes, bytes, len, err);
    if (s == FLOW_OK)
        s = os_fsync_dir(folder, err);
    os_free(folder);
    buffer_free(&beside);
    return s;
}

static FlowStatus map_fd(int fd, const char *path, int protection, int flags, OsMap *out,
                         FlowError *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail(err, "look at", path);
    *out = (OsMap){0};
    if (st.st_size == 0)
        return FLOW_OK;
    if (strikes(OS_FAULT_MAP, ENOMEM))
        return fail(err, "map", path);
    void *bytes = mmap(NULL, (size_t)st.st_size, protection, MAP_PRIVATE | flags, fd, 0);
    if (bytes == MAP_FAILED)
        return fail(err, "map", path);
    *out = (OsMap){bytes, (size_t)st.st_size};
    return FLOW_OK;
}

FlowStatus os_map_fd(int fd, const char *path, OsMap *out, FlowError *err)
{
    return map_fd(fd, path, PROT_READ, 0, out, err);
}

static FlowStatus map_file(const char *path, int protection, int flags, OsMap *out, FlowError *err)
{
    int fd = -1;
    FlowStatus s = os_open(path, OS_OPEN_READ, &fd, err);
    if (s != FLOW_OK)
        return s;
    s = map_fd(fd, path, protection, flags, out, err);
    os_close(fd);
    return s;
}

FlowStatus os_map_file(const char *path, OsMap *out, FlowError *err)
{
    return map_file(path, PROT_READ, 0, out, err);
}

/* Not counted as memory that was promised: most of it never is written to. */
FlowStatus os_map_file_writable(const char *path, OsMap *out, FlowError *err)
{
    return map_file(path, PROT_READ | PROT_WRITE, MAP_NORESERVE, out, err);
}

void os_unmap(OsMap *map)
{
    if (map->bytes)
        munmap((void *)(uintptr_t)map->bytes, map->len);
    *map = (OsMap){0};
}
