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

_Noreturn static void run_here(const FlowTest *test, volatile uint32_t *line)
{
    static FlowTask task; /* too big for a stack */
    task.line = line;
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

static void show_crash(const FlowTest *test, uint32_t line, int status)
{
    printf("FAILED  %s\n", test->name);
    if (WIFSIGNALED(status))
        printf("    it was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        printf("    it ended the process, with exit code %d,", WEXITSTATUS(status));
    printf(" near line %u of %s\n", line, test->file);
}

static bool run_test(const FlowTest *test, volatile uint32_t *line)
{
    int status = 0;
    *line = test->line;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        run_here(test, line);
    if (pid < 0) {
        printf("FAILED  %s\n    cannot start a process: %s\n", test->name, strerror(errno));
        return false;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool is_over = WIFEXITED(status) &&
                   (WEXITSTATUS(status) == CODE_PASSED || WEXITSTATUS(status) == CODE_FAILED);
    if (!is_over)
        show_crash(test, FLOW_NOTED_LINE(*line), status);
    return WIFEXITED(status) && WEXITSTATUS(status) == CODE_PASSED;
}

int flow_test_main(const FlowTest *tests, size_t count, int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : "";
    size_t passed = 0, failed = 0;
    void *shared = mmap(NULL, sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                        -1, 0);
    if (shared == MAP_FAILED) {
        fprintf(stderr, "flowc: cannot map memory: %s\n", strerror(errno));
        return CODE_FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        if (!strstr(tests[i].name, wanted))
            continue;
        if (run_test(&tests[i], shared))
            passed++;
        else
            failed++;
    }
    munmap(shared, sizeof(uint32_t));
    if (passed + failed == 0) {
        fprintf(stderr, "flowc: no test has `%s` in its name\n", wanted);
        return CODE_USAGE;
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return fflush(stdout) == 0 && failed == 0 ? CODE_PASSED : CODE_FAILED;
}
