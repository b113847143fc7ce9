/* SPDX-License-Identifier: Apache-2.0 */
/* blob_value.h - single values that are blobs: CBOR (value/codec.h), or a .npy
 * file (value/npy.h) for many numbers, which is mapped and read in place. */
#ifndef STORE_BLOB_VALUE_H
#define STORE_BLOB_VALUE_H

#include <flow/type.h>

#include "store/blob.h"

/* Whether the value is to be a .npy blob: it has that form, and over `most` bytes of numbers. */
bool blob_value_is_npy(const FlowType *type, const void *value, size_t most);

/* Puts such a value, without a copy of it; *len is how many bytes the blob has. */
FlowStatus blob_value_put(BlobBatch *b, const FlowType *type, const void *value, FlowDigest *digest,
                          uint64_t *len, FlowError *err);

/* Fills *out (zeroed) from the blob, whichever form it has.  FLOW_ENOENT, FLOW_EFORMAT with the
 * blob's name and what is wrong with it; *out is then zero again. */
FlowStatus blob_value_read(const char *dir, const FlowType *type, const FlowDigest *digest,
                           uint64_t len, void *out, FlowError *err);

#endif
