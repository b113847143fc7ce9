# SPDX-License-Identifier: Apache-2.0
"""Builds a flow from its text and runs its commands, for the tests of the command line."""
import os
import pathlib
import pty
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Program:
    """A built flow in a folder of its own, with its store beside it."""

    def __init__(self, source):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        (self.folder / "prog.flow").write_text(source)
        done = self._run(os.environ["FLOWC"], "build", "prog.flow", "-o", "prog")
        assert done.returncode == 0, done.stdout + done.stderr

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def _run(self, *command, env=None):
        return subprocess.run([str(c) for c in command], cwd=self.folder, capture_output=True,
                              text=True, check=False, env=dict(os.environ, **(env or {})),
                              stdin=subprocess.DEVNULL)

    def __call__(self, *words, code=0, env=None):
        """Runs a command to its end; the exit code must be `code`, unless that is None."""
        done = self._run("./prog", *words, env=env)
        assert code is None or done.returncode == code, \
            f"{words}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}"
        return done

    def start(self, *words):
        """A command that goes on while the test does."""
        return subprocess.Popen(["./prog", *[str(w) for w in words]], cwd=self.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, start_new_session=True)


def on_terminal(program, *words):
    """What a terminal is sent by a command of a built flow."""
    return terminal_text(["./prog", *map(str, words)], program.folder)


def terminal_text(command, folder):
    """What a terminal is sent by a command."""
    ours, theirs = pty.openpty()
    env = dict(os.environ, TERM="xterm")
    env.pop("NO_COLOR", None)
    with subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs,
                          stdin=subprocess.DEVNULL, env=env) as process:
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
        process.wait()
    os.close(ours)
    return text.decode()


def wait_until(what, *arguments):
    """Until it holds, however busy the machine is: the end is for what never comes."""
    end = time.monotonic() + 120
    while not what(*arguments):
        assert time.monotonic() < end, f"{what} {arguments}: it never came"
        time.sleep(0.02)


def contains(text, *parts):
    for part in parts:
        assert part in text, f"`{part}` is not in:\n{text}"


def lacks(text, *parts):
    for part in parts:
        assert part not in text, f"`{part}` is in:\n{text}"
