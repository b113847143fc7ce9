/* SPDX-License-Identifier: Apache-2.0 */
/* The texts are taken in by the assembler; LIBRARY_FILES lists them for both that and the table. */
#include "source/library.h"

/* X(name, is_prelude) for each file of stdlib/, written by CMake. */
#include "source/library_files.inc"

#define TEXT(name, is_prelude)                                                                     \
    __asm__(".section .rodata\n"                                                                   \
            ".global library_" #name "\n"                                                          \
            "library_" #name ":\n"                                                                 \
            ".incbin \"" LIBRARY_FOLDER "/" #name ".flow\"\n"                                      \
            ".global library_" #name "_end\n"                                                      \
            "library_" #name "_end:\n"                                                             \
            ".byte 0\n"                                                                            \
            ".previous\n");                                                                        \
    extern const char library_##name[], library_##name##_end[];
LIBRARY_FILES(TEXT)

typedef struct Row {
    const char *name, *path, *text, *end;
    bool is_prelude;
} Row;

#define ROW(name, is_prelude)                                                                      \
    {#name, "stdlib/" #name ".flow", library_##name, library_##name##_end, is_prelude},
static const Row rows[] = {LIBRARY_FILES(ROW)};

size_t library_count(void)
{
    return sizeof rows / sizeof rows[0];
}

LibraryFile library_get(size_t index)
{
    const Row *r = &rows[index];
    return (LibraryFile){r->name, r->path, {r->text, (size_t)(r->end - r->text)}, r->is_prelude};
}

bool library_find(Str name, LibraryFile *out)
{
    for (size_t i = 0; i < library_count(); i++) {
        *out = library_get(i);
        if (str_is(name, out->name))
            return true;
    }
    return false;
}
