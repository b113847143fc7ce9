/* SPDX-License-Identifier: Apache-2.0 */
/* db_remove.c - taking runs out of the database again. */
#include <string.h>

#include "store/db_core.h"

/* Runs the statement with ?1 bound to `number`; *result, where not NULL, is its first number. */
static FlowStatus execute(Db *db, const char *sql, int64_t number, int64_t *result, FlowError *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK && sqlite3_bind_parameter_count(statement) > 0)
        rc = sqlite3_bind_int64(statement, 1, number);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW && result)
            *result = sqlite3_column_int64(statement, 0);
        while (rc == SQLITE_ROW)
            rc = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE || rc == SQLITE_OK ? FLOW_OK : db_fail(db, rc, "write to", err);
}

static FlowStatus remove_rows(Db *db, int64_t run, FlowError *err)
{
    static const char *const statements[] = {
        ("DELETE FROM col WHERE id IN (SELECT c.id FROM chunk k JOIN col c"
         " ON c.id BETWEEN k.id * 4096 AND k.id * 4096 + 4095 WHERE k.run=?1)"),
        "DELETE FROM chunk WHERE run=?1",
        "DELETE FROM seg WHERE run=?1",
        "DELETE FROM step WHERE run=?1",
        "DELETE FROM fail WHERE run=?1",
        "DELETE FROM take WHERE run=?1",
        "DELETE FROM run WHERE id=?1",
        "DELETE FROM program WHERE digest NOT IN (SELECT program FROM run)",
    };
    _Static_assert(FLOW_ARTIFACT_SPACE == 4096, "as the statements have it");
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < sizeof statements / sizeof *statements && s == FLOW_OK; i++)
        s = execute(db, statements[i], run, NULL, err);
    return s;
}

FlowStatus db_run_remove(Db *db, int64_t run, bool *is_removed, FlowError *err)
{
    int64_t is_needed = 0;
    *is_removed = false;
    FlowStatus s = db_begin(db, 0, 0, err);
    if (s != FLOW_OK)
        return s;
    s = execute(db,
                /* what a run goes on from it may still take rows over from, with all before it */
                "WITH RECURSIVE wanted(id) AS (SELECT origin FROM run WHERE state=1 UNION"
                " SELECT origin FROM run JOIN wanted USING(id))"
                "SELECT EXISTS(SELECT 1 FROM take WHERE source_run=?1)"
                " OR ?1 IN wanted"
                " OR NOT EXISTS(SELECT 1 FROM run WHERE id>?1)",
                run, &is_needed, err);
    if (s == FLOW_OK && !is_needed)
        s = remove_rows(db, run, err);
    if (s != FLOW_OK || is_needed) {
        db_rollback(db);
        return s;
    }
    s = db_commit(db, err);
    *is_removed = s == FLOW_OK;
    return s;
}

/* ---- the file ----------------------------------------------------------- */

enum { COMPACT_BYTES = 8 << 20, COMPACT_SHARE = 4 /* a quarter of the file */ };

FlowStatus db_compact(Db *db, uint64_t *freed, FlowError *err)
{
    int64_t page = 0, pages = 0, unused = 0, left = 0;
    *freed = 0;
    FlowStatus s = execute(db, "PRAGMA page_size", 0, &page, err);
    if (s == FLOW_OK)
        s = execute(db, "PRAGMA page_count", 0, &pages, err);
    if (s == FLOW_OK)
        s = execute(db, "PRAGMA freelist_count", 0, &unused, err);
    if (s != FLOW_OK || unused * page < COMPACT_BYTES || unused < pages / COMPACT_SHARE)
        return s;
    s = execute(db, "VACUUM", 0, NULL, err);
    if (s == FLOW_OK)
        s = execute(db, "PRAGMA wal_checkpoint(TRUNCATE)", 0, NULL, err);
    if (s == FLOW_OK)
        s = execute(db, "PRAGMA page_count", 0, &left, err);
    if (s == FLOW_OK && left < pages)
        *freed = (uint64_t)((pages - left) * page);
    return s;
}
