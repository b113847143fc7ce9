/* SPDX-License-Identifier: Apache-2.0 */
/* toolchain.h - the C compiler, and what flowc was installed with.
 *
 * Everything is found from where flowc itself lies: PREFIX/bin/flowc, PREFIX/include,
 * PREFIX/lib/libflowrt.a and PREFIX/lib/flow/{cc,cflags,link}.txt, one argument a line. */
#ifndef TOOLCHAIN_H
#define TOOLCHAIN_H

#include "base/str.h"
#include "base/vec.h"

typedef VEC(const char *) ArgVec;

typedef struct Toolchain {
    Arena *arena;
    const char *prefix;
    const char *library; /* libflowrt.a */
    ArgVec cc;           /* the compiler, and arguments that $CC brings */
    const char *cc_path; /* where it lies */
    ArgVec cflags, link;
} Toolchain;

/* False with *error set where something is missing. */
bool toolchain_find(Toolchain *t, Arena *a, Str *error);

/* What a C file becomes a program with. */
ArgVec toolchain_command(const Toolchain *t, const char *c_file, const ArgVec *objects,
                         const char *out, bool is_debug);
/* What the user's C becomes an object with; `header` is read before it. */
ArgVec toolchain_object_command(const Toolchain *t, const char *c_file, const char *header,
                                const char *out, bool is_debug);

/* What the result depends on besides the C text: the command, the compiler, headers, runtime. */
Str toolchain_fingerprint(const Toolchain *t, bool is_debug);

typedef struct ToolFailure {
    Str words;       /* "`cc` failed with exit code 1" */
    bool is_outside; /* it did not run, or was killed: what it was given is not at fault */
    bool is_disk;    /* it says that it could not write, or that the disk is full */
} ToolFailure;

/* Runs a command and waits.  False with *out set where it could not run or failed. */
bool toolchain_run(Arena *a, const ArgVec *command, ToolFailure *out);

#endif
