# SPDX-License-Identifier: Apache-2.0
"""What the measurements share: commands in a new store, and the memory of a family of processes."""
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

FLOW = pathlib.Path(__file__).resolve().parent / "flow" / "squares.flow"
LIMIT = "1000000000"


def command(*words, code=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    if code is not None and done.returncode != code:
        sys.exit(f"bench: {words} ended with {done.returncode}\n{done.stderr}")
    return done


def build(flowc, source, program):
    command(flowc, "build", source, "-o", program)


def squares(splits, *more):
    return ("./squares", "run", "--quiet", "--max-num-splits", LIMIT, "--splits", splits, *more)


def new_store():
    shutil.rmtree(".flow", ignore_errors=True)


def timed(*words):
    """Seconds that it takes in a new store."""
    new_store()
    began = time.monotonic()
    command(*words)
    return time.monotonic() - began


def median(runs, measure, *words):
    return statistics.median(measure(*words) for _ in range(runs))


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def write_between(path, mark, text):
    """Replaces what stands between <!-- MARK --> and <!-- /MARK -->."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
    before, rest = path.read_text().split(begin)
    path.write_text(before + begin + text + "\n" + end + rest.split(end)[1])


# --- memory ---------------------------------------------------------------------------------

def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    below = [int(word) for word in text.split()]
    return below + [deeper for child in below for deeper in children(child)]


def memory_of(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+)", text, re.M)
    return int(found.group(1)) * 1024 if found else 0


def peak_memory(*words):
    """Bytes of all processes together, at most; shared pages counted once."""
    new_store()
    peak = 0
    with subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(memory_of, [process.pid, *children(process.pid)])))
            time.sleep(0.01)
    return peak
