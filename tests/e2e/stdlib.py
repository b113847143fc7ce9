#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tests that stand in the modules of the standard library pass."""
import os
import pathlib
import subprocess
import tempfile

STDLIB = pathlib.Path(__file__).resolve().parents[2] / "stdlib"

with tempfile.TemporaryDirectory() as folder:
    for module in sorted(STDLIB.glob("*.flow")):
        done = subprocess.run([os.environ["FLOWC"], "test", module], capture_output=True,
                              text=True, check=False, stdin=subprocess.DEVNULL, cwd=folder)
        assert done.returncode == 0, f"{module.name}:\n{done.stdout}{done.stderr}"
