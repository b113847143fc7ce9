/* SPDX-License-Identifier: Apache-2.0 */
/* compile.h - the whole pipeline, from a file to C text.
 *
 * Each pass takes what the one before made, adds to one list of diagnostics, and never prints or
 * exits.  A Compilation owns everything that its passes make. */
#ifndef COMPILE_H
#define COMPILE_H

#include <stdio.h>

#include "base/arena.h"
#include "emit/emit.h"
#include "sema/model.h"
#include "source/diag.h"
#include "syntax/ast.h"

typedef enum CompileGoal {
    COMPILE_TREE,  /* the syntax tree */
    COMPILE_TYPES, /* everything checked: what `flowc check` wants */
    COMPILE_IR,    /* the flow's functions as explicit steps */
    COMPILE_TESTS  /* those of the tests instead, also of a library */
} CompileGoal;

typedef struct Compilation {
    Arena arena;
    SourceSet sources;
    DiagList diags;
    AstFile *file;
    Model *model;       /* from COMPILE_TYPES on */
    CompileGoal goal;
    IrProgram *program; /* from COMPILE_IR on, NULL where there are errors */
    size_t cut;         /* errors that are not shown */
} Compilation;

/* Goes as far as `goal` says.  False with *error set where the file cannot be read; what is wrong
 * *in* it is in `diags`, in order.  compile_free is due either way. */
bool compile(Compilation *c, Str path, CompileGoal goal, Str *error);

/* The C text, after COMPILE_IR or COMPILE_TESTS without errors; `c_file` is its name, for #line
 * directives. */
Str compile_c(Compilation *c, Str c_file);
/* The user's C files that the program needs, after the same. */
ForeignFiles compile_foreign(Compilation *c);
void compile_free(Compilation *c);

#endif
