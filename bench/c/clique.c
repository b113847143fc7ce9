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

typedef struct Search {
    int64_t count, words;
    uint64_t *rows; /* of the vertices around one */
    uint64_t *sets; /* three for each depth: what may join, what is uncoloured, one colour */
    int64_t *order, *colors;
    int64_t best;
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
        int64_t v = order[i];
        for (int64_t k = g->first[v]; k < g->first[v + 1]; k++) {
            int64_t u = g->next[k];
            if (degree[u] <= degree[v])
                continue;
            int64_t to = start[degree[u]] > i + 1 ? start[degree[u]] : i + 1;
            int64_t w = order[to];
            order[to] = u;
            order[place[u]] = w;
            place[w] = place[u];
            place[u] = to;
            start[degree[u]] = to + 1;
            degree[u]--;
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
    uint64_t *set = s->sets + depth * 3 * words, *rest = set + words, *q = rest + words;
    int64_t *order = s->order + depth * s->count, *colors = s->colors + depth * s->count;
    bool is_empty = true;
    for (int64_t w = 0; w < words; w++) {
        rest[w] = set[w];
        is_empty = is_empty && set[w] == 0;
    }
    for (int64_t k = 1; !is_empty; k++) {
        for (int64_t w = 0; w < words; w++)
            q[w] = rest[w];
        for (int64_t w = 0; w < words; w++)
            while (q[w] != 0) {
                int64_t v = w * 64 + __builtin_ctzll(q[w]);
                const uint64_t *row = s->rows + v * words;
                rest[w] &= ~(q[w] & -q[w]);
                q[w] &= q[w] - 1;
                for (int64_t u = w; u < words; u++)
                    q[u] &= ~row[u];
                if (k >= least) {
                    order[count] = v;
                    colors[count++] = k;
                }
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
    uint64_t *set = s->sets + depth * 3 * words, *inner = set + 3 * words;
    for (int64_t i = count - 1; i >= 0; i--) {
        if (size + s->colors[depth * s->count + i] <= s->best)
            return;
        int64_t v = s->order[depth * s->count + i];
        bool is_empty = true;
        for (int64_t w = 0; w < words; w++) {
            inner[w] = set[w] & s->rows[v * words + w];
            is_empty = is_empty && inner[w] == 0;
        }
        if (!is_empty)
            expand(s, depth + 1, size + 1);
        else if (size + 1 > s->best)
            s->best = size + 1;
        set[v / 64] &= ~((uint64_t)1 << (v % 64));
    }
}

/* A bit for each two vertices: whether they are neighbours. */
static uint64_t *table_of(const Graph *g, size_t wide)
{
    uint64_t *table = need(calloc((size_t)g->n * wide + 1, sizeof *table));
    for (int64_t v = 0; v < g->n; v++)
        for (int64_t k = g->first[v]; k < g->first[v + 1]; k++)
            table[(size_t)v * wide + (size_t)g->next[k] / 64] |= (uint64_t)1 << (g->next[k] % 64);
    return table;
}

static void fill_rows(Search *s, const uint64_t *table, size_t wide, const int64_t *members)
{
    for (int64_t i = 0; i < s->count; i++) {
        const uint64_t *row = table + (size_t)members[i] * wide;
        uint64_t *to = s->rows + (i + 1) * s->words, word = 0;
        for (int64_t j = 0; j < s->count; j++) {
            uint64_t w = (uint64_t)members[j];
            if ((j + 1) % 64 == 0) {
                *to++ = word;
                word = 0;
            }
            word |= (row[w / 64] >> (w % 64) & 1) << ((j + 1) % 64);
        }
        *to = word;
    }
}

/* The largest clique of v and its later neighbours, if it is larger than `best`. */
static int64_t search_around(const Graph *g, const uint64_t *table, int64_t v,
                             const int64_t *rank, int64_t best)
{
    int64_t count = 0, degree = g->first[v + 1] - g->first[v];
    int64_t *members = need(malloc((size_t)(degree + 1) * sizeof *members));
    for (int64_t k = g->first[v]; k < g->first[v + 1]; k++)
        if (rank[g->next[k]] > rank[v])
            members[count++] = g->next[k];
    if (count < best) {
        free(members);
        return best;
    }
    Search s = {count, count / 64 + 1, NULL, NULL, NULL, NULL, best};
    size_t words = (size_t)s.words, depths = (size_t)count + 2;
    s.rows = need(calloc(((size_t)count + 1) * words, sizeof *s.rows));
    s.sets = need(calloc(depths * 3 * words + 1, sizeof *s.sets));
    s.order = need(malloc((depths * (size_t)count + 1) * sizeof *s.order));
    s.colors = need(malloc((depths * (size_t)count + 1) * sizeof *s.colors));
    for (int64_t i = 1; i <= count; i++)
        s.sets[i / 64] |= (uint64_t)1 << (i % 64);
    fill_rows(&s, table, ((size_t)g->n + 63) / 64, members);
    if (count > 0)
        expand(&s, 0, 1);
    free(members);
    free(s.rows);
    free(s.sets);
    free(s.order);
    free(s.colors);
    return s.best;
}

static int64_t largest_clique(const Graph *g)
{
    int64_t *order = need(malloc((size_t)g->n * sizeof *order));
    int64_t *rank = need(malloc((size_t)g->n * sizeof *rank));
    uint64_t *table = table_of(g, ((size_t)g->n + 63) / 64);
    int64_t best = g->n > 0;
    degeneracy_order(g, order);
    for (int64_t i = 0; i < g->n; i++)
        rank[order[i]] = i;
    for (int64_t i = g->n - 1; i >= 0; i--)
        best = search_around(g, table, order[i], rank, best);
    free(order);
    free(rank);
    free(table);
    return best;
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
