#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tests that stand in the modules of the standard library pass."""
import os
import pathlib
import subprocess

STDLIB = pathlib.Path(__file__).resolve().parents[2] / "stdlib"

for module in sorted(STDLIB.glob("*.flow")):
    done = subprocess.run([os.environ["FLOWC"], "test", module], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{module.name}:\n{done.stdout}{done.stderr}"
