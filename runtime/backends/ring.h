/* SPDX-License-Identifier: Apache-2.0 */
/* ring.h - frames through the ring of a WorkerPage: one writer, one reader.
 *
 * A frame is published by one release store, without a system call, so that it
 * outlives its writer.  The reader copies a frame out before it looks at it, and
 * trusts no length: the writer is a process that runs the user's code. */
#ifndef BACKENDS_RING_H
#define BACKENDS_RING_H

#include "sched/wire.h"

typedef struct RingWriter {
    WorkerPage *page;
    uint64_t head;
    uint64_t tail; /* as last seen; the reader may be further */
} RingWriter;

/* The page's ring must be empty. */
void ring_writer_init(RingWriter *w, WorkerPage *page);
/* False when there is no room for it now.  `len` <= FRAME_MAX. */
bool ring_write(RingWriter *w, FrameType type, const void *payload, size_t len);
/* Sleeps until the reader has made room, or for some milliseconds. */
void ring_wait(RingWriter *w);

typedef struct RingReader {
    WorkerPage *page;
    uint64_t head; /* as last seen */
    uint64_t tail;
    uint64_t told; /* the tail that the writer knows of */
} RingReader;

typedef struct Frame {
    FrameType type;
    const uint8_t *payload; /* in the scratch memory, 8-byte aligned, zeros up to the next 8 */
    size_t len;
} Frame;

typedef enum RingRead { RING_EMPTY, RING_FRAME, RING_BROKEN } RingRead;

enum { RING_SCRATCH_BYTES = FRAME_MAX + 8 };

/* Empties the page's ring; no writer may be at work. */
void ring_reader_init(RingReader *r, WorkerPage *page);
/* The next frame, in `scratch` (RING_SCRATCH_BYTES, 8-byte aligned).  RING_BROKEN: what stands in
 * the ring is no frame, and nothing after it can be read. */
RingRead ring_read(RingReader *r, uint8_t *scratch, Frame *out);
/* Tells the writer how far the reader is, and wakes it if it sleeps. */
void ring_release(RingReader *r);

#endif
