#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Twenty generated programs, of fixed seeds: accepted, compiled without a warning, and printing
what was foreseen.  `./dev fuzz` goes on with others."""
import os
import pathlib
import subprocess
import sys

GENERATE = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "generate.py"


def main():
    both = []
    for flags in (["--seed", "1"], ["--seed", "101", "--debug"]):
        command = [sys.executable, GENERATE, "--flowc", os.environ["FLOWC"], "--count", "10",
                   "--size", "2", *flags]
        both.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    texts = [process.communicate()[0] for process in both]
    failed = [text for process, text in zip(both, texts) if process.returncode != 0]
    print("".join(failed or texts))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
