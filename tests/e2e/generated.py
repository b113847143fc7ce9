#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Twenty generated programs, of fixed seeds: accepted, compiled without a warning, and printing
what was foreseen.  Under sanitizers, for which optimising takes minutes, a few.  `./dev fuzz` goes
on with others."""
import os
import pathlib
import subprocess
import sys

GENERATE = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "generate.py"
IS_SLOW = float(os.environ.get("FLOW_TEST_SLOWER", "1")) > 1


def main():
    both = []
    for flags in (["--seed", "1"], ["--seed", "101", "--debug"]):
        command = [sys.executable, GENERATE, "--flowc", os.environ["FLOWC"], "--size", "2", *flags]
        command += ["--count", "2", "--debug"] if IS_SLOW else ["--count", "10"]
        both.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    texts = [process.communicate()[0] for process in both]
    failed = [text for process, text in zip(both, texts) if process.returncode != 0]
    print("".join(failed or texts))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
