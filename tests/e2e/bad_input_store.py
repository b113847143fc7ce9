#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A store that is full, closed, no store, cut short or has lost a blob: each run says so, and
what was done is still there once the cause is gone."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

from _program import Program, contains, lacks

TASKS = 12
SIZE = 100_000  # of a value that is a blob
FLOW = f"""flow Stored

step start {{
    keep text = "ab".repeat({SIZE // 2})
    next work foreach 0..{TASKS}
}}

step work(i: int) {{
    keep part = if i % 3 == 0 {{ "{{i % 10}}" + text }} else {{ "short" }}
    print("{{i}} has {{part.len()}} characters " + "and more to say ".repeat(100))
    next gather
}}

join gather(all: [work]) {{
    keep total = sum(all.map(|one| one.part.len()))
    next end
}}

step end {{
    print(total)
}}
"""
ANSWER = f"{TASKS // 3 * (SIZE + 1) + (TASKS - TASKS // 3) * len('short')}\n"
FULL = ("No space left on device", "the disk is full")


class NoMount(Exception):
    """This test may not mount anything."""


@contextlib.contextmanager
def mounted(folder, size):
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", folder],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoMount(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def remount(folder, *options):
    subprocess.run(["mount", "-o", ",".join(("remount", *options)), folder], check=True)


def fill(path, free):
    """Fills the disk that holds `path`, save so many bytes."""
    with open(path, "wb", buffering=0) as filler:
        with contextlib.suppress(OSError):
            while filler.write(bytes(1 << 16)):
                pass
        with contextlib.suppress(OSError):
            while filler.write(bytes(1 << 12)):
                pass
        filler.truncate(max(0, filler.tell() - free))


def attempt(program, *words):
    """A run that may fail; a crash or a hang is another matter."""
    done = program._run("timeout", "300", "./prog", *words)
    assert done.returncode in (0, 1), (words, done.returncode, done.stdout, done.stderr)
    if done.returncode == 1:
        assert any(says in done.stderr for says in FULL), done.stderr
    return done


def is_stored(program, store):
    done = program._run("./prog", "runs", "--store", store)
    return done.returncode == 0 and "    1  " in done.stdout


def check_full(program):
    """The disk is full at one write or another: of the database, of a blob, of a log."""
    failed = 0
    with mounted(program.folder / "disk", "4m") as disk:
        for free in range(0, 900_000, 36_000):
            store = disk / f"store{free}"
            fill(disk / "filler", free)
            failed += attempt(program, "run", "--quiet", "--store", store).returncode
            (disk / "filler").unlink()
            again = "resume" if is_stored(program, store) else "run"
            assert program(again, "--quiet", "--store", store).stdout == ANSWER, (free, again)
            contains(program("store", "check", "--store", store).stdout, "store ok")
            shutil.rmtree(store)
        assert failed > 5, f"the disk was full {failed} times"


def check_read_only(program):
    with mounted(program.folder / "still", "4m") as disk:
        store = disk / "store"
        program("run", "--quiet", "--store", store)
        remount(disk, "ro")
        done = program("run", "--store", store, code=1)
        contains(done.stderr, str(store), "Read-only file system", "--store DIR")
        contains(program("run", "--store", disk / "new", code=1).stderr, "Read-only file system")
        assert program("get", "1/start", "text", "--store", store).stdout.startswith("abab")
        contains(program("show", "--store", store).stdout, "Run 1 of Stored: done")
        remount(disk, "rw")
        assert program("resume", "end", "--quiet", "--store", store).stdout == ANSWER


def check_no_store(program):
    (program.folder / "file").write_text("mine")
    for words in (["run"], ["runs"], ["resume"], ["store", "check"]):
        done = program(*words, "--store", "file", code=1)
        contains(done.stderr, "the store file is a file", "--store DIR")
    contains(program("run", "--store", "file/inner", code=1).stderr, "Not a directory")
    assert (program.folder / "file").read_text() == "mine"
    contains(program("show", "--store", "none", code=1).stderr, "there is no store in none")
    assert not (program.folder / "none").exists()
    contains(program("run", "--store", "/proc/none", code=1).stderr, "/proc/none")


def check_cut(program):
    """A damaged database is named, and nothing is written into it."""
    whole = program.folder / "whole"
    program("run", "--quiet", "--store", whole)
    for size in (0, 100, 5_000, 12_288):
        store = program.folder / f"cut{size}"
        shutil.copytree(whole, store)
        for beside in ("flow.db-wal", "flow.db-shm"):
            (store / beside).unlink(missing_ok=True)
        os.truncate(store / "flow.db", size)
        before = (store / "flow.db").read_bytes()
        for words in (["resume"], ["store", "check"], ["show"]):
            done = program(*words, "--store", store, code=1)
            assert str(store) in done.stderr or "no run" in done.stderr, done.stderr
        assert (store / "flow.db").read_bytes() == before or size == 0, size
    (store / "flow.db").write_bytes(b"this is no database\n" * 100)
    contains(program("runs", "--store", store, code=1).stderr, "flow.db", "--store DIR")


def blobs_of(store):
    return [path for path in (store / "blobs").rglob("*") if path.is_file()]


def check_blob(program, harm, says):
    """A blob is harmed: `store check` names it and what needs it, as does a run that needs it."""
    store = program.folder / "blobs"
    program("run", "--quiet", "--store", store)
    blobs = blobs_of(store)
    for blob in blobs:
        harm(blob)
    done = program("store", "check", "--store", store, code=1)
    contains(done.stdout + done.stderr, "run 1, step `work`", "run 1, step `start`", says,
             *["/".join(blob.parts[-3:]) for blob in blobs])
    return store


def harmed_blobs(program):
    store = check_blob(program, lambda blob: blob.write_bytes(b"X" * blob.stat().st_size),
                       "is damaged")
    shutil.rmtree(store)
    for harm in (pathlib.Path.unlink, lambda blob: os.truncate(blob, 50)):
        store = check_blob(program, harm, "run the step that made it again")
        failed = program("resume", "gather", "--store", store, code=1)
        contains(failed.stderr, "cannot read `part`", "blobs/", "run the step that made it again",
                 "resume work --store")
        lacks(failed.stderr, "goes on from here")
        for blob in blobs_of(store):
            blob.unlink()
        again = program("resume", "start", "--quiet", "--store", store)
        assert again.stdout == ANSWER, again.stderr
        contains(program("store", "check", "--store", store).stdout, "store ok")
        shutil.rmtree(store)


def closed(program):
    """A folder that may not be written to; that stops all but root."""
    store = program.folder / "closed"
    program("run", "--quiet", "--store", store)
    store.chmod(0o500)
    if os.geteuid() != 0:
        contains(program("run", "--store", store, code=1).stderr, str(store), "--store DIR")
    store.chmod(0o700)
    assert program("resume", "end", "--quiet", "--store", store).stdout == ANSWER


def lost_wal(program):
    """A run that has ended is in the one file; of one whose database was lost the logs tell."""
    store = program.folder / "wal"
    for _ in range(2):
        program("run", "--quiet", "--store", store)
        wal = store / "flow.db-wal"
        assert not wal.exists() or wal.stat().st_size == 0, wal.stat()
        wal.unlink(missing_ok=True)
        contains(program("store", "check", "--store", store).stdout, "store ok")
    assert [run["run"] for run in runs_of(program, store)] == [2, 1]
    shutil.copytree(store / "logs" / "2", store / "logs" / "3")
    shutil.copytree(store / "logs" / "2", store / "logs" / "4")
    contains(program("store", "check", "--store", store, code=1).stdout,
             "run 4: there are logs of it, but the database ends with run 2", "flow.db-wal")
    program("run", "--quiet", "--store", store)
    assert [run["run"] for run in runs_of(program, store)] == [5, 2, 1]
    contains(program("store", "check", "--store", store).stdout, "store ok: 3 runs")


def runs_of(program, store):
    text = program("runs", "--format", "json", "--store", store).stdout
    return [json.loads(line) for line in text.splitlines()]


def lost_logs(program):
    store = program.folder / "logs"
    program("run", "--quiet", "--store", store)
    longest = max((store / "logs" / "1").glob("*.out"), key=lambda path: path.stat().st_size)
    whole = longest.read_bytes()
    longest.write_bytes(whole[:-1])
    contains(program("store", "check", "--store", store, code=1).stdout,
             f"run 1: the log file {store}/logs/1/{longest.name} was cut: of {len(whole)} bytes")
    longest.unlink()
    contains(program("store", "check", "--store", store, code=1).stdout,
             f"run 1: the log file {store}/logs/1/{longest.name} is missing")
    longest.write_bytes(whole)
    contains(program("store", "check", "--store", store).stdout, "store ok")


def main():
    skipped = ""
    with Program(FLOW) as program:
        for case in (check_no_store, check_cut, harmed_blobs, closed, lost_wal, lost_logs):
            case(program)
        try:
            check_full(program)
            check_read_only(program)
        except NoMount as why:
            skipped = str(why)
    if skipped:
        print(f"no full and no read-only disk was tried: {skipped}")
        sys.exit(77)


if __name__ == "__main__":
    main()
