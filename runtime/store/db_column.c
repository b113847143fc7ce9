/* SPDX-License-Identifier: Apache-2.0 */
/* db_column.c - one column of one chunk: from its row, or mapped from its blob. */
#include <string.h>

#include "os/memory.h"
#include "store/db_core.h"

/* What the statement's row holds: valid until it is reset. */
typedef struct StoredCol {
    const void *body;
    size_t len;
    FlowDigest digest;
    uint64_t blob_len;
} StoredCol;

static FlowStatus fail_damaged(const Db *db, int64_t chunk, uint32_t artifact, const char *why,
                               FlowError *err)
{
    return flow_error(err, FLOW_EFORMAT,
                      "column %u of chunk %lld in the store %s is damaged: %s; run the step that "
                      "made it again",
                      artifact, (long long)chunk, db->dir, why);
}

static FlowStatus read_stored(const Db *db, sqlite3_stmt *row, int64_t chunk, uint32_t artifact,
                              StoredCol *out, FlowError *err)
{
    *out = (StoredCol){.body = sqlite3_column_blob(row, 0),
                       .len = (size_t)sqlite3_column_bytes(row, 0)};
    if (out->body && out->len > 0)
        return FLOW_OK;
    const void *digest = sqlite3_column_blob(row, 1);
    int64_t len = sqlite3_column_int64(row, 2);
    if (!digest || sqlite3_column_bytes(row, 1) != (int)sizeof out->digest || len < 0)
        return fail_damaged(db, chunk, artifact, "it has neither bytes nor a blob", err);
    memcpy(out->digest.bytes, digest, sizeof out->digest.bytes);
    out->len = 0;
    out->blob_len = (uint64_t)len;
    return FLOW_OK;
}

/* Finds the row; the caller resets *statement, which is NULL when there is none. */
static FlowStatus find(Db *db, int64_t chunk, uint32_t artifact, sqlite3_stmt **statement,
                       StoredCol *out, FlowError *err)
{
    *statement = NULL;
    FlowStatus s = db_check_alive(db, err);
    if (s == FLOW_OK)
        s = db_statement(db, SQL_GET_COL, statement, err);
    if (s != FLOW_OK)
        return s;
    sqlite3_bind_int64(*statement, 1, chunk * FLOW_ARTIFACT_SPACE + artifact);
    int rc = sqlite3_step(*statement);
    if (rc == SQLITE_ROW)
        return read_stored(db, *statement, chunk, artifact, out, err);
    if (rc != SQLITE_DONE)
        return db_fail(db, rc, "read", err);
    return flow_error(err, FLOW_ENOENT, "there is no column %u of chunk %lld in the store %s",
                      artifact, (long long)chunk, db->dir);
}

FlowStatus db_load_col_raw(Db *db, int64_t chunk, uint32_t artifact, Buffer *body,
                           FlowDigest *digest, uint64_t *blob_len, FlowError *err)
{
    sqlite3_stmt *statement;
    StoredCol stored;
    FlowStatus s = find(db, chunk, artifact, &statement, &stored, err);
    if (s == FLOW_OK) {
        buffer_clear(body);
        s = buffer_append(body, stored.body, stored.len);
        if (s != FLOW_OK)
            flow_error(err, s, "cannot read a column of %zu bytes: no memory", stored.len);
    }
    if (s == FLOW_OK) {
        *digest = stored.digest;
        *blob_len = stored.blob_len;
    }
    sqlite3_reset(statement);
    return s;
}

/* SQLite's bytes lie anywhere; a column must be aligned. */
static FlowStatus copy_body(const StoredCol *stored, LoadedCol *col, FlowError *err)
{
    col->owned = os_alloc(stored->len);
    if (!col->owned)
        return flow_error(err, FLOW_ENOMEM, "cannot read a column of %zu bytes: no memory",
                          stored->len);
    memcpy(col->owned, stored->body, stored->len);
    return FLOW_OK;
}

static FlowStatus load_bytes(const Db *db, const StoredCol *stored, LoadedCol *col, FlowError *err)
{
    if (stored->len > 0)
        return copy_body(stored, col, err);
    col->mapped_len = (size_t)stored->blob_len;
    return blob_map(db->blobs, &stored->digest, col->mapped_len, &col->mapped, err);
}

static FlowStatus open_loaded(const Db *db, int64_t chunk, uint32_t artifact,
                              const StoredCol *stored, LoadedCol *col, FlowError *err)
{
    FlowError why;
    const uint8_t *bytes = col->owned ? col->owned : col->mapped;
    size_t len = col->owned ? stored->len : col->mapped_len;
    if (column_open(bytes, len, &col->column, &why) == FLOW_OK)
        return FLOW_OK;
    return fail_damaged(db, chunk, artifact, why.message, err);
}

FlowStatus db_load_col(Db *db, int64_t chunk, uint32_t artifact, LoadedCol *out, FlowError *err)
{
    sqlite3_stmt *statement;
    StoredCol stored;
    LoadedCol col = {0};
    FlowStatus s = find(db, chunk, artifact, &statement, &stored, err);
    if (s == FLOW_OK)
        s = load_bytes(db, &stored, &col, err);
    sqlite3_reset(statement);
    if (s == FLOW_OK)
        s = open_loaded(db, chunk, artifact, &stored, &col, err);
    if (s == FLOW_OK)
        *out = col;
    else
        db_col_free(&col);
    return s;
}

void db_col_free(LoadedCol *col)
{
    blob_unmap(col->mapped, col->mapped_len);
    os_free(col->owned);
    *col = (LoadedCol){0};
}
