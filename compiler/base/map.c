/* SPDX-License-Identifier: Apache-2.0 */
/* map.c - entries in the order of insertion, and open addressing over their indices.
 *
 * A slot holds an entry's index + 1.  At most three quarters of the slots are taken, so a probe
 * that goes slot by slot always ends at an empty one. */
#include "base/map.h"

#include <string.h>

typedef struct Key {
    Str text;
    uint64_t number;
    uint64_t hash;
} Key;

static uint64_t hash_u64(uint64_t x)
{
    x = (x ^ (x >> 32)) * 0x9e3779b97f4a7c15u;
    return x ^ (x >> 29);
}

static Key text_key(Str text)
{
    return (Key){.text = text, .hash = str_hash(text)};
}

static Key number_key(uint64_t number)
{
    return (Key){.number = number, .hash = hash_u64(number)};
}

static uint64_t entry_hash(const MapEntry *e)
{
    return e->key.ptr ? str_hash(e->key) : hash_u64(e->number);
}

/* The slot that holds the key, or the empty one where it would go. */
static uint32_t *find_slot(const Map *m, const Key *key)
{
    size_t mask = m->slot_count - 1;
    for (size_t i = key->hash & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &m->slots[i];
        if (*slot == 0)
            return slot;
        const MapEntry *e = &m->entries[*slot - 1];
        if (e->number == key->number && str_eq(e->key, key->text))
            return slot;
    }
}

static const MapEntry *find(const Map *m, Key key)
{
    if (m->slot_count == 0)
        return NULL;
    uint32_t slot = *find_slot(m, &key);
    return slot ? &m->entries[slot - 1] : NULL;
}

static void rehash(Map *m, size_t slot_count)
{
    m->slots = arena_new_array(m->arena, uint32_t, slot_count);
    m->slot_count = slot_count;
    for (size_t i = 0; i < m->len; i++) {
        const MapEntry *e = &m->entries[i];
        Key key = {.text = e->key, .number = e->number, .hash = entry_hash(e)};
        *find_slot(m, &key) = (uint32_t)(i + 1);
    }
}

static void make_room(Map *m)
{
    if ((m->len + 1) * 4 > m->slot_count * 3)
        rehash(m, m->slot_count ? m->slot_count * 2 : 16);
    if (m->len < m->cap)
        return;
    if (m->len >= UINT32_MAX / 4)
        arena_exhausted();
    size_t cap = m->cap ? m->cap * 2 : 8;
    m->entries =
        arena_grow(m->arena, m->entries, m->cap * sizeof *m->entries, cap * sizeof *m->entries);
    m->cap = cap;
}

static void *put(Map *m, Key key, void *value)
{
    make_room(m);
    uint32_t *slot = find_slot(m, &key);
    if (*slot) {
        MapEntry *e = &m->entries[*slot - 1];
        void *old = e->value;
        e->value = value;
        return old;
    }
    m->entries[m->len++] = (MapEntry){key.text, key.number, value};
    *slot = (uint32_t)m->len;
    return NULL;
}

void map_init(Map *m, Arena *a)
{
    *m = (Map){.arena = a};
}

/* The empty text needs an address too: that is how an entry knows what kind its key is. */
static Str keyed(Str text)
{
    return text.ptr ? text : STR("");
}

void *map_get(const Map *m, Str key)
{
    const MapEntry *e = find(m, text_key(keyed(key)));
    return e ? e->value : NULL;
}

bool map_has(const Map *m, Str key)
{
    return find(m, text_key(keyed(key))) != NULL;
}

void *map_put(Map *m, Str key, void *value)
{
    return put(m, text_key(keyed(key)), value);
}

void *map_get_u64(const Map *m, uint64_t key)
{
    const MapEntry *e = find(m, number_key(key));
    return e ? e->value : NULL;
}

bool map_has_u64(const Map *m, uint64_t key)
{
    return find(m, number_key(key)) != NULL;
}

void *map_put_u64(Map *m, uint64_t key, void *value)
{
    return put(m, number_key(key), value);
}

void *map_get_ptr(const Map *m, const void *key)
{
    return map_get_u64(m, (uintptr_t)key);
}

bool map_has_ptr(const Map *m, const void *key)
{
    return map_has_u64(m, (uintptr_t)key);
}

void *map_put_ptr(Map *m, const void *key, void *value)
{
    return map_put_u64(m, (uintptr_t)key, value);
}
