/* SPDX-License-Identifier: Apache-2.0 */
/* library.h - the part of the library that is written in Flow, as the compiler holds it: every
 * file of stdlib/ is built into flowc, so that it works wherever flowc lies. */
#ifndef SOURCE_LIBRARY_H
#define SOURCE_LIBRARY_H

#include "base/str.h"

typedef struct LibraryFile {
    const char *name; /* "list" */
    const char *path; /* as traces show it: "stdlib/list.flow" */
    Str text;
    bool is_prelude;  /* in sight of every file without an import */
} LibraryFile;

size_t library_count(void);
LibraryFile library_get(size_t index);
/* False where no file has this name. */
bool library_find(Str name, LibraryFile *out);

#endif
