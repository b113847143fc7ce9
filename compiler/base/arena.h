/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h - one arena per compilation.
 *
 * Everything that a compilation makes lives in its arena and is given back at once by
 * arena_deinit; nothing is freed singly, and what was handed out never moves.  Running out of
 * memory prints one line and exits, so no caller checks for NULL.  An arena belongs to one
 * thread. */
#ifndef FLOW_BASE_ARENA_H
#define FLOW_BASE_ARENA_H

#include <stdalign.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    ArenaBlock *blocks; /* newest first */
    char *next, *end;   /* free room in the newest block */
    size_t total;       /* bytes taken from the system */
} Arena;

void arena_init(Arena *a);

/* Gives everything back; the arena can be used again. */
void arena_deinit(Arena *a);

/* `size` zeroed bytes aligned for any type. */
void *arena_alloc(Arena *a, size_t size);

/* The same for an array; `count * size` is checked for overflow. */
void *arena_alloc_array(Arena *a, size_t count, size_t size);

/* `size` bytes with a copy of the `old_size` at `old`, the rest zeroed; extends in place where
 * `old` was the last thing handed out. */
void *arena_grow(Arena *a, void *old, size_t old_size, size_t size);

void *arena_copy(Arena *a, const void *from, size_t size);

/* Copies that end with a NUL byte, which `len` does not count. */
char *arena_strdup(Arena *a, const char *text);
char *arena_strndup(Arena *a, const char *text, size_t len);

/* The line that exhaustion prints; exits with 1. */
#ifndef __cplusplus
_Noreturn void arena_exhausted(void);
#endif

#define arena_new(a, T)              ((T *)arena_alloc((a), sizeof(T)))
#define arena_new_array(a, T, count) ((T *)arena_alloc_array((a), (count), sizeof(T)))

#ifdef __cplusplus
}
#endif
#endif
