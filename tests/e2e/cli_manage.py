#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--until, --fail-fast, --params, tags, runs, show, get, dump --artifact and logs of one kind."""
import getpass
import json
import os
import pwd
import subprocess

from _program import Program, contains, lacks

FLOW = """flow Steps

param width = 4
param rates = [0.5, 1.5]
param wait = 2min
param title = "none"
param bad = -1
param odds = [true, false]
param room = 4GB

step start {
    keep items = 0..width
    next work foreach items
}

@retry(times=1)
step work(n: int) {
    print("working on {n}")
    if n == bad { fail "number {n} is bad" }
    while bad >= 0 and n == 89 { }
    keep square = n * n
    next gather
}

join gather(all: [work]) {
    keep total = all.map(|w| w.square).sum()
    next end
}

step end {
    assert odds.len() < 9 and room > 1B
    keep words = "{total} {rates} {wait} {title}"
    print(words)
}
"""


PARAM_FILES_WRONG = (
    ('{"widht": 3}', ["1:2:", "`widht`", "did you mean `width`?"]),
    ('{"width": "x"}', ["1:11:", "width is `\"x\"`", "a whole number, such as 42"]),
    ('{"title": "é",\n  "width": "3"}', ["2:12:", "width is `\"3\"`"]),
    ('{"title": "é", "width": true}', ["1:25:", "width is `true`"]),
    ('{"title": 3}', ["1:11:", "title is `3`", "a text in quotes"]),
    ('{"odds": ["yes"]}', ["odds[0] is `\"yes\"`", "expected true or false"]),
    ('{"odds": [1]}', ["odds[0] is `1`"]),
    ('{"rates": ["0.5"]}', ["rates[0]", "a number, such as 0.5"]),
    ('{"wait": true}', ["wait is `true`", "\"1.5h\", or a number of seconds"]),
    ('{"room": "4"}', ["\"4GB\", or a number of bytes"]),
    ('{"width": null}', ["width is `null`"]),
    ('{"width": 1.5}', ["width is `1.5`"]),
    ('{"width": 3,\n "width": 4}', ["2:2:", "`width` is given twice, first on line 1"]),
    ('[1]', ["1:1:", "`{`"]), ('{"width": 3', ["1:12:", "`,` or `}`", "the end of the file"]),
    ('{"width": 3} x', ["1:14:", "the end of the file"]), ('{3: 4}', ["1:2:", "in quotes"]),
    ('{"width": \n\n?\n}', ["3:1:", "a value"]), ('{"width": 3\n"title": 1}', ["2:1:"]))


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def runs_a_part(program):
    done = program("run", "--until", "work", "--run-id-file", "id")
    assert (program.folder / "id").read_text() == "1\n"
    assert (program.folder / "id").stat().st_mode & 0o777 == 0o600
    contains(done.stderr, "stopped after `work`", "5 tasks are done", "`./prog resume` goes on")
    lacks(done.stderr, "gather]", "error")
    show = lines(program("show", "--format", "json"))[0]
    assert show["state"] == "stopped" and show["why"].startswith("stopped after `work`"), show
    contains(program("show").stdout, "Run 1 of Steps: stopped", "`./prog resume")
    contains(program("runs").stdout, "stopped")
    states = {step["step"]: step["state"] for step in show["steps"]}
    assert states == {"start": "done", "work": "done", "gather": "not run", "end": "not run"}
    program("tag", "add", "1", "mine", "first")
    done = program("resume", "--quiet", "--tag", "again", "--tag", "mine")
    assert lines(program("show", "--format", "json"))[0]["tags"] == ["again", "mine", "first"]
    assert done.stdout == "14 [0.5, 1.5] 2min none\n", done.stdout
    assert [t["done_by"] for t in lines(program("show", "2/work", "--format", "json"))] == [1] * 4
    contains(program("run", "--until", "gahter", code=2).stderr, "`gahter`",
             "did you mean `gather`?")
    contains(program("resume", "gahter", code=2).stderr, "did you mean `gather`?")


def reads_parameters(program):
    def quiet(*words):
        return program("run", "--quiet", *words).stdout
    assert quiet("--rates", "1,2.5,3") == "14 [1.0, 2.5, 3.0] 2min none\n"
    assert quiet("--rates=[7]", "--title", "mine") == "14 [7.0] 2min mine\n"
    file = program.folder / "values.json"
    file.write_text('{"width": 3, "rates": [4], "wait": 90, "title": "say \\"x\\""}')
    assert quiet("--params", "values.json") == "5 [4.0] 1min30s say \"x\"\n", \
        quiet("--params", "values.json")
    assert quiet("--params", "values.json", "--width", "2").startswith("1 [4.0]")
    run = lines(program("runs", "--format", "json"))[0]["run"]
    file.write_text(program("params", run).stdout)
    assert quiet("--params", "values.json").startswith("1 [4.0] 1min30s say")
    for text, parts in PARAM_FILES_WRONG:
        file.write_text(text)
        contains(program("run", "--params", "values.json", code=2).stderr, "error: values.json:",
                 *parts)
    file.write_text('{"width": 9007199254740993, "wait": "1.5h", "odds": [true], "room": "4GB"}')
    contains(program("run", "--params", "values.json", "--width", 1, "--quiet").stdout, "1h30min")
    file.write_text('{"width": 9007199254740993}')
    contains(program("run", "--params", "values.json", code=1).stderr,
             "a foreach over 9007199254740993 elements is more than a run can hold")
    contains(program("run", "--rates", "1,2,", code=2).stderr, "element 3 of the list is empty")
    file.write_bytes(b'{"title": "\xff"}')
    contains(program("run", "--params", "values.json", code=2).stderr, "UTF-8")
    contains(program("run", "--params", "none.json", code=1).stderr, "none.json")
    def from_input(text, *words):
        return subprocess.run(["./prog", "run", "--quiet", "--params", "-", *words], input=text,
                              cwd=program.folder, capture_output=True, text=True, check=False)
    assert from_input('{"width": 3, "title": "typed"}').stdout == "5 [0.5, 1.5] 2min typed\n"
    assert from_input('{"width": 3}', "--width", "2").stdout.startswith("1 ")
    for text, said in (('{"width": "x"}', "error: standard input:1:11: width is `\"x\"`"),
                       ("", "standard input:1:1: expected `{`, and there is the end of the file")):
        done = from_input(text)
        contains(done.stderr, said)
        assert done.returncode == 2, done
    names = {param["name"]: param for param in lines(program("params", "--format", "json"))}
    assert names["title"]["option"] == "title" and names["rates"]["default"] == [0.5, 1.5]
    contains(program("params").stdout, "--title STRING", "--rates [FLOAT]")


def has_tags(program):
    program("run", "--tag", "night", "--tag", "big", "--tag", "night", "--quiet")
    runs = lines(program("runs", "--format", "json"))
    assert [run["run"] for run in runs] == sorted((run["run"] for run in runs), reverse=True)
    newest = runs[0]
    assert newest["tags"] == ["night", "big"] and newest["state"] == "done", newest
    assert newest["user"] == pwd.getpwuid(os.getuid()).pw_name == getpass.getuser()
    program("tag", "add", newest["run"], "good", "big")
    done = program("tag", "remove", newest["run"], "night", "--format", "json")
    assert lines(done) == [{"run": newest["run"], "tags": ["big", "good"]}], done.stdout
    tagged = lines(program("runs", "--tag", "good", "--format", "json"))
    assert [run["run"] for run in tagged] == [newest["run"]]
    contains(program("runs").stdout, "RUN", "STATE", "big good")
    contains(program("runs", "--tag", "nobody").stdout, "no run of Steps")
    contains(program("show").stdout, "tags       big good")
    for words in (["add", "1", "two words"], ["ad", "1", "x"], ["add", "1/work", "x"]):
        program("tag", *words, code=2)
    contains(program("tag", "remove", "1", "x", code=2).stderr, "no tag `x`")
    contains(program("tag", "add", "999", "x", code=2).stderr, "999")
    with Program("flow Other\nstep start { next end }\nstep end { }\n") as other:
        store = ("--store", program.folder / ".flow")
        for word in ("add", "remove"):
            contains(other("tag", word, newest["run"], "good", *store, code=2).stderr,
                     f"run {newest['run']} is one of the flow Steps, not of Other")
    contains(program("show").stdout, "tags       big good")


def gets_values(program):
    assert program("get", "1/work/3", "square").stdout == "9\n"
    assert program("get", "1/work/3", "n").stdout == "3\n"
    assert program("get", "2/end", "words").stdout == "14 [0.5, 1.5] 2min none\n"
    program("get", "2/end", "words", "-o", "out.txt")
    assert (program.folder / "out.txt").read_text() == "14 [0.5, 1.5] 2min none"
    contains(program("get", "2/end", "word", code=2).stderr, "did you mean `words`?")
    contains(program("get", "2/work", "square", code=2).stderr, "more than one task")
    contains(program("get", "2", "square", code=2).stderr, "more than one task")
    contains(program("get", "1/end", "words", code=1).stderr, "1/end did not run")
    dumped = lines(program("dump", "2", "--artifact", "square", "--artifact", "total", "--format",
                           "json"))
    assert [d["artifacts"] for d in dumped] == [{"square": n * n} for n in range(4)] + \
        [{"total": 14}], dumped
    contains(program("dump", "2", "--artifact", "sqare", code=2).stderr, "did you mean `square`?")


def names_files_as_given(program):
    """What stands beside a file while it is written is no business of the reader's."""
    for words in (["graph", "-o", "none/x.svg"], ["run", "--run-id-file", "none/id", "--quiet"],
                  ["get", "2/end", "words", "-o", "none/x"]):
        done = program(*words, code=1)
        path = next(word for word in words if word.startswith("none/"))
        contains(done.stderr, f"cannot write {path}: No such file or directory")
        lacks(done.stderr, ".part")
    for words in (["graph", "-o", "."], ["get", "2/end", "words", "-o", "."]):
        lacks(program(*words, code=1).stderr, ".part")


def names_first_cause(program):
    done = program("run", "--bad", "2", code=1)
    end = done.stderr[done.stderr.rindex(" failed after "):]
    contains(end, "/work/2 failed: number 2 is bad", "at work (prog.flow:", "| working on 2",
             "help: `./prog logs ", "help: `./prog resume` goes on")
    run = lines(program("runs", "--format", "json"))[0]
    assert run["state"] == "failed" and "number 2 is bad" in run["why"]
    show = lines(program("show", "--format", "json"))[0]
    failure = show["failures"][0]
    assert len(show["failures"]) == 1 and failure["message"] == "number 2 is bad"
    attempts = failure["failed_attempts"]
    assert [a["attempt"] for a in attempts] == [1, 2] and attempts[1]["stdout"] == ["working on 2"]
    contains(program("show").stdout, "    | working on 2", "at work (prog.flow:")
    task = f"{run['run']}/work/2"
    contains(program("show", task).stdout, f"{task} failed in ", "attempt 1", "attempt 2", "n = 2")
    assert program("logs", task, "--attempt", 2, "--stdout").stdout == "working on 2\n"
    contains(program("logs", task, "--attempt", 3, code=2).stderr, "had 2 attempts")
    done = program("logs", task, "--stderr")
    assert done.stdout == ""
    contains(done.stderr, "number 2 is bad")


def stops_at_once(program):
    """The last task would never end by itself."""
    program("run", "--fail-fast", "--bad", "0", "--width", 90, "--max-workers", 2, code=1)
    show = lines(program("show", "--format", "json"))[0]
    work = [step for step in show["steps"] if step["step"] == "work"][0]
    assert len(show["failures"]) == 1 and work["failed"] == 1 and work["done"] < 90, work
    contains(program("store", "check").stdout, "store ok")


def main():
    with Program(FLOW) as program:
        runs_a_part(program)
        gets_values(program)
        reads_parameters(program)
        has_tags(program)
        names_files_as_given(program)
        names_first_cause(program)
        stops_at_once(program)


if __name__ == "__main__":
    main()
