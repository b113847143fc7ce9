/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.c - edit distance with swaps of neighbours, three rows of the table at a time. */
#include "cli/suggest.h"

#include <string.h>

enum { LONGEST_NAME = 64 }; /* longer names are compared by their beginnings */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* `-` and `_` are the same in names of options. */
static char plain(char c)
{
    return c == '_' ? '-' : c;
}

static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    a_len = least(a_len, LONGEST_NAME);
    b_len = least(b_len, LONGEST_NAME);
    size_t rows[3][LONGEST_NAME + 1] = {{0}};
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        above[j] = j;

    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replaced = above[j - 1] + (plain(a[i - 1]) != plain(b[j - 1]));
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b_len];
}

void suggest_init(Suggest *s, const char *wanted, size_t wanted_len)
{
    /* What differs in more than a third of its letters is no help. */
    size_t limit = wanted_len < 6 ? 1 : wanted_len / 3;
    *s = (Suggest){.wanted = wanted, .wanted_len = wanted_len, .best_distance = limit + 1};
}

void suggest_offer(Suggest *s, const char *name)
{
    size_t distance = edit_distance(s->wanted, s->wanted_len, name, strlen(name));
    if (distance >= s->best_distance || distance >= s->wanted_len)
        return;
    s->best_distance = distance;
    s->best = name;
}
