/* SPDX-License-Identifier: Apache-2.0 */
/* blob_large.c - see blob_large.h.
 *
 * Threads take one stride after another: each copies its stride into room of its own, hashes it
 * there, where the cache has it, and writes it at its place.  While one waits for the disk another
 * hashes, so the processor and the disk are both busy; more threads than PARALLEL would only wait.
 *
 * Copying gigabytes into the page cache takes a processor longer than hashing them, and pushes
 * other things out.  So a blob of DIRECT_BYTES or more goes to the disk from the room itself
 * (O_DIRECT), unless the first PROBES strides show a disk that is slower than memory by far: then
 * the next step is better off finding the rest in the page cache, and the copy costs no time. */
#include "store/blob_large.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"

enum {
    PARALLEL = 4,                    /* threads, with the caller's */
    STACK_BYTES = 256 * 1024,        /* of a thread: no more is promised to it */
    PAGE_BYTES = 4096,               /* what memory of direct writes begins at */
    DIRECT_BYTES = 64 * 1024 * 1024, /* below, the next step finds it in the page cache */
    PROBES = 64,
    QUICK_PROBES = 3,          /* of them: on a busy machine most wait for a processor too */
    QUICK_NS = 8 * 1000 * 1000 /* with PARALLEL under way: 500 MB/s */
};

typedef struct Job {
    const Content *content;
    int fd; /* -1: the bytes are only hashed */
    const char *path;
    size_t strides, end, threads; /* the threads go up to `end` */
    FlowDigest *leaves;           /* one a stride */
    uint8_t *room;                /* a stride for each thread, aligned */
    atomic_size_t next, rooms_taken, probed, quick;
    atomic_bool is_direct, is_failed;
    pthread_mutex_t lock; /* of what follows */
    FlowStatus status;    /* the first failure */
    FlowError error;
} Job;

static void fail_job(Job *job, FlowStatus s, const FlowError *err)
{
    pthread_mutex_lock(&job->lock);
    if (!atomic_exchange(&job->is_failed, true)) {
        job->status = s;
        job->error = *err;
    }
    pthread_mutex_unlock(&job->lock);
}

/* ---- one stride ---------------------------------------------------------- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The bytes from `at` on where they lie, NULL where they are in more than one piece. */
static const uint8_t *in_place(const Content *content, size_t at, size_t len)
{
    const Bytes *piece = content->pieces;
    for (; at >= piece->len; piece++)
        at -= piece->len;
    return at + len <= piece->len ? piece->bytes + at : NULL;
}

static void gather(const Content *content, size_t at, size_t len, uint8_t *to)
{
    const Bytes *piece = content->pieces;
    for (; at >= piece->len; piece++)
        at -= piece->len;
    for (size_t n; len > 0; piece++, at = 0, to += n, len -= n) {
        n = least(len, piece->len - at);
        if (n > 0)
            memcpy(to, piece->bytes + at, n);
    }
}

/* Ends the direct writes where hardly any of the first was quick: the disk is slow. */
static void probe(Job *job, int64_t took)
{
    if (took < QUICK_NS)
        atomic_fetch_add(&job->quick, 1);
    if (atomic_fetch_add(&job->probed, 1) != PROBES - 1 || atomic_load(&job->quick) >= QUICK_PROBES)
        return;
    os_write_direct(job->fd, false);
    atomic_store(&job->is_direct, false);
}

/* A whole stride, from aligned room. */
static FlowStatus write_direct(Job *job, const uint8_t *room, size_t at, FlowError *err)
{
    int64_t began = os_now_ns();
    FlowStatus s = os_write_at(job->fd, job->path, room, DIGEST_STRIDE_BYTES, at, err);
    probe(job, os_now_ns() - began);
    return s;
}

static FlowStatus write_cached(Job *job, const uint8_t *bytes, size_t len, size_t at,
                               FlowError *err)
{
    FlowStatus s = os_write_at(job->fd, job->path, bytes, len, at, err);
    if (s == FLOW_OK)
        os_write_back(job->fd, at, len);
    return s;
}

static FlowStatus do_stride(Job *job, size_t stride, uint8_t *room, FlowError *err)
{
    size_t at = stride * DIGEST_STRIDE_BYTES;
    size_t len = least(job->content->len - at, DIGEST_STRIDE_BYTES);
    bool is_direct = atomic_load(&job->is_direct);
    const uint8_t *bytes = is_direct ? NULL : in_place(job->content, at, len);
    if (!bytes) {
        gather(job->content, at, len, room);
        bytes = room;
    }
    FlowStatus s = digest_bytes(bytes, len, &job->leaves[stride], err);
    if (s != FLOW_OK || job->fd < 0)
        return s;
    return is_direct ? write_direct(job, room, at, err) : write_cached(job, bytes, len, at, err);
}

/* ---- all of them --------------------------------------------------------- */

static void *do_strides(void *argument)
{
    Job *job = argument;
    uint8_t *room = job->room + atomic_fetch_add(&job->rooms_taken, 1) * DIGEST_STRIDE_BYTES;
    while (!atomic_load(&job->is_failed)) {
        size_t stride = atomic_fetch_add(&job->next, 1);
        if (stride >= job->end)
            break;
        FlowError err = {0};
        FlowStatus s = do_stride(job, stride, room, &err);
        if (s != FLOW_OK)
            fail_job(job, s, &err);
    }
    return NULL;
}

/* Threads that cannot be had are done without. */
static void run_threads(Job *job)
{
    pthread_t threads[PARALLEL];
    pthread_attr_t attributes;
    size_t started = 0;
    if (pthread_attr_init(&attributes) == 0) {
        (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
        while (started + 1 < job->threads &&
               pthread_create(&threads[started], &attributes, do_strides, job) == 0)
            started++;
        pthread_attr_destroy(&attributes);
    }
    do_strides(job);
    while (started > 0)
        pthread_join(threads[--started], NULL);
}

/* The ends go through the page cache: the last stride need not end with a page, and whoever opens
 * the blob reads the first. */
static FlowStatus run_direct(Job *job, FlowError *err)
{
    FlowStatus s = do_stride(job, 0, job->room, err);
    if (s != FLOW_OK)
        return s;
    atomic_store(&job->next, 1);
    job->end = job->strides - 1;
    atomic_store(&job->is_direct, os_write_direct(job->fd, true));
    run_threads(job);
    if (atomic_exchange(&job->is_direct, false))
        os_write_direct(job->fd, false);
    return job->status == FLOW_OK ? do_stride(job, job->end, job->room, err) : FLOW_OK;
}

static FlowStatus run_job(Job *job, FlowDigest *out, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    if (job->fd >= 0) /* a full disk is told of before anything is written */
        s = os_reserve(job->fd, job->path, job->content->len, err);
    if (s == FLOW_OK && job->fd >= 0 && job->content->len >= DIRECT_BYTES)
        s = run_direct(job, err);
    else if (s == FLOW_OK)
        run_threads(job);
    if (s == FLOW_OK && job->status != FLOW_OK)
        s = flow_error(err, job->status, "%s", job->error.message);
    return s == FLOW_OK ? digest_root(job->leaves, job->strides, job->content->len, out, err) : s;
}

static FlowStatus do_job(Job *job, FlowDigest *out, FlowError *err)
{
    job->strides = (job->content->len + DIGEST_STRIDE_BYTES - 1) / DIGEST_STRIDE_BYTES;
    job->end = job->strides;
    job->threads = least(job->strides, PARALLEL);
    job->leaves = os_alloc_array(job->strides, sizeof *job->leaves);
    job->room = os_alloc_aligned(PAGE_BYTES, job->threads * DIGEST_STRIDE_BYTES);
    FlowStatus s = FLOW_OK;
    if (!job->leaves || !job->room)
        s = flow_error(err, FLOW_ENOMEM, "cannot hash a blob: no memory");
    else
        s = run_job(job, out, err);
    os_free(job->leaves);
    os_free(job->room);
    pthread_mutex_destroy(&job->lock);
    return s;
}

FlowStatus large_write(const Content *content, int fd, const char *path, FlowDigest *out,
                       FlowError *err)
{
    Job job = {.content = content, .fd = fd, .path = path, .lock = PTHREAD_MUTEX_INITIALIZER};
    return do_job(&job, out, err);
}

FlowStatus large_digest(const Content *content, FlowDigest *out, FlowError *err)
{
    Job job = {.content = content, .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    return do_job(&job, out, err);
}
