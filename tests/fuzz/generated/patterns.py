# SPDX-License-Identifier: Apache-2.0
"""Patterns to any depth, with guards: in `match`, `if let` and `while let`."""
from .values import BOOL, INT, STORED_MAX, STRING, Node, Variable, quoted

OUTCOMES = {"GoodOf": 1, "BadOf": 2}


class Patterns:
    """Mixed into Expressions.  A pattern is ("any",), ("name", NAME), ("literal", VALUE, TYPE),
    ("parts", WORD, PATTERNS, IS_TUPLE), ("case", NAME, PATTERNS), ("some", PATTERN), ("none",) or
    ("either", PATTERN, PATTERN)."""

    # ---- making them ------------------------------------------------------------------------

    def pattern(self, t, depth, names):
        """One for values of type `t`; `names` gets what it binds."""
        r, kind = self.random, t[0]
        if depth <= 0 or self.chance(0.25):
            return self.plain_pattern(t, names)
        if kind == "option":
            return ("none",) if self.chance(0.4) else \
                ("some", self.pattern(t[1], depth - 1, names))
        if kind in ("tuple", "named"):
            types = t[1] if kind == "tuple" else [of for _, of in t[1]]
            return ("parts", "", [self.pattern(p, depth - 1, names) for p in types])
        if kind == "struct":
            return ("parts", t[1], [self.pattern(p, depth - 1, names)
                                    for _, p in self.structs[t[1]]])
        if kind == "pair":
            return ("parts", "PairOf", [self.pattern(p, depth - 1, names) for p in t[1:]])
        if kind == "enum":
            case = r.choice(list(self.enums[t[1]]))
            return ("case", case, [self.pattern(p, depth - 1, names)
                                   for _, p in self.enums[t[1]][case]])
        if kind == "outcome":
            case = r.choice(["GoodOf", "BadOf", "LostOf"])
            return ("case", case, [self.pattern(t[OUTCOMES[case]], depth - 1, names)]
                    if case in OUTCOMES else [])
        return self.plain_pattern(t, names)

    def plain_pattern(self, t, names):
        kind = self.random.choice(["any", "name", "literal", "literal"])
        if kind == "literal" and t in (INT, BOOL, STRING):
            return ("literal", self.pattern_value(t), t)
        if kind == "any":
            return ("any",)
        name = self.fresh("m")
        names.append(Variable(name, t, False))
        return ("name", name)

    def pattern_value(self, t):
        r = self.random
        if t == INT:
            return r.choice([0, 1, 2, 3, -1, 7])
        return self.chance(0.5) if t == BOOL else r.choice(["", "a", "é", "X-"])

    def varied(self, p):
        """The same with other literals, so that it binds the same names."""
        if p[0] == "literal":
            return ("literal", self.pattern_value(p[2]), p[2])
        if p[0] in ("parts", "case"):
            return (p[0], p[1], [self.varied(part) for part in p[2]])
        return ("some", self.varied(p[1])) if p[0] == "some" else p

    def with_either(self, t, depth, names):
        p = self.pattern(t, depth, names)
        return ("either", p, self.varied(p)) if self.chance(0.25) else p

    # ---- what they are ----------------------------------------------------------------------

    def pattern_text(self, p):
        kind = p[0]
        if kind == "literal":
            value, t = p[1], p[2]
            return quoted(value) if t == STRING else str(value).lower()
        if kind == "parts":
            return f"{p[1]}({', '.join(self.pattern_text(part) for part in p[2])})"
        if kind == "case":
            inside = ", ".join(self.pattern_text(part) for part in p[2])
            return f"{p[1]}({inside})" if p[2] else p[1]
        if kind == "some":
            return f"some({self.pattern_text(p[1])})"
        if kind == "either":
            return f"{self.pattern_text(p[1])} | {self.pattern_text(p[2])}"
        return {"any": "_", "none": "none", "name": p[-1]}[kind]

    def matched(self, p, value, found):
        """Whether the pattern takes the value; `found` gets its names."""
        kind = p[0]
        if kind == "name":
            found[p[1]] = value
        if kind in ("any", "name"):
            return True
        if kind == "literal":
            return value == p[1]
        if kind == "none":
            return value is None
        if kind == "some":
            return value is not None and self.matched(p[1], value[0], found)
        if kind == "either":
            return self.matched(p[1], value, found) or self.matched(p[2], value, found)
        if kind == "case":
            if value[0] != p[1]:
                return False
            value = value[1]
        return all(self.matched(part, v, found) for part, v in zip(p[2], value))

    # ---- forms ------------------------------------------------------------------------------

    def arms_form(self, t, scope, depth):
        """A match with nested patterns and guards; the last arm takes everything."""
        of = self.any_type(2)
        subject = self.expr(of, scope, depth)
        arms, texts = [], []
        for _ in range(self.random.randint(1, 3)):
            names = []
            p = self.with_either(of, 3, names)
            inside = scope + names
            guard = self.expr(BOOL, inside, 1) if self.chance(0.4) else None
            node = self.stored(t, inside, min(depth, 1))
            arms.append((p, guard, node))
            texts.append(f"{self.pattern_text(p)}{' if ' + guard.text if guard else ''}"
                         f" => {node.text}")
        last = self.stored(t, scope, min(depth, 1))
        texts.append(f"_ => {last.text}")

        def value(e):
            x = subject.value(e)
            for p, guard, node in arms:
                found = {}
                if self.matched(p, x, found) and (not guard or guard.value({**e, **found})):
                    return node.value({**e, **found})
            return last.value(e)
        return Node(f"(match {subject.text} {{ " + ", ".join(texts) + " })", value, STORED_MAX)

    def let_form(self, t, scope, depth):
        """`if let` with a pattern that may not match."""
        of = self.any_type(2)
        if of[0] not in ("option", "enum", "outcome"):
            of = ("option", of if of[0] != "option" else INT)
        subject, names = self.expr(of, scope, depth), []
        p = self.refutable(of, names)
        node = self.stored(t, scope + names, min(depth, 1))
        other = self.stored(t, scope, min(depth, 1))

        def value(e):
            x, found = subject.value(e), {}
            return node.value({**e, **found}) if self.matched(p, x, found) else other.value(e)
        return Node(f"(if let {self.pattern_text(p)} = {subject.text} {{ {node.text} }} else "
                    f"{{ {other.text} }})", value, STORED_MAX)

    def refutable(self, t, names):
        if t[0] == "option":
            return ("some", self.pattern(t[1], 2, names))
        while True:
            del names[:]
            p = self.pattern(t, 3, names)
            if p[0] == "case":
                return p
