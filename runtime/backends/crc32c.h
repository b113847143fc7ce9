/* SPDX-License-Identifier: Apache-2.0 */
/* crc32c.h - the Castagnoli checksum that frames carry. */
#ifndef BACKENDS_CRC32C_H
#define BACKENDS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* By the processor's own instruction where it has one; the result is the same. */
uint32_t crc32c(const void *bytes, size_t len);
/* The way without it, for the test that compares both. */
uint32_t crc32c_portable(const void *bytes, size_t len);

#endif
