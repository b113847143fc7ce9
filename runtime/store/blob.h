/* SPDX-License-Identifier: Apache-2.0 */
/* blob.h - content-addressed files: blobs/ab/cdef….
 *
 * What a blob is named by stands in digest.h.  It is written beside, hashed
 * while it is written where it is large, synced, renamed, its folder synced, and
 * only then named by anyone.  Two writers of the same bytes both succeed.
 * Workers write blobs; nothing here needs the database. */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "os/file.h"
#include "store/digest.h"

/* How the message of a blob that is not there ends. */
#define BLOB_MISSING_HELP "run the step that made it again"

enum {
    BLOB_VALUE_BYTES = 64 * 1024, /* a single value above this becomes a blob */
    BLOB_ITEM_BYTES = 16 << 20, /* an element of a foreach's list: its column becomes one anyway */
    BLOB_COLUMN_BYTES = 256 * 1024 /* and a column above this */
};

/* `dir` is the store's blobs folder. */
FlowStatus blob_put(const char *dir, const void *bytes, size_t len, FlowDigest *out,
                    FlowError *err);

/* While blobs get or keep their names nobody removes any, and while one is removed nobody names it:
 * the first share the lock, the other has it alone.  -1 where it cannot be had.  Ends with
 * os_close, or with the process. */
int blob_lock(const char *dir, bool is_alone);

/* Several blobs that become durable together, which costs little more than one.  Their digests must
 * not be handed on before blob_batch_finish has returned FLOW_OK; whatever it returns, the batch is
 * empty afterwards.  Begin with `dir` set and all else zero. */
typedef struct BlobPending BlobPending;
typedef struct BlobBatch {
    const char *dir;
    BlobPending *pending;
    size_t count;
} BlobBatch;
FlowStatus blob_batch_put(BlobBatch *b, const void *bytes, size_t len, FlowDigest *out,
                          FlowError *err);
/* The same bytes in pieces, one after another. */
FlowStatus blob_batch_put_pieces(BlobBatch *b, const Bytes *pieces, size_t count, FlowDigest *out,
                                 FlowError *err);
FlowStatus blob_batch_finish(BlobBatch *b, FlowError *err);
void blob_batch_drop(BlobBatch *b); /* what was put since is forgotten */
void blob_batch_free(BlobBatch *b);

/* Maps the blob; *bytes is valid until blob_unmap.  A blob that is missing, shorter than `len` or
 * changed since it was stored is FLOW_ENOENT with its name, a longer one FLOW_EFORMAT.  That it was
 * changed shows by its time; one that carries another than we gave it is hashed first. */
FlowStatus blob_map(const char *dir, const FlowDigest *digest, size_t len, const uint8_t **bytes,
                    FlowError *err);
void blob_unmap(const uint8_t *bytes, size_t len);
/* The same, in memory that can be written to while the blob stays as it is. */
FlowStatus blob_map_writable(const char *dir, const FlowDigest *digest, size_t len, OsMap *out,
                             FlowError *err);
/* Fills *out, which is empty, with the blob's path and a NUL. */
FlowStatus blob_path(const char *dir, const FlowDigest *digest, Buffer *out, FlowError *err);
/* FLOW_EFORMAT: the blob is damaged, `why`, and what to do about it. */
FlowStatus blob_damaged(const char *dir, const FlowDigest *digest, const char *why, FlowError *err);

/* Reads all of it and compares the hash: FLOW_ENOENT, FLOW_EFORMAT with its name. */
FlowStatus blob_verify(const char *dir, const FlowDigest *digest, FlowError *err);

/* How a cell names a blob instead of holding a value: CBOR tag 60011 over [digest, length]. */
FlowStatus blob_ref_encode(const FlowDigest *digest, uint64_t len, Buffer *out);
bool blob_ref_decode(const uint8_t *bytes, size_t len, FlowDigest *digest, uint64_t *blob_len);

#endif
