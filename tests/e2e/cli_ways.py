#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Steps that a run went past: what `resume STEP` and `--until` say of them; the order of steps."""
from _program import Program, contains, lacks

FLOW = """flow Ways

param score = 3
param odd = false

step start {
    keep value = score
    next charlie, alpha, bravo
}

step charlie {
    keep c = 1
    next gather
}

step alpha {
    keep a = 2
    next gather
}

step bravo {
    keep b = 3
    next gather
}


join gather(charlie: charlie, alpha: alpha, bravo: bravo) {
    keep total = charlie.c + alpha.a + bravo.b
    next judge
}

step judge {
    if total > 100 {
        next publish
    }
    next give_up
}

step publish {
    print("published")
    next end
}

step give_up {
    print("given up")
    next end
}

step end { }
"""


def refuses_a_step_never_taken(program):
    program("run")
    refused = program("resume", "publish", code=2)
    contains(refused.stderr, "run 1 never came to `publish`: at `judge` it went to `give_up`",
             "resume judge")
    lacks(program("runs").stdout, "\n    2")
    contains(program("resume", "judge").stdout, "given up")
    contains(program("resume", "give_up").stdout, "given up")


def says_what_until_missed(program):
    run = program("run", "--until", "publish", code=1)
    contains(run.stderr, "it never came to `publish`: at `judge` it went to `give_up`")
    program("run", "--until", "gather")
    again = program("resume", "--until", "gather")
    contains(again.stderr, "nothing is left to run up to `gather`")
    lacks(again.stderr, "`judge`")
    # What may still be reached is gone on to.
    program("resume", "give_up")


def lists_in_the_order_of_the_text(program):
    program("run")
    shown = program("show").stdout
    wanted = ["start", "charlie", "alpha", "bravo", "gather", "judge", "publish", "give_up", "end"]
    steps = [line.split()[0] for line in shown.split("Steps\n")[1].splitlines() if line.strip()]
    assert steps == wanted, steps


def says_what_is_wrong_at_once(program):
    count = len(program("runs").stdout.splitlines())
    refused = program("run", "--run-id-file", "missing/id", code=1)
    contains(refused.stderr, "cannot write missing/id: No such file")
    contains(program("run", "--seed", "9" * 20, code=2).stderr, "takes at most 9223372036854775807")
    assert len(program("runs").stdout.splitlines()) == count
    (program.folder / "bom.json").write_bytes(b"\xef\xbb\xbf{\"score\": 4}")
    program("run", "--params", "bom.json", "--run-id-file", "id")
    number = (program.folder / "id").read_text().strip()
    contains(program("get", f"{number}/start", "value").stdout, "4")
    contains(program("dump", f"{number}/publish", code=1).stderr, "is not run")


def main():
    with Program(FLOW) as program:
        refuses_a_step_never_taken(program)
        says_what_until_missed(program)
        lists_in_the_order_of_the_text(program)
        says_what_is_wrong_at_once(program)


if __name__ == "__main__":
    main()
