/* SPDX-License-Identifier: Apache-2.0 */
/* db_fixture.h - a store in a folder of its own for each test, and short forms to fill it. */
#ifndef TESTS_DB_FIXTURE_H
#define TESTS_DB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/fault.h"
#include "store/db_core.h"

/* ---- a folder for each test --------------------------------------------- */

static char root[64], store[80], file[96];

static inline int set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/flow-db-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(store, sizeof store, "%s/.flow", root);
    snprintf(file, sizeof file, "%s/flow.db", store);
    return 0;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int tear_down(void **state)
{
    (void)state;
    os_fault_disarm();
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- short forms -------------------------------------------------------- */

static FlowError err; /* of the last call */

static inline void ok(FlowStatus s)
{
    if (s != FLOW_OK)
        print_error("%s\n", err.message);
    assert_int_equal(s, FLOW_OK);
}

static inline void says(FlowStatus s, FlowStatus wanted, const char *words)
{
    if (s == FLOW_OK || !strstr(err.message, words))
        print_error("status %d: %s\n", s, err.message);
    assert_int_equal(s, wanted);
    assert_int_equal(err.status, wanted);
    assert_non_null(strstr(err.message, words));
}

static inline Db *open_store(void)
{
    Db *db = NULL;
    ok(db_open(store, true, &db, &err));
    return db;
}

static inline Bytes bytes_of(const char *text)
{
    return (Bytes){(const uint8_t *)text, strlen(text)};
}

static inline FlowDigest digest_of(const char *text)
{
    FlowDigest digest;
    ok(digest_bytes(text, strlen(text), &digest, &err));
    return digest;
}

static inline RunRow new_run(Db *db)
{
    RunRow run = {.program = digest_of("program"),
                  .origin = 0,
                  .seed = UINT64_MAX - 5,
                  .params = bytes_of("params"),
                  .state = RUN_RUNNING,
                  .why = "",
                  .owner = "host:1:2",
                  .beat = 11,
                  .began = 12,
                  .tags = "a,b",
                  .user = "me"};
    ok(db_program_put(db, &run.program, "Hello", 1, bytes_of("record"), &err));
    ok(db_run_new(db, &run, &err));
    return run;
}

static inline ChunkRow chunk_of(const RunRow *run, uint64_t lo)
{
    return (ChunkRow){.run = run->id,
                      .step = 3,
                      .round = 2,
                      .lo = lo,
                      .n = 2,
                      .mask = bytes_of("\x03"),
                      .way = bytes_of("\x01\x02"),
                      .tries = bytes_of("triestri"),
                      .caught = bytes_of("\x01"),
                      .worker = 4711,
                      .began = 100,
                      .ended = 200,
                      .log = bytes_of("log")};
}

static inline void put_group(Db *db, const RunRow *run, uint64_t lo, unsigned count)
{
    ok(db_begin(db, run->id, run->epoch, &err));
    for (unsigned i = 0; i < count; i++) {
        ChunkRow chunk = chunk_of(run, lo + 2 * i);
        ok(db_put_chunk(db, &chunk, &err));
        ColRow col = {.chunk = chunk.id, .artifact = 7, .body = bytes_of("body")};
        ok(db_put_col(db, &col, &err));
    }
    ok(db_commit(db, &err));
}

static inline FlowStatus count_chunk(void *context, const ChunkRow *row)
{
    (void)row;
    ++*(unsigned *)context;
    return FLOW_OK;
}

static inline unsigned count_chunks(Db *db, int64_t run)
{
    unsigned count = 0;
    ok(db_each_chunk(db, run, count_chunk, &count, &err));
    return count;
}

#endif
