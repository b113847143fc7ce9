#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flowc where nothing can be written, and where the disk is full."""
import os
import pathlib
import subprocess
import sys
import tempfile

from _program import contains, lacks

FLOW = 'flow F\nstep start { next end }\nstep end { print("hi") }\n'
SKIPPED = 77


def mounted(folder, mount, *words):
    """Runs flowc in the folder, with a mount of its own there that nobody else sees."""
    script = (f'{mount} && cd "$0" && (test -f f.flow || printf "%s" "$FLOW" > f.flow) '
              '&& exec "$@"')
    return subprocess.run(["unshare", "-m", "sh", "-c", script, folder, *words], text=True,
                          env=dict(os.environ, FLOW=FLOW), capture_output=True, check=False)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        small = f"mount -t tmpfs -o size=512k none {folder}"
        if mounted(folder, small, "true").returncode != 0:
            print("nothing can be mounted here")
            sys.exit(SKIPPED)
        done = mounted(folder, small, os.environ["FLOWC"], "build", "f.flow")
        assert done.returncode == 1, done.stderr
        contains(done.stderr, "hardly any space is left on the disk of", ".flow/build: free some")
        lacks(done.stderr, "fault of flowc")
        (folder / "f.flow").write_text(FLOW)
        fixed = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}"
        done = mounted(folder, fixed, os.environ["FLOWC"], "run", "f.flow")
        assert done.returncode == 1, done.stderr
        contains(done.stderr, "Read-only file system", "flowc build FILE -o OUT")
        (folder / ".flow" / "build").mkdir(parents=True, exist_ok=True)
        fixed = f"B={folder}/.flow/build; mount --bind $B $B && mount -o remount,ro,bind $B"
        for word in ("build", "run"):
            done = mounted(folder, fixed, os.environ["FLOWC"], word, "f.flow")
            assert done.returncode == 1, done.stderr
            contains(done.stderr, "cannot write .flow/build", "Read-only file system")
            lacks(done.stderr, "fault of flowc")


main()
