#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `flowc new` makes checks clean and runs; a name that is taken or bad is refused."""
import os
import pathlib
import subprocess
import tempfile

FLOWC = os.environ["FLOWC"]


def run(folder, *command, code=0):
    done = subprocess.run([str(c) for c in command], cwd=folder, capture_output=True, text=True,
                          check=False)
    assert done.returncode == code, \
        f"{command}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}"
    return done


def check_made(folder, words, name, program, prints):
    """Makes it, does what it says is next, and looks for what that leaves to git."""
    made = run(folder, FLOWC, "new", *words)
    assert f"{name}/{name.rpartition('/')[2]}.flow is made" in made.stdout, made.stdout
    assert f"cd {name}\n" in made.stdout and f"./{program} run\n" in made.stdout, made.stdout
    inside = folder / name
    checked = run(inside, FLOWC, "check", f"{inside.name}.flow")
    assert not checked.stderr, checked.stderr
    run(inside, FLOWC, "build")
    assert run(inside, f"./{program}", "run", "--quiet").stdout == prints
    ignored = (inside / ".gitignore").read_text().split("\n")
    assert ignored == [".flow/", f"/{program}", ""], ignored
    assert {p.name for p in inside.iterdir()} == {f"{inside.name}.flow", ".gitignore", ".flow",
                                                  program}


def check_refused(folder):
    def refuses(says, *words, code=2):
        before = sorted(folder.rglob("*"))
        done = run(folder, FLOWC, "new", *words, code=code)
        assert says in done.stderr, done.stderr
        assert sorted(folder.rglob("*")) == before

    text = (folder / "hello" / "hello.flow").read_bytes()
    refuses("`hello` is already there, and stays as it is", "hello", code=1)
    assert (folder / "hello" / "hello.flow").read_bytes() == text
    (folder / "taken").write_text("mine")
    refuses("`taken` is already there", "taken", code=1)
    refuses("the folder above it is not there", "missing/inner", code=1)
    refuses("File name too long", "x" * 300 + "/inner", code=1)
    for name in ("", "1st", "häuser", "two words", "a.b", "..", "/", "_x", "it's"):
        refuses("cannot be the name of a flow", name)
    refuses("too long", "x" * 65)
    refuses("name the flow")
    refuses("one flow at a time", "one", "two")
    refuses("did you mean `foreach`?", "fresh", "--template", "for-each")
    refuses("hello or foreach", "fresh", "--template", "zzz")
    refuses("needs a name", "fresh", "--template")
    refuses("no option `--force`", "hello", "--force")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_made(folder, ["hello"], "hello", "hello", "Hello, world!\n")
        check_made(folder, ["word-count", "--template", "foreach"], "word-count", "word_count",
                   "The squares add up to 30.\n")
        check_made(folder, ["--template=hello", "hello/HTTPLog/"], "hello/HTTPLog", "http_log",
                   "Hello, world!\n")
        check_refused(folder)
        assert "--template" in run(folder, FLOWC, "new", "--help").stdout
        assert "new NAME" in run(folder, FLOWC, "--help").stdout


if __name__ == "__main__":
    main()
