#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A list changes from run to run, each run is killed, and the answer is right all the same.

Items repeat, some rows are retried, some caught, some keep a blob, some go another way, some ask
for their index; what is taken over and what runs again must give together what one undisturbed
run gives."""
import json
import os
import random
import time

from _program import Program

KILLS = int(os.environ.get("FLOW_KILLS", "10"))
SEED = int(os.environ.get("FLOW_KILL_SEED", "1"))

FLOW = """flow Shifting
step start {
    keep base = %(base)d
    next open
}
step open { next work foreach [%(list)s] }
@retry(times=1)
@catch(problem)
step work(name: string, n: int) {
    if n %% 7 == 3 and current.attempt == 1 { fail "at first" }
    if n %% 11 == 5 { fail "never {n}" }
    keep y = "{name}{n + base}"
    keep large = if n %% 5 == 0 { "x".repeat(70_000 + n) } else { "" }
    next left, right
}
step left {
    keep a = y ?? "caught"
    if n %% 2 == 0 { next even } else { next odd }
}
step even {
    keep p = "e{n}"
    next one
}
step odd {
    keep p = "o{n}%(mark)s"
    next one
}
step one { next meet }
step right {
    keep b = current.index
    next meet
}
join meet(l: one, r: right) {
    keep line = "{l.a}/{l.p}/{r.b}/{len((l.large ?? ""))}"
    next gather
}
join gather(all: [meet]) {
    keep out = all.map(|s| s.line)
    next end
}
step end { for text in out { print(text) } }
"""


def answer(items, base, mark):
    for index, (name, n) in enumerate(items):
        caught = n % 11 == 5
        large = 0 if caught or n % 5 else 70_000 + n
        part = f"e{n}" if n % 2 == 0 else f"o{n}{mark}"
        yield f"{'caught' if caught else f'{name}{n + base}'}/{part}/{index}/{large}"


def text(items, base, mark):
    listed = ", ".join(f'("{name}", {n})' for name, n in items)
    return FLOW % {"list": listed, "base": base, "mark": mark}


def changed(chance, items):
    items = list(items)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(items) + 1)
        kind = chance.random()
        if kind < 0.4:
            items.insert(at, one(chance))
        elif kind < 0.7 and len(items) > 3:
            del items[at % len(items)]
        elif kind < 0.8:
            chance.shuffle(items)
        elif items:
            items[at % len(items)] = one(chance)
    return items


def one(chance):
    return chance.choice("abc"), chance.randrange(40)


def rebuild(program, source):
    (program.folder / "prog.flow").write_text(source)
    done = program._run(os.environ["FLOWC"], "build", "prog.flow", "-o", "prog")
    assert done.returncode == 0, done.stdout + done.stderr


def main():
    chance = random.Random(SEED)
    items, base, mark = [one(chance) for _ in range(60)], 10, "?"
    with Program(text(items, base, mark)) as program:
        began = time.monotonic()
        program("run")
        took, least = 0, time.monotonic() - began
        for case in range(KILLS):
            items = changed(chance, items)
            base += chance.random() < 0.15
            mark = chance.choice("?!") if chance.random() < 0.2 else mark
            rebuild(program, text(items, base, mark))
            victim = program.start("resume")
            time.sleep(chance.random() * least)
            victim.kill()
            victim.communicate()
            done = program("resume", code=None)
            assert done.returncode == 0, (case, done.stdout, done.stderr)
            newest = json.loads(program("runs", "--format", "json").stdout.splitlines()[0])["run"]
            found = json.loads(program("get", f"{newest}/gather", "out").stdout)
            wanted = list(answer(items, base, mark))
            assert found == wanted, (case, found, wanted)
            shown = json.loads(program("show", newest, "--format", "json").stdout)
            took += [s["taken"] for s in shown["steps"] if s["step"] == "work"][0]
            program("store", "check")
            if chance.random() < 0.3:
                program("gc", "--keep", "1")
        assert took > 0


main()
