/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - streams for the parts of a task, and the block function for its test against the
 * published vectors. */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <stdint.h>

#include <flow/task.h>

/* The next word of the stream. */
uint64_t random_word(FlowRandom *random);
/* Stream `index` of those that one word makes. */
FlowRandom random_stream(uint64_t word, uint64_t index);

void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#endif
