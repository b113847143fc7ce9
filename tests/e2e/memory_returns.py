#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A loop that makes and drops a million values leaves a task's memory where it was."""
import os
import pathlib
import subprocess
import tempfile

FLOW = """flow Drops

struct Note { text: string, seen: [int], parts: [string: int] }

fn resident() -> int { int(file.read_text("/proc/self/statm").split(" ")[1]) }

import file

fn turn(i: int) -> int {
    var note = Note(text="note {i}", seen=[i, i + 1], parts=["a {i}": i])
    note.seen.push(i)
    note.parts["b {i}"] = i
    let copy = note.with(text=note.text.upper())
    let inner = (0..3).map(|k| "{copy.text} {k}")
    let failed = try int("{i}x") else 1
    inner.len() + copy.seen.len() + failed + note.parts.len()
}

step start { next end }

step end {
    var total = 0
    for i in 0..1000 { total += turn(i) }
    let before = resident()
    for i in 0..200_000 { total += turn(i) }
    let pages = resident() - before
    print("{total} {pages}")
}
"""

with tempfile.TemporaryDirectory() as folder:
    flow, program = pathlib.Path(folder) / "drops.flow", pathlib.Path(folder) / "drops"
    flow.write_text(FLOW)
    subprocess.run([os.environ["FLOWC"], "build", flow, "-o", program], check=True, cwd=folder)
    # AddressSanitizer keeps what was freed for a while: here not much of it.
    little = ":".join([os.environ.get("ASAN_OPTIONS", ""), "quarantine_size_mb=1",
                       "thread_local_quarantine_size_kb=64"])
    done = subprocess.run([program, "run", "--quiet"], check=True, cwd=folder, text=True,
                          capture_output=True, env=os.environ | {"ASAN_OPTIONS": little})
    total, pages = map(int, done.stdout.split()[-2:])
    assert total == 201_000 * 9, done.stdout
    asan = 0 if "libasan" not in subprocess.run(["ldd", program], capture_output=True, text=True,
                                                check=False).stdout else 5_000
    # The least that could be lost in each turn is 1,500 pages in all; what the system counts lags.
    assert pages < 700 + asan, f"{pages} pages more than before the loop"
