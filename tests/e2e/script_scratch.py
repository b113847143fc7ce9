#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""However a script's task or its run ends, nothing of it stays below TMPDIR: at the latest the next
run takes it away."""
import os
import signal

from _program import Program, contains, wait_until

FLOW = """flow Scratch

param seconds = 0

step start { next work, timed }

@timeout(300ms)
@catch
step timed {
    script sh(seconds) "mkdir -p $FLOW_SCRIPT/own/deep; echo x > $FLOW_SCRIPT/own/deep/x; sleep 60"
    next done
}

step work {
    script sh(seconds) \"\"\"
        mkdir "$FLOW_SCRIPT/own"; ln -s / "$FLOW_SCRIPT/own/root"
        mkdir -p "$FLOW_SCRIPT/closed/deep"; chmod 0 "$FLOW_SCRIPT/closed"; : > begun
        if [ $seconds -gt 1 ]; then sleep $seconds; fi
    \"\"\"
    next done
}

join done(a: work, b: timed) { next end }

step end { print("done") }
"""


class Scratch(Program):
    def __init__(self):
        super().__init__(FLOW)
        self.below = self.folder / "below"
        self.below.mkdir()
        os.environ["TMPDIR"] = str(self.below)

    def left(self):
        return sorted(path.name for path in self.below.iterdir())

    def is_empty(self):
        return not self.left()

    def begin(self):
        (self.folder / "begun").unlink(missing_ok=True)
        running = self.start("run", "--seconds", "60")
        wait_until((self.folder / "begun").exists)
        return running


def parent_and_server(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return [int(number) for number in children.read().split()] + [pid]


def main():
    before = os.environ.get("TMPDIR")
    with Scratch() as program:
        contains(program("run").stdout + program("runs").stdout, "done")
        assert program.is_empty(), program.left()

        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            running = program.begin()
            assert len(program.left()) == 1, program.left()
            os.kill(running.pid, how)
            running.communicate()
            wait_until(program.is_empty)

        running = program.begin()
        other = program.begin()
        for pid in parent_and_server(running.pid): # nobody is left who could tidy up
            os.kill(pid, signal.SIGKILL)
        running.communicate()
        (program.below / "flow-scratch-of-mine").write_text("a file, and nobody's folder")
        assert len(program.left()) == 3, program.left()
        program("run")
        assert len(program.left()) == 2, ("the one that runs keeps its own", program.left())
        os.kill(other.pid, signal.SIGINT)
        other.communicate()
        (program.below / "flow-scratch-of-mine").unlink()
        wait_until(program.is_empty)
    if before:
        os.environ["TMPDIR"] = before


if __name__ == "__main__":
    main()
