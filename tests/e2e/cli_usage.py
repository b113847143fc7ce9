#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the command line refuses, with exit code 2 and words that help; --help and --version."""
import re
import shlex
import subprocess

from _program import Program, contains, lacks

FLOW = """/// Draws a picture.
flow Picture

param width: int              /// How wide it is
param title: string           /// What stands above it
param max_depth = 3           /// How deep
param bright = true
param pause = 2min
param sizes = [1, 2]
param most: int?

step start {
    keep shown = "{title} {width} {max_depth} {bright} {pause}"
    next end
}

step end {
    keep rest = "{sizes} {most}"
    print(shown)
}
"""


def refuses(program, words, *parts):
    done = program(*words, code=2)
    assert done.stdout == "", done.stdout
    assert done.stderr.startswith("error: "), done.stderr
    contains(done.stderr, *parts)


def usage_errors(program):
    refuses(program, [], "no command")
    refuses(program, ["rum"], "`rum`", "did you mean `./prog run`?")
    refuses(program, ["help", "rnu"], "`rnu`", "did you mean `./prog run`?")
    refuses(program, ["run", "--widht", "3"], "`--widht`", "did you mean `--width`?")
    refuses(program, ["run", "--max-wrokers", "3"], "did you mean `--max-workers`?")
    refuses(program, ["run", "--max-workers", "0"], "`--max-workers` is `0`", "at least 1")
    refuses(program, ["run", "--max-workers", "many"], "`many`", "such as 16")
    refuses(program, ["run", "-q"], "`-q`", "did you mean `--quiet`?")
    refuses(program, ["run", "-f"], "did you mean one of `--fail-fast`, `--format`?")
    refuses(program, ["run", "-w"], "did you mean `--width`?")
    refuses(program, ["run", "-quiet"], "did you mean `--quiet`?")
    refuses(program, ["runs", "-x"], "`./prog runs --help`")
    refuses(program, ["run", "--max-num-splits", "-3"], "`-3`")
    refuses(program, ["run", "--width"], "`--width` needs a value: a whole number, such as 42")
    refuses(program, ["resume", "strat"], "Picture has no step `strat`", "did you mean `start`?")
    refuses(program, ["resume", "nothing"], "its steps are start, end")
    refuses(program, ["run"], "must be given: --width INT, --title STRING",
            "./prog run --width INT --title STRING")
    refuses(program, ["run", "--title", "x", "--width", "wide"], "--width", "`wide`",
            "a whole number")
    refuses(program, ["run", "--title", "x", "--width", "1", "--pause", "5m"], "--pause")
    refuses(program, ["run", "--title", "x", "--width", "a\nb"], "`a\\nb`")
    refuses(program, ["run", "--title", "x", "--width", "1", "--max-depth", "z"], "--max-depth: ")
    refuses(program, ["run", "--max-depth", "4XB", "--pause", "5m", "--title", "x"],
            "error: --max-depth: ", "\nerror: --pause: ", "\nerror: parameters without a default",
            "must be given: --width INT\nhelp: ")
    refuses(program, ["run", "--title", "x", "--width", "1", "--sizes", ""],
            "error: --sizes: the value is empty", "written `[]`")
    refuses(program, ["run", "--width", "1", "--width", "2"], "`width` is given twice")
    refuses(program, ["run", "--bright", "--no-bright"], "`bright` is given twice")
    refuses(program, ["resume", "--width", "3"], "keeps those of its origin")
    refuses(program, ["logs"], "RUN[/STEP[/INDEX]]")
    refuses(program, ["dump", "x/y"], "`x/y`")
    refuses(program, ["store", "chekc"], "`store chekc`")
    assert not (program.folder / ".flow" / "flow.db").exists()


def missing_things(program):
    """Not the command line's fault, so exit code 1."""
    for words in (["show"], ["resume"], ["dump", "1"], ["store", "check"]):
        contains(program(*words, code=1).stderr, "error: ", ".flow")


def helps(program):
    text = program("--help").stdout
    contains(text, "Picture", "Draws a picture.", "resume [STEP]", "--width INT",
             "How wide it is", "(int, must be given)", "--max-depth INT", "(int, default 3)",
             "--[no-]bright", "(bool, default true)", "completion bash|zsh|fish|man|markdown")
    assert program("help").stdout == text
    assert program("-h").stdout == text
    text = program("run", "--help").stdout
    contains(text, "--max-workers N", "(16)", "$FLOW_MAX_WORKERS", "--max-num-splits N", "(100)")
    lacks(text, "--origin-run-id")
    assert program("help", "run").stdout == text
    contains(program("resume", "--help").stdout, "--origin-run-id")
    contains(program("--version").stdout, "Picture", "Flow ")


def params(program):
    def quiet(*words):
        given = " ".join(words)
        width = [] if "--width" in given else ["--width", 4]
        title = [] if "--title" in given else ["--title", "sky"]
        return program("run", "--quiet", *width, *title, *words).stdout
    assert quiet() == "sky 4 3 true 2min\n", quiet()
    assert quiet("--max-depth=5", "--no-bright") == "sky 4 5 false 2min\n"
    assert quiet("--max_depth", "5", "--bright", "--pause", "30s") == "sky 4 5 true 30s\n"
    assert quiet("--title=a b\tc", "--width=-7") == "a b\tc -7 3 true 2min\n"


def quotes_its_path(program):
    """What is advised can be pasted into a shell."""
    folder = program.folder / "it's here"
    folder.mkdir()
    (folder / "prog").write_bytes((program.folder / "prog").read_bytes())
    (folder / "prog").chmod(0o755)
    done = subprocess.run([f"{folder}/prog", "rum"], capture_output=True, text=True, check=False)
    advised = re.search(r"did you mean `(.*)`\?\n", done.stderr).group(1)
    assert shlex.split(advised) == [f"{folder}/prog", "run"], done.stderr
    done = program("runs", "--store", "no store", code=1)
    contains(done.stderr, "no store")


MANY = "flow Many\n" + "".join(f"param number_of_things_{i}: int\n" for i in range(30)) + """
step start { next end }
step end { }
"""


def many_things():
    """Of many parameters a message shows some, and says how many more there are."""
    with Program(MANY) as program:
        refuses(program, ["run"], "--number-of-things-4 INT and 25 more\nhelp: `./prog run "
                "--number-of-things-0 INT", "--number-of-things-4 INT …`\n")
        wrong = [word for i in range(30) for word in (f"--number-of-things-{i}", "x")]
        refuses(program, ["run", *wrong], "more parameters are wrong\n")
        refuses(program, ["run", *wrong[2:]], "more parameters are wrong\nerror: parameters "
                "without a default must be given: --number-of-things-0 INT\n")


def main():
    many_things()
    with Program(FLOW) as program:
        quotes_its_path(program)
        usage_errors(program)
        missing_things(program)
        helps(program)
        params(program)


if __name__ == "__main__":
    main()
