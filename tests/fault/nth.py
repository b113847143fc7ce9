#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets the nth write, fsync, rename, allocation, … of a run of a hundred splits fail, for n = 1, 2,
and so on, until a run passes untouched.

    tests/fault/nth.py --flowc build/release/bin/flowc [--every 7] [--kinds write,alloc]

Every time the run ends by itself with exit code 1 and says what happened, or it needed none of what
failed and its answer is right. Then `store check` finds nothing, and `resume`, without the fault,
gives the right answer. The kinds that end in @worker fail in workers only.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FLOW = pathlib.Path(__file__).resolve().parent / "fault.flow"
KINDS = ("write", "fsync", "rename", "open", "read", "mkdir", "unlink", "map", "alloc")
KINDS += tuple(f"{kind}@worker" for kind in KINDS if kind != "unlink")
STRIKES = "FLOW_FAULT strikes"
SECONDS = 300 * float(os.environ.get("FLOW_TEST_SLOWER", "1"))
AT_ONCE = 8     # cases that run side by side

# What happened; no message is without.
REASONS = re.compile(r"memory|No space left|disk is full|Input/output error|Too many open files|"
                     r"Cannot allocate")


class Wrong(Exception):
    """A case did not end as it should; the text says how."""


class Fault:
    """The built flow and its undisturbed answer."""

    def __init__(self, flowc, folder):
        self.folder, self.program = folder, folder / "fault"
        built = subprocess.run([str(flowc), "build", str(FLOW), "-o", str(self.program)],
                               capture_output=True, text=True, check=False)
        if built.returncode != 0:
            sys.exit(f"nth: flowc could not build the flow\n{built.stdout}{built.stderr}")
        done = self.command("undisturbed", "run", "--quiet")
        if done.returncode != 0:
            sys.exit(f"nth: the flow fails undisturbed\n{done.stderr}")
        self.answer = done.stdout

    def command(self, case, *words, fault=None):
        env = dict(os.environ, FLOW_STORE=str(self.folder / case))
        if fault:
            env["FLOW_FAULT"] = fault
        try:
            return subprocess.run([str(self.program), *words], env=env, capture_output=True,
                                  text=True, errors="replace", timeout=SECONDS, check=False,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as late:
            raise Wrong(f"`{' '.join(words)}` hangs") from late

    def has_struck(self, case, done):
        """In the scheduler, the fork server, or a worker, whose standard error is a log."""
        if STRIKES in done.stderr:
            return True
        logs = (self.folder / case / "logs").glob("*/*.err")
        return any(STRIKES in log.read_text(errors="replace") for log in logs)

    def expect_answer(self, what, done):
        if done.returncode != 0:
            raise Wrong(f"{what} ended with {done.returncode}:\n{done.stderr}")
        if done.stdout != self.answer:
            raise Wrong(f"{what} answers {done.stdout!r}, not {self.answer!r}")

    def expect_words(self, done):
        said = [line for line in done.stderr.splitlines() if STRIKES not in line]
        if not any(REASONS.search(line) for line in said):
            raise Wrong(f"it does not say what happened:\n{done.stderr}")

    def recover(self, case):
        if not (self.folder / case / "flow.db").exists():
            self.expect_answer("the next run", self.command(case, "run", "--quiet"))
            return
        done = self.command(case, "store", "check")
        if done.returncode != 0:
            raise Wrong(f"`store check` finds:\n{done.stdout}{done.stderr}")
        done = self.command(case, "resume", "--quiet")
        if done.returncode != 0 and ("no run" in done.stderr or "is done" in done.stderr):
            done = self.command(case, "run", "--quiet")
        self.expect_answer("the resumed run", done)
        done = self.command(case, "store", "check")
        if done.returncode != 0:
            raise Wrong(f"after the resume `store check` finds:\n{done.stdout}{done.stderr}")

    def try_one(self, kind, n):
        """(whether the fault struck, the words that the run ended with)"""
        case, (what, at, where) = f"{kind}-{n}", kind.partition("@")
        done = self.command(case, "run", "--quiet", fault=f"{what}:{n}{at}{where}")
        struck = self.has_struck(case, done)
        if done.returncode == 0:
            self.expect_answer("the run", done)
        elif done.returncode != 1 or not struck:
            raise Wrong(f"the run ended with {done.returncode}:\n{done.stderr}")
        else:
            self.expect_words(done)
        self.recover(case)
        subprocess.run(["rm", "-rf", str(self.folder / case)], check=False)
        return struck, done.returncode, done.stderr


def shorten(text):
    """What a run said, without what differs from one to the next."""
    lines = [line for line in text.splitlines() if STRIKES not in line and line.strip()]
    lines = [re.sub(r"^\d{4}-[\d-]+ [\d:.]+ ", "", line) for line in lines]
    return re.sub(r"\d+", "N", re.sub(r"/\S*/", "", lines[0] if lines else ""))


def try_kind(fault, kind, options):
    """Returns (runs, complaints), and prints what was said how often."""
    said, complaints, runs, n = collections.Counter(), [], 0, options.first
    untouched = False
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        while not untouched and n <= options.most:
            numbers = [n + i * options.every for i in range(AT_ONCE)]
            n = numbers[-1] + options.every
            futures = {number: pool.submit(fault.try_one, kind, number) for number in numbers}
            for number, future in futures.items():
                runs += 1
                try:
                    struck, code, text = future.result()
                    untouched = untouched or not struck
                    if struck:
                        said[shorten(text) if code else "(not needed)"] += 1
                except Wrong as wrong:
                    complaints.append(f"FLOW_FAULT={kind}:{number}: {wrong}")
            if len(complaints) > 10:
                break
    print(f"{kind}: {runs} runs, up to {n - options.every}, {len(complaints)} wrong", flush=True)
    if options.verbose:
        for text, count in said.most_common():
            print(f"  {count:5} x {text}")
    return runs, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowc", default=os.environ.get("FLOWC"))
    parser.add_argument("--every", type=int, default=1, help="leave out the n in between")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--first", type=int, default=1, help="the first n")
    parser.add_argument("--most", type=int, default=1_000_000, help="no n above this one")
    parser.add_argument("--verbose", action="store_true", help="list what was said")
    options = parser.parse_args()
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        fault = Fault(options.flowc, pathlib.Path(folder))
        for kind in options.kinds.split(","):
            complaints += try_kind(fault, kind, options)[1]
    for complaint in complaints[:30]:
        print(complaint)
    print(f"{len(complaints)} wrong")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
