/* SPDX-License-Identifier: Apache-2.0 */
/* blob_large.h - large blobs: hashed and written stride by stride, by several threads.
 *
 * What is above DIGEST_PLAIN_BYTES comes here.  The bytes stay where they are: each thread holds
 * one stride, and no more memory is used however large the blob is. */
#ifndef STORE_BLOB_LARGE_H
#define STORE_BLOB_LARGE_H

#include "store/digest.h"

/* The bytes of a blob, one piece after another; borrowed. */
typedef struct Content {
    const Bytes *pieces;
    size_t count, len;
} Content;

/* Writes the bytes to the new file, and computes their name meanwhile.  What was written is not
 * synced; after a failure the file is to be removed. */
FlowStatus large_write(const Content *content, int fd, const char *path, FlowDigest *out,
                       FlowError *err);
/* Only their name. */
FlowStatus large_digest(const Content *content, FlowDigest *out, FlowError *err);

#endif
