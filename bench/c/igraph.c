/* SPDX-License-Identifier: Apache-2.0 */
/* igraph.c - the cliques of clique.c, as igraph finds them. */
#include <igraph/igraph.h>

#include "bench.h"

static void fill_random(igraph_t *g, int64_t n, double density, int64_t *state)
{
    int64_t limit = (int64_t)(density * 2147483648.0);
    igraph_vector_int_t edges;
    igraph_vector_int_init(&edges, 0);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++)
            if (draw(state) < limit) {
                igraph_vector_int_push_back(&edges, i);
                igraph_vector_int_push_back(&edges, j);
            }
    igraph_create(g, &edges, n, false);
    igraph_vector_int_destroy(&edges);
}

int main(int argc, char **argv)
{
    bool dense = argc > 1 && strcmp(argv[1], "dense") == 0;
    int64_t state = 42;
    double seconds = 0.0;
    for (int turn = 0; turn < (dense ? 20 : 4); turn++) {
        int64_t n = dense ? 200 : 2000 + draw(&state) % 1001;
        double density = dense ? 0.5 : (double)draw(&state) / 2147483648.0 * 0.1;
        igraph_t g;
        igraph_integer_t size = 0;
        fill_random(&g, n, density, &state);
        double begin = now();
        igraph_clique_number(&g, &size);
        seconds += now() - begin;
        printf("%s%lld", turn ? "," : "", (long long)size);
        igraph_destroy(&g);
    }
    printf(" %.6f\n", seconds);
    return 0;
}
