#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is drawn on a terminal: the steps below the lines, in every width, and nothing left behind.

A small terminal of our own takes the bytes in and knows what stands on its screen."""
import contextlib
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from _program import Program, contains, lacks, wait_until

FLOW = """flow Picture

import file

param width = 30
param bad = -1
param slow = 3000000
param waits = false     /// Whether the tasks go on until there is a file `go`

step start {
    keep items = 0..width
    next work foreach items
}

step work(n: int) {
    var sum = 0
    for i in 0..slow { sum = (sum * 31 + i) % 1000003 }
    if waits or n % 10 == 4 { print("line of {n}") }
    while waits and not file.exists("go") { }
    if n == bad { fail "bad {n}" }
    keep m = n + sum * 0
    next gather
}

join gather(all: [work]) {
    keep total = all.map(|w| w.m).sum()
    next end
}

step end { print("sum {total}") }
"""
MANY = "flow Many\n\nstep start { next s1 }\n" + "".join(
    f"step s{i} {{ next {'s%d' % (i + 1) if i < 58 else 'end'} }}\n" for i in range(1, 59)) + \
    "step end { print(\"over\") }\n"
LAST = "<the end>"
TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|([^\x1b])", re.DOTALL)


class Screen:
    """Text, newlines, \\r, cursor up, clear below; colours are counted and dropped."""

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column = columns, [""], 0, 0
        self.colors = self.longest = 0

    def put(self, char):
        if self.column == self.columns:
            self.down()
        line = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = line[:self.column] + char + line[self.column + 1:]
        self.column += 1

    def down(self):
        self.row, self.column = self.row + 1, 0
        if self.row == len(self.rows):
            self.rows.append("")

    def feed(self, text):
        for found in TOKEN.finditer(text):
            argument, command, char = found.groups()
            if char == "\n":
                self.down()
            elif char == "\r":
                self.column = 0
            elif char:
                self.put(char)
            elif command == "A":
                self.row -= int(argument)
                assert self.row >= 0, "the cursor went above the screen"
            elif command == "J":
                del self.rows[self.row + 1:]
                self.rows[self.row] = self.rows[self.row][:self.column]
            elif command == "m":
                self.colors += 1
            else:
                assert (argument, command) in (("?2026", "h"), ("?2026", "l")), found.group()


def is_drawn(whole):
    """Whether tasks of `work` are at it and their step stands on the screen."""
    text = whole.decode("utf-8", "ignore")
    return "line of " in text and re.search(r"●\S* work", text)


def read_to_end(master, slave):
    """What is still under way to the terminal; what we write ourselves comes last."""
    os.write(slave, LAST.encode())
    rest = b""
    while not rest.endswith(LAST.encode()):
        rest += os.read(master, 65536)
    return rest.removesuffix(LAST.encode())


def run(program, *words, columns=80, rows=24, env=None, act=None, when=is_drawn):
    """The run's screen and its text, and the exit code.  `act` is called once `when` holds."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    before = termios.tcgetattr(slave)
    changed = {"TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(env or {})}
    surroundings = {k: v for k, v in dict(os.environ, **changed).items() if v is not None}
    began = time.monotonic()
    process = subprocess.Popen(["./prog", *[str(w) for w in words]], cwd=program.folder,
                               stdin=slave, stdout=slave, stderr=slave, env=surroundings,
                               start_new_session=True)
    whole = b""
    while True:
        ready, _, _ = select.select([master], [], [], 0.05)
        if ready:
            whole += os.read(master, 65536)
        elif process.poll() is not None:
            break
        if act and when(whole):
            act(process)
            act = None
        if act and time.monotonic() - began > 120:
            process.kill()
            raise AssertionError(f"it never came to it:\n{whole.decode()}")
    whole += read_to_end(master, slave)
    took = time.monotonic() - began
    wait_until(lambda: termios.tcgetattr(slave) == before)
    os.close(slave)
    os.close(master)
    screen = Screen(columns)
    text = whole.decode()
    screen.feed(text)
    screen.all = text
    assert screen.column == 0, screen.rows
    assert text.count("\x1b[?2026h") == text.count("\x1b[?2026l") <= 10 * took + 5, took
    return screen, "\n".join(screen.rows), process.returncode


def draws_steps(program):
    for columns in (40, 80, 160):
        screen, text, code = run(program, "run", "--max-workers", 3, columns=columns,
                                 env={"NO_COLOR": None})
        assert code == 0 and screen.colors > 0, text
        for step in ("start", "work", "gather", "end"):
            assert len(re.findall(rf"^ ✓ {step} +done", text, re.MULTILINE)) == 1, text
        if columns > 40:
            contains(text, "30/30", "line of 14", "line of 24", "sum 435", "is done: 33 tasks")
        lacks(text, "waiting", "running", "●", "░")
    screen, text, code = run(program, "run", env={"NO_COLOR": "1"})
    assert screen.colors == 0, text
    screen, text, code = run(program, "run", "--color", "never", env={"NO_COLOR": None})
    assert screen.colors == 0, text
    screen, text, code = run(program, "run", env={"LC_ALL": "C", "LANG": "C"})
    contains(text, " + work")
    for env, words in (({"TERM": "dumb"}, []), ({}, ["--quiet"])):
        screen, text, code = run(program, "run", *words, env=env)
        lacks(text, "✓")


def shows_failures(program):
    _, text, code = run(program, "run", "--bad", 14)
    assert code == 1
    assert len(re.findall(r"^ ✗ work +failed +29/30 .*1 failed", text, re.MULTILINE)) == 1, text
    assert re.search(r"^Run \d+ of Picture .*, 1 failed$", text, re.MULTILINE), text
    contains(text, "○ gather  not run", "work/14 failed: bad 14", "goes on")


def remarks_stand_alone(program):
    """Of a step that was taken over whole there is no time, and so no comma behind it."""
    _, text, code = run(program, "run", "--width", 3)
    assert code == 0, text
    _, text, code = run(program, "resume", "end")
    assert code == 0 and re.search(r"^ ✓ start +done +1 taken over$", text, re.MULTILINE), text
    head = re.search(r"^Run \d+ of Picture  (.*?)  \d+ tasks done$", text, re.MULTILINE)
    assert head and re.search(rf"is done: \d+ tasks in {head[1]}$", text, re.MULTILINE), text


def ends_lines_between_words(program):
    _, text, code = run(program, "run", "--bad", 14, "--width", 20, columns=44)
    assert code == 1
    row = re.search(r"^ ✗ work .*$", text, re.MULTILINE)[0]
    assert re.search(r"19/20( +[0-9.]+ (ms|s))?(, 1 failed)?$", row), row
    _, text, _ = run(program, "show", columns=50)
    params = text[text.index("  params "):text.index("  seed ")].splitlines()
    assert len(params) > 1 and all(len(line) <= 50 for line in params), params
    assert all(line.startswith(" " * 13) for line in params[1:]), params
    piped = program("show").stdout
    contains(piped, " ".join(line[13:].strip() for line in params))
    for words in (("run", "--help"), ("--help",), ("gc", "--help")):
        long = [line for line in program(*words).stdout.splitlines() if len(line) > 80]
        assert not long, long


def is_stopped(process):
    return ") T " in pathlib.Path(f"/proc/{process.pid}/stat").read_text()


def is_suspended(program):
    """The shell writes below the drawing, so the next frame must not clear above it."""
    def suspend(process):
        process.send_signal(signal.SIGSTOP)
        wait_until(is_stopped, process)
        process.send_signal(signal.SIGCONT)
        (program.folder / "go").write_text("")
    _, text, code = run(program, "run", "--waits", "--max-workers", 3, "--width", 6, act=suspend)
    (program.folder / "go").unlink()
    assert code == 0, text
    assert len(re.findall("^Run .* of Picture", text, re.MULTILINE)) == 2, text


def is_interrupted(program):
    for number, wanted in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        _, text, code = run(program, "run", "--waits", "--max-workers", 3,
                            act=lambda p, n=number: p.send_signal(n))
        assert code == wanted, (code, text)
        contains(text, "◌ work    stopped", "goes on")
    _, text, code = run(program, "run", "--waits", "--max-workers", 3, act=lambda p: p.kill())
    assert code == -signal.SIGKILL
    contains(program("runs").stdout.splitlines()[1], "died")
    contains(program("show").stdout, "Run ", ": died")


def own_terminal():
    """In the child: standard input is the terminal that controls it."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def echoes(terminal):
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def wait_for_echo(terminal, wanted):
    wait_until(lambda: echoes(terminal) == wanted)


@contextlib.contextmanager
def on_own_terminal(program, *words):
    """A run on a terminal that it controls: (the process, our end, its end)."""
    master, slave = pty.openpty()
    process = subprocess.Popen(["./prog", "run", "--slow", "300000", *words], cwd=program.folder,
                               stdin=slave, stdout=slave, stderr=slave, preexec_fn=own_terminal,
                               env=dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8"))
    try:
        yield process, master, slave
    finally:
        process.kill()  # if the test failed
        process.wait()
        os.close(slave)
        os.close(master)


def read_until_it_ends(process, master):
    seen = b""
    while process.poll() is None or select.select([master], [], [], 0.1)[0]:
        if select.select([master], [], [], 0.1)[0]:
            seen += os.read(master, 65536)
    return seen


def hides_what_is_typed(program):
    """No echo while something is drawn; and it is back, however the run ends."""
    for number in (None, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT,
                   signal.SIGSEGV, signal.SIGUSR1, signal.SIGKILL):
        words = ["--waits", "--max-workers", "3"] if number else []
        with on_own_terminal(program, *words) as (process, master, slave):
            if number:
                wait_for_echo(slave, False)
                os.write(master, b"typed\n")
                assert select.select([slave], [], [], 120)[0], "what is typed does not arrive"
                process.send_signal(number)
            seen = read_until_it_ends(process, master)
            wait_for_echo(slave, True)
            assert b"typed" not in seen, (number, seen)


def is_put_aside(program):
    """While it is stopped by Ctrl-Z the terminal is as the shell needs it."""
    with on_own_terminal(program, "--waits", "--max-workers", "3") as (process, master, slave):
        wait_for_echo(slave, False)
        process.send_signal(signal.SIGTSTP)
        wait_until(is_stopped, process)
        wait_for_echo(slave, True)
        process.send_signal(signal.SIGCONT)
        wait_for_echo(slave, False)
        process.send_signal(signal.SIGINT)
        read_until_it_ends(process, master)
        wait_for_echo(slave, True)


RETRIED = """flow Again
step start { next work foreach 0..8 }
@retry(times=1, delay=4s)
step work(i: int) {
    if i == 3 and current.attempt == 1 { fail "not at first" }
    keep m = i
    next gather
}
join gather(all: [work]) { next end }
step end { }
"""


def counts_retries(program):
    """A task that waits for its next attempt is no step that is almost over."""
    screen, text, code = run(program, "run", columns=120)
    assert code == 0, text
    contains(text, "1 retried")
    assert re.search("about [123] s left", screen.all), screen.all


def draws_many(program):
    for rows, wanted in ((10, 4), (24, 18), (50, 44), (65, 60), (100, 60)):
        _, text, code = run(program, "run", rows=rows)
        assert code == 0, text
        shown = len(re.findall(r"^ ✓ ", text, re.MULTILINE))
        assert shown == wanted, text
        contains(text, "over", "Run ", " ✓ end ")
        if wanted < 60:
            contains(text, f"   and {60 - wanted} more done\n")
        else:
            lacks(text, " more ")


def frames_of_s20(whole):
    """The whole frames in which it runs, and what came before it has been told as done."""
    frames = whole.decode("utf-8", "ignore").split("\x1b[?2026h")
    return [f for f in frames if "● s20 " in f and " ✓ s19 " in f and "\x1b[?2026l" in f]


def fills_the_rows():
    """What runs, a few of those done last, and what comes next in the order of the graph."""
    slow = MANY.replace("step s20 {", 'step s20 {\n    while not file.exists("go") { }\n   ')
    with Program(slow.replace("\n\n", "\n\nimport file\n\n", 1)) as program:
        for rows, first, last, rest in ((24, 15, 32, "15 more done, 27 more waiting"),
                                        (50, 6, 49, "6 more done, 10 more waiting")):
            screen, _, code = run(program, "run", rows=rows, env={"NO_COLOR": "1"},
                                  when=frames_of_s20,
                                  act=lambda _: (program.folder / "go").write_text(""))
            assert code == 0
            (program.folder / "go").unlink()
            frame = frames_of_s20(screen.all.encode())[0]
            names = re.findall(r"^ [✓●○] (\w+)", frame, re.MULTILINE)
            assert names == [f"s{i}" for i in range(first, last + 1)], names
            contains(frame, f"   and {rest}\r", " ✓ s19 ", " ○ s21 ")


def main():
    with Program(FLOW) as program:
        draws_steps(program)
        shows_failures(program)
        remarks_stand_alone(program)
        ends_lines_between_words(program)
        is_suspended(program)
        is_interrupted(program)
        hides_what_is_typed(program)
        is_put_aside(program)
    with Program(RETRIED) as program:
        counts_retries(program)
    with Program(MANY) as program:
        draws_many(program)
    fills_the_rows()


if __name__ == "__main__":
    main()
