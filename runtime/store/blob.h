/* SPDX-License-Identifier: Apache-2.0 */
/* blob.h - content-addressed files: blobs/ab/cdef….
 *
 * A blob is written beside, hashed while it is written, synced, renamed, its
 * folder synced, and only then named by anyone.  Two writers of the same bytes
 * both succeed.  Workers write blobs; nothing here needs the database. */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "os/file.h"
#include "store/digest.h"

enum {
    BLOB_VALUE_BYTES = 64 * 1024,  /* a single value above this becomes a blob */
    BLOB_COLUMN_BYTES = 256 * 1024 /* and a column above this */
};

/* `dir` is the store's blobs folder. */
FlowStatus blob_put(const char *dir, const void *bytes, size_t len, FlowDigest *out,
                    FlowError *err);

/* Maps the blob; *bytes is valid until blob_unmap.  A blob that is missing or shorter than
 * `len` is FLOW_ENOENT with its name, a longer one FLOW_EFORMAT. */
FlowStatus blob_map(const char *dir, const FlowDigest *digest, size_t len, const uint8_t **bytes,
                    FlowError *err);
void blob_unmap(const uint8_t *bytes, size_t len);

/* Reads all of it and compares the hash: FLOW_ENOENT, FLOW_EFORMAT with its name. */
FlowStatus blob_verify(const char *dir, const FlowDigest *digest, FlowError *err);

/* How a cell names a blob instead of holding a value: CBOR tag 60011 over [digest, length]. */
FlowStatus blob_ref_encode(const FlowDigest *digest, uint64_t len, Buffer *out);
bool blob_ref_decode(const uint8_t *bytes, size_t len, FlowDigest *digest, uint64_t *blob_len);

#endif
