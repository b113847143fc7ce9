/* SPDX-License-Identifier: Apache-2.0 */
/* literal.h - what the text of a string literal stands for. */
#ifndef FLOW_SYNTAX_LITERAL_H
#define FLOW_SYNTAX_LITERAL_H

#include "base/arena.h"
#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The text with its escapes replaced; one that does not exist stays as it is.  Behind each
 * newline up to `indent` blanks are dropped, and CR LF becomes LF. */
Str literal_unescape(Arena *a, Str text, size_t indent);

/* The same without escapes. */
Str literal_raw(Arena *a, Str text, size_t indent);

/* The indentation of the last line: the blanks behind the last newline; 0 without newline. */
size_t literal_last_indent(Str text);

/* The text of a script: without an empty first and last line, and without the indentation that
 * all its lines have in common. */
Str literal_script(Arena *a, Str text);

/* Where the `}` is of the map type `{string: int}` whose `{` ends at `at`; 0: it is none. */
uint32_t literal_map_type_end(Str text, uint32_t at);

#ifdef __cplusplus
}
#endif
#endif
