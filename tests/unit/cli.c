/* SPDX-License-Identifier: Apache-2.0 */
/* cli.c - reading the command line, and the parts of the command line that need no store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/console.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/suggest.h"

/* ---- a flow with three parameters --------------------------------------- */

static FlowStatus no_default(FlowTask *t, void *out)
{
    (void)t, (void)out;
    return FLOW_OK;
}

static const FlowArtifact artifacts[] = {
    {"graphs", &flow_type_int, FLOW_ARTIFACT_PARAM},
    {"max_depth", &flow_type_int, FLOW_ARTIFACT_PARAM},
    {"fast", &flow_type_bool, FLOW_ARTIFACT_PARAM},
};
static const FlowParam params[] = {
    {0, "how many", no_default},
    {1, "", NULL},
    {2, "", no_default},
};
static const FlowProgram program = {
    .abi = FLOW_ABI,
    .name = "Cliques",
    .doc = "",
    .artifacts = artifacts,
    .artifact_count = 3,
    .params = params,
    .param_count = 3,
};

typedef struct Line {
    Options options;
    FlowError err;
    FlowStatus status;
} Line;

/* Words apart by one blank. */
static Line read_line(const char *words)
{
    static char room[512], name[] = "./cliques";
    char *argv[32] = {name};
    int argc = 1;
    strcpy(room, words);
    for (char *word = strtok(room, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    Line line = {.status = FLOW_OK};
    line.status = options_read(&program, argc, argv, &line.options, &line.err);
    return line;
}

static void refuses(const char *words, const char *message)
{
    Line line = read_line(words);
    assert_int_equal(line.status, FLOW_EUSAGE);
    assert_string_equal(line.err.message, message);
    options_free(&line.options);
}

static void takes(const char *words, int param, const char *text)
{
    Line line = read_line(words);
    assert_int_equal(line.status, FLOW_OK);
    assert_string_equal(line.options.param[param], text);
    options_free(&line.options);
}

/* ---- tests -------------------------------------------------------------- */

static void test_defaults(void **state)
{
    (void)state;
    Line line = read_line("run");
    assert_int_equal(line.status, FLOW_OK);
    assert_int_equal(line.options.command, COMMAND_RUN);
    assert_int_equal(line.options.number[OPTION_MAX_WORKERS], 16);
    assert_int_equal(line.options.number[OPTION_MAX_NUM_SPLITS], 100);
    assert_int_equal(line.options.number[OPTION_CHUNK], 0);
    assert_string_equal(line.options.text[OPTION_STORE], ".flow");
    assert_null(line.options.param[0]);
    assert_false(line.options.is_quiet);
    options_free(&line.options);
}

static void test_params(void **state)
{
    (void)state;
    takes("run --graphs 7", 0, "7");
    takes("run --graphs=7", 0, "7");
    takes("run --graphs -7", 0, "-7");
    takes("run --graphs=--7", 0, "--7");
    takes("run --max-depth 3", 1, "3");
    takes("run --max_depth 3", 1, "3");
    takes("run --fast", 2, "true");
    takes("run --fast --graphs 1", 2, "true");
    takes("run --fast false", 2, "false");
    takes("run --fast=false", 2, "false");
    takes("run --no-fast", 2, "false");
    takes("run --no_fast", 2, "false");
    takes("run --quiet --no-fast", 2, "false");
}

static void test_options(void **state)
{
    (void)state;
    Line line = read_line("resume fit --origin-run-id 3 --max_workers=2 --quiet --store /tmp/x");
    assert_int_equal(line.status, FLOW_OK);
    assert_int_equal(line.options.command, COMMAND_RESUME);
    assert_string_equal(line.options.word, "fit");
    assert_int_equal(line.options.number[OPTION_ORIGIN], 3);
    assert_int_equal(line.options.number[OPTION_MAX_WORKERS], 2);
    assert_string_equal(line.options.text[OPTION_STORE], "/tmp/x");
    assert_true(line.options.is_quiet);
    options_free(&line.options);

    line = read_line("dump 1/work --format json");
    assert_int_equal(line.status, FLOW_OK);
    assert_true(line.options.is_json);
    options_free(&line.options);
}

static void test_usage_errors(void **state)
{
    (void)state;
    refuses("", "no command was given\nhelp: `./cliques run` runs the flow; `./cliques --help` "
                "lists the commands");
    refuses("rum", "there is no command `rum`\nhelp: did you mean `./cliques run`?");
    refuses("fly", "there is no command `fly`\nhelp: `./cliques --help` lists those that there "
                   "are");
    refuses("--quiet run", "`--quiet` stands before the command\nhelp: write the command first: "
                           "`./cliques run --quiet`");
    refuses("run --grphs 3", "`run` takes no option `--grphs`\nhelp: did you mean `--graphs`?");
    refuses("run --max-dept 3", "`run` takes no option `--max-dept`\nhelp: did you mean "
                                "`--max-depth`?");
    refuses("run --xyzzy", "`run` takes no option `--xyzzy`\nhelp: `./cliques run --help` lists "
                           "what it takes");
    refuses("run -q", "`run` takes no option `-q`\nhelp: did you mean `--quiet`?");
    refuses("run --max-workers 0", "`--max-workers` is `0`, but takes a whole number of at least "
                                   "1, such as 16");
    refuses("run --max-workers 1x", "`--max-workers` is `1x`, but takes a whole number of at "
                                    "least 1, such as 16");
    refuses("run --chunk 99999999999999999999", "`--chunk` is `99999999999999999999`, but takes "
                                                "at most 9223372036854775807");
    refuses("run --seed -1", "`--seed` is `-1`, but takes a whole number of at least 0, such "
                             "as 1");
    refuses("run --graphs", "`--graphs` needs a value: a whole number, such as 42, 1_000 or "
                             "0xff");
    refuses("run --chunk", "`--chunk` needs a value\nhelp: `./cliques run --help` says which");
    refuses("run --graphs --quiet", "`--graphs` needs a value\nhelp: if `--quiet` is it, write "
                                    "`--graphs=--quiet`");
    refuses("run --quiet=yes", "`--quiet` takes no value");
    refuses("run now", "`run` takes options only, so `now` is too much\nhelp: `./cliques run "
                       "--help` says what it takes");
    refuses("logs", "`logs` needs RUN[/STEP[/INDEX]]\nhelp: as in `./cliques logs 1`");
    refuses("dump 1 --format xml", "`--format` is `xml`, but takes `human` or `json`");
    refuses("resume --graphs 3", "`--graphs` is a parameter of the flow, and a resumed run keeps "
                                 "those of its origin\nhelp: `./cliques run --graphs …` starts a "
                                 "run with another");
    refuses("show --graphs 3", "`show` takes no option `--graphs`\nhelp: `./cliques show --help` "
                               "lists what it takes");
}

static void test_environment(void **state)
{
    (void)state;
    setenv("FLOW_MAX_WORKERS", "3", 1);
    setenv("FLOW_STORE", "/tmp/elsewhere", 1);
    Line line = read_line("run");
    assert_int_equal(line.options.number[OPTION_MAX_WORKERS], 3);
    assert_string_equal(line.options.text[OPTION_STORE], "/tmp/elsewhere");
    options_free(&line.options);
    line = read_line("run --max-workers 5");
    assert_int_equal(line.options.number[OPTION_MAX_WORKERS], 5);
    options_free(&line.options);

    setenv("FLOW_MAX_WORKERS", "none", 1);
    refuses("run", "FLOW_MAX_WORKERS is `none`, but takes a whole number of at least 1, "
                   "such as 16");
    unsetenv("FLOW_MAX_WORKERS");
    unsetenv("FLOW_STORE");
}

static void test_suggest(void **state)
{
    (void)state;
    Suggest s;
    suggest_init(&s, "max_wrokers", 11);
    suggest_offer(&s, "max-num-splits");
    suggest_offer(&s, "max-workers");
    assert_string_equal(s.best, "max-workers");
    suggest_init(&s, "x", 1);
    suggest_offer(&s, "y");
    assert_null(s.best);
}

static void assert_duration(int64_t ns, const char *text)
{
    char out[32];
    console_duration(ns, out);
    assert_string_equal(out, text);
}

static void test_durations(void **state)
{
    (void)state;
    assert_duration(0, "<1 ms");
    assert_duration(12400000, "12 ms");
    assert_duration(999600000, "1.0 s");
    assert_duration(2340000000, "2.3 s");
    assert_duration(59990000000, "1 min 0 s");
    assert_duration(250000000000, "4 min 10 s");
    assert_duration(11100000000000, "3 h 5 min");
}

/* ---- progress: start -> foreach work (one way back) -> join -> end -------- */

static const uint16_t to_work[] = {1}, to_join[] = {2}, to_end[] = {3};
static const FlowEdge start_edges[] = {{FLOW_EDGE_FOREACH, to_work, 1, NULL, 1}};
static const FlowEdge work_edges[] = {{FLOW_EDGE_NEXT, to_join, 1},
                                      {FLOW_EDGE_NEXT, to_work, 1, .is_back = true}};
static const FlowEdge join_edges[] = {{FLOW_EDGE_NEXT, to_end, 1}};
static const FlowEdge end_edges[] = {{FLOW_EDGE_END}};
static const FlowStep steps[] = {
    {.name = "start", .edges = start_edges, .edge_count = 1},
    {.name = "work", .domain = 1, .rank = 1, .edges = work_edges, .edge_count = 2},
    {.name = "gather",
     .kind = FLOW_STEP_JOIN_FOREACH,
     .rank = 2,
     .edges = join_edges,
     .edge_count = 1,
     .closes = 1},
    {.name = "end", .rank = 3, .edges = end_edges, .edge_count = 1},
};
static const FlowDomain domains[] = {{0}, {.parent = 0, .entry = 1, .join = 2}};
static const FlowProgram loop = {
    .abi = FLOW_ABI,
    .name = "Loop",
    .domains = domains,
    .domain_count = 2,
    .steps = steps,
    .step_count = 4,
    .start = 0,
    .end = 3,
};

/* A chunk on the heap, which the ledger takes over. */
static Chunk *add_chunk(Ledger *l, uint32_t step, uint32_t round, uint64_t n, const char *ways)
{
    Chunk *chunk = calloc(1, sizeof *chunk), *added = NULL;
    *chunk = (Chunk){.run = 1, .worker = 7, .step = step, .round = round, .n = n};
    if (ways) {
        chunk->way = malloc(n);
        memcpy(chunk->way, ways, n);
    }
    assert_int_equal(ledger_add_chunk(l, chunk, &added), FLOW_OK);
    return added;
}

static void add_segment(Ledger *l, Chunk *parent, uint64_t n)
{
    Segment *segment = calloc(1, sizeof *segment), *added = NULL;
    *segment = (Segment){
        .run = 1, .domain = 1, .n = n, .parent = parent, .offsets = calloc(2, sizeof(uint64_t))};
    segment->offsets[1] = n;
    assert_int_equal(ledger_add_segment(l, segment, &added), FLOW_OK);
}

static void test_progress(void **state)
{
    (void)state;
    Ledger *l = NULL;
    Progress p;
    FlowError err;
    assert_int_equal(ledger_new(&loop, 1, &l, &err), FLOW_OK);
    assert_int_equal(progress_init(&p, &loop), FLOW_OK);
    assert_false(progress_is_over(&p, 0));

    Chunk *start = add_chunk(l, 0, 0, 1, NULL);
    add_segment(l, start, 3);
    progress_count(&p, l, start, 1);
    assert_true(progress_is_over(&p, 0));
    assert_int_equal(p.steps[1].expected, 3);
    assert_int_equal(p.steps[2].expected, 1);

    progress_count(&p, l, add_chunk(l, 1, 0, 3, "\0\1\0"), 1); /* the middle one goes back */
    assert_int_equal(p.steps[1].expected, 4);
    assert_false(progress_is_over(&p, 1));
    assert_false(progress_is_over(&p, 2));

    Chunk *again = add_chunk(l, 1, 1, 1, NULL);
    again->lo = 1;
    progress_count(&p, l, again, 2);
    assert_true(progress_is_over(&p, 1));
    assert_int_equal(p.steps[1].taken, 1);
    assert_int_equal(progress_done(&p), 5);
    again->worker = 0; /* nobody worked on it: copied from an earlier run */
    assert_true(chunk_is_taken(again, 1));
    assert_false(chunk_is_taken(start, 1));
    progress_free(&p);
    ledger_free(l);
}

static void sizes_are_told_in_three_digits(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 bytes"},        {1, "1 byte"},           {999, "999 bytes"},
                 {1000, "1.0 KB"},      {9949, "9.9 KB"},        {9951, "10 KB"},
                 {999499, "999 KB"},    {999500, "1.0 MB"},      {24000000, "24 MB"},
                 {1500000000, "1.5 GB"}, {UINT64_MAX, "18 EB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        console_size(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void lines_are_as_wide_as_a_terminal_shows_them(void **state)
{
    (void)state;
    assert_int_equal(console_fit("ab cd ef", 8, 5), 5);
    assert_int_equal(console_fit("äb cd ef", 9, 5), 6);
    assert_int_equal(console_fit("漢字 cd ef", 12, 5), 6);
    assert_int_equal(console_fit("漢字 cd ef", 12, 7), 9);
    assert_int_equal(console_fit("🎉 cd ef", 10, 5), 7);
    assert_int_equal(console_fit("a\xcc\x88 cd ef", 9, 4), 6);
    assert_int_equal(console_fit("\xff\xff cd", 5, 3), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_told_in_three_digits),
        cmocka_unit_test(lines_are_as_wide_as_a_terminal_shows_them),
        cmocka_unit_test(test_defaults),    cmocka_unit_test(test_params),
        cmocka_unit_test(test_options),     cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_environment), cmocka_unit_test(test_suggest),
        cmocka_unit_test(test_durations),   cmocka_unit_test(test_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
