/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - blocks that double up to a limit; what is larger gets a block of its own.
 *
 * Large blocks ask for huge pages: touching memory for the first time costs as much as reading
 * and parsing what is put there, and a huge page costs a fifth of its 512 small ones. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    FIRST_BLOCK = 64 * 1024,
    LARGEST_BLOCK = 32 * 1024 * 1024,
    HUGE_PAGE = 2 * 1024 * 1024,
    MAPPED_FROM = 2 * HUGE_PAGE /* what is smaller comes from calloc */
};

struct ArenaBlock {
    ArenaBlock *older;
    size_t size;
    void *mapping; /* what holds a mapped block; NULL: calloc */
    size_t mapped;
    alignas(max_align_t) char bytes[];
};

void arena_exhausted(void)
{
    fputs("flowc: out of memory; try a machine with more, or a smaller program\n", stderr);
    exit(1);
}

void arena_init(Arena *a)
{
    memset(a, 0, sizeof *a);
}

void arena_deinit(Arena *a)
{
    for (ArenaBlock *b = a->blocks; b;) {
        ArenaBlock *older = b->older;
        if (b->mapping)
            munmap(b->mapping, b->mapped);
        else
            free(b);
        b = older;
    }
    arena_init(a);
}

static size_t round_up(size_t size)
{
    size_t unit = alignof(max_align_t);
    if (size > SIZE_MAX - unit)
        arena_exhausted();
    return (size + unit - 1) / unit * unit;
}

/* Begins where a huge page does; what of the mapping is not used is never touched. */
static ArenaBlock *map_block(size_t size)
{
    size_t mapped = size + HUGE_PAGE;
    char *mapping = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        return NULL;
    char *start = mapping + (-(uintptr_t)mapping & (HUGE_PAGE - 1));
#ifdef MADV_HUGEPAGE
    (void)madvise(start, size, MADV_HUGEPAGE); /* without them it is only slower */
#endif
    ArenaBlock *b = (ArenaBlock *)(void *)start;
    b->mapping = mapping;
    b->mapped = mapped;
    return b;
}

static ArenaBlock *new_block(Arena *a, size_t size)
{
    if (size > SIZE_MAX - sizeof(ArenaBlock) - HUGE_PAGE)
        arena_exhausted();
    size_t whole = sizeof(ArenaBlock) + size;
    ArenaBlock *b = whole < MAPPED_FROM ? calloc(1, whole) : map_block(whole);
    if (!b)
        arena_exhausted();
    b->size = size;
    a->total += size;
    return b;
}

/* A block for one thing alone goes behind the newest, whose free room stays in use. */
static void *alloc_alone(Arena *a, size_t size)
{
    ArenaBlock *b = new_block(a, size);
    if (a->blocks) {
        b->older = a->blocks->older;
        a->blocks->older = b;
    } else {
        a->blocks = b;
    }
    return b->bytes;
}

static void open_block(Arena *a)
{
    size_t size = a->total < FIRST_BLOCK ? FIRST_BLOCK : a->total;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    ArenaBlock *b = new_block(a, size - sizeof(ArenaBlock));
    b->older = a->blocks;
    a->blocks = b;
    a->next = b->bytes;
    a->end = b->bytes + b->size;
}

void *arena_alloc(Arena *a, size_t size)
{
    size = round_up(size ? size : 1);
    if (size > (size_t)(a->end - a->next)) {
        if (size > FIRST_BLOCK / 2)
            return alloc_alone(a, size);
        open_block(a);
    }
    void *p = a->next;
    a->next += size;
    return p;
}

void *arena_alloc_array(Arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        arena_exhausted();
    return arena_alloc(a, bytes);
}

void *arena_grow(Arena *a, void *old, size_t old_size, size_t size)
{
    size_t had = round_up(old_size ? old_size : 1);
    if (old && (char *)old + had == a->next && size >= old_size) {
        size_t more = round_up(size ? size : 1) - had;
        if (more <= (size_t)(a->end - a->next)) {
            a->next += more;
            return old;
        }
    }
    void *p = arena_alloc(a, size);
    if (old)
        memcpy(p, old, old_size < size ? old_size : size);
    return p;
}

void *arena_copy(Arena *a, const void *from, size_t size)
{
    void *copy = arena_alloc(a, size);
    if (size)
        memcpy(copy, from, size);
    return copy;
}

char *arena_strndup(Arena *a, const char *text, size_t len)
{
    if (len == SIZE_MAX)
        arena_exhausted();
    char *copy = arena_alloc(a, len + 1);
    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(Arena *a, const char *text)
{
    return arena_strndup(a, text, strlen(text));
}
