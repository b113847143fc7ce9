#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the command line says about small things: what is left, what did not run, one of a kind."""
from _program import Program, contains, lacks

LONG = "a_step_whose_name_is_so_long_that_no_column_is_wide_enough"
FLOW = """flow Words

step start { next work foreach 0..3 }

step work(n: int) { next LONG }

join LONG(all: [work]) { next end }

step end { print("over") }
""".replace("LONG", LONG)

LOOP = """flow Turns

import file

param turns = 3

step start {
    keep turn = 0
    next again
}

step again {
    keep turn
    turn = turn + 1
    next meet foreach 0..2
}

step meet(n: int) {
    script sh "sleep 0.2"
    next back
}

join back(all: [meet]) {
    if turn < turns { next again } else { next end }
}

step end { }
"""


def rows_of(text, name):
    return [line for line in text.splitlines() if line.strip().split("  ")[0] == name]


def small_words(program):
    program("run", "--until", "start")
    text = program("show").stdout
    assert rows_of(text, "work") == ["  work" + " " * 38 + "not run"], text
    assert f"  {LONG}\n" + " " * 44 + "not run\n" in text.replace("  \n", "\n"), text
    contains(program("store", "check").stdout, "store ok: 1 run, 1 chunk, 0 blobs")

    done = program("resume")
    contains(done.stderr, "left to run: 3 tasks of `work`, 1 task of", ", and what follows\n")
    done = program("resume", "end")
    contains(done.stderr, "left to run: 1 task of `end`\n")


def turns(program):
    done = program("run")
    contains(done.stderr, "[1/meet] begins\n", "[1/meet] ")
    lacks(done.stderr, "begins: 2 tasks")


def main():
    with Program(FLOW) as program:
        small_words(program)
    with Program(LOOP) as program:
        turns(program)


if __name__ == "__main__":
    main()
