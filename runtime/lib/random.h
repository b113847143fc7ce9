/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - the block function, for its test against the published vectors. */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <stdint.h>

void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#endif
