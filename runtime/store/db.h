/* SPDX-License-Identifier: Apache-2.0 */
/* db.h - the run database: facts in SQLite, as docs/data-model.md lays them down.
 *
 * One handle belongs to one process and thread, and is opened after every fork.
 * Journal WAL, synchronous=FULL, busy timeout 30 s.  A write transaction never
 * stays open over a turn of the event loop.  After a failed commit the handle is
 * dead: close it, end the run. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "store/blob.h"
#include "store/column.h"

enum { DB_FORMAT = 2 };

typedef struct Db Db;

typedef enum RunState {
    RUN_RUNNING = 1,
    RUN_DONE,
    RUN_FAILED,
    RUN_CANCELLED, /* by a signal */
    RUN_STOPPED,   /* where it was told to */
    RUN_DIED       /* its process was gone, and another run goes on from it */
} RunState;

typedef enum Why {
    WHY_NONE, WHY_FAILED, WHY_CRASHED, WHY_MEMORY, WHY_TIMEOUT, WHY_PREEMPTED, WHY_LOST,
    WHY_CANCELLED
} Why;
const char *why_name(Why why); /* "failed", "crashed", "out of memory", "timed out", … */

/* Times are ns since 1970, 0 for none.  Text and Bytes are borrowed: from the caller when written,
 * from the statement (until the callback returns, and at any address) when read. */

typedef struct RunRow {
    int64_t id;
    FlowDigest program;
    const char *flow;    /* its name */
    int64_t origin;      /* run that it resumes, or 0 */
    uint64_t seed;
    Bytes params;        /* CBOR map: name to value (text to any) */
    RunState state;
    const char *why;     /* one line, or "" */
    int64_t epoch;
    const char *owner;   /* host:pid:start */
    int64_t beat, began, ended;
    const char *tags;    /* words with a blank between each two */
    const char *user;    /* login name */
} RunRow;

typedef struct StepRow {
    int64_t run;
    uint32_t step;
    const char *name;
    uint32_t domain;
    FlowDigest meaning;
    bool is_in_loop;
} StepRow;

typedef struct SegRow {
    int64_t run;
    uint32_t domain;
    uint64_t lo, n;
    int64_t parent_chunk;
    Bytes offsets; /* u64[parent chunk's n + 1], from 0 to n; what opened nothing has no width */
} SegRow;

typedef struct ChunkRow {
    int64_t id;         /* given by the database */
    int64_t run;
    uint32_t step, round;
    uint64_t lo, n;
    Bytes mask;         /* bits, len 0: all rows; bit 0 is always set */
    Bytes way;          /* one byte a row, or one byte for all */
    Bytes tries;        /* u32 a row: the attempt that succeeded; len 0: 1 for all */
    Bytes caught;       /* bits, len 0: none */
    uint32_t worker;    /* pid; 0: rows that were taken over one by one */
    int64_t began, ended;
    Bytes log;          /* len 0: nothing was printed; else see sched/wire.h LogSpan, one a row */
} ChunkRow;

typedef struct ColRow {
    int64_t chunk;
    uint32_t artifact;  /* DB_COL_DURATIONS: microseconds a row */
    Bytes body;         /* a column, or len 0 when it is a blob */
    FlowDigest digest;  /* of the blob */
    uint64_t blob_len;
} ColRow;
enum { DB_COL_DURATIONS = 4095 };

typedef struct FailRow {
    int64_t run;
    uint32_t step;
    uint64_t ord;
    uint32_t round, attempt;
    Why why;
    const char *message, *trace; /* trace: a line a frame */
    uint32_t pid;
    Bytes log;          /* one LogSpan */
    int64_t began, ended;
} FailRow;

typedef struct TakeRow {
    int64_t run;
    uint32_t step;
    int64_t source_run;
} TakeRow;

/* `dir` is the store's folder (.flow): flow.db, blobs/, logs/.  With `create` it is made when it is
 * not there.  A newer format is refused. */
FlowStatus db_open(const char *dir, bool create, Db **out, FlowError *err);
/* To read only: also where nothing may be written, such as on a disk that is mounted so. */
FlowStatus db_open_reader(const char *dir, Db **out, FlowError *err);
void db_close(Db *db); /* NULL is allowed */
const char *db_blobs_dir(const Db *db);
const char *db_dir(const Db *db);
/* The greatest number that a folder in logs/ has; 0 where there is none. */
FlowStatus db_newest_logs(const Db *db, int64_t *run, FlowError *err);

/* Transactions of their own; within db_begin and db_commit, part of that one. */
FlowStatus db_program_put(Db *db, const FlowDigest *digest, const char *name, uint32_t abi,
                          Bytes record, FlowError *err);
/* Appends the record.  FLOW_ENOENT. */
FlowStatus db_program_get(Db *db, const FlowDigest *digest, Buffer *record, FlowError *err);
FlowStatus db_run_new(Db *db, RunRow *run, FlowError *err); /* fills id (from 1) and epoch */
/* Raises the epoch, so that whoever owned the run stops at its next commit.  When that last gave a
 * sign of life stays. */
FlowStatus db_run_take_over(Db *db, int64_t run, const char *owner, int64_t *epoch, FlowError *err);
/* With RUN_DIED nothing is said of the end, which nobody saw. */
FlowStatus db_run_finish(Db *db, int64_t run, int64_t epoch, RunState state, const char *why,
                         FlowError *err);
/* Tags belong to no one run of the program: they need no epoch.  FLOW_ENOENT. */
FlowStatus db_run_set_tags(Db *db, int64_t run, const char *tags, FlowError *err);

/* One group commit.  begin: BEGIN IMMEDIATE, and FLOW_EBUSY when the epoch is another's; run 0 asks
 * for no epoch, so that a program, a run and its steps can be made by one commit.  A put that fails
 * has rolled the group back, and the handle is dead. */
FlowStatus db_begin(Db *db, int64_t run, int64_t epoch, FlowError *err);
FlowStatus db_put_step(Db *db, const StepRow *row, FlowError *err);
FlowStatus db_put_chunk(Db *db, ChunkRow *row, FlowError *err); /* fills id */
FlowStatus db_put_seg(Db *db, const SegRow *row, FlowError *err);
FlowStatus db_put_col(Db *db, const ColRow *row, FlowError *err);
FlowStatus db_put_fail(Db *db, const FailRow *row, FlowError *err);
/* FLOW_ENOENT: no such source. */
FlowStatus db_put_take(Db *db, const TakeRow *row, FlowError *err);
FlowStatus db_commit(Db *db, FlowError *err);
void db_rollback(Db *db);

/* All that is read in between is as of one moment, whatever others commit; not within a group. */
FlowStatus db_read_begin(Db *db, FlowError *err);
void db_read_end(Db *db);

/* Reading.  A callback returns FLOW_OK to go on; anything else ends the reading and is returned. */
FlowStatus db_run_get(Db *db, int64_t run, FlowStatus (*each)(void *, const RunRow *), void *ctx,
                      FlowError *err); /* FLOW_ENOENT */
/* Newest first. */
FlowStatus db_each_run(Db *db, FlowStatus (*each)(void *, const RunRow *), void *ctx,
                       FlowError *err);
FlowStatus db_each_step(Db *db, int64_t run, FlowStatus (*each)(void *, const StepRow *), void *ctx,
                        FlowError *err);
/* Whether anything of the step is done, in that run itself. */
FlowStatus db_has_chunks(Db *db, int64_t run, uint32_t step, bool *out, FlowError *err);
/* In the order of id, which is the order of commit. */
FlowStatus db_each_chunk(Db *db, int64_t run, FlowStatus (*each)(void *, const ChunkRow *),
                         void *ctx, FlowError *err);
FlowStatus db_each_seg(Db *db, int64_t run, FlowStatus (*each)(void *, const SegRow *), void *ctx,
                       FlowError *err);
FlowStatus db_each_col(Db *db, int64_t run, FlowStatus (*each)(void *, const ColRow *), void *ctx,
                       FlowError *err);
FlowStatus db_each_fail(Db *db, int64_t run, FlowStatus (*each)(void *, const FailRow *), void *ctx,
                        FlowError *err);
FlowStatus db_each_take(Db *db, int64_t run, FlowStatus (*each)(void *, const TakeRow *), void *ctx,
                        FlowError *err);
/* The column with its bytes (a blob is mapped); FLOW_ENOENT when there is none.
 * Free with db_col_free. */
typedef struct LoadedCol {
    Column column;
    const uint8_t *mapped;
    size_t mapped_len;
    uint8_t *owned;
} LoadedCol;
FlowStatus db_load_col(Db *db, int64_t chunk, uint32_t artifact, LoadedCol *out, FlowError *err);
/* Its body or digest as stored, copied to *body (len 0: a blob). FLOW_ENOENT. */
FlowStatus db_load_col_raw(Db *db, int64_t chunk, uint32_t artifact, Buffer *body,
                           FlowDigest *digest, uint64_t *blob_len, FlowError *err);
void db_col_free(LoadedCol *col);

/* Takes all rows of the run out of the store, and its program when no run has that any more, in one
 * transaction.  Not while another run takes from it, and not the newest of the store, whose number
 * would be given again: *is_removed then stays false. */
FlowStatus db_run_remove(Db *db, int64_t run, bool *is_removed, FlowError *err);
/* Gives what removed rows have left back to the file system, when that is much. */
FlowStatus db_compact(Db *db, uint64_t *freed, FlowError *err);

/* Whether the process that `owner` names still lives here; true when it is another host's. */
bool db_owner_lives(const char *owner);
void db_owner_self(char *out, size_t size);

#endif
