#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests that see Flow from outside: `tests/run.py --flowc build/release/bin/flowc`.

Suites, each case one file that can also be tried by hand:
  ui    tests/ui/*.flow    `flowc check`: its stderr is FILE.stderr, and every line that ends in
                           `//! F0201` is blamed with that code, and no other line with any.
                           Where no marker can stand: `//! line 3: F0101` anywhere.
  run   tests/run/*.flow   built and run in a fresh folder. In the file, at the end of any line:
                           `//> text` a line of stdout, which is what the step `end` prints, in
                           order, `//! runtime TEXT` what stderr contains, `//= exit 3`,
                           `//$ --args` for `run` (or `//$ resume …`: a whole command; several are
                           done one after the other). NAME.d/ is copied into the folder.
  emit  tests/emit/*.flow  the C that flowc writes is FILE.c, and compiles without a warning, of
                           Clang as well where there is one.
  e2e   tests/e2e/*.py     programs with FLOWC and FLOW_EXAMPLES set: 0 passed, 77 skipped.
  docs  README.md, docs/   the `$ ` lines of ```console blocks below a `<!-- run -->` line.
"""
import argparse
import concurrent.futures
import difflib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parent
EXAMPLES = ROOT / "examples"
SUITES = ("ui", "run", "emit", "e2e", "docs")
SLOWER = float(os.environ.get("FLOW_TEST_SLOWER", "1"))
# Ends what hangs; many times what a case takes, since others may keep the machine busy.
SECONDS = {"ui": 120, "run": 300, "emit": 300, "e2e": 900, "docs": 900}
LINGER = 30     # seconds in which what a command has started must end after it

MARKER = re.compile(r"//!\s+(?:line (\d+):\s*)?(F\d{4}(?:[ ,]+F\d{4})*)\s*$")
DIRECTIVE = re.compile(r"(?:^|\s)//([>$=!])(?: (.*))?$")


class Failed(Exception):
    """The case did not do what it should; the text says how."""


class Skipped(Exception):
    """The case cannot run here; the text says why."""


class Done:
    """What a finished process left behind."""

    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr

    def report(self):
        parts = [f"exit code {self.code}"]
        for name, text in (("stdout", self.stdout), ("stderr", self.stderr)):
            if text.strip():
                parts.append(f"--- {name}\n{text.rstrip()}")
        return "\n".join(parts)


class Context:
    """What every case needs to know: where flowc is, and how to run things."""

    def __init__(self, flowc, bless):
        self.flowc = flowc
        self.prefix = flowc.parent.parent
        self.bless = bless
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("FLOW_")}
        self.env.update(LC_ALL="C.UTF-8", TZ="UTC", TERM="dumb", NO_COLOR="1",
                        FLOWC=str(flowc), FLOW_EXAMPLES=str(EXAMPLES),
                        PATH=f"{flowc.parent}:{os.environ['PATH']}")
        if "FLOW_TEST_SLOWER" in os.environ:
            self.env["FLOW_TEST_SLOWER"] = os.environ["FLOW_TEST_SLOWER"]

    def run(self, suite, arguments, cwd, env=None):
        """Runs to the end or the suite's time limit, in a session of its own."""
        limit = SECONDS[suite] * SLOWER
        process = subprocess.Popen(
            [str(a) for a in arguments], cwd=cwd, env=env or self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            kill_session(process.pid)
            out, err = process.communicate()
            done = Done("none", text(out), text(err))
            raise Failed(f"{shown(arguments)}: not done after {limit:.0f} s\n{done.report()}")
        done = Done(process.returncode, text(out), text(err))
        if left_behind(process.pid):
            raise Failed(f"{shown(arguments)}: left processes behind\n{done.report()}")
        return done

    def compare(self, golden, actual, what):
        """Compares with a golden file, or rewrites it under --bless; none means empty."""
        expected = golden.read_text() if golden.exists() else ""
        if actual == expected:
            return
        if self.bless:
            if actual:
                golden.write_text(actual)
            else:
                golden.unlink()
            return
        raise Failed(f"{what} differs from {golden.relative_to(ROOT)}\n{diff(expected, actual)}")


def session_members(session):
    """The processes of a session that still run; zombies are only waiting to be reaped."""
    members = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path("/proc", entry, "stat").read_text()
        except OSError:
            continue  # gone since the listing
        state, _parent, _group, its_session = stat.rpartition(")")[2].split()[:4]
        if int(its_session) == session and state not in "ZX":
            members.append(int(entry))
    return members


def kill_session(session):
    for pid in session_members(session):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it ended by itself


def left_behind(session):
    """True, and kills them, if a command's processes do not end soon after it did."""
    deadline = time.monotonic() + LINGER
    while session_members(session):
        if time.monotonic() > deadline:
            kill_session(session)
            return True
        time.sleep(0.02)
    return False


def kill_marked(mark):
    """Kills what has this entry in its environment, in whatever session: a case that fails leaves
    the flows that it has started, and they would slow down all that follow."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mark.encode() in pathlib.Path("/proc", entry, "environ").read_bytes().split(b"\0"):
                os.kill(int(entry), signal.SIGKILL)
        except OSError:
            pass  # it ended by itself, or is another user's


def text(raw):
    return raw.decode("utf-8", "replace")


def shown(arguments):
    return " ".join(shlex.quote(str(a)) for a in arguments)


def diff(expected, actual):
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(),
                                 "expected", "actual", lineterm="")
    return "\n".join(lines)


def lines_of(path):
    return text(path.read_bytes()).split("\n")


# --- ui -------------------------------------------------------------------------------------

def markers(path):
    """The set of (line, code) that a file says it will be blamed for."""
    expected = set()
    for number, line in enumerate(lines_of(path), 1):
        found = MARKER.search(line)
        if found:
            for code in re.findall(r"F\d{4}", found.group(2)):
                expected.add((int(found.group(1) or number), code))
    return expected


def diagnostics(output, where):
    found = []
    for line in output.split("\n"):
        if not line.startswith("{"):
            continue
        try:
            found.append(json.loads(line))
        except ValueError as error:
            raise Failed(f"{where}: not JSON ({error}): {line}") from None
    return found


def check_markers(path, found):
    expected = markers(path)
    blamed = {(d["line"], d["code"]) for d in found}
    wrong = [f"line {n}: {code} was expected" for n, code in sorted(expected - blamed)]
    wrong += [f"line {d['line']}: {d['code']} was not expected: {d['message']}"
              for d in found if (d["line"], d["code"]) not in expected]
    if wrong:
        raise Failed("\n".join(wrong))


def run_ui(context, path):
    folder, name = path.parent, path.name
    machine = context.run("ui", [context.flowc, "check", "--format", "json", name], folder)
    found = diagnostics(machine.stdout + "\n" + machine.stderr, "--format json")
    errors = any(d["severity"] == "error" for d in found)
    if machine.code != (1 if errors else 0):
        raise Failed(f"check with {len(found)} diagnostics\n{machine.report()}")
    check_markers(path, found)

    human = context.run("ui", [context.flowc, "check", name], folder)
    if human.code != machine.code:
        raise Failed(f"--format json gave exit code {machine.code}\n{human.report()}")
    plain = human.stderr.replace(str(folder) + "/", "").replace(str(ROOT) + "/", "")
    context.compare(path.with_suffix(".stderr"), plain, "stderr")


# --- run ------------------------------------------------------------------------------------

class Expectations:
    """The directives in a program of tests/run."""

    def __init__(self, path):
        self.printed, self.errors, self.commands, self.code = [], [], [], 0
        for number, line in enumerate(lines_of(path), 1):
            found = DIRECTIVE.search(line)
            if found:
                self.add(found.group(1), found.group(2) or "", f"{path.name}:{number}")
        self.commands = self.commands or [["run", "--quiet"]]

    def add(self, kind, rest, where):
        if kind == ">":
            self.printed.append(rest)
        elif kind == "$":
            words = shlex.split(rest)
            named = bool(words) and not words[0].startswith("-")
            self.commands.append(words if named else ["run", "--quiet", *words])
        elif kind == "=" and re.fullmatch(r"exit \d+", rest):
            self.code = int(rest.split()[1])
        elif kind == "!" and rest.startswith("runtime "):
            self.errors.append(rest[len("runtime "):])
        else:
            raise Failed(f"{where}: no such expectation: //{kind} {rest}")


def run_run(context, path):
    expected = Expectations(path)
    with tempfile.TemporaryDirectory(prefix="flow-run-") as name:
        folder = pathlib.Path(name)
        beside = path.with_suffix(".d")
        if beside.is_dir():
            shutil.copytree(beside, folder, dirs_exist_ok=True)
        program = folder / path.stem
        built = context.run("run", [context.flowc, "build", path, "-o", program], folder)
        if built.code != 0:
            raise Failed(f"flowc build: {built.report()}")
        runs = [context.run("run", [program, *words], folder) for words in expected.commands]

    last = runs[-1]
    if last.code != expected.code:
        raise Failed(f"exit code {expected.code} was expected\n{last.report()}")
    printed = "".join(done.stdout for done in runs)
    wanted = "".join(line + "\n" for line in expected.printed)
    if printed != wanted:
        raise Failed(f"stdout differs\n{diff(wanted, printed)}\n{last.report()}")
    for message in expected.errors:
        if not any(message in done.stderr for done in runs):
            raise Failed(f"stderr should say: {message}\n{last.report()}")


# --- emit -----------------------------------------------------------------------------------

def arguments_of(context, name):
    path = context.prefix / "lib" / "flow" / name
    return [line for line in path.read_text().split("\n") if line]


def run_emit(context, path):
    with tempfile.TemporaryDirectory(prefix="flow-emit-") as name:
        out = pathlib.Path(name) / (path.stem + ".c")
        command = [context.flowc, "build", "--emit-c", path.name, "-o", out.with_suffix("")]
        done = context.run("emit", command, path.parent)
        if done.code != 0 or not out.exists():
            raise Failed(f"{shown(command)}: {done.report()}")
        for compiler in (arguments_of(context, "cc.txt"), ["clang"] * bool(shutil.which("clang"))):
            strict = [*compiler, *arguments_of(context, "cflags.txt"), "-Wall", "-Wextra",
                      "-Werror", "-I", context.prefix / "include", "-c", out, "-o",
                      out.with_suffix(".o")]
            compiled = context.run("emit", strict, path.parent) if compiler else None
            if compiled and compiled.code != 0:
                raise Failed(f"{shown(strict)}: {compiled.report()}")
        actual = out.read_text().replace(str(path.parent) + "/", "").replace(f"{name}/", "")
    context.compare(path.with_suffix(".c"), actual, "the emitted C")


# --- e2e and docs ---------------------------------------------------------------------------

def run_e2e(context, path):
    with tempfile.TemporaryDirectory(prefix="flow-e2e-") as name:
        env = dict(context.env, TMPDIR=name, PYTHONDONTWRITEBYTECODE="1")
        try:
            done = context.run("e2e", [sys.executable, path], name, env)
        finally:
            kill_marked(f"TMPDIR={name}")
    if done.code == 77:
        raise Skipped((done.stdout + done.stderr).strip() or "no reason given")
    if done.code != 0:
        raise Failed(done.report())


def console_commands(path):
    """The commands of every block that is marked to be run, in the order of the page."""
    commands, marked, inside = [], False, False
    for line in lines_of(path):
        if inside:
            if line.startswith("```"):
                marked = inside = False
            elif line.startswith("$ "):
                commands.append(line[2:])
            elif commands and (commands[-1].endswith("\\") or line[:2] in ("> ", ">")):
                commands.append(line.removeprefix(">").removeprefix(" "))
        elif line.strip() == "<!-- run -->":
            marked = True
        elif marked and line.startswith("```console"):
            inside = True
        elif line.strip():
            marked = False
    return commands


def run_docs(context, path):
    commands = console_commands(path)
    with tempfile.TemporaryDirectory(prefix="flow-docs-") as name:
        folder = pathlib.Path(name) / "examples"
        if EXAMPLES.is_dir():
            shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns(".flow"))
        else:
            folder.mkdir()
        script = "set -eu\n" + "".join(command + "\n" for command in commands)
        done = context.run("docs", ["/bin/sh", "-xc", script], folder)
    if done.code != 0:
        raise Failed(done.report())


# --- the runner -----------------------------------------------------------------------------

RUNNERS = {"ui": run_ui, "run": run_run, "emit": run_emit, "e2e": run_e2e, "docs": run_docs}


def cases_of(suite):
    if suite == "docs":
        pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        return [page for page in pages if page.exists() and console_commands(page)]
    if suite == "e2e":
        # What begins with an underscore is shared by the others.
        return [p for p in sorted((TESTS / suite).glob("*.py")) if not p.name.startswith("_")]
    return sorted((TESTS / suite).glob("*.flow"))


def outcome_of(context, suite, path):
    """Runs one case: ("passed" | "skipped" | "failed", why)."""
    try:
        RUNNERS[suite](context, path)
    except Skipped as why:
        return "skipped", str(why)
    except Failed as why:
        return "failed", str(why)
    except (OSError, KeyError, ValueError) as error:
        return "failed", f"{type(error).__name__}: {error}"
    return "passed", ""


def attempt(context, suite, path):
    """What became of a case, and the seconds that it took."""
    began = time.monotonic()
    return *outcome_of(context, suite, path), time.monotonic() - began


def run_all(context, cases, jobs, verbose):
    count = dict.fromkeys(("passed", "skipped", "failed"), 0)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(attempt, context, suite, path): (suite, path)
                   for suite, path in cases}
        for future in concurrent.futures.as_completed(waiting):
            suite, path = waiting[future]
            name = f"{suite}/{path.stem}"
            outcome, why, seconds = future.result()
            count[outcome] += 1
            if outcome == "failed":
                print(f"FAILED {name}\n" + "".join(f"    {l}\n" for l in why.split("\n")))
            elif outcome == "skipped":
                print(f"skipped {name}: {why}")
            elif verbose:
                print(f"passed {name} in {seconds:.1f} s")
            sys.stdout.flush()
    return count


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowc", required=True, type=pathlib.Path, help="the compiler to test")
    parser.add_argument("--bless", action="store_true", help="rewrite the goldens that differ")
    parser.add_argument("-k", metavar="SUBSTRING", default="", help="only cases SUITE/NAME with it")
    parser.add_argument("-s", "--suite", action="append", choices=SUITES, help="only this suite")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="cases side by side (2)")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="name what passed, too, and how long it took")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    flowc = arguments.flowc.resolve()
    if not os.access(flowc, os.X_OK):
        print(f"run.py: there is no program {arguments.flowc}; `./dev build` makes one",
              file=sys.stderr)
        print("0 passed, 1 failed")
        return 1
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)  # a background job may ignore some
    cases = [(suite, path) for suite in arguments.suite or SUITES for path in cases_of(suite)
             if arguments.k in f"{suite}/{path.stem}"]
    count = run_all(Context(flowc, arguments.bless), cases, arguments.jobs, arguments.verbose)
    if count["skipped"]:
        print(f"{count['skipped']} skipped")
    print(f"{count['passed']} passed, {count['failed']} failed")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
