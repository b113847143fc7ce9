/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h - what passes between scheduler and worker, locally and remotely.
 *
 * Down: an input block, one a chunk, which holds every value that the chunk's rows read.
 * Up: frames, in a ring in shared memory; a frame that was published survives the worker.
 * A reader trusts no length in either. */
#ifndef SCHED_WIRE_H
#define SCHED_WIRE_H

#include <stdatomic.h>

#include "os/buffer.h"
#include "sched/rowset.h"
#include "store/column.h"
#include "store/db.h"

/* ---- down: the input block ---------------------------------------------
 *
 * BlockHeader; then, in any order, the tables at the offsets that it names (8-byte aligned, from
 * the start of the block) and the columns' bodies (64-byte aligned).
 *
 * A field is a series of cells, given as consecutive pieces of columns.  A VALUE slot has one
 * field with a cell a row; INPUT has a field for each of the struct's, a cell a row; INPUTS a field
 * for each of the struct's with a cell an element, and row r has the elements
 * offsets[r]..offsets[r + 1]. */
enum { BLOCK_MAGIC = 0x314b4c46 /* "FLK1" */ };

typedef struct BlockHeader {
    uint32_t magic, slot_count;
    uint64_t total;    /* bytes of the block */
    uint64_t n;        /* rows */
    uint64_t slots;    /* offset of BlockSlot[slot_count], as the step's slots */
    uint64_t fields;   /* offset of BlockField[field_count] */
    uint64_t pieces;   /* offset of BlockPiece[piece_count] */
    uint64_t columns;  /* offset of BlockColumn[column_count] */
    uint32_t field_count, piece_count, column_count;
    uint32_t level_count; /* so many fields, the first, are the rows' indices, outermost first */
    uint64_t offsets;  /* offset of u64[]: the offsets of the INPUTS slots, one after another */
    uint64_t offset_count;
    uint64_t rows;     /* offset of RowRun[row_run_count]: n rows in all, ascending */
    uint64_t row_run_count; /* 0: lo, lo + 1, … */
    int64_t run, origin;    /* whose tasks they are; the run that it resumes, or 0 */
    uint64_t about;         /* offset of the user's name and the run's tags, each with its NUL */
    uint64_t about_len;
} BlockHeader;

typedef struct BlockSlot {
    uint32_t field, field_count; /* its fields */
    uint64_t offset;             /* INPUTS: first of its n + 1 numbers in the offsets */
} BlockSlot;

typedef struct BlockField {
    uint32_t piece, piece_count;
    uint64_t count; /* cells in all */
} BlockField;

typedef struct BlockPiece {
    uint64_t first; /* row in the column */
    uint64_t count;
    uint32_t column;
    uint32_t stride; /* 1, or 0: the same row for all */
} BlockPiece;

typedef struct BlockColumn {
    uint64_t offset;   /* of the body in the block; 0: a blob */
    uint64_t len;
    FlowDigest digest; /* of the blob */
} BlockColumn;

/* ---- up: status page and ring ------------------------------------------- */

enum {
    RING_BYTES = 1 << 20,
    FRAME_MAX = RING_BYTES / 4, /* of a frame's payload */
    INBOX_BYTES = 64 * 1024     /* an input block up to this needs no memfd of its own */
};

typedef enum Phase { PHASE_IDLE, PHASE_LOADING, PHASE_RUNNING, PHASE_STORING, PHASE_ENDED } Phase;

/* One a worker slot, in a memfd that scheduler, fork server and worker hold.  The scheduler resets
 * it before it asks for a worker; a worker touches nothing in it after FRAME_END. */
typedef struct WorkerPage {
    /* by the worker: `began` is written before `ord`, and read after it */
    _Atomic uint64_t ord;   /* the row that runs */
    _Atomic int64_t began;  /* when it began, ns of CLOCK_MONOTONIC */
    _Atomic uint32_t phase;
    _Atomic uint32_t pid;
    volatile uint32_t line; /* with its file, as in FlowTask */
    volatile uint32_t foreign; /* the C function that it has called, as in FlowTask */
    _Atomic uint32_t waits; /* the ring is full, and the worker sleeps on `tail` */
    _Atomic uint64_t head;  /* bytes published in all */
    /* by the supervisor */
    _Alignas(64) _Atomic uint64_t tail; /* bytes read in all */
    _Atomic uint32_t stop;              /* begin no further row */
    _Atomic uint32_t checkpoint_due;
    _Alignas(4096) uint8_t ring[RING_BYTES];
    uint8_t inbox[INBOX_BYTES]; /* the input block, when it fits */
} WorkerPage;

/* REFUSED: the chunk as a whole cannot run; the payload says why.  END: nothing more comes. */
typedef enum FrameType { FRAME_DONE = 1, FRAME_FAIL, FRAME_REFUSED, FRAME_END } FrameType;

/* Frames are 8-byte aligned and may wrap around the end of the ring. */
typedef struct FrameHeader {
    uint32_t length; /* of the payload */
    uint32_t type;
    uint32_t crc;    /* CRC-32C of the payload */
    uint32_t reserved;
} FrameHeader;

/* Where a row's output lies in the log files of its worker slot. */
typedef struct LogSpan {
    uint32_t slot;
    uint32_t reserved;
    uint64_t out_from, out_to, err_from, err_to;
} LogSpan;

/* What is at work in a worker slot, or was when the run ended: STORE/logs/RUN/tasks has one a slot,
 * RUNNING_STRIDE bytes apart, for those who look at the run from outside.  No fact: it is not
 * synced, and a task that is done or has failed since is so whatever this says. */
enum { RUNNING_STRIDE = 128 };
typedef struct RunningRow {
    uint32_t crc; /* CRC-32C of what follows; a slot without a task is all zeros */
    uint32_t step, round, attempt;
    uint64_t ord;
    int64_t began, seen; /* ns since 1970: when it began, and when it was last seen at work */
    uint32_t pid;        /* 0: not known yet */
    uint32_t is_last;    /* of its chunk: its output goes on to the ends of the slot's files */
    LogSpan log;         /* else its output goes to here at least */
} RunningRow;

/* FRAME_DONE: this, then for each carried keep a FrameCell and its bytes (padded to 8); then, for a
 * foreach, for each item artifact of the domain a FrameColumn and its body (padded to 8). */
typedef struct FrameDone {
    uint64_t ord;
    uint32_t way, cell_count;
    int64_t began;         /* ns since 1970 */
    int64_t duration;      /* ns */
    LogSpan log;
    uint64_t fan_count;    /* foreach: elements of the list */
    uint32_t column_count, reserved;
} FrameDone;

typedef struct FrameCell {
    uint32_t len;     /* bytes that follow; 0 for a fixed cell */
    uint32_t is_fixed;
    int64_t fixed;
} FrameCell;

typedef struct FrameColumn {
    uint64_t len;      /* of the body */
    uint32_t is_blob;  /* 1: no body follows, `digest` names it */
    uint32_t reserved;
    FlowDigest digest;
} FrameColumn;

/* FRAME_FAIL: this, then message and trace (a line a frame), no NULs, padded to 8. */
typedef struct FrameFail {
    uint64_t ord;
    uint32_t why;
    uint32_t message_len, trace_len;
    uint32_t line; /* of the .flow file */
    int64_t began, duration;
    LogSpan log;
} FrameFail;

#endif
