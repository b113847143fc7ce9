#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`flowc explain`: a page for each code.  `flowc fix`: what the help says, done in the file."""
import os
import pathlib
import re
import subprocess

from _program import contains

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CODES = ROOT / "compiler" / "source" / "diag_codes.def"

WRONG = """flow Fix

step start {
    keep seeds = [1, 2, 3]
    keep many = seeds.len() > 2 && true
    next serach foreach seeds
}

step search(seed: int) {
    print(sed);
    next gather
}

join gather(all: [search]) { next end }

step end { print(many) }
"""


def flowc(*words, code=0):
    done = subprocess.run([os.environ["FLOWC"], *words], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def explain():
    codes = re.findall(r'^X\((F\d{4}), \w+, "(.*)"\)', CODES.read_text(), re.MULTILINE)
    assert len(codes) > 90, codes
    for code, title in codes:
        said = flowc("explain", code).stdout
        contains(said, f"{code}: {title}\n\n")
        assert all(len(line) <= 100 for line in said.splitlines()), said
    contains(flowc("explain", "F9999", code=2).stderr, "there is no code `F9999`")
    flowc("explain", code=2)


MANY_WRONG = """flow Many

import file

enum Shape { Empty, Circle(float) }

step start {
    let n = 3
    keep total = 0
    next work
}

step work {
    let x = 1 let y = math.sqrt(2.0)
    x = 2
    total += 1
    for i in total print(i)
    if total { println("{sqrt(y)} {x ?? 1}") }
    let s = Empty()
    let done = True
    print("{s} {done} {file.exists("x")}")
    next end
}

step end { print(total) }
"""


def fixes_many():
    """Each has one clear edit, and what they make has no error."""
    pathlib.Path("many.flow").write_text(MANY_WRONG)
    flowc("fix", "many.flow")
    text = pathlib.Path("many.flow").read_text()
    contains(text, "import math\nimport file", "    keep total\n", "    var x = 1\n    let y",
             "for i in 0..total { print(i) }", "if total != 0", 'print("{math.sqrt(y)} {x}")',
             "let s = Empty\n", "let done = true")


def fix():
    path = pathlib.Path("wrong.flow")
    path.write_text(WRONG)
    path.chmod(0o640)
    contains(flowc("fix", "wrong.flow").stderr, "wrong.flow: 4 edits")
    wanted = WRONG.replace("&&", "and").replace("serach", "search").replace("sed);", "seed)")
    assert path.read_text() == wanted, path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    contains(flowc("fix", "wrong.flow").stderr, "wrong.flow: 0 edits")
    path.write_text("flow Left\n\nstep start { next end }\n\nstep end { print(unknown_thing) }\n")
    contains(flowc("fix", "wrong.flow", code=1).stderr, "F0202", "wrong.flow: 0 edits")
    contains(flowc("fix", "none.flow", code=1).stderr, "none.flow")


explain()
fix()
fixes_many()
