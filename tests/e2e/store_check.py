#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `store check` says of files that nobody names and of runs that are gone; long ranges."""
import json
import sqlite3

from _program import Program, contains, lacks

FLOW = """flow Check
struct Both { all: [int], name: string }
step start {
    keep xs = 0..4_611_686_018_427_387_904
    keep both = Both(all=10..2_000_010, name="both")
    keep few = 2..5
    next end
}
step end { print("{xs.len()} {both.name} {few.len()}") }
"""


def notes_blobs_that_nobody_names(program):
    lacks(program("store", "check").stdout, "note:")
    folder = program.folder / ".flow" / "blobs" / "ab"
    folder.mkdir(parents=True)
    (folder / ("c" * 62)).write_bytes(bytes(2_000_000))
    contains(program("store", "check").stdout, "store ok: 1 run,",
             "note: no run names 1 of the files in blobs/, 2.0 MB: `./prog gc` removes such files")


def finds_a_source_that_is_gone(program):
    with sqlite3.connect(program.folder / ".flow" / "flow.db") as db:
        db.execute("INSERT INTO take VALUES (1, 0, 77)")
    done = program("store", "check", code=1)
    contains(done.stdout, "run 1, step `start`: it is taken over from run 77, which is not there "
                          "any more")


def shows_long_ranges_as_such(program):
    contains(program("dump", "1/start").stdout,
             'xs = {"start":0,"len":4611686018427387904,"step":1}', "few = [2,3,4]", "both")
    assert program("get", "1/start", "few").stdout == "[2,3,4]\n"
    kept = json.loads(program("dump", "1/start", "--format", "json").stdout)["artifacts"]
    assert kept["xs"]["len"] == 1 << 62, kept
    assert {"start": 10, "len": 2_000_000, "step": 1} in list(kept["both"]), kept


with Program(FLOW) as checked:
    checked("run")
    shows_long_ranges_as_such(checked)
    notes_blobs_that_nobody_names(checked)
    finds_a_source_that_is_gone(checked)
