#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md and the man pages say what the programs' own tables say.

`FLOW_BLESS=1 FLOWC=…/flowc tests/e2e/cli_pages.py` writes them anew."""
import os
import pathlib
import re
import subprocess

from _program import Program, contains

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FLOW = "flow Program\n\nstep start { next end }\n\nstep end { }\n"
BEGIN = "<!-- generated: ./PROGRAM completion markdown -->\n"
FLOWC_BEGIN = "<!-- generated: flowc --help -->\n"
END = "<!-- end of generated -->\n"
HEAD = """.TH FLOWC 1
.SH NAME
flowc \\- makes programs of flows
.SH SYNOPSIS
.B flowc
.I COMMAND
.SH DESCRIPTION
.nf
"""


def output(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=True, **more).stdout


def compare(path, expected):
    if os.environ.get("FLOW_BLESS"):
        path.write_text(expected)
    found = path.read_text() if path.exists() else ""
    assert found == expected, f"{path.relative_to(ROOT)} is not what the programs say: write it " \
                              f"anew with FLOW_BLESS=1 {pathlib.Path(__file__).name}"


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def flowc_page():
    flowc = os.environ["FLOWC"]
    general = output(flowc, "--help")
    parts = [HEAD, roff(general), ".fi\n"]
    for name in re.findall(r"^  ([a-z]+) ", general, re.MULTILINE):
        if name != "flowc":
            parts.append(f".SH {name.upper()}\n.nf\n{roff(output(flowc, name, '--help'))}.fi\n")
    return "".join(parts) + ".SH SEE ALSO\n.BR flow\\-program (1)\n"


def cells(*texts):
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |\n"


def flowc_options(name, page):
    """The options of a command's page: `  --debug     for a debugger: …`, and lines that go on."""
    for left, right in re.findall(r"^  (-\S+(?: [A-Z]+| [a-z]+)?)   *(\S.*(?:\n {8,}\S.*)*)", page,
                                  re.MULTILINE):
        yield left, name, re.sub(r"\s+", " ", right)


def flowc_tables():
    """The commands as `flowc --help` has them, and the options of their pages."""
    flowc = os.environ["FLOWC"]
    commands = re.findall(r"^  ([a-z]+)((?: \S+)*?)  +(.*)$", output(flowc, "--help"), re.MULTILINE)
    text = cells("command", "what it does") + "| --- | --- |\n"
    for name, _, summary in commands:
        usage = re.match(r"usage: (.*)", output(flowc, name, "--help")).group(1)
        text += cells(f"`{usage}`", summary)
    text += "\n" + cells("option", "of", "what it does") + "| --- | --- | --- |\n"
    for name, _, _ in commands:
        for left, of, right in flowc_options(name, output(flowc, name, "--help")):
            text += cells(f"`{left}`", of, right)
    return text


def generated(text, begin, table):
    before = text.index(begin) + len(begin)
    return text[:before] + table + text[text.index(END, before):]


def is_good_roff(text):
    """mandoc, where it is installed, has nothing to say but that the date is missing."""
    try:
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=text, text=True,
                              capture_output=True, check=False)
    except FileNotFoundError:
        return
    lines = [line for line in done.stdout.splitlines() if "missing date" not in line]
    assert not lines, lines


def main():
    with Program(FLOW) as program:
        (program.folder / "prog").rename(program.folder / "PROGRAM")

        def say(*words):
            return output("./PROGRAM", *words, cwd=program.folder)
        page = ROOT / "docs" / "cli.md"
        text = page.read_text()
        text = generated(text, FLOWC_BEGIN, flowc_tables())
        compare(page, generated(text, BEGIN, say("completion", "markdown")))
        man = say("completion", "man")
        compare(ROOT / "man" / "flow-program.1", man)
        compare(ROOT / "man" / "flowc.1", flowc_page())
        contains(man, "max\\-workers", ".SH COMMANDS")
        for text in (man, flowc_page()):
            is_good_roff(text)
        for shell in ("bash", "zsh", "fish"):
            contains(say("completion", shell), "_flow_PROGRAM", "complete --")


if __name__ == "__main__":
    main()
