# SPDX-License-Identifier: Apache-2.0
"""Statements: lines, and a function that runs them on the names and values of a body."""
from .changes import Changes
from .expressions import Expressions
from .values import (BOOL, INT, JSON, STORED_MAX, STRING, Break, Continue, Node, Return, Stop,
                     Variable, divided, indented, put, type_text)


class Statements(Changes, Expressions):
    """Makes statements, and blocks of them."""

    # ---- statements: (lines, run) ---------------------------------------------------------

    def block(self, scope, depth, result, in_loop):
        """Statements in a scope of their own; what they declare ends with it."""
        scope, parts = list(scope), []
        for _ in range(self.random.randint(1, 4)):
            parts.append(self.statement(scope, depth, result, in_loop))
        lines = [line for text, _ in parts for line in text]

        def run(e):
            for _, part in parts:
                part(e)
        return lines, run

    def statement(self, scope, depth, result, in_loop):
        kinds = [self.declare, self.declare, self.assign, self.assign, self.assign, self.change,
                 self.call_changing, self.open_or_leave, self.deep_change, self.deep_change,
                 self.keep_closure, self.count_keys]
        if depth > 0:
            kinds += [self.if_statement, self.for_statement, self.while_statement,
                      self.try_statement, self.if_let_statement, self.match_statement,
                      self.while_let, self.arms_statement, self.for_parts]
        if result and self.chance(0.08):
            return self.leave(scope, result)
        if in_loop and self.chance(0.08):
            return self.jump(scope)
        found = None
        while not found:
            found = self.random.choice(kinds)(scope, depth, result, in_loop)
        return found

    def declare(self, scope, depth, result, in_loop):
        t = self.any_type(2)
        name, mutable = self.fresh("v"), self.chance(0.6)
        word = "var" if mutable else "let"
        if t[0] in ("list", "map", "option") and self.chance(0.3):
            text, empty = {"list": ("[]", ()), "map": ("[:]", {}), "option": ("none", None)}[t[0]]
            node = Node(text, lambda e: empty, 0)
            declared = f": {type_text(t)}"
        else:
            node = self.stored(t, scope, 3)
            declared = f": {type_text(t)}" if self.chance(0.2) else ""
        scope.append(Variable(name, t, mutable))

        def run(e):
            e[name] = node.value(e)
        if self.chance(0.15) and not self.loses_null(t):
            raw, of = self.fresh("v"), type_text(t)
            return [f"let {raw}: {of} = {node.text}",
                    f"{word} {name}: {of} = json({raw}).decode()"], run
        return [f"{word} {name}{declared} = {node.text}"], run

    def loses_null(self, t):
        """Whether json's null within an option would come back as none."""
        if t[0] == "struct":
            return any(self.loses_null(field) for _, field in self.structs[t[1]])
        if t[0] == "enum":
            return any(self.loses_null(part) for parts in self.enums[t[1]].values()
                       for _, part in parts)
        parts = [p for p in t[1:] if isinstance(p, tuple)]
        inside = [q for p in parts for q in (p if p and isinstance(p[0], tuple) else [p])]
        return (t[0] == "option" and inside[0] == JSON) or any(map(self.loses_null, inside))

    def assign(self, scope, depth, result, in_loop):
        targets = [v for v in scope if v.mutable]
        if not targets:
            return None
        v = self.random.choice(targets)
        if v.type == INT and self.chance(0.5):
            node = self.stored(INT, scope, 2)
            name = v.name

            def add(e):
                e[name] = (e[name] + node.value(e)) % 100_003
            return [f"{name} += {node.text}", f"{name} %= 100_003"], add
        if v.type == STRING and self.chance(0.5):
            return self.append(v, scope)
        node = self.stored(v.type, scope, 3)
        if v.type == STRING:
            node = Node(f"§start_of({node.text}, 40)",
                        lambda e, node=node: node.value(e)[:40], 0)
        elif v.type[0] == "list":
            node = Node(f"§first_of({node.text}, 12)",
                        lambda e, node=node: node.value(e)[:12], 0)

        def run(e):
            e[v.name] = node.value(e)
        return [f"{v.name} = {node.text}"], run

    def append(self, v, scope):
        node, name = self.stored(STRING, scope, 2), v.name

        def run(e):
            e[name] = (e[name] + node.value(e))[:40]
        return [f"{name} += {node.text}", f"{name} = {name}[..min(40, {name}.len())]"], run

    def change(self, scope, depth, result, in_loop):
        targets = [v for v in scope if v.mutable and v.type[0] in ("list", "map", "struct")]
        if not targets:
            return None
        v = self.random.choice(targets)
        name, t = v.name, v.type
        if t[0] == "struct":
            fields = self.structs[t[1]]
            index = self.random.randrange(len(fields))
            node = self.stored(fields[index][1], scope, 2)

            def set_field(e):
                new = node.value(e)
                e[name] = put(e[name], index, new)
            return [f"{name}.{fields[index][0]} = {node.text}"], set_field
        if t[0] == "map":
            key = self.constant(t[1])
            node = self.stored(t[2], scope, 2)

            def set_key(e):
                e[name] = {**e[name], key.value(e): node.value(e)}
            return [f"{name}[{key.text}] = {node.text}"], set_key
        node = self.stored(t[1], scope, 2)
        if self.chance(0.3):
            def grow(e):
                new = node.value(e)
                if len(e[name]) < 20:
                    e[name] = e[name] + (new,)
            return [f"{name}.grow_of({node.text})" if self.chance(0.5) and not self.is_split
                    else f"§grow_of({name}, {node.text})"], grow
        if self.chance(0.5):
            def push(e):
                if len(e[name]) < 20:
                    e[name] = e[name] + (node.value(e),)
            return [f"if {name}.len() < 20 {{ {name}.push({node.text}) }}"], push
        index = self.stored(INT, scope, 1)

        def set_item(e):
            if e[name]:
                at = index.value(e) % len(e[name])
                e[name] = put(e[name], at, node.value(e))
        return [f"if {name}.len() > 0 {{ {name}[{index.text} % {name}.len()] = {node.text} }}"], \
            set_item

    def if_statement(self, scope, depth, result, in_loop):
        c = self.expr(BOOL, scope, 2)
        a, run_a = self.block(scope, depth - 1, result, in_loop)
        b, run_b = self.block(scope, depth - 1, result, in_loop)
        with_else = self.chance(0.5)
        other = ["} else {", *indented(b)] if with_else else []
        lines = [f"if {c.text} {{", *indented(a), *other]

        def run(e):
            if c.value(e):
                run_a(e)
            elif with_else:
                run_b(e)
        return [*lines, "}"], run

    def for_statement(self, scope, depth, result, in_loop):
        item = self.any_type(1)
        over_map = self.chance(0.25)
        node = self.expr(("map", STRING, item) if over_map else ("list", item), scope, 2)
        x, k = self.fresh("i"), self.fresh("k")
        inside = scope + [Variable(x, item, False)]
        if over_map:
            inside.append(Variable(k, STRING, False))
        lines, body = self.block(inside, depth - 1, result, True)
        head = f"({k}, {x})" if over_map else x

        def run(e):
            values = node.value(e)
            pairs = list(values.items()) if over_map else [(None, v) for v in values]
            for key, value in pairs:
                e[x], e[k] = value, key
                try:
                    body(e)
                except Continue:
                    continue
                except Break:
                    break
        return [f"for {head} in {node.text} {{", *indented(lines), "}"], run

    def while_statement(self, scope, depth, result, in_loop):
        counter, limit = self.fresh("n"), self.random.randint(1, 5)
        c = self.expr(BOOL, scope, 2)
        lines, body = self.block(scope, depth - 1, result, True)

        def run(e):
            e[counter] = 0
            while e[counter] < limit and c.value(e):
                e[counter] += 1
                try:
                    body(e)
                except Continue:
                    continue
                except Break:
                    break
        return [f"var {counter} = 0", f"while {counter} < {limit} and {c.text} {{",
                f"    {counter} += 1", *indented(lines), "}"], run

    def try_statement(self, scope, depth, result, in_loop):
        lines, body = self.block(scope, depth - 1, result, in_loop)
        a, b = self.expr(INT, scope, 1), self.expr(INT, scope, 1)
        name, err = self.fresh("v"), self.fresh("err")
        other, handle = self.block(scope, depth - 1, result, in_loop)

        def run(e):
            try:
                divided(a.value(e), b.value(e), False)
                body(e)
            except Stop:
                handle(e)
        return ["try {", f"    let _{name} = {a.text} div {b.text}", *indented(lines),
                f"}} catch _{err} {{", *indented(other), "}"], run

    def if_let_statement(self, scope, depth, result, in_loop):
        item = self.any_type(1)
        if item[0] == "option":
            return None
        node, x = self.expr(("option", item), scope, 2), self.fresh("o")
        a, run_a = self.block(scope + [Variable(x, item, False)], depth - 1, result, in_loop)
        b, run_b = self.block(scope, depth - 1, result, in_loop)

        def run(e):
            found = node.value(e)
            if found is None:
                run_b(e)
            else:
                e[x] = found[0]
                run_a(e)
        return [f"if let {x} = {node.text} {{", *indented(a), "} else {", *indented(b), "}"], run

    def match_statement(self, scope, depth, result, in_loop):
        node = self.expr(INT, scope, 2)
        first, second = self.random.sample(range(-2, 6), 2)
        name = self.fresh("m")
        arms = [self.block(scope, 0, result, in_loop) for _ in range(2)]
        arms.append(self.block(scope + [Variable(name, INT, False)], 0, None, in_loop)
                    if node.bound <= STORED_MAX else self.block(scope, 0, None, in_loop))
        heads = [f"{first} | {second} => {{", f"{name} if {name} > 3 => {{", "_ => {"]
        lines = [f"match {node.text} {{"]
        order = [arms[0], arms[2], arms[1]]
        for head, (text, _) in zip(heads, order):
            lines += ["    " + head, *indented(indented(text)), "    }"]

        def run(e):
            value = node.value(e)
            if value in (first, second):
                order[0][1](e)
            elif value > 3:
                e[name] = value
                order[1][1](e)
            else:
                order[2][1](e)
        return [*lines, "}"], run

    def call_changing(self, scope, depth, result, in_loop):
        """Of a function that changes some of its arguments: variables, and fields of them."""
        f = self.random.choice([f for f in self.functions if f["changes"]] or [None])
        if not f:
            return None
        args, back, taken = [], [], set()
        for i, t in enumerate(f["params"]):
            if i not in f["changes"]:
                args.append(self.stored(t, [v for v in scope if not v.mutable], 1))
                continue
            places = [(v.name, None) for v in scope
                      if v.mutable and v.type == t and v.name not in taken]
            places += [(v.name, at) for v in scope
                       if v.mutable and v.type[0] == "struct" and v.name not in taken
                       for at, (_, of) in enumerate(self.structs[v.type[1]]) if of == t]
            if not places:
                return None
            args.append(self.changed_place(scope, *self.random.choice(places), back, i))
            taken.add(back[-1][1])
        name = self.fresh("v")
        scope.append(Variable(name, f["result"], False))

        def run(e):
            value, after = f["run"]([a.value(e) for a in args])
            for i, target, at in back:
                e[target] = after[i] if at is None else put(e[target], at, after[i])
            e[name] = value
        return [f"let {name} = {f['name']}({', '.join(a.text for a in args)})"], run

    def changed_place(self, scope, name, at, back, index):
        back.append((index, name, at))
        if at is None:
            return Node(name, lambda e: e[name], 0)
        struct = next(v.type[1] for v in scope if v.name == name)
        return Node(f"{name}.{self.structs[struct][at][0]}", lambda e: e[name][at], 0)

    def open_or_leave(self, scope, depth, result, in_loop):
        """`??` with what leaves."""
        t = self.any_type(1)
        if t[0] == "option" or not (result or in_loop):
            return None
        node, name = self.expr(("option", t), scope, 2), self.fresh("v")
        word = self.random.choice((["break", "continue"] if in_loop else [])
                                  + (["return"] if result else []))
        given = self.stored(result, scope, 1) if word == "return" else None

        def run(e):
            found = node.value(e)
            if found is None:
                if given:
                    raise Return(given.value(e))
                raise Break if word == "break" else Continue
            e[name] = found[0]
        scope.append(Variable(name, t, False))
        return [f"let {name} = {node.text} ?? {word}{' ' + given.text if given else ''}"], run

    def while_let(self, scope, depth, result, in_loop):
        """Goes down a list, as long as a pattern takes its first."""
        of, xs, names = self.any_type(1), self.fresh("v"), []
        node = self.stored(("list", of), scope, 2)
        p = self.pattern(of, 2, names)
        lines, body = self.block(scope + names, depth - 1, result, True)

        def run(e):
            e[xs] = node.value(e)
            while e[xs]:
                found = {}
                if not self.matched(p, e[xs][0], found):
                    break
                e.update(found)
                e[xs] = e[xs][1:]
                try:
                    body(e)
                except Continue:
                    continue
                except Break:
                    break
        return [f"var {xs}: [{type_text(of)}] = {node.text}",
                f"while let some({self.pattern_text(p)}) = {xs}.get(0) {{",
                f"    {xs} = {xs}[1..]", *indented(lines), "}"], run

    def arms_statement(self, scope, depth, result, in_loop):
        of = self.any_type(2)
        node, arms, lines = self.expr(of, scope, 2), [], []
        for _ in range(self.random.randint(1, 3)):
            names = []
            p = self.with_either(of, 3, names)
            guard = self.expr(BOOL, scope + names, 1) if self.chance(0.4) else None
            text, run = self.block(scope + names, 0, result, in_loop)
            arms.append((p, guard, run))
            lines += [f"    {self.pattern_text(p)}{' if ' + guard.text if guard else ''} => {{",
                      *indented(indented(text)), "    }"]

        def run_arms(e):
            x = node.value(e)
            for p, guard, run in arms:
                found = {}
                if self.matched(p, x, found) and (not guard or guard.value({**e, **found})):
                    e.update(found)
                    run(e)
                    return
        return [f"match {node.text} {{", *lines, "    _ => { }", "}"], run_arms

    def for_parts(self, scope, depth, result, in_loop):
        """A `for` that takes pairs apart."""
        a_type, b_type = self.any_type(1), self.any_type(1)
        a, b, i = self.fresh("a"), self.fresh("b"), self.fresh("i")
        node = self.expr(("list", ("tuple", (a_type, b_type))), scope, 2)
        inside = scope + [Variable(a, a_type, False), Variable(b, b_type, False),
                          Variable(i, INT, False)]
        lines, body = self.block(inside, depth - 1, result, True)

        def run(e):
            for at, (x, y) in enumerate(node.value(e)):
                e[i], e[a], e[b] = at, x, y
                try:
                    body(e)
                except Continue:
                    continue
                except Break:
                    break
        return [f"for ({i}, ({a}, {b})) in {node.text}.enumerate() {{", *indented(lines),
                "}"], run

    def leave(self, scope, result):
        c, node = self.expr(BOOL, scope, 2), self.stored(result, scope, 2)

        def run(e):
            if c.value(e):
                raise Return(node.value(e))
        return [f"if {c.text} {{ return {node.text} }}"], run

    def jump(self, scope):
        c, word = self.expr(BOOL, scope, 1), self.random.choice(["break", "continue"])

        def run(e):
            if c.value(e):
                raise Break if word == "break" else Continue
        return [f"if {c.text} {{ {word} }}"], run
