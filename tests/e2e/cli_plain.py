#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a task prints does not command the terminal; a pipe has it byte by byte."""
import json
import os
import pty
import subprocess

from _program import Program, contains, lacks

FLOW = r'''flow Plain

step start {
    script sh """
        printf '\033[2J\033[31mred\033[0m \033]0;title\007 bell\n'
        printf 'open \033[32mgreen\n'
        printf '10%%\r20%%\r30%%\n'
    """
    next end
}

step end {
    fail("bad \u{1b}[2J word")
}
'''


def on_terminal(program, *words):
    """What a terminal is sent by a command."""
    ours, theirs = pty.openpty()
    env = dict(os.environ, TERM="xterm")
    env.pop("NO_COLOR", None)
    with subprocess.Popen(["./prog", *map(str, words)], cwd=program.folder, stdout=theirs,
                          stderr=theirs, stdin=subprocess.DEVNULL, env=env) as process:
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
        process.wait()
    os.close(ours)
    return text.decode()


def check(text):
    contains(text, "\\e[2J\x1b[31mred\x1b[0m \\e]0;title\\x07 bell", "open \x1b[32mgreen\x1b[0m",
             "30%")
    lacks(text, "\x1b[2J", "\x1b]0;", "\x07", "10%", "20%")


def main():
    with Program(FLOW) as program:
        check(on_terminal(program, "run"))
        check(on_terminal(program, "logs", 1))
        for words in (("show", 1), ("show", "1/end"), ("logs", "1/end"), ("runs",)):
            text = on_terminal(program, *words)
            contains(text, "bad \\e[2J word")
            lacks(text, "\x1b[2J")
        exact = program("logs", "1/start").stdout
        contains(exact, "\x1b[2J\x1b[31mred", "10%")
        events = program("run", "--format", "json", code=1).stdout.splitlines()
        lines = [json.loads(event).get("text", "") for event in events]
        assert "\x1b[2J\x1b[31mred\x1b[0m \x1b]0;title\x07 bell" in lines, lines


if __name__ == "__main__":
    main()
