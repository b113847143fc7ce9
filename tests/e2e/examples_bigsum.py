#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/bigsum adds up the numbers that it drew, and a seed makes it draw the same again."""
import math

from _examples import Program, same

ROWS, COLUMNS = 90, 500


def main():
    bigsum = Program("bigsum")
    size = ("--rows", ROWS, "--columns", COLUMNS, "--seed", 7)
    said = bigsum.printed(*size)

    tasks = bigsum.dump("1/add")
    same([task["index"] for task in tasks], [[i] for i in range(ROWS)], "the tasks of add")
    matrix = [task["items"]["row"] for task in tasks]
    same({len(row) for row in matrix}, {COLUMNS}, "the length of the rows")
    numbers = [number for row in matrix for number in row]
    same(all(0.0 <= number < 1.0 for number in numbers), True, "numbers from 0 to 1")
    same(len(set(numbers)) > 0.99 * len(numbers), True, "numbers that differ")

    for task, row in zip(tasks, matrix):
        same(math.isclose(task["artifacts"]["part"], math.fsum(row)), True, "a part")

    total = bigsum.kept("1/gather")["total"]
    same(math.isclose(total, math.fsum(numbers)), True, "the total")
    mean = total / (ROWS * COLUMNS)
    same(said, f"{ROWS} x {COLUMNS} numbers add up to {total:.3f}, {mean:.4f} on average.\n",
         "what end prints")

    same(bigsum.printed(*size, "--max-workers", 1, "--chunk", 1), said, "the same seed again")
    bigsum.printed(*size[:4], "--seed", 8)
    same(bigsum.kept("3/gather")["total"] != total, True, "another seed")
    bigsum.check_store()


if __name__ == "__main__":
    main()
