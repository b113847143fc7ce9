#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a task prints does not command the terminal; a pipe has it byte by byte."""
import json
import subprocess

from _program import Program, contains, lacks, on_terminal

FLOW = r'''flow Plain

step start {
    script sh """
        printf '\033[2J\033[31mred\033[0m \033]0;title\007 bell\n'
        printf 'open \033[32mgreen\n'
        printf '10%%\r20%%\r30%%\n'
    """
    keep word = "\u{1b}[2Jval\rue\u{9b}2J \u{1b}[31mred"
    next end
}

step end {
    keep done = word
    fail("bad \u{1b}[2J word")
}
'''


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
        for words in (("get", "1/start", "word"), ("dump", "1/start"), ("show", "1/start"),
                      ("dump", "1/start", "--format", "json")):
            text = on_terminal(program, *words)
            contains(text, "\\x9b2J" if words[0] == "get" else "val")
            lacks(text, "\x1b[2J", "\x9b", "val\r")
        contains(on_terminal(program, "get", "1/start", "word"),
                 "\\e[2Jval\\x0due\\x9b2J \x1b[31mred\x1b[0m")
        exact = subprocess.run(["./prog", "get", "1/start", "word"], cwd=program.folder,
                               capture_output=True, check=True).stdout
        assert exact == "\x1b[2Jval\rue\u009b2J \x1b[31mred\n".encode(), exact
        for words in (("get", "1/st\x1b[2J", "word"), ("sh\x1b[2Jow",), ("show", "--\x1b[2J")):
            contains(on_terminal(program, *words), "\\e[2J")
            lacks(on_terminal(program, *words), "\x1b[2J")
            contains(program(*words, code=2).stderr, "\x1b[2J")
        exact = program("logs", "1/start").stdout
        contains(exact, "\x1b[2J\x1b[31mred", "10%")
        events = program("run", "--format", "json", code=1).stdout.splitlines()
        lines = [json.loads(event).get("text", "") for event in events]
        assert "\x1b[2J\x1b[31mred\x1b[0m \x1b]0;title\x07 bell" in lines, lines


if __name__ == "__main__":
    main()
