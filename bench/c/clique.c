/* SPDX-License-Identifier: Apache-2.0 */
/* clique.c - a largest clique, as stdlib/graph.flow finds it.
 *
 * Vertices are taken from the densest core outwards.  Around each, those that come later in the
 * degeneracy order and are its neighbours are numbered anew and searched by branch and bound:
 * sets are words of 64 bits, and a greedy colouring says how many more can be in a clique. */
#include "bench.h"

typedef struct Graph {
    int64_t n;
    int64_t *first, *next; /* neighbours of v: next[first[v]] to next[first[v + 1]] */
} Graph;

/* What the searches around one vertex after the other work with. */
typedef struct Search {
    int64_t count, words;
    int64_t *members, *number; /* around a vertex; by vertex, from 1, or 0 */
    uint64_t *among;           /* a bit for each vertex */
    uint64_t *rows;            /* of the members */
    uint64_t *sets;            /* one for each depth: what may join */
    uint64_t *rest, *fits;     /* what has no colour yet, what may get this one */
    int64_t *order, *colors;
    int64_t *clique; /* the best, from the last that joined to the first */
    int64_t best, clique_len;
} Search;

static Graph random_graph(int64_t n, double density, int64_t *state)
{
    int64_t limit = (int64_t)(density * 2147483648.0), count = 0, room = 1024;
    int64_t *pairs = need(malloc((size_t)room * 2 * sizeof *pairs));
    Graph g = {n, need(calloc((size_t)n + 2, sizeof *g.first)), NULL};
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) {
            if (draw(state) >= limit)
                continue;
            if (count == room)
                pairs = need(realloc(pairs, (size_t)(room *= 2) * 2 * sizeof *pairs));
            pairs[2 * count] = i;
            pairs[2 * count++ + 1] = j;
            g.first[i + 2]++;
            g.first[j + 2]++;
        }
    g.next = need(malloc((size_t)(2 * count + 1) * sizeof *g.next));
    for (int64_t v = 0; v < n; v++)
        g.first[v + 2] += g.first[v + 1];
    for (int64_t k = 0; k < count; k++) {
        int64_t a = pairs[2 * k], b = pairs[2 * k + 1];
        g.next[g.first[a + 1]++] = b;
        g.next[g.first[b + 1]++] = a;
    }
    free(pairs);
    return g;
}

/* Always a vertex of least degree among those that are left; buckets of vertices by degree. */
static void degeneracy_order(const Graph *g, int64_t *order)
{
    int64_t n = g->n;
    int64_t *degree = need(malloc((size_t)n * sizeof *degree));
    int64_t *place = need(malloc((size_t)n * sizeof *place));
    int64_t *start = need(calloc((size_t)n + 1, sizeof *start));
    for (int64_t v = 0; v < n; v++) {
        degree[v] = g->first[v + 1] - g->first[v];
        start[degree[v] + 1 <= n ? degree[v] + 1 : n]++;
    }
    for (int64_t d = 0; d < n; d++)
        start[d + 1] += start[d];
    int64_t *at = need(malloc((size_t)n * sizeof *at));
    for (int64_t d = 0; d < n; d++)
        at[d] = start[d];
    for (int64_t v = 0; v < n; v++) {
        place[v] = at[degree[v]]++;
        order[place[v]] = v;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t v = order[i], least = degree[v], end = g->first[v + 1];
        for (int64_t k = g->first[v]; k < end; k++) {
            int64_t u = g->next[k], more = degree[u];
            if (more <= least)
                continue;
            int64_t to = start[more] > i + 1 ? start[more] : i + 1;
            int64_t w = order[to], from = place[u];
            order[to] = u;
            order[from] = w;
            place[w] = from;
            place[u] = to;
            start[more] = to + 1;
            degree[u] = more - 1;
        }
    }
    free(degree);
    free(place);
    free(start);
    free(at);
}

/* Puts those vertices of the set that a clique larger than the best can begin with into `order`,
 * with their colours; how many they are. */
static int64_t color(Search *s, int64_t depth, int64_t least)
{
    int64_t words = s->words, count = 0;
    uint64_t *set = s->sets + depth * words, *rest = s->rest, *fits = s->fits;
    int64_t *order = s->order + depth * s->count, *colors = s->colors + depth * s->count;
    bool is_empty = true;
    for (int64_t w = 0; w < words; w++) {
        rest[w] = set[w];
        is_empty = is_empty && set[w] == 0;
    }
    for (int64_t k = 1; !is_empty; k++) {
        for (int64_t w = 0; w < words; w++)
            fits[w] = rest[w];
        for (int64_t w = 0; w < words; w++) {
            uint64_t word = fits[w], kept = rest[w];
            while (word != 0) {
                int64_t v = w * 64 + __builtin_ctzll(word);
                const uint64_t *row = s->rows + v * words;
                kept &= ~(word & -word);
                word &= (word - 1) & ~row[w];
                for (int64_t u = w + 1; u < words; u++)
                    fits[u] &= ~row[u];
                if (k >= least) {
                    order[count] = v;
                    colors[count++] = k;
                }
            }
            rest[w] = kept;
        }
        is_empty = true;
        for (int64_t w = 0; w < words; w++)
            is_empty = is_empty && rest[w] == 0;
    }
    return count;
}

static void expand(Search *s, int64_t depth, int64_t size)
{
    int64_t words = s->words;
    int64_t count = color(s, depth, s->best - size + 1);
    uint64_t *set = s->sets + depth * words, *inner = set + words;
    for (int64_t i = count - 1; i >= 0; i--) {
        if (size + s->colors[depth * s->count + i] <= s->best)
            return;
        int64_t v = s->order[depth * s->count + i];
        bool is_empty = true;
        for (int64_t w = 0; w < words; w++) {
            inner[w] = set[w] & s->rows[v * words + w];
            is_empty = is_empty && inner[w] == 0;
        }
        if (!is_empty) {
            int64_t before = s->best;
            expand(s, depth + 1, size + 1);
            if (s->best > before)
                s->clique[s->clique_len++] = v;
        } else if (size + 1 > s->best) {
            s->best = size + 1;
            s->clique[0] = v;
            s->clique_len = 1;
        }
        set[v / 64] &= ~((uint64_t)1 << (v % 64));
    }
}

/* A bit for each two vertices: whether the second is among the first's neighbours. */
static uint64_t *table_of(const Graph *g, size_t wide)
{
    uint64_t *table = need(calloc((size_t)g->n * wide + 1, sizeof *table));
    for (int64_t v = 0; v < g->n; v++)
        for (int64_t k = g->first[v]; k < g->first[v + 1]; k++)
            table[(size_t)v * wide + (size_t)g->next[k] / 64] |= (uint64_t)1 << (g->next[k] % 64);
    return table;
}

/* Those neighbours of each vertex that come later in the order, all by their places in it. */
static Graph later_neighbors(const Graph *g, const int64_t *order)
{
    int64_t n = g->n;
    int64_t *place = need(malloc((size_t)n * sizeof *place));
    Graph later = {n, need(calloc((size_t)n + 2, sizeof *later.first)), NULL};
    later.next = need(malloc((size_t)(g->first[n] + 1) * sizeof *later.next));
    for (int64_t i = 0; i < n; i++)
        place[order[i]] = i;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = g->first[order[i]], end = g->first[order[i] + 1]; k < end; k++) {
            int64_t p = place[g->next[k]];
            if (p < i)
                later.first[p + 2]++;
        }
    for (int64_t i = 0; i < n; i++)
        later.first[i + 2] += later.first[i + 1];
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = g->first[order[i]], end = g->first[order[i] + 1]; k < end; k++) {
            int64_t p = place[g->next[k]];
            if (p < i)
                later.next[later.first[p + 1]++] = i;
        }
    free(place);
    return later;
}

static void join_two(Search *s, int64_t a, int64_t b)
{
    s->rows[a * s->words + b / 64] |= (uint64_t)1 << (b % 64);
    s->rows[b * s->words + a / 64] |= (uint64_t)1 << (a % 64);
}

/* What a row of the table has in common with the members, a word at a time. */
static void fill_rows(Search *s, const uint64_t *table, int64_t wide)
{
    const int64_t *members = s->members, *number = s->number;
    uint64_t *among = s->among;
    for (int64_t i = 0; i < s->count; i++)
        among[members[i] / 64] |= (uint64_t)1 << (members[i] % 64);
    for (int64_t i = 0; i < s->count; i++) {
        const uint64_t *row = table + members[i] * wide;
        for (int64_t k = members[i] / 64; k < wide; k++)
            for (uint64_t both = row[k] & among[k]; both != 0; both &= both - 1)
                join_two(s, i + 1, number[k * 64 + __builtin_ctzll(both)]);
    }
    for (int64_t i = 0; i < s->count; i++)
        among[members[i] / 64] = 0;
}

/* The largest clique of v and its later neighbours, if it is larger than the best.  `number` and
 * `among` are 0 for every vertex, before and after. */
static void search_around(Search *s, const Graph *later, const uint64_t *table, int64_t v)
{
    int64_t count = later->first[v + 1] - later->first[v];
    if (count < s->best || count == 0)
        return;
    s->count = count;
    s->words = count / 64 + 1;
    memset(s->rows, 0, (size_t)((count + 1) * s->words) * sizeof *s->rows);
    for (int64_t w = 0; w < s->words; w++)
        s->sets[w] = ~(uint64_t)0;
    s->sets[s->words - 1] = ~(~(uint64_t)0 << (count % 64) << 1);
    s->sets[0] &= ~(uint64_t)1;
    for (int64_t i = 0; i < count; i++) {
        s->members[i] = later->next[later->first[v + 1] - 1 - i];
        s->number[s->members[i]] = i + 1;
    }
    fill_rows(s, table, (later->n + 63) / 64);
    for (int64_t i = 0; i < count; i++)
        s->number[s->members[i]] = 0;
    expand(s, 0, 1);
}

static Search new_search(const Graph *later)
{
    int64_t most = 0;
    for (int64_t v = 0; v < later->n; v++)
        if (later->first[v + 1] - later->first[v] > most)
            most = later->first[v + 1] - later->first[v];
    size_t count = (size_t)most, words = count / 64 + 1, depths = count + 2;
    Search s = {.best = later->n > 0};
    s.members = need(malloc((count + 1) * sizeof *s.members));
    s.number = need(calloc((size_t)later->n + 1, sizeof *s.number));
    s.among = need(calloc((size_t)later->n / 64 + 1, sizeof *s.among));
    s.rows = need(malloc((count + 1) * words * sizeof *s.rows));
    s.sets = need(malloc(depths * words * sizeof *s.sets));
    s.rest = need(malloc(words * sizeof *s.rest));
    s.fits = need(malloc(words * sizeof *s.fits));
    s.clique = need(malloc((count + 1) * sizeof *s.clique));
    s.order = need(malloc((depths * count + 1) * sizeof *s.order));
    s.colors = need(malloc((depths * count + 1) * sizeof *s.colors));
    return s;
}

static void free_search(Search *s)
{
    free(s->members);
    free(s->number);
    free(s->among);
    free(s->rows);
    free(s->sets);
    free(s->rest);
    free(s->fits);
    free(s->clique);
    free(s->order);
    free(s->colors);
}

static int64_t largest_clique(const Graph *g)
{
    int64_t *order = need(malloc((size_t)g->n * sizeof *order));
    degeneracy_order(g, order);
    Graph later = later_neighbors(g, order);
    uint64_t *table = table_of(&later, ((size_t)g->n + 63) / 64);
    Search s = new_search(&later);
    for (int64_t i = g->n - 1; i >= 0; i--)
        search_around(&s, &later, table, i);
    free_search(&s);
    free(order);
    free(table);
    free(later.first);
    free(later.next);
    return s.best;
}

/* The seed's first twenty G(200, 0.5), or its first four G(2000..3000, up to 0.1). */
int main(int argc, char **argv)
{
    bool dense = argc > 1 && strcmp(argv[1], "dense") == 0;
    int64_t state = 42;
    double seconds = 0.0;
    for (int turn = 0; turn < (dense ? 20 : 4); turn++) {
        int64_t n = dense ? 200 : 2000 + draw(&state) % 1001;
        double density = dense ? 0.5 : (double)draw(&state) / 2147483648.0 * 0.1;
        Graph g = random_graph(n, density, &state);
        double begin = now();
        int64_t size = largest_clique(&g);
        seconds += now() - begin;
        printf("%s%lld", turn ? "," : "", (long long)size);
        free(g.first);
        free(g.next);
    }
    printf(" %.6f\n", seconds);
    return 0;
}
