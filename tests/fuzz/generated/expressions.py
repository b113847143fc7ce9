# SPDX-License-Identifier: Apache-2.0
"""Expressions: each form is a method that may find that it does not apply."""
import collections

from .callables import Callables
from .library import Library
from .patterns import Patterns
from .texts import Texts
from .values import (BOOL, CHECKED_MAX, FLOAT, INT, STORED_MAX, STRING, Node, Stop, Variable,
                     checked, divided, list_item, put, type_text)


class Expressions(Texts, Patterns, Callables, Library):
    """Makes expressions of a type, from what is in scope."""

    # ---- expressions ----------------------------------------------------------------------

    def stored(self, t, scope, depth):
        """An expression whose number is small enough to be kept."""
        return self.small(t, self.expr(t, scope, depth))

    @staticmethod
    def small(t, node):
        if t == INT and node.bound > STORED_MAX:
            return Node(f"({node.text} % 100_003)", lambda e: node.value(e) % 100_003, 100_003)
        if t == FLOAT and node.bound > STORED_MAX:
            return Node(f"min(max({node.text}, -999.0), 999.0)",
                        lambda e: min(max(node.value(e), -999.0), 999.0), 999)
        return node

    def expr(self, t, scope, depth):
        choices = []
        names = [v for v in scope if v.type == t]
        if names:
            choices += [lambda: self.named(self.random.choice(names))] * 3
        if depth > 0:
            choices += [lambda: self.compound(t, scope, depth - 1)] * 4
        if t[0] in ("int", "float", "bool", "string", "bytes", "time", "duration", "size"):
            choices.append(lambda: self.literal(t))
        else:
            choices.append(lambda: self.made(t, lambda p: self.stored(p, scope, max(depth - 1, 0))))
        return self.random.choice(choices)()

    @staticmethod
    def named(variable):
        name = variable.name
        return Node(name, lambda e: e[name], STORED_MAX if variable.type in (INT, FLOAT) else 0)

    def compound(self, t, scope, depth):
        forms = [self.if_form, self.match_form, self.call_form, self.item_form, self.field_form,
                 self.coalesce_form, self.fold_form, self.block_form, self.closure_form,
                 self.generic_form, self.generic_form]
        own = {"int": self.int_form, "float": self.float_form, "bool": self.bool_form,
               "string": self.string_form, "list": self.list_form, "map": self.map_form,
               "option": self.option_form, "struct": self.with_form}.get(t[0])
        if own:
            forms += [own] * 6
        forms += self.library_forms(t) + self.text_forms(t)
        forms += self.foreign_forms(t)
        forms += self.random.sample(self.callable_forms(t), 4)
        for _ in range(4):
            node = self.random.choice(forms)(t, scope, depth)
            if node:
                return node
        return self.expr(t, scope, 0)

    def if_form(self, t, scope, depth):
        c = self.expr(BOOL, scope, depth)
        a, b = self.expr(t, scope, depth), self.expr(t, scope, depth)
        return Node(f"(if {c.text} {{ {a.text} }} else {{ {b.text} }})",
                    lambda e: a.value(e) if c.value(e) else b.value(e), max(a.bound, b.bound))

    def block_form(self, t, scope, depth):
        inner = self.plain_type()
        name, first = self.fresh("b"), self.stored(inner, scope, depth)
        rest = self.expr(t, scope + [Variable(name, inner, False)], depth)
        text = (f"(if true {{ let {name} = {first.text}\n {rest.text} }}"
                f" else {{ {self.constant(t).text} }})")
        return Node(text, lambda e: rest.value({**e, name: first.value(e)}), rest.bound)

    def closure_form(self, t, scope, depth):
        """A closure that is bound, and called once or twice."""
        takes = self.plain_type()
        x, f = self.fresh("x"), self.fresh("c")
        body = self.stored(t, scope + [Variable(x, takes, False)], depth)
        arg = self.stored(takes, scope, depth)
        text = (f"(if true {{ let {f} = |{x}: {type_text(takes)}| {body.text}\n {f}({arg.text}) }}"
                f" else {{ {self.constant(t).text} }})")
        return Node(text, lambda e: body.value({**e, x: arg.value(e)}), STORED_MAX)

    def generic_form(self, t, scope, depth):
        """A call of what stands in GENERIC."""
        r = self.random
        kind = r.choice(["pick", "twice", "each", "tally", "largest", "depth"])
        if kind == "pick":
            xs, i = self.expr(("list", t), scope, depth), self.expr(INT, scope, min(depth, 1))
            other = self.stored(t, scope, min(depth, 1))

            def pick(e):
                values, index = xs.value(e), i.value(e)
                return values[index] if 0 <= index < len(values) else other.value(e)
            return Node(f"§pick_of({xs.text}, {i.text}, {other.text})", pick, STORED_MAX)
        if kind == "twice" and t[0] != "string":
            x, first = self.fresh("x"), self.stored(t, scope, depth)
            body = self.stored(t, scope + [Variable(x, t, False)], min(depth, 1))
            return Node(f"§twice_of({first.text}, |{x}| {body.text})",
                        lambda e: body.value({**e, x: body.value({**e, x: first.value(e)})}),
                        STORED_MAX)
        if kind == "each" and t[0] == "list":
            of, x = self.any_type(1), self.fresh("x")
            source = self.expr(("list", of), scope, depth)
            body = self.stored(t[1], scope + [Variable(x, of, False)], min(depth, 1))
            call = f"{source.text}.each_of(" if not self.is_split else f"§each_of({source.text}, "
            return Node(f"{call}|{x}| {body.text})",
                        lambda e: tuple(body.value({**e, x: v}) for v in source.value(e)), 0)
        if kind == "tally" and t[0] == "map" and t[2] == INT:
            xs = self.expr(("list", t[1]), scope, depth)
            return Node(f"§tally_of({xs.text})",
                        lambda e: dict(collections.Counter(xs.value(e))), 0)
        if kind == "largest" and t in (INT, FLOAT):
            xs, first = self.expr(("list", t), scope, depth), self.stored(t, scope, 1)

            def largest(e):
                best = first.value(e)
                for x in xs.value(e):
                    best = x if x > best else best
                return best
            return Node(f"§largest_of({xs.text}, {first.text})", largest, STORED_MAX)
        if kind == "depth" and t == INT:
            n = r.randint(-2, 300)
            text = f"({n})" if n < 0 else str(n)
            return Node(f"§depth_of({text})", lambda e: max(0, (n + 1) // 2), 200)
        return None

    def match_form(self, t, scope, depth):
        if not self.enums:
            return None
        enum = self.random.choice(list(self.enums))
        subject = self.expr(("enum", enum), scope, depth)
        arms, texts = {}, []
        for case, parts in self.enums[enum].items():
            names = [self.fresh("m") for _ in parts]
            inside = scope + [Variable(n, p, False) for n, (_, p) in zip(names, parts)]
            node = self.expr(t, inside, min(depth, 1))
            arms[case] = (names, node)
            pattern = f"{case}({', '.join(names)})" if names else case
            texts.append(f"{pattern} => {node.text}")

        def value(e):
            case, parts = subject.value(e)
            names, node = arms[case]
            return node.value({**e, **dict(zip(names, parts))})
        return Node(f"(match {subject.text} {{ " + ", ".join(texts) + " })", value,
                    max(node.bound for _, node in arms.values()))

    def call_form(self, t, scope, depth):
        known = [f for f in self.functions if f["result"] == t and not f["changes"]]
        if not known:
            return None
        f = self.random.choice(known)
        args = [self.stored(p, scope, min(depth, 1)) for p in f["params"]]
        texts = [a.text for a in args]
        if f["default"] and self.chance(0.5):
            args[-1] = f["default"]
            texts.pop()
        elif args and self.chance(0.3):
            texts[-1] = f"{f['names'][-1]}={texts[-1]}"
        method = args and len(texts) > 1 and self.chance(0.3)
        text = (f"{texts[0]}.{f['name']}({', '.join(texts[1:])})" if method
                else f"{f['name']}({', '.join(texts)})")
        return Node(text, lambda e: f["run"]([a.value(e) for a in args])[0], STORED_MAX)

    @staticmethod
    def unsigned(node):
        """A literal less than nothing is no index, and flowc knows."""
        return node._replace(text=f"(0 - {node.text[2:]}") if node.text.startswith("(-") else node

    def item_form(self, t, scope, depth):
        xs, i = self.expr(("list", t), scope, depth), self.expr(INT, scope, depth)
        other = self.stored(t, scope, min(depth, 1))
        if self.chance(0.5):
            def value(e):
                values, index = xs.value(e), i.value(e)
                return values[index] if 0 <= index < len(values) else other.value(e)
            return Node(f"({xs.text}.get({i.text}) ?? {other.text})", value, STORED_MAX) \
                if t[0] != "option" else None
        i = self.unsigned(i)

        def tried(e):
            try:
                return list_item(xs.value(e), i.value(e))
            except Stop:
                return other.value(e)
        return Node(f"(try {xs.text}[{i.text}] else {other.text})", tried, STORED_MAX)

    def field_form(self, t, scope, depth):
        found = [(s, i) for s, fields in self.structs.items()
                 for i, (_, ft) in enumerate(fields) if ft == t]
        if not found:
            return None
        struct, index = self.random.choice(found)
        base = self.expr(("struct", struct), scope, depth)
        return Node(f"{base.text}.{self.structs[struct][index][0]}",
                    lambda e: base.value(e)[index], STORED_MAX)

    def coalesce_form(self, t, scope, depth):
        if t[0] == "option":
            return None
        maybe = self.expr(("option", t), scope, depth)
        other = self.stored(t, scope, min(depth, 1))

        def value(e):
            found = maybe.value(e)
            return other.value(e) if found is None else found[0]
        return Node(f"({maybe.text} ?? {other.text})", value, STORED_MAX)

    def fold_form(self, t, scope, depth):
        if t not in (INT, STRING, BOOL):
            return None
        item = self.plain_type()
        xs = self.expr(("list", item), scope, depth)
        first = self.stored(t, scope, 0)
        a, b = self.fresh("a"), self.fresh("x")
        inside = scope + [Variable(a, t, False), Variable(b, item, False)]
        body = self.stored(t, inside, min(depth, 2))
        if t == STRING:
            body = Node(f"§start_of({body.text}, 20)",
                        lambda e, body=body: body.value(e)[:20], 0)

        def value(e):
            result = first.value(e)
            for x in xs.value(e):
                result = body.value({**e, a: result, b: x})
            return result
        return Node(f"{xs.text}.fold({first.text}, |{a}, {b}| {body.text})", value, STORED_MAX)

    def int_form(self, t, scope, depth):
        a, b = self.expr(INT, scope, depth), self.expr(INT, scope, depth)
        kind = self.random.choice(["+", "-", "*", "div", "%", "len", "neg", "abs", "min", "try",
                                   "sum", "bits", "int", "count"])
        if kind in ("+", "-") and a.bound + b.bound < CHECKED_MAX:
            run = (lambda e: a.value(e) + b.value(e)) if kind == "+" \
                else (lambda e: a.value(e) - b.value(e))
            return Node(f"({a.text} {kind} {b.text})", run, a.bound + b.bound)
        if kind == "*" and a.bound * b.bound < CHECKED_MAX:
            return Node(f"({a.text} * {b.text})", lambda e: a.value(e) * b.value(e),
                        a.bound * b.bound)
        if kind in ("div", "%"):
            other = self.literal(INT)

            def value(e):
                try:
                    return divided(a.value(e), b.value(e), kind == "%")
                except Stop:
                    return other.value(e)
            return Node(f"(try {a.text} {kind} {b.text} else {other.text})", value,
                        max(a.bound, b.bound, other.bound))
        if kind == "try":
            def product(e):
                try:
                    return checked(checked(a.value(e) * a.value(e)) * b.value(e)) % 1009
                except Stop:
                    return -1
            return Node(f"(try {a.text} * {a.text} * {b.text} % 1009 else -1)", product, 1009)
        if kind == "len":
            xs = self.expr(self.random.choice([STRING, ("list", self.any_type(1)),
                                               ("map", STRING, INT)]), scope, depth)
            return Node(f"{xs.text}.len()", lambda e: len(xs.value(e)), 1000)
        if kind == "neg":
            return Node(f"(-{a.text})", lambda e: -a.value(e), a.bound)
        if kind == "abs":
            return Node(f"abs({a.text})", lambda e: abs(a.value(e)), a.bound)
        if kind == "min":
            name = self.random.choice(["min", "max"])
            pick = min if name == "min" else max
            return Node(f"{name}({a.text}, {b.text})", lambda e: pick(a.value(e), b.value(e)),
                        max(a.bound, b.bound))
        if kind == "sum":
            xs = self.expr(("list", INT), scope, depth)
            return Node(f"sum({xs.text})", lambda e: sum(xs.value(e)), STORED_MAX * 1000)
        if kind == "bits":
            name, run = self.random.choice([
                ("bit_and", lambda x, y: x & y), ("bit_or", lambda x, y: x | y),
                ("bit_xor", lambda x, y: x ^ y)])
            bound = 2 * max(a.bound, b.bound) + 1
            node = Node(f"{name}({a.text}, {b.text})", lambda e: run(a.value(e), b.value(e)), bound)
            return node if bound < CHECKED_MAX else None
        if kind == "int":
            c = self.expr(BOOL, scope, depth)
            return Node(f"int({c.text})", lambda e: int(c.value(e)), 1)
        if kind == "count":
            return self.counted("count", scope, depth)
        return None

    def predicate(self, item, scope, depth):
        x = self.fresh("x")
        return x, self.expr(BOOL, scope + [Variable(x, item, False)], depth)

    def counted(self, name, scope, depth):
        item = self.any_type(1)
        xs = self.expr(("list", item), scope, depth)
        x, body = self.predicate(item, scope, min(depth, 1))
        run = {"count": sum, "any": any, "all": all}[name]
        return Node(f"{xs.text}.{name}(|{x}| {body.text})",
                    lambda e: run([body.value({**e, x: v}) for v in xs.value(e)]), 1000)

    def float_form(self, t, scope, depth):
        a, b = self.expr(FLOAT, scope, depth), self.expr(FLOAT, scope, depth)
        kind = self.random.choice(["+", "-", "*", "/", "int", "mixed", "neg"])
        if kind in ("+", "-"):
            run = (lambda e: a.value(e) + b.value(e)) if kind == "+" \
                else (lambda e: a.value(e) - b.value(e))
            return Node(f"({a.text} {kind} {b.text})", run, a.bound + b.bound)
        if kind == "*" and a.bound * b.bound < 1e15:
            return Node(f"({a.text} * {b.text})", lambda e: a.value(e) * b.value(e),
                        a.bound * b.bound)
        if kind == "/":
            by = self.random.choice([2, 4, 0.5, 3.0, -8])
            text = f"({by})" if by < 0 else str(by)
            return Node(f"({a.text} / {text})", lambda e: a.value(e) / by, a.bound * 2)
        i = self.stored(INT, scope, depth)
        if kind == "int":
            return Node(f"float({i.text})", lambda e: float(i.value(e)), i.bound) \
                if not self.chance(0.3) else \
                Node(f"({i.text} / 4)", lambda e: i.value(e) / 4, i.bound)
        if kind == "mixed":
            return Node(f"({i.text} + {a.text})", lambda e: i.value(e) + a.value(e),
                        i.bound + a.bound)
        return Node(f"(-{a.text})", lambda e: -a.value(e), a.bound)

    def bool_form(self, t, scope, depth):
        kind = self.random.choice(["and", "or", "not", "compare", "compare", "equal", "in", "text",
                                   "any", "none", "empty"])
        if kind in ("and", "or"):
            a, b = self.expr(BOOL, scope, depth), self.expr(BOOL, scope, depth)
            run = (lambda e: a.value(e) and b.value(e)) if kind == "and" \
                else (lambda e: a.value(e) or b.value(e))
            return Node(f"({a.text} {kind} {b.text})", run, 0)
        if kind == "not":
            a = self.expr(BOOL, scope, depth)
            return Node(f"(not {a.text})", lambda e: not a.value(e), 0)
        if kind == "compare":
            of = self.random.choice([INT, INT, FLOAT, STRING, ("tuple", (INT, STRING)),
                                     ("list", INT)])
            a, b = self.expr(of, scope, depth), self.expr(of, scope, depth)
            op, run = self.random.choice([
                ("<", lambda x, y: x < y), ("<=", lambda x, y: x <= y),
                (">", lambda x, y: x > y), (">=", lambda x, y: x >= y)])
            key = (lambda v: v.encode()) if of == STRING else (lambda v: v)
            if of[0] == "tuple":
                key = lambda v: (v[0], v[1].encode())
            return Node(f"({a.text} {op} {b.text})",
                        lambda e: run(key(a.value(e)), key(b.value(e))), 0)
        if kind == "equal":
            of = self.any_type(2)
            a, b = self.expr(of, scope, depth), self.expr(of, scope, min(depth, 1))
            if self.chance(0.5):
                return Node(f"({a.text} == {b.text})", lambda e: a.value(e) == b.value(e), 0)
            return Node(f"({a.text} != {b.text})", lambda e: a.value(e) != b.value(e), 0)
        if kind == "in":
            of = self.random.choice([INT, STRING])
            a, xs = self.expr(of, scope, depth), self.expr(("list", of), scope, depth)
            m = self.expr(("map", of, INT), scope, depth)
            if self.chance(0.5):
                return Node(f"({a.text} in {m.text})", lambda e: a.value(e) in m.value(e), 0)
            return Node(f"({a.text} in {xs.text})", lambda e: a.value(e) in xs.value(e), 0)
        if kind == "text":
            a, b = self.expr(STRING, scope, depth), self.expr(STRING, scope, min(depth, 1))
            name, run = self.random.choice([
                ("contains", lambda x, y: y in x), ("starts_with", lambda x, y: x.startswith(y)),
                ("ends_with", lambda x, y: x.endswith(y))])
            return Node(f"{a.text}.{name}({b.text})", lambda e: run(a.value(e), b.value(e)), 0)
        if kind == "any":
            return self.counted(self.random.choice(["any", "all"]), scope, depth)
        if kind == "none":
            o = self.expr(("option", self.plain_type()), scope, depth)
            return Node(f"({o.text} == none)", lambda e: o.value(e) is None, 0)
        xs = self.expr(self.random.choice([STRING, ("list", INT)]), scope, depth)
        return Node(f"{xs.text}.is_empty()", lambda e: len(xs.value(e)) == 0, 0)

    def string_form(self, t, scope, depth):
        kind = self.random.choice(["+", "show", "show", "slice", "upper", "repeat", "join",
                                   "replace", "index"])
        a = self.expr(STRING, scope, depth)
        if kind == "+":
            b = self.expr(STRING, scope, depth)
            return Node(f"({a.text} + {b.text})", lambda e: a.value(e) + b.value(e), 0)
        if kind == "show":
            of = self.any_type(1)
            x = self.stored(of, scope, depth)
            if '"' in x.text or "\n" in x.text:
                return None
            return Node(f'"<{{{x.text}}}>"', lambda e: f"<{self.shown.text(of, x.value(e))}>", 0)
        if kind == "slice":
            n = self.random.randint(0, 4)
            return Node(f"§start_of({a.text}, {n})", lambda e: a.value(e)[:n], 0)
        if kind == "upper":
            return Node(f"{a.text}.lower()", lambda e: a.value(e).lower(), 0)
        if kind == "repeat":
            n = self.random.randint(0, 3)
            return Node(f"§start_of({a.text}, 9).repeat({n})",
                        lambda e: a.value(e)[:9] * n, 0)
        if kind == "join":
            xs = self.expr(("list", STRING), scope, depth)
            return Node(f'{xs.text}.join("/")', lambda e: "/".join(xs.value(e)), 0)
        if kind == "replace":
            return Node(f'{a.text}.replace("a", "bc")', lambda e: a.value(e).replace("a", "bc"), 0)
        i = self.unsigned(self.expr(INT, scope, min(depth, 1)))

        def value(e):
            try:
                return list_item(a.value(e), i.value(e))
            except Stop:
                return "?"
        return Node(f'(try {a.text}[{i.text}] else "?")', value, 0)

    def list_form(self, t, scope, depth):
        r, item = self.random, t[1]
        kind = r.choice(["+", "map", "map", "filter", "slice", "reversed", "sort", "keys", "values",
                         "split", "range", "sort_by"])
        xs = self.expr(t, scope, depth)
        if kind == "+":
            ys = self.expr(t, scope, min(depth, 1))
            return Node(f"({xs.text} + {ys.text})", lambda e: xs.value(e) + ys.value(e), 0)
        if kind == "map":
            of = self.any_type(1)
            source, x = self.expr(("list", of), scope, depth), self.fresh("x")
            body = self.stored(item, scope + [Variable(x, of, False)], min(depth, 2))
            return Node(f"{source.text}.map(|{x}| {body.text})",
                        lambda e: tuple(body.value({**e, x: v}) for v in source.value(e)), 0)
        if kind == "filter":
            x, body = self.predicate(item, scope, min(depth, 1))
            return Node(f"{xs.text}.filter(|{x}| {body.text})",
                        lambda e: tuple(v for v in xs.value(e) if body.value({**e, x: v})), 0)
        if kind == "slice":
            n = r.randint(0, 3)
            if self.chance(0.5):
                return Node(f"§rest_of({xs.text}, {n})", lambda e: xs.value(e)[n:], 0)
            return Node(f"§first_of({xs.text}, {n})", lambda e: xs.value(e)[:n], 0)
        if kind == "reversed":
            return Node(f"{xs.text}.reversed()", lambda e: xs.value(e)[::-1], 0)
        if kind == "sort" and item == INT:
            return Node(f"{xs.text}.sort()", lambda e: tuple(sorted(xs.value(e))), 0)
        if kind == "sort_by":
            x = self.fresh("x")
            by = self.stored(INT, scope + [Variable(x, item, False)], min(depth, 1))

            def ordered(e):
                return tuple(sorted(xs.value(e), key=lambda v: by.value({**e, x: v})))
            return Node(f"{xs.text}.sort_by(|{x}| {by.text})", ordered, 0)
        if kind == "keys" and item in (INT, STRING):
            m = self.expr(("map", item, self.plain_type()), scope, depth)
            return Node(f"{m.text}.keys()", lambda e: tuple(m.value(e)), 0)
        if kind == "values":
            m = self.expr(("map", STRING, item), scope, depth)
            return Node(f"{m.text}.values()", lambda e: tuple(m.value(e).values()), 0)
        if kind == "split" and item == STRING:
            s = self.expr(STRING, scope, depth)
            return Node(f'{s.text}.split("X")', lambda e: tuple(s.value(e).split("X")), 0)
        if kind == "range" and item == INT:
            a, n = r.randint(-3, 5), r.randint(0, 6)
            if self.chance(0.5):
                return Node(f"({a}..{a + n})", lambda e: tuple(range(a, a + n)), 0)
            return Node(f"({a}..={a + n})", lambda e: tuple(range(a, a + n + 1)), 0)
        return None

    def map_form(self, t, scope, depth):
        if t[1][0] == "tuple":
            return None
        return self.made(t, lambda p: self.stored(p, scope, depth))

    def option_form(self, t, scope, depth):
        kind = self.random.choice(["get", "get", "some", "key", "opened"])
        if kind == "get":
            xs, i = self.expr(("list", t[1]), scope, depth), self.expr(INT, scope, depth)

            def value(e):
                values, index = xs.value(e), i.value(e)
                return (values[index],) if 0 <= index < len(values) else None
            return Node(f"{xs.text}.get({i.text})", value, 0)
        if kind == "key":
            m, k = self.expr(("map", STRING, t[1]), scope, depth), self.expr(STRING, scope, depth)

            def found(e):
                values, key = m.value(e), k.value(e)
                return (values[key],) if key in values else None
            return Node(f"{m.text}.get({k.text})", found, 0)
        if kind == "opened":
            found = [(s, i) for s, fields in self.structs.items()
                     for i, (_, ft) in enumerate(fields) if ft == t[1]]
            if not found:
                return None
            struct, index = self.random.choice(found)
            base = self.expr(("option", ("struct", struct)), scope, depth)

            def inner(e):
                value = base.value(e)
                return None if value is None else (value[0][index],)
            return Node(f"{base.text}?.{self.structs[struct][index][0]}", inner, 0)
        return self.made(t, lambda p: self.stored(p, scope, depth))

    def with_form(self, t, scope, depth):
        fields = self.structs[t[1]]
        index = self.random.randrange(len(fields))
        base = self.expr(t, scope, depth)
        new = self.stored(fields[index][1], scope, depth)
        return Node(f"{base.text}.with({fields[index][0]}={new.text})",
                    lambda e: put(base.value(e), index, new.value(e)), 0)
