#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A foreach whose list was changed: the tasks whose item is as it was are taken over."""
import json
import os
import re
import time

from _program import Program, contains, lacks

FLOW = """flow Rows
step start {
    keep base = %(base)s
    keep note = "%(note)s"
    next work foreach [%(list)s]
}
step work(x: string, n: int) {
    print("work {x}")
    keep y = "{x}{n + base}"
    if x == "bad" { fail "a bad one" }
    if n > 5 { next big } else { next small }
}
step big {
    print("big {x}")
    keep z = y + "!"
    next gather
}
step small {
    print("small {x}")
    keep z = y + "%(mark)s"
    next gather
}
join gather(all: [big | small]) {
    keep out = all.map(|s| s.z).join(" ")
    next end
}
step end { print("out: {out} {note}") }
"""

RANDOM = """flow Draws
import random
step start { next work foreach [%s] }
fn luck() -> int { random.int(0..1_000_000_000) }
step work(x: string) {
    print("work {x}")
    keep y = "{x}{luck()}"
    next gather
}
join gather(all: [work]) {
    keep out = all.map(|s| s.y).join(" ")
    next end
}
step end { print("out: {out}") }
"""

WIDE = """flow Wide
step start { next work foreach [%s] }
step work(n: int) {
    print("work {n}")
    next inner foreach 0..n
}
step inner(k: int) {
    print("inner {k}")
    keep m = k
    next sum_up
}
join sum_up(ks: [inner]) {
    keep s = sum(ks.map(|k| k.m))
    next after
}
step after {
    print("after {n}")
    next gather
}
join gather(all: [after]) {
    keep out = all.map(|a| "{a.s}").join(" ")
    next end
}
step end { print("out: {out}") }
"""

CAUGHT = """flow Caught
step start { next work foreach [%s] }
@catch(error)
step work(n: int) {
    print("work {n}")
    if n == 4 { fail "no fours" }
    keep long = "x".repeat(n * 40_000)
    next gather
}
join gather(all: [work]) {
    keep out = all.map(|a| if let l = a.long { "{l.len()}" } else { "none" }).join(" ")
    next end
}
step end { print("out: {out}") }
"""


def items(text):
    """`a1 b2` as a list of pairs."""
    return ", ".join(f'("{word[:-1]}", {word[-1]})' for word in text.split())


def flow(words, base=10, mark="?", note="noted"):
    return FLOW % {"list": items(words), "base": base, "mark": mark, "note": note}


def rebuild(program, source):
    (program.folder / "prog.flow").write_text(source)
    done = program._run(os.environ["FLOWC"], "build", "prog.flow", "-o", "prog")
    assert done.returncode == 0, done.stdout + done.stderr


def printed(program, run):
    """What the tasks of that run printed themselves, sorted; and the answer."""
    lines = program("logs", str(run)).stdout.splitlines()
    words = [line.split("] ", 1)[-1] for line in lines]
    return (sorted(w for w in words if not w.startswith("out: ")),
            [w for w in words if w.startswith("out: ")])


def resumed(program, source, run, *more):
    rebuild(program, source)
    said = program("resume", *more).stderr
    program("store", "check")
    return printed(program, run), said


def takes_what_is_equal():
    with Program(flow("a1 b7 c3")) as program:
        program("run")
        assert printed(program, 1)[1] == ["out: a11? b17! c13? noted"]
        (ran, out), said = resumed(program, flow("n2 a1 b7 c3"), 2)
        assert ran == ["small n", "work n"], ran
        assert out == ["out: n12? a11? b17! c13? noted"], out
        contains(said, "step `start` changed", "of `work` only those tasks run again whose item")
        (ran, out), _said = resumed(program, flow("n2 b7 c3"), 3)
        assert (ran, out) == ([], ["out: n12? b17! c13? noted"]), (ran, out)
        (ran, out), _said = resumed(program, flow("n2 b6 c3"), 4)
        assert (ran, out) == (["big b", "work b"], ["out: n12? b16! c13? noted"]), (ran, out)
        (ran, out), _said = resumed(program, flow("c3 c3 b6 n2 c3"), 5)
        assert (ran, out) == ([], ["out: c13? c13? b16! n12? c13? noted"]), (ran, out)
        tasks = program("dump", "5").stdout
        contains(tasks, "work/4", "small/4", "big/2")


def tells_what_it_took():
    with Program(flow("a1 b7 c3")) as program:
        program("run")
        time.sleep(1.1)
        began = time.monotonic()
        (_ran, _out), said = resumed(program, flow("n2 a1 b7 c3"), 2)
        most = time.monotonic() - began  # what was before, the pause too, does not count
        lines = [line for line in said.splitlines() if "[2/work]" in line]
        contains(lines[-1], "4 of 4 tasks done in", "3 taken over")
        number, unit = re.search(r"done in <?([\d.]+) (ms|s)\b", lines[-1]).groups()
        assert float(number) / (1000 if unit == "ms" else 1) < most + 0.1, (lines, most)
        shown = json.loads(program("show", "2", "--format", "json").stdout)
        work = [step for step in shown["steps"] if step["step"] == "work"][0]
        assert work["taken"] == 3 and work["seconds"] < most + 0.1, (work, most)
        contains(program("show", "2/work/1").stdout, "taken over")
        lacks(program("show", "2/work/0").stdout, "taken over")
    with Program(CAUGHT % "4, 1") as program:
        program("run")
        lacks(program("show", "1").stdout, "taken over")


def knows_what_else_is_read():
    with Program(flow("a1 b7")) as program:
        program("run")
        (ran, out), _said = resumed(program, flow("a1 b7", note="other"), 2)
        assert (ran, out) == ([], ["out: a11? b17! other"]), (ran, out)
        (ran, out), _said = resumed(program, flow("a1 b7", base=20), 3)
        assert ran == ["big b", "small a", "work a", "work b"], ran
        assert out == ["out: a21? b27! noted"], out
        (ran, out), _said = resumed(program, flow("a1 b7 c9", base=20, mark=";"), 4)
        assert (ran, out) == (["big c", "small a", "work c"], ["out: a21; b27! c29! noted"]), ran
        (ran, out), said = resumed(program, flow("a1 b7", base=20, mark=";"), 5, "start")
        assert len(ran) == 4, ran
        lacks(said, "of `work` only")


def goes_on_behind_a_failure():
    with Program(flow("a1 bad2 c3")) as program:
        program("run", code=1)
        rebuild(program, flow("a1 bad3 c3"))
        program("resume", code=1)
        assert printed(program, 2)[0] == ["work bad"], printed(program, 2)
        (ran, out), _said = resumed(program, flow("x1 a1 good3 c3"), 3)
        assert ran == ["small good", "small x", "work good", "work x"], ran
        assert out == ["out: x11? a11? good13? c13? noted"], out


def takes_draws_at_their_index_only():
    with Program(RANDOM % '"a", "b", "c"') as program:
        program("run", "--seed", "7")
        before = printed(program, 1)[1][0]
        (ran, out), _said = resumed(program, RANDOM % '"a", "b", "c", "d"', 2)
        assert ran == ["work d"], ran
        assert out[0].startswith(before), (before, out)
        (ran, out), _said = resumed(program, RANDOM % '"a", "n", "b", "c", "d"', 3)
        assert ran == ["work b", "work c", "work d", "work n"], ran
        program("run", "--seed", "7")
        assert printed(program, 4)[1] == out, (printed(program, 4), out)


def takes_large_and_caught_ones():
    with Program(CAUGHT % "1, 4, 3") as program:
        program("run")
        (ran, out), _said = resumed(program, CAUGHT % "3, 2, 4", 2)
        assert (ran, out) == (["work 2"], ["out: 120000 80000 none"]), (ran, out)
        program("gc", "--keep", "1")
        got = program("get", "2/work/0", "long").stdout
        assert "x" * 120000 in got, (len(got), got[:50])
        contains(program("dump", "2/work/2").stdout, "no fours")


def runs_a_foreach_within_again():
    with Program(WIDE % "1, 2") as program:
        program("run")
        (ran, out), _said = resumed(program, WIDE % "2, 1, 3", 2)
        assert out == ["out: 1 0 3"] and "work 1" in ran, (ran, out)


takes_what_is_equal()
tells_what_it_took()
takes_large_and_caught_ones()
runs_a_foreach_within_again()
knows_what_else_is_read()
goes_on_behind_a_failure()
takes_draws_at_their_index_only()
