#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A disk that fills up ends the run in words, at whatever is written then; with room it resumes."""
import subprocess
import sys

from _program import Program, contains

SKIPPED = 77

FLOW = """
flow Filler

param size = 40_000

step start { next work foreach 0..40 }

@retry(times=0)
step work(i: int) {
    keep numbers = (0..size).map(|k| k * i + k % 7)
    print("split {i} keeps {len(numbers)} numbers")
    next gather
}

join gather(all: [work]) {
    keep total = sum(all.map(|w| sum(w.numbers)))
    next end
}

step end { print("{total}") }
"""


LARGE = """
flow Large

step start {
    keep m = matrix(9, 1_000_000, |i, j| float(i + j))
    next end
}

step end { print("{m[8, 999_999]} {m.sum()}") }
"""


def mount(*words):
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode == 0


def fills_up(p, answer, size_kb):
    """True when the run was stopped by the full disk."""
    disk = p.folder / "disk"
    disk.mkdir(exist_ok=True)
    if not mount("-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(disk)):
        print("nothing can be mounted here")
        sys.exit(SKIPPED)
    try:
        done = p("run", "--quiet", "--store", "disk/store", code=None)
        if done.returncode == 0:
            assert done.stdout == answer, done.stdout
            return False
        assert done.returncode == 1, done.stderr
        contains(done.stderr.replace("the disk is full", "No space left"), "No space left")
        assert mount("-o", "remount,size=200m", str(disk))
        if (disk / "store" / "flow.db").exists():
            contains(p("store", "check", "--store", "disk/store").stdout, "store ok")
            done = p("resume", "--quiet", "--store", "disk/store", code=None)
        if "no run" in done.stderr or not (disk / "store" / "flow.db").exists():
            done = p("run", "--quiet", "--store", "disk/store")
        assert done.returncode == 0, done.stderr
        assert done.stdout == answer, done.stdout
        contains(p("store", "check", "--store", "disk/store").stdout, "store ok")
        return True
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


if __name__ == "__main__":
    with Program(FLOW) as program:
        undisturbed = program("run", "--quiet").stdout
        sizes = (8, 40, 100, 130, 160, 200, 300, 500, 1000, 3000, 8000)
        stopped = [size for size in sizes if fills_up(program, undisturbed, size)]
        assert len(stopped) >= 8, stopped
    with Program(LARGE) as program:
        undisturbed = program("run", "--quiet").stdout
        sizes = (20_000, 60_000, 150_000)
        stopped = [size for size in sizes if fills_up(program, undisturbed, size)]
        assert stopped == [20_000, 60_000], stopped
