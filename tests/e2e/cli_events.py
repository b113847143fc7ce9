#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`--format json`, `logs --follow`, completions and drawings of the graph."""
import json
import re
import subprocess
import xml.dom.minidom

from _program import ROOT, Program, contains, wait_until

FLOW = """/// Says what it does.
flow Events

param width = 3
param slow = 0
param best_rate = 0.5   /// How good

step start {
    keep items = 0..width
    next work foreach items
}

@retry(times=1)
step work(n: int) {
    print("first \\"{n}\\"")
    if n == 1 and current.attempt == 1 { fail "not at first" }
    var sum = 0
    for i in 0..slow { sum = (sum * 31 + i) % 1000003 }
    print("last {n}")
    keep m = n + sum * 0
    next gather
}

join gather(all: [work]) {
    keep total = all.map(|w| w.m).sum()
    if total > 100 { next odd } else { next end }
}

step odd { next end }

step end { print("sum {total}") }
"""


def tells_events(program):
    done = program("run", "--format", "json")
    assert done.stderr == "", done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "run_started" and kinds[-1] == "run_ended", kinds
    assert events[-1]["state"] == "done" and events[-1]["done"] == 6, events[-1]
    failed = [event for event in events if event["event"] == "task_failed"]
    assert len(failed) == 1 and failed[0]["task"] == "1/work/1" and failed[0]["next"] == "retry"
    assert failed[0]["trace"][0].startswith("at work (prog.flow:"), failed
    texts = [event["text"] for event in events if event["event"] == "line"]
    assert 'first "0"' in texts and texts[-1] == "sum 3", texts
    tasks = {event["task"]: event for event in events if event["event"] == "task_done"}
    assert tasks["1/work/1"]["attempt"] == 2 and len(tasks) == 6
    steps = [event["step"] for event in events if event["event"] == "step_done"]
    assert sorted(steps) == ["end", "gather", "start", "work"], steps
    page = (ROOT / "docs" / "cli.md").read_text()
    for event in events:
        row = re.search(rf"^\| `{event['event']}` \|(.*)$", page, re.MULTILINE)
        assert row, f"docs/cli.md does not name the event {event['event']}"
        for member in set(event) - {"event", "time", "run"}:
            assert f"`{member}`" in row.group(1), f"docs/cli.md: {event['event']}.{member}"


CHAIN = """flow Chain

step start {
    print("start speaks")
    next fit foreach 0..2
}

@retry(times=1)
@catch(error)
step fit(i: int) {
    print("fit {i} speaks, attempt {current.attempt}")
    if i == 1 { fail "never" }
    keep m = i
    next gather
}

join gather(all: [fit]) {
    print("gather speaks")
    keep count = all.len()
    keep errors = all.map(|f| f.error)
    next end
}

step end { print("end speaks: {count} {errors.len()}") }
"""


def tells_causes_first(program):
    """Whatever was released by something is told after it, though it may have begun before."""
    for turn in range(5):
        done = subprocess.run(["./prog", "run", "--format", "json"], cwd=program.folder,
                              capture_output=True, text=True, check=True)
        events = [json.loads(line) for line in done.stdout.splitlines()]

        def at(kind, **members):
            places = [i for i, event in enumerate(events) if event["event"] == kind and
                      all(event[key] == value for key, value in members.items())]
            assert len(places) == 1, (turn, kind, members, events)
            return places[0]
        run = events[0]["run"]
        order = [at("step_started", step="start"), at("line", text="start speaks"),
                 at("step_done", step="start"), at("step_started", step="fit"),
                 at("line", text="fit 1 speaks, attempt 1"), at("task_failed", next="retry"),
                 at("line", text="fit 1 speaks, attempt 2"), at("task_failed", next="caught"),
                 at("task_done", task=f"{run}/fit/1"), at("step_done", step="fit"),
                 at("step_started", step="gather"), at("line", text="gather speaks"),
                 at("step_done", step="gather"), at("step_started", step="end"),
                 at("line", text="end speaks: 2 2"), at("step_done", step="end"), at("run_ended")]
        assert order == sorted(order), (order, events)
        text = subprocess.run(["./prog", "run"], cwd=program.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=True).stdout
        places = [text.index(words) for words in (
            "start speaks", "/start] done", "fit 1 speaks, attempt 1", "attempt 2 follows",
            "fit 1 speaks, attempt 2", "caught (@catch)", "/fit] 2 of 2", "gather speaks",
            "/gather] done", "end speaks", "/end] done")]
        assert places == sorted(places), text


def follows_logs(program):
    run = program.start("run", "--slow", 30000000, "--store", "slow", "--run-id-file", "id",
                        "--max-workers", 1)
    wait_until((program.folder / "id").exists)
    for words in (["1"], ["1/work/2"]):
        done = program("logs", *words, "--follow", "--store", "slow", "--stdout")
        printed = sorted(done.stdout.splitlines())
        wanted = ['first "2"', "last 2"]
        if words == ["1"]:
            wanted = sorted(['first "1"', "sum 3"] +
                            [f'first "{n}"' for n in range(3)] + [f"last {n}" for n in range(3)])
        assert printed == wanted, (words, printed)
    run.communicate()
    assert run.returncode == 0


def completes(program):
    def words(*typed, **more):
        out = program("complete", "--", *typed, **more).stdout
        return [line.split("\t")[0] for line in out.splitlines()]
    assert "resume" in words("re") and "complete" not in words("")
    assert words("resume", "ga") == ["gather"]
    assert words("run", "--best") == ["--best-rate"]
    assert "--until" in words("run", "--") and "--until" not in words("show", "--")
    assert words("run", "--until", "wo") == ["work"]
    assert words("run", "--color", "a") == ["auto", "always"]
    assert words("show", "") == ["1"] and words("show", "--store", "nowhere", "") == []
    assert words("logs", "1/w") == ["1/work"]
    assert words("run", "--until=wo") == ["--until=work"]
    assert words("run", "--color=a") == ["--color=auto", "--color=always"]
    assert words("logs", "1/work/") == ["1/work/0", "1/work/1", "1/work/2"]
    assert words("get", "1/gather", "") == ["total"] and words("get", "1/start", "t") == []
    assert words("dump", "1/work/0", "--artifact", "") == ["m"]
    assert words("dump", "1", "--artifact", "") == ["items", "m", "total"]
    assert words("dump", "1/gather", "--artifact=t") == ["--artifact=total"]
    assert words("runs", "--tag", "") == []
    program("tag", "add", "1", "night", "good")
    assert words("runs", "--tag", "") == ["night", "good"]
    assert words("tag", "remove", "1", "n") == ["night"] and words("tag", "remove", "2", "") == []
    program("tag", "remove", "1", "night", "good")
    assert words("tag", "") == ["add", "remove"] and words("tag", "add", "") == ["1"]
    (program.folder / "c.bash").write_text(program("completion", "bash").stdout)
    for typed, offered in (("run --be", "--best-rate"), ("run --until=wo", "work"),
                           ("run --until=", "start work gather odd end"),
                           ("get 1/work/2 ", "m"),
                           ("logs 1/work/", "1/work/0 1/work/1 1/work/2"),
                           ("run --until wo", "work"), ("logs 1/work:", "")):
        script = f"source ./c.bash; COMP_LINE='./prog {typed}'; COMP_POINT=${{#COMP_LINE}}; " \
                 '_flow_prog; echo "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script], cwd=program.folder, capture_output=True,
                              text=True, check=False)
        assert done.stdout == offered + "\n", (typed, done)
    for shell in ("zsh", "fish"):
        file = program.folder / f"c.{shell}"
        file.write_text(program("completion", shell).stdout)
        try:
            subprocess.run([shell, "-n", file], check=True)
        except FileNotFoundError:
            pass  # this machine has no such shell
    contains(program("completion", "tcsh", code=2).stderr, "bash, zsh or fish")


LOOP = """flow Loop
step start {
    keep n = 0
    next turn
}
step turn {
    keep n = n + 1
    if n < 3 { next turn }
    next work foreach 0..40
}
step work(i: int) {
    if i > 29 and i % 3 == 0 { fail "bad" }
    keep k = i
    next all
}
join all(them: [work]) { next end }
step end { print(n) }
"""


def completes_tasks():
    """The first few and the failed ones; rounds too, of which bash sees what stands behind `:`."""
    with Program(LOOP) as program:
        program("run", "--quiet", code=1)
        def words(*typed):
            out = program("complete", "--", *typed).stdout
            return [line.split("\t") for line in out.splitlines()]
        assert words("logs", "1/work/") == [[f"1/work/{i}", "done"] for i in range(5)] + \
            [[f"1/work/{i}", "failed"] for i in (30, 33, 36, 39)]
        assert words("logs", "1/work/2") == [[f"1/work/{i}", "done"] for i in (2, 20, 21, 22, 23)]
        contains(program("complete", "--", "logs", "1/work:3/3").stdout, "1/work:3/3\tdone",
                 "1/work:3/39\tfailed")
        assert [word for word, _ in words("get", "1/turn:")] == ["1/turn:1", "1/turn:2", "1/turn:3"]
        (program.folder / "c.bash").write_text(program("completion", "bash").stdout)
        script = "source ./c.bash; COMP_LINE='./prog get 1/turn:'; COMP_POINT=${#COMP_LINE}; " \
                 '_flow_prog; echo "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script], cwd=program.folder, capture_output=True,
                              text=True, check=False)
        assert done.stdout == "1 2 3\n", done


def draws(program):
    contains(program("graph").stdout, "digraph", '"start" -> "work" [label="foreach n"]')
    contains(program("graph", "--format", "mermaid").stdout, '-->|"foreach n"|')
    graph = json.loads(program("graph", "--format", "json").stdout)
    assert [step["step"] for step in graph["steps"]] == ["start", "work", "gather", "odd", "end"]
    assert {"from": "gather", "to": "odd", "kind": "next", "choice": True, "items": []} \
        in graph["arrows"]
    program("graph", "--format", "svg", "-o", "flow.svg")
    svg = xml.dom.minidom.parse(str(program.folder / "flow.svg"))
    texts = [t.firstChild.data for t in svg.getElementsByTagName("text")]
    assert sorted(texts) == ["end", "foreach n", "gather", "odd", "start", "work"], texts
    places = {(t.getAttribute("x"), t.getAttribute("y")) for t in
              svg.getElementsByTagName("text")}
    assert len(places) == 6, places


def main():
    with Program(FLOW) as program:
        tells_events(program)
        completes(program)
        completes_tasks()
        draws(program)
        follows_logs(program)
    with Program(CHAIN) as program:
        tells_causes_first(program)


if __name__ == "__main__":
    main()
