#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/branches goes the ways that it should: which tasks there are, and what comes out."""
from _examples import Program, same

WIDTHS = [0, 1, 7]


def rounds_of(number):
    """The values that `turn` goes through on the way to 1."""
    values = []
    while not values or values[-1] != 1:
        last = values[-1] if values else number
        values.append(1 if last == 1 else last // 2 if last % 2 == 0 else 3 * last + 1)
    return values


def word_of(number):
    return "long" if len(rounds_of(number)) > 3 else "short"


def expected_report(runs):
    words = [f"{n} {word_of(n)} {len(rounds_of(n))}" for n in range(1, runs + 1)]
    areas = [sum(x * x for x in range(width)) for width in WIDTHS]
    return f"{', '.join(words)}; {WIDTHS} cells, {areas}"


def check_loop(program, run, runs):
    """Each split leaves the loop in a round of its own."""
    turns = {}
    for task in program.dump(f"{run}/turn"):
        (index,) = task["index"]
        turns.setdefault(index, []).append(task["artifacts"]["value"])
        same(task["task"], f"{run}/turn/{index}:{task['round']}", "the name of a turn")
        same(task["round"], len(turns[index]), f"the round of {task['task']}")
    expected = {n - 1: rounds_of(n) for n in range(1, runs + 1)}
    same(turns, expected, "the rounds of the loop")


def check_condition(program, run, runs):
    for word in ("long", "short"):
        indices = [task["index"] for task in program.dump(f"{run}/{word}")]
        expected = [[n - 1] for n in range(1, runs + 1) if word_of(n) == word]
        same(indices, expected, f"the tasks of {word}")


def check_nesting(program, run):
    cells = [(task["index"], task["items"]) for task in program.dump(f"{run}/cell")]
    expected = [([i, x], {"width": width, "x": x})
                for i, width in enumerate(WIDTHS) for x in range(width)]
    same(cells, expected, "the cells")
    counts = [task["artifacts"]["count"] for task in program.dump(f"{run}/add")]
    same(counts, WIDTHS, "the counts of the rows")


def main():
    program = Program("branches")
    for run, runs in enumerate((5, 27, 0), 1):
        printed = program.printed("--runs", runs)
        same(printed, expected_report(runs) + "\n", f"the report on {runs} numbers")
        if runs:
            check_loop(program, run, runs)
            check_condition(program, run, runs)
        check_nesting(program, run)
    program.check_store()


if __name__ == "__main__":
    main()
