#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sample of what `tests/fault/nth.py` tries: writes, syncs, allocations that fail, one a run."""
import os
import pathlib
import subprocess
import sys

NTH = pathlib.Path(__file__).resolve().parent.parent / "fault" / "nth.py"
EVERY = "49" if "FLOW_TEST_SLOWER" in os.environ else "7"

if __name__ == "__main__":
    sys.exit(subprocess.run([sys.executable, NTH, "--flowc", os.environ["FLOWC"],
                             "--every", EVERY], check=False).returncode)
