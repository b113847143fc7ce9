#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What flowc's command line refuses, with words that help; its --help, help and version."""
import os
import pathlib
import re
import subprocess
import tempfile

from _program import contains, lacks, terminal_text

FLOWC = os.environ["FLOWC"]
FLOW = "flow {}\n\nstep start {{ next end }}\n\nstep end {{ }}\n"


def flowc(*words, code=0):
    done = subprocess.run([FLOWC, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def refuses(words, *parts):
    done = flowc(*words, code=2)
    assert done.stdout == "", done.stdout
    contains(done.stderr, *parts)


def suggests():
    refuses(["biuld"], "did you mean `build`?")
    refuses(["hello.flow"], "`flowc run hello.flow`")
    refuses(["build", "--debgu"], "no option `--debgu`", "did you mean `--debug`?")
    refuses(["build", "-d"], "did you mean `--debug`?")
    refuses(["build", "-z"], "`flowc build --help`")
    refuses(["check", "--fromat=json", "x.flow"], "did you mean `--format`?")
    refuses(["new", "--tempalte", "hello"], "did you mean `--template`?")
    refuses(["graph", "--fomat", "dot"], "did you mean `--format`?")
    refuses(["graph", "--format", "png"], "flowc: there is no format `png`: dot, mermaid")
    refuses(["run", "a.flow", "--name", "x"], "`flowc run a.flow -- --name`")
    refuses(["explain", "f201"], "`f201`", "did you mean F0201?")
    refuses(["explain", "zzz"], "error[F0201]")
    assert flowc("explain", "f0201").stdout == flowc("explain", "F0201").stdout


def helps():
    text = flowc("--help").stdout
    assert flowc("help").stdout == text and flowc("-h").stdout == text
    for name in ("new", "build", "run", "check", "explain", "fix", "test", "graph", "help",
                 "version"):
        contains(text, f"\n  {name}")
        page = flowc("help", name).stdout
        assert page.startswith(f"usage: flowc {name}") and flowc(name, "--help").stdout == page
    assert flowc("version").stdout == flowc("--version").stdout
    contains(flowc("version").stdout, "flowc ")
    refuses(["help", "biuld"], "did you mean `build`?")


def reads_the_text_alone():
    """Names and types are not looked at, what is no Flow at all is told."""
    unknown = FLOW.format("Names").replace("{ next", "{ print(x)\n next")
    pathlib.Path("names.flow").write_text(unknown)
    contains(flowc("check", "names.flow", code=1).stderr, "`x`")
    assert flowc("check", "--syntax", "names.flow").stderr == ""
    pathlib.Path("text.flow").write_text(FLOW.format("Text") + "step {\n")
    contains(flowc("check", "--syntax", "text.flow", code=1).stderr, "error[F01")


def several_flows():
    pathlib.Path("one.flow").write_text(FLOW.format("One"))
    pathlib.Path("two.flow").write_text(FLOW.format("Two") + "step {\n")
    pathlib.Path("library.flow").write_text("fn one() -> int { 1 }\n")
    warned = FLOW.format("Warned").replace("{ next", "{ let x = 1\n next")
    pathlib.Path("warned.flow").write_text(warned)
    contains(flowc("check", "warned.flow").stderr, "F0262")
    assert flowc("graph", "warned.flow").stderr == ""
    pathlib.Path("warned.flow").unlink()
    for command in ("build", "run", "graph"):
        done = flowc(command, code=1)
        contains(done.stderr, "one.flow, two.flow (with errors); name one",
                 f"`flowc {command} one.flow`")
        lacks(done.stderr, "library.flow")


def nothing_declared():
    for text in ("", "// a comment\n", "\n\n"):
        pathlib.Path("empty.flow").write_text(text)
        contains(flowc("check", "empty.flow").stderr, "F0129", "declares nothing", "flowc new")
        contains(flowc("build", "empty.flow", code=1).stderr, "no program to build")
        contains(flowc("run", "empty.flow", code=1).stderr, "no program to build")


def places():
    """Where -o leads to a folder, or a drawing into a file."""
    pathlib.Path("bin").mkdir()
    contains(flowc("build", "one.flow", "-o", "bin", code=1).stderr, "bin is a folder",
             "-o bin/NAME")
    assert flowc("graph", "one.flow", "-o", "one.dot").stdout == ""
    contains(pathlib.Path("one.dot").read_text(), 'digraph "One"')
    contains(flowc("graph", "one.flow", "-o", "no/one.dot", code=1).stderr,
             "cannot write no/one.dot")
    refuses(["graph", "-o"], "flowc: -o needs the file to write", "usage: flowc graph")


def fix_tells():
    pathlib.Path("sum.flow").write_text(
        "flow Sum\n\nstep start {\n    var s = 0\n    for i in 0..3 { s += i }\n    keep s\n"
        "    next end\n}\n\nstep end {\n    print(json.text(json(s)))\n}\n")
    done = flowc("fix", "sum.flow")
    contains(done.stderr, "sum.flow:4: `var` became `keep`", "sum.flow:6: `keep s` was taken away",
             "`import json` was put in", "flowc: sum.flow: 3 edits")
    text = pathlib.Path("sum.flow").read_text()
    contains(text, "    keep s = 0\n    for i in 0..3 { s += i }\n    next end\n")


def told_once():
    """`run` warns when it makes a program, not again; `build` says on a terminal what it made."""
    warned = FLOW.format("Told").replace("{ next", "{ let x = 1\n next")
    pathlib.Path("told.flow").write_text(warned)
    contains(flowc("run", "told.flow").stderr, "F0262")
    lacks(flowc("run", "told.flow").stderr, "F0262")
    pathlib.Path("told.flow").write_text(warned.replace("let x", "let y"))
    contains(flowc("run", "told.flow").stderr, "F0262", "let y")
    pathlib.Path("told.flow").write_text(warned.replace("let x", "let _x"))
    build = [FLOWC, "build", "told.flow"]
    assert re.fullmatch(r"built \./told in \d+\.\d s\r\n", terminal_text(build, "."))
    assert terminal_text(build, ".") == "./told is up to date\r\n"
    pathlib.Path("told").unlink()
    done = flowc("build", "told.flow")
    assert done.stdout == done.stderr == "", done.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        suggests()
        helps()
        several_flows()
        nothing_declared()
        places()
        fix_tells()
        reads_the_text_alone()
        told_once()
        os.chdir("/")


if __name__ == "__main__":
    main()
