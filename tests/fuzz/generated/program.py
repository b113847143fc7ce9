# SPDX-License-Identifier: Apache-2.0
"""Functions, steps and whole programs."""
from .statements import Statements
from .values import BOOL, Return, Variable, indented, type_text

STEPS, CALLS = 4, 2

# What every program has beside its own: generic functions, and one that changes its argument.
GENERIC = """import bytes
import json
import time

struct PairOf[A, B] { first: A, second: B }
struct StackOf[T] { items: [T], note: string = "none" }
enum OutcomeOf[T, E] { GoodOf(T), BadOf(E), LostOf }

fn swap_of[A, B](p: PairOf[A, B]) -> PairOf[B, A] { PairOf(first=p.second, second=p.first) }

fn top_of[T](s: StackOf[T], other: T) -> T { s.items.last() ?? other }

fn onto_of[T](s: StackOf[T], x: T) -> StackOf[T] {
    s.with(items=s.items[..min(4, s.items.len())] + [x])
}

fn outcome_of[T, E](kind: int, good: T, bad: E) -> OutcomeOf[T, E] {
    if kind == 0 { GoodOf(good) } else if kind == 1 { BadOf(bad) } else { LostOf }
}

fn settle_of[T, E](o: OutcomeOf[T, E], other: T) -> T {
    match o {
        GoodOf(x) => x
        BadOf(_) | LostOf => other
    }
}

fn pick_of[T](xs: [T], index: int, other: T) -> T {
    if index >= 0 and index < xs.len() { xs[index] } else { other }
}

fn each_of[T, U](xs: [T], f: fn(T) -> U) -> [U] {
    var found: [U] = []
    for x in xs { found.push(f(x)) }
    found
}

fn tally_of[K: key](xs: [K]) -> [K: int] {
    var counts: [K: int] = [:]
    for x in xs { counts[x] = (counts.get(x) ?? 0) + 1 }
    counts
}

fn largest_of[T: ordered](xs: [T], first: T) -> T {
    var best = first
    for x in xs { if x > best { best = x } }
    best
}

fn twice_of[T](x: T, f: fn(T) -> T) -> T { f(f(x)) }

fn depth_of(n: int) -> int { if n <= 0 { 0 } else { 1 + depth_of(n - 2) } }

fn grow_of[T](var xs: [T], x: T) {
    if xs.len() < 20 { xs.push(x) }
}
"""


class Program(Statements):
    """One program: its declarations, its functions, and what it prints."""

    # ---- functions and steps -----------------------------------------------------------------

    def add_function(self):
        name, result = self.fresh("fun"), self.any_type(2)
        params = [Variable(self.fresh("p"), self.any_type(2), False)
                  for _ in range(self.random.randint(0, 3))]
        scope = list(params)
        parts = [self.statement(scope, 2, result, False) for _ in range(self.random.randint(2, 6))]
        last = self.stored(result, scope, 3)
        head = ", ".join(f"{p.name}: {type_text(p.type)}" for p in params)
        self.lines += [f"fn {name}({head}) -> {type_text(result)} {{",
                       *indented([line for text, _ in parts for line in text]),
                       f"    {last.text}", "}", ""]

        def run(args):
            self.fuel += 1
            if self.fuel > 20_000:
                raise TimeoutError
            e = dict(zip((p.name for p in params), args))
            try:
                for _, part in parts:
                    part(e)
                return last.value(e)
            except Return as left:
                return left.args[0]
        self.functions.append({"name": name, "params": [p.type for p in params],
                               "result": result, "run": run})

    def calls(self):
        """Lines that print what each function gives."""
        lines = []
        for f in self.functions:
            for _ in range(CALLS):
                args = [self.constant(p) for p in f["params"]]
                value = f["run"]([a.value({}) for a in args])
                lines.append(f"print({f['name']}({', '.join(a.text for a in args)}))")
                self.printed.append(self.shown.text(f["result"], value))
        return lines

    def kept(self, scope, e, count):
        lines = []
        for _ in range(count):
            t, name = self.any_type(2), self.fresh("kept")
            node = self.stored(t, scope, 3)
            e[name] = node.value(e)
            scope.append(Variable(name, t, False))
            lines.append(f"keep {name} = {node.text}")
        return lines

    def split(self, scope, e, step, following):
        """A foreach and its join, after the step `step`."""
        item_type = self.any_type(1)
        items = self.stored(("list", item_type), scope, 2)
        values = items.value(e)[:8]
        work, join, item = self.fresh("work"), self.fresh("gather"), self.fresh("item")
        result, name, all_of = self.any_type(1), self.fresh("kept"), self.fresh("kept")
        node = self.stored(result, scope + [Variable(item, item_type, False)], 3)
        e[all_of] = tuple(node.value({**e, item: v}) for v in values)
        lines = [f"    next {work} foreach ({items.text})[..min(8, ({items.text}).len())]", "}", "",
                 f"step {work}({item}: {type_text(item_type)}) {{",
                 f"    keep {name} = {node.text}", f"    next {join}", "}", "",
                 f"join {join}(all: [{work}]) {{",
                 f"    keep {all_of} = all.map(|one| one.{name})", f"    next {following}", "}", ""]
        scope.append(Variable(all_of, ("list", result), False))
        return lines

    def branches(self, scope, e, following):
        left, right, join = self.fresh("left"), self.fresh("right"), self.fresh("both")
        names, nodes, types = [], [], []
        for _ in range(2):
            types.append(self.any_type(2))
            nodes.append(self.stored(types[-1], scope, 3))
            names.append(self.fresh("kept"))
        lines = [f"    next {left}, {right}", "}", ""]
        for step, name, node in zip((left, right), names, nodes):
            lines += [f"step {step} {{", f"    keep {name} = {node.text}", f"    next {join}",
                      "}", ""]
        both = self.fresh("kept")
        e[both] = tuple(n.value(e) for n in nodes)
        lines += [f"join {join}(a: {left}, b: {right}) {{",
                  f"    keep {both} = (a.{names[0]}, b.{names[1]})", f"    next {following}",
                  "}", ""]
        scope.append(Variable(both, ("tuple", tuple(types)), False))
        return lines

    def condition(self, scope, e, following):
        c, t = self.expr(BOOL, scope, 2), self.any_type(2)
        name, one, other = self.fresh("kept"), self.fresh("one"), self.fresh("other")
        a, b = self.stored(t, scope, 2), self.stored(t, scope, 2)
        e[name] = a.value(e) if c.value(e) else b.value(e)
        scope.append(Variable(name, t, False))
        lines = [f"    if {c.text} {{ next {one} }} else {{ next {other} }}", "}", ""]
        for step, node in ((one, a), (other, b)):
            lines += [f"step {step} {{", f"    keep {name} = {node.text}",
                      f"    next {following}", "}", ""]
        return lines

    def flow(self):
        scope, e, lines = [], {}, ["step start {"]
        lines += indented(self.kept(scope, e, 3))
        for _ in range(min(STEPS, self.size)):
            following = self.fresh("step")
            kind = self.random.choice(["plain", "split", "split", "branches", "condition"])
            if kind == "plain":
                lines += [f"    next {following}", "}", ""]
            elif kind == "split":
                lines += self.split(scope, e, "start", following)
            elif kind == "branches":
                lines += self.branches(scope, e, following)
            else:
                lines += self.condition(scope, e, following)
            lines += [f"step {following} {{", *indented(self.kept(scope, e, 1))]
        lines += ["    next end", "}", "", "step end {"]
        for v in scope:
            lines.append(f"    print({v.name})")
            self.printed.append(self.shown.text(v.type, e[v.name]))
        return lines + indented(self.calls()) + ["}"]

    def write(self):
        for _ in range(3):
            self.add_struct()
        for _ in range(2):
            self.add_enum()
        for _ in range(self.size):
            self.add_function()
        body = self.flow()
        return "\n".join(["flow Generated", "", GENERIC, *self.lines, *body, ""])
