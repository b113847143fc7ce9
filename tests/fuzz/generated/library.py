# SPDX-License-Identifier: Apache-2.0
"""Generic types, the prelude's functions, bytes, times, JSON and matrices."""
import collections

from .maker import Maker
from .values import (BOOL, BYTES, FLOAT, INT, JSON, MATRIX, STORED_MAX, STRING, TIME, Node,
                     Variable, json_text, json_value,
                     time_parts)

KEYS = (INT, BOOL, STRING, BYTES, TIME)
CLAMP = 99.0


def clamped(rows):
    return tuple(tuple(min(max(x, -CLAMP), CLAMP) for x in row) for row in rows)


class Library(Maker):
    """Forms that may find that they do not apply; `expr` and `stored` are those of Expressions."""

    def library_forms(self, t):
        own = {"int": self.int_of_library, "float": self.float_of_library,
               "bool": self.bool_of_library, "string": self.string_of_library,
               "list": self.list_of_library, "map": self.map_of_library,
               "option": self.option_of_library, "pair": self.pair_form,
               "stack": self.stack_form, "outcome": self.outcome_form, "bytes": self.bytes_form,
               "time": self.time_form, "json": self.json_form, "matrix": self.matrix_form}
        forms = [own[t[0]]] * 3 if t[0] in own else []
        return forms + [self.generic_part_form]

    def closure(self, takes, gives, scope, depth):
        """(parameter, body) of a closure."""
        x = self.fresh("x")
        return x, self.stored(gives, scope + [Variable(x, takes, False)], min(depth, 1))

    # ---- generic structs and enums ---------------------------------------------------------

    def generic_part_form(self, t, scope, depth):
        """A part of a generic struct or enum, which is of type `t`."""
        kind, other = self.random.choice(["first", "second", "settle", "top"]), self.any_type(1)
        if kind in ("first", "second"):
            pair = ("pair", t, other) if kind == "first" else ("pair", other, t)
            p = self.expr(pair, scope, depth)
            at = 0 if kind == "first" else 1
            return Node(f"{p.text}.{kind}", lambda e: p.value(e)[at], STORED_MAX)
        instead = self.stored(t, scope, min(depth, 1))
        if kind == "settle":
            o = self.expr(("outcome", t, other), scope, depth)

            def settled(e):
                case, values = o.value(e)
                return values[0] if case == "GoodOf" else instead.value(e)
            return Node(f"§settle_of({o.text}, {instead.text})", settled, STORED_MAX)
        s = self.expr(("stack", t), scope, depth)

        def top(e):
            items = s.value(e)[0]
            return items[-1] if items else instead.value(e)
        return Node(f"{s.text}.top_of({instead.text})", top, STORED_MAX)

    def pair_form(self, t, scope, depth):
        kind = self.random.choice(["swap", "with"])
        if kind == "swap":
            p = self.expr(("pair", t[2], t[1]), scope, depth)
            return Node(f"§swap_of({p.text})", lambda e: p.value(e)[::-1], 0)
        p, x = self.expr(t, scope, depth), self.stored(t[1], scope, depth)
        return Node(f"{p.text}.with(first={x.text})", lambda e: (x.value(e), p.value(e)[1]), 0)

    def stack_form(self, t, scope, depth):
        s, x = self.expr(t, scope, depth), self.stored(t[1], scope, depth)

        def onto(e):
            items, note = s.value(e)
            return (items[:4] + (x.value(e),), note)
        return Node(f"§onto_of({s.text}, {x.text})", onto, 0)

    def outcome_form(self, t, scope, depth):
        return self.made(t, lambda p: self.stored(p, scope, depth))

    # ---- numbers and texts -------------------------------------------------------------------

    def int_of_library(self, t, scope, depth):
        kind = self.random.choice(["time", "bytes", "json", "index_of", "position", "tally"])
        if kind == "time":
            at, part = self.expr(TIME, scope, depth), self.random.choice(["year", "day", "minute"])
            return Node(f"{at.text}.{part}()", lambda e: time_parts(at.value(e))[part], 9999)
        if kind == "bytes":
            b, other = self.expr(BYTES, scope, depth), self.literal(INT)

            def octet(e):
                return b.value(e)[0] if b.value(e) else other.value(e)
            return Node(f"(try {b.text}[0] else {other.text})", octet, 1000)
        if kind == "json":
            j, other = self.expr(JSON, scope, depth), self.literal(INT)

            def number(e):
                tag, value = j.value(e)
                return value if tag == "int" else other.value(e)
            return Node(f"(try {j.text}.int() else {other.text})", number, STORED_MAX)
        xs = self.expr(("list", INT), scope, depth)
        if kind == "index_of":
            x = self.stored(INT, scope, min(depth, 1))

            def index(e):
                found = xs.value(e)
                return found.index(x.value(e)) if x.value(e) in found else -1
            return Node(f"({xs.text}.index_of({x.text}) ?? -1)", index, 1000)
        if kind == "position":
            x, body = self.closure(INT, BOOL, scope, depth)

            def position(e):
                hits = (i for i, v in enumerate(xs.value(e)) if body.value({**e, x: v}))
                return next(hits, -1)
            return Node(f"({xs.text}.position(|{x}| {body.text}) ?? -1)", position, 1000)
        return Node(f"{xs.text}.unique().len()", lambda e: len(set(xs.value(e))), 1000)

    def float_of_library(self, t, scope, depth):
        m = self.expr(MATRIX, scope, depth)
        if self.chance(0.4):
            def total(e):
                (a, b), (c, d) = m.value(e)
                return a + b + c + d
            return Node(f"sum({m.text})", total, 4 * CLAMP)
        i, j = self.random.randint(0, 1), self.random.randint(0, 1)
        return Node(f"{m.text}[{i}, {j}]", lambda e: m.value(e)[i][j], CLAMP)

    def bool_of_library(self, t, scope, depth):
        of = self.random.choice([BYTES, TIME])
        a, b = self.expr(of, scope, depth), self.expr(of, scope, min(depth, 1))
        return Node(f"({a.text} < {b.text})", lambda e: a.value(e) < b.value(e), 0)

    def string_of_library(self, t, scope, depth):
        kind = self.random.choice(["hex", "json", "char"])
        if kind == "hex":
            b = self.expr(BYTES, scope, depth)
            return Node(f"{b.text}.hex()", lambda e: b.value(e).hex(), 0)
        if kind == "json":
            j = self.expr(JSON, scope, depth)
            return Node(f"{j.text}.text()", lambda e: json_text(j.value(e)), 0)
        s = self.expr(STRING, scope, depth)
        return Node(f'{s.text}.chars().unique().join("")',
                    lambda e: "".join(dict.fromkeys(s.value(e))), 0)

    # ---- lists, maps and options --------------------------------------------------------------

    def list_of_library(self, t, scope, depth):
        r, item = self.random, t[1]
        if item[0] == "tuple" and len(item[1]) == 2 and self.chance(0.7):
            return self.pairs_form(item[1], scope, depth)
        if item[0] == "list" and self.chance(0.6):
            return self.parts_form(t, scope, depth)
        kind = r.choice(["parallel", "unique", "take", "drop", "flat", "flat_map", "yes"])
        xs = self.expr(t, scope, depth)
        if kind == "unique" and item in KEYS:
            return Node(f"{xs.text}.unique()", lambda e: tuple(dict.fromkeys(xs.value(e))), 0)
        if kind == "flat":
            lists = self.expr(("list", t), scope, depth)
            return Node(f"{lists.text}.flatten()",
                        lambda e: tuple(x for part in lists.value(e) for x in part), 0)
        if kind in ("parallel", "flat_map"):
            of, name = self.any_type(1), "parallel_map" if kind == "parallel" else "flat_map"
            source = self.expr(("list", of), scope, depth)
            x, body = self.closure(of, item, scope, depth)
            if kind == "parallel":
                return Node(f"{source.text}.parallel_map(|{x}| {body.text})", lambda e: tuple(
                    body.value({**e, x: v}) for v in source.value(e)), 0)
            return Node(f"{source.text}.{name}(|{x}| [{body.text}, {body.text}])", lambda e: tuple(
                y for v in source.value(e) for y in [body.value({**e, x: v})] * 2), 0)
        x, body = self.closure(item, BOOL, scope, depth)

        def split(e):
            return [bool(body.value({**e, x: v})) for v in xs.value(e)]

        def first_no(e):
            holds = split(e)
            return holds.index(False) if False in holds else len(holds)
        if kind == "take":
            return Node(f"{xs.text}.take_while(|{x}| {body.text})",
                        lambda e: xs.value(e)[:first_no(e)], 0)
        if kind == "drop":
            return Node(f"{xs.text}.drop_while(|{x}| {body.text})",
                        lambda e: xs.value(e)[first_no(e):], 0)
        part = r.choice(["yes", "no"])
        return Node(f"{xs.text}.partition(|{x}| {body.text}).{part}",
                    lambda e: tuple(v for v, holds in zip(xs.value(e), split(e))
                                    if holds == (part == "yes")), 0)

    def pairs_form(self, types, scope, depth):
        a, b = types
        if a == INT and self.chance(0.4):
            xs = self.expr(("list", b), scope, depth)
            return Node(f"{xs.text}.enumerate()", lambda e: tuple(enumerate(xs.value(e))), 0)
        if a in KEYS and self.chance(0.4):
            m = self.expr(("map", a, b), scope, depth)
            return Node(f"{m.text}.items()", lambda e: tuple(m.value(e).items()), 0)
        xs = self.expr(("list", a), scope, min(depth, 1))
        x, body = self.closure(a, b, scope, depth)
        return Node(f"{xs.text}.zip({xs.text}.map(|{x}| {body.text}))",
                    lambda e: tuple((v, body.value({**e, x: v})) for v in xs.value(e)), 0)

    def parts_form(self, t, scope, depth):
        xs, n = self.expr(t[1], scope, depth), self.random.randint(1, 3)
        if self.chance(0.5):
            return Node(f"{xs.text}.chunks({n})", lambda e: tuple(
                xs.value(e)[i:i + n] for i in range(0, len(xs.value(e)), n)), 0)
        return Node(f"{xs.text}.windows({n})", lambda e: tuple(
            xs.value(e)[i:i + n] for i in range(len(xs.value(e)) - n + 1)), 0)

    def map_of_library(self, t, scope, depth):
        key, item = t[1], t[2]
        if key not in KEYS:
            return None
        if item[0] == "list" and self.chance(0.7):
            xs = self.expr(item, scope, depth)
            x, body = self.closure(item[1], key, scope, depth)

            def groups(e):
                found = {}
                for v in xs.value(e):
                    k = body.value({**e, x: v})
                    found[k] = found.get(k, ()) + (v,)
                return found
            return Node(f"{xs.text}.group_by(|{x}| {body.text})", groups, 0)
        if item == INT and self.chance(0.5):
            xs = self.expr(("list", key), scope, depth)
            return Node(f"{xs.text}.tally()", lambda e: dict(collections.Counter(xs.value(e))), 0)
        if self.chance(0.4):
            a, b = self.expr(t, scope, depth), self.expr(t, scope, min(depth, 1))
            return Node(f"{a.text}.merge({b.text})", lambda e: {**a.value(e), **b.value(e)}, 0)
        of = self.any_type(1)
        m = self.expr(("map", key, of), scope, depth)
        x, body = self.closure(of, item, scope, depth)
        return Node(f"{m.text}.map_values(|{x}| {body.text})", lambda e: {
            k: body.value({**e, x: v}) for k, v in m.value(e).items()}, 0)

    def opened(self, text):
        x = self.fresh("x")
        return f"(match {text} {{ some({x}) => {x}, none => none }})"

    def option_of_options(self, t, scope, depth):
        """Of a list or map of options, of which the library gives options again."""
        kind = self.random.choice(["first", "last", "find", "get", "pick"])
        if kind == "get":
            m, key = self.expr(("map", INT, t), scope, depth), self.stored(INT, scope, depth)
            return Node(self.opened(f"{m.text}.get({key.text})"),
                        lambda e: m.value(e).get(key.value(e)), 0)
        xs = self.expr(("list", t), scope, depth)
        if kind == "find":
            x, body = self.closure(t, BOOL, scope, depth)

            def find(e):
                return next((v for v in xs.value(e) if body.value({**e, x: v})), None)
            return Node(self.opened(f"{xs.text}.find(|{x}| {body.text})"), find, 0)
        if kind == "pick":
            x = self.fresh("x")
            return Node(f"(match {xs.text}.get(0) {{ some(some({x})) => some({x}), _ => none }})",
                        lambda e: xs.value(e)[0] if xs.value(e) else None, 0)
        at = 0 if kind == "first" else -1
        return Node(self.opened(f"{xs.text}.{kind}()"),
                    lambda e: xs.value(e)[at] if xs.value(e) else None, 0)

    def option_of_library(self, t, scope, depth):
        if self.chance(0.3):
            return self.option_of_options(t, scope, depth)
        xs = self.expr(("list", t[1]), scope, depth)
        kind = self.random.choice(["first", "last", "find"])
        if kind != "find":
            at = 0 if kind == "first" else -1
            return Node(f"{xs.text}.{kind}()",
                        lambda e: (xs.value(e)[at],) if xs.value(e) else None, 0)
        x, body = self.closure(t[1], BOOL, scope, depth)

        def find(e):
            return next(((v,) for v in xs.value(e) if body.value({**e, x: v})), None)
        return Node(f"{xs.text}.find(|{x}| {body.text})", find, 0)

    # ---- bytes, times, JSON, matrices ----------------------------------------------------------

    def bytes_form(self, t, scope, depth):
        if self.chance(0.4):
            s = self.expr(STRING, scope, depth)
            return Node(f"bytes({s.text})", lambda e: s.value(e).encode(), 0)
        a, b = self.expr(BYTES, scope, depth), self.expr(BYTES, scope, min(depth, 1))
        return Node(f"§octets_of({a.text} + {b.text}, 9)",
                    lambda e: (a.value(e) + b.value(e))[:9], 0)

    def time_form(self, t, scope, depth):
        at, n = self.expr(TIME, scope, depth), self.random.randint(1, 50)
        unit, seconds = self.random.choice([("s", 1), ("min", 60), ("h", 3600)])
        sign = self.random.choice([1, -1])
        return Node(f"({at.text} {'+' if sign > 0 else '-'} {n}{unit})",
                    lambda e: at.value(e) + sign * n * seconds, 0)

    def json_form(self, t, scope, depth):
        of = self.random.choice([INT, BOOL, STRING, ("list", INT), ("list", STRING),
                                 ("map", STRING, INT), ("option", INT), ("list", JSON)])
        x = self.stored(of, scope, depth)
        return Node(f"json({x.text})", lambda e: json_value(of, x.value(e)), 0)

    def matrix_form(self, t, scope, depth):
        m, kind = self.expr(MATRIX, scope, depth), self.random.choice(["+", "@", "*", "t", "map"])
        if kind == "t":
            return Node(f"{m.text}.transpose()", lambda e: tuple(zip(*m.value(e))), 0)
        if kind == "map":
            x, body = self.closure(FLOAT, FLOAT, scope, depth)
            text, value = f"{m.text}.map(|{x}| {body.text})", lambda e: tuple(
                tuple(body.value({**e, x: v}) for v in row) for row in m.value(e))
        elif kind == "*":
            text, value = f"({m.text} * 0.5)", lambda e: tuple(
                tuple(v * 0.5 for v in row) for row in m.value(e))
        else:
            o = self.expr(MATRIX, scope, min(depth, 1))
            text = f"({m.text} {kind} {o.text})"

            def value(e):
                a, b = m.value(e), o.value(e)
                if kind == "+":
                    return tuple(tuple(x + y for x, y in zip(p, q)) for p, q in zip(a, b))
                return tuple(tuple(p[0] * b[0][j] + p[1] * b[1][j] for j in (0, 1)) for p in a)
        y = self.fresh("y")
        return Node(f"{text}.map(|{y}| min(max({y}, -{CLAMP}), {CLAMP}))",
                    lambda e: clamped(value(e)), 0)
