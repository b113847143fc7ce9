/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.h - "did you mean": the nearest of some names, by edit distance. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

typedef struct Suggest {
    const char *wanted;
    size_t wanted_len;
    size_t best_distance;
    const char *best; /* borrowed; NULL while nothing is near enough */
} Suggest;

void suggest_init(Suggest *s, const char *wanted, size_t wanted_len);
void suggest_offer(Suggest *s, const char *name);

#endif
