#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The cliques of clique.c, as networkx finds them: `cliques.py dense` or `cliques.py sparse`."""
import sys
import time

import networkx

STATE = 42


def draw():
    global STATE
    STATE = (STATE * 1103515245 + 12345) % 2147483648
    return STATE


def random_graph(n, density):
    limit = int(density * 2147483648.0)
    g = networkx.Graph()
    g.add_nodes_from(range(n))
    for i in range(n):
        g.add_edges_from((i, j) for j in range(i + 1, n) if draw() < limit)
    return g


def main():
    dense = sys.argv[1:] == ["dense"]
    sizes, seconds = [], 0.0
    for _turn in range(20 if dense else 4):
        n = 200 if dense else 2000 + draw() % 1001
        density = 0.5 if dense else draw() / 2147483648.0 * 0.1
        g = random_graph(n, density)
        begin = time.process_time()
        sizes.append(networkx.max_weight_clique(g, weight=None)[1])
        seconds += time.process_time() - begin
    print(f"{','.join(map(str, sizes))} {seconds:.6f}")


main()
