/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - files and folders.
 *
 * Files are made 0600, folders 0700, descriptors close on exec.  Interrupted
 * calls go on.  A failure is FLOW_EIO (FLOW_ENOENT when something is not there,
 * FLOW_ENOMEM), and *err, where not NULL, names the path and the reason in plain
 * English whatever the locale.  `path` beside a descriptor serves messages. */
#ifndef OS_FILE_H
#define OS_FILE_H

#include "os/buffer.h"

typedef enum OsOpen {
    OS_OPEN_READ,
    OS_OPEN_WRITE,  /* made when missing, emptied */
    OS_OPEN_APPEND, /* made when missing */
    OS_OPEN_NEW     /* must not exist */
} OsOpen;

FlowStatus os_open(const char *path, OsOpen how, int *fd, FlowError *err);
void os_close(int fd); /* -1 is allowed */

/* Appends what is left of the file to *out. */
FlowStatus os_read_all(int fd, const char *path, Buffer *out, FlowError *err);
FlowStatus os_read_file(const char *path, Buffer *out, FlowError *err);
/* A file that has no name and lies in memory; it ends with its last descriptor and mapping. */
FlowStatus os_memory_file(const char *name, int *fd, FlowError *err);
/* Writes over what is there from `at` on, without moving the descriptor's place. */
FlowStatus os_write_at(int fd, const char *path, const void *bytes, size_t len, size_t at,
                       FlowError *err);
FlowStatus os_write_all(int fd, const char *path, const void *bytes, size_t len, FlowError *err);
/* Lets the disk begin with bytes that were written, so that a later fsync waits for fewer.  A hint:
 * it may do nothing, and makes nothing durable. */
void os_write_back(int fd, size_t at, size_t len);

/* Sets space aside for the file's first `len` bytes, which it has from then on, so that a full disk
 * is told of now.  Where the file system cannot, nothing happens. */
FlowStatus os_reserve(int fd, const char *path, size_t len, FlowError *err);
/* Whether os_write_at goes past the page cache from now on, if the file system can.  Memory, place
 * and length are then multiples of a page; one that are not ends it. */
bool os_write_direct(int fd, bool is_direct);

/* The bytes and a newline, in one call where the system takes them in one. */
FlowStatus os_write_line(int fd, const char *path, const void *bytes, size_t len, FlowError *err);

/* A failed fsync must not be tried again on the same file: abandon it. */
FlowStatus os_fsync(int fd, const char *path, FlowError *err);
FlowStatus os_fsync_dir(const char *path, FlowError *err);
FlowStatus os_rename(const char *from, const char *to, FlowError *err);
/* FLOW_ENOENT when there is no such file. */
FlowStatus os_unlink(const char *path, FlowError *err);
/* Makes the folder and those above it that are missing. */
FlowStatus os_mkdir_path(const char *path, FlowError *err);
FlowStatus os_exists(const char *path, bool *out, FlowError *err);

/* Written beside, synced, renamed, the folder synced: after a crash the file is the old one
 * or the new one, whole. */
FlowStatus os_write_file_atomically(const char *path, const void *bytes, size_t len,
                                    FlowError *err);

typedef struct OsMap {
    const uint8_t *bytes; /* NULL for an empty file */
    size_t len;
} OsMap;

/* Maps a whole file, read-only and private. */
FlowStatus os_map_file(const char *path, OsMap *out, FlowError *err);
FlowStatus os_map_fd(int fd, const char *path, OsMap *out, FlowError *err);
/* The same, but what is mapped can be written to: the file never sees it, and only pages that were
 * written to take memory. */
FlowStatus os_map_file_writable(const char *path, OsMap *out, FlowError *err);
void os_unmap(OsMap *map); /* zero-filled is allowed */

/* What an errno says, in plain English whatever the locale. */
const char *os_error_text(int code);

#endif
