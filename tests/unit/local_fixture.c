/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "local_fixture.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/memory.h"
#include "value/codec.h"

/* ---- the program --------------------------------------------------------- */

enum {
    A_MODE,
    A_VICTIM,
    A_I,
    A_SQUARE,
    A_WORD,
    A_LEFT,
    A_RIGHT,
    A_TEXT,
    A_NUMBERS,
    A_TOTAL,
    A_MAYBE,
    A_HEAVY,
    A_COUNT = A_HEAVY + 5
};

static const FlowField record_fields[] = {
    {"square", &flow_type_int, offsetof(LocalRecord, square)},
    {"text", &flow_type_string, offsetof(LocalRecord, text)},
};
const FlowType local_record = {FLOW_STRUCT, sizeof(LocalRecord), true, "Record", NULL,
                               NULL,        record_fields,       2};
static const FlowType record_list = {.kind = FLOW_LIST,
                                     .size = sizeof(FlowList *),
                                     .counted = true,
                                     .name = "[Record]",
                                     .item = &local_record};
static const FlowField maybe_fields[] = {{"", &flow_type_int, offsetof(LocalMaybe, value)}};
const FlowType local_maybe = {FLOW_OPTION, sizeof(LocalMaybe), false, "int?", &flow_type_int,
                              NULL,        maybe_fields,       1};
typedef struct Pair {
    int64_t left;
    FlowString *right;
} Pair;
static const FlowField pair_fields[] = {
    {"", &flow_type_int, offsetof(Pair, left)},
    {"", &flow_type_string, offsetof(Pair, right)},
};
static const FlowType pair_type = {FLOW_TUPLE, sizeof(Pair), true,        "(int, string)",
                                   NULL,       NULL,         pair_fields, 2};

static const FlowArtifact artifacts[A_COUNT] = {
    [A_MODE] = {"mode", &flow_type_int, FLOW_ARTIFACT_PARAM},
    [A_VICTIM] = {"victim", &flow_type_int, FLOW_ARTIFACT_PARAM},
    [A_I] = {"i", &flow_type_int, FLOW_ARTIFACT_ITEM},
    [A_SQUARE] = {"square", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [A_WORD] = {"word", &flow_type_string, FLOW_ARTIFACT_ITEM},
    [A_LEFT] = {"left", &flow_type_int, FLOW_ARTIFACT_ITEM},
    [A_RIGHT] = {"right", &flow_type_string, FLOW_ARTIFACT_ITEM},
    [A_TEXT] = {"text", &flow_type_string, FLOW_ARTIFACT_KEPT},
    [A_NUMBERS] = {"numbers", &flow_type_int_list, FLOW_ARTIFACT_KEPT},
    [A_TOTAL] = {"total", &flow_type_int, FLOW_ARTIFACT_KEPT},
    [A_MAYBE] = {"maybe", &local_maybe, FLOW_ARTIFACT_KEPT},
    [A_HEAVY] = {"h0", &flow_type_string, FLOW_ARTIFACT_KEPT},
    {"h1", &flow_type_string, FLOW_ARTIFACT_KEPT},
    {"h2", &flow_type_string, FLOW_ARTIFACT_KEPT},
    {"h3", &flow_type_string, FLOW_ARTIFACT_KEPT},
    {"h4", &flow_type_string, FLOW_ARTIFACT_KEPT},
};

static FlowStatus say(FlowTask *t, const char *text)
{
    FlowString *words = NULL;
    FlowStatus s = flow_string_new(t, text, strlen(text), &words);
    if (s == FLOW_OK)
        s = flow_print(t, words);
    flow_string_release(words);
    return s;
}

static void put(int fd, const char *text, size_t len)
{
    if (write(fd, text, len) != (ssize_t)len)
        abort();
}

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* The file that bench_let_go makes. */
static char go_path[80];

static FlowStatus print_both(FlowTask *t)
{
    t->prints++;
    put(2, "to error\n", 9);
    FlowStatus s = say(t, "first");
    put(2, "more", 4);
    if (s == FLOW_OK)
        s = say(t, "second");
    put(1, "no newline", 10);
    return s;
}

static FlowStatus print_slowly(FlowTask *t)
{
    t->prints++;
    put(1, "early\nunfin", 11);
    while (access(go_path, F_OK) != 0)
        sleep_ms(5);
    put(1, "ished\n", 6);
    return FLOW_OK;
}

static FlowStatus print_long(FlowTask *t)
{
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\n';
    t->prints++;
    for (int i = 0; i < 300; i++)
        put(1, line, sizeof line);
    for (int i = 0; i < 200; i++)
        put(1, line, 1000); /* 200,000 without a newline */
    return FLOW_OK;
}

/* A process of the worker's group, or one that has left it. */
static void spawn(bool leaves)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (leaves)
            setsid();
        sleep_ms(300000);
        _exit(0);
    }
}

static FlowStatus misbehave(FlowTask *t, int64_t mode)
{
    switch (mode) {
    case MODE_FAIL:
        flow_fail(t, "no good: %d", 7);
        flow_trace(t, "inner", "test.flow", 11);
        flow_trace(t, "work", "test.flow", LINE_OF_WORK);
        return FLOW_FAIL;
    case MODE_SEGV: raise(SIGSEGV); break;
    case MODE_ABORT: abort();
    case MODE_EXIT: exit(3);
    case MODE_SLEEP: sleep_ms(300000); break;
    case MODE_NAP: sleep_ms(400); break;
    case MODE_PRINT: return print_both(t);
    case MODE_PRINT_LONG: return print_long(t);
    case MODE_PRINT_SLOWLY: return print_slowly(t);
    case MODE_PRINT_ABORT: put(1, "last words", 10); abort();
    case MODE_SCRIBBLE: { /* over the ring, which lies on the page after the status */
        uintptr_t status = (uintptr_t)t->line & ~(uintptr_t)4095;
        memset((void *)(status + 4096), 0xff, RING_BYTES);
        break;
    }
    case MODE_KILL: raise(SIGKILL); break;
    case MODE_MEMORY: {
        char *memory = malloc((size_t)1 << 30);
        if (!memory)
            return flow_fail_memory(t, (size_t)1 << 30);
        for (size_t at = 0; at < (size_t)1 << 30; at += 4096)
            memory[at] = 1;
        free(memory);
        break;
    }
    case MODE_SPAWN: spawn(false); break;
    case MODE_ESCAPE: spawn(true); break;
    default: break;
    }
    return FLOW_OK;
}

static FlowStatus work(FlowTask *t)
{
    int64_t mode = *(const int64_t *)t->in[0], victim = *(const int64_t *)t->in[1];
    int64_t i = *(const int64_t *)t->in[2];
    flow_at(t, LINE_OF_WORK);
    if (mode == MODE_RANDOM)
        return flow_random_int(t, &(FlowList){.refs = -1, .is_range = 1, .len = 1000000, .step = 1},
                               t->out[0]);
    if (mode == MODE_GPUS)
        return flow_int_add(t, atoi(getenv("CUDA_VISIBLE_DEVICES")),
                            atoi(strrchr(getenv("CUDA_VISIBLE_DEVICES"), ',') + 1), t->out[0]);
    if (mode == MODE_ENVIRONMENT)
        return flow_int_add(t, atoi(getenv("FLOW_TEST_ORD")), 0, t->out[0]);
    if (FLOW_UNLIKELY(i == victim || victim < 0) && mode != MODE_OK) {
        FlowStatus s = misbehave(t, mode);
        if (s != FLOW_OK)
            return s;
    }
    return flow_int_mul(t, i, i, t->out[0]);
}

static FlowStatus set_environment(FlowTask *t)
{
    char number[32];
    FlowString *text = NULL;
    if (*(const int64_t *)t->in[0] != MODE_ENVIRONMENT)
        return FLOW_OK;
    snprintf(number, sizeof number, "%d", (int)t->ord);
    FlowStatus s = flow_string_new(t, number, strlen(number), &text);
    if (s == FLOW_OK)
        s = flow_setenv(t, "FLOW_TEST_ORD", text);
    flow_string_release(text);
    return s;
}

static FlowStatus push_word(FlowTask *t, size_t len, char letter)
{
    FlowString *word = NULL;
    char *bytes = malloc(len);
    memset(bytes, letter, len);
    FlowStatus s = flow_string_new(t, bytes, len, &word);
    if (s == FLOW_OK)
        s = flow_list_push(t, &t->fan, &flow_type_string, &word);
    flow_string_release(word);
    free(bytes);
    return s;
}

static FlowStatus push_pair(FlowTask *t, int64_t number)
{
    Pair pair = {number, NULL};
    FlowStatus s = flow_string_new(t, "pair", 4, &pair.right);
    if (s == FLOW_OK)
        s = flow_list_push(t, &t->fan, &pair_type, &pair);
    flow_string_release(pair.right);
    return s;
}

static FlowStatus fan(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    int64_t mode = *(const int64_t *)t->in[0];
    int64_t count = mode == FAN_MANY_INTS ? 100000 : 3;
    t->way = mode == FAN_WORDS || mode == FAN_LONG_WORDS ? 1 : mode == FAN_PAIRS ? 2 : 0;
    if (mode == FAN_RANGE)
        return flow_list_range(t, 5, 1000000, 2, &t->fan);
    for (int64_t i = 0; i < count && s == FLOW_OK && mode != FAN_NOTHING; i++) {
        int64_t number = i * i;
        if (mode == FAN_WORDS)
            s = push_word(t, (size_t)i, 'w');
        else if (mode == FAN_LONG_WORDS)
            s = push_word(t, 50000 + (size_t)i * 50000, (char)('a' + i));
        else if (mode == FAN_PAIRS)
            s = push_pair(t, number);
        else
            s = flow_list_push(t, &t->fan, &flow_type_int, &number);
    }
    return s;
}

static FlowStatus make_text(FlowTask *t, size_t len, char letter, FlowString **out)
{
    char *bytes = malloc(len);
    memset(bytes, letter, len);
    FlowStatus s = flow_string_new(t, bytes, len, out);
    free(bytes);
    return s;
}

static FlowStatus big(FlowTask *t)
{
    int64_t size = *(const int64_t *)t->in[0];
    FlowStatus s = make_text(t, (size_t)size, 'b', t->out[0]);
    for (int64_t i = 0; i < size && s == FLOW_OK; i++)
        s = flow_list_push(t, t->out[1], &flow_type_int, &i);
    return s;
}

static FlowStatus heavy(FlowTask *t)
{
    FlowStatus s = FLOW_OK;
    for (int k = 0; k < 5 && s == FLOW_OK; k++)
        s = make_text(t, 60000 + (size_t)k, 'h', t->out[k]);
    return s;
}

/* The sum of all numbers that come in; the texts, one after another. */
static FlowStatus gather(FlowTask *t)
{
    const FlowList *inputs = *(FlowList *const *)t->in[0];
    const LocalRecord *input = t->in[1];
    const LocalMaybe *maybe = t->in[2];
    const FlowList *numbers = *(FlowList *const *)t->in[3];
    int64_t *total = t->out[0];
    FlowText text = {0};
    FlowStatus s = FLOW_OK;
    *total = input->square + (maybe->some ? maybe->value : 1000000);
    for (int64_t i = 0; i < flow_list_len(numbers); i++)
        *total += flow_list_peek_int(numbers, (size_t)i);
    for (int64_t i = 0; i < flow_list_len(inputs) && s == FLOW_OK; i++) {
        const LocalRecord *r = flow_list_peek(inputs, (size_t)i);
        *total += r->square;
        s = flow_text_bytes(t, &text, flow_string_bytes(r->text), flow_string_len_bytes(r->text));
    }
    if (s == FLOW_OK)
        s = flow_text_bytes(t, &text, flow_string_bytes(input->text),
                            flow_string_len_bytes(input->text));
    if (s == FLOW_OK)
        s = flow_text_take(t, &text, t->out[1]);
    flow_text_free(&text);
    return s;
}

/* Prints behind the runtime's back, as foreign code does. */
static FlowStatus alone(FlowTask *t)
{
    printf("buffered %d", (int)t->ord);
    return FLOW_OK;
}

static const FlowSlot work_slots[] = {
    {FLOW_SLOT_VALUE, &flow_type_int, (const FlowRead[]){{A_MODE, 0, NULL, 0}}, 1, NULL, 0, 0},
    {FLOW_SLOT_VALUE, &flow_type_int, (const FlowRead[]){{A_VICTIM, 0, NULL, 0}}, 1, NULL, 0, 0},
    {FLOW_SLOT_VALUE, &flow_type_int, (const FlowRead[]){{A_I, 1, NULL, 0}}, 1, NULL, 0, 0},
};
static const FlowRead record_reads[] = {{A_SQUARE, 0, NULL, 0}, {A_TEXT, 0, NULL, 0}};
static const FlowSlot gather_slots[] = {
    {FLOW_SLOT_INPUTS, &record_list, record_reads, 2, NULL, 0, 0},
    {FLOW_SLOT_INPUT, &local_record, record_reads, 2, NULL, 0, 0},
    {FLOW_SLOT_VALUE, &local_maybe, (const FlowRead[]){{A_MAYBE, 0, NULL, 0}}, 1, NULL, 0, 0},
    {FLOW_SLOT_VALUE, &flow_type_int_list, (const FlowRead[]){{A_NUMBERS, 0, NULL, 0}}, 1, NULL, 0,
     0},
};

static const uint16_t gather_step[] = {STEP_GATHER}, work_step[] = {STEP_WORK}, none[] = {0};
static const FlowEdge next_1 = {FLOW_EDGE_NEXT, gather_step, 1, none, 0, 1, false, 1};
static const FlowEdge next_2 = {FLOW_EDGE_NEXT, gather_step, 1, none, 0, 2, false, 1};
static const FlowEdge next_5 = {FLOW_EDGE_NEXT, gather_step, 1, none, 0, 5, false, 1};
static const FlowEdge next_0 = {FLOW_EDGE_NEXT, gather_step, 1, none, 0, 0, false, 1};
static const FlowEdge end_2 = {FLOW_EDGE_END, NULL, 0, NULL, 0, 2, false, 1};
static const FlowEdge fan_edges[] = {
    {FLOW_EDGE_FOREACH, work_step, 1, none, 1, 0, false, 1},
    {FLOW_EDGE_FOREACH, work_step, 1, none, 2, 0, false, 1},
    {FLOW_EDGE_FOREACH, work_step, 1, none, 3, 0, false, 1},
};
static const uint16_t work_keeps[] = {A_SQUARE}, big_keeps[] = {A_TEXT, A_NUMBERS};
static const uint16_t gather_keeps[] = {A_TOTAL, A_TEXT};
static const uint16_t heavy_keeps[] = {A_HEAVY, A_HEAVY + 1, A_HEAVY + 2, A_HEAVY + 3, A_HEAVY + 4};

static const FlowStep steps[STEP_COUNT] = {
    {.name = "work",
     .slots = work_slots,
     .slot_count = 3,
     .keeps = work_keeps,
     .keep_count = 1,
     .edges = &next_1,
     .edge_count = 1,
     .domain = 1,
     .environment = set_environment,
     .body = work,
     .file = "test.flow",
     .line = 40},
    {.name = "fan",
     .slots = work_slots,
     .slot_count = 1,
     .edges = fan_edges,
     .edge_count = 3,
     .body = fan,
     .file = "test.flow",
     .line = 50},
    {.name = "big",
     .slots = work_slots,
     .slot_count = 1,
     .keeps = big_keeps,
     .keep_count = 2,
     .edges = &next_2,
     .edge_count = 1,
     .body = big,
     .file = "test.flow",
     .line = 60},
    {.name = "gather",
     .slots = gather_slots,
     .slot_count = 4,
     .keeps = gather_keeps,
     .keep_count = 2,
     .edges = &end_2,
     .edge_count = 1,
     .body = gather,
     .file = "test.flow",
     .line = 70},
    {.name = "heavy",
     .keeps = heavy_keeps,
     .keep_count = 5,
     .edges = &next_5,
     .edge_count = 1,
     .body = heavy,
     .file = "test.flow",
     .line = 80},
    {.name = "alone",
     .flags = FLOW_STEP_ALONE,
     .edges = &next_0,
     .edge_count = 1,
     .body = alone,
     .file = "test.flow",
     .line = 90},
};
static const uint16_t items_1[] = {A_I}, items_2[] = {A_WORD}, items_3[] = {A_LEFT, A_RIGHT};
static const FlowDomain domains[] = {
    {0, STEP_FAN, STEP_GATHER, NULL, 0},
    {0, STEP_WORK, STEP_GATHER, items_1, 1},
    {0, STEP_WORK, STEP_GATHER, items_2, 1},
    {0, STEP_WORK, STEP_GATHER, items_3, 2},
};
const FlowProgram local_program = {
    .abi = FLOW_ABI,
    .name = "Test",
    .doc = "",
    .file = "test.flow",
    .artifacts = artifacts,
    .artifact_count = A_COUNT,
    .domains = domains,
    .domain_count = 4,
    .steps = steps,
    .step_count = STEP_COUNT,
    .start = STEP_FAN,
    .end = STEP_GATHER,
};

/* ---- events --------------------------------------------------------------- */

static void on_started(void *ctx, uint32_t pid)
{
    Noted *n = ctx;
    n->started++;
    n->pid = pid;
    if (n->bench->is_cancelled_when_started)
        n->bench->backend->ops->cancel(n->bench->backend);
}

static void on_row_done(void *ctx, const RowDone *row)
{
    Noted *n = ctx;
    n->done++;
    n->next = row->frame->ord + 1;
    n->last = *row->frame;
    if (row->frame->cell_count > 0)
        n->sum += row->cells[0].fixed;
    if (n->on_row)
        n->on_row(n, row);
}

static void on_row_failed(void *ctx, const RowFail *row)
{
    Noted *n = ctx;
    assert_true(n->fail_count < FAILS_MAX);
    NotedFail *f = &n->fails[n->fail_count++];
    *f = (NotedFail){.ord = row->ord,
                     .why = row->why,
                     .line = row->line,
                     .pid = row->pid,
                     .log = row->log,
                     .duration = row->duration};
    snprintf(f->message, sizeof f->message, "%.*s", (int)row->message.len,
             (const char *)row->message.bytes);
    snprintf(f->trace, sizeof f->trace, "%.*s", (int)row->trace.len,
             (const char *)row->trace.bytes);
}

static void on_ended(void *ctx, const char *error)
{
    Noted *n = ctx;
    n->ended++;
    n->bench->open--;
    snprintf(n->error, sizeof n->error, "%s", error);
}

static void on_line(void *ctx, uint64_t ord, uint32_t pid, bool is_stderr, Bytes text)
{
    Noted *n = ctx;
    Buffer *b = is_stderr ? &n->err : &n->out;
    assert_int_equal(pid, n->pid);
    assert_int_equal(buffer_printf(b, "%d ", (int)ord), FLOW_OK);
    assert_int_equal(buffer_append(b, text.bytes, text.len), FLOW_OK);
    assert_int_equal(buffer_append_byte(b, '\n'), FLOW_OK);
}

static void on_broken(void *owner, const char *why)
{
    Bench *b = owner;
    b->broken++;
    snprintf(b->why_broken, sizeof b->why_broken, "%s", why);
}

static const BackendEvents events = {on_started, on_row_done, on_row_failed,
                                     on_ended,   on_line,     on_broken};

/* ---- the bench ------------------------------------------------------------ */

void bench_start(Bench *b, uint32_t slots)
{
    FlowError err = {0};
    *b = (Bench){.dir = "local-test-XXXXXX"};
    assert_non_null(mkdtemp(b->dir));
    snprintf(go_path, sizeof go_path, "%s/go", b->dir);
    snprintf(b->logs, sizeof b->logs, "%s/logs", b->dir);
    snprintf(b->blobs, sizeof b->blobs, "%s/blobs", b->dir);
    assert_int_equal(mkdir(b->logs, 0700), 0);
    assert_int_equal(mkdir(b->blobs, 0700), 0);
    assert_int_equal(fork_server_start(&local_program, slots, &b->server, &err), FLOW_OK);
    assert_int_equal(uv_loop_init(&b->loop), 0);
    FlowStatus s =
        local_backend_new(b->server, &b->loop, b->logs, b->blobs, &events, b, &b->backend, &err);
    if (s != FLOW_OK)
        fail_msg("%s", err.message);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void bench_remove(const char *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void bench_stop(Bench *b)
{
    b->backend->ops->close(b->backend);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&b->loop), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    bench_remove(b->dir);
}

void bench_let_go(void)
{
    FILE *f = fopen(go_path, "w");
    assert_non_null(f);
    fclose(f);
}

void bench_wait(Bench *b)
{
    while (b->open > 0)
        uv_run(&b->loop, UV_RUN_ONCE);
}

void noted_free(Noted *n)
{
    buffer_free(&n->out);
    buffer_free(&n->err);
}

uint64_t bench_gpus;

static void submit(Bench *b, Noted *noted, ChunkSpec *spec)
{
    FlowError err = {0};
    noted->bench = b;
    spec->ctx = noted;
    spec->attempt = 1;
    spec->seed = 17;
    spec->gpus = bench_gpus;
    if (b->backend->ops->submit(b->backend, spec, &err) != FLOW_OK)
        fail_msg("%s", err.message);
    b->open++;
}

void submit_block(Bench *b, Noted *noted, uint32_t step, uint64_t n, BlockMaker *maker)
{
    size_t len;
    uint8_t *block = maker_finish(maker, n, &len);
    submit(b, noted, &(ChunkSpec){.step = step, .n = n, .block = {block, len}});
    memset(block, 0, len); /* it was copied */
    free(block);
}

void submit_work(Bench *b, Noted *noted, int mode, uint64_t victim, uint64_t lo, uint64_t n,
                 int64_t timeout, int64_t memory)
{
    BlockMaker m = {0};
    size_t len;
    uint32_t i = maker_range(&m, n, (int64_t)lo, 1);
    maker_field(&m);
    maker_piece(&m, i, 0, n, 1);
    m.level_count = 1;
    maker_value_slot(&m, maker_fixed(&m, (int64_t[]){mode}, 1), n, 0);
    maker_value_slot(&m, maker_fixed(&m, (int64_t[]){(int64_t)victim}, 1), n, 0);
    maker_value_slot(&m, i, n, 1);
    uint8_t *block = maker_finish(&m, n, &len);
    submit(b, noted,
           &(ChunkSpec){.step = STEP_WORK,
                        .lo = lo,
                        .n = n,
                        .timeout = timeout,
                        .memory = memory,
                        .block = {block, len}});
    free(block);
}

void run_work(Bench *b, Noted *noted, int mode, uint64_t victim, uint64_t lo, uint64_t n)
{
    submit_work(b, noted, mode, victim, lo, n, 0, 0);
    bench_wait(b);
}
