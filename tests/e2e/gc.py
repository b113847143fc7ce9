#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`gc` removes what is asked for, nothing else: beside a running run, and killed at any point."""
import os
import random
import shutil
import time

from _program import Program, contains, lacks, wait_until

KILLS = 12

# Each run keeps a blob of its own, one that all runs share, and a list of long items; with
# --broken 1 one split fails, so that a resume takes the others over.
FLOW = """
flow Keeper

import file
import random

param broken = 0
param waits  = false    /// Whether the tasks go on until there is a file `go`

step start {
    keep shared = (0..20_000).map(|i| float(i))
    keep own    = random.floats(20_000)
    let draws   = random.floats(6)
    next work foreach (0..6).map(|i| (i, draws[i]))
}

step work(index: int, x: float) {
    while waits and not file.exists("go") { }
    print("working on {x:.3f}")
    if broken == 1 and index == 4 { fail "broken" }
    keep part = (0..10_000).map(|i| x)
    next gather
}

join gather(all: [work]) {
    keep total = sum(all.map(|w| sum(w.part)))
    next end
}

step end { print("{total:.3f} {len(shared)} {sum(own):.3f}") }
"""


def files_of(program, kind):
    return {path.relative_to(program.folder / ".flow") for path in
            (program.folder / ".flow" / kind).rglob("*") if path.is_file()}


def make_old(program):
    """As if all blobs had been put long ago."""
    long_ago = time.time() - 30 * 24 * 3600
    for path in (program.folder / ".flow" / "blobs").rglob("*"):
        if path.is_file():
            os.utime(path, (long_ago, long_ago))


def dump(program, run):
    return program("dump", str(run), "--format", "json").stdout


def sound(program):
    contains(program("store", "check").stdout, "store ok")


def removes_what_is_asked_for(p):
    for _ in range(4):
        p("run", "--quiet")
    blobs, logs, last = files_of(p, "blobs"), files_of(p, "logs"), [dump(p, 3), dump(p, 4)]
    contains(p("gc").stdout, "freed 0 runs, 0 blobs (0 bytes), logs (0 bytes); 4 runs kept")
    contains(p("gc", "--older-than", "1h").stdout, "freed 0 runs", "4 runs kept")
    contains(p("gc", "--keep", "2", "--dry-run").stdout, "run 1 would be removed",
             "run 2 would be removed", "would free 2 runs, 0 blobs", "2 runs kept")
    assert files_of(p, "blobs") == blobs and files_of(p, "logs") == logs

    # Blobs that are young stay, since a run might be about to name them.
    contains(p("gc", "--keep", "2").stdout,
             "run 1 removed", "run 2 removed", "freed 2 runs, 0 blobs")
    assert files_of(p, "blobs") == blobs
    assert {path.parts[1] for path in files_of(p, "logs")} == {"3", "4"}
    make_old(p)
    planned = p("gc", "--dry-run").stdout
    freed = p("gc").stdout
    assert planned.replace("would free", "freed") == freed, planned + freed
    lacks(freed, " 0 blobs")
    assert len(files_of(p, "blobs")) < len(blobs)
    sound(p)
    assert [dump(p, 3), dump(p, 4)] == last
    contains(p("gc").stdout, "freed 0 runs, 0 blobs")
    contains(p("show", "1", code=2).stderr, "no run 1")

    # The newest stays, since its number would be given again.
    time.sleep(0.01)
    contains(p("gc", "--older-than", "5ms").stdout, "run 3 removed", "run 4 kept: it is the newest")
    assert p("gc", "--keep", "0", code=2) and p("gc", "--older-than", "soon", code=2)
    sound(p)


def keeps_what_is_taken(p):
    p("run", "--broken", "1", "--quiet", code=1)
    first = dump(p, 1)
    p("resume", "--quiet", code=1)   # still broken: takes from 1
    p("run", "--quiet")
    make_old(p)
    contains(p("gc", "--keep", "2").stdout,
             "run 1 kept: a later run goes on from it", "freed 0 runs")
    assert dump(p, 1) == first
    sound(p)
    contains(p("gc", "--keep", "1").stdout, "run 1 removed",
             "run 2 (failed, could be resumed) removed", "freed 2 runs")
    make_old(p)
    p("gc")
    sound(p)
    contains(p("resume", "--origin-run-id", "1", code=2).stderr, "no run 1")


def keeps_what_is_tagged(p):
    p("run", "--tag", "paper", "--quiet")
    p("run", "--broken", "1", "--quiet", code=1)
    p("run", "--broken", "1", "--quiet", code=1)
    p("resume", "--broken", "0", "--quiet", code=2)
    p("resume", "--quiet", code=1)
    p("run", "--quiet")
    said = ("run 1 kept: it has tags, and --tagged was not given",
            "run 2 (failed, could be resumed) would be removed", "run 3 would be removed",
            "run 4 (failed, could be resumed) would be removed", "would free 3 runs")
    contains(p("gc", "--keep", "1", "--dry-run").stdout, *said)
    contains(p("gc", "--keep", "1", "--dry-run", "--tagged").stdout, "run 1 would be removed",
             "would free 4 runs")
    contains(p("gc", "--keep", "1").stdout, "run 1 kept: it has tags",
             "run 2 (failed, could be resumed) removed", "freed 3 runs")
    contains(p("gc", "--keep", "1", "--tagged").stdout, "run 1 removed", "freed 1 run,")
    contains(p("gc", "--help").stdout, "--tagged", "one that could still be resumed goes as any")
    sound(p)


def beside_a_running_run(p):
    for _ in range(3):
        p("run", "--quiet")
    make_old(p)
    run = p.start("run", "--quiet", "--waits", "--max-workers", 2)
    wait_until(lambda: "work/0 (pid " in p("show", code=None).stdout)
    # Its blob `shared` is as old as can be, and named by no other run once those are gone.
    contains(p("gc", "--older-than", "1ms").stdout,
             "freed 3 runs", "run 4 kept: it is still running")
    for _ in range(5):
        p("gc", "--older-than", "1ms")
    assert run.poll() is None, run.communicate()
    (p.folder / "go").write_text("")
    while run.poll() is None:
        p("gc", "--older-than", "1ms")
    out, err = run.communicate()
    assert run.returncode == 0, err
    contains(out, " 20000 ")
    sound(p)


def killed_at_any_point(p):
    for _ in range(6):
        p("run", "--quiet")
    make_old(p)
    store, whole = p.folder / ".flow", p.folder / "whole"
    kept = [dump(p, 5), dump(p, 6)]
    shutil.copytree(store, whole)
    began = time.monotonic()
    contains(p("gc", "--keep", "2").stdout, "freed 4 runs")
    took = time.monotonic() - began
    undisturbed = files_of(p, "blobs"), files_of(p, "logs")
    for i in range(KILLS):
        shutil.rmtree(store)
        shutil.copytree(whole, store)
        gc = p.start("gc", "--keep", "2")
        time.sleep(took * i / KILLS + random.random() * 0.001)
        gc.kill()
        gc.wait()
        gc.communicate()
        sound(p)
        assert [dump(p, 5), dump(p, 6)] == kept, f"killed after {i}/{KILLS}"
        p("gc", "--keep", "2")
        sound(p)
        assert [dump(p, 5), dump(p, 6)] == kept, f"killed after {i}/{KILLS}"
        left = files_of(p, "blobs"), files_of(p, "logs")
        assert left == undisturbed, f"killed after {i}/{KILLS}"


if __name__ == "__main__":
    for case in (removes_what_is_asked_for, keeps_what_is_taken, keeps_what_is_tagged,
                 beside_a_running_run, killed_at_any_point):
        with Program(FLOW) as program:
            case(program)
