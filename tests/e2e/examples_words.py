#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/words, the program of the front page: it counts, fails on a missing file, goes on."""
import pathlib
import re

from _examples import EXAMPLES, Program, command, same

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def check_front_page():
    shown = re.search(r"^```flow\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    same(shown and shown.group(1), (EXAMPLES / "words" / "words.flow").read_text(),
         "the program in README.md")


def main():
    check_front_page()
    words = Program("words")
    pathlib.Path("one.txt").write_text("the cat and\nthe hat\n")
    pathlib.Path("two.txt").write_text("The  cat\n")
    same(words.printed(), "     3  the\n     2  cat\n     1  and\n", "what it counts")

    three = ("--files", '["one.txt", "three.txt"]')
    failed = command(words.path, "run", *three, code=1)
    same("three.txt" in failed.stderr, True, "the missing file is named")
    same([task["status"] for task in words.dump("2/count")], ["done", "failed"], "its tasks")
    pathlib.Path("three.txt").write_text("cat\ncat cat")
    same(command(words.path, "resume", "--quiet").stdout,
         "     4  cat\n     2  the\n     1  and\n", "what it counts after all")
    words.check_store()


if __name__ == "__main__":
    main()
