#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`show` and `logs` of what runs, waits or was stopped: all that was printed is in reach."""
import json
import os
import re
import signal
import subprocess
import time

from _program import Program, contains, lacks, wait_until

FLOW = """flow Going

import file

param bad = -1

step start {
    print("start says hi")
    next work foreach 0..6
}

@retry(times=1)
step work(i: int) {
    print("{i} begins, attempt {current.attempt}")
    if i == 1 and current.attempt == 1 { fail "not at first" }
    while i >= 4 and not file.exists("go") {
        if i == bad and file.exists("fall") { fail "bad {i}" }
    }
    print("{i} is over")
    keep square = i * i
    next gather
}

join gather(all: [work]) {
    keep total = sum(all.map(|w| w.square))
    next end
}

step end { print(total) }
"""
LATE = ("4 begins, attempt 1\n", "5 begins, attempt 1\n")


def is_seen(program, run):
    """Whether both tasks that go on are told with their processes and what they printed."""
    text = program("show", run).stdout
    pids = re.findall(r"/work/[45] \(pid \d+\)", text)
    said = tuple(program("logs", f"{run}/work/{task}", code=None).stdout
                 for task in (4, 5))
    return "4 done, 2 running" in text and len(pids) == 2 and said == LATE


def begin(program, *words):
    """A run of which two tasks go on until there is a file `go`."""
    process = program.start("run", *words, "--run-id-file", "id")
    wait_until((program.folder / "id").exists)
    run = (program.folder / "id").read_text().strip()
    (program.folder / "id").unlink()
    wait_until(is_seen, program, run)
    return process, run


def shows_what_runs(program):
    process, run = begin(program)
    text = program("show").stdout
    assert re.search(r"^  start +done +<?[\d.]+ m?s +1 done$", text, re.MULTILINE), text
    assert re.search(r"^  work +running .* 4 done, 2 running, 1 retried", text, re.MULTILINE), text
    assert re.search(r"^  gather +waiting$", text, re.MULTILINE), text
    assert re.search(rf"^Running tasks\n  {run}/work/4 \(pid \d+\) for .*\n  {run}/work/5", text,
                     re.MULTILINE), text
    contains(program("show", f"{run}/work/4").stdout, f"{run}/work/4 running for", "| 4 begins")
    contains(program("show", f"{run}/gather").stdout, f"{run}/gather waiting\n")
    contains(program("show", f"{run}/end").stdout, f"{run}/end waiting\n")
    contains(program("show", f"{run}/work/9", code=2).stderr, f"run {run} has no task `work/9`",
             f"there are 6 of `work`: {run}/work/0 to {run}/work/5")
    show = json.loads(program("show", run, "--format", "json").stdout)
    steps = {step["step"]: step for step in show["steps"]}
    assert (steps["work"]["running"], steps["work"]["waiting"]) == (2, 0), steps
    assert steps["gather"]["state"] == "waiting", steps
    assert [t["task"] for t in show["unfinished"]] == [f"{run}/work/{i}" for i in (4, 5)], show
    assert show["failures"] == [], show
    return process, run


def logs_what_runs(program, process, run):
    done = program("logs", f"{run}/work/4")
    assert done.stdout == LATE[0], done
    contains(done.stderr, f"--- {run}/work/4 (pid ", "), running\n")
    contains(program("logs", run).stdout, "start says hi", *LATE)
    both = subprocess.Popen(["./prog", "logs", run, "--follow"], cwd=program.folder, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    one = program.start("logs", f"{run}/work/5", "--follow")
    assert one.stdout.readline() == LATE[1]
    assert one.poll() is None
    (program.folder / "go").write_text("")
    assert one.communicate()[0] == "5 is over\n"
    text = both.communicate()[0]
    process.communicate()
    blocks = re.findall(r"^--- (\S+) .*\n((?:(?!---).*\n)*)", text, re.MULTILINE)
    for name, lines in blocks:
        step, _, index = name.removeprefix(f"{run}/").partition("/")
        for line in lines.splitlines():
            assert step != "work" or line[0] == index or "not at" in line or "  at" in line, text
    said = sorted(line for _, lines in blocks for line in lines.splitlines())
    assert len([line for line in said if line.endswith("is over")]) == 6, text
    assert len([line for line in said if " begins, " in line]) == 7, text
    (program.folder / "go").unlink()


def keeps_what_was_stopped(program):
    for number in (signal.SIGINT, signal.SIGKILL):
        process, run = begin(program)
        os.kill(process.pid, number)
        process.communicate()
        wait_until(lambda r=run: ": running" not in program("show", r).stdout)
        for task in (4, 5):
            done = program("logs", f"{run}/work/{task}")
            assert done.stdout == LATE[task - 4], done
            contains(done.stderr, ", stopped\n")
        text = program("show", run).stdout
        lacks(text, "running")
        contains(text, "4 done, 2 stopped", f"Stopped tasks\n  {run}/work/4 (pid ")
        contains(program("show", f"{run}/work/4").stdout, f"{run}/work/4 stopped after")
        contains(program("show", f"{run}/gather").stdout, f"{run}/gather not run\n")
        lacks(program("dump", run).stdout, "work/4")


QUICK = """flow Quick
import file
step start { next work foreach 0..40 }
step work(i: int) {
    while i == 0 and not file.exists("go") { }
    print("quick {i}")
    while i == 39 { }
    next all
}
join all(them: [work]) { next end }
step end { print("over") }
"""


def keeps_what_was_not_stored():
    """The scheduler stands still, so what its tasks do is not stored; then it is killed."""
    with Program(QUICK) as program:
        process = program.start("run", "--chunk", "40", "--max-workers", "1")
        wait_until(lambda: "/work/0 (pid" in program("show", code=None).stdout)
        process.send_signal(signal.SIGSTOP)
        (program.folder / "go").write_text("")
        log = program.folder / ".flow" / "logs" / "1" / "0.out"
        wait_until(lambda: "quick 39\n" in log.read_text())
        process.kill()
        process.communicate()
        done = program("logs", 1)
        assert done.stdout == "".join(f"quick {i}\n" for i in range(40)), done
        contains(done.stderr, "--- of tasks that were not stored\n")
        assert program("logs", "1", "--stderr").stdout == ""
        lacks(program("logs", "1/work").stderr, "not stored")


def keeps_what_fail_fast_ended(program):
    process, run = begin(program, "--fail-fast", "--bad", "4")
    (program.folder / "fall").write_text("")
    process.communicate()
    assert process.returncode == 1
    done = program("logs", f"{run}/work/5")
    assert done.stdout == LATE[1], done
    contains(done.stderr, ", stopped\n")
    contains(program("logs", f"{run}/work/4").stderr, "attempt 2 failed", "bad 4")
    text = program("show", run).stdout
    contains(text, "4 done, 1 stopped, 1 failed", "bad 4", f"Stopped tasks\n  {run}/work/5")
    (program.folder / "fall").unlink()


def says_what_is_not_there(program, run):
    contains(program("logs", f"{run}/work/1", "--attempt", 7, code=2).stderr,
             f"{run}/work/1 had 2 attempts: there is no attempt 7")
    contains(program("logs", run, "--attempt", 7, code=2).stderr,
             f"no task of run {run} had more than 2 attempts")
    done = program("logs", f"{run}/gather")
    assert (done.stdout, done.stderr) == ("", f"{run}/gather has printed nothing\n"), done
    contains(program("logs", run, "--stderr", "--attempt", 1).stderr, "not at first")
    contains(program("logs", f"{run}/work/0", "--stderr").stderr, "nothing to standard error")
    for command in ("show", "logs", "dump"):
        contains(program(command, f"{run}/", code=2).stderr, "no step behind its slash")
    contains(program("get", f"{run}/work", "square", code=2).stderr,
             f"/prog get {run}/work/0 square")


def seconds(text):
    """As `12 ms`, `2.3 s`, `<1 ms` is written."""
    number, unit = re.search(r"<?([\d.]+) (ms|s)\b", text).groups()
    return float(number) / (1000 if unit == "ms" else 1)


def times_agree(program, run):
    show = json.loads(program("show", run, "--format", "json").stdout)
    began, ended = (time.mktime(time.strptime(show[key][:19], "%Y-%m-%dT%H:%M:%S")) +
                    float(show[key][19:23]) for key in ("began", "ended"))
    assert abs(ended - began - show["seconds"]) < 0.003, show
    text = program("show", run).stdout
    took = re.search(r"took +(.*)", text).group(1)
    contains(program("runs").stdout, f"  {took}")
    if show["seconds"] < 59:
        assert abs(seconds(took) - show["seconds"]) < 0.06, (took, show["seconds"])
    (program.folder / "go").write_text("")
    done = program("run", "--max-workers", 2)
    text = program("show").stdout
    contains(text, re.search(r"Run \d+ is done: 9 tasks in (.*)", done.stderr).group(1))
    for step, took in re.findall(r"\[\d+/(\w+)\] (?:6 of 6 tasks )?done in ([\d.]+ m?s|<1 ms)",
                                 done.stderr):
        row = rf"^  {step} +done +{re.escape(took)} "
        assert re.search(row, text, re.MULTILINE), (step, took, text)


def main():
    keeps_what_was_not_stored()
    with Program(FLOW) as program:
        process, run = shows_what_runs(program)
        logs_what_runs(program, process, run)
        says_what_is_not_there(program, run)
        times_agree(program, run)
        (program.folder / "go").unlink()
        keeps_what_was_stopped(program)
        keeps_what_fail_fast_ended(program)


if __name__ == "__main__":
    main()
