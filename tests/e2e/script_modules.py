#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A script finds the modules that lie beside its file, as the interpreter itself does."""
import os
import pathlib
import shutil
import subprocess
import tempfile

FLOW = """flow Modules

step start {
    next end
}

step end {
    let answer = script python(n=20) -> (answer: int) from "code/fit.py"
    let inside = script python -> (inside: int) \"\"\"
        import besides
        inside = besides.NUMBER
    \"\"\"
    print("{answer} {inside}")NODE
}
"""

NODE = """
    print(script node -> (found: int) from "code/fit.js")"""


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        finds()
        os.chdir("/")


def finds():
    pathlib.Path("code").mkdir()
    has_node = shutil.which("node") is not None
    flow = FLOW.replace("NODE", NODE if has_node else "")
    for name, text in (("modules.flow", flow),
                       ("code/fit.py", "import helper\nanswer = helper.twice(n)\n"),
                       ("code/helper.py", "def twice(n):\n    return 2 * n\n"),
                       ("besides.py", "NUMBER = 7\n"),
                       ("code/fit.js", "const found = require('./helper').number;\n"),
                       ("code/helper.js", "exports.number = 5;\n")):
        pathlib.Path(name).write_text(text)
    run(os.environ["FLOWC"], "build", "modules.flow")
    assert run("./modules", "run", "--quiet") == "40 7\n" + ("5\n" if has_node else "")


if __name__ == "__main__":
    main()
