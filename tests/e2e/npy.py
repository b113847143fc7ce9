#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many numbers are .npy files: others read them, `get -o` gives them, what is damaged is named."""
import ast
import os
import struct

from _program import Program, contains, lacks

FLOW = """
flow Numbers

param n = 100_000

step start {
    keep halves  = (0..n).map(|i| i * 0.5)
    keep squares = (0..n).map(|i| i * i)
    keep even    = (0..n).map(|i| i % 2 == 0)
    keep few     = [1.5, 2.5]
    keep upto    = 0..n
    keep words   = ["a", "b"]
    next change
}

step change {
    keep halves
    halves[3] = -1.0
    halves.push(7.0)
    next end
}

step end {
    print("{halves.len()} {halves[2]} {halves[3]} {halves[n]} {sum(squares)} {few} {words}")
    print("{even.count(|e| e)} {upto.len()}")
}
"""


def load(path):
    """The shape and the numbers of a .npy file, read as its format says."""
    data = path.read_bytes()
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
    start = 10 + struct.unpack("<H", data[8:10])[0]
    assert start % 64 == 0, start
    header = ast.literal_eval(data[10:start].decode())
    assert header["fortran_order"] is False, header
    code = {"<i8": "q", "<f8": "d", "|b1": "?"}[header["descr"]]
    count = 1
    for extent in header["shape"]:
        count *= extent
    return header["shape"], struct.unpack(f"<{count}{code}", data[start:])


def blobs(program):
    return sorted((program.folder / ".flow" / "blobs").rglob("*/*"))


def check_blobs(program):
    found = {load(path)[0]: load(path)[1] for path in blobs(program)}
    assert (100_001,) in found and found[(100_001,)][2:4] == (1.0, -1.0), found.keys()
    first = [load(path)[1][:4] for path in blobs(program)]
    assert (0.0, 0.5, 1.0, 1.5) in first, first    # what `change` wrote to is another file
    assert len(first) == 4, first
    contains(program("store", "check").stdout, "4 blobs")


def check_get(program):
    def get(task, name):
        program("get", task, name, "-o", f"{name}.npy")
        return load(program.folder / f"{name}.npy")

    assert get("1/start", "squares") == ((100_000,), tuple(i * i for i in range(100_000)))
    assert get("1/start", "few") == ((2,), (1.5, 2.5))
    assert get("1/start", "upto")[1][-1] == 99_999
    assert get("1/change", "halves")[1][-1] == 7.0
    program("get", "1/start", "few", "-o", "few.json")
    assert (program.folder / "few.json").read_text() == "[1.5,2.5]"
    refused = program("get", "1/start", "words", "-o", "words.npy", code=2)
    contains(refused.stderr, "[string]", ".npy", "help: ")
    assert not (program.folder / "words.npy").exists()
    contains(program("get", "1/start", "even").stdout, "[true,false,true")
    contains(program("dump", "1/start").stdout, "squares = [0,1,4,9")


def check_damage(program):
    """The blob's name, the artifact's, and what to do; also where the file's time says nothing."""
    path = next(p for p in blobs(program) if load(p)[1][:3] == (0, 1, 4))
    whole = path.read_bytes()
    for damage, words in ((whole[:-8], "800120 bytes, 800128 were stored"),
                          (whole.replace(b"<i8", b"<f8", 1), "<f8"),
                          (whole.replace(b"(100000,)", b"(100007,)", 1), "header says"),
                          (whole.replace(b"shape", b"shipe", 1), ".npy header")):
        path.write_bytes(damage)
        os.utime(path, (1000, 1000))
        failed = program("resume", "end", "--origin-run-id", "1", code=None)
        assert failed.returncode != 0, failed.stdout
        said = failed.stdout + failed.stderr
        contains(said, "`squares`", path.name, words, "run the step that made it")
        lacks(said, "crashed")
    path.write_bytes(whole)


def main():
    with Program(FLOW) as program:
        contains(program("run").stdout, "100001 1.0 -1.0 7.0 333328333350000 [1.5, 2.5]",
                 "50000 100000")
        check_blobs(program)
        check_get(program)
        check_damage(program)


main()
