# SPDX-License-Identifier: Apache-2.0
"""Numbers, texts, bytes, times, durations and sizes: what is built in beyond operators."""
import base64
import math
import re

from .numbers import int_of, rounded, shifted
from .values import (BOOL, BYTES, DURATION, FLOAT, INT, JSON, MATRIX, SIZE, STORED_MAX, STRING,
                     TIME, Node, Variable, moment)

FORMATS = {"int": ["d", "5d", "<6", "^7", "+", ",", "05d", "x", "b", "o", "*>9,"],
           "float": [".2f", "8.3f", "+.1f", ".1%", ",.2f", "e", ".3e", "<10.1f"],
           "string": [">8", "<8", "^8", "*^9", ".2", "é<5"]}
MATHS = ["floor", "ceil", "trunc", "sin", "cos", "tan", "atan", "tanh", "exp"]
UNITS = [("s", 1), ("min", 60), ("h", 3600)]


def formatted(value, spec):
    return ("{:" + spec + "}").format(value)


class Texts:
    """Forms that may find that they do not apply; mixed into Expressions."""

    def text_forms(self, t):
        own = {"int": self.int_of_texts, "float": self.float_of_texts, "bool": self.bool_of_texts,
               "string": self.string_of_texts, "list": self.list_of_texts,
               "bytes": self.bytes_of_texts, "duration": self.duration_form,
               "size": self.size_form, "time": self.time_of_texts,
               "option": self.option_of_texts, "map": self.map_of_texts}
        return [own[t[0]]] * 3 if t[0] in own else []

    # ---- numbers ----------------------------------------------------------------------------

    def int_of_texts(self, t, scope, depth):
        kind = self.random.choice(["float", "round", "string", "one", "shift", "code", "length",
                                   "duration", "size", "weekday", "least", "random", "json",
                                   "least_by", "edges"])
        if kind in ("float", "round"):
            x = self.stored(FLOAT, scope, depth)
            name, run = ("int", int_of) if kind == "float" else ("round", rounded)
            return Node(f"{name}({x.text})", lambda e: run(x.value(e)), x.bound + 1)
        if kind == "one":
            x = self.stored(INT, scope, depth)
            name, run, bound = self.random.choice([
                ("bit_not", lambda v: ~v, x.bound + 1),
                ("popcount", lambda v: bin(v & (2 ** 64 - 1)).count("1"), 64),
                ("trailing_zeros", lambda v: (v & -v).bit_length() - 1 if v else 64, 64)])
            return Node(f"{name}({x.text})", lambda e: run(x.value(e)), bound)
        if kind == "shift":
            x, by = self.stored(INT, scope, depth), self.random.randint(0, 20)
            name = self.random.choice(["shift_left", "shift_right"])
            return Node(f"{x.text}.{name}({by})", lambda e: shifted(name, x.value(e), by),
                        x.bound * 2 ** 20)
        if kind == "code":
            s = self.expr(STRING, scope, depth)
            return Node(f'code({s.text}.chars().first() ?? "a")',
                        lambda e: ord(s.value(e)[:1] or "a"), 0x110000)
        if kind in ("duration", "size"):
            of, unit, per = (DURATION, "1s", 1) if kind == "duration" else (SIZE, "1MB", 10 ** 6)
            x = self.expr(of, scope, depth)
            return Node(f"round({x.text} / {unit})", lambda e: rounded(x.value(e) / per),
                        10 ** 15)
        if kind == "weekday":
            at = self.expr(TIME, scope, depth)
            name, run = self.random.choice([
                ("weekday", lambda m: m.isoweekday()), ("month", lambda m: m.month),
                ("hour", lambda m: m.hour), ("second", lambda m: m.second),
                ("nanosecond", lambda m: 0)])
            return Node(f"{at.text}.{name}()", lambda e: run(moment(at.value(e))), 60)
        if kind == "random":
            n = self.random.randint(0, 9)
            return Node(f"random.int({n}..={n})", lambda e: n, n)
        return self.more_ints(kind, scope, depth)

    def more_ints(self, kind, scope, depth):
        if kind == "length":
            of = self.random.choice([BYTES, ("map", STRING, INT), ("list", STRING), STRING])
            x = self.expr(of, scope, depth)
            return Node(f"len({x.text})", lambda e: len(x.value(e)), 1000)
        if kind == "least":
            name, run = self.random.choice([("min", min), ("max", max)])
            xs, other = self.expr(("list", INT), scope, depth), self.stored(INT, scope, 1)
            return Node(f"{name}([{other.text}] + {xs.text})",
                        lambda e: run((other.value(e),) + xs.value(e)), STORED_MAX)
        if kind == "least_by":
            name, run = self.random.choice([("min_by", min), ("max_by", max)])
            xs, other = self.expr(("list", INT), scope, depth), self.stored(INT, scope, 1)
            x, body = self.closure(INT, FLOAT, scope, depth)
            return Node(f"([{other.text}] + {xs.text}).{name}(|{x}| {body.text})", lambda e: run(
                (other.value(e),) + xs.value(e), key=lambda v: body.value({**e, x: v})),
                        STORED_MAX)
        if kind == "json":
            of = self.random.choice([("list", INT), ("map", STRING, BOOL)])
            x = self.stored(of, scope, depth)
            return Node(f"json({x.text}).len()", lambda e: len(x.value(e)), 1000)
        if kind == "edges":
            n = self.random.randint(1, 5)
            edges = [(a, b) for a in range(n) for b in range(a) if self.chance(0.6)]
            if not edges:
                return None
            text = ", ".join(f"({a}, {b})" for a, b in edges)
            return Node(f"graph.from_edges({n}, [{text}]).edge_count()", lambda e: len(edges), 20)
        x = self.stored(INT, scope, depth)
        text = self.random.choice([f"int(string({x.text}))", f'int("{{{x.text}}}")'])
        if "{" in text and ('"' in x.text or "\n" in x.text):
            return None
        return Node(text, x.value, x.bound)

    def float_of_texts(self, t, scope, depth):
        x = self.stored(FLOAT, scope, depth)
        kind = self.random.choice(["abs", "string", "math", "sqrt", "square", "clamp", "sum",
                                   "row", "hours"])
        if kind == "abs":
            return Node(f"abs({x.text})", lambda e: abs(x.value(e)), x.bound)
        if kind == "string":
            return Node(f"float(string({x.text}))", x.value, x.bound)
        if kind == "math":
            name = self.random.choice(MATHS)
            run = {"floor": lambda v: float(math.floor(v)), "ceil": self.ceiling,
                   "trunc": lambda v: math.copysign(float(math.trunc(v)), v)}.get(
                       name, getattr(math, name))
            return Node(f"math.{name}(min({x.text}, 9.0))",
                        lambda e: run(min(x.value(e), 9.0)), STORED_MAX)
        if kind == "sqrt":
            return Node(f"math.sqrt(abs({x.text}))", lambda e: math.sqrt(abs(x.value(e))), 1000)
        if kind == "square":
            return Node(f"({x.text} ** 2)", lambda e: x.value(e) ** 2, STORED_MAX ** 2)
        if kind == "clamp":
            return Node(f"math.clamp({x.text}, -1.5, 2.5)",
                        lambda e: min(max(x.value(e), -1.5), 2.5), 3)
        if kind == "hours":
            d = self.expr(DURATION, scope, depth)
            return Node(f"({d.text} / 1h)", lambda e: d.value(e) / 3600, 10 ** 12)
        if kind == "row":
            m, i = self.expr(MATRIX, scope, depth), self.random.randint(0, 1)
            name = self.random.choice(["row", "col"])
            return Node(f"{m.text}.{name}({i})[1]", lambda e: m.value(e)[i][1] if name == "row"
                        else m.value(e)[1][i], 1000)
        xs = self.expr(("list", FLOAT), scope, depth)

        def total(e):
            result = 0.0
            for v in xs.value(e):
                result += v
            return result
        if kind == "sum":
            return Node(f"sum({xs.text})", total, STORED_MAX * 1000)
        return None

    @staticmethod
    def ceiling(x):
        whole = float(math.ceil(x))
        return math.copysign(0.0, x) if whole == 0 else whole

    def bool_of_texts(self, t, scope, depth):
        kind = self.random.choice(["list", "bytes", "map", "duration", "size", "nan", "null",
                                   "not_in"])
        if kind == "bytes":
            a, b = self.expr(BYTES, scope, depth), self.expr(BYTES, scope, min(depth, 1))
            return Node(f"{a.text}.contains({b.text})", lambda e: self.both(
                a, b, e, lambda x, y: y in x), 0)
        if kind in ("duration", "size"):
            of = DURATION if kind == "duration" else SIZE
            a, b = self.expr(of, scope, depth), self.expr(of, scope, depth)
            return Node(f"({a.text} <= {b.text})",
                        lambda e: self.both(a, b, e, lambda x, y: x <= y), 0)
        if kind == "nan":
            x = self.expr(FLOAT, scope, depth)
            return Node(f"math.is_nan({x.text})", lambda e: math.isnan(x.value(e)), 0)
        if kind == "null":
            x = self.expr(("option", INT), scope, depth)
            return Node(f"json({x.text}).is_null()", lambda e: x.value(e) is None, 0)
        if kind == "map":
            m, k = self.expr(("map", STRING, INT), scope, depth), self.expr(STRING, scope, 1)
            return Node(f"{m.text}.contains({k.text})",
                        lambda e: self.both(m, k, e, lambda x, y: y in x), 0)
        of = self.random.choice([INT, STRING, ("tuple", (INT, STRING)), BOOL])
        xs, x = self.expr(("list", of), scope, depth), self.expr(of, scope, min(depth, 1))
        if kind == "list":
            return Node(f"{xs.text}.contains({x.text})",
                        lambda e: self.both(xs, x, e, lambda a, b: b in a), 0)
        return Node(f"({x.text} not in {xs.text})",
                    lambda e: self.both(x, xs, e, lambda a, b: a not in b), 0)

    @staticmethod
    def both(a, b, e, run):
        """From left to right."""
        first = a.value(e)
        return run(first, b.value(e))

    # ---- texts ------------------------------------------------------------------------------

    def string_of_texts(self, t, scope, depth):
        kind = self.random.choice(["format", "format", "trim", "upper", "without", "cut", "words",
                                   "kind", "base64", "strftime", "show", "char", "lines", "raw",
                                   "json_string", "bytes", "reversed"])
        if kind == "format":
            of = self.random.choice([INT, INT, FLOAT, STRING])
            x, spec = self.stored(of, scope, depth), self.random.choice(FORMATS[of[0]])
            if '"' in x.text or "\n" in x.text:
                return None
            return Node(f'"[{{{x.text}:{spec}}}]"',
                        lambda e: "[" + formatted(x.value(e), spec) + "]", 0)
        if kind == "show":
            of = self.any_type(1)
            if of == BYTES:     # of which that is their text
                return None
            x = self.stored(of, scope, depth)
            return Node(f"string({x.text})", lambda e: self.shown.text(of, x.value(e)), 0)
        if kind == "char":
            n = self.random.choice([65, 97, 233, 8364, 128512])
            return Node(f"char({n})", lambda e: chr(n), 0)
        if kind == "strftime":
            at = self.expr(TIME, scope, min(depth, 1))
            if '"' in at.text or "\n" in at.text:
                return None
            return Node(f'"{{{at.text}:%d.%m %H}}"',
                        lambda e: moment(at.value(e)).strftime("%d.%m %H"), 0)
        if kind == "base64":
            b = self.expr(BYTES, scope, depth)
            return Node(f"{b.text}.base64()",
                        lambda e: base64.b64encode(b.value(e)).decode(), 0)
        if kind == "bytes":
            s = self.expr(STRING, scope, depth)
            return Node(f"string(bytes({s.text}))", s.value, 0)
        if kind in ("kind", "json_string"):
            j = self.expr(JSON, scope, depth)
            called = {"none": "null"}
            if kind == "kind":
                return Node(f"{j.text}.kind()",
                            lambda e: called.get(j.value(e)[0], j.value(e)[0]), 0)
            return Node(f'(try {j.text}.string() else "no")',
                        lambda e: j.value(e)[1] if j.value(e)[0] == "string" else "no", 0)
        s = self.expr(STRING, scope, depth)
        return self.changed_text(kind, s)

    def changed_text(self, kind, s):
        if kind == "raw":
            return Node(f'(r"\\n{{" + {s.text})', lambda e: "\\n{" + s.value(e), 0)
        part = self.random.choice(["a", "X", "e", "-", "é"])
        plain = {"trim": ("trim()", lambda v: v.strip(" \t\n\r")),
                 "upper": ("upper()", lambda v: v.upper()),
                 "without": (f'without_prefix("{part}").without_suffix("{part}")',
                             lambda v: v.removeprefix(part).removesuffix(part)),
                 "words": ('words().join("+")', lambda v: "+".join(
                     w for w in re.split("[ \n\t\r]", v) if w)),
                 "lines": ('lines().join("|")', self.lines_of),
                 "reversed": ('chars().reversed().join("")', lambda v: v[::-1])}
        if kind in plain:
            text, run = plain[kind]
            return Node(f"{s.text}.{text}", lambda e: run(s.value(e)), 0)

        def cut(e):
            before, found, after = s.value(e).partition(part)
            return after + before if found else "none"
        other = self.fresh("c")
        return Node(f'(if let {other} = {s.text}.cut("{part}") {{ {other}.after + {other}.before }}'
                    ' else { "none" })', cut, 0)

    @staticmethod
    def lines_of(text):
        parts = text.replace("\r\n", "\n").split("\n")
        return "|".join(parts[:-1] if parts[-1] == "" else parts)

    def bytes_of_texts(self, t, scope, depth):
        b = self.expr(BYTES, scope, depth)
        kind = self.random.choice(["hex", "base64", "list"])
        if kind == "hex":
            return Node(f"bytes.from_hex({b.text}.hex())", b.value, 0)
        if kind == "base64":
            return Node(f"bytes.from_base64({b.text}.base64())", b.value, 0)
        octets = [self.random.randint(0, 255) for _ in range(self.random.randint(0, 4))]
        text = f"bytes([{', '.join(map(str, octets))}])" if octets else 'bytes("")'
        return Node(text, lambda e: bytes(octets), 0)

    # ---- time -------------------------------------------------------------------------------

    def time_of_texts(self, t, scope, depth):
        at = self.expr(TIME, scope, depth)
        if self.chance(0.4):
            return Node(f"time(string({at.text}))", at.value, 0)
        d = self.expr(DURATION, scope, depth)
        sign = self.random.choice([1, -1])

        def moved(e):
            begin = at.value(e)
            new = begin + sign * d.value(e)
            if not -2_000_000_000 < new < 8_000_000_000:
                raise TimeoutError
            return new
        return Node(f"({at.text} {'+' if sign > 0 else '-'} {d.text})", moved, 0)

    def duration_form(self, t, scope, depth):
        kind = self.random.choice(["+", "-", "*", "time", "max", "sum"])
        a = self.expr(DURATION, scope, depth)
        if kind == "time":
            x, y = self.expr(TIME, scope, min(depth, 1)), self.expr(TIME, scope, min(depth, 1))
            return Node(f"({x.text} - {y.text})", lambda e: x.value(e) - y.value(e), 0)
        if kind == "*":
            n = self.random.randint(-3, 3)
            text = f"({n})" if n < 0 else str(n)
            return Node(f"({text} * {a.text})", lambda e: self.bounded(n * a.value(e)), 0)
        if kind == "sum":
            xs = self.expr(("list", DURATION), scope, depth)
            return Node(f"sum({xs.text})", lambda e: self.bounded(sum(xs.value(e))), 0)
        b = self.expr(DURATION, scope, depth)
        if kind == "max":
            return Node(f"max({a.text}, {b.text})", lambda e: max(a.value(e), b.value(e)), 0)
        sign = 1 if kind == "+" else -1
        return Node(f"({a.text} {kind} {b.text})",
                    lambda e: self.bounded(a.value(e) + sign * b.value(e)), 0)

    def size_form(self, t, scope, depth):
        a, b = self.expr(SIZE, scope, depth), self.expr(SIZE, scope, depth)
        if self.chance(0.3):
            n = self.random.randint(0, 4)
            return Node(f"({a.text} * {n})", lambda e: self.bounded(n * a.value(e)), 0)
        if self.chance(0.3):
            return Node(f"min({a.text}, {b.text})", lambda e: min(a.value(e), b.value(e)), 0)
        return Node(f"({a.text} + {b.text})", lambda e: self.bounded(a.value(e) + b.value(e)), 0)

    @staticmethod
    def bounded(x):
        """Far from what 64 bits of nanoseconds hold."""
        if abs(x) > 2 * 10 ** 17 or (abs(x) > 2 * 10 ** 9 and x % 1_000_000):
            raise TimeoutError
        return x

    # ---- lists and maps ---------------------------------------------------------------------

    def list_of_texts(self, t, scope, depth):
        item, r = t[1], self.random
        if item[0] == "list" and self.chance(0.7):
            return self.lists_form(item, scope, depth)
        kind = r.choice(["filled", "random", "split", "rows"])
        if kind == "filled":
            n, x = r.randint(0, 4), self.stored(item, scope, depth)
            return Node(f"filled({n}, {x.text})", lambda e: (x.value(e),) * n, 0)
        if kind == "random" and item == INT:
            n, x = r.randint(0, 3), r.randint(-5, 5)
            return Node(f"random.ints({n}, {x}..={x})", lambda e: (x,) * n, 0)
        if kind == "split" and item == STRING:
            s, by = self.expr(STRING, scope, depth), r.choice(["a", "-", "é", " "])
            return Node(f'{s.text}.split("{by}")', lambda e: tuple(s.value(e).split(by)), 0)
        if kind == "rows" and item == INT:
            b = self.expr(MATRIX, scope, depth)
            return Node(f"[{b.text}.rows, 2]", lambda e: (2, 2), 0)
        return None

    def lists_form(self, item, scope, depth):
        xs, n = self.expr(item, scope, depth), self.random.randint(1, 3)
        if self.chance(0.5):
            return Node(f"{xs.text}.chunks({n})", lambda e: tuple(
                xs.value(e)[i:i + n] for i in range(0, len(xs.value(e)), n)), 0)
        return Node(f"{xs.text}.windows({n})", lambda e: tuple(
            xs.value(e)[i:i + n] for i in range(max(0, len(xs.value(e)) - n + 1))), 0)

    def option_of_texts(self, t, scope, depth):
        xs = self.expr(("list", t[1]), scope, depth)
        a, b = self.fresh("a"), self.fresh("b")
        which = self.random.choice([a, b])
        c = self.expr(BOOL, scope, min(depth, 1))

        def reduced(e):
            values = xs.value(e)
            if not values:
                return None
            all_of = values[0]
            for v in values[1:]:
                all_of = (all_of if which == a else v) if c.value(e) else v
            return (all_of,)
        return Node(f"{xs.text}.reduce(|{a}, {b}| if {c.text} {{ {which} }} else {{ {b} }})",
                    reduced, 0)

    def map_of_texts(self, t, scope, depth):
        key, item = t[1], t[2]
        kind = self.random.choice(["key_by", "group_by", "select", "to_map"])
        if kind == "key_by" and key in (INT, STRING, BOOL):
            xs = self.expr(("list", item), scope, depth)
            x, body = self.closure(item, key, scope, depth)
            return Node(f"{xs.text}.key_by(|{x}| {body.text})", lambda e: {
                body.value({**e, x: v}): v for v in xs.value(e)}, 0)
        if kind == "group_by" and key in (INT, STRING, BOOL) and item[0] == "list":
            xs = self.expr(item, scope, depth)
            x, body = self.closure(item[1], key, scope, depth)

            def grouped(e):
                groups = {}
                for v in xs.value(e):
                    groups.setdefault(body.value({**e, x: v}), []).append(v)
                return {k: tuple(v) for k, v in groups.items()}
            return Node(f"{xs.text}.group_by(|{x}| {body.text})", grouped, 0)
        if kind == "select":
            m, v = self.expr(t, scope, depth), self.fresh("v")
            body = self.expr(BOOL, scope + [Variable(v, item, False)], min(depth, 1))
            return Node(f"{m.text}.select(|_, {v}| {body.text})", lambda e: {
                k: x for k, x in m.value(e).items() if body.value({**e, v: x})}, 0)
        pairs = self.expr(("list", ("tuple", (key, item))), scope, depth)
        return Node(f"to_map({pairs.text})", lambda e: dict(pairs.value(e)), 0)
