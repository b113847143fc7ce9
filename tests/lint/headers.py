#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every header alone: all of them as C, the public ones as C++ too."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMPILER = os.environ.get("CLANG", "clang")
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fsyntax-only"]
GENERATED = ROOT / "build" / "release" / "compiler" / "syntax"
ROOTS = {
    "compiler": ["-I", ROOT / "compiler", "-I", GENERATED],
    "runtime": ["-I", ROOT / "runtime", "-I", ROOT / "runtime" / "include"],
}


def compile_alone(header, language, includes):
    name = header.relative_to(ROOT)
    command = [COMPILER, *language, *WARNINGS, "-D_GNU_SOURCE", *includes,
               "-include", header, "/dev/null"]
    done = subprocess.run([str(a) for a in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"{name} does not compile alone as {language[1]}:\n{done.stderr}")
    return done.returncode == 0


def main():
    good = True
    for component, includes in ROOTS.items():
        for header in sorted((ROOT / component).rglob("*.h")):
            good &= compile_alone(header, ["-x", "c", "-std=gnu17"], includes)
            if "include" in header.parts:
                good &= compile_alone(header, ["-x", "c++", "-std=c++17"], includes)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
