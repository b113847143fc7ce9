#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads every source file: includes obey the layers, files stay small, notes-to-self stay out.

The layers are those of docs/architecture.md: a file may include what stands in its own layer or
in one that its layer lists here, and nothing else of ours.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MAX_LINES, MAX_COLUMNS = 1000, 100

# Each layer and all that it may use, from the bottom up.
COMPILER = {
    "base": (),
    "source": ("base",),
    "syntax": ("base", "source"),
    "sema": ("base", "source", "syntax"),
    "emit": ("base", "source", "syntax", "sema"),
    "": ("base", "source", "syntax", "sema", "emit"),
}
RUNTIME = {
    "os": (),
    "net": ("os",),
    "value": ("os", "net"),
    "lib": ("os", "net", "value"),
    "store": ("os", "net", "value"),
    "sched": ("os", "net", "value", "store"),
    "backends": ("os", "net", "value", "store", "sched"),
    "cli": ("os", "net", "value", "lib", "store", "sched", "backends"),
}

SOURCES = {".c", ".h", ".def", ".re", ".y", ".py", ".sh"}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
# Written so that this file does not contain the words it looks for.
NOTE_TO_SELF = re.compile(r"\b(?:%s)\b" % "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")))


def our_files():
    for top in ("compiler", "runtime", "grammar", "tests", "bench", "stdlib", "examples"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and ".flow" not in path.parts:
                yield path
    for name in ("dev", "CMakeLists.txt"):
        yield ROOT / name


def layer_of(path):
    """("compiler" | "runtime", layer) of a path from the root, or None outside of both."""
    parts = path.parts
    if parts[0] == "grammar":
        return "compiler", "syntax"
    if parts[0] in ("compiler", "runtime"):
        return parts[0], parts[1] if len(parts) > 2 else ""
    return None


def check_quoted(component, layer, target):
    """What is wrong with `#include "target"` in a file of this layer, or None."""
    layers = COMPILER if component == "compiler" else RUNTIME
    if "/" not in target:
        generated = component == "compiler" and target == "flow.tab.h"
        if generated or layer == "":
            return None
        return f'"{target}" should be written from the component root'
    used = target.split("/", 1)[0]
    if used == layer or used in layers.get(layer, ()):
        return None
    return f'{component}/{layer} must not use "{target}"'


def check_includes(path, lines):
    where = layer_of(path)
    if where is None or path.suffix not in SOURCES:
        return
    component, layer = where
    public = path.parts[:3] == ("runtime", "include", "flow")
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        bracket, target = found.groups()
        wrong = None
        if target.startswith("flow/"):
            if component == "compiler":
                wrong = f"the compiler must not use <{target}>"
        elif public and bracket == '"':
            wrong = f'a public header must not use "{target}"'
        elif bracket == '"':
            wrong = check_quoted(component, layer, target)
        if wrong:
            yield number, wrong


def check_text(path, lines):
    if path.suffix in SOURCES or path.name == "CMakeLists.txt":
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:2]):
            yield 1, "the SPDX line is missing"
        if len(lines) > MAX_LINES:
            yield len(lines), f"longer than {MAX_LINES} lines: split it along a noun"
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS:
                yield number, f"longer than {MAX_COLUMNS} columns"
    for number, line in enumerate(lines, 1):
        if NOTE_TO_SELF.search(line):
            yield number, "a note to self: do it, or file it"


def main():
    wrong = 0
    for full in our_files():
        path = full.relative_to(ROOT)
        lines = full.read_bytes().decode("utf-8", "replace").split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        # Goldens hold what the compiler wrote, not what we did.
        checks = [] if path.parts[:2] == ("tests", "emit") else [check_text(path, lines)]
        for check in [*checks, check_includes(path, lines)]:
            for number, message in check:
                print(f"{path}:{number}: {message}")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
