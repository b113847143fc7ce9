/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.c - edit distance with swaps of neighbours, row by row, given up past the limit. */
#include "source/suggest.h"

#include <string.h>

enum { LONGEST_NAME = 64 }; /* longer names are compared by their beginnings */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t edit_distance(Str a, Str b, size_t limit)
{
    a.len = least(a.len, LONGEST_NAME);
    b.len = least(b.len, LONGEST_NAME);
    size_t rows[3][LONGEST_NAME + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        above[j] = j;

    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        size_t row_least = i;
        for (size_t j = 1; j <= b.len; j++) {
            row[j] = least(above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]),
                           least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
            row_least = least(row_least, row[j]);
        }
        if (row_least > limit + 1)
            return limit + 1;
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return least(above[b.len], limit + 1);
}

void suggest_init(Suggest *s, Str wanted)
{
    size_t limit = wanted.len < 3 ? 0 : wanted.len < 6 ? 1 : wanted.len / 3;
    *s = (Suggest){.wanted = wanted, .limit = limit};
    s->distance = s->limit + 1;
}

void suggest_offer(Suggest *s, Str candidate, const void *item)
{
    if (str_eq(candidate, s->wanted))
        return;
    size_t distance = edit_distance(s->wanted, candidate, s->limit);
    if (distance >= s->distance || distance >= s->wanted.len)
        return;
    s->distance = distance;
    s->found = true;
    s->best = candidate;
    s->best_item = item;
}
