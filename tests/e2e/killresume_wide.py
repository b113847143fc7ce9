#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A foreach ten thousand wide, in large chunks and one process a split, killed thirty times."""
import os
import pathlib
import subprocess
import sys

SOAK = pathlib.Path(__file__).resolve().parent.parent / "soak" / "run"
KINDS = (("20", ""), ("10", " --chunk 1"))   # kills, more options


def soak(kills, options):
    command = [sys.executable, SOAK, "--flowc", os.environ["FLOWC"], "--kills", kills, "--flow",
               "wide.flow", "--seconds", "0.3", f"--args=--max-num-splits 10000{options}"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(max(soak(kills, options) for kills, options in KINDS))
