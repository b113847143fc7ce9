#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A blob that holds the items of a foreach, or what its splits kept, is lost, cut or damaged: the
run that needs it fails with words, and does not wait for ever."""
import os
import shutil
import subprocess

from _program import Program, contains, lacks

FLOW = """flow Lost

step start { next w foreach (0..60).map(|i| (0..2000).map(|k| k * i)) }

@timeout(1min)
step w(x: [int]) {
    keep y = sum(x) + {0}
    keep z = x
    next j
}

join j(all: [w]) {
    keep total = sum(all.map(|w| w.y + w.z.len()))
    next end
}

step end { print("{total}") }
"""
SECONDS = 120
ANSWER = str(sum(range(60)) * sum(range(2000)) + 60 * 2000)


def source(number):
    return FLOW.replace("{0}", str(number))


def cut(blob):
    os.truncate(blob, 4096)


def damage(blob):
    """As a disk that goes bad does: the file's time says nothing."""
    blob.write_bytes(b"X" * blob.stat().st_size)
    os.utime(blob, (1000, 1000))


def change(blob):
    """One bit, as somebody who wrote to it: what is read would still be a list of numbers."""
    whole = bytearray(blob.read_bytes())
    whole[-1] ^= 1
    blob.write_bytes(whole)


def resume(program, *words):
    return subprocess.run(["./prog", "resume", *words], cwd=program.folder, capture_output=True,
                          text=True, check=False, timeout=SECONDS, stdin=subprocess.DEVNULL)


def fails(program, says, *words):
    """The named artifact cannot be read; the run failed, and is told as failed."""
    done = resume(program, *words)
    assert done.returncode == 1, (done.returncode, done.stderr)
    contains(done.stderr, *says, "blobs/", "run the step that made it again")
    contains(program("runs").stdout, "failed")
    return done


def blobs_of(program):
    return [path for path in (program.folder / ".flow/blobs").rglob("*") if path.is_file()]


def items(program, harm, helps):
    """The items of `w`, which `start` has handed out."""
    program("run", "--quiet")
    for blob in blobs_of(program):
        harm(blob)
    done = fails(program, ["cannot read `x`", "[2/w] 0 of 60 tasks done"], "w")
    if helps:
        contains(done.stderr, "resume start")
        lacks(done.stderr, "goes on from here")
    for blob in blobs_of(program):
        blob.unlink()
    assert resume(program, "start", "--quiet").stdout.strip() == ANSWER
    shutil.rmtree(program.folder / ".flow")


def kept(program):
    """What the splits kept, and their join reads."""
    program("run", "--quiet", "--chunk", "60")
    shutil.rmtree(program.folder / ".flow/blobs")
    done = fails(program, ["cannot read `z`", "2/j failed"], "j")
    contains(done.stderr, "resume w")
    shutil.rmtree(program.folder / ".flow")


def changed(program):
    """A plain resume, since the code of the step is another."""
    program("run", "--quiet")
    (program.folder / "prog.flow").write_text(source(1))
    built = program._run(os.environ["FLOWC"], "build", "prog.flow", "-o", "prog")
    assert built.returncode == 0, built.stderr
    shutil.rmtree(program.folder / ".flow/blobs")
    fails(program, ["cannot read `x`"])


def main():
    with Program(source(0)) as program:
        items(program, os.unlink, True)
        items(program, cut, True)
        items(program, change, True)
        items(program, damage, False)
        kept(program)
        changed(program)


if __name__ == "__main__":
    main()
