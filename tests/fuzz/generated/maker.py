# SPDX-License-Identifier: Apache-2.0
"""Types, declarations and values without a name in them."""
import random

from .values import (BOOL, BYTES, DURATION, FLOAT, INT, JSON, MATRIX, STRING, TIME, Node, Shown,
                     moment, quoted, type_text)


class Maker:
    """One program: its declarations, its functions, and what it prints."""

    def __init__(self, seed, size, is_alone=False):
        self.size = size
        self.is_alone = is_alone                # one step after the other, with nothing given
        self.random = random.Random(seed)
        self.counter = 0
        self.structs, self.enums, self.functions, self.kernels = {}, {}, [], []
        self.constants, self.constant_values = [], {}
        self.is_split = self.chance(0.4)        # into a program and a library
        self.is_foreign = not is_alone and self.chance(0.3)      # with C, scripts and a secret
        self.given = []                         # of the run
        self.shown = Shown(self)
        self.lines, self.printed = [], []
        self.fuel = 0

    # ---- names and types ---------------------------------------------------------------

    def fresh(self, stem):
        self.counter += 1
        return f"{stem}{self.counter}"

    def chance(self, share):
        return self.random.random() < share

    def plain_type(self):
        return self.random.choice([INT, INT, INT, FLOAT, BOOL, STRING])

    def key_type(self):
        return self.random.choice([INT, STRING, STRING, BOOL, ("tuple", (INT, STRING)), TIME,
                                   BYTES])

    def any_type(self, depth=2):
        kind = self.random.choice(["plain", "plain", "plain", "list", "list", "map", "option",
                                   "tuple", "struct", "enum", "generic", "library", "named"])
        if kind == "library":
            return self.random.choice([BYTES, TIME, JSON, MATRIX, DURATION])
        if depth > 0 and kind == "generic":
            name = self.random.choice(["pair", "stack", "outcome"])
            return (name, *(self.any_type(depth - 1) for _ in range(1 if name == "stack" else 2)))
        if depth == 0 or kind == "plain":
            return self.plain_type()
        if kind == "list":
            return ("list", self.any_type(depth - 1))
        if kind == "map":
            return ("map", self.key_type(), self.any_type(depth - 1))
        if kind == "option":
            item = self.any_type(depth - 1)
            return item if item[0] == "option" else ("option", item)
        if kind == "tuple":
            count = self.random.randint(2, 3)
            return ("tuple", tuple(self.any_type(depth - 1) for _ in range(count)))
        if kind == "named":
            parts = self.random.sample(["low", "high", "mean", "label"], 2)
            return ("named", tuple((name, self.any_type(depth - 1)) for name in parts))
        names = self.structs if kind == "struct" else self.enums
        return (kind, self.random.choice(list(names))) if names else self.plain_type()

    def add_struct(self):
        name = self.fresh("Record")
        fields = [(self.fresh("f"), self.any_type(1)) for _ in range(self.random.randint(1, 4))]
        self.structs[name] = fields
        inside = ", ".join(f"{f}: {type_text(t)}" for f, t in fields)
        self.lines += [f"struct {name} {{ {inside} }}", ""]

    def add_enum(self):
        name = self.fresh("Kind")
        cases = {self.fresh("Plain"): []}
        for _ in range(self.random.randint(1, 3)):
            parts = [(self.fresh("p"), self.any_type(1))
                     for _ in range(self.random.randint(0, 2))]
            cases[self.fresh("Case")] = parts
        self.enums[name] = cases
        texts = []
        for case, parts in cases.items():
            inside = ", ".join(f"{p}: {type_text(t)}" for p, t in parts)
            texts.append(f"{case}({inside})" if parts else case)
        self.lines += [f"enum {name} {{ {', '.join(texts)} }}", ""]

    # ---- values -------------------------------------------------------------------------

    def literal(self, t):
        r, kind = self.random, t[0]
        if kind == "int":
            x = r.choice([0, 1, 2, 3, -1, 7, 10, 63, r.randint(-50, 50), r.randint(0, 999)])
            return Node(f"({x})" if x < 0 else str(x), lambda e, x=x: x, abs(x))
        if kind == "float":
            x = r.randint(-40, 200) / 4
            return Node(f"({x})" if x < 0 else str(x), lambda e, x=x: x, abs(x))
        if kind == "time":
            x = r.randint(0, 2_000_000_000)
            return Node(f'time("{moment(x).isoformat()}Z")', lambda e: x, 0)
        if kind == "duration":
            unit, per = r.choice([("s", 1), ("min", 60), ("h", 3600)])
            x = r.randint(0, 90)
            return Node(f"{x}{unit}", lambda e: x * per, 0)
        if kind == "size":
            x = r.randint(0, 90)
            return Node(f"{x}MB", lambda e: x * 1_000_000, 0)
        if kind == "bool":
            x = r.random() < 0.5
            return Node("true" if x else "false", lambda e, x=x: x, 0)
        x = "".join(r.choice("abcdeXY é_-") for _ in range(r.randint(0, 6)))
        if kind == "bytes":
            return Node(f"bytes({quoted(x)})", lambda e: x.encode(), 0)
        return Node(quoted(x), lambda e, x=x: x, 0)

    def constant(self, t):
        """Of any type, without a name in it and never empty."""
        kind = t[0]
        if kind in ("int", "float", "bool", "string", "bytes", "time", "duration", "size"):
            return self.literal(t)
        return self.made(t, lambda part: self.constant(part))

    def made(self, t, part):
        """Builds a value of parts that `part` gives."""
        r, kind = self.random, t[0]
        if kind in ("json", "matrix", "pair", "stack", "outcome"):
            return self.made_of_library(t, part)
        if kind == "list":
            nodes = [part(t[1]) for _ in range(r.randint(1, 3))]
            return self.listed(nodes)
        if kind == "map":
            keys = [self.literal(t[1]) if t[1][0] != "tuple" else self.constant(t[1])
                    for _ in range(r.randint(1, 3))]
            return self.mapped([(key, part(t[2])) for key in keys])
        if kind == "tuple":
            nodes = [part(p) for p in t[1]]
            return Node("(" + ", ".join(n.text for n in nodes) + ")",
                        lambda e: tuple(n.value(e) for n in nodes), 0)
        if kind == "named":
            nodes = [(name, part(of)) for name, of in t[1]]
            return Node("(" + ", ".join(f"{name}={n.text}" for name, n in nodes) + ")",
                        lambda e: tuple(n.value(e) for _, n in nodes), 0)
        if kind == "option":
            node = part(t[1])
            return Node(f"some({node.text})", lambda e: (node.value(e),), 0)
        if kind == "struct":
            return self.constructed(t[1], self.structs[t[1]], part, lambda values: values)
        case = r.choice(list(self.enums[t[1]]))
        parts = self.enums[t[1]][case]
        if not parts:
            return Node(case, lambda e: (case, ()), 0)
        return self.constructed(case, parts, part, lambda values: (case, values))

    def made_of_library(self, t, part):
        kind = t[0]
        if kind == "json":
            x = part(INT)
            return Node(f"json({x.text})", lambda e: ("int", x.value(e)), 0)
        if kind == "matrix":
            rows = [[self.literal(FLOAT) for _ in range(2)] for _ in range(2)]
            text = ", ".join("[" + ", ".join(x.text for x in row) + "]" for row in rows)
            return Node(f"matrix([{text}])",
                        lambda e: tuple(tuple(x.value(e) for x in row) for row in rows), 0)
        if kind == "pair":
            return self.constructed("§PairOf", [("first", t[1]), ("second", t[2])], part,
                                    lambda values: values)
        if kind == "stack":
            nodes = self.listed([part(t[1]) for _ in range(self.random.randint(1, 3))])
            return Node(f"§StackOf({nodes.text})", lambda e: (nodes.value(e), "none"), 0)
        n, good, bad = self.random.randint(0, 2), part(t[1]), part(t[2])

        def outcome(e):
            return [("GoodOf", (good.value(e),)), ("BadOf", (bad.value(e),)), ("LostOf", ())][n]
        return Node(f"§outcome_of({n}, {good.text}, {bad.text})", outcome, 0)

    @staticmethod
    def listed(nodes):
        return Node("[" + ", ".join(n.text for n in nodes) + "]",
                    lambda e: tuple(n.value(e) for n in nodes), 0)

    @staticmethod
    def mapped(pairs):
        def value(e):
            result = {}
            for key, node in pairs:
                result[key.value(e)] = node.value(e)
            return result
        return Node("[" + ", ".join(f"{k.text}: {n.text}" for k, n in pairs) + "]", value, 0)

    def constructed(self, name, fields, part, make):
        nodes = [part(t) for _, t in fields]
        named = self.chance(0.5)
        texts = [f"{f}={n.text}" if named else n.text for (f, _), n in zip(fields, nodes)]
        return Node(f"{name}(" + ", ".join(texts) + ")",
                    lambda e: make(tuple(n.value(e) for n in nodes)), 0)
