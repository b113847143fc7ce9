/* SPDX-License-Identifier: Apache-2.0 */
/* mutate.h - changes programs as people do: by words, lines, blocks and declarations.
 *
 * Random bytes rarely get past the parser.  What is moved here keeps its shape, so that most of
 * what comes out still parses and the mistakes are those of names, types and the graph. */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Changes the text in place; gives its new size, at most `max`. */
size_t mutate_program(uint8_t *data, size_t size, size_t max, unsigned seed);

/* The first program with a part of the second in it. */
size_t cross_programs(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                      uint8_t *out, size_t max, unsigned seed);

#endif
