# SPDX-License-Identifier: Apache-2.0
"""A program of `flowc build --debug` steps through the lines of its .flow file in gdb, and one that
crashes in C, debugged or not, is traced back to them."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FLOW = """flow Stepped

extern fn crash(at: int) -> int from "crash.c"

fn half(n: int) -> int {
    let result = n div 2
    result
}

fn turns(number: int) -> int {
    var n = number
    var count = 0
    while n > 1 {
        n = half(n)
        count += 1
    }
    count
}

param crashes = false

step start {
    if crashes { print(falls(4)) }
    let word = "eight"
    let answer = turns(4)
    print("{word} {answer}")
    next end
}

fn falls(at: int) -> int {
    let where = at * 2
    crash(where)
}

step end { }
"""

CRASH = """#include <stdint.h>
int64_t crash(int64_t at)
{
    return *(volatile int64_t *)(at - 8);
}
"""


def line_of(text):
    return next(i for i, line in enumerate(FLOW.splitlines(), 1) if text in line)


def debug(folder, *commands):
    """What gdb says when it follows into the worker of the one task that runs at a time."""
    script = ["set pagination off", "set confirm off", "set breakpoint pending on",
              "set follow-fork-mode child", "set debuginfod enabled off", *commands]
    (folder / "commands").write_text("\n".join(script) + "\n")
    done = subprocess.run(["gdb", "-q", "-batch", "-nx", "-x", "commands", "./prog"], cwd=folder,
                          capture_output=True, text=True, timeout=400, stdin=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    if "Operation not permitted" in said or "ptrace" in said:
        print("gdb may not trace processes here")
        sys.exit(77)
    return said


def lines_shown(said, after):
    """The numbers of the source lines that gdb shows as it stops."""
    return [int(n) for n in re.findall(r"^(\d+)\t", said[said.index(after):], re.M)]


def build(folder, *options):
    done = subprocess.run([os.environ["FLOWC"], "build", "prog.flow", "-o", "prog", *options],
                          cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def steps_through_lines(folder):
    call, count, head = line_of("n = half"), line_of("count += 1"), line_of("while n")
    said = debug(folder, f"tbreak prog.flow:{call}", "run run --quiet", "print v_n",
                 "next", "next", "next", "print v_count", "print v_n", "bt 2", "step",
                 "print v_n", "kill")
    shown = lines_shown(said, "hit Temporary breakpoint 1")
    assert shown[:5] == [call, count, head, call, line_of("let result")], said
    values = re.findall(r"^\$\d+ = (.*)$", said, re.M)
    assert values[:4] == ["4", "1", "2", "2"], said
    assert f"prog.flow:{line_of('turns(4)')}" in said, said


def stops_where_a_function_begins(folder):
    said = debug(folder, "tbreak fl_half", "run run --quiet", "bt 3", "kill")
    for text in ("let result", "n = half", "turns(4)"):
        assert f"prog.flow:{line_of(text)}" in said, said


def traces_a_crash(folder):
    said = debug(folder, "run run --quiet --crashes true", "bt 4", "kill")
    if "SIGSEGV" not in said:    # a sanitizer came before, and has a trace of its own
        said = subprocess.run(["./prog", "logs", "3/start"], cwd=folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    trace = said[re.search("SIGSEGV|runtime error|AddressSanitizer", said).start():]
    assert "crash.c:4" in trace, said
    assert f"prog.flow:{line_of('crash(where)')}" in trace, said
    assert f"prog.flow:{line_of('print(falls')}" in trace, said


def main():
    if not shutil.which("gdb"):
        print("there is no gdb here")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "prog.flow").write_text(FLOW)
        (folder / "crash.c").write_text(CRASH)
        build(folder, "--debug")
        steps_through_lines(folder)
        stops_where_a_function_begins(folder)
        traces_a_crash(folder)


main()
