/* SPDX-License-Identifier: Apache-2.0 */
/* db.c - opening the run database and writing to it.
 *
 * What a commit costs is the sync of the WAL, so there is one for each group and none besides:
 * nothing is checkpointed while a run is short.  When a run has ended in order its WAL is moved
 * into the one file, so that nothing is lost with a WAL that someone takes for litter; else one
 * that is small is left where it is, and the next to open the store reads it.  A writer that finds
 * the store locked asks again five times a millisecond: SQLite's own waiting, which backs off to
 * 100 ms, would starve one of two runs that commit side by side. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"
#include "store/db_core.h"
#include "store/db_fault.h"

enum {
    WAL_PAGES_BUSY = 4000, /* checkpoint on the way: 16 MB */
    WAL_PAGES_KEPT = 256,  /* at most left at the end: 1 MB, read again in a millisecond */
    LOCK_WAIT_S = 30,
    LOCK_POLL_US = 200
};

static const char *const sql[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_BEAT] = "UPDATE run SET beat=?3 WHERE id=?1 AND epoch=?2",
    [SQL_HAS_PROGRAM] = "SELECT 1 FROM program WHERE digest=?",
    [SQL_PUT_PROGRAM] = "INSERT INTO program VALUES(?,?,?,?)",
    [SQL_GET_PROGRAM] = "SELECT record FROM program WHERE digest=?",
    [SQL_PUT_RUN] = "INSERT INTO run VALUES(NULL,?,?,?,?,?,?,1,?,?,?,?,?,?)",
    [SQL_MOVE_RUN] = "UPDATE run SET id=?2 WHERE id=?1",
    [SQL_TAKE_OVER] = "UPDATE run SET epoch=epoch+1, owner=?2 WHERE id=?1 RETURNING epoch",
    [SQL_SET_TAGS] = "UPDATE run SET tags=?2 WHERE id=?1",
    [SQL_FINISH] = "UPDATE run SET state=?3, why=?4, beat=?5, ended=?5 WHERE id=?1 AND epoch=?2",
    [SQL_FINISH_DEAD] = "UPDATE run SET state=?3, why=?4 WHERE id=?1 AND epoch=?2",
    [SQL_PUT_STEP] = "INSERT INTO step VALUES(?,?,?,?,?,?)",
    [SQL_PUT_CHUNK] = "INSERT INTO chunk VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [SQL_PUT_SEG] = "INSERT INTO seg VALUES(?,?,?,?,?,?)",
    [SQL_PUT_COL] = "INSERT INTO col VALUES(?,?,?,?)",
    [SQL_PUT_FAIL] = "INSERT INTO fail VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
    [SQL_PUT_TAKE] = "INSERT INTO take SELECT ?1,?2,?3 WHERE EXISTS(SELECT 1 FROM run WHERE id=?3)",
    [SQL_GET_COL] = "SELECT body, digest, len FROM col WHERE id=?",
};

/* ---- failures ----------------------------------------------------------- */

static FlowStatus fail_damaged(Db *db, FlowError *err)
{
    return flow_error(err, FLOW_EFORMAT,
                      "the store's database %s is damaged: %s; put a copy in its place, or name "
                      "another store with --store DIR",
                      db->path, sqlite3_errmsg(db->sqlite));
}

FlowStatus db_fail_no_run(const Db *db, int64_t run, FlowError *err)
{
    return flow_error(err, FLOW_ENOENT,
                      "there is no run %lld in the store %s: `runs` lists those that there are",
                      (long long)run, db->dir);
}

static FlowStatus fail_with_errno(Db *db, const char *doing, FlowError *err)
{
    int code = sqlite3_system_errno(db->sqlite);
    if (code == 0)
        code = EIO;
    return flow_error(err, FLOW_EIO, "cannot %s the store %s: %s", doing, db->dir,
                      os_error_text(code));
}

FlowStatus db_fail(Db *db, int code, const char *doing, FlowError *err)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return flow_error(err, FLOW_EIO,
                          "cannot %s the store %s: the disk is full; free some space, then resume",
                          doing, db->dir);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return flow_error(err, FLOW_EIO,
                          "cannot %s the store %s: it may only be read; check who owns its files "
                          "and that its disk is mounted for writing",
                          doing, db->dir);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH: return fail_damaged(db, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return flow_error(err, FLOW_EBUSY,
                          "cannot %s the store %s: another process has kept it locked for %d "
                          "seconds; end that process, or wait, then resume",
                          doing, db->dir, LOCK_WAIT_S);
    case SQLITE_NOMEM:
        return flow_error(err, FLOW_ENOMEM, "cannot %s the store %s: no memory", doing, db->dir);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: return fail_with_errno(db, doing, err);
    case SQLITE_TOOBIG:
        return flow_error(err, FLOW_EIO, "cannot %s the store %s: a value is above 1 GB", doing,
                          db->dir);
    case SQLITE_CONSTRAINT:
        return flow_error(err, FLOW_EFORMAT, "cannot %s the store %s: it holds this already (%s)",
                          doing, db->dir, sqlite3_errmsg(db->sqlite));
    default:
        return flow_error(err, FLOW_EIO, "cannot %s the store %s: %s", doing, db->dir,
                          sqlite3_errmsg(db->sqlite));
    }
}

FlowStatus db_check_alive(const Db *db, FlowError *err)
{
    return db->is_dead ? flow_error(err, db->death.status, "%s", db->death.message) : FLOW_OK;
}

/* A write that failed cannot be tried again on the same handle: what the disk holds is unknown. */
static FlowStatus die(Db *db, int code, FlowError *err)
{
    db_fail(db, code, "write to", &db->death);
    db->is_dead = true;
    db_rollback(db);
    return db_check_alive(db, err);
}

/* ---- opening ------------------------------------------------------------ */

static void configure_sqlite(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* a lock around each allocation */
    sqlite3_config(SQLITE_CONFIG_URI, 0);       /* a folder may be called file:x */
    db_fault_install();
}

static int wait_for_lock(void *context, int count)
{
    Db *db = context;
    int64_t now = os_monotonic_ns();
    if (count == 0)
        db->waiting_since = now;
    if (now - db->waiting_since > (int64_t)LOCK_WAIT_S * 1000000000)
        return 0;
    usleep(LOCK_POLL_US);
    return 1;
}

static int after_commit(void *context, sqlite3 *sqlite, const char *name, int pages)
{
    Db *db = context;
    db->wal_pages = pages;
    if (pages >= WAL_PAGES_BUSY) /* what cannot be moved now, the next one moves */
        sqlite3_wal_checkpoint_v2(sqlite, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

/* The size of the file beside the database, -1 where it is not there. */
static int64_t size_beside(const Db *db, const char *suffix)
{
    char path[PATH_MAX];
    struct stat st;
    int len = snprintf(path, sizeof path, "%s%s", db->path, suffix);
    return len < (int)sizeof path && stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* The path as URI, for a database that is whole in its one file and that nobody can change. */
static FlowStatus write_immutable(const Db *db, Buffer *out)
{
    FlowStatus s = buffer_append_text(out, "file:");
    for (const char *at = db->path; s == FLOW_OK && *at; at++)
        s = strchr("%?#", *at) ? buffer_printf(out, "%%%02x", (unsigned)(unsigned char)*at)
                               : buffer_append_byte(out, (uint8_t)*at);
    return s == FLOW_OK ? buffer_append_text(out, "?immutable=1") : s;
}

/* What is still in the WAL needs an index of it (-shm), which cannot be made where nothing can be
 * written; with one that was left there SQLite reads both. */
static int open_sqlite_reader(Db *db)
{
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (size_beside(db, "-wal") > 0)
        return sqlite3_open_v2(db->path, &db->sqlite, flags, NULL);
    Buffer uri = {0};
    int rc = SQLITE_NOMEM;
    if (write_immutable(db, &uri) == FLOW_OK && buffer_text(&uri))
        rc = sqlite3_open_v2(buffer_text(&uri), &db->sqlite, flags | SQLITE_OPEN_URI, NULL);
    buffer_free(&uri);
    return rc;
}

static int open_sqlite(Db *db)
{
    if (db->is_reader)
        return open_sqlite_reader(db);
    return sqlite3_open_v2(db->path, &db->sqlite,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                           NULL);
}

static FlowStatus fail_without_index(const Db *db, FlowError *err)
{
    return flow_error(err, FLOW_EIO,
                      "cannot read the store %s where nothing can be written: its last changes "
                      "are still in flow.db-wal; copy the folder to a place that can be written, "
                      "or read it once there (`runs` does) before it is made read-only",
                      db->dir);
}

static FlowStatus open_file(Db *db, FlowError *err)
{
    if (db->is_reader && size_beside(db, "-wal") > 0 && size_beside(db, "-shm") < 0)
        return fail_without_index(db, err);
    int rc = open_sqlite(db);
    if (rc != SQLITE_OK)
        return db_fail(db, rc, "open", err);
    sqlite3_busy_handler(db->sqlite, wait_for_lock, db);
    sqlite3_wal_hook(db->sqlite, after_commit, db);
    if (!db->is_reader && sqlite3_db_readonly(db->sqlite, "main") == 1)
        return db_fail(db, SQLITE_READONLY, "write to", err);
    FlowStatus s = db_check_format(db, err); /* before anything reads the tables */
    if (s != FLOW_OK)
        return s;
    rc = sqlite3_exec(db->sqlite, "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY", NULL, NULL,
                      NULL);
    return rc == SQLITE_OK ? FLOW_OK : db_fail(db, rc, "open", err);
}

static FlowStatus fail_absent(const char *dir, FlowError *err)
{
    return flow_error(err, FLOW_ENOENT,
                      "there is no store in %s: `run` makes one, and --store DIR names another",
                      dir);
}

static FlowStatus create_dir(const char *dir, FlowError *err)
{
    FlowError why;
    FlowStatus s = os_mkdir_path(dir, &why);
    return s == FLOW_OK ? s : flow_error(err, s, "%s; name another folder with --store DIR",
                                         why.message);
}

static FlowStatus make_dir(const char *dir, bool create, FlowError *err)
{
    struct stat st;
    if (stat(dir, &st) == 0) {
        if (!S_ISDIR(st.st_mode))
            return flow_error(err, FLOW_EUSAGE,
                              "the store %s is a file where a folder is needed; name another with "
                              "--store DIR",
                              dir);
        if (access(dir, W_OK | X_OK) != 0)
            return flow_error(err, FLOW_EIO,
                              "cannot write to the store %s: %s; check who owns it, or name "
                              "another with --store DIR",
                              dir, os_error_text(errno));
        return FLOW_OK;
    }
    return create ? create_dir(dir, err) : fail_absent(dir, err);
}

static FlowStatus make_file(const Db *db, bool create, FlowError *err)
{
    bool is_there;
    FlowStatus s = os_exists(db->path, &is_there, err);
    if (s != FLOW_OK || is_there)
        return s;
    return create ? db_create(db->dir, db->path, err) : fail_absent(db->dir, err);
}

static char *join_path(const char *dir, const char *name)
{
    size_t room = strlen(dir) + strlen(name) + 2;
    char *path = os_alloc(room);
    if (path)
        snprintf(path, room, "%s/%s", dir, name);
    return path;
}

static Db *db_new(const char *dir)
{
    Db *db = os_alloc_zero(sizeof *db);
    if (!db)
        return NULL;
    db->dir = os_copy_string(dir);
    db->path = join_path(dir, "flow.db");
    db->blobs = join_path(dir, "blobs");
    if (db->dir && db->path && db->blobs)
        return db;
    db_close(db);
    return NULL;
}

static FlowStatus make_or_find(Db *db, bool create, FlowError *err)
{
    db->is_reader &= access(db->dir, R_OK | X_OK) == 0 &&
                     (access(db->dir, W_OK) != 0 || access(db->path, W_OK) != 0);
    if (db->is_reader)
        return make_file(db, false, err);
    FlowStatus s = make_dir(db->dir, create, err);
    return s == FLOW_OK ? make_file(db, create, err) : s;
}

static FlowStatus open_as(const char *dir, bool create, bool is_reader, Db **out, FlowError *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_sqlite);
    Db *db = db_new(dir);
    if (!db)
        return flow_error(err, FLOW_ENOMEM, "cannot open the store %s: no memory", dir);
    db->is_reader = is_reader;
    FlowStatus s = make_or_find(db, create, err);
    if (s == FLOW_OK)
        s = open_file(db, err);
    if (s != FLOW_OK) {
        db_close(db);
        return s;
    }
    *out = db;
    return FLOW_OK;
}

FlowStatus db_open(const char *dir, bool create, Db **out, FlowError *err)
{
    return open_as(dir, create, false, out, err);
}

FlowStatus db_open_reader(const char *dir, Db **out, FlowError *err)
{
    return open_as(dir, false, true, out, err);
}

/* Moves the WAL into the database, unless somebody else is at it: then the last of them does. */
static void fold_wal(Db *db)
{
    if (!db->sqlite || !db->has_finished || db->is_dead)
        return;
    sqlite3_busy_handler(db->sqlite, NULL, NULL);
    sqlite3_wal_checkpoint_v2(db->sqlite, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    db->wal_pages = 0;
}

void db_close(Db *db)
{
    if (!db)
        return;
    if (db->sqlite)
        db_rollback(db);
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(db->statements[i]);
    fold_wal(db);
    if (db->sqlite && db->wal_pages <= WAL_PAGES_KEPT)
        sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(db->sqlite);
    os_free(db->dir);
    os_free(db->path);
    os_free(db->blobs);
    os_free(db);
}

const char *db_blobs_dir(const Db *db)
{
    return db->blobs;
}

const char *db_dir(const Db *db)
{
    return db->dir;
}

/* ---- statements --------------------------------------------------------- */

FlowStatus db_statement(Db *db, DbStatement which, sqlite3_stmt **out, FlowError *err)
{
    sqlite3_stmt **cached = &db->statements[which];
    if (!*cached) {
        int rc =
            sqlite3_prepare_v3(db->sqlite, sql[which], -1, SQLITE_PREPARE_PERSISTENT, cached, NULL);
        if (rc != SQLITE_OK)
            return db_fail(db, rc, "use", err);
    }
    *out = *cached;
    return FLOW_OK;
}

/* Binds one parameter after another; the first failure stays in `code`. */
typedef struct Binder {
    sqlite3_stmt *statement;
    int count, code;
} Binder;

static FlowStatus binder_open(Db *db, DbStatement which, Binder *b, FlowError *err)
{
    *b = (Binder){0};
    FlowStatus s = db_check_alive(db, err);
    return s == FLOW_OK ? db_statement(db, which, &b->statement, err) : s;
}

static void bound(Binder *b, int code)
{
    if (b->code == SQLITE_OK)
        b->code = code;
}

static void bind_int(Binder *b, int64_t number)
{
    bound(b, sqlite3_bind_int64(b->statement, ++b->count, number));
}

static void bind_text(Binder *b, const char *text)
{
    bound(b, sqlite3_bind_text(b->statement, ++b->count, text ? text : "", -1, SQLITE_STATIC));
}

/* No bytes are NULL. */
static void bind_bytes(Binder *b, Bytes bytes)
{
    b->count++;
    if (bytes.len > 0)
        bound(b,
              sqlite3_bind_blob64(b->statement, b->count, bytes.bytes, bytes.len, SQLITE_STATIC));
    else
        bound(b, sqlite3_bind_null(b->statement, b->count));
}

static void bind_digest(Binder *b, const FlowDigest *digest)
{
    bind_bytes(b, (Bytes){digest->bytes, sizeof digest->bytes});
}

/* Runs the statement to its end; *result, where not NULL, is the first number of its one row. */
static int binder_run(Binder *b, int64_t *result)
{
    int rc = b->code;
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(b->statement);
        if (rc == SQLITE_ROW && result)
            *result = sqlite3_column_int64(b->statement, 0);
        while (rc == SQLITE_ROW)
            rc = sqlite3_step(b->statement);
    }
    sqlite3_reset(b->statement);
    if (b->count > 0)
        sqlite3_clear_bindings(b->statement); /* they point at what the caller lent */
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static FlowStatus binder_write(Db *db, Binder *b, FlowError *err)
{
    int rc = binder_run(b, NULL);
    return rc == SQLITE_OK ? FLOW_OK : die(db, rc, err);
}

/* ---- transactions ------------------------------------------------------- */

static FlowStatus begin(Db *db, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_BEGIN, &b, err);
    if (s != FLOW_OK)
        return s;
    int rc = binder_run(&b, NULL);
    if ((rc & 0xff) == SQLITE_BUSY) /* nothing was written: it may be tried again */
        return db_fail(db, rc, "write to", err);
    if (rc != SQLITE_OK)
        return die(db, rc, err);
    db->is_in_transaction = true;
    return FLOW_OK;
}

static FlowStatus fail_taken_over(Db *db, int64_t run, FlowError *err)
{
    db_rollback(db);
    return flow_error(err, FLOW_EBUSY, "run %lld was taken over by another process",
                      (long long)run);
}

static FlowStatus beat(Db *db, int64_t run, int64_t epoch, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_BEAT, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, run);
    bind_int(&b, epoch);
    bind_int(&b, os_now_ns());
    s = binder_write(db, &b, err);
    if (s == FLOW_OK && sqlite3_changes64(db->sqlite) == 0)
        return fail_taken_over(db, run, err);
    return s;
}

FlowStatus db_begin(Db *db, int64_t run, int64_t epoch, FlowError *err)
{
    FlowStatus s = begin(db, err);
    if (s != FLOW_OK || run == 0)
        return s;
    s = beat(db, run, epoch, err);
    if (s != FLOW_OK)
        db_rollback(db);
    return s;
}

FlowStatus db_commit(Db *db, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_COMMIT, &b, err);
    if (s == FLOW_OK)
        s = binder_write(db, &b, err);
    if (s == FLOW_OK)
        db->is_in_transaction = false;
    return s;
}

void db_rollback(Db *db)
{
    Binder b = {0};
    bool is_open = sqlite3_get_autocommit(db->sqlite) == 0; /* some failures have rolled back */
    db->is_in_transaction = false;
    if (is_open && db_statement(db, SQL_ROLLBACK, &b.statement, NULL) == FLOW_OK)
        binder_run(&b, NULL);
}

/* A transaction of its own, or the caller's where one is open. */
static FlowStatus join_transaction(Db *db, bool *is_own, FlowError *err)
{
    *is_own = !db->is_in_transaction;
    return *is_own ? begin(db, err) : db_check_alive(db, err);
}

static FlowStatus leave_transaction(Db *db, bool is_own, FlowStatus s, FlowError *err)
{
    if (!is_own)
        return s;
    if (s == FLOW_OK)
        return db_commit(db, err);
    db_rollback(db);
    return s;
}

/* ---- programs and runs -------------------------------------------------- */

static FlowStatus has_program(Db *db, const FlowDigest *digest, int64_t *found, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_HAS_PROGRAM, &b, err);
    if (s != FLOW_OK)
        return s;
    *found = 0;
    bind_digest(&b, digest);
    int rc = binder_run(&b, found);
    return rc == SQLITE_OK ? FLOW_OK : db_fail(db, rc, "read", err);
}

static FlowStatus insert_program(Db *db, const FlowDigest *digest, const char *name, uint32_t abi,
                                 Bytes record, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_PUT_PROGRAM, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_digest(&b, digest);
    bind_text(&b, name);
    bind_int(&b, abi);
    bind_bytes(&b, record);
    return binder_write(db, &b, err);
}

FlowStatus db_program_put(Db *db, const FlowDigest *digest, const char *name, uint32_t abi,
                          Bytes record, FlowError *err)
{
    int64_t found;
    bool is_own;
    FlowStatus s = has_program(db, digest, &found, err);
    if (s != FLOW_OK || found)
        return s;
    s = join_transaction(db, &is_own, err);
    if (s != FLOW_OK)
        return s;
    if (is_own) /* another may have put it since */
        s = has_program(db, digest, &found, err);
    if (s == FLOW_OK && !found)
        s = insert_program(db, digest, name, abi, record, err);
    return leave_transaction(db, is_own, s, err);
}

FlowStatus db_program_get(Db *db, const FlowDigest *digest, Buffer *record, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_GET_PROGRAM, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_digest(&b, digest);
    int rc = b.code == SQLITE_OK ? sqlite3_step(b.statement) : b.code;
    if (rc == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(b.statement, 0);
        s = buffer_append(record, bytes, (size_t)sqlite3_column_bytes(b.statement, 0));
        if (s != FLOW_OK)
            flow_error(err, s, "cannot read a program's record: no memory");
    } else if (rc == SQLITE_DONE) {
        s = flow_error(err, FLOW_ENOENT, "the store %s does not know this program", db->dir);
    } else {
        s = db_fail(db, rc, "read", err);
    }
    sqlite3_reset(b.statement);
    sqlite3_clear_bindings(b.statement);
    return s;
}

static FlowStatus insert_run(Db *db, const RunRow *run, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_PUT_RUN, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_digest(&b, &run->program);
    bind_int(&b, run->origin);
    bind_int(&b, (int64_t)run->seed);
    bind_bytes(&b, run->params);
    bind_int(&b, run->state);
    bind_text(&b, run->why);
    bind_text(&b, run->owner);
    bind_int(&b, run->beat);
    bind_int(&b, run->began);
    bind_int(&b, run->ended);
    bind_text(&b, run->tags);
    bind_text(&b, run->user);
    return binder_write(db, &b, err);
}

/* Whether the run, which is new, has logs: the database has lost one of that number. */
static bool has_logs(const Db *db, int64_t id)
{
    char path[PATH_MAX];
    struct stat st;
    int len = snprintf(path, sizeof path, "%s/logs/%lld", db->dir, (long long)id);
    return len < (int)sizeof path && stat(path, &st) == 0;
}

/* A run whose number others have had would mix its logs with theirs: it gets the next free one. */
static FlowStatus avoid_logs(Db *db, int64_t *id, FlowError *err)
{
    if (!has_logs(db, *id))
        return FLOW_OK;
    int64_t newest = *id;
    FlowStatus s = db_newest_logs(db, &newest, err);
    Binder b;
    if (s == FLOW_OK)
        s = binder_open(db, SQL_MOVE_RUN, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, *id);
    bind_int(&b, newest + 1);
    *id = newest + 1;
    return binder_write(db, &b, err);
}

FlowStatus db_run_new(Db *db, RunRow *run, FlowError *err)
{
    bool is_own;
    FlowStatus s = join_transaction(db, &is_own, err);
    if (s != FLOW_OK)
        return s;
    s = insert_run(db, run, err); /* SQLite gives the greatest id and one */
    int64_t id = sqlite3_last_insert_rowid(db->sqlite);
    if (s == FLOW_OK)
        s = avoid_logs(db, &id, err);
    s = leave_transaction(db, is_own, s, err);
    if (s == FLOW_OK) {
        run->id = id;
        run->epoch = 1;
    }
    return s;
}

static FlowStatus raise_epoch(Db *db, int64_t run, const char *owner, int64_t *epoch,
                              FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_TAKE_OVER, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, run);
    bind_text(&b, owner);
    *epoch = 0;
    int rc = binder_run(&b, epoch);
    if (rc != SQLITE_OK)
        return die(db, rc, err);
    if (*epoch == 0)
        return db_fail_no_run(db, run, err);
    return FLOW_OK;
}

FlowStatus db_run_take_over(Db *db, int64_t run, const char *owner, int64_t *epoch, FlowError *err)
{
    bool is_own;
    int64_t raised = 0;
    FlowStatus s = join_transaction(db, &is_own, err);
    if (s != FLOW_OK)
        return s;
    s = raise_epoch(db, run, owner, &raised, err);
    s = leave_transaction(db, is_own, s, err);
    if (s == FLOW_OK)
        *epoch = raised;
    return s;
}

static FlowStatus update_finished(Db *db, int64_t run, int64_t epoch, RunState state,
                                  const char *why, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, state == RUN_DIED ? SQL_FINISH_DEAD : SQL_FINISH, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, run);
    bind_int(&b, epoch);
    bind_int(&b, state);
    bind_text(&b, why);
    if (state != RUN_DIED)
        bind_int(&b, os_now_ns());
    s = binder_write(db, &b, err);
    if (s == FLOW_OK && sqlite3_changes64(db->sqlite) == 0)
        return fail_taken_over(db, run, err);
    return s;
}

FlowStatus db_run_finish(Db *db, int64_t run, int64_t epoch, RunState state, const char *why,
                         FlowError *err)
{
    bool is_own;
    FlowStatus s = join_transaction(db, &is_own, err);
    if (s != FLOW_OK)
        return s;
    s = update_finished(db, run, epoch, state, why, err);
    db->has_finished |= s == FLOW_OK;
    return leave_transaction(db, is_own, s, err);
}

FlowStatus db_run_set_tags(Db *db, int64_t run, const char *tags, FlowError *err)
{
    bool is_own;
    FlowStatus s = join_transaction(db, &is_own, err);
    if (s != FLOW_OK)
        return s;
    Binder b;
    s = binder_open(db, SQL_SET_TAGS, &b, err);
    if (s == FLOW_OK) {
        bind_int(&b, run);
        bind_text(&b, tags);
        s = binder_write(db, &b, err);
    }
    if (s == FLOW_OK && sqlite3_changes64(db->sqlite) == 0)
        s = db_fail_no_run(db, run, err);
    return leave_transaction(db, is_own, s, err);
}

/* ---- the rows of a group ------------------------------------------------ */

FlowStatus db_put_step(Db *db, const StepRow *row, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_PUT_STEP, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, row->run);
    bind_int(&b, row->step);
    bind_text(&b, row->name);
    bind_int(&b, row->domain);
    bind_digest(&b, &row->meaning);
    bind_int(&b, row->is_in_loop);
    return binder_write(db, &b, err);
}

FlowStatus db_put_chunk(Db *db, ChunkRow *row, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_PUT_CHUNK, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, row->run);
    bind_int(&b, row->step);
    bind_int(&b, row->round);
    bind_int(&b, (int64_t)row->lo);
    bind_int(&b, (int64_t)row->n);
    bind_bytes(&b, row->mask);
    bind_bytes(&b, row->way);
    bind_bytes(&b, row->tries);
    bind_bytes(&b, row->caught);
    bind_int(&b, row->worker);
    bind_int(&b, row->began);
    bind_int(&b, row->ended);
    bind_bytes(&b, row->log);
    s = binder_write(db, &b, err);
    if (s == FLOW_OK)
        row->id = sqlite3_last_insert_rowid(db->sqlite);
    return s;
}

FlowStatus db_put_seg(Db *db, const SegRow *row, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_PUT_SEG, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, row->run);
    bind_int(&b, row->domain);
    bind_int(&b, (int64_t)row->lo);
    bind_int(&b, (int64_t)row->n);
    bind_int(&b, row->parent_chunk);
    bind_bytes(&b, row->offsets);
    return binder_write(db, &b, err);
}

FlowStatus db_put_col(Db *db, const ColRow *row, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_PUT_COL, &b, err);
    if (s != FLOW_OK)
        return s;
    bool is_blob = row->body.len == 0;
    bind_int(&b, row->chunk * FLOW_ARTIFACT_SPACE + row->artifact);
    bind_bytes(&b, row->body);
    if (is_blob) {
        bind_digest(&b, &row->digest);
        bind_int(&b, (int64_t)row->blob_len);
    }
    return binder_write(db, &b, err);
}

FlowStatus db_put_fail(Db *db, const FailRow *row, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_PUT_FAIL, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, row->run);
    bind_int(&b, row->step);
    bind_int(&b, (int64_t)row->ord);
    bind_int(&b, row->round);
    bind_int(&b, row->attempt);
    bind_int(&b, row->why);
    bind_text(&b, row->message);
    bind_text(&b, row->trace);
    bind_int(&b, row->pid);
    bind_bytes(&b, row->log);
    bind_int(&b, row->began);
    bind_int(&b, row->ended);
    return binder_write(db, &b, err);
}

FlowStatus db_put_take(Db *db, const TakeRow *row, FlowError *err)
{
    Binder b;
    FlowStatus s = binder_open(db, SQL_PUT_TAKE, &b, err);
    if (s != FLOW_OK)
        return s;
    bind_int(&b, row->run);
    bind_int(&b, row->step);
    bind_int(&b, row->source_run);
    s = binder_write(db, &b, err);
    if (s != FLOW_OK || sqlite3_changes64(db->sqlite) > 0)
        return s;
    db_rollback(db);
    return flow_error(err, FLOW_ENOENT, "run %lld was removed from the store in the meantime",
                      (long long)row->source_run);
}
