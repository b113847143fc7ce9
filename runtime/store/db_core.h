/* SPDX-License-Identifier: Apache-2.0 */
/* db_core.h - what the files of the database share: the handle, failures, statements. */
#ifndef STORE_DB_CORE_H
#define STORE_DB_CORE_H

#include <sqlite3.h>

#include "store/db.h"

/* Statements that are prepared once a handle, on first use. */
typedef enum DbStatement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_BEAT,
    SQL_HAS_PROGRAM,
    SQL_PUT_PROGRAM,
    SQL_GET_PROGRAM,
    SQL_PUT_RUN,
    SQL_MOVE_RUN,
    SQL_TAKE_OVER,
    SQL_FINISH,
    SQL_FINISH_DEAD,
    SQL_SET_TAGS,
    SQL_PUT_STEP,
    SQL_PUT_CHUNK,
    SQL_PUT_SEG,
    SQL_PUT_COL,
    SQL_PUT_FAIL,
    SQL_PUT_TAKE,
    SQL_GET_COL,
    SQL_COUNT
} DbStatement;

struct Db {
    sqlite3 *sqlite;
    char *dir, *path, *blobs;
    sqlite3_stmt *statements[SQL_COUNT];
    bool is_in_transaction;
    bool is_reader; /* nothing can be written */
    bool is_dead; /* a write failed: `death` says how */
    FlowError death;
    bool has_finished;     /* a run, which has ended in order */
    int wal_pages;         /* as of our last commit */
    int64_t waiting_since; /* for a lock */
};

/* Turns a code of SQLite into a failure: "cannot DOING the store DIR: why; what to do". */
FlowStatus db_fail(Db *db, int code, const char *doing, FlowError *err);
/* FLOW_OK, or why the handle died. */
FlowStatus db_check_alive(const Db *db, FlowError *err);

/* FLOW_ENOENT: the store has no such run. */
FlowStatus db_fail_no_run(const Db *db, int64_t run, FlowError *err);

/* A statement that is prepared, reset and unbound; it stays the handle's. */
FlowStatus db_statement(Db *db, DbStatement which, sqlite3_stmt **out, FlowError *err);

/* Makes DIR/flow.db, whole, when nobody else does first. */
FlowStatus db_create(const char *dir, const char *path, FlowError *err);
/* Whether what was opened is a store that this program can read. */
FlowStatus db_check_format(Db *db, FlowError *err);

#endif
