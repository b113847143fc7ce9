/* SPDX-License-Identifier: Apache-2.0 */
/* blob.c - writing, naming and mapping content-addressed files.
 *
 * The blob whose digest is abcdef… is blobs/ab/cdef….  It is written as
 * blobs/.part-PID-TIME-COUNT, a name that no other writer has, and gets its own name by rename
 * once it is on the disk; what a killed writer leaves under such a name is in nobody's way.
 * Bytes that are large are hashed while they are written (blob_large.h); others are hashed first,
 * which tells whether they must be written at all.
 *
 * A batch writes all its parts, then syncs them, then names them, then syncs the folders: the first
 * sync of a kind carries most of what the others wait for. */
#include "store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/memory.h"
#include "store/blob_large.h"

enum { BATCH_MAX = 64 }; /* files that a batch has open */

/* ---- seals -------------------------------------------------------------- */

/* A blob was changed last at a whole second: so we set it once its bytes are there.  Whoever writes
 * to it later leaves another time, and whoever reads it then hashes it first. */
static bool is_sealed(const struct stat *st)
{
    return st->st_mtim.tv_nsec == 0;
}

/* The next whole second: never earlier than what gc compares with. */
static void seal_times(int64_t seconds, struct timespec out[2])
{
    out[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
    out[1] = (struct timespec){.tv_sec = (time_t)seconds + 1};
}

/* Where the times cannot be set it stays without, and is hashed when it is read. */
static void seal_now(int fd)
{
    struct timespec times[2];
    seal_times(os_now_ns() / 1000000000, times);
    (void)futimens(fd, times);
}

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "cannot name a blob: no memory");
}

/* ---- names -------------------------------------------------------------- */

typedef struct BlobName {
    Buffer folder, path; /* each with a NUL after it */
} BlobName;

static void name_free(BlobName *name)
{
    buffer_free(&name->folder);
    buffer_free(&name->path);
}

static FlowStatus name_make(const char *dir, const FlowDigest *digest, BlobName *name,
                            FlowError *err)
{
    char hex[65];
    digest_hex(digest, hex);
    *name = (BlobName){0};
    if (buffer_printf(&name->folder, "%s/%.2s", dir, hex) == FLOW_OK &&
        buffer_printf(&name->path, "%s/%.2s/%s", dir, hex, hex + 2) == FLOW_OK &&
        buffer_text(&name->folder) && buffer_text(&name->path))
        return FLOW_OK;
    name_free(name);
    return no_memory(err);
}

static const char *name_path(const BlobName *name)
{
    return (const char *)name->path.bytes;
}

static const char *name_folder(const BlobName *name)
{
    return (const char *)name->folder.bytes;
}

static FlowStatus part_name(const char *dir, Buffer *path, FlowError *err)
{
    static atomic_uint counter;
    FlowStatus s = buffer_printf(path, "%s/.part-%ld-%lld-%u", dir, (long)getpid(),
                                 (long long)os_now_ns(), atomic_fetch_add(&counter, 1));
    return s == FLOW_OK && buffer_text(path) ? FLOW_OK : no_memory(err);
}

int blob_lock(const char *dir, bool is_alone)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (flock(fd, is_alone ? LOCK_EX : LOCK_SH) != 0) {
        if (errno == EINTR)
            continue;
        close(fd);
        return -1;
    }
    return fd;
}

/* ---- writing ------------------------------------------------------------ */

/* A blob that is written, or was found, but must not be named yet. */
struct BlobPending {
    FlowDigest digest;
    Buffer part; /* where its bytes are; empty: under its name already */
    int fd;      /* of the part, -1: it is on the disk */
};

/* The folder above `dir`, synced, so that a new `dir` is found again after a crash. */
static FlowStatus sync_above(const char *dir, FlowError *err)
{
    Buffer above = {0};
    FlowStatus s = buffer_printf(&above, "%s/..", dir);
    if (s == FLOW_OK && buffer_text(&above))
        s = os_fsync_dir((const char *)above.bytes, err);
    else
        s = no_memory(err);
    buffer_free(&above);
    return s;
}

static FlowStatus make_blobs_folder(const char *dir, FlowError *err)
{
    FlowStatus s = os_mkdir_path(dir, err);
    return s == FLOW_OK ? sync_above(dir, err) : s;
}

/* A failure that is mended is none of the caller's: its words go to `first`. */
static FlowStatus open_part(const char *dir, const char *path, int *fd, FlowError *err)
{
    FlowError first;
    FlowStatus s = os_open(path, OS_OPEN_NEW, fd, &first);
    if (s == FLOW_OK)
        return s;
    if (s != FLOW_ENOENT)
        return flow_error(err, s, "%s", first.message);
    s = make_blobs_folder(dir, err);
    return s == FLOW_OK ? os_open(path, OS_OPEN_NEW, fd, err) : s;
}

static void drop_pending(BlobPending *pending)
{
    os_close(pending->fd);
    if (pending->part.len > 0)
        unlink((const char *)pending->part.bytes);
    buffer_free(&pending->part);
}

static FlowStatus write_content(int fd, const char *path, const Content *content, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < content->count && s == FLOW_OK; i++)
        s = os_write_all(fd, path, content->pieces[i].bytes, content->pieces[i].len, err);
    return s;
}

/* A new file in `dir`, open. */
static FlowStatus begin_part(const char *dir, BlobPending *pending, FlowError *err)
{
    Buffer *part = &pending->part;
    FlowStatus s = part_name(dir, part, err);
    if (s == FLOW_OK)
        return open_part(dir, (const char *)part->bytes, &pending->fd, err);
    buffer_free(part); /* no such file was made */
    return s;
}

static FlowStatus write_part(const char *dir, const Content *content, BlobPending *pending,
                             FlowError *err)
{
    FlowStatus s = begin_part(dir, pending, err);
    return s == FLOW_OK
               ? write_content(pending->fd, (const char *)pending->part.bytes, content, err)
               : s;
}

/* A file of another size is a blob that the disk lost half of, one without its seal may have been
 * changed: it is written anew. */
static bool is_stored(const BlobName *name, size_t len)
{
    struct stat st;
    return stat(name_path(name), &st) == 0 && S_ISREG(st.st_mode) &&
           (uint64_t)st.st_size == len && is_sealed(&st);
}

/* One that is there already, made young again: what is young is not removed (store/gc.h).  False
 * when it was removed since it was looked at. */
static bool renew(const char *dir, const BlobName *name)
{
    struct timespec times[2];
    seal_times(os_now_ns() / 1000000000, times);
    int lock = blob_lock(dir, false);
    bool is_there = utimensat(AT_FDCWD, name_path(name), times, 0) == 0;
    os_close(lock);
    return is_there;
}

static FlowStatus write_small(const char *dir, const Content *content, BlobPending *pending,
                              FlowError *err)
{
    BlobName name;
    FlowStatus s = digest_pieces(content->pieces, content->count, &pending->digest, err);
    if (s == FLOW_OK)
        s = name_make(dir, &pending->digest, &name, err);
    if (s != FLOW_OK)
        return s;
    if (!is_stored(&name, content->len) || !renew(dir, &name))
        s = write_part(dir, content, pending, err);
    name_free(&name);
    return s;
}

/* Whether it is there shows only when it has been hashed, and by then it is written. */
static FlowStatus write_large(const char *dir, const Content *content, BlobPending *pending,
                              FlowError *err)
{
    FlowStatus s = begin_part(dir, pending, err);
    if (s == FLOW_OK)
        s = large_write(content, pending->fd, (const char *)pending->part.bytes, &pending->digest,
                        err);
    return s;
}

/* ---- giving names ------------------------------------------------------- */

static FlowStatus rename_part(const char *dir, BlobPending *pending, bool *is_new_folder,
                              FlowError *err)
{
    FlowError first;
    BlobName name;
    const char *part = (const char *)pending->part.bytes;
    FlowStatus s = name_make(dir, &pending->digest, &name, err);
    if (s != FLOW_OK)
        return s;
    s = os_rename(part, name_path(&name), &first);
    if (s == FLOW_ENOENT) {
        *is_new_folder = true;
        s = os_mkdir_path(name_folder(&name), err);
        if (s == FLOW_OK)
            s = os_rename(part, name_path(&name), err);
    } else if (s != FLOW_OK) {
        flow_error(err, s, "%s", first.message);
    }
    name_free(&name);
    if (s == FLOW_OK)
        buffer_free(&pending->part);
    return s;
}

static FlowStatus sync_folder(const char *dir, const FlowDigest *digest, FlowError *err)
{
    BlobName name;
    FlowStatus s = name_make(dir, digest, &name, err);
    if (s != FLOW_OK)
        return s;
    s = os_fsync_dir(name_folder(&name), err);
    name_free(&name);
    return s;
}

/* Each folder once.  Also that of a blob that was there: its writer may not have come to it. */
static FlowStatus sync_folders(const BlobBatch *b, bool is_new_folder, FlowError *err)
{
    bool is_done[256] = {false};
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < b->count && s == FLOW_OK; i++) {
        const FlowDigest *digest = &b->pending[i].digest;
        if (!is_done[digest->bytes[0]])
            s = sync_folder(b->dir, digest, err);
        is_done[digest->bytes[0]] = true;
    }
    return s == FLOW_OK && is_new_folder ? os_fsync_dir(b->dir, err) : s;
}

static FlowStatus sync_parts(const BlobBatch *b, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < b->count && s == FLOW_OK; i++) {
        BlobPending *pending = &b->pending[i];
        if (pending->fd < 0)
            continue;
        seal_now(pending->fd);
        s = os_fsync(pending->fd, (const char *)pending->part.bytes, err);
        os_close(pending->fd);
        pending->fd = -1;
    }
    return s;
}

static FlowStatus rename_parts(const BlobBatch *b, bool *is_new_folder, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    int lock = blob_lock(b->dir, false);
    for (size_t i = 0; i < b->count && s == FLOW_OK; i++) {
        if (b->pending[i].part.len > 0)
            s = rename_part(b->dir, &b->pending[i], is_new_folder, err);
    }
    os_close(lock);
    return s;
}

FlowStatus blob_batch_finish(BlobBatch *b, FlowError *err)
{
    bool is_new_folder = false;
    if (b->count == 0)
        return FLOW_OK;
    FlowStatus s = sync_parts(b, err);
    if (s == FLOW_OK)
        s = rename_parts(b, &is_new_folder, err);
    if (s == FLOW_OK)
        s = sync_folders(b, is_new_folder, err);
    blob_batch_drop(b);
    return s;
}

void blob_batch_drop(BlobBatch *b)
{
    for (size_t i = 0; i < b->count; i++)
        drop_pending(&b->pending[i]);
    b->count = 0;
}

void blob_batch_free(BlobBatch *b)
{
    blob_batch_drop(b);
    os_free(b->pending);
    *b = (BlobBatch){0};
}

FlowStatus blob_batch_put_pieces(BlobBatch *b, const Bytes *pieces, size_t count, FlowDigest *out,
                                 FlowError *err)
{
    Content content = {pieces, count, 0};
    for (size_t i = 0; i < count; i++)
        content.len += pieces[i].len;
    FlowStatus s = b->count == BATCH_MAX ? blob_batch_finish(b, err) : FLOW_OK;
    if (s == FLOW_OK && !b->pending) {
        b->pending = os_alloc_array(BATCH_MAX, sizeof *b->pending);
        if (!b->pending)
            s = no_memory(err);
    }
    if (s != FLOW_OK)
        return s;
    BlobPending pending = {.fd = -1};
    s = content.len > DIGEST_PLAIN_BYTES ? write_large(b->dir, &content, &pending, err)
                                         : write_small(b->dir, &content, &pending, err);
    if (s != FLOW_OK) {
        drop_pending(&pending);
        return s;
    }
    b->pending[b->count++] = pending;
    *out = pending.digest;
    return FLOW_OK;
}

FlowStatus blob_batch_put(BlobBatch *b, const void *bytes, size_t len, FlowDigest *out,
                          FlowError *err)
{
    const Bytes piece = {bytes, len};
    return blob_batch_put_pieces(b, &piece, 1, out, err);
}

FlowStatus blob_put(const char *dir, const void *bytes, size_t len, FlowDigest *out, FlowError *err)
{
    BlobBatch batch = {.dir = dir};
    FlowStatus s = blob_batch_put(&batch, bytes, len, out, err);
    if (s == FLOW_OK)
        s = blob_batch_finish(&batch, err);
    blob_batch_free(&batch);
    return s;
}

/* ---- reading ------------------------------------------------------------ */

static FlowStatus missing(const char *path, FlowError *err)
{
    return flow_error(err, FLOW_ENOENT, "the blob %s is missing from the store; " BLOB_MISSING_HELP,
                      path);
}

typedef FlowStatus (*Mapper)(const char *path, OsMap *out, FlowError *err);

static FlowStatus map_whole(const BlobName *name, Mapper mapper, OsMap *out, FlowError *err)
{
    FlowStatus s = mapper(name_path(name), out, err);
    return s == FLOW_ENOENT ? missing(name_path(name), err) : s;
}

static FlowStatus damaged(const BlobName *name, const char *why, FlowError *err)
{
    return flow_error(err, FLOW_EFORMAT,
                      "the blob %s is damaged: %s; remove it and run the step that made it again",
                      name_path(name), why);
}

static FlowStatus name_of(OsMap map, FlowDigest *out, FlowError *err)
{
    const Bytes piece = {map.bytes, map.len};
    const Content content = {&piece, 1, map.len};
    return map.len > DIGEST_PLAIN_BYTES ? large_digest(&content, out, err)
                                        : digest_bytes(map.bytes, map.len, out, err);
}

/* In stores of format 1 large blobs too are named by their SHA-256. */
static bool is_plain(OsMap map, const FlowDigest *digest)
{
    FlowDigest plain;
    return map.len > DIGEST_PLAIN_BYTES &&
           digest_bytes(map.bytes, map.len, &plain, NULL) == FLOW_OK &&
           digest_equal(&plain, digest);
}

static FlowStatus verify_mapped(const BlobName *name, const FlowDigest *digest, OsMap map,
                                FlowError *err)
{
    FlowDigest found;
    FlowStatus s = name_of(map, &found, err);
    if (s != FLOW_OK || digest_equal(&found, digest) || is_plain(map, digest))
        return s;
    char hex[65], why[100];
    digest_hex(&found, hex);
    snprintf(why, sizeof why, "its bytes hash to %s", hex);
    return damaged(name, why, err);
}

/* What was written to since we sealed it is read once before it is used.  One that is not what its
 * name says is as good as lost: whoever makes it again writes over it. */
static FlowStatus check_seal(const BlobName *name, const FlowDigest *digest, OsMap map,
                             FlowError *err)
{
    struct stat st;
    struct timespec times[2];
    if (stat(name_path(name), &st) != 0 || is_sealed(&st))
        return FLOW_OK;
    FlowStatus s = verify_mapped(name, digest, map, err);
    if (s == FLOW_EFORMAT)
        return flow_error(err, FLOW_ENOENT,
                          "the blob %s was changed after it was stored; " BLOB_MISSING_HELP,
                          name_path(name));
    seal_times(st.st_mtim.tv_sec, times);
    if (s == FLOW_OK)
        (void)utimensat(AT_FDCWD, name_path(name), times, 0);
    return s;
}

static FlowStatus map_sized(const BlobName *name, size_t len, Mapper mapper, OsMap *out,
                            FlowError *err)
{
    FlowStatus s = map_whole(name, mapper, out, err);
    if (s != FLOW_OK || out->len == len)
        return s;
    size_t there = out->len;
    os_unmap(out);
    return flow_error(err, there < len ? FLOW_ENOENT : FLOW_EFORMAT,
                      "the blob %s is damaged: it has %zu bytes, %zu were stored; remove it and "
                      "run the step that made it again",
                      name_path(name), there, len);
}

static FlowStatus map_named(const char *dir, const FlowDigest *digest, size_t len, Mapper mapper,
                            OsMap *out, FlowError *err)
{
    BlobName name;
    FlowStatus s = name_make(dir, digest, &name, err);
    if (s != FLOW_OK)
        return s;
    s = map_sized(&name, len, mapper, out, err);
    if (s == FLOW_OK && (s = check_seal(&name, digest, *out, err)) != FLOW_OK)
        os_unmap(out);
    name_free(&name);
    return s;
}

FlowStatus blob_map_writable(const char *dir, const FlowDigest *digest, size_t len, OsMap *out,
                             FlowError *err)
{
    return map_named(dir, digest, len, os_map_file_writable, out, err);
}

FlowStatus blob_map(const char *dir, const FlowDigest *digest, size_t len, const uint8_t **bytes,
                    FlowError *err)
{
    static const uint8_t nothing;
    OsMap map;
    FlowStatus s = map_named(dir, digest, len, os_map_file, &map, err);
    if (s == FLOW_OK)
        *bytes = map.bytes ? map.bytes : &nothing;
    return s;
}

void blob_unmap(const uint8_t *bytes, size_t len)
{
    if (bytes && len > 0)
        munmap((void *)(uintptr_t)bytes, len);
}

FlowStatus blob_path(const char *dir, const FlowDigest *digest, Buffer *out, FlowError *err)
{
    BlobName name;
    FlowStatus s = name_make(dir, digest, &name, err);
    if (s != FLOW_OK)
        return s;
    *out = name.path;
    buffer_free(&name.folder);
    return FLOW_OK;
}

FlowStatus blob_damaged(const char *dir, const FlowDigest *digest, const char *why, FlowError *err)
{
    BlobName name;
    FlowStatus s = name_make(dir, digest, &name, err);
    if (s != FLOW_OK)
        return s;
    s = damaged(&name, why, err);
    name_free(&name);
    return s;
}

FlowStatus blob_verify(const char *dir, const FlowDigest *digest, FlowError *err)
{
    BlobName name;
    FlowStatus s = name_make(dir, digest, &name, err);
    if (s != FLOW_OK)
        return s;
    OsMap map;
    s = map_whole(&name, os_map_file, &map, err);
    if (s == FLOW_OK) {
        s = verify_mapped(&name, digest, map, err);
        os_unmap(&map);
    }
    name_free(&name);
    return s;
}

/* ---- references --------------------------------------------------------- */

/* tag(60011) array(2) bytes(32), then an integer that always takes 8 bytes: a reference has one
 * length, so telling it from a value costs one comparison. */
static const uint8_t ref_head[] = {0xd9, 0xea, 0x6b, 0x82, 0x58, 0x20};
enum {
    REF_DIGEST_AT = sizeof ref_head,
    REF_LEN_AT = REF_DIGEST_AT + sizeof(FlowDigest),
    REF_BYTES = REF_LEN_AT + 9,
    CBOR_UINT64 = 0x1b
};

FlowStatus blob_ref_encode(const FlowDigest *digest, uint64_t len, Buffer *out)
{
    uint8_t ref[REF_BYTES];
    memcpy(ref, ref_head, sizeof ref_head);
    memcpy(ref + REF_DIGEST_AT, digest->bytes, sizeof digest->bytes);
    ref[REF_LEN_AT] = CBOR_UINT64;
    for (int i = 0; i < 8; i++)
        ref[REF_LEN_AT + 1 + i] = (uint8_t)(len >> (56 - 8 * i));
    return buffer_append(out, ref, sizeof ref);
}

bool blob_ref_decode(const uint8_t *bytes, size_t len, FlowDigest *digest, uint64_t *blob_len)
{
    if (len != REF_BYTES || memcmp(bytes, ref_head, sizeof ref_head) != 0 ||
        bytes[REF_LEN_AT] != CBOR_UINT64)
        return false;
    memcpy(digest->bytes, bytes + REF_DIGEST_AT, sizeof digest->bytes);
    *blob_len = 0;
    for (int i = 0; i < 8; i++)
        *blob_len = *blob_len << 8 | bytes[REF_LEN_AT + 1 + i];
    return true;
}
