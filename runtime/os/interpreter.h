/* SPDX-License-Identifier: Apache-2.0 */
/* interpreter.h - the programs that run scripts, and whether they are here. */
#ifndef OS_INTERPRETER_H
#define OS_INTERPRETER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct OsInterpreter {
    const char *language; /* as Flow names it: "python" */
    const char *program;  /* what is looked for in PATH */
    const char *package;  /* of Debian, which has it */
    uint32_t flag;        /* FLOW_STEP_PYTHON, … */
} OsInterpreter;

/* Those that there are; the one after the last has no language. */
extern const OsInterpreter os_interpreters[];

/* Whether a folder of PATH has such a program. */
bool os_is_installed(const char *program);

#endif
