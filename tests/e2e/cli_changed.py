#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program that was changed: what it resumes, and what it shows of the runs before."""
import json
import os

from _program import Program, contains, lacks

PARAM = """flow B
param n = %s
step start {
    keep k = n
    next end
}
step end { print("{k} {n}") }
"""

OLD = """flow Old
param wait = 2s
struct Point { x: int, y: int }
step start {
    keep at = Point(x=1, y=2)
    keep span = 90s
    keep note = "noted"
    next q foreach [7, 8]
}
step q(i: int) {
    print("q prints {i}")
    keep doubled = 2 * i
    if i == 9 { fail "no nines" }
    next all
}
join all(them: [q]) {
    keep sum = them.map(|t| t.doubled).len()
    next end
}
step end { print("{at.x} {sum} {span} {note} {wait}") }
"""


def rebuild(program, source):
    (program.folder / "prog.flow").write_text(source)
    done = program._run(os.environ["FLOWC"], "build", "prog.flow", "-o", "prog")
    assert done.returncode == 0, done.stdout + done.stderr


def dump(program, word):
    text = program("dump", word, "--format", "json").stdout
    return {task["task"]: task for task in map(json.loads, text.splitlines())}


def refuses_a_parameter_of_another_type():
    with Program(PARAM % "3") as program:
        program("run", "--n", "7")
        rebuild(program, PARAM % '"s"')
        done = program("resume", code=2)
        contains(done.stderr, "run 1 cannot be resumed: its parameter `n` is an int there, and a "
                              "string in this program", "help: ", "run --n VALUE")
        assert len(program("runs", "--format", "json").stdout.splitlines()) == 1
        contains(program("show", "1").stdout, "--n 7", "start")
        contains(program("params", "1").stdout, '"n":7')


def shows_a_run_as_it_was():
    with Program(OLD) as program:
        program("run", "--wait", "3s")
        before = {command: program(*command, "1").stdout
                  for command in (("show",), ("dump",), ("dump", "--format", "json"), ("logs",))}
        changed = (OLD.replace("x: int, y: int", "x: float, label: string")
                   .replace("Point(x=1, y=2)", 'Point(x=1.0, label="l")')
                   .replace("span = 90s", "span = 3").replace("step q(", "step work(")
                   .replace("q foreach", "work foreach").replace("[q]", "[work]")
                   .replace("wait = 2s", "wait = 5")
                   .replace('print("{at.x} {sum} {span} {note} {wait}")',
                            'keep z = 1\n    print("{at.x} {sum} {span} {note} {wait}")'))
        rebuild(program, changed)
        contains(program("logs", "1/q").stdout, "q prints 7", "q prints 8")
        assert program("logs", "1").stdout == before[("logs",)]
        tasks = dump(program, "1")
        assert tasks["1/q/1"]["items"] == {"i": 8}
        assert tasks["1/q/1"]["artifacts"] == {"doubled": 16}
        assert tasks["1/end"]["artifacts"] == {}, tasks["1/end"]
        # What a struct's fields were is gone with its type; the values are not.
        assert tasks["1/start"]["artifacts"] == {"at": [1, 2], "span": 90, "note": "noted"}, tasks
        contains(program("dump", "1/start").stdout, "note = \"noted\"")
        assert program("show", "1").stdout == before[("show",)], program("show", "1").stdout
        contains(program("dump", "1", "--artifact", "doubled").stdout, "doubled = 14")
        lacks(program("show", "1").stdout, "work")
        assert program("get", "1/start", "note").stdout == "noted\n"
        assert program("get", "1/start", "at").stdout == "[1,2]\n"
        program("run")
        contains(program("show", "2").stdout, "work", "keeps z")


DEFAULTS = """flow D
param top = %s
param tops = %s
param name = %s
step start {
    keep k = top
    next work
}
step work {
    if k < %s { fail "too few" }
    next end
}
step end { print("{k} {top} {name} {tops}") }
"""


def says_which_default_does_not_count():
    with Program(DEFAULTS % (3, "[1, 2]", '""', 4)) as program:
        program("run", code=1)
        program("run", "--top", "2", code=1)
        rebuild(program, DEFAULTS % (7, "[1, 2]", '"x"', 1))
        done = program("resume", "--origin-run-id", "1")
        contains(done.stderr, "`top` stays 3, as in run 1; the program now says 7 (`run` takes it)",
                 '`name` stays "", as in run 1; the program now says x (`run` takes it)')
        lacks(done.stderr, "`tops` stays")
        assert done.stdout.endswith("3 3  [1, 2]\n"), done.stdout
        # What was given is no matter of the default's; and what was said once is known.
        lacks(program("resume", "--origin-run-id", "2").stderr, "`top` stays")
        lacks(program("resume", "start", "--origin-run-id", "3").stderr, "stays")


def names_the_new_step():
    before = "flow N\nstep start { next last }\nstep last { next end }\nstep end { print(1) }\n"
    with Program(before) as program:
        program("run")
        rebuild(program, before.replace("start { next last }",
                                        "start { next added }\nstep added { next last }"))
        contains(program("resume").stderr,
                 "step `last` is reached in another way now, from `added`, which is new")


def folds_a_recursion():
    with Program("flow D\nfn f(n: int) -> int { if n == 0 { fail \"deep\" }\n f(n - 1) + 1 }\n"
                 "step start { print(f(9))\n next end }\n"
                 "step end { print(1) }\n") as program:
        done = program("run", code=1)
        contains(done.stderr, "  … 8 more")
        assert done.stderr.count("at f (prog.flow:3)") == 2, done.stderr


refuses_a_parameter_of_another_type()
says_which_default_does_not_count()
names_the_new_step()
folds_a_recursion()
shows_a_run_as_it_was()
