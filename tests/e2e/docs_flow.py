#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every program in README.md and docs/ compiles, and prints what its comments say.

Blocks that begin with ```flow are read:
  ```flow              a whole program, without a warning
  ```flow body         statements of `end`; paragraphs of functions and structs stand beside it
  ```flow error F0258  a whole program with just that mistake
A comment `// prints TEXT` is a line that the program prints, in the order of the text.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FLOWC = os.path.abspath(os.environ["FLOWC"])
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILTINS = ROOT / "compiler" / "sema" / "builtin.def"
DECLARATION = re.compile(r"(?:///.*\n)*(?:fn|struct|enum|import|param) ")
PRINTED = re.compile(r"// prints (.*)$", re.MULTILINE)


def blocks(page):
    """(line, words behind the fence, text) of each block of the page."""
    fence = re.compile(r"^```flow\b([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    text = page.read_text()
    for found in fence.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found.group(1).split(), found.group(2)


def wrapped(text):
    """A program whose `end` has these statements."""
    paragraphs = re.split(r"\n\n(?=\S)", text.rstrip("\n"))
    beside = [p for p in paragraphs if DECLARATION.match(p)]
    inside = [p for p in paragraphs if not DECLARATION.match(p)]
    body = "\n\n".join(inside).replace("\n", "\n    ")
    return "\n\n".join(["flow Example", "step start { next end }", *beside,
                        f"step end {{\n    {body}\n}}\n"])


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)


def check_error(path, code):
    done = run(FLOWC, "check", "--format", "json", path)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("{")]
    codes = [json.loads(line)["code"] for line in lines]
    return None if codes == [code] else f"is blamed with {codes or 'nothing'}, not {code}"


def check_program(path, text):
    built = run(FLOWC, "build", path, "-o", "example")
    if built.returncode != 0 or built.stderr:
        return f"flowc says:\n{built.stderr}"
    expected = PRINTED.findall(text)
    if not expected:
        return None
    done = run("./example", "run", "--quiet")
    printed = done.stdout.splitlines()
    if printed == expected and done.returncode == 0:
        return None
    return f"prints {printed}\n  and should: {expected}\n{done.stderr}"


def check_block(words, text):
    path = pathlib.Path("example.flow")
    path.write_text(wrapped(text) if words == ["body"] else text)
    if words[:1] == ["error"]:
        return check_error(path, words[1])
    if words in ([], ["body"]):
        return check_program(path, text)
    return f"there are no blocks of the kind `{' '.join(words)}`"


def missing_builtins():
    """Built-in functions that the reference does not name."""
    page = (ROOT / "docs" / "language.md").read_text()
    rows = re.findall(r'^X\(\w+,\s*"(\w*)",\s*"(\w+)"', BUILTINS.read_text(), re.MULTILINE)
    names = {f"{module}.{name}" if module else name for module, name in rows}
    return sorted(name for name in names if f"`{name}`" not in page)


def main():
    wrong = [f"docs/language.md does not name `{name}`" for name in missing_builtins()]
    count = 0
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for line, words, text in blocks(page) if page.exists() else ():
            why = check_block(words, text)
            count += 1
            if why:
                wrong.append(f"{page.relative_to(ROOT)}:{line}: {why}")
    if count < 10:
        wrong.append(f"only {count} programs were found")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        status = main()
        os.chdir("/")
    sys.exit(status)
