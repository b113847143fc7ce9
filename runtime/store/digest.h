/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h - what bytes are named by (OpenSSL EVP).
 *
 * The name of up to DIGEST_PLAIN_BYTES is their SHA-256.  That of more is the SHA-512/256 of: the
 * SHA-256 of each stride of DIGEST_STRIDE_BYTES (the last may be shorter), one after another, and
 * the number of bytes in eight, little-endian.  So strides can be hashed at once.  The root is of
 * another function than plain names are: were it SHA-256 too, the blob that holds what the root
 * is made of would have the name of the large one. */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include <flow/program.h>

#include "os/buffer.h"

enum { DIGEST_PLAIN_BYTES = 8 * 1024 * 1024, DIGEST_STRIDE_BYTES = 1024 * 1024 };

/* Bytes that are borrowed. */
typedef struct Bytes {
    const uint8_t *bytes;
    size_t len;
} Bytes;

/* Plain SHA-256, however many they are. */
FlowStatus digest_bytes(const void *bytes, size_t len, FlowDigest *out, FlowError *err);
/* Of the pieces one after another. */
FlowStatus digest_pieces(const Bytes *pieces, size_t count, FlowDigest *out, FlowError *err);
/* The name of `len` bytes whose strides have these digests. */
FlowStatus digest_root(const FlowDigest *strides, size_t count, uint64_t len, FlowDigest *out,
                       FlowError *err);
bool digest_equal(const FlowDigest *a, const FlowDigest *b);
/* 64 lowercase hex digits and a NUL. */
void digest_hex(const FlowDigest *d, char out[65]);
bool digest_parse(const char *hex, FlowDigest *out);

#endif
