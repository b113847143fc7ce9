# SPDX-License-Identifier: Apache-2.0
"""Functions, steps and whole programs."""
from .callables import CALLABLES
from .flows import Flows
from .foreign import C_TEXT, FOREIGN, Foreign
from .kernels import STATE_TEXT, Kernels
from .statements import Statements
from .values import Return, Variable, indented, type_text

CALLS = 2

# What every program has beside its own: generic functions, and one that changes its argument.
IMPORTS = """import bytes
import file
import graph
import json
import math
import random
import time
"""

GENERIC = """
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

fn first_of[T](xs: [T], count: int) -> [T] { xs[..min(count, xs.len())] }

fn rest_of[T](xs: [T], count: int) -> [T] { xs[min(count, xs.len())..] }

fn start_of(s: string, count: int) -> string { s[..min(count, s.len())] }

fn octets_of(b: bytes, count: int) -> bytes { b[..min(count, b.len())] }

fn depth_of(n: int) -> int { if n <= 0 { 0 } else { 1 + depth_of(n - 2) } }

fn noted_of[T](x: T) -> T {
    print("noted {x}")
    x
}

fn grow_of[T](var xs: [T], x: T) {
    if xs.len() < 20 { xs.push(x) }
}
"""


class Program(Flows, Foreign, Kernels, Statements):
    """One program: its declarations, its functions, and what it prints."""

    @property
    def outside(self):
        return [self.scripted, self.with_secret]

    # ---- functions and steps -----------------------------------------------------------------

    def add_function(self):
        name, result = self.fresh("fun"), self.any_type(2)
        params = [Variable(self.fresh("p"), self.any_type(2), self.chance(0.2))
                  for _ in range(self.random.randint(0, 3))]
        default = self.constant(params[-1].type) if params and not params[-1].mutable and \
            self.chance(0.3) else None
        scope = list(params) + self.constants
        parts = [self.statement(scope, 2, result, False) for _ in range(self.random.randint(2, 5))]
        last = self.stored(result, scope, 3)
        head = ", ".join(f"{'var ' if p.mutable else ''}{p.name}: {type_text(p.type)}"
                         for p in params) + (f" = {default.text}" if default else "")
        self.lines += [f"fn {name}({head}) -> {type_text(result)} {{",
                       *indented([line for text, _ in parts for line in text]),
                       f"    {last.text}", "}", ""]

        def run(args):
            """What it gives, and what became of its arguments."""
            self.fuel += 1
            if self.fuel > 20_000:
                raise TimeoutError
            e = {**self.constant_values, **dict(zip((p.name for p in params), args))}
            try:
                for _, part in parts:
                    part(e)
                value = last.value(e)
            except Return as left:
                value = left.args[0]
            return value, [e[p.name] for p in params]
        self.functions.append({"name": name, "params": [p.type for p in params],
                               "names": [p.name for p in params], "default": default,
                               "changes": [i for i, p in enumerate(params) if p.mutable],
                               "result": result, "run": run})

    def calls(self):
        """Lines that print what each function gives, and what it changed."""
        lines = []
        for f in self.functions:
            for _ in range(CALLS):
                args = [self.constant(p) for p in f["params"]]
                value, after = f["run"]([a.value({}) for a in args])
                texts, changed = [a.text for a in args], []
                for i in f["changes"]:
                    texts[i] = self.fresh("w")
                    lines.append(f"var {texts[i]}: {type_text(f['params'][i])} = {args[i].text}")
                    changed.append((texts[i], f["params"][i], after[i]))
                lines.append(f"print({f['name']}({', '.join(texts)}))")
                self.printed.append(self.shown.text(f["result"], value))
                for name, t, now in changed:
                    lines.append(f"print({name})")
                    self.printed.append(self.shown.text(t, now))
        return lines

    def add_constant(self):
        t, name = self.any_type(1), self.fresh("CONSTANT")
        node = self.constant(t) if self.chance(0.5) else self.stored(t, list(self.constants), 2)
        self.lines += [f"let {name}: {type_text(t)} = {node.text}", ""]
        self.constant_values[name] = node.value(self.constant_values)
        self.constants.append(Variable(name, t, False))

    def write(self):
        """The files of the program: its text, and that of the library that it may have."""
        for _ in range(3):
            self.add_struct()
        for _ in range(2):
            self.add_enum()
        for _ in range(4):
            self.add_constant()
        for _ in range(self.size):
            self.add_function()
        for _ in range(self.size // 2):
            self.add_kernel()
        body = self.flow()
        before = "tools." if self.is_split else ""
        head = ["flow Generated", "", IMPORTS]
        head.append("import tools\n" if self.is_split else GENERIC + CALLABLES)
        head += [FOREIGN] if self.is_foreign else []
        parts = [*head, STATE_TEXT, *self.lines, *body, "", *self.tests()]
        files = {"generated.flow": "\n".join(parts).replace("§", before)}
        if self.is_split:
            files["tools.flow"] = GENERIC + CALLABLES
        if self.is_foreign:
            files["parts.c"] = C_TEXT
        return files
