#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a message offers as an edit mends what it complains of.

Each edit of each program in tests/ui is done alone: its message is gone from its place.
Then `flowc fix` does what it can in a copy, and what is left is not more than before."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

FLOWC = os.environ["FLOWC"]
CASES = pathlib.Path(__file__).resolve().parent.parent / "ui"
SHOWN_MAX = 50  # after so many errors flowc leaves out the rest


def messages(path):
    done = subprocess.run([FLOWC, "check", "--format", "json", path], capture_output=True,
                          text=True, check=False)
    lines = (done.stdout + done.stderr).split("\n")
    return [json.loads(line) for line in lines if line.startswith("{")]


def edited(text, edits):
    """Lines and columns count from 1, and columns count characters."""
    lines = text.decode("utf-8", "surrogateescape").split("\n")
    starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines) + 1)]
    result = "\n".join(lines)
    for edit in sorted(edits, key=lambda e: (e["line"], e["column"]), reverse=True):
        start = starts[edit["line"] - 1] + edit["column"] - 1
        end = starts[edit["end_line"] - 1] + edit["end_column"] - 1
        result = result[:start] + edit["text"] + result[end:]
    return result.encode("utf-8", "surrogateescape")


def is_among(found, message):
    """Some are said once a file, and then of the next place."""
    same = ("code", "message", "line", "column")
    return any(all(m[key] == message[key] for key in same) for m in found)


def check_case(path, folder):
    """What is wrong with the edits of one program."""
    wrong, text, before = [], path.read_bytes(), messages(path)
    if len(before) >= SHOWN_MAX:
        return wrong
    copy = folder / path.name
    for message in before:
        if not message.get("edits") or message["severity"] != "error":
            continue
        copy.write_bytes(edited(text, message["edits"]))
        after = messages(copy)
        if is_among(after, message):
            wrong.append(f"{path.name}:{message['line']}: {message['message']}: is still there")
    copy.write_bytes(text)
    subprocess.run([FLOWC, "fix", copy], capture_output=True, check=False)
    left = [m for m in messages(copy) if m["severity"] == "error" and m.get("edits")]
    wrong += [f"{path.name}: `flowc fix` leaves {m['message']}" for m in left]
    return wrong


def check_part(arguments):
    paths, folder = arguments
    shutil.copytree(CASES / "lib", folder / "lib")
    for name in ("parts", "other"):
        if (CASES / name).is_dir():
            shutil.copytree(CASES / name, folder / name)
    return [line for path in paths for line in check_case(path, folder)]


def main():
    paths = sorted(CASES.glob("*.flow"))
    with (tempfile.TemporaryDirectory() as name,
          concurrent.futures.ThreadPoolExecutor(2) as pool):
        parts = [(paths[i::2], pathlib.Path(name) / str(i)) for i in range(2)]
        wrong = [line for found in pool.map(check_part, parts) for line in found]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
