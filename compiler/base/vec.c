/* SPDX-License-Identifier: Apache-2.0 */
/* vec.c - the growth that all vectors share: by doubling, from 2 items: most lists of a
 * program are short. */
#include "base/vec.h"

#include <stdint.h>

void *vec_grow(Arena *a, void *items, size_t len, size_t *cap, size_t size)
{
    size_t wanted = *cap ? *cap * 2 : 2;
    if (wanted <= *cap || wanted > SIZE_MAX / size)
        arena_exhausted();
    void *moved = arena_grow(a, items, len * size, wanted * size);
    *cap = wanted;
    return moved;
}
