#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the command line says about small things: what is left, what did not run, one of a kind."""
import subprocess

from _program import Program, contains, lacks, on_terminal

LONG = "a_step_whose_name_is_so_long_that_no_column_is_wide_enough"
FLOW = """flow Words

step start { next work foreach 0..3 }

step work(n: int) { next LONG }

join LONG(all: [work]) { next end }

step end { print("over") }
""".replace("LONG", LONG)

LOOP = """flow Turns

import file

param turns = 3

step start {
    keep turn = 0
    next again
}

step again {
    keep turn
    turn = turn + 1
    next meet foreach 0..2
}

step meet(n: int) {
    script sh "sleep 0.2"
    next back
}

join back(all: [meet]) {
    if turn < turns { next again } else { next end }
}

step end { }
"""


def rows_of(text, name):
    return [line for line in text.splitlines() if line.strip().split("  ")[0] == name]


def small_words(program):
    program("run", "--until", "start")
    text = program("show").stdout
    assert rows_of(text, "work") == ["  work" + " " * 38 + "not run"], text
    assert f"  {LONG}\n" + " " * 44 + "not run\n" in text.replace("  \n", "\n"), text
    contains(program("store", "check").stdout, "store ok: 1 run, 1 chunk, 0 blobs")

    done = program("resume")
    contains(done.stderr, "left to run: 3 tasks of `work`, 1 task of", ", and what follows\n")
    done = program("resume", "end")
    contains(done.stderr, "left to run: 1 task of `end`\n")


def turns(program):
    done = program("run")
    contains(done.stderr, "[1/meet] begins\n", "[1/meet] ")
    lacks(done.stderr, "begins: 2 tasks")


FAILS = """flow Fails

param width = 12
param deep = false
param word = "words"

step start { next work foreach 0..width }

step work(n: int) {
    let long = "many {word} of number {n}, ".repeat(20)
    if deep { script sh(n) \"\"\"
        printf 'before\\n\\033[31mthe last \\001words of %s\\n\\n' $n >&2
        exit 3
    \"\"\" }
    if n >= 0 { fail long }
    next rest
}

join rest(all: [work]) { next end }

step end { }
"""


def failures(program):
    done = program("run", code=1)
    also = [line for line in done.stderr.splitlines() if line.startswith("  also ")]
    assert len(also) == 4 and also == sorted(also, key=lambda l: int(l.split(":")[0].split("/")[2]))
    assert all(len(line) > 450 and line.endswith(", ") for line in also), also
    also = [line for line in on_terminal(program, "run").split("\r\n")
            if line.startswith("  also ")]
    assert len(also) == 4 and all(len(line) == 79 and line.endswith("…") for line in also), also
    also = [line for line in on_terminal(program, "run", "--word", "漢字").split("\r\n")
            if line.startswith("  also ")]
    assert len(also) == 4 and all(78 <= len(line) + line.count("漢") + line.count("字") <= 79
                                  for line in also), also
    contains(done.stderr, "help: `./prog resume` goes on from here, and keeps what is done\n")

    done = program("run", "--width", 2, code=1)
    contains(done.stderr, "help: `./prog resume` goes on from here with the same parameters, and "
             "keeps what is done; `run` takes others\n")

    done = program("run", "--max-num-splits", 5, code=1)
    contains(done.stderr, "would open 12 splits", "help: `./prog resume --max-num-splits 12` goes")

    done = program("run", "--width", 1, "--deep", code=1)
    contains(done.stderr, "a script in sh ended with exit code 3: [31mthe last words of 0\n")


def shell_line():
    text = """flow Shell
step start {
    script sh \"\"\"
        true

        no_such_command here
    \"\"\"
    next end
}
step end { }
"""
    with Program(text) as program:
        done = program("run", code=1)
        contains(done.stderr, "ended with exit code 127: no_such_command: not found",
                 "at script (prog.flow:6)")
        contains(program("runs").stdout, "exit code 127: no_such_command: not found")


def unknown_things(program):
    for words in (("tag", "add", 77, "x"), ("resume", "--origin-run-id", 77), ("show", 77)):
        contains(program(*words, code=None).stderr,
                 "there is no run 77 in the store .flow: `runs` lists those that there are")
    done = subprocess.run("./prog runs 1>&-", shell=True, cwd=program.folder, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 1 and "cannot write to standard output" in done.stderr, done
    (program.folder / "file").write_text("")
    contains(program("run", "--store", "/proc/none/of", code=1).stderr, "--store DIR")


def main():
    shell_line()
    with Program(FAILS) as program:
        failures(program)
        unknown_things(program)
    with Program(FLOW) as program:
        small_words(program)
    with Program(LOOP) as program:
        turns(program)


if __name__ == "__main__":
    main()
