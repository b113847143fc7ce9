/* SPDX-License-Identifier: Apache-2.0 */
/* blob.c - writing, naming and mapping content-addressed files.
 *
 * The blob whose SHA-256 is abcdef… is blobs/ab/cdef….  It is written as
 * blobs/.part-PID-TIME-COUNT, a name that no other writer has, and gets its own name by rename
 * once it is on the disk; what a killed writer leaves under such a name is in nobody's way.
 * Bytes that are large are hashed on a second thread while they are written; others are hashed
 * first, which tells whether they must be written at all. */
#include "store/blob.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"

enum { OVERLAP_BYTES = 8 * 1024 * 1024 }; /* below, a thread costs more than it gains */

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

/* ---- writing ------------------------------------------------------------ */

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

static FlowStatus make_folder(const char *folder, FlowError *err)
{
    FlowStatus s = os_mkdir_path(folder, err);
    return s == FLOW_OK ? sync_above(folder, err) : s;
}

static FlowStatus write_and_sync(int fd, const char *path, const void *bytes, size_t len,
                                 FlowError *err)
{
    FlowStatus s = os_write_all(fd, path, bytes, len, err);
    if (s == FLOW_OK)
        s = os_fsync(fd, path, err);
    return s;
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
    s = make_folder(dir, err);
    return s == FLOW_OK ? os_open(path, OS_OPEN_NEW, fd, err) : s;
}

static FlowStatus rename_part(const char *part, const BlobName *name, FlowError *err)
{
    FlowError first;
    FlowStatus s = os_rename(part, name_path(name), &first);
    if (s == FLOW_OK)
        return s;
    if (s != FLOW_ENOENT)
        return flow_error(err, s, "%s", first.message);
    s = make_folder(name_folder(name), err);
    return s == FLOW_OK ? os_rename(part, name_path(name), err) : s;
}

/* Writes the bytes to a new file in `dir`, whose name goes to *part; no file is left on failure. */
static FlowStatus write_part(const char *dir, const void *bytes, size_t len, Buffer *part,
                             FlowError *err)
{
    FlowStatus s = part_name(dir, part, err);
    if (s != FLOW_OK)
        return s;
    const char *path = (const char *)part->bytes;
    int fd = -1;
    s = open_part(dir, path, &fd, err);
    if (s != FLOW_OK)
        return s;
    s = write_and_sync(fd, path, bytes, len, err);
    os_close(fd);
    if (s != FLOW_OK)
        unlink(path);
    return s;
}

/* Gives the part its name; it is gone when that fails. */
static FlowStatus publish(const char *part, const BlobName *name, FlowError *err)
{
    FlowStatus s = rename_part(part, name, err);
    if (s == FLOW_OK)
        return os_fsync_dir(name_folder(name), err);
    unlink(part);
    return s;
}

/* A file of another size is a blob that the disk lost half of: it is written anew. */
static bool is_stored(const BlobName *name, size_t len)
{
    struct stat st;
    return stat(name_path(name), &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == len;
}

static FlowStatus put_hashed(const char *dir, const BlobName *name, const void *bytes, size_t len,
                             FlowError *err)
{
    if (is_stored(name, len)) /* its writer may not have come to sync the folder */
        return os_fsync_dir(name_folder(name), err);
    Buffer part = {0};
    FlowStatus s = write_part(dir, bytes, len, &part, err);
    if (s == FLOW_OK)
        s = publish((const char *)part.bytes, name, err);
    buffer_free(&part);
    return s;
}

/* ---- writing and hashing at once ---------------------------------------- */

typedef struct Hashing {
    const void *bytes;
    size_t len;
    FlowDigest digest;
    FlowStatus status;
    FlowError error;
} Hashing;

static void *hash_thread(void *argument)
{
    Hashing *h = argument;
    h->status = digest_bytes(h->bytes, h->len, &h->digest, &h->error);
    return NULL;
}

/* Fills *hashing and *part; no file is left on failure. */
static FlowStatus write_and_hash(const char *dir, Hashing *hashing, Buffer *part, FlowError *err)
{
    pthread_t thread;
    bool is_started = pthread_create(&thread, NULL, hash_thread, hashing) == 0;
    FlowStatus s = write_part(dir, hashing->bytes, hashing->len, part, err);
    if (is_started)
        pthread_join(thread, NULL);
    else if (s == FLOW_OK)
        hash_thread(hashing);
    if (s != FLOW_OK || hashing->status == FLOW_OK)
        return s;
    unlink((const char *)part->bytes);
    return flow_error(err, hashing->status, "%s", hashing->error.message);
}

static FlowStatus put_large(const char *dir, const void *bytes, size_t len, FlowDigest *out,
                            FlowError *err)
{
    Hashing hashing = {.bytes = bytes, .len = len};
    Buffer part = {0};
    FlowStatus s = write_and_hash(dir, &hashing, &part, err);
    if (s == FLOW_OK) {
        const char *path = (const char *)part.bytes;
        BlobName name;
        s = name_make(dir, &hashing.digest, &name, err);
        if (s == FLOW_OK) {
            s = publish(path, &name, err); /* over one of the same bytes, if it is there */
            name_free(&name);
        } else {
            unlink(path);
        }
    }
    buffer_free(&part);
    if (s == FLOW_OK)
        *out = hashing.digest;
    return s;
}

FlowStatus blob_put(const char *dir, const void *bytes, size_t len, FlowDigest *out, FlowError *err)
{
    if (len > OVERLAP_BYTES)
        return put_large(dir, bytes, len, out, err);
    FlowDigest digest;
    BlobName name;
    FlowStatus s = digest_bytes(bytes, len, &digest, err);
    if (s == FLOW_OK)
        s = name_make(dir, &digest, &name, err);
    if (s != FLOW_OK)
        return s;
    s = put_hashed(dir, &name, bytes, len, err);
    name_free(&name);
    if (s == FLOW_OK)
        *out = digest;
    return s;
}

/* ---- reading ------------------------------------------------------------ */

static FlowStatus missing(const char *path, FlowError *err)
{
    return flow_error(err, FLOW_ENOENT,
                      "the blob %s is missing from the store; run the step that made it again",
                      path);
}

static FlowStatus map_whole(const BlobName *name, OsMap *out, FlowError *err)
{
    FlowStatus s = os_map_file(name_path(name), out, err);
    return s == FLOW_ENOENT ? missing(name_path(name), err) : s;
}

static FlowStatus map_sized(const BlobName *name, size_t len, OsMap *out, FlowError *err)
{
    FlowStatus s = map_whole(name, out, err);
    if (s != FLOW_OK || out->len == len)
        return s;
    size_t there = out->len;
    os_unmap(out);
    return flow_error(err, there < len ? FLOW_ENOENT : FLOW_EFORMAT,
                      "the blob %s is damaged: it has %zu bytes, %zu were stored; remove it and "
                      "run the step that made it again",
                      name_path(name), there, len);
}

FlowStatus blob_map(const char *dir, const FlowDigest *digest, size_t len, const uint8_t **bytes,
                    FlowError *err)
{
    static const uint8_t nothing;
    BlobName name;
    FlowStatus s = name_make(dir, digest, &name, err);
    if (s != FLOW_OK)
        return s;
    OsMap map;
    s = map_sized(&name, len, &map, err);
    name_free(&name);
    if (s == FLOW_OK)
        *bytes = map.bytes ? map.bytes : &nothing;
    return s;
}

void blob_unmap(const uint8_t *bytes, size_t len)
{
    if (bytes && len > 0)
        munmap((void *)(uintptr_t)bytes, len);
}

static FlowStatus verify_mapped(const BlobName *name, const FlowDigest *digest, OsMap map,
                                FlowError *err)
{
    FlowDigest found;
    FlowStatus s = digest_bytes(map.bytes, map.len, &found, err);
    if (s != FLOW_OK || digest_equal(&found, digest))
        return s;
    char hex[65];
    digest_hex(&found, hex);
    return flow_error(err, FLOW_EFORMAT,
                      "the blob %s is damaged: its bytes hash to %s; remove it and run the step "
                      "that made it again",
                      name_path(name), hex);
}

FlowStatus blob_verify(const char *dir, const FlowDigest *digest, FlowError *err)
{
    BlobName name;
    FlowStatus s = name_make(dir, digest, &name, err);
    if (s != FLOW_OK)
        return s;
    OsMap map;
    s = map_whole(&name, &map, err);
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
