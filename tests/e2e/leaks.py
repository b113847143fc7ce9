#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The emitted code gives back all that it takes, also when the nth allocation fails.

The steps run in one process (in_process.c), built with the sanitizers of the runtime."""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FLOWC = pathlib.Path(os.environ["FLOWC"])
PREFIX = FLOWC.parent.parent
FLOWS = ("closures", "collections", "combinations", "control", "enums", "failures_handled",
         "functions", "generics", "index_negative", "options",
         "recursion", "steps_loop", "strings", "value_semantics")
NTH = range(1, 300, 13)


def arguments(name):
    return (PREFIX / "lib/flow" / name).read_text().split()


def build(name, folder):
    source = HERE.parent / "run" / f"{name}.flow"
    subprocess.run([FLOWC, "build", "--emit-c", source, "-o", folder / name], check=True)
    program = folder / f"{name}_in_process"
    subprocess.run([*arguments("cc.txt"), *arguments("cflags.txt"), "-g", "-fno-strict-aliasing",
                    f'-DGENERATED="{folder / name}.c"', "-I", PREFIX / "include",
                    HERE / "in_process.c", "-o", program, PREFIX / "lib/libflowrt.a",
                    *arguments("link.txt")], check=True)
    return program


def run(program, env):
    done = subprocess.run([program], env=env, capture_output=True, text=True, timeout=400)
    if done.returncode != 0:
        sys.exit(f"{program.name} with {env.get('FLOW_FAULT')}: exit code {done.returncode}\n"
                 f"{done.stdout}{done.stderr}")


def main():
    if not any("address" in flag for flag in arguments("cflags.txt")):
        print("the runtime was built without the address sanitizer")
        return 77
    with tempfile.TemporaryDirectory() as name:
        for flow in FLOWS:
            program = build(flow, pathlib.Path(name))
            run(program, dict(os.environ))
            for nth in NTH:
                run(program, dict(os.environ, FLOW_FAULT=f"alloc:{nth}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
