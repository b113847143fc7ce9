/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h - SHA-256 (OpenSSL EVP). */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include <flow/program.h>

#include "os/buffer.h"

/* Bytes that are borrowed. */
typedef struct Bytes {
    const uint8_t *bytes;
    size_t len;
} Bytes;

FlowStatus digest_bytes(const void *bytes, size_t len, FlowDigest *out, FlowError *err);
/* Of the pieces one after another. */
FlowStatus digest_pieces(const Bytes *pieces, size_t count, FlowDigest *out, FlowError *err);
bool digest_equal(const FlowDigest *a, const FlowDigest *b);
/* 64 lowercase hex digits and a NUL. */
void digest_hex(const FlowDigest *d, char out[65]);
bool digest_parse(const char *hex, FlowDigest *out);

#endif
