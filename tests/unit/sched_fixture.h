/* SPDX-License-Identifier: Apache-2.0 */
/* sched_fixture.h - flows on a backend that needs no process.
 *
 * The fake reads the input block as a worker does, asks the flow's bodies (functions over
 * whole numbers) and answers in any order of chunks, by a seed. */
#ifndef TESTS_SCHED_FIXTURE_H
#define TESTS_SCHED_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sched/backend.h"
#include "sched/check.h"
#include "sched/ledger.h"
#include "sched/resume.h"
#include "sched/run.h"

enum { FAKE_SLOTS = 6, FAKE_FIELDS = 4, FAKE_KEEPS = 4 };

typedef struct FakeRow {
    uint32_t step, round, attempt;
    uint64_t ord;
    int64_t value[FAKE_SLOTS];              /* VALUE */
    int64_t field[FAKE_SLOTS][FAKE_FIELDS]; /* INPUT; INPUTS: sum of (index + 1) * value */
    uint64_t absent[FAKE_SLOTS][FAKE_FIELDS];
    uint64_t count[FAKE_SLOTS]; /* INPUTS */
    uint64_t path[16];
    uint32_t levels;
} FakeRow;

typedef struct FakeReply {
    Why fails; /* WHY_FAILED; another ends the chunk with it, as a crash does */
    uint16_t way;
    int64_t keep[FAKE_KEEPS];
    int64_t fan_start, fan_step;
    uint64_t fan_count;
    int64_t duration; /* ns */
} FakeReply;

typedef void FakeBody(const FakeRow *row, FakeReply *reply);

/* What a test wants of its run. */
typedef struct Flight {
    const FlowProgram *program;
    FakeBody *const *bodies;
    uint64_t seed; /* order of the chunks; 0: at once, as they are submitted */
    uint64_t chunk, max_splits;
    uint32_t workers;
    int cancel_after; /* rows; 0: never */
    /* what came of it: */
    uint64_t rows, chunks, done_rows, failed_rows, retried, caught, given_up, most_running;
    uint64_t most_gpus; /* side by side; a device that is given twice fails the test */
    char warning[1000];
    RunResult result;
    int64_t run;
} Flight;

extern char fixture_store[];
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* A run from the start; a resume of the newest (or of `from`). */
void fly(Flight *f);
void fly_again(Flight *f, const char *from_step);
/* The lines that the last resume gave, joined by newlines. */
extern char fixture_lines[2000];

/* The value of `artifact` of the only row of `step` in its last round. */
int64_t kept_value(const FlowProgram *program, int64_t run, uint32_t step, uint32_t artifact);
/* Fails the test with the first finding. */
void expect_sound_store(const FlowProgram *program);
/* As if the process of `run` had been killed when `chunks` of its chunks were stored. */
void cut_run(int64_t run, uint64_t chunks);
uint64_t stored_chunks(int64_t run);
void fixture_sql(const char *sql);

/* ---- programs ----------------------------------------------------------- */

/* Everything at once: nested foreaches of widths 0, 1, 2 and 7, a loop that rows leave in different
 * rounds, a condition, a split with a loop in one branch, and all of that in a loop. */
enum {
    SOAK_START,
    SOAK_OUTER,
    SOAK_INNER,
    SOAK_TRAIN,
    SOAK_EVEN,
    SOAK_ODD,
    SOAK_COLLECT,
    SOAK_GATHER,
    SOAK_LEFT,
    SOAK_RIGHT,
    SOAK_BOTH,
    SOAK_END,
    SOAK_STEPS
};
enum {
    SOAK_Z,
    SOAK_W,
    SOAK_BASE,
    SOAK_I,
    SOAK_V,
    SOAK_R,
    SOAK_S,
    SOAK_T,
    SOAK_L,
    SOAK_M,
    SOAK_U,
    SOAK_ANSWER,
    SOAK_ARTIFACTS
};
extern const FlowProgram soak_program;
extern FakeBody *const soak_bodies[];
/* Called by the bodies before they answer; may make the row fail.  NULL: nothing. */
extern void (*soak_fault)(const FakeRow *row, FakeReply *reply);

/* start -> work foreach 0..n under @catch(error) with @retry(times=1) -> gather -> end */
enum { FAN_START, FAN_WORK, FAN_GATHER, FAN_END, FAN_STEPS };
enum { FAN_N, FAN_I, FAN_X, FAN_ERROR, FAN_SUM, FAN_FAILED, FAN_ARTIFACTS };
extern FlowProgram fan_program; /* tests change its policy and flags */
extern FlowStep fan_steps[];
extern FakeBody *const fan_bodies[];
extern uint64_t fan_width;
extern void (*fan_fault)(const FakeRow *row, FakeReply *reply);

#endif
