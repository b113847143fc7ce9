/* SPDX-License-Identifier: Apache-2.0 */
/* db_schema.c - the tables, and how the database comes into being.
 *
 * A new database is built in memory, written beside as one file, synced and then linked to its
 * name: so it is never seen half made, and of two processes that make it at once one wins and
 * both open the same.  Its header says who owns the format (application_id) and which it is
 * (user_version); tables are STRICT, so what is read has the type that it was declared with. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/file.h"
#include "store/db_core.h"

enum { APPLICATION_ID = 0x464c4f57 /* "FLOW" */ };

static const char schema[] =
    "CREATE TABLE program(digest BLOB PRIMARY KEY, name TEXT NOT NULL, abi INTEGER NOT NULL,"
    " record BLOB) STRICT, WITHOUT ROWID;"
    "CREATE TABLE run(id INTEGER PRIMARY KEY, program BLOB NOT NULL, origin INTEGER NOT NULL,"
    " seed INTEGER NOT NULL, params BLOB, state INTEGER NOT NULL, why TEXT NOT NULL,"
    " epoch INTEGER NOT NULL, owner TEXT NOT NULL, beat INTEGER NOT NULL,"
    " began INTEGER NOT NULL, ended INTEGER NOT NULL, tags TEXT NOT NULL, user TEXT NOT NULL)"
    " STRICT;"
    "CREATE TABLE step(run INTEGER, step INTEGER, name TEXT NOT NULL, domain INTEGER NOT NULL,"
    " meaning BLOB NOT NULL, in_loop INTEGER NOT NULL, PRIMARY KEY(run, step))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE seg(run INTEGER, domain INTEGER, lo INTEGER, n INTEGER NOT NULL,"
    " parent_chunk INTEGER NOT NULL, offsets BLOB, PRIMARY KEY(run, domain, lo))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE chunk(id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL,"
    " step INTEGER NOT NULL, round INTEGER NOT NULL, lo INTEGER NOT NULL, n INTEGER NOT NULL,"
    " mask BLOB, way BLOB, tries BLOB, caught BLOB, worker INTEGER NOT NULL,"
    " began INTEGER NOT NULL, ended INTEGER NOT NULL, log BLOB, UNIQUE(run, step, round, lo))"
    " STRICT;"
    /* id = chunk.id * 4096 + artifact */
    "CREATE TABLE col(id INTEGER PRIMARY KEY, body BLOB, digest BLOB, len INTEGER) STRICT;"
    "CREATE TABLE fail(run INTEGER, step INTEGER, ord INTEGER, round INTEGER, attempt INTEGER,"
    " why INTEGER NOT NULL, message TEXT NOT NULL, trace TEXT NOT NULL, pid INTEGER NOT NULL,"
    " log BLOB, began INTEGER NOT NULL, ended INTEGER NOT NULL,"
    " PRIMARY KEY(run, step, ord, round, attempt)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE take(run INTEGER, step INTEGER, source_run INTEGER,"
    " PRIMARY KEY(run, step, source_run)) STRICT, WITHOUT ROWID;";

/* Where the file's header says which journal it is read and written with; 2 is the WAL. */
enum { AT_WRITE_VERSION = 18, AT_READ_VERSION = 19, VERSION_WAL = 2 };

/* ---- making one --------------------------------------------------------- */

static int fill_image(sqlite3 *sqlite)
{
    char pragmas[100];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             APPLICATION_ID, DB_FORMAT);
    int rc = sqlite3_exec(sqlite, "BEGIN", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(sqlite, schema, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(sqlite, pragmas, NULL, NULL, NULL);
    return rc == SQLITE_OK ? sqlite3_exec(sqlite, "COMMIT", NULL, NULL, NULL) : rc;
}

/* The bytes of an empty store; to be freed by sqlite3_free. */
static FlowStatus make_image(uint8_t **image, size_t *size, FlowError *err)
{
    sqlite3 *sqlite = NULL;
    sqlite3_int64 bytes = 0;
    uint8_t *made = NULL;
    int rc =
        sqlite3_open_v2(":memory:", &sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = fill_image(sqlite);
    if (rc == SQLITE_OK)
        made = sqlite3_serialize(sqlite, "main", &bytes, 0);
    FlowStatus s = FLOW_OK;
    if (rc != SQLITE_OK && rc != SQLITE_NOMEM)
        s = flow_error(err, FLOW_EIO, "cannot lay out a new store: %s", sqlite3_errmsg(sqlite));
    else if (!made)
        s = flow_error(err, FLOW_ENOMEM, "cannot lay out a new store: no memory");
    sqlite3_close(sqlite);
    if (s != FLOW_OK)
        return s;
    made[AT_WRITE_VERSION] = made[AT_READ_VERSION] = VERSION_WAL;
    *image = made;
    *size = (size_t)bytes;
    return FLOW_OK;
}

/* Gives the file its name unless another has it. */
static FlowStatus name_without_replacing(const char *part, const char *path, FlowError *err)
{
    if (link(part, path) == 0 || errno == EEXIST)
        return FLOW_OK;
    /* a file system without links */
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0 || errno == EEXIST)
        return FLOW_OK;
    return flow_error(err, FLOW_EIO, "cannot create %s: %s", path, os_error_text(errno));
}

static FlowStatus write_part(const char *part, const uint8_t *image, size_t size, FlowError *err)
{
    int fd = -1;
    FlowStatus s = os_open(part, OS_OPEN_NEW, &fd, err);
    if (s != FLOW_OK)
        return s;
    s = os_write_all(fd, part, image, size, err);
    if (s == FLOW_OK)
        s = os_fsync(fd, part, err);
    os_close(fd);
    return s;
}

static FlowStatus write_image(const char *path, const uint8_t *image, size_t size, FlowError *err)
{
    Buffer part = {0};
    FlowStatus s =
        buffer_printf(&part, "%s.%ld-%lld.part", path, (long)getpid(), (long long)os_now_ns());
    if (s != FLOW_OK || !buffer_text(&part)) {
        s = flow_error(err, FLOW_ENOMEM, "cannot create %s: no memory", path);
    } else {
        const char *name = (const char *)part.bytes;
        s = write_part(name, image, size, err);
        if (s == FLOW_OK)
            s = name_without_replacing(name, path, err);
        unlink(name);
    }
    buffer_free(&part);
    return s;
}

/* The folder of the store is new, too: what stands above it is synced with it. */
static FlowStatus sync_folders(const char *dir, FlowError *err)
{
    Buffer above = {0};
    FlowStatus s = os_fsync_dir(dir, err);
    if (s == FLOW_OK && (buffer_printf(&above, "%s/..", dir) != FLOW_OK || !buffer_text(&above)))
        s = flow_error(err, FLOW_ENOMEM, "cannot create the store %s: no memory", dir);
    if (s == FLOW_OK)
        s = os_fsync_dir((const char *)above.bytes, err);
    buffer_free(&above);
    return s;
}

FlowStatus db_create(const char *dir, const char *path, FlowError *err)
{
    uint8_t *image;
    size_t size;
    FlowStatus s = make_image(&image, &size, err);
    if (s != FLOW_OK)
        return s;
    s = write_image(path, image, size, err);
    sqlite3_free(image);
    return s == FLOW_OK ? sync_folders(dir, err) : s;
}

/* ---- recognizing one ---------------------------------------------------- */

static int read_pragma(Db *db, const char *sql, int *value)
{
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &statement, NULL);
    if (rc != SQLITE_OK)
        return rc;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *value = sqlite3_column_int(statement, 0);
    return sqlite3_finalize(statement);
}

FlowStatus db_check_format(Db *db, FlowError *err)
{
    int application = 0, format = 0;
    int rc = read_pragma(db, "PRAGMA application_id", &application);
    if (rc == SQLITE_OK)
        rc = read_pragma(db, "PRAGMA user_version", &format);
    if (rc != SQLITE_OK)
        return db_fail(db, rc, "open", err);
    if (application != APPLICATION_ID)
        return flow_error(err, FLOW_EFORMAT,
                          "%s is no store of Flow; name another folder with --store DIR", db->path);
    if (format > DB_FORMAT)
        return flow_error(err, FLOW_EFORMAT,
                          "the store %s was written by a newer Flow (format %d, this program reads "
                          "up to %d): use that version, or another --store",
                          db->dir, format, DB_FORMAT);
    if (format < 1)
        return flow_error(err, FLOW_EFORMAT,
                          "the store %s has the format %d, which no Flow writes; name another "
                          "folder with --store DIR",
                          db->dir, format);
    return FLOW_OK;
}
