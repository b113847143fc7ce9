#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An interpreter that is missing is said before the step runs, without an attempt spent on it."""
import os

from _program import Program, contains, lacks

FLOW = """flow Missing

fn hidden(n: int) -> int {
    script LANGUAGE(n) -> (twice: int) "twice=n"
}

step start {
    print("start ran")
    next last
}

@retry(times=3)
step last {
    print("last ran")
    print(try hidden(2) else 0)
    next end
}

step end { }
"""

PACKAGES = {"sh": "dash", "python": "python3", "node": "nodejs",
            "r": "r-base-core r-cran-jsonlite"}
PROGRAMS = {"sh": "sh", "python": "python3", "node": "node", "r": "Rscript"}


def main():
    for language, package in PACKAGES.items():
        with Program(FLOW.replace("LANGUAGE", language)) as program:
            done = program("run", env={"PATH": str(program.folder)}, code=1)
            contains(done.stdout + done.stderr, "start ran",
                     f"step `last` runs a script in {language}, and there is no "
                     f"`{PROGRAMS[language]}` here: install it (apt-get install {package})")
            lacks(done.stdout + done.stderr, "last ran", "attempt 2")
            (program.folder / PROGRAMS[language]).write_text("#!/bin/sh\nexit 7\n")
            os.chmod(program.folder / PROGRAMS[language], 0o755)
            done = program("resume", env={"PATH": str(program.folder)})
            contains(done.stdout + done.stderr, "last ran")


if __name__ == "__main__":
    main()
