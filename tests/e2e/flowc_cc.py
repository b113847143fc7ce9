#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`flowc build` where its folder is in the way, and where the C compiler fails."""
import os
import pathlib
import subprocess

from _program import contains, lacks

FLOW = """flow Far

extern fn distance(a: [int], b: int) -> int from "far.c"

step start { next end }

step end { print(distance([1, 2], 3)) }
"""

GOOD = "int64_t distance(const int64_t *a, int64_t n, int64_t b) { return a[0] + n + b; }\n"


def build(code=1, **env):
    done = subprocess.run([os.environ["FLOWC"], "build", "far.flow"], capture_output=True,
                          text=True, check=False, env=dict(os.environ, **env))
    assert done.returncode == code, done.stderr
    lacks(done.stderr, "fault of flowc", "././")
    return done.stderr


def compiler(text):
    path = pathlib.Path("cc-of-test")
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return "./cc-of-test"


def folders():
    flow = pathlib.Path(".flow")
    flow.write_text("")
    contains(build(), "flowc: .flow is no folder")
    flow.unlink()
    flow.mkdir()
    (flow / "build").write_text("")
    contains(build(), "flowc: .flow/build is no folder", "move it away")
    (flow / "build").unlink()


def compilers():
    contains(build(CC="./nowhere"), "there is no C compiler `./nowhere`")
    contains(build(CC=compiler("kill -9 $$")), "was ended by signal 9", "memory enough")
    contains(build(CC=compiler("echo 'cc: fatal error: Killed signal terminated program cc1' >&2\n"
                               "exit 1")), "Killed signal terminated", "memory enough")
    contains(build(CC=compiler("echo 'ld: cannot open output file x: Permission denied' >&2\n"
                               "exit 1")), "since it could not write")
    german = compiler('case "${LANGUAGE-}$LC_ALL" in C.UTF-8) echo "No space left on device" ;;\n'
                      '*) echo "Auf dem Gerät ist kein Speicherplatz mehr verfügbar" ;; esac >&2\n'
                      "exit 1")
    contains(build(CC=german, LC_ALL="de_DE.UTF-8", LANGUAGE="de"), "since it could not write")
    assert build(code=0) == ""


def types():
    pathlib.Path("far.c").write_text("long distance(long *a, int b) { return a[0] + b; }\n")
    contains(build(), "far.flow:3:", "far.c:1:", "`extern fn` lines say",
             "are in .flow/build/far.1.o.h")


pathlib.Path("far.flow").write_text(FLOW)
pathlib.Path("far.c").write_text(GOOD)
folders()
compilers()
types()
