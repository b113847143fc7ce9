/* SPDX-License-Identifier: Apache-2.0 */
/* Frames through a ring, in one process and between two; checksums; what is damaged is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backends/crc32c.h"
#include "backends/ring.h"

static WorkerPage *page;
static uint8_t *scratch;

static int set_up(void **state)
{
    (void)state;
    page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    scratch = malloc(RING_SCRATCH_BYTES);
    return page == MAP_FAILED || !scratch;
}

static int tear_down(void **state)
{
    (void)state;
    munmap(page, sizeof *page);
    free(scratch);
    return 0;
}

static void checksums_are_castagnolis(void **state)
{
    (void)state;
    uint8_t bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)(i * 7);
    assert_int_equal(crc32c("123456789", 9), 0xe3069283);
    assert_int_equal(crc32c_portable("123456789", 9), 0xe3069283);
    for (size_t len = 0; len <= sizeof bytes; len++)
        assert_int_equal(crc32c(bytes, len), crc32c_portable(bytes, len));
}

static void frames_come_out_as_they_went_in(void **state)
{
    (void)state;
    RingReader r;
    RingWriter w;
    Frame frame;
    ring_reader_init(&r, page);
    ring_writer_init(&w, page);
    assert_int_equal(ring_read(&r, scratch, &frame), RING_EMPTY);
    assert_true(ring_write(&w, FRAME_DONE, "hello", 5));
    assert_true(ring_write(&w, FRAME_END, NULL, 0));
    assert_int_equal(ring_read(&r, scratch, &frame), RING_FRAME);
    assert_int_equal(frame.type, FRAME_DONE);
    assert_int_equal(frame.len, 5);
    assert_memory_equal(frame.payload, "hello\0\0", 8);
    assert_int_equal(ring_read(&r, scratch, &frame), RING_FRAME);
    assert_int_equal(frame.type, FRAME_END);
    assert_int_equal(ring_read(&r, scratch, &frame), RING_EMPTY);
}

static void frames_of_all_lengths_wrap_around(void **state)
{
    (void)state;
    RingReader r;
    RingWriter w;
    uint8_t *bytes = malloc(FRAME_MAX);
    ring_reader_init(&r, page);
    ring_writer_init(&w, page);
    for (uint32_t round = 0; round < 3000; round++) {
        size_t len = round % 50 == 49 ? FRAME_MAX - round % 16 : (round * 7919) % 3000;
        memset(bytes, (int)(round & 0xff), len);
        Frame frame;
        assert_true(ring_write(&w, FRAME_DONE, bytes, len));
        assert_int_equal(ring_read(&r, scratch, &frame), RING_FRAME);
        assert_int_equal(frame.len, len);
        assert_memory_equal(frame.payload, bytes, len);
        ring_release(&r);
    }
    free(bytes);
}

static void a_full_ring_takes_nothing(void **state)
{
    (void)state;
    RingReader r;
    RingWriter w;
    Frame frame;
    uint8_t bytes[1000] = {0};
    int written = 0;
    ring_reader_init(&r, page);
    ring_writer_init(&w, page);
    while (ring_write(&w, FRAME_DONE, bytes, sizeof bytes))
        written++;
    assert_int_equal(written, RING_BYTES / (1000 + 16));
    assert_int_equal(ring_read(&r, scratch, &frame), RING_FRAME);
    ring_release(&r);
    assert_true(ring_write(&w, FRAME_DONE, bytes, sizeof bytes));
}

static void expect_broken(void)
{
    RingReader r = {page, 0, 0, 0};
    Frame frame;
    assert_int_equal(ring_read(&r, scratch, &frame), RING_BROKEN);
}

static void damage_is_noticed(void **state)
{
    (void)state;
    RingReader r;
    RingWriter w;
    ring_reader_init(&r, page);
    ring_writer_init(&w, page);
    assert_true(ring_write(&w, FRAME_DONE, "some payload", 12));
    page->ring[20] ^= 1; /* payload */
    expect_broken();
    page->ring[20] ^= 1;
    page->ring[0] = 200; /* longer than what was published */
    expect_broken();
    memset(page->ring, 0xff, 4); /* longer than any */
    expect_broken();
    page->ring[0] = 12;
    memset(page->ring + 1, 0, 3);
    page->ring[4] = 9; /* of no kind */
    expect_broken();
    page->ring[4] = FRAME_DONE;
    atomic_store(&page->head, 8);
    expect_broken();
    atomic_store(&page->head, (uint64_t)RING_BYTES * 3);
    expect_broken();
}

/* The writer dies at the end; what it published stays. */
static void another_process_writes(void **state)
{
    (void)state;
    enum { FRAMES = 200000 };
    RingReader r;
    ring_reader_init(&r, page);
    pid_t pid = fork();
    if (pid == 0) {
        RingWriter w;
        ring_writer_init(&w, page);
        for (uint64_t i = 0; i < FRAMES; i++) {
            uint64_t payload[9] = {i, i * i};
            while (!ring_write(&w, FRAME_DONE, payload, 16 + i % 56))
                ring_wait(&w);
        }
        abort();
    }
    uint64_t next = 0;
    while (next < FRAMES) {
        Frame frame;
        RingRead what = ring_read(&r, scratch, &frame);
        assert_int_not_equal(what, RING_BROKEN);
        if (what == RING_EMPTY) {
            ring_release(&r);
            continue;
        }
        const uint64_t *payload = (const uint64_t *)(const void *)frame.payload;
        assert_int_equal(payload[0], next);
        assert_int_equal(payload[1], next * next);
        assert_int_equal(frame.len, 16 + next % 56);
        next++;
    }
    waitpid(pid, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_are_castagnolis),
        cmocka_unit_test_setup_teardown(frames_come_out_as_they_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(frames_of_all_lengths_wrap_around, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_ring_takes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_process_writes, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
