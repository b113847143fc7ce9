# SPDX-License-Identifier: Apache-2.0
"""A flow whose tasks from index 4 on go on until there is a file `go`, to be stopped meanwhile."""
import re

from _program import wait_until

FLOW = """flow Waiting

import file

step start {
    next work foreach 0..WIDTH
}

step work(i: int) {
    var turns = 0
    while i >= 4 and not file.exists("go") { turns = turns + 1 }
    print("{i} is over")
    keep square = i * i
    next gather
}

join gather(all: [work]) {
    keep total = sum(all.map(|w| w.square))
    next end
}

step end {
    print(total)
}
"""


def waiting(width):
    """The flow with so many tasks; `end` prints the sum of their squares."""
    return FLOW.replace("WIDTH", str(width))


def wait_for_lines(process, count):
    """Until that many tasks have said that they are over."""
    while count > 0:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        count -= "is over" in line


def wait_for_tasks(program, process):
    """Until the first four tasks are over, are kept in the store, and others are running."""
    wait_for_lines(process, 4)

    def is_kept():
        assert process.poll() is None, process.stderr.read()
        return re.search(r"^  work +running .* 4 done, \d+ running", program("show").stdout,
                         re.MULTILINE)
    wait_until(is_kept)
