/* SPDX-License-Identifier: Apache-2.0 */
/* case.c - ranges of capital letters, and how far away their small ones are. */
#include "lib/case.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct CaseRange {
    uint32_t first, last; /* the capital letters */
    int32_t distance;     /* to the small ones; 0: capital and small take turns from `first` on */
} CaseRange;

static const CaseRange ranges[] = {
    {'A', 'Z', 32},     {0xc0, 0xd6, 32},    {0xd8, 0xde, 32},    {0x100, 0x12e, 0},
    {0x132, 0x136, 0},  {0x139, 0x147, 0},   {0x14a, 0x176, 0},   {0x178, 0x178, 0xff - 0x178},
    {0x179, 0x17d, 0},  {0x1cd, 0x1db, 0},   {0x1de, 0x1ee, 0},   {0x1f8, 0x21e, 0},
    {0x222, 0x232, 0},  {0x386, 0x386, 38},  {0x388, 0x38a, 37},  {0x38c, 0x38c, 64},
    {0x38e, 0x38f, 63}, {0x391, 0x3a1, 32},  {0x3a3, 0x3ab, 32},  {0x400, 0x40f, 80},
    {0x410, 0x42f, 32}, {0x460, 0x480, 0},   {0x48a, 0x4be, 0},   {0x4d0, 0x52e, 0},
    {0x531, 0x556, 48}, {0x1e00, 0x1e94, 0}, {0x1ea0, 0x1efe, 0},
};

static bool is_capital(const CaseRange *range, uint32_t point)
{
    return point >= range->first && point <= range->last &&
           (range->distance != 0 || (point - range->first) % 2 == 0);
}

static uint32_t distance_of(const CaseRange *range)
{
    return range->distance != 0 ? (uint32_t)range->distance : 1;
}

uint32_t case_lower(uint32_t point)
{
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (is_capital(&ranges[i], point))
            return point + distance_of(&ranges[i]);
    return point;
}

uint32_t case_upper(uint32_t point)
{
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (is_capital(&ranges[i], point - distance_of(&ranges[i])))
            return point - distance_of(&ranges[i]);
    return point == 0x3c2 ? 0x3a3 : point; /* the sigma at the end of a word */
}
