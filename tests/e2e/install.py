#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An installed tree works wherever it is moved to, and other CMake projects find the runtime."""
import os
import pathlib
import subprocess
import sys
import tempfile

FLOWC = pathlib.Path(os.environ["FLOWC"])
BUILD = FLOWC.parent.parent
CONSUMER = """cmake_minimum_required(VERSION 3.25)
project(consumer C)
find_package(flow REQUIRED)
if(NOT TARGET flow::flowrt)
  message(FATAL_ERROR "no target flow::flowrt")
endif()
"""


def run(*command, cwd=None):
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    if not (BUILD / "CMakeCache.txt").exists():
        print(f"{BUILD} is no build tree to install from")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run("cmake", "--install", BUILD, "--prefix", folder / "first")
        prefix = (folder / "first").rename(folder / "moved here")
        flow = folder / "tiny.flow"
        flow.write_text('flow Tiny\nstep start { next end }\nstep end { print("installed") }\n')
        run(prefix / "bin" / "flowc", "build", flow, "-o", folder / "tiny")
        printed = run(folder / "tiny", "run", "--quiet", cwd=folder)
        assert printed == "installed\n", printed

        (folder / "CMakeLists.txt").write_text(CONSUMER)
        run("cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}")


if __name__ == "__main__":
    main()
