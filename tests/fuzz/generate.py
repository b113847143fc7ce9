#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes random well-typed programs with what they print, and holds flowc to it.

Each node of a program is its text and a Python function that gives its value; so a program is
known to be right before it is compiled.  flowc must accept it, the C compiler must find nothing
to warn of, and it must print what was foreseen.

    tests/fuzz/generate.py --flowc build/release/bin/flowc --count 20
    tests/fuzz/generate.py --flowc build/release/bin/flowc --seed 7 --show
"""
import argparse
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from generated.program import Program


def program_of(seed, size, is_alone=False):
    """The files of a program of so many functions, the lines that it prints, and the arguments
    with which it does.  Programs that would run long or hold too much are given up for the next
    attempt, which the seed decides as well."""
    for attempt in range(100):
        program = Program(f"{seed}.{attempt}", size, is_alone)
        try:
            files = program.write()
        except (TimeoutError, RecursionError, MemoryError, OverflowError):
            continue
        if len(files["generated.flow"]) < 120_000 and \
                all(len(line) < 4000 for line in program.printed):
            return files, "".join(line + "\n" for line in program.printed), program.given
    raise SystemExit(f"no program for the seed {seed}")


IN_PROCESS = pathlib.Path(__file__).resolve().parent.parent / "e2e" / "in_process.c"
ENVIRONMENT = {**os.environ, "FLOW_PARAM_TOKEN": "a secret of many letters"}


class Compiler:
    """flowc, and the C compiler with every warning on."""

    def __init__(self, flowc):
        self.flowc = flowc.resolve()
        self.prefix = self.flowc.parent.parent

    def options(self, name):
        path = self.prefix / "lib" / "flow" / name
        return [line for line in path.read_text().split("\n") if line]

    def strict(self, path, other=None):
        chosen = [other] if other else self.options("cc.txt")
        return [*chosen, *self.options("cflags.txt"), "-Wall", "-Wextra", "-Werror", "-O0", "-I",
                str(self.prefix / "include"), "-fsyntax-only", str(path)]

    def in_process(self, folder):
        return [*self.options("cc.txt"), *self.options("cflags.txt"), "-fno-strict-aliasing",
                f'-DGENERATED="{folder}/generated.c"', "-I", str(self.prefix / "include"),
                str(IN_PROCESS), "-o", str(folder / "in_process"),
                str(self.prefix / "lib/libflowrt.a"), *self.options("link.txt")]


def command(words, folder, seconds=600, fault=""):
    try:
        done = subprocess.run([str(w) for w in words], cwd=folder,
                              env={**ENVIRONMENT, "FLOW_FAULT": fault} if fault else ENVIRONMENT,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None, "", f"{shlex.join(str(w) for w in words)}: not done after {seconds} s"
    return done.returncode, done.stdout, done.stderr


def first_difference(wanted, found):
    for number, (a, b) in enumerate(zip(wanted.split("\n"), found.split("\n")), 1):
        if a != b:
            return f"line {number}: {a} was expected, {b} was printed"
    return "one ends before the other"


def errors_of(text):
    """What was wrong, without what was warned of."""
    parts = [part for part in text.split("\n\n") if not part.lstrip().startswith("warning")]
    return "\n\n".join(parts) or text[-2000:]


def attempt(compiler, seed, size, folder, debug):
    """None if all is well, else what is not."""
    files, wanted, arguments = program_of(seed, size)
    for name, text in files.items():
        (folder / name).write_text(text)
    flags = ["--debug"] if debug else []
    code, _, err = command([compiler.flowc, "build", "--emit-c", *flags, "generated.flow", "-o",
                            "generated"], folder)
    if code != 0:
        return f"flowc build: {errors_of(err)}"
    for other in (None, *filter(None, [shutil.which("clang")])):
        code, _, err = command(compiler.strict(folder / "generated.c", other), folder)
        if code != 0:
            return f"the C compiler: {err}"
    code, out, err = command([folder / "generated", "run", "--quiet", *arguments], folder)
    if code != 0:
        return f"the run ended with {code}: {err}"
    if seed % 4 == 0:
        code, tested, err = command([compiler.flowc, "test", "generated.flow"], folder)
        if code != 0 and 'test "' in files["generated.flow"]:
            return f"flowc test: {tested}{errors_of(err)}"
    return None if out == wanted else first_difference(wanted, out)


def attempt_in_process(compiler, seed, size, folder):
    """The same where the steps run in one process, for the sanitizers to see what is not given
    back, also where an allocation fails."""
    files, _, _ = program_of(seed, size, is_alone=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    words = [compiler.flowc, "build", "--emit-c", "--debug", "generated.flow", "-o", "generated"]
    code, _, err = command(words, folder)
    if code != 0:
        return f"flowc build: {errors_of(err)}"
    code, _, err = command(compiler.in_process(folder), folder)
    if code != 0:
        return f"the C compiler: {err}"
    for fault in ("", *(f"alloc:{1 + (seed * 7 + 131 * k) % 2000}" for k in range(6))):
        code, out, err = command([folder / "in_process"], folder, fault=fault)
        if code != 0 or (not fault and out.rstrip().split("\n")[-1].startswith("failed: ")):
            return f"with FLOW_FAULT={fault} it ended with {code}: {out[-500:]}{err}"
    return None


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowc", type=pathlib.Path, help="the compiler to test")
    parser.add_argument("--seed", type=int, default=1, help="of the first program (1)")
    parser.add_argument("--count", type=int, default=20, help="so many programs (20)")
    parser.add_argument("--minutes", type=float, help="programs for so long, instead")
    parser.add_argument("--size", type=int, default=12, help="functions a program (12)")
    parser.add_argument("--debug", action="store_true", help="build without optimising")
    parser.add_argument("--leaks", action="store_true",
                        help="look for what is not given back; of a flowc with sanitizers")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the programs that fail")
    parser.add_argument("--show", action="store_true", help="print one program, and what it prints")
    return parser.parse_args()


def main():
    sys.setrecursionlimit(10_000)
    arguments = parse_arguments()
    if arguments.show:
        files, wanted, _ = program_of(arguments.seed, arguments.size)
        for name, text in files.items():
            print(f"// {name}\n{text}")
        print("".join(f"//> {line}\n" for line in wanted.splitlines()))
        return 0
    compiler, failed, done = Compiler(arguments.flowc), 0, 0
    end = time.monotonic() + 60 * arguments.minutes if arguments.minutes else None
    while time.monotonic() < end if end else done < arguments.count:
        seed = arguments.seed + done
        with tempfile.TemporaryDirectory(prefix="flow-generated-") as name:
            folder = pathlib.Path(name)
            why = attempt_in_process(compiler, seed, arguments.size, folder) if arguments.leaks \
                else attempt(compiler, seed, arguments.size, folder, arguments.debug)
            if why:
                failed += 1
                print(f"FAILED seed {seed}: {why[:3000]}", flush=True)
            if why and arguments.keep:
                kept = arguments.keep / str(seed)
                kept.mkdir(parents=True, exist_ok=True)
                files = program_of(seed, arguments.size, arguments.leaks)[0]
                for name, text in files.items():
                    (kept / name).write_text(text)
        done += 1
    print(f"{done - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
