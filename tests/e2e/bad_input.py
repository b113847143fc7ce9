#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is no program at all, or one of absurd size: flowc says so in a few lines and ends soon."""
import os
import pathlib
import resource
import subprocess
import tempfile

FLOWC = os.environ["FLOWC"]
BODY = "flow Wrong\n\nstep start {{\n    {}\n    next end\n}}\n\nstep end {{\n}}\n"
LINES_MAX = 400  # fifty messages, of seven lines each at most
MEMORY = 2 << 30
IS_SANITIZED = "ASAN_OPTIONS" in os.environ  # which reserves more than any limit


def limit_memory():
    if not IS_SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def check(folder, text, code=1, says=""):
    """Checks a file with this text; a crash or a hang has another exit code."""
    path = folder / "wrong.flow"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = subprocess.run([FLOWC, "check", path.name], cwd=folder, capture_output=True,
                          timeout=300, check=False, preexec_fn=limit_memory)
    output = done.stderr.decode()  # what is shown is UTF-8, whatever the file is
    start = output[:500] + "\n" + text[:60].__repr__()
    assert done.returncode == code, f"exit code {done.returncode}\n{start}"
    assert says in output, f"`{says}` is not said\n{start}"
    assert output.count("\n") <= LINES_MAX, f"{output.count(chr(10))} lines\n{start}"


def deep(folder):
    """Bounded on purpose: one message, and nothing that follows from it."""
    def is_deep(text):
        check(folder, text, says="nested too deeply")

    is_deep(BODY.format("let x = " + "(" * 10_000 + "1" + ")" * 10_000))
    is_deep(BODY.format("let x = " + "[" * 10_000))
    is_deep(BODY.format("let x = " + "not " * 10_000 + "true"))
    is_deep(BODY.format("let x = " + "1 + " * 20_000 + "1"))
    is_deep(BODY.format("let x = a" + ".b" * 20_000))
    is_deep(BODY.format("let x = " + "|a| " * 20_000 + "1"))
    is_deep(BODY.format("print(" + '"{' * 5_000 + "x" + '}"' * 5_000 + ")"))
    is_deep(BODY.format("if true { next end } " + "else if true { next end } " * 5_000))
    is_deep(BODY.format("if true {\n" * 5_000 + "next end\n" + "}\n" * 5_000))
    is_deep("let x: " + "[" * 10_000 + "int" + "]" * 10_000 + " = 1\n")
    is_deep("fn f(x: " + "fn() -> " * 20_000 + "int) {\n}\n")


def large(folder):
    """Ten megabytes take seconds, and memory in proportion."""
    size = 10_000_000
    check(folder, BODY.format('print("' + "x" * size + '")'), code=0)
    check(folder, BODY.format("print([" + "12345678, " * (size // 10) + "])"), code=0)
    check(folder, "$" * size, says="no meaning")
    check(folder, ")" * size, says="closes nothing")
    check(folder, "{" * size)
    check(folder, "/*" * (size // 2), says="never closed")
    check(folder, "@/*\n" * (size // 4), says="never closed")
    check(folder, '@"""\n' * (size // 5))
    check(folder, BODY.format("x = 1\n" * (size // 6)), says="no variable")


def no_text(folder):
    program = BODY.format("print(1)")
    check(folder, "", code=0)
    check(folder, "\n\n// only a comment", code=0)
    check(folder, b"\xef\xbb\xbf" + program.encode(), code=0)
    check(folder, program.replace("\n", "\r\n"), code=0)
    check(folder, program.encode("utf-16"), says="not valid UTF-8")
    check(folder, program.replace("1", '"d\xe9j\xe0"').encode("latin-1"), says="not valid UTF-8")
    check(folder, program.replace("1", "1\0"), says="no meaning")
    check(folder, bytes(range(256)) * 1000, says="not valid UTF-8")
    check(folder, program[:-4] + '    print("', says="never closed")
    check(folder, program + "/*", says="never closed")


def no_file(folder):
    def refuses(name, *parts):
        done = subprocess.run([FLOWC, "check", name], cwd=folder, capture_output=True, text=True,
                              timeout=300, check=False)
        assert done.returncode in (1, 2), done.returncode
        for part in parts:
            assert part in done.stderr, done.stderr

    (folder / "folder.flow").mkdir()
    refuses("folder.flow", "folder.flow", "directory")
    refuses(".", "directory")
    refuses("missing.flow", "missing.flow", "No such file")
    refuses("wrong.flow/inner.flow", "wrong.flow/inner.flow")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for case in (deep, large, no_text, no_file):
            case(folder)


if __name__ == "__main__":
    main()
