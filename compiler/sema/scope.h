/* SPDX-License-Identifier: Apache-2.0 */
/* scope.h - the top-level names of a file, and where its imports lead. */
#ifndef SEMA_SCOPE_H
#define SEMA_SCOPE_H

#include "sema/model.h"

typedef struct FileScope {
    AstFile *file;
    Str path;
    Str module;     /* of the library: its name; its built-in functions belong to it too */
    Map types;      /* name -> Decl *: structs, enums, steps, joins */
    Map values;     /* name -> Decl *: functions, constants, parameters, imports, pools */
    Map cases;      /* name -> Decl *: the first enum with a case of that name */
    Map imports;    /* DECL_IMPORT -> FileScope *; NULL for a built-in module */
    bool has_refused; /* a message about what belongs to a flow was given */
    bool is_loading; /* its imports are being read: to come here again is a cycle */
} FileScope;

/* module.c: reads all files that `file` needs, the prelude before them, and declares the names of
 * each.  Files that cannot be read were reported; their imports have no entry. */
FileScope *module_load(Model *m, AstFile *file);

/* The scope of the file that a place is in. */
FileScope *scope_of(const Model *m, Span span);

/* Whether the name is one of the language's own types. */
bool is_builtin_type(Str name);

/* Whether `import NAME` finds a module of the library, built in or written in Flow. */
bool module_is_of_library(const Model *m, Str name);

/* The built-in module that an import names. */
Str import_module(const Decl *import);

/* body.c: fills in the step's keeps and edges from its body, as written. */
void body_read(Model *m, StepModel *step);

/* What a declaration is, for messages: "the function", "the step". */
const char *decl_noun(const Decl *d);

#endif
