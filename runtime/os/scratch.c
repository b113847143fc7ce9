/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.c - the folder of a run, and in it one a caller: PID.NUMBER.
 *
 * The lock is a flock of the folder itself: it ends with the process however that ends, and no
 * number that was given again can be taken for its owner.  Nothing here follows a link, and only
 * folders of the same user are swept. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "os/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "flow-scratch-"

enum { FOLDER_MODE = 0700, DEPTH_MOST = 200 /* folders in folders, each a descriptor */ };

static char base[PATH_MAX]; /* "": nothing was begun */
static int base_fd = -1;
static pid_t owner;
static unsigned made, open_folders; /* by this process */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *below(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

/* ---- removing ----------------------------------------------------------- */

static int open_folder(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A script may have closed it to everybody. */
static int open_closed(int at, const char *name)
{
    int fd = open_folder(at, name);
    if (fd < 0 && errno == EACCES && fchmodat(at, name, FOLDER_MODE, AT_SYMLINK_NOFOLLOW) == 0)
        fd = open_folder(at, name);
    if (fd >= 0)
        fchmod(fd, FOLDER_MODE);
    return fd;
}

static void remove_tree(int at, const char *name, int depth)
{
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT || depth > DEPTH_MOST)
        return;
    int fd = open_closed(at, name);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        os_close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (!is_dots(entry->d_name))
            remove_tree(fd, entry->d_name, depth + 1);
    closedir(folder);
    unlinkat(at, name, AT_REMOVEDIR);
}

/* One that nobody has locked was left. */
static void sweep_one(int at, const char *name)
{
    struct stat st;
    int fd = open_folder(at, name);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        remove_tree(at, name, 0);
    os_close(fd);
}

static void sweep(void)
{
    DIR *folder = opendir(below());
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0)
            sweep_one(dirfd(folder), entry->d_name);
    closedir(folder);
}

/* ---- the run's ---------------------------------------------------------- */

static FlowStatus cannot_make(FlowError *err)
{
    return flow_error(err, FLOW_EIO,
                      "cannot make a folder for what is needed meanwhile below %.300s: %s; set "
                      "TMPDIR to another",
                      below(), os_error_text(errno));
}

/* Whether the folder is locked, and still there: one that sweeps may have come first. */
static bool take(int fd_from)
{
    struct stat here, there;
    int fd = open_folder(AT_FDCWD, base);
    base_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, fd_from);
    os_close(fd);
    if (base_fd < 0)
        return false;
    flock(base_fd, LOCK_EX); /* without such locks nobody sweeps either */
    if (fstat(base_fd, &here) == 0 && stat(base, &there) == 0 && here.st_ino == there.st_ino)
        return true;
    os_close(base_fd);
    base_fd = -1;
    return false;
}

static FlowStatus begin(int fd_from, FlowError *err)
{
    enum { TRIES = 20 };
    sweep();
    for (int i = 0; i < TRIES; i++) {
        int len = snprintf(base, sizeof base, "%s/" PREFIX "XXXXXX", below());
        errno = ENAMETOOLONG;
        if (len >= (int)sizeof base || !mkdtemp(base))
            break;
        owner = getpid();
        if (take(fd_from))
            return FLOW_OK;
    }
    FlowStatus s = cannot_make(err);
    base[0] = '\0';
    return s;
}

static void end(void)
{
    if (base[0] == '\0' || owner != getpid())
        return;
    remove_tree(AT_FDCWD, base, 0);
    os_close(base_fd);
    base_fd = -1;
    base[0] = '\0';
}

FlowStatus os_scratch_begin(int fd_from, FlowError *err)
{
    pthread_mutex_lock(&lock);
    FlowStatus s = begin(fd_from, err);
    open_folders += s == FLOW_OK; /* the run's own: it stays until the end */
    pthread_mutex_unlock(&lock);
    return s;
}

void os_scratch_end(void)
{
    pthread_mutex_lock(&lock);
    end();
    pthread_mutex_unlock(&lock);
}

/* ---- a caller's --------------------------------------------------------- */

static FlowStatus make(char folder[PATH_MAX], FlowError *err)
{
    if (base[0] == '\0') {
        FlowStatus s = begin(0, err);
        if (s != FLOW_OK)
            return s;
    }
    int len = snprintf(folder, PATH_MAX, "%s/%ld.%u", base, (long)getpid(), made++);
    errno = ENAMETOOLONG;
    if (len >= PATH_MAX || mkdir(folder, FOLDER_MODE) != 0)
        return cannot_make(err);
    open_folders++;
    return FLOW_OK;
}

FlowStatus os_scratch_make(char folder[PATH_MAX], FlowError *err)
{
    pthread_mutex_lock(&lock);
    FlowStatus s = make(folder, err);
    pthread_mutex_unlock(&lock);
    return s;
}

void os_scratch_remove(const char *folder)
{
    remove_tree(AT_FDCWD, folder, 0);
    pthread_mutex_lock(&lock);
    if (--open_folders == 0)
        end();
    pthread_mutex_unlock(&lock);
}

void os_scratch_remove_of(pid_t pid)
{
    char name[32];
    if (base_fd < 0)
        return;
    int len = snprintf(name, sizeof name, "%ld.", (long)pid);
    int fd = open_folder(base_fd, ".");
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        os_close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strncmp(entry->d_name, name, (size_t)len) == 0)
            remove_tree(fd, entry->d_name, 0);
    closedir(folder);
}
