/* SPDX-License-Identifier: Apache-2.0 */
/* map.c - a dense array of entries in order of insertion, and a table of places that finds them.
 *
 * An entry is its hash, of a key that is a string what key.h keeps beside it, the key and the
 * value, each at a multiple of 8 bytes.  A removed entry stays as a gap (hash 0) until gaps
 * outnumber the rest.  The table is open addressing with linear
 * probing over a power of two.  The array fills at three quarters of the table, so a probe always
 * ends.
 *
 * A slot of the table is a place, counted from 1, in as many bits as places need, and above them
 * those bits of the hash, the tag: what it does not fit need not be looked at.  0 is free, and the
 * greatest place, which no entry has, a gap.  So the table is small enough to stay in the cache. */
#include <inttypes.h>
#include <string.h>

#include <flow/task.h>

#include "os/buffer.h"
#include "os/memory.h"
#include "value/key.h"
#include "value/list.h"
#include "value/release.h"
#include "value/share.h"
#include "value/text.h"

enum { MAP_FIRST = 8, GAPS_ALLOWED = 8 };

#define SLOTS_MAX ((size_t)1 << 31)

struct FlowMap {
    int32_t refs; /* stands first in every object */
    const FlowType *type;
    FlowMap *next_dead;
    size_t count; /* entries that are there */
    size_t used;  /* with gaps */
    size_t first; /* no entry stands before it */
    size_t slots; /* of the table; entries fit up to room_of(slots) */
    uint32_t *table;
    uint8_t *entries;
    size_t key_at, value_at, stride;
    size_t hint_rank, hint_place; /* where counting of entries got to, for going round */
};

static size_t round_up(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

static size_t room_of(size_t slots)
{
    return slots / 4 * 3;
}

static uint8_t *entry_at(const FlowMap *m, size_t place)
{
    return m->entries + place * m->stride;
}

static uint64_t hash_at(const FlowMap *m, size_t place)
{
    uint64_t hash;
    memcpy(&hash, entry_at(m, place), sizeof hash);
    return hash;
}

static uint64_t rest_at(const FlowMap *m, size_t place)
{
    uint64_t rest;
    memcpy(&rest, entry_at(m, place) + sizeof rest, sizeof rest);
    return rest;
}

static void *key_in(const FlowMap *m, uint8_t *entry)
{
    return entry + m->key_at;
}

static void *value_in(const FlowMap *m, uint8_t *entry)
{
    return entry + m->value_at;
}

/* Whether the key is a short string; then *out is what is remembered of it. */
static inline bool short_key_of(const FlowMap *m, const void *key, Key *out)
{
    if (m->key_at != sizeof(Key))
        return false;
    const FlowString *s = *(FlowString *const *)key;
    size_t len = flow_string_len_bytes(s);
    if (len == 0 || len > KEY_SHORT_MAX)
        return false;
    *out = key_of_short(s->bytes, len);
    return out->hash != 0;
}

static Key key_of(const FlowMap *m, const void *key)
{
    Key of;
    if (short_key_of(m, key, &of))
        return of;
    return (Key){flow_value_hash(m->type->key, key) | 1, KEY_LONG};
}

FlowMap **map_next_dead(FlowMap *map)
{
    return &map->next_dead;
}

FlowMap *flow_map_retain(FlowMap *m)
{
    if (m)
        flow_refs_up(&m->refs);
    return m;
}

void map_free(FlowMap *m)
{
    for (size_t i = m->first; i < m->used; i++) {
        if (hash_at(m, i) == 0)
            continue;
        flow_value_release(m->type->key, key_in(m, entry_at(m, i)));
        flow_value_release(m->type->item, value_in(m, entry_at(m, i)));
    }
    os_free(m->table);
    os_free(m->entries);
    os_free(m);
}

int64_t flow_map_len(const FlowMap *m)
{
    return m ? (int64_t)m->count : 0;
}

/* ---- the table ----------------------------------------------------------- */

static uint32_t place_mask(const FlowMap *m)
{
    return (uint32_t)m->slots - 1;
}

static uint32_t tag_of(const FlowMap *m, uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ~place_mask(m);
}

/* What a slot that is neither free nor a gap points at. */
static size_t place_in(const FlowMap *m, size_t slot)
{
    return (m->table[slot] & place_mask(m)) - 1;
}

/* Whether the entry there is that of `key`; of a short string both words say so. */
static inline bool is_of(const FlowMap *m, size_t place, const void *key, Key of)
{
    if (of.rest < KEY_LONG)
        return ((hash_at(m, place) ^ of.hash) | (rest_at(m, place) ^ of.rest)) == 0;
    return hash_at(m, place) == of.hash &&
           flow_value_equal(m->type->key, key_in(m, entry_at(m, place)), key);
}

/* The table's slot that points at the entry of `key`, or -1. */
static inline int64_t find_slot_of(const FlowMap *m, const void *key, Key of)
{
    uint32_t mask = place_mask(m), tag = tag_of(m, of.hash);
    for (size_t slot = of.hash >> 1 & mask;; slot = (slot + 1) & mask) {
        uint32_t at = m->table[slot];
        uint32_t place = (at ^ tag) - 1; /* of a slot that is free or a gap none that there is */
        if (place < mask - 1 && is_of(m, place, key, of))
            return (int64_t)slot;
        if (at == 0)
            return -1;
    }
}

static int64_t find_slot(const FlowMap *m, const void *key, Key of)
{
    return find_slot_of(m, key, of);
}

static void enter_place(FlowMap *m, size_t place)
{
    uint64_t hash = hash_at(m, place);
    size_t slot = hash >> 1 & place_mask(m);
    while (m->table[slot] != 0)
        slot = (slot + 1) & place_mask(m);
    m->table[slot] = ((uint32_t)place + 1) | tag_of(m, hash);
}

/* Closes the gaps and fills the table anew. */
static void compact(FlowMap *m)
{
    size_t to = 0;
    memset(m->table, 0, m->slots * sizeof *m->table);
    for (size_t i = m->first; i < m->used; i++) {
        if (hash_at(m, i) == 0)
            continue;
        if (to != i)
            memcpy(entry_at(m, to), entry_at(m, i), m->stride);
        enter_place(m, to++);
    }
    m->used = m->count;
    m->first = m->hint_rank = m->hint_place = 0;
}

/* An empty map with room for `count` entries. */
static FlowStatus map_new(FlowTask *t, const FlowType *type, size_t count, FlowMap **out)
{
    size_t slots = MAP_FIRST;
    while (room_of(slots) < count)
        slots *= 2;
    FlowMap map = {.refs = 1, .type = type, .slots = slots};
    map.key_at = type->key->kind == FLOW_STRING ? sizeof(Key) : sizeof(uint64_t);
    map.value_at = map.key_at + round_up(type->key->size);
    map.stride = map.value_at + round_up(type->item->size);
    FlowMap *m = os_alloc(sizeof *m);
    map.table = os_alloc_zero(slots * sizeof *map.table);
    map.entries = os_alloc_lines(room_of(slots), map.stride);
    if (slots > SLOTS_MAX || !m || !map.table || !map.entries) {
        os_free(m);
        os_free(map.table);
        os_free(map.entries);
        return flow_fail_memory(t, slots * (sizeof *map.table + map.stride));
    }
    *m = map;
    *out = m;
    return FLOW_OK;
}

/* Takes the entries of `from` over as they are, without gaps; retains nothing. */
static void copy_entries(FlowMap *m, const FlowMap *from)
{
    for (size_t i = from->first; i < from->used; i++) {
        if (hash_at(from, i) == 0)
            continue;
        memcpy(entry_at(m, m->used), entry_at(from, i), m->stride);
        enter_place(m, m->used++);
    }
    m->count = m->used;
}

static void retain_entries(const FlowMap *m)
{
    for (size_t i = 0; i < m->used; i++) {
        flow_value_retain(m->type->key, key_in(m, entry_at(m, i)));
        flow_value_retain(m->type->item, value_in(m, entry_at(m, i)));
    }
}

/* Twice the room.  The old arrays are left in *old, since the caller's key may lie in them. */
static FlowStatus widen(FlowTask *t, FlowMap *m, FlowMap *old)
{
    FlowMap *wide;
    FlowStatus s = map_new(t, m->type, 2 * m->count, &wide);
    if (s != FLOW_OK)
        return s;
    copy_entries(wide, m);
    wide->refs = m->refs;
    *old = *m;
    *m = *wide;
    os_free(wide);
    return FLOW_OK;
}

/* Makes *m unshared. */
static FlowStatus make_unique(FlowTask *t, FlowMap **m, const FlowType *type)
{
    FlowMap *old = *m, *copy;
    if (old && flow_refs(&old->refs) == 1)
        return FLOW_OK;
    FlowStatus s = map_new(t, old ? old->type : type, old ? old->count + 1 : 0, &copy);
    if (s != FLOW_OK)
        return s;
    if (old) {
        copy_entries(copy, old);
        retain_entries(copy);
        flow_map_release(old);
    }
    *m = copy;
    return FLOW_OK;
}

/* ---- entries ------------------------------------------------------------- */

static uint8_t *append_entry(FlowMap *m, const void *key, Key of)
{
    const FlowType *type = m->type;
    uint8_t *entry = entry_at(m, m->used);
    memset(entry, 0, m->stride);
    memcpy(entry, &of, m->key_at);
    memcpy(key_in(m, entry), key, type->key->size);
    flow_value_retain(type->key, key);
    enter_place(m, m->used++);
    m->count++;
    return entry;
}

/* The entry of `key`, made with a zero value when there is none.  *old keeps the arrays that
 * were outgrown. */
static FlowStatus entry_for(FlowTask *t, FlowMap *m, const void *key, uint8_t **out, FlowMap *old)
{
    Key of = key_of(m, key);
    int64_t slot = find_slot(m, key, of);
    if (slot >= 0) {
        *out = entry_at(m, place_in(m, (size_t)slot));
        return FLOW_OK;
    }
    if (m->used == room_of(m->slots)) {
        FlowStatus s = widen(t, m, old);
        if (s != FLOW_OK)
            return s;
    }
    *out = append_entry(m, key, of);
    return FLOW_OK;
}

static void free_outgrown(FlowMap *old)
{
    os_free(old->table);
    os_free(old->entries);
}

FlowStatus flow_map_put(FlowTask *t, FlowMap **m, const FlowType *map, const void *key,
                        const void *value)
{
    FlowStatus s = make_unique(t, m, map);
    if (s != FLOW_OK)
        return s;
    FlowMap old = {0};
    uint8_t *entry;
    s = entry_for(t, *m, key, &entry, &old);
    if (s == FLOW_OK && value != value_in(*m, entry)) {
        const FlowType *item = (*m)->type->item;
        flow_value_retain(item, value);
        flow_value_release(item, value_in(*m, entry));
        memcpy(value_in(*m, entry), value, item->size);
    }
    free_outgrown(&old);
    return s;
}

static const void *value_of_slot(const FlowMap *m, int64_t slot)
{
    return slot < 0 ? NULL : value_in(m, entry_at(m, place_in(m, (size_t)slot)));
}

__attribute__((noinline)) static const void *find_any(const FlowMap *m, const void *key)
{
    return m ? value_of_slot(m, find_slot(m, key, key_of(m, key))) : NULL;
}

/* Short strings, as most keys are, in registers and without a call. */
const void *flow_map_find(const FlowMap *m, const FlowType *map, const void *key)
{
    (void)map;
    Key of;
    if (!m || !short_key_of(m, key, &of) || of.rest >= KEY_LONG)
        return find_any(m, key);
    return value_of_slot(m, find_slot_of(m, key, of));
}

static FlowStatus fail_key(FlowTask *t, const FlowType *map, const void *key)
{
    Buffer text = {0};
    FlowStatus s = text_write(&text, map->key, key, true);
    if (s == FLOW_OK && !buffer_text(&text))
        s = FLOW_ENOMEM;
    s = s == FLOW_OK ? flow_fail(t, "the map has no key %s", (const char *)text.bytes)
                     : flow_fail(t, "the map has no such key");
    buffer_free(&text);
    return s;
}

FlowStatus flow_map_at(FlowTask *t, const FlowMap *m, const FlowType *map, const void *key,
                       void *out)
{
    const void *value = flow_map_find(m, map, key);
    if (FLOW_UNLIKELY(!value))
        return fail_key(t, map, key);
    flow_value_retain(map->item, value);
    memcpy(out, value, map->item->size);
    return FLOW_OK;
}

FlowStatus flow_map_slot(FlowTask *t, FlowMap **m, const FlowType *map, const void *key,
                         bool insert, void **out)
{
    if (!insert && !flow_map_find(*m, map, key))
        return fail_key(t, map, key);
    FlowStatus s = make_unique(t, m, map);
    if (s != FLOW_OK)
        return s;
    FlowMap old = {0};
    uint8_t *entry;
    s = entry_for(t, *m, key, &entry, &old);
    if (s == FLOW_OK)
        *out = value_in(*m, entry);
    free_outgrown(&old);
    return s;
}

static void remove_slot(FlowMap *m, size_t slot)
{
    size_t place = place_in(m, slot);
    uint8_t *entry = entry_at(m, place);
    m->table[slot] = place_mask(m);
    memset(entry, 0, sizeof(uint64_t));
    m->count--;
    while (m->first < m->used && hash_at(m, m->first) == 0)
        m->first++;
    m->hint_rank = 0;
    m->hint_place = m->first;
    flow_value_release(m->type->key, key_in(m, entry));
    flow_value_release(m->type->item, value_in(m, entry));
    if (m->used - m->count > m->count + GAPS_ALLOWED)
        compact(m);
}

FlowStatus flow_map_remove(FlowTask *t, FlowMap **m, const FlowType *map, const void *key)
{
    if (!flow_map_find(*m, map, key))
        return FLOW_OK;
    FlowStatus s = make_unique(t, m, map);
    if (s == FLOW_OK)
        remove_slot(*m, (size_t)find_slot(*m, key, key_of(*m, key)));
    return s;
}

void map_settle(FlowMap *m)
{
    if (m->count != m->used)
        compact(m);
}

const FlowType *map_type(const FlowMap *m)
{
    return m->type;
}

/* ---- going round --------------------------------------------------------- */

/* Entry `rank`.  With gaps it is counted on from the last one that was asked for, so that going
 * round costs no more than the entries; the hint is no part of the value. */
static uint8_t *entry_of_rank(const FlowMap *m, size_t rank)
{
    if (m->count == m->used)
        return entry_at(m, rank);
    size_t at = rank >= m->hint_rank ? m->hint_rank : 0;
    size_t place = rank >= m->hint_rank ? m->hint_place : m->first;
    if (place < m->first)
        place = m->first;
    for (;; place++) {
        if (hash_at(m, place) == 0)
            continue;
        if (at == rank)
            break;
        at++;
    }
    FlowMap *hinted = (FlowMap *)(uintptr_t)m;
    hinted->hint_rank = rank;
    hinted->hint_place = place;
    return entry_at(m, place);
}

const void *flow_map_key_at(const FlowMap *m, int64_t index)
{
    return key_in(m, entry_of_rank(m, (size_t)index));
}

const void *flow_map_value_at(const FlowMap *m, int64_t index)
{
    return value_in(m, entry_of_rank(m, (size_t)index));
}

static FlowStatus collect(FlowTask *t, const FlowMap *m, const FlowType *item, bool keys,
                          FlowList **out)
{
    size_t len = (size_t)flow_map_len(m);
    *out = NULL;
    if (len == 0)
        return FLOW_OK;
    FlowStatus s = flow_list_new(t, item, 0, len, out);
    for (size_t i = 0; s == FLOW_OK && i < len; i++) {
        uint8_t *entry = entry_of_rank(m, i);
        s = flow_list_push(t, out, item, keys ? key_in(m, entry) : value_in(m, entry));
    }
    return s;
}

FlowStatus flow_map_keys(FlowTask *t, const FlowMap *m, const FlowType *map, FlowList **out)
{
    return collect(t, m, map->key, true, out);
}

FlowStatus flow_map_values(FlowTask *t, const FlowMap *m, const FlowType *map, FlowList **out)
{
    return collect(t, m, map->item, false, out);
}
