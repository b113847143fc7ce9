/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table by (chunk, artifact) and a list by last use. */
#include "sched/columns.h"

#include "os/memory.h"

enum {
    ROOM = 8 << 20, /* bytes of columns that nobody holds */
    OVERHEAD = 256,  /* of an entry */
    BUCKETS_FIRST = 256
};

struct Columns {
    Db *db;
    StoredColumn **buckets;
    size_t bucket_count, count;
    StoredColumn *newest, *oldest; /* unpinned ones */
    size_t unpinned_bytes;
    bool is_begun, is_reading; /* columns_begin; and a view of the store is open */
};

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory while a column is read");
}

FlowStatus columns_new(Db *db, Columns **out, FlowError *err)
{
    Columns *c = os_alloc_zero(sizeof *c);
    StoredColumn **buckets = os_alloc_zero(BUCKETS_FIRST * sizeof *buckets);
    if (!c || !buckets) {
        os_free(c);
        os_free(buckets);
        return no_memory(err);
    }
    *c = (Columns){.db = db, .buckets = buckets, .bucket_count = BUCKETS_FIRST};
    *out = c;
    return FLOW_OK;
}

static void free_column(StoredColumn *s)
{
    if (s->mapped)
        blob_unmap(s->mapped, s->len);
    os_free(s->bytes);
    os_free(s);
}

void columns_free(Columns *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->bucket_count; i++)
        for (StoredColumn *s = c->buckets[i], *next; s; s = next) {
            next = s->next;
            free_column(s);
        }
    os_free(c->buckets);
    os_free(c);
}

/* ---- the table ----------------------------------------------------------- */

static size_t bucket_of(const Columns *c, const Chunk *chunk, uint32_t artifact)
{
    uint64_t h = ((uint64_t)(uintptr_t)chunk >> 4) * 0x9e3779b97f4a7c15u + artifact;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return (size_t)((h ^ (h >> 32)) & (c->bucket_count - 1));
}

/* Twice as many buckets; left as it is when there is no memory. */
static void grow(Columns *c)
{
    StoredColumn **old = c->buckets, **buckets;
    size_t old_count = c->bucket_count;
    buckets = os_alloc_zero(old_count * 2 * sizeof *buckets);
    if (!buckets)
        return;
    c->buckets = buckets;
    c->bucket_count = old_count * 2;
    for (size_t i = 0; i < old_count; i++)
        for (StoredColumn *s = old[i], *next; s; s = next) {
            next = s->next;
            size_t b = bucket_of(c, s->chunk, s->artifact);
            s->next = buckets[b];
            buckets[b] = s;
        }
    os_free(old);
}

static void insert(Columns *c, StoredColumn *s)
{
    if (c->count >= c->bucket_count)
        grow(c);
    size_t b = bucket_of(c, s->chunk, s->artifact);
    s->next = c->buckets[b];
    c->buckets[b] = s;
    c->count++;
}

static StoredColumn *find(const Columns *c, const Chunk *chunk, uint32_t artifact)
{
    StoredColumn *s = c->buckets[bucket_of(c, chunk, artifact)];
    while (s && (s->chunk != chunk || s->artifact != artifact))
        s = s->next;
    return s;
}

static void erase(Columns *c, StoredColumn *s)
{
    StoredColumn **at = &c->buckets[bucket_of(c, s->chunk, s->artifact)];
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    c->count--;
}

/* ---- by last use ------------------------------------------------------------ */

static size_t weight(const StoredColumn *s)
{
    return OVERHEAD + (s->bytes ? s->len : 0);
}

static void unlink_unpinned(Columns *c, StoredColumn *s)
{
    *(s->newer ? &s->newer->older : &c->newest) = s->older;
    *(s->older ? &s->older->newer : &c->oldest) = s->newer;
    s->newer = s->older = NULL;
    c->unpinned_bytes -= weight(s);
}

static void pin(Columns *c, StoredColumn *s)
{
    if (s->pins++ == 0)
        unlink_unpinned(c, s);
}

void columns_unpin(Columns *c, StoredColumn *column)
{
    if (--column->pins > 0)
        return;
    if (column->artifact == DB_COL_DURATIONS) { /* no task reads it */
        erase(c, column);
        free_column(column);
        return;
    }
    column->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = column;
    c->newest = column;
    c->unpinned_bytes += weight(column);
    while (c->unpinned_bytes > ROOM) {
        StoredColumn *old = c->oldest;
        unlink_unpinned(c, old);
        erase(c, old);
        free_column(old);
    }
}

/* ---- in and out -------------------------------------------------------------- */

static StoredColumn *new_column(const Chunk *chunk, uint32_t artifact)
{
    StoredColumn *s = os_alloc_zero(sizeof *s);
    if (s)
        *s = (StoredColumn){.chunk = chunk, .artifact = artifact, .pins = 1};
    return s;
}

FlowStatus columns_put_blob(Columns *c, const Chunk *chunk, uint32_t artifact,
                            const FlowDigest *digest, size_t len, StoredColumn **out,
                            FlowError *err)
{
    StoredColumn *s = new_column(chunk, artifact);
    if (!s)
        return no_memory(err);
    s->digest = *digest;
    s->len = len;
    insert(c, s);
    *out = s;
    return FLOW_OK;
}

FlowStatus columns_put(Columns *c, const Chunk *chunk, uint32_t artifact, Buffer *bytes_take,
                       StoredColumn **out, FlowError *err)
{
    if (bytes_take->len > BLOB_COLUMN_BYTES) {
        FlowDigest digest;
        size_t len = bytes_take->len;
        FlowStatus status = blob_put(db_blobs_dir(c->db), bytes_take->bytes, len, &digest, err);
        buffer_free(bytes_take);
        return status == FLOW_OK ? columns_put_blob(c, chunk, artifact, &digest, len, out, err)
                                 : status;
    }
    StoredColumn *s = new_column(chunk, artifact);
    if (!s) {
        buffer_free(bytes_take);
        return no_memory(err);
    }
    uint8_t *shrunk = os_realloc(bytes_take->bytes, bytes_take->len);
    s->bytes = shrunk ? shrunk : bytes_take->bytes;
    s->len = bytes_take->len;
    *bytes_take = (Buffer){0};
    insert(c, s);
    *out = s;
    return FLOW_OK;
}

void columns_begin(Columns *c)
{
    c->is_begun = true;
}

void columns_end(Columns *c)
{
    if (c->is_reading)
        db_read_end(c->db);
    c->is_begun = c->is_reading = false;
}

static FlowStatus open_view(Columns *c, FlowError *err)
{
    if (!c->is_begun || c->is_reading)
        return FLOW_OK;
    FlowStatus s = db_read_begin(c->db, err);
    c->is_reading = s == FLOW_OK;
    return s;
}

FlowStatus columns_get(Columns *c, const Chunk *chunk, uint32_t artifact, StoredColumn **out,
                       FlowError *err)
{
    StoredColumn *s = find(c, chunk, artifact);
    if (s) {
        pin(c, s);
        *out = s;
        return FLOW_OK;
    }
    Buffer body = {0};
    FlowDigest digest = {{0}};
    uint64_t blob_len = 0;
    FlowStatus status = open_view(c, err);
    if (status == FLOW_OK)
        status = db_load_col_raw(c->db, chunk->id, artifact, &body, &digest, &blob_len, err);
    if (status != FLOW_OK) {
        buffer_free(&body);
        return status;
    }
    if (body.len == 0) {
        buffer_free(&body);
        return columns_put_blob(c, chunk, artifact, &digest, (size_t)blob_len, out, err);
    }
    s = new_column(chunk, artifact);
    if (!s) {
        buffer_free(&body);
        return no_memory(err);
    }
    s->bytes = body.bytes;
    s->len = body.len;
    insert(c, s);
    *out = s;
    return FLOW_OK;
}

FlowStatus columns_open(Columns *c, StoredColumn *column, FlowError *err)
{
    if (column->is_open)
        return FLOW_OK;
    if (!column->bytes && !column->mapped) {
        FlowStatus s =
            blob_map(db_blobs_dir(c->db), &column->digest, column->len, &column->mapped, err);
        if (s != FLOW_OK)
            return s;
    }
    FlowStatus s = column_open(column->bytes ? column->bytes : column->mapped, column->len,
                               &column->column, err);
    column->is_open = s == FLOW_OK;
    return s;
}
