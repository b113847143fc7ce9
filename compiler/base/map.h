/* SPDX-License-Identifier: Apache-2.0 */
/* map.h - hash maps in an arena, from text or numbers to pointers.
 *
 * A map goes round in the order of first insertion, so nothing that is printed depends on hashes.
 * Keys of text are borrowed and must live as long as the map.  A value may be NULL: `has` tells it
 * from nothing.  Entries are never removed. */
#ifndef FLOW_BASE_MAP_H
#define FLOW_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct MapEntry {
    Str key;         /* of a map by text */
    uint64_t number; /* of a map by number or pointer */
    void *value;
} MapEntry;

typedef struct Map {
    Arena *arena;
    MapEntry *entries; /* [0, len) in the order of insertion: read it to go round */
    size_t len, cap;
    uint32_t *slots; /* entry index + 1, or 0; a power of two of them */
    size_t slot_count;
} Map;

void map_init(Map *m, Arena *a);

/* By text.  `put` returns the value that it replaced, or NULL. */
void *map_get(const Map *m, Str key);
bool map_has(const Map *m, Str key);
void *map_put(Map *m, Str key, void *value);

/* By number. */
void *map_get_u64(const Map *m, uint64_t key);
bool map_has_u64(const Map *m, uint64_t key);
void *map_put_u64(Map *m, uint64_t key, void *value);

/* By address. */
void *map_get_ptr(const Map *m, const void *key);
bool map_has_ptr(const Map *m, const void *key);
void *map_put_ptr(Map *m, const void *key, void *value);

#ifdef __cplusplus
}
#endif
#endif
