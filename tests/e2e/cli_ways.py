#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Steps that a run went past: what `resume STEP` and `--until` say of them; the order of steps."""
import re

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


LOOPS = """flow Loops
import file
param bad = 0
step start {
    keep n = 0
    next turn
}
step turn {
    keep n = n + 1
    next half
}
step half {
    keep marks = n * 2
    if n < 3 { next turn } else { next fan }
}
step fan { next work foreach 0..4 }
step work(i: int) {
    keep k = i * 10
    next refine
}
step refine {
    keep k = k + 1
    if bad > 0 and k == 22 and not file.exists("ok") { fail "bad" }
    if k % 10 < 3 { next refine } else { next gather }
}
join gather(all: [refine]) {
    keep s = all.map(|a| a.k).sum()
    next end
}
step end { print("sum {s} {n} {marks}") }
"""


def resumes_within_loops():
    """A step in a loop, alone and of several, and in a foreach: whole, with all that follows."""
    def ran(done):
        return set(re.findall(r"\[\d+/(\w+)\] (?:done|\d+ of \d+ tasks done)", done.stderr))
    after = {"refine": ["end", "gather", "refine"], "gather": ["end", "gather"],
             "work": ["end", "gather", "refine", "work"],
             "half": ["end", "fan", "gather", "half", "refine", "turn", "work"]}
    after["turn"] = after["half"]
    for bad, code in ((0, 0), (1, 1)):
        with Program(LOOPS) as program:
            program("run", "--bad", bad, code=code)
            (program.folder / "ok").write_text("")
            for step, again in after.items():
                if bad and step == "gather":
                    continue
                done = program("resume", step, "--origin-run-id", 1)
                contains(done.stdout, "sum 72 3 6\n")
                assert ran(done) == set(again), (step, ran(done))
            contains(program("store", "check").stdout, "store ok")
            for word, step, more in (("work/2", "work", ""), ("turn:2", "turn", ""),
                                     ("1/refine/2:2", "refine", " --origin-run-id 1")):
                refused = program("resume", word, code=2)
                contains(refused.stderr, f"takes a step and not `{word}`", "run again",
                         f"`./prog resume {step}{more}`")
            contains(program("resume", "wrk/2", code=2).stderr, "no step `wrk`")


def main():
    resumes_within_loops()
    with Program(FLOW) as program:
        refuses_a_step_never_taken(program)
        says_what_until_missed(program)
        lists_in_the_order_of_the_text(program)
        says_what_is_wrong_at_once(program)


if __name__ == "__main__":
    main()
