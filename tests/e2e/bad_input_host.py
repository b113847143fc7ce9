#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The machine misbehaves: the program is deleted while it runs, the clock is set back, there is
no C compiler, paths hold spaces and quotes, a run is killed."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from _program import Program, contains, lacks
from _waiting import wait_for_lines, waiting

FLOWC = os.environ["FLOWC"]
FLOW = waiting(40)
TOTAL = str(sum(i * i for i in range(40)))
QUIET = "flow Quiet\nstep start { next end }\nstep end { print(1) }\n"


def check_deleted():
    """A run needs its program no more once it has begun."""
    with Program(FLOW) as program:
        process = program.start("run", "--chunk", 1, "--max-workers", 5)
        wait_for_lines(process, 4)
        shutil.copy(program.folder / "prog", program.folder / "copy")
        (program.folder / "prog").unlink()
        (program.folder / "prog.flow").unlink()
        (program.folder / "go").write_text("")
        printed, errors = process.communicate()
        assert process.returncode == 0, errors
        contains(printed, f"] {TOTAL}\n")
        (program.folder / "copy").rename(program.folder / "prog")
        contains(program("store", "check").stdout, "store ok")


def check_killed():
    """However it is killed, a run is shown as died at once, and resume goes on."""
    with Program(FLOW) as program:
        process = program.start("run", "--chunk", 1, "--max-workers", 5)
        wait_for_lines(process, 4)
        contains(program("show").stdout, "Run 1 of Waiting: running")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        for words in (["show"], ["runs"], ["show", "--format", "json"]):
            shown = program(*words).stdout
            contains(shown, "died")
            lacks(shown.replace('"running":0,', ""), "running")
        (program.folder / "go").write_text("")
        assert program("resume", "--quiet").stdout == f"{TOTAL}\n"


def check_clock(faketime):
    """A clock that is set back or forth neither hides what ran nor breaks a resume."""
    with Program(FLOW) as program:
        (program.folder / "go").write_text("")
        program("run", "--quiet")
        for words in (["resume", "work"], ["run"]):
            done = program._run(faketime, "-f", "-3d", "./prog", *words, "--quiet")
            assert (done.returncode, done.stdout) == (0, f"{TOTAL}\n"), done.stderr
        shown = program("runs").stdout
        assert [line.split()[0] for line in shown.splitlines()[1:]] == ["3", "2", "1"], shown
        contains(program("show").stdout, "Run 3 of Waiting: done")
        assert program("resume", "gather", "--quiet").stdout == f"{TOTAL}\n"
        contains(program("store", "check").stdout, "store ok")


def check_clock_of_others(faketime):
    """Whether a run is alive does not hang on anybody's clock."""
    with Program(FLOW) as program:
        process = program.start("run", "--chunk", 1, "--max-workers", 5)
        wait_for_lines(process, 4)
        for offset in ("-3d", "+3d"):
            done = program._run(faketime, "-f", offset, "./prog", "show")
            contains(done.stdout, "Run 1 of Waiting: running")
            done = program._run(faketime, "-f", offset, "./prog", "resume")
            assert done.returncode == 1, done.stdout
            contains(done.stderr, "run 1 is still running")
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        for offset in ("-3d", "+3d"):
            done = program._run(faketime, "-f", offset, "./prog", "show")
            contains(done.stdout, "Run 1 of Waiting: died")


def check_no_compiler(folder):
    (folder / "quiet.flow").write_text(QUIET)
    for extra in ({"PATH": ""}, {"PATH": "/none"}, {"CC": "no-such-cc"}):
        env = {name: value for name, value in os.environ.items() if name != "CC"}
        done = subprocess.run([FLOWC, "build", "quiet.flow"], cwd=folder, capture_output=True,
                              text=True, check=False, env=dict(env, **extra))
        assert done.returncode == 1, done
        contains(done.stderr, "C compiler", "apt-get install" if "PATH" in extra else "no-such-cc")
        assert not (folder / "quiet").exists()


def check_paths(folder):
    """No path is ever read by a shell, nor by C as anything but a name."""
    strange = folder / "a b'c\"d$(touch pwned)%s\\ü;#"
    strange.mkdir()
    flow = strange / "my \"own\" 'flow' \\n%d.flow"
    flow.write_text(QUIET.replace("1", "missing"))

    def run(*command, code=0):
        done = subprocess.run(command, cwd=strange, capture_output=True, text=True, check=False)
        assert done.returncode == code, (command, done.stdout, done.stderr)
        return done

    contains(run(FLOWC, "check", flow, code=1).stderr, flow.name)
    flow.write_text(QUIET.replace("print(1)", 'fail "broken"'))
    run(FLOWC, "check", flow.name)
    run(FLOWC, "build", flow, "-o", strange / "my 'program\"")
    failed = run(strange / "my 'program\"", "run", "--store", strange / "st 'o\"re", code=1)
    contains(failed.stderr, flow.name, "broken")
    flow.write_text(QUIET)
    run(FLOWC, "build", flow.name)
    assert run("./quiet", "run", "--quiet").stdout == "1\n"
    assert run(FLOWC, "run", flow.name, "--", "--quiet").stdout == "1\n"
    assert not list(folder.rglob("pwned"))


def check_folder(folder):
    (folder / "folder.flow").mkdir()
    for command in ("build", "check", "run", "test"):
        for name in (".", "folder.flow", str(folder)):
            done = subprocess.run([FLOWC, command, name], cwd=folder, capture_output=True,
                                  text=True, check=False)
            assert done.returncode == 1, done
            contains(done.stderr, f"cannot read {name}", "directory")


def main():
    with tempfile.TemporaryDirectory() as name:
        for case in (check_no_compiler, check_paths, check_folder):
            case(pathlib.Path(name))
    check_deleted()
    check_killed()
    faketime = shutil.which("faketime")
    if not faketime or "ASAN_OPTIONS" in os.environ:  # both want to be loaded first
        print("no clock was set back: there is no `faketime` here, or it cannot be used")
        sys.exit(77)
    check_clock(faketime)
    check_clock_of_others(faketime)


if __name__ == "__main__":
    main()
