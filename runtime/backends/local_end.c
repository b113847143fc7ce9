/* SPDX-License-Identifier: Apache-2.0 */
/* local_end.c - what became of a worker that ended before its chunk did, in words. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <flow/value.h>

#include "backends/local_slot.h"

/* The value as Flow writes it: "2s", "4GB". */
static void quantity(const FlowType *type, int64_t value, char *text, size_t size)
{
    FlowText words = {0};
    text[0] = '\0';
    if (flow_text_value(NULL, &words, type, &value) == FLOW_OK)
        snprintf(text, size, "%.*s", (int)words.len, words.bytes);
    flow_text_free(&words);
}

/* " at FILE:LINE", with what was called there of the user's C, or "" when the line is not known.
 * The page is only as true as the task has left it. */
static void place(const LocalSlot *slot, const FlowProgram *program, char *text, size_t size)
{
    const FlowStep *step = &program->steps[slot->spec.step];
    const char *file = step->file ? step->file : program->file;
    uint32_t noted = slot->page->line, foreign = slot->page->foreign;
    uint32_t line = FLOW_NOTED_LINE(noted), other = FLOW_NOTED_FILE(noted);
    if (other > 0)
        file = other <= program->file_count ? program->files[other - 1] : "?";
    text[0] = '\0';
    if (line > 0 && foreign > 0 && foreign <= program->extern_count)
        snprintf(text, size, " in the C function `%s`, called at %s:%u",
                 program->externs[foreign - 1], file, line);
    else if (line > 0)
        snprintf(text, size, " at %s:%u", file, line);
}

static void signal_words(int number, char *text, size_t size)
{
    const char *name = sigabbrev_np(number);
    const char *what = sigdescr_np(number);
    if (!name || !what)
        snprintf(text, size, "signal %d", number);
    else
        snprintf(text, size, "SIG%s (%c%s)", name, tolower((unsigned char)what[0]), what + 1);
}

static Why killed_from_outside(const LocalSlot *slot, const Answer *ended, const char *where,
                               char *text, size_t size)
{
    int64_t bound = slot->spec.memory;
    bool is_full = bound > 0 && ended->max_resident >= bound - bound / 10;
    if (ended->killed_for == KILLED_FOR_BOUND || is_full) {
        char memory[64];
        quantity(&flow_type_size, bound, memory, sizeof memory);
        snprintf(text, size,
                 "the task was killed%s as it used up its memory of %s (@resources)", where,
                 memory);
        return WHY_MEMORY;
    }
    if (ended->killed_for == KILLED_FOR_MACHINE) {
        snprintf(text, size,
                 "the system killed the task%s as the machine ran out of memory: let fewer run "
                 "side by side, by @resources(memory=) or --max-workers",
                 where);
        return WHY_MEMORY;
    }
    snprintf(text, size, "the task was killed by SIGKILL%s, from outside", where);
    return WHY_CRASHED;
}

Why end_words(const LocalSlot *slot, const FlowProgram *program, const Answer *ended, char *text,
              size_t size)
{
    char where[300], what[120];
    place(slot, program, where, sizeof where);
    if (slot->is_doomed) {
        quantity(&flow_type_duration, slot->spec.timeout, what, sizeof what);
        snprintf(text, size, "still running after %s (@timeout)%s", what, where);
        return WHY_TIMEOUT;
    }
    if (slot->is_damaged) {
        snprintf(text, size, "the task overwrote the memory by which it hands over its results%s",
                 where);
        return WHY_CRASHED;
    }
    if (WIFEXITED(ended->code)) {
        snprintf(text, size, "the task's process exited with %d%s instead of finishing the step",
                 WEXITSTATUS(ended->code), where);
        return WHY_CRASHED;
    }
    if (WTERMSIG(ended->code) == SIGKILL)
        return killed_from_outside(slot, ended, where, text, size);
    signal_words(WTERMSIG(ended->code), what, sizeof what);
    snprintf(text, size, "the task was killed by %s%s", what, where);
    return WHY_CRASHED;
}
