# SPDX-License-Identifier: Apache-2.0
"""What the tests of the examples share: build one, run it, read back what it kept."""
import json
import os
import pathlib
import subprocess
import sys

FLOWC = os.environ["FLOWC"]
EXAMPLES = pathlib.Path(os.environ["FLOW_EXAMPLES"])


def command(*words, code=0):
    """Runs it in the current folder; any other exit code than `code` ends the test."""
    words = [str(word) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != code:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}, not {code}\n"
                 f"--- stdout\n{done.stdout}--- stderr\n{done.stderr}")
    return done


def same(actual, expected, what):
    if actual != expected:
        sys.exit(f"{what}\n  is:        {actual!r}\n  should be: {expected!r}")


class Program:
    """An example, built into the current folder; its runs are numbered from 1."""

    def __init__(self, name):
        self.path = f"./{name}"
        built = command(FLOWC, "build", EXAMPLES / name / f"{name}.flow", "-o", self.path)
        same(built.stderr, "", f"what flowc says about {name}")

    def printed(self, *options):
        """What `end` prints in a run with these options."""
        return command(self.path, "run", "--quiet", *options).stdout

    def dump(self, task):
        """The tasks of a run or step, as `dump` has them."""
        text = command(self.path, "dump", "--format", "json", task).stdout
        return [json.loads(line) for line in text.splitlines()]

    def kept(self, task):
        """The artifacts of one task."""
        tasks = self.dump(task)
        same(len(tasks), 1, f"the number of tasks named {task}")
        return tasks[0]["artifacts"]

    def check_store(self):
        command(self.path, "store", "check")
