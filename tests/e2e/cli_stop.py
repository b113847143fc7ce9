#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C, SIGTERM and SIGKILL: what is done is kept, and `resume` does the rest."""
import json
import os
import signal
import time

from _program import Program, contains
from _waiting import wait_for_tasks, waiting

WIDTH = 8
FLOW = waiting(WIDTH)


def stop(program, number, code, times=1):
    process = program.start("run", "--chunk", 1, "--max-workers", 5)
    wait_for_tasks(program, process)
    for _ in range(times):
        os.kill(process.pid, number)
        time.sleep(0.02)    # so that two arrive
    _, errors = process.communicate()
    assert process.returncode == code, (process.returncode, errors)
    return errors


def check_rest(program, run):
    (program.folder / "go").write_text("")
    done = program("resume", "--chunk", 1)
    contains(done.stderr, f"goes on from run {run}: 5 tasks are taken over")
    contains(done.stdout, "] 140\n")
    over = [line.split("] ")[1] for line in done.stdout.splitlines() if "is over" in line]
    assert sorted(over) == [f"{i} is over" for i in range(4, WIDTH)], over
    (program.folder / "go").unlink()
    contains(program("store", "check").stdout, "store ok")


def main():
    with Program(FLOW) as program:
        errors = stop(program, signal.SIGINT, 130)
        contains(errors, "Run 1 cancelled after ", ": 5 tasks are done, `./prog resume` goes on")
        contains(program("show").stdout, "Run 1 of Waiting: cancelled")
        check_rest(program, 1)

        errors = stop(program, signal.SIGTERM, 143, times=2)    # as `timeout` does
        contains(errors, "Run 3 cancelled after ", "5 tasks are done")
        contains(program("show").stdout, "Run 3 of Waiting: cancelled")
        check_rest(program, 3)

        stop(program, signal.SIGKILL, -signal.SIGKILL)
        contains(program("show").stdout, "Run 5 of Waiting: died", "resume")
        before = [program(*words, "--format", "json").stdout for words in (("show", 5), ("runs",))]
        assert json.loads(before[0])["last_seen"], before
        check_rest(program, 5)
        after = [program(*words, "--format", "json").stdout for words in (("show", 5), ("runs",))]
        assert before[0] == after[0] and before[1].splitlines()[0] in after[1], (before, after)
        contains(program("show", 5).stdout, "Run 5 of Waiting: died", "last seen")

        answers = {json.loads(program("dump", f"{run}/gather", "--format", "json").stdout)
                   ["artifacts"]["total"] for run in (2, 4, 6)}
        assert answers == {140}, answers


if __name__ == "__main__":
    main()
