/* SPDX-License-Identifier: Apache-2.0 */
/* test.c - the main function of the program that `flowc test` makes.
 *
 * Each test is a process of its own, so that one that crashes takes no other along.  The child
 * says itself why it failed; the line that it was at stands in memory that both share, for the
 * case that it cannot.  A test asks for no cores, and runs alone, so it may use all there are. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <flow/lib.h>
#include <flow/program.h>

/* What the child is at, for us when it is gone. */
typedef struct Place {
    uint32_t line;    /* with its file, as in FlowTask */
    uint32_t foreign; /* the C function that runs, likewise */
} Place;

enum { CODE_PASSED = 0, CODE_FAILED = 1, CODE_USAGE = 2 };

/* What went wrong, indented below the name, then the way that led there. */
static void show_failure(const FlowTest *test, const FlowTask *t)
{
    printf("FAILED  %s\n    ", test->name);
    for (const char *at = t->message; *at; at++)
        printf(*at == '\n' ? "\n    " : "%c", *at);
    putchar('\n');
    for (uint32_t i = 0; i < t->trace_count; i++)
        printf("      at %s (%s:%u)\n", t->trace[i].function, t->trace[i].file, t->trace[i].line);
}

/* Those that this process may run on; at least one. */
static uint32_t cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (uint32_t)count : 1;
}

_Noreturn static void run_here(const FlowTest *test, volatile Place *place)
{
    static FlowTask task; /* too big for a stack */
    task.line = &place->line;
    task.foreign = &place->foreign;
    task.attempt = 1;
    task.cpus = cores();
    flow_random_seed(&task.random, 0, test->name, NULL, 0, 0);
    FlowStatus s = test->body(&task);
    if (s == FLOW_OK)
        printf("passed  %s\n", test->name);
    else
        show_failure(test, &task);
    bool is_written = fflush(stdout) == 0;
    _exit(s == FLOW_OK && is_written ? CODE_PASSED : CODE_FAILED);
}

/* A test that has not come to anything yet is at its own line. */
static const char *file_of(const FlowProgram *program, const FlowTest *test, uint32_t noted)
{
    uint32_t other = FLOW_NOTED_FILE(noted);
    if (noted == test->line)
        return test->file;
    if (other == 0)
        return program->file;
    return other <= program->file_count ? program->files[other - 1] : "?";
}

static void show_crash(const FlowProgram *program, const FlowTest *test,
                       const volatile Place *place, int status)
{
    uint32_t noted = place->line, foreign = place->foreign;
    printf("FAILED  %s\n", test->name);
    if (WIFSIGNALED(status))
        printf("    it was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        printf("    it ended the process, with exit code %d,", WEXITSTATUS(status));
    if (foreign > 0 && foreign <= program->extern_count)
        printf(" in the C function `%s`, called", program->externs[foreign - 1]);
    printf(" near line %u of %s\n", FLOW_NOTED_LINE(noted), file_of(program, test, noted));
}

static bool run_test(const FlowProgram *program, const FlowTest *test, volatile Place *place)
{
    int status = 0;
    place->line = test->line;
    place->foreign = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        run_here(test, place);
    if (pid < 0) {
        printf("FAILED  %s\n    cannot start a process: %s\n", test->name, strerror(errno));
        return false;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool is_over = WIFEXITED(status) &&
                   (WEXITSTATUS(status) == CODE_PASSED || WEXITSTATUS(status) == CODE_FAILED);
    if (!is_over)
        show_crash(program, test, place, status);
    return WIFEXITED(status) && WEXITSTATUS(status) == CODE_PASSED;
}

int flow_test_main(const FlowProgram *program, const FlowTest *tests, size_t count, int argc,
                   char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : "";
    size_t passed = 0, failed = 0;
    void *shared = mmap(NULL, sizeof(Place), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);
    if (shared == MAP_FAILED) {
        fprintf(stderr, "flowc: cannot map memory: %s\n", strerror(errno));
        return CODE_FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        if (!strstr(tests[i].name, wanted))
            continue;
        if (run_test(program, &tests[i], shared))
            passed++;
        else
            failed++;
    }
    munmap(shared, sizeof(Place));
    if (passed + failed == 0) {
        fprintf(stderr, "flowc: no test has `%s` in its name\n", wanted);
        return CODE_USAGE;
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return fflush(stdout) == 0 && failed == 0 ? CODE_PASSED : CODE_FAILED;
}
