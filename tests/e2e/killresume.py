#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A flow that is killed at twenty moments of its life ends as if it never had been."""
import os
import pathlib
import subprocess
import sys

SOAK = pathlib.Path(__file__).resolve().parent.parent / "soak" / "run"

if __name__ == "__main__":
    sys.exit(subprocess.run([sys.executable, SOAK, "--flowc", os.environ["FLOWC"], "--kills", "20"],
                            check=False).returncode)
