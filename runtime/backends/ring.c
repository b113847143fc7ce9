/* SPDX-License-Identifier: Apache-2.0 */
/* ring.c - head and tail count bytes from the beginning of time; a position in the ring is the
 * count modulo its size.  A frame is a FrameHeader and its payload, padded to 8 bytes, and wraps
 * around the end wherever it happens to.
 *
 * Either side keeps what it last saw of the other's counter, so that the line of memory is fetched
 * from the other core once a lap rather than once a frame. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "backends/ring.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "backends/crc32c.h"

/* How often a writer that waits looks whether it should end. */
enum { WAIT_NS = 20 * 1000 * 1000, TELL_BYTES = RING_BYTES / 8 };

_Static_assert((RING_BYTES & (RING_BYTES - 1)) == 0, "positions are taken by masking");
_Static_assert(sizeof(FrameHeader) == 16, "frames stay aligned to 8");
_Static_assert(sizeof(WorkerPage) % 4096 == 0, "pages of several workers lie in one file");

static size_t padded(size_t len)
{
    return (len + 7) & ~(size_t)7;
}

/* ---- the writer --------------------------------------------------------- */

void ring_writer_init(RingWriter *w, WorkerPage *page)
{
    *w = (RingWriter){page, 0, 0};
}

static void put(WorkerPage *page, uint64_t at, const void *bytes, size_t len)
{
    size_t from = at & (RING_BYTES - 1);
    size_t first = RING_BYTES - from < len ? RING_BYTES - from : len;
    memcpy(page->ring + from, bytes, first);
    if (first < len)
        memcpy(page->ring, (const uint8_t *)bytes + first, len - first);
}

static bool has_room(RingWriter *w, size_t bytes)
{
    if (w->head - w->tail + bytes <= RING_BYTES)
        return true;
    w->tail = atomic_load_explicit(&w->page->tail, memory_order_acquire);
    return w->head - w->tail + bytes <= RING_BYTES;
}

bool ring_write(RingWriter *w, FrameType type, const void *payload, size_t len)
{
    size_t bytes = sizeof(FrameHeader) + padded(len);
    if (!has_room(w, bytes))
        return false;
    FrameHeader header = {(uint32_t)len, type, crc32c(payload, len), 0};
    put(w->page, w->head, &header, sizeof header);
    if (len > 0)
        put(w->page, w->head + sizeof header, payload, len);
    w->head += bytes;
    atomic_store_explicit(&w->page->head, w->head, memory_order_release);
    return true;
}

/* A futex is 32 bits wide: the lower half of the counter. */
static uint32_t *futex_word(_Atomic uint64_t *counter)
{
    uint32_t *word = (uint32_t *)(uintptr_t)counter;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word++;
#endif
    return word;
}

void ring_wait(RingWriter *w)
{
    struct timespec limit = {0, WAIT_NS};
    atomic_store(&w->page->waits, 1);
    uint64_t tail = atomic_load(&w->page->tail);
    if (tail == w->tail)
        syscall(SYS_futex, futex_word(&w->page->tail), FUTEX_WAIT, (uint32_t)tail, &limit, NULL, 0);
    atomic_store(&w->page->waits, 0);
}

/* ---- the reader --------------------------------------------------------- */

void ring_reader_init(RingReader *r, WorkerPage *page)
{
    atomic_store(&page->head, 0);
    atomic_store(&page->tail, 0);
    atomic_store(&page->waits, 0);
    *r = (RingReader){page, 0, 0, 0};
}

static void get(const WorkerPage *page, uint64_t at, void *bytes, size_t len)
{
    size_t from = at & (RING_BYTES - 1);
    size_t first = RING_BYTES - from < len ? RING_BYTES - from : len;
    memcpy(bytes, page->ring + from, first);
    if (first < len)
        memcpy((uint8_t *)bytes + first, page->ring, len - first);
}

static bool has_more(RingReader *r)
{
    if (r->head == r->tail)
        r->head = atomic_load_explicit(&r->page->head, memory_order_acquire);
    return r->head != r->tail;
}

RingRead ring_read(RingReader *r, uint8_t *scratch, Frame *out)
{
    if (!has_more(r))
        return RING_EMPTY;
    uint64_t there = r->head - r->tail;
    FrameHeader header;
    if (there < sizeof header || there > RING_BYTES)
        return RING_BROKEN;
    get(r->page, r->tail, &header, sizeof header);
    if (header.length > FRAME_MAX || sizeof header + padded(header.length) > there)
        return RING_BROKEN;
    uint64_t none = 0;
    memcpy(scratch + (header.length & ~(size_t)7), &none, sizeof none);
    get(r->page, r->tail + sizeof header, scratch, header.length);
    if (header.type < FRAME_DONE || header.type > FRAME_END ||
        crc32c(scratch, header.length) != header.crc)
        return RING_BROKEN;
    r->tail += sizeof header + padded(header.length);
    *out = (Frame){header.type, scratch, header.length};
    if (r->tail - r->told >= TELL_BYTES)
        ring_release(r);
    return RING_FRAME;
}

void ring_release(RingReader *r)
{
    if (r->told == r->tail)
        return;
    r->told = r->tail;
    atomic_store(&r->page->tail, r->tail);
    if (atomic_load(&r->page->waits))
        syscall(SYS_futex, futex_word(&r->page->tail), FUTEX_WAKE, 1, NULL, NULL, 0);
}
