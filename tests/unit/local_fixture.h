/* SPDX-License-Identifier: Apache-2.0 */
/* local_fixture.h - a small program written by hand, and a scheduler that only notes what it is
 * told, to try the local backend with. */
#ifndef TESTS_UNIT_LOCAL_FIXTURE_H
#define TESTS_UNIT_LOCAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <flow/flow.h>

#include "backends/local.h"
#include "block_maker.h"

enum { STEP_WORK, STEP_FAN, STEP_BIG, STEP_GATHER, STEP_HEAVY, STEP_ALONE, STEP_COUNT };

/* What `work` does in the row that is the victim. */
enum {
    MODE_OK,
    MODE_FAIL,
    MODE_SEGV,
    MODE_ABORT,
    MODE_EXIT,
    MODE_SLEEP,
    MODE_PRINT,
    MODE_SCRIBBLE,
    MODE_KILL,
    MODE_MEMORY,
    MODE_SPAWN,
    MODE_ESCAPE,
    MODE_PRINT_LONG,
    MODE_PRINT_ABORT,
    MODE_RANDOM,
    MODE_ENVIRONMENT,
    MODE_PRINT_SLOWLY, /* in the middle it waits for bench_let_go */
    MODE_NAP,
    MODE_GPUS
};

/* What `fan` fans out. */
enum { FAN_RANGE, FAN_INTS, FAN_WORDS, FAN_PAIRS, FAN_NOTHING, FAN_LONG_WORDS, FAN_MANY_INTS };

enum { LINE_OF_WORK = 42, FAILS_MAX = 8 };

extern const FlowProgram local_program;
extern const FlowType local_record, local_maybe;
typedef struct LocalRecord {
    int64_t square;
    FlowString *text;
} LocalRecord;
typedef struct LocalMaybe {
    bool some;
    int64_t value;
} LocalMaybe;

typedef struct NotedFail {
    uint64_t ord;
    Why why;
    char message[400], trace[400];
    uint32_t line, pid;
    LogSpan log;
    int64_t duration;
} NotedFail;

/* What one chunk was told of. */
typedef struct Noted {
    struct Bench *bench;
    uint32_t started, ended, pid;
    char error[300];
    uint64_t done, next; /* rows; the ord after the last one */
    int64_t sum;         /* of the first fixed cells */
    NotedFail fails[FAILS_MAX];
    uint32_t fail_count;
    Buffer out, err; /* "ORD text\n" a line */
    FrameDone last;
    void (*on_row)(struct Noted *, const RowDone *);
} Noted;

typedef struct Bench {
    char dir[64], logs[80], blobs[80];
    uv_loop_t loop;
    ForkServer *server;
    Backend *backend;
    uint32_t open, broken;
    char why_broken[300];
    bool is_cancelled_when_started;
} Bench;

/* The devices that go with each chunk. */
extern uint64_t bench_gpus;

void bench_start(Bench *b, uint32_t slots);
void bench_stop(Bench *b);
void bench_remove(const char *dir);
/* Lets rows of MODE_PRINT_SLOWLY go on. */
void bench_let_go(void);
/* Runs the loop until all chunks have ended. */
void bench_wait(Bench *b);
void noted_free(Noted *n);

/* Submits n rows of `work` from lo, of which the row `victim` does what `mode` says. */
void submit_work(Bench *b, Noted *noted, int mode, uint64_t victim, uint64_t lo, uint64_t n,
                 int64_t timeout, int64_t memory);
/* The same, waited for. */
void run_work(Bench *b, Noted *noted, int mode, uint64_t victim, uint64_t lo, uint64_t n);
/* Submits a chunk of any step. */
void submit_block(Bench *b, Noted *noted, uint32_t step, uint64_t n, BlockMaker *maker);

#endif
