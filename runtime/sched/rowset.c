/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/rowset.h"

#include <string.h>

#include "os/memory.h"

enum { WORD = 64, WORDS = 64, PAGE = WORD * WORDS };

struct RowPage {
    uint32_t count;
    uint64_t words[WORDS];
};

/* `n` bits from bit `from` on; from + n <= WORD, n > 0. */
static uint64_t mask_of(uint64_t from, uint64_t n)
{
    return (n == WORD ? UINT64_MAX : ((uint64_t)1 << n) - 1) << from;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- pages ------------------------------------------------------------------- */

static RowPage *page_at(const RowSet *s, uint64_t number)
{
    return number >= s->base && number - s->base < s->len ? s->pages[number - s->base] : NULL;
}

/* Room for pages [from, to) in the table. */
static FlowStatus cover(RowSet *s, uint64_t from, uint64_t to)
{
    if (s->len == 0)
        s->base = from;
    uint64_t base = from < s->base ? from : s->base;
    uint64_t end = to > s->base + s->len ? to : s->base + s->len;
    size_t len = (size_t)(end - base), shift = (size_t)(s->base - base);
    if (len > s->cap) {
        size_t cap = len > 2 * s->cap ? len : 2 * s->cap;
        RowPage **pages = os_realloc_array(s->pages, cap, sizeof *pages);
        if (!pages)
            return FLOW_ENOMEM;
        s->pages = pages;
        s->cap = cap;
    }
    memmove(s->pages + shift, s->pages, s->len * sizeof *s->pages);
    memset(s->pages, 0, shift * sizeof *s->pages);
    memset(s->pages + shift + s->len, 0, (len - shift - s->len) * sizeof *s->pages);
    s->base = base;
    s->len = len;
    s->first = shift > 0 ? 0 : s->first;
    return FLOW_OK;
}

static FlowStatus make_page(RowSet *s, uint64_t number, RowPage **out)
{
    RowPage **place = &s->pages[number - s->base];
    if (!*place)
        *place = os_alloc_zero(sizeof **place);
    *out = *place;
    if (*out && number - s->base < s->first)
        s->first = (size_t)(number - s->base);
    return *out ? FLOW_OK : FLOW_ENOMEM;
}

static void drop_if_empty(RowSet *s, uint64_t number)
{
    RowPage **place = &s->pages[number - s->base];
    if (*place && (*place)->count == 0) {
        os_free(*place);
        *place = NULL;
    }
    if (s->total == 0) /* the next rows may be far away */
        s->len = s->first = 0;
}

/* Sets or clears bits [from, from + n) of a page. */
static void change(RowSet *s, RowPage *page, uint64_t from, uint64_t n, bool is_in)
{
    while (n > 0) {
        uint64_t *word = &page->words[from / WORD];
        uint64_t count = least(n, WORD - from % WORD), mask = mask_of(from % WORD, count);
        int before = __builtin_popcountll(*word);
        *word = is_in ? *word | mask : *word & ~mask;
        int change = __builtin_popcountll(*word) - before;
        page->count += (uint32_t)change;
        s->total += (uint64_t)(int64_t)change;
        from += count;
        n -= count;
    }
}

FlowStatus rowset_add(RowSet *s, uint64_t lo, uint64_t n)
{
    if (n == 0)
        return FLOW_OK;
    FlowStatus status = cover(s, lo / PAGE, (lo + n - 1) / PAGE + 1);
    while (status == FLOW_OK && n > 0) {
        RowPage *page;
        uint64_t count = least(n, PAGE - lo % PAGE);
        status = make_page(s, lo / PAGE, &page);
        if (status == FLOW_OK)
            change(s, page, lo % PAGE, count, true);
        lo += count;
        n -= count;
    }
    return status;
}

void rowset_remove(RowSet *s, uint64_t lo, uint64_t n)
{
    while (n > 0 && s->len > 0) {
        uint64_t count = least(n, PAGE - lo % PAGE), number = lo / PAGE;
        RowPage *page = page_at(s, number);
        if (page) {
            change(s, page, lo % PAGE, count, false);
            drop_if_empty(s, number);
        }
        lo += count;
        n -= count;
    }
}

bool rowset_first(RowSet *s, uint64_t *lo)
{
    if (s->total == 0)
        return false;
    while (!s->pages[s->first])
        s->first++;
    const RowPage *page = s->pages[s->first];
    size_t w = 0;
    while (page->words[w] == 0)
        w++;
    *lo = (s->base + s->first) * PAGE + w * WORD + (uint64_t)__builtin_ctzll(page->words[w]);
    return true;
}

/* Rows of the set from `lo` on without a gap, at most `max`. */
static uint64_t run_from(const RowSet *s, uint64_t lo, uint64_t max)
{
    uint64_t n = 0;
    while (n < max) {
        const RowPage *page = page_at(s, (lo + n) / PAGE);
        uint64_t at = (lo + n) % PAGE, bit = at % WORD;
        uint64_t rest = page ? ~(page->words[at / WORD] >> bit) : UINT64_MAX;
        uint64_t run = rest == 0 ? WORD : (uint64_t)__builtin_ctzll(rest);
        n += least(run, WORD - bit);
        if (run < WORD - bit)
            break;
    }
    return least(n, max);
}

bool rowset_pop(RowSet *s, uint64_t max, RowRun *out)
{
    if (max == 0 || !rowset_first(s, &out->lo))
        return false;
    out->n = run_from(s, out->lo, max);
    rowset_remove(s, out->lo, out->n);
    return true;
}

bool rowset_covers(const RowSet *s, uint64_t lo, uint64_t n)
{
    return run_from(s, lo, n) == n;
}

void rowset_free(RowSet *s)
{
    for (size_t i = 0; i < s->len; i++)
        os_free(s->pages[i]);
    os_free(s->pages);
    *s = (RowSet){0};
}
