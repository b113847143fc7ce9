/* SPDX-License-Identifier: Apache-2.0 */
/* vec.h - growable arrays in an arena, typed by macro.
 *
 *     typedef VEC(Expr *) ExprVec;
 *     ExprVec args = {0};
 *     vec_push(arena, &args, e);
 *     for (size_t i = 0; i < args.len; i++) use(args.items[i]);
 *
 * Pushing may move the items: never keep a pointer to one across a push. */
#ifndef FLOW_BASE_VEC_H
#define FLOW_BASE_VEC_H

#include <stddef.h>
#include <string.h>

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *items;                                                                                  \
        size_t len, cap;                                                                           \
    }

/* Makes room for one more of `size` bytes; returns where the items are now. */
void *vec_grow(Arena *a, void *items, size_t len, size_t *cap, size_t size);

#define vec_reserve_one(a, v)                                                                      \
    ((void)((v)->len < (v)->cap ||                                                                 \
            ((v)->items = vec_grow((a), (v)->items, (v)->len, &(v)->cap, sizeof *(v)->items), 0)))

/* The value comes last, so that a compound literal with commas can be one. */
#define vec_push(a, v, ...) (vec_reserve_one(a, v), (void)((v)->items[(v)->len++] = (__VA_ARGS__)))

/* Appends a zeroed item and gives its address, valid until the next push. */
#define vec_add(a, v)                                                                              \
    (vec_reserve_one(a, v), memset(&(v)->items[(v)->len], 0, sizeof *(v)->items),                  \
     &(v)->items[(v)->len++])

#define vec_pop(v)   ((v)->items[--(v)->len])
#define vec_last(v)  ((v)->items[(v)->len - 1])
#define vec_clear(v) ((void)((v)->len = 0))

#ifdef __cplusplus
}
#endif
#endif
