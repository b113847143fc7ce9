#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/packages counts as another program does: on this machine's packages and made-up ones."""
import collections
import os
import pathlib
import re
import shutil

from _examples import Program, same

STATUS = pathlib.Path("/var/lib/dpkg/status")

# A circle, a package that only left its configuration behind, one that nobody provides, one that is
# installed twice, and one that depends on itself.
MADE_UP = """\
Package: a
Status: install ok installed
Depends: b (>= 1.0), c | nowhere
Description: the first
 Depends: z

Package: b
Status: install ok installed
Pre-Depends: c:any
Depends: a, b

Package: c
Status: hold ok installed
Depends: d

Package: d
Status: install ok installed
Depends: e, gone
Conffiles:
 /etc/d 0123456789abcdef

Package: e
Status: install ok installed

Package: d
Status: install ok installed
Architecture: i386
Multi-Arch: same

Package: gone
Status: deinstall ok config-files
Depends: e
"""


def read_needs(path):
    """For each installed package, those installed that it needs: read with regular expressions."""
    paragraphs = []
    for paragraph in re.split(r"\n{2,}", path.read_text("utf-8").strip("\n")):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", paragraph, re.MULTILINE))
        if re.fullmatch(r"\S+ \S+ installed", fields.get("Status", "")):
            paragraphs.append(fields)
    installed = {fields["Package"] for fields in paragraphs}
    needs = {name: set() for name in installed}
    for fields in paragraphs:
        wanted = fields.get("Depends", "") + "," + fields.get("Pre-Depends", "")
        for choice in re.split(r"[,|]", wanted):
            found = re.match(r"\s*([a-z0-9][a-z0-9+.-]*)", choice)
            if found and found.group(1) in installed - {fields["Package"]}:
                needs[fields["Package"]].add(found.group(1))
    return needs


def distances(start, needs):
    """How many steps away each package is that `start` needs in the end."""
    far, ring, away = {}, {start}, 0
    while ring:
        far.update(dict.fromkeys(ring, away))
        ring = {need for name in ring for need in needs[name]} - far.keys()
        away += 1
    return far


def check_most_needed(program, run, needs, printed, top):
    counts = collections.Counter(need for wanted in needs.values() for need in wanted)
    same(program.kept(f"{run}/gather")["needed"], dict(counts), "how many need each package")
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:top]
    lines = [f"  {count:>5}  {name}" for name, count in ranked]
    same(printed[:2 + len(lines)],
         [f"{len(needs)} packages are installed.", "Most depended on:", *lines],
         "the most depended-on packages")


def check_longest_chain(program, run, needs, printed):
    chain = program.kept(f"{run}/gather")["longest"]
    longest = max(max(distances(name, needs).values()) for name in needs) + 1
    same(len(chain), longest, "the length of the longest chain")
    for name, need in zip(chain, chain[1:]):
        same(need in needs[name], True, f"{name} needs {need}")
    same(distances(chain[0], needs)[chain[-1]], longest - 1, "a way without a detour")
    same(printed[-2:], [f"The longest dependency chain has {longest} packages:",
                        "  " + " -> ".join(chain)], "the longest chain")


def check(program, run, path, *options, top=5):
    needs = read_needs(path)
    printed = program.printed("--status", path, *options).splitlines()
    check_most_needed(program, run, needs, printed, top)
    check_longest_chain(program, run, needs, printed)


def main():
    program = Program("packages")
    made_up = pathlib.Path(os.environ["TMPDIR"]) / "status"
    made_up.write_text(MADE_UP)
    check(program, 1, made_up, "--groups", 3, "--top", 2, top=2)
    same(program.kept("1/gather")["longest"][1:], ["c", "d", "e"], "the chain among the made-up")
    check(program, 2, made_up)
    if STATUS.exists():  # a copy, since packages may be installed meanwhile
        copy = made_up.with_name("copy")
        shutil.copy(STATUS, copy)
        check(program, 3, copy)
    program.check_store()


if __name__ == "__main__":
    main()
