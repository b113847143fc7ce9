#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/hello greets whom it is told to, and its log lines say which task spoke."""
import re

from _examples import Program, command, same

LINE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[1/end \(pid \d+\)\] Hello, world!\n"


def main():
    hello = Program("hello")
    told = command(hello.path, "run").stdout
    if not re.fullmatch(LINE, told):
        same(told, LINE, "what a run prints")
    same(hello.printed("--name", "Ada"), "Hello, Ada!\n", "what a quiet run prints")
    same(hello.kept("1/start"), {"greeting": "Hello, world!"}, "what start keeps")
    same(hello.kept("2/start"), {"greeting": "Hello, Ada!"}, "what start keeps in run 2")
    same(command(hello.path, "logs", "2").stdout.count("Hello, Ada!"), 1, "the log of run 2")
    hello.check_store()


if __name__ == "__main__":
    main()
