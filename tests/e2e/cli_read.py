#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""logs, dump and show of a run with a loop, nested foreaches, a retry, a catch and a failure."""
import json
import shlex

from _program import Program, contains, lacks

FLOW = """flow Shapes

import file

param limit = 3

step start {
    keep first = "a"
    keep rounds = 0
    next turn
}

step turn {
    keep rounds = rounds + 1
    if rounds < limit { next turn } else { next fan }
}

step fan {
    next outer foreach ["x", "y"]
}

step outer(letter: string) {
    next inner foreach 0..2
}

@retry(times=1)
step inner(n: int) {
    print("{letter}{n} attempt {current.attempt}")
    if letter == "x" and n == 1 and current.attempt == 1 { fail "not at first" }
    keep text = "{letter}{n}"
    next gather
}

join gather(all: [inner]) {
    keep texts = all.map(|i| i.text)
    next risky
}

@catch(error)
step risky {
    if letter == "y" { fail "y is bad luck" }
    keep good = letter
    next collect
}

join collect(all: [risky]) {
    keep goods = all.map(|r| r.good ?? "none")
    next last
}

step last {
    print("before")
    if not file.exists("ok") { fail "there is no file ok" }
    keep result = goods.join(",")
    next end
}

step end {
    print(result)
}
"""


def dump(program, word):
    return [json.loads(line) for line in
            program("dump", word, "--format", "json").stdout.splitlines()]


def shows_tasks(program):
    tasks = {task["task"]: task for task in dump(program, 1)}
    assert list(tasks) == [
        "1/start", "1/turn:1", "1/turn:2", "1/turn:3", "1/fan", "1/outer/0",
        "1/outer/1", "1/inner/0.0", "1/inner/0.1", "1/inner/1.0", "1/inner/1.1",
        "1/gather/0", "1/gather/1", "1/risky/0", "1/risky/1", "1/collect", "1/last"], list(tasks)
    assert tasks["1/start"] == {
        "task": "1/start", "step": "start", "index": [], "round": None,
        "rounds": [None], "attempt": 1,
        "status": "done", "items": {}, "artifacts": {"first": "a", "rounds": 0}}, tasks["1/start"]
    assert tasks["1/turn:2"]["round"] == 2 and tasks["1/turn:2"]["rounds"] == [2]
    assert tasks["1/inner/1.0"]["rounds"] == [None, None, None]
    assert tasks["1/turn:2"]["artifacts"] == {"rounds": 2}
    inner = tasks["1/inner/0.1"]
    assert inner["index"] == [0, 1] and inner["attempt"] == 2 and inner["status"] == "done"
    assert inner["items"] == {"letter": "x", "n": 1} and inner["artifacts"] == {"text": "x1"}
    assert tasks["1/gather/1"]["artifacts"] == {"texts": ["y0", "y1"]}
    caught = tasks["1/risky/1"]
    assert caught["status"] == "caught" and caught["message"] == "y is bad luck"
    assert caught["artifacts"]["good"] is None
    assert caught["artifacts"]["error"]["message"] == "y is bad luck"
    failed = tasks["1/last"]
    assert failed["status"] == "failed" and failed["artifacts"] == {}
    assert failed["why"] == "failed" and failed["message"] == "there is no file ok"


def shows_some_tasks(program):
    assert [t["task"] for t in dump(program, "1/turn:2")] == ["1/turn:2"]
    assert [t["task"] for t in dump(program, "1/inner/1.0")] == ["1/inner/1.0"]
    assert len(dump(program, "1/inner")) == 4
    assert [t["task"] for t in dump(program, "1/inner/1")] == ["1/inner/1.0", "1/inner/1.1"]
    contains(program("logs", "1/inner/1").stdout, "y0", "y1")
    lacks(program("logs", "1/inner/1").stdout, "x0")
    text = program("dump", "1/inner/0.1").stdout
    contains(text, "1/inner/0.1 done in attempt 2", "letter = \"x\"", "text = \"x1\"")
    for command in ("dump", "logs", "show", "get"):
        more = ["text"] if command == "get" else []
        contains(program(command, "1/inenr/1.0", *more, code=2).stderr, "has no step `inenr`",
                 "did you mean `inner`?")
        contains(program(command, "1/x", *more, code=2).stderr, "its steps are start, turn, fan, ")
    contains(program("get", "1/inner", "text", code=2).stderr, "./prog get 1/inner/0.0 text")
    for word, said in (("9", "run 9"), ("1/inner/5.5", "5.5"),
                       ("1/turn:9", "run 1 has no task `turn:9`"),
                       ("1/turn:9", "help: there are 3 of `turn`: 1/turn:1 to 1/turn:3"),
                       ("1/inner/0:1", "of `inner` is written inner/INDEX.INDEX, such as "
                                       "inner/")):
        for command in ("dump", "logs", "show"):
            contains(program(command, word, code=2).stderr, "error: ", said)
    # What is named rightly and is not there is no mistake of the command's.
    contains(program("get", "1/last", "result", code=1).stderr,
             "1/last has kept nothing: it failed")
    contains(program("get", "1/end", "result", code=1).stderr, "1/end did not run")
    for words in (["get", "9/start", "first"], ["get", "1/turn:9", "rounds"],
                  ["get", "1/inner/0.7", "text"], ["get", "1/start", "frist"],
                  ["dump", "1", "--artifact", "frist"], ["logs", "1/start", "--attempt", "7"],
                  ["params", "9"], ["tag", "add", "9", "x"], ["resume", "--origin-run-id", "9"],
                  ["resume", "satrt"], ["run", "--until", "satrt"]):
        contains(program(*words, code=2).stderr, "error: ")


def gets_the_last_round(program):
    assert program("get", "1/turn", "rounds").stdout == "3\n"
    assert program("get", "1/turn:2", "rounds").stdout == "2\n"
    contains(program("get", "--help").stdout, "1/refine/7:3", "Without a round the last one")
    contains(program("show", "--help").stdout, "1/refine/7:3", "may be any.")


def shows_logs(program):
    done = program("logs", "1/inner/0.0")
    assert done.stdout == "x0 attempt 1\n", done.stdout
    assert done.stderr == "", done.stderr
    done = program("logs", "1/inner/0.1")
    assert done.stdout == "x1 attempt 1\nx1 attempt 2\n", done.stdout
    contains(done.stderr, "attempt 1 failed", "not at first", "prog.flow:")
    done = program("logs", "1")
    assert done.stdout == ("x0 attempt 1\nx1 attempt 1\nx1 attempt 2\ny0 attempt 1\n"
                           "y1 attempt 1\nbefore\n"), done.stdout


def shows_run(program):
    text = program("show").stdout
    contains(text, "Run 1 of Shapes: failed", "--limit 3", "there is no file ok", "1/last",
             "1 failed", "1 caught", "1 retried", "resume")
    assert program("show", "1").stdout == text


def resumes(program):
    (program.folder / "ok").write_text("")
    done = program("resume", "--quiet")
    assert done.stdout == "x,none\n", done.stdout
    text = program("show").stdout
    contains(text, "Run 2 of Shapes: done", "run 1", "taken over")
    lacks(text, "Failures")
    tasks = {task["task"]: task for task in dump(program, 2)}
    assert tasks["2/inner/0.1"]["artifacts"] == {"text": "x1"}
    assert tasks["2/inner/0.1"]["attempt"] == 2
    assert tasks["2/last"]["artifacts"] == {"result": "x,none"}
    assert program("logs", "2/inner/0.0").stdout == "x0 attempt 1\n"


TYPES = """flow Types
struct Row { wait: duration, most: size }
param t = 2s
param name = "it's"
param most = 4GB
param on = true
param words = ["a b", "c"]
param when: duration? = none
param many: [duration] = [1s, 90ms]
param rows: [Row] = [Row(wait=1min, most=2KB)]
step start {
    keep all = "{t} {name} {most} {on} {words} {when} {many} {rows}"
    next end
}
step end { print(all) }
"""


def shows_params_as_run_takes_them():
    with Program(TYPES) as program:
        first = program("run", "--quiet", "--t=-1s", "--no-on", "--when", "5min").stdout
        line = next(l for l in program("show").stdout.splitlines() if "  params " in l)
        contains(line, "--t=-1s --name 'it'\\''s' --most 4GB --on false", "--when 5min")
        again = program("run", "--quiet", *shlex.split(line)[1:]).stdout
        assert again == first, (line, first, again)
        (program.folder / "again.json").write_text(program("params", "1").stdout)
        assert program("run", "--quiet", "--params", "again.json").stdout == first
        done = program("run", "--many", "[true]", code=2)
        contains(done.stderr, "--many: many[0] is `true`")


NESTED = """flow Nested
step start {
    keep turns = 0
    next turn
}
step turn {
    keep turns = turns + 1
    next work foreach [10, 20]
}
step work(w: int) {
    keep n = w
    next refine
}
step refine {
    keep n
    n += 1
    if n % 10 < 3 { next refine }
    next gather
}
join gather(all: [refine]) {
    keep sums = all.map(|r| r.n + turns)
    if turns < 2 { next turn }
    next end
}
step end { print(sums) }
"""


def gets_the_last_round_of_nested_loops():
    """Of a foreach that a loop opens anew, too."""
    with Program(NESTED) as program:
        program("run", "--quiet")
        assert program("get", "1/refine/1", "n").stdout == "23\n"
        assert program("get", "1/refine:1/1:2", "n").stdout == "22\n"
        assert program("get", "1/gather", "sums").stdout == "[15,25]\n"
        assert program("get", "1/work/0", "n").stdout == "10\n"
        contains(program("get", "1/work", "n", code=2).stderr, "names more than one task")


def main():
    gets_the_last_round_of_nested_loops()
    shows_params_as_run_takes_them()
    with Program(FLOW) as program:
        done = program("run", code=1)
        contains(done.stderr, "y is bad luck", "caught", "attempt 2 follows",
                 "there is no file ok", "at last (prog.flow:", "Run 1 failed",
                 "`./prog resume` goes on")
        shows_tasks(program)
        shows_some_tasks(program)
        gets_the_last_round(program)
        shows_logs(program)
        shows_run(program)
        resumes(program)
        contains(program("store", "check").stdout, "store ok: 2 runs")


if __name__ == "__main__":
    main()
