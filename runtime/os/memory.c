/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - malloc behind the fault seam. */
#include "os/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "os/fault.h"

void *os_alloc(size_t size)
{
    return os_fault(OS_FAULT_ALLOC) ? NULL : malloc(size ? size : 1);
}

void *os_alloc_zero(size_t size)
{
    return os_fault(OS_FAULT_ALLOC) ? NULL : calloc(1, size ? size : 1);
}

void *os_alloc_aligned(size_t alignment, size_t size)
{
    void *memory;
    if (os_fault(OS_FAULT_ALLOC) || posix_memalign(&memory, alignment, size) != 0)
        return NULL;
    return memory;
}

void *os_alloc_array(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : os_alloc(bytes);
}

void *os_alloc_lines(size_t count, size_t size)
{
    enum { LINE = 64 };
    size_t bytes;
    if (os_fault(OS_FAULT_ALLOC) || __builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, LINE - 1, &bytes))
        return NULL;
    return aligned_alloc(LINE, bytes / LINE * LINE);
}

void *os_realloc(void *old, size_t size)
{
    return os_fault(OS_FAULT_ALLOC) ? NULL : realloc(old, size ? size : 1);
}

void *os_realloc_array(void *old, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : os_realloc(old, bytes);
}

size_t os_usable(void *memory)
{
    return malloc_usable_size(memory);
}

void os_free(void *memory)
{
    free(memory);
}

char *os_copy_bytes(const char *bytes, size_t len)
{
    char *copy = len < SIZE_MAX ? os_alloc(len + 1) : NULL;
    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

char *os_copy_string(const char *text)
{
    return os_copy_bytes(text, strlen(text));
}
