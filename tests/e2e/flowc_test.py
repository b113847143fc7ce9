#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`flowc test`: what passes, what fails and how it says so, one process a test."""
import os
import pathlib
import subprocess

from _program import contains, lacks

LIBRARY = """struct Point { x: int, name: string }

let ten = 10

fn double(x: int) -> int { 2 * x }

fn strict(x: int) -> int {
    if x > 2 { fail "too much: {x}" } else { x }
}

test "doubles" {
    assert double(2) == 4
    assert [1, 2].map(|x| double(x)) == [2, 4]
    for x in [1, 2] { assert x in [1, 2, 3] and x < ten }
    print("seen")
}

test "shows both sides" {
    let p = Point(x=1, name="a b")
    assert Point(x=double(1), name="a") == p
}

test "compares what is mixed" {
    assert 1 + 1 < 2.0
}

test "goes on below" {
    assert strict(1) == 1
    assert strict(3) == 3
}

test "a lone value" {
    assert [1].is_empty()
}
"""

FLOW = """flow Small

fn half(x: int) -> int { x div 2 }

step start { next end }

step end { print("{half(4)}") }

test "halves" { assert half(5) == 2 }
"""


# Each thread of a parallel_map is kept busy until the others have begun, too.
PARALLEL = """extern fn thread_here() -> int from "thread.c"

test "uses the cores" {
    let threads = (0..64).parallel_map(|_| thread_here())
    print("{threads.unique().len()} threads")
}
"""

THREAD = """#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t thread_here(void)
{
    struct timespec pause = {0, 20000000};
    nanosleep(&pause, NULL);
    return syscall(SYS_gettid);
}
"""


def test(*words, code=0):
    done = subprocess.run([os.environ["FLOWC"], "test", *words], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def library():
    pathlib.Path("parts.flow").write_text(LIBRARY)
    done = test("parts.flow", code=1)
    contains(done.stdout, "seen\npassed  doubles\n", "1 passed, 4 failed",
             'Point(x=double(1), name="a") == p\n      left:  Point(x=2, name="a")\n'
             '      right: Point(x=1, name="a b")\n',
             "left:  2.0\n      right: 2.0", "does not hold: [1].is_empty()",
             'too much: 3\n      at strict (parts.flow:8)\n'
             '      at test "goes on below" (parts.flow:29)')
    done = test("parts.flow", "doub")
    contains(done.stdout, "1 passed, 0 failed")
    lacks(done.stdout, "lone")
    contains(test("parts.flow", "zzz", code=2).stderr, "flowc: no test has `zzz` in its name")


def flow():
    pathlib.Path("small.flow").write_text(FLOW)
    contains(test("small.flow").stdout, "passed  halves\n1 passed, 0 failed")
    pathlib.Path("none.flow").write_text("fn one() -> int { 1 }\n")
    contains(test("none.flow", code=1).stderr, "none.flow has no tests")
    test(code=2)


def imported():
    pathlib.Path("lib").mkdir()
    pathlib.Path("lib/near.flow").write_text(
        'fn near() -> int { 1 }\ntest "near" { assert near() == 1 }\n')
    pathlib.Path("lib/far.flow").write_text(
        'import near\nfn far() -> int { near.near() + 1 }\ntest "far" { assert far() == 3 }\n')
    pathlib.Path("uses.flow").write_text(
        'import lib.far\nimport graph\nfn own() -> int { let spare = 1\n far.far() }\n'
        'test "own" { assert own() == 2 }\n')
    done = test("uses.flow", code=1)
    contains(done.stdout, "passed  near\nFAILED  far\n", "lib/far.flow:3", "passed  own\n",
             "2 passed, 1 failed")
    assert done.stderr == "", done.stderr


def cores():
    pathlib.Path("thread.c").write_text(THREAD)
    pathlib.Path("parallel.flow").write_text(PARALLEL)
    done = test("parallel.flow")
    threads = int(done.stdout.split(" threads")[0])
    there_are = len(os.sched_getaffinity(0))
    assert 1 <= threads <= there_are, f"{threads} threads on {there_are} cores"
    assert there_are == 1 or threads > 1, "one thread alone"


def crashes():
    """Told of with the file that it was in, and with the C function."""
    pathlib.Path("strike.c").write_text("#include <stdlib.h>\nvoid strike(void) { abort(); }\n")
    pathlib.Path("strikes.flow").write_text(
        '// a library\n\n\n\nextern fn strike() from "strike.c"\nfn hit() {\n    strike()\n}\n')
    pathlib.Path("struck.flow").write_text(
        'import strikes\ntest "fine" { assert 1 == 1 }\ntest "struck" { strikes.hit() }\n')
    done = test("struck.flow", code=1)
    contains(done.stdout, "passed  fine\nFAILED  struck\n    it was ended by signal 6",
             "in the C function `strike`, called near line 7 of strikes.flow\n")


def crashes_among_many():
    """Beside a line is room for the numbers of so many files: no other one is named instead."""
    names = [f"m{i}" for i in range(257)] + ["last"]
    for name in names:
        pathlib.Path(f"{name}.flow").write_text("fn go(n: int) -> int { n + 1 }\n")
    pathlib.Path("last.c").write_text("#include <stdlib.h>\nvoid strike(void) { abort(); }\n")
    pathlib.Path("last.flow").write_text(
        'extern fn strike() from "last.c"\nfn go(n: int) -> int {\n    strike()\n    n\n}\n')
    pathlib.Path("many.flow").write_text(
        "".join(f"import {name}\n" for name in names) + 'test "many" {\n    var at = 0\n' +
        "".join(f"    at = {name}.go(at)\n" for name in names) + "}\n")
    done = test("many.flow", code=1)
    contains(done.stdout, "in the C function `strike`, called near line 3 of ?\n")


library()
flow()
imported()
crashes()
crashes_among_many()
cores()
