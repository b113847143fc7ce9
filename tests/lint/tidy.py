#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy with the checks of .clang-tidy: `tidy.py BUILD-FOLDER`, two files at a time.

Generated files are left out: what wrote them is not ours to correct."""
import concurrent.futures
import json
import pathlib
import subprocess
import sys


def tidy(build, path):
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), path],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    paths = sorted({c["file"] for c in commands if not c["file"].startswith(str(build))})
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for code, output in pool.map(lambda path: tidy(build, path), paths):
            if code != 0:
                wrong += 1
                print(output)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
