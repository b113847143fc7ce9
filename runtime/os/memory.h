/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h - the allocator's seam.
 *
 * Every allocation of the runtime goes through here, so that a test can make the
 * nth one fail (os/fault.h).  NULL means: no memory, or a size that overflows. */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include <stddef.h>

/* Never NULL for size 0 on success. */
void *os_alloc(size_t size);
void *os_alloc_zero(size_t size);
/* Begins at a multiple of `alignment`, a power of two; not cleared. */
void *os_alloc_aligned(size_t alignment, size_t size);
/* count * size bytes, not cleared. */
void *os_alloc_array(size_t count, size_t size);
/* The same at the beginning of a line of the cache; count and size are not 0. */
void *os_alloc_lines(size_t count, size_t size);
/* On failure `old` is unchanged and still owned. */
void *os_realloc(void *old, size_t size);
void *os_realloc_array(void *old, size_t count, size_t size);
/* How many bytes an allocation can hold, at least as many as were asked for. */
size_t os_usable(void *memory);
void os_free(void *memory); /* NULL is allowed */
/* A copy with a NUL after it. */
char *os_copy_string(const char *text);
char *os_copy_bytes(const char *bytes, size_t len);

#endif
