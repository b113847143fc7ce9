/* SPDX-License-Identifier: Apache-2.0 */
/* worker.h - a worker: the process that runs the rows of one chunk.
 *
 * worker_load.c decodes what a row reads, worker_store.c encodes what it leaves
 * behind, worker.c runs one row after another.  Nothing is kept from one row for
 * the next but rooms to be used again, so that a chunk of any size takes no more
 * memory than its largest row. */
#ifndef BACKENDS_WORKER_H
#define BACKENDS_WORKER_H

#include <flow/lib.h>

#include "backends/block.h"
#include "backends/ring.h"

/* What a worker is told to do. */
typedef struct WorkerJob {
    const FlowProgram *program;
    WorkerPage *page;
    uint32_t slot;
    uint32_t step, round, attempt;
    uint64_t lo, n;
    uint64_t seed;
    int64_t memory; /* that the rows may use, 0: no bound, or one that the system knows of */
    uint64_t gpus;  /* bits: that are theirs */
    uint32_t cpus;  /* cores that each row may use, by threads */
    const uint8_t *block;
    size_t block_len;
    int block_fd; /* the file in memory that the block is, -1: it lies in the page */
    const char *blobs_dir;
    int wake; /* eventfd of the scheduler */
} WorkerJob;

/* Runs the chunk and ends the process.  Standard output and error are the log files already. */
_Noreturn void worker_run(const WorkerJob *job);

/* ---- what a row reads --------------------------------------------------- */

typedef struct FieldLoader {
    BlockCursor cursor;
    const FlowType *type;
    const char *name;
    uint32_t offset; /* in the slot's value, or in each of its elements */
    bool is_fixed;
} FieldLoader;

typedef struct SlotLoader {
    FlowSlotKind kind;
    const FlowType *type;
    void *room;
    FieldLoader *fields;
    uint32_t field_count;
    const uint64_t *offsets; /* INPUTS: of the row that comes next */
    bool is_constant;        /* the same for all rows: decoded once */
    bool is_loaded;
} SlotLoader;

typedef struct Loader {
    const char *blobs_dir;
    SlotLoader *slots;
    FieldLoader *fields;
    uint32_t slot_count, level_count;
    BlockCursor *levels;
    uint64_t *path;  /* the row's indices, outermost first */
    FlowCurrent current;
    const void **in; /* slot_count: for FlowTask */
    uint8_t *room;
} Loader;

FlowStatus loader_init(Loader *l, const FlowStep *step, const FlowProgram *program,
                       const Block *block, const char *blobs_dir, FlowError *err);
/* Decodes the next row.  On failure the task says why. */
FlowStatus loader_next(Loader *l, FlowTask *t);
/* Lets go of what belongs to the row alone. */
void loader_release(Loader *l);
void loader_free(Loader *l);

/* ---- what a row leaves behind ------------------------------------------- */

/* A part of a frame: a cell or a column, its bytes in the heap. */
typedef struct FramePart {
    FrameCell cell;
    FrameColumn column;
    size_t from, len;
    bool is_ref; /* the bytes are in a blob already */
} FramePart;

typedef struct Storer {
    const FlowProgram *program;
    const FlowStep *step;
    BlobBatch blobs; /* of the row */
    uint8_t *room;
    size_t room_size;
    void **out; /* keep_count: for FlowTask */
    bool *is_fixed;
    FramePart *parts;
    Buffer heap;
    Buffer frame;
    ColumnBuilder column;
} Storer;

FlowStatus storer_init(Storer *st, const FlowStep *step, const FlowProgram *program,
                       const char *blobs_dir, FlowError *err);
/* Builds in st->frame the FRAME_DONE of the way that the task took; `done` comes with what only the
 * worker knows (ord, times, log).  On failure the task says why. */
FlowStatus storer_encode(Storer *st, FlowTask *t, FrameDone *done);
/* Drops what the task kept and fanned out. */
void storer_release(Storer *st, FlowTask *t);
void storer_free(Storer *st);

#endif
