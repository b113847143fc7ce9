#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Why a task ended is said in words, and what it costs of the budget: failing, crashing, running
out of time or memory spend attempts; siblings are kept. GPUs are handed out, and missed, before
a step."""
import os
import pathlib
import re
import signal
import time

from _program import Program, contains, lacks, wait_until

ENDS = """
flow Ends

param how  = ""
param size = 40_000_000

step start { next work foreach 0..4 }

@retry(times=2)
@timeout(10min)
@resources(memory=120MB)
step work(i: int) {
    if i == 2 and how == "fail" { fail "on purpose" }
    if i == 2 and how == "memory" {
        var xs: [int] = []
        for k in 0..size { push(xs, k) }
        print(len(xs))
    }
    keep square = i * i
    next gather
}

join gather(all: [work]) {
    keep total = sum(all.map(|w| w.square))
    next end
}

step end { print(total) }
"""

LOOP = """
flow Loop

step start { next work foreach 0..2 }

@retry(times=1)
@timeout(2s)
step work(i: int) {
    var n = 0
    while i == 1 { n = n + 1 }
    keep count = n
    next gather
}

join gather(all: [work]) { next end }

step end { print("over") }
"""

SLOW = LOOP.replace("@timeout(2s)", "@timeout(1h)")

GPUS = """
flow Gpus

param count = 2

step start { next work foreach 0..6 }

@resources(gpu=count)
step work(i: int) {
    keep square = i * i
    next gather
}

join gather(all: [work]) {
    keep total = sum(all.map(|w| w.square))
    next end
}

step end { print(total) }
"""


def groups_left(pids):
    """Control groups that these processes have left below ours."""
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            folder = pathlib.Path("/sys/fs/cgroup/memory" + path)
            return [group for pid in pids for group in folder.glob(f"flow-{pid}-*")]
    return []


def children(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def attempts(text):
    return len(re.findall(r"\[\d+/work/\d \(pid \d+\)\] "
                          r"(?:failed|crashed|out of memory|timed out): ",
                          text))


def fails_three_times():
    with Program(ENDS) as p:
        done = p("run", "--how", "fail", code=1)
        contains(done.stderr, "failed: on purpose", "that was attempt 3, the last",
                 "3 of 4 tasks done")
        assert attempts(done.stderr) == 3, done.stderr


def memory_is_bounded():
    if "FLOW_TEST_SLOWER" in os.environ:
        return  # a sanitizer maps far more than any bound
    with Program(ENDS) as p:
        run = p.start("run", "--how", "memory")
        servers = set()  # which make the groups
        while run.poll() is None:
            servers.update(children(run.pid))
            time.sleep(0.01)
        _, err = run.communicate()
        assert run.returncode == 1, err
        contains(err, "] out of memory: ", "that was attempt 3, the last", "3 of 4 tasks done")
        assert attempts(err) == 3, err
        assert servers and not groups_left(servers), groups_left(servers)


def time_runs_out():
    with Program(LOOP) as p:
        done = p("run", code=1)
        contains(done.stderr, "timed out: still running after 2s (@timeout)",
                 "that was attempt 2, the last", "1 of 2 tasks done")
        assert attempts(done.stderr) == 2, done.stderr


def a_crash_is_named():
    with Program(SLOW) as p:
        run = p.start("run")
        killed = []

        def is_at_it():
            found = re.search(r" 1 done, 1 running(?:.*\n)*.*/work/1 \(pid (\d+)\)",
                              p("show", code=None).stdout)
            return found and found.group(1) not in killed and killed.append(found.group(1)) is None
        for _ in range(2):
            wait_until(is_at_it)
            os.kill(int(killed[-1]), signal.SIGSEGV)
        _, err = run.communicate()
        assert run.returncode == 1, err
        contains(err, "crashed: the task was killed by SIGSEGV", "that was attempt 2, the last",
                 "1 of 2 tasks done")
        assert attempts(err) == 2, err


def gpus_are_counted():
    with Program(GPUS) as p:
        done = p("run", "--quiet", env={"FLOW_GPUS": "0,1,2"})
        assert done.stdout.strip() == "55", done.stdout
        done = p("run", env={"FLOW_GPUS": "0"}, code=1)
        contains(done.stderr, "step `work` asks for 2 GPUs, and there is 1", "FLOW_GPUS=0,1")
        lacks(done.stderr, "[2/work")
        done = p("resume", "--quiet", env={"FLOW_GPUS": "4,5"})
        assert done.stdout.strip() == "55", done.stdout


if __name__ == "__main__":
    fails_three_times()
    memory_is_bounded()
    time_runs_out()
    a_crash_is_named()
    gpus_are_counted()
