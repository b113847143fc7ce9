#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a run prints and where, its store, its limits; readers that go away."""
import re
import subprocess

from _program import Program, contains, lacks

FLOW = """flow Count

param width = 5

step start {
    print("starting")
    next work foreach 0..width
}

step work(i: int) {
    print("line one of {i}")
    print("line two of {i}")
    keep square = i * i
    next gather
}

join gather(all: [work]) {
    keep total = sum(all.map(|w| w.square))
    next end
}

step end {
    print("the total is {total}")
    print("")
    print("bye")
}
"""
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[(1/\S+) \(pid \d+\)\] (.*)")
OURS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} .*")


def shows_lines(program):
    done = program("run")
    lines = [LINE.fullmatch(line) for line in done.stdout.splitlines()]
    assert all(lines), done.stdout
    by_task = {}
    for line in lines:
        by_task.setdefault(line[1], []).append(line[2])
    assert by_task == {
        "1/start": ["starting"], "1/end": ["the total is 30", "", "bye"],
        **{f"1/work/{i}": [f"line one of {i}", f"line two of {i}"] for i in range(5)}}, by_task
    assert all(OURS.fullmatch(line) for line in done.stderr.splitlines()), done.stderr
    contains(done.stderr, "Run 1 of Count begins", "[1/work] 5 of 5 tasks done", "Run 1 is done")


def is_quiet(program):
    done = program("run", "--quiet")
    assert done.stdout == "the total is 30\n\nbye\n", done.stdout
    assert done.stderr == "", done.stderr


def names_its_store(program):
    program("run", "--store", "here")
    program("run", env={"FLOW_STORE": "there/deep"})
    for folder in ("here", "there/deep"):
        contains(program("show", "--store", folder).stdout, "Run 1 of Count: done")
    assert (program.folder / "here").stat().st_mode & 0o777 == 0o700
    (program.folder / "file").write_text("")
    contains(program("run", "--store", "file", code=1).stderr, "error: ", "file")


def has_limits(program):
    for arguments, env in ((["--width", 101], {}), (["--width", 7, "--max-num-splits", 6], {}),
                           (["--width", 7], {"FLOW_MAX_NUM_SPLITS": "6"})):
        done = program("run", *arguments, code=1, env=env)
        contains(done.stderr, "--max-num-splits", "failed")
        lacks(done.stdout, "/work/")
    program("run", "--width", 101, "--max-num-splits", 101, "--quiet")
    assert program("run", "--width", 0, "--quiet").stdout.startswith("the total is 0\n")
    for workers in (1, 3):
        program("run", "--quiet", "--max-workers", workers, "--chunk", 2)


def outlives_its_readers(program):
    """`| head -1` and closed descriptors do not end a run."""
    script = "./prog run --store piped | head -1; ./prog run --store piped >&- 2>&-; echo $?"
    done = subprocess.run(["/bin/sh", "-c", script], cwd=program.folder, capture_output=True,
                          text=True, check=False)
    contains(done.stdout, "starting", "0")
    for run in (1, 2):
        contains(program("show", run, "--store", "piped").stdout, "done")
    script = "./prog run --store full > /dev/full"
    done = subprocess.run(["/bin/sh", "-c", script], cwd=program.folder, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1, done
    contains(done.stderr, "cannot write to standard output")


def main():
    with Program(FLOW) as program:
        shows_lines(program)
        is_quiet(program)
        names_its_store(program)
        has_limits(program)
        outlives_its_readers(program)
        contains(program("store", "check").stdout, "store ok: ")


if __name__ == "__main__":
    main()
