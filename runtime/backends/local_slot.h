/* SPDX-License-Identifier: Apache-2.0 */
/* local_slot.h - what the local backend knows of one worker slot. */
#ifndef BACKENDS_LOCAL_SLOT_H
#define BACKENDS_LOCAL_SLOT_H

#include "backends/ring.h"
#include "backends/server.h"

enum { LOG_LINE_MAX = 64 * 1024 };

/* A log file that is followed: what lies before `pos` has been handed on. */
typedef struct LogTail {
    int fd; /* -1: not open */
    bool is_known;
    const char *kind; /* "out", "err" */
    uint64_t pos;
    uint64_t row_from; /* where the output of the current row begins */
} LogTail;

typedef struct LocalSlot {
    uint32_t index;
    WorkerPage *page;
    RingReader ring;
    uint64_t serial; /* of the worker asked for last */
    bool is_busy;    /* a chunk is at work: its `ended` is still to come */
    bool is_started; /* events->started was called */
    bool is_doomed;  /* was killed since `doomed` ran out of time */
    bool is_damaged; /* was killed since its ring holds no frame */
    bool is_cancelled;
    uint64_t doomed;
    uint64_t next;     /* the first row that was not reported yet */
    uint64_t told;     /* how many were */
    Buffer runs;       /* RowRun: the chunk's rows; empty: lo, lo + 1, … */
    size_t run;        /* that `next` lies in */
    char refusal[240]; /* why the chunk cannot run, or "" */
    ChunkSpec spec;    /* without block and rows */
    LogTail out, err;
    RunningRow running; /* as it was written last */
} LocalSlot;

/* ---- local_log.c --------------------------------------------------------- */

typedef struct LineSink {
    void (*line)(void *ctx, uint64_t ord, uint32_t pid, bool is_stderr, Bytes text);
    void *ctx;
    uint64_t ord;
    uint32_t pid;
} LineSink;

/* `dir` is the folder of the logs, `room` has LOG_LINE_MAX bytes.  Hands on the whole lines
 * that lie before `to`; at the end of a row the rest as well. */
void log_read(LogTail *tail, int dir, uint32_t slot, uint64_t to, bool is_row_end, uint8_t *room,
              const LineSink *sink);
/* The file's size now, 0 when there is none. */
uint64_t log_size(LogTail *tail, int dir, uint32_t slot);
void log_close(LogTail *tail);

/* ---- local_running.c ------------------------------------------------------ */

/* Makes the file `tasks` in the folder of the logs anew; -1: then nothing of it is told. */
int running_open(int dir);
/* The row that is the slot's next has been sent to a worker, or was seen at work, with its output
 * up to there. */
void running_tell(int file, LocalSlot *slot, uint64_t out_to, uint64_t err_to);
/* Nothing is at work there. */
void running_clear(int file, LocalSlot *slot);

/* ---- local_frame.c ------------------------------------------------------- */

/* Room for the parts of a frame: as many as any step of the program can have. */
typedef struct FrameRoom {
    Cell *cells;
    FrameColumn *columns;
    const uint8_t **bodies;
} FrameRoom;

FlowStatus frame_room_init(FrameRoom *room, const FlowProgram *program);
void frame_room_free(FrameRoom *room);
/* Takes a DONE frame of that step apart; false when it does not hold together. */
bool frame_open_done(const Frame *frame, const FlowProgram *program, uint32_t step, FrameRoom *room,
                     RowDone *out);
bool frame_open_fail(const Frame *frame, RowFail *out);

/* ---- local_end.c --------------------------------------------------------- */

/* Why the worker's end is charged to the row that was at work, and in which words. */
Why end_words(const LocalSlot *slot, const FlowProgram *program, const Answer *ended, char *text,
              size_t size);

#endif
