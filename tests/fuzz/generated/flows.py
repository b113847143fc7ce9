# SPDX-License-Identifier: Apache-2.0
"""Steps: one after the other, side by side, in loops, and with what fails and is caught."""
from .values import BOOL, INT, STRING, Variable, indented, type_text

STEPS = 4
ANNOTATIONS = ["@resources(cpu=2)", "@retry(times=1)", "@timeout(5min)", "@resources(memory=512MB)",
               '@environment(PLACE="here")']


class Flows:
    """Mixed into Program.  Each part continues the step that is open, and opens the next."""

    def kept(self, scope, e, count):
        lines = []
        for _ in range(count):
            t, name = self.any_type(2), self.fresh("kept")
            node = self.stored(t, scope, 3)
            e[name] = node.value(e)
            scope.append(Variable(name, t, False))
            lines.append(f"keep {name} = {node.text}")
        return lines

    @staticmethod
    def plain(_scope, _e, following):
        return [f"    next {following}", "}", ""]

    def taken_over(self, scope, e):
        """What was kept before, changed by a later step."""
        known = [v for v in scope if (v.type in (INT, STRING) or v.type[0] == "list")
                 and v.name.startswith("kept")]
        if not known or self.chance(0.5):
            return []
        v = self.random.choice(known)
        lines, change = self.change_of(v, [w for w in scope if w != v])
        change(e)
        return [f"keep {v.name}", *lines]

    def change_of(self, v, scope):
        name = v.name
        if v.type in (INT, STRING):
            node = self.stored(v.type, scope, 2)

            def add(e):
                e[name] = e[name] + node.value(e)
                if v.type == STRING:
                    e[name] = e[name][:40]
                else:
                    e[name] %= 100_003
            text = f"{name} = §start_of({name}, 40)" if v.type == STRING else f"{name} %= 100_003"
            return [f"{name} += {node.text}", text], add
        node = self.stored(v.type[1], scope, 2)

        def push(e):
            if len(e[name]) < 20:
                e[name] = e[name] + (node.value(e),)
        return [f"if {name}.len() < 20 {{ {name}.push({node.text}) }}"], push

    def looped(self, scope, e, following):
        """A step that comes back to itself."""
        work, n, total = self.fresh("again"), self.fresh("kept"), self.fresh("kept")
        t = self.random.choice([INT, STRING, ("list", self.any_type(1))])
        first, times = self.stored(t, scope, 2), self.random.randint(1, 3)
        e[n], e[total] = 0, first.value(e)
        v = Variable(total, t, False)
        lines, change = self.change_of(v, scope)
        for _ in range(times):
            change(e)
        e[n] = times
        scope.append(v)
        ready = self.fresh("ready")
        return [f"    keep {n} = 0", f"    keep {total} = {first.text}", f"    next {work}", "}",
                "", f"step {work} {{", f"    keep {n}", f"    keep {total}", *indented(lines),
                f"    {n} += 1",
                f"    if {n} < {times} {{ next {work} }} else {{ next {ready} }}", "}", "",
                f"step {ready} {{", f"    next {following}", "}", ""]

    def nested_split(self, scope, e, following):
        """A foreach in a foreach, whose items are pairs that are taken apart."""
        outer, inner, low, high = (self.fresh(s) for s in ("outer", "inner", "low", "high"))
        a_type, b_type, c_type = (self.any_type(1) for _ in range(3))
        a, b, c, made, all_of, last = (self.fresh(s) for s in "abcmnk")
        pairs = self.stored(("list", ("tuple", (a_type, b_type))), scope, 2)
        inside = scope + [Variable(a, a_type, False), Variable(b, b_type, False)]
        second = self.stored(("list", c_type), inside, 2)
        result = self.any_type(1)
        node = self.stored(result, inside + [Variable(c, c_type, False)], 2)
        e[last] = tuple(
            tuple(node.value({**e, a: x, b: y, c: z})
                  for z in second.value({**e, a: x, b: y})[:3])
            for x, y in pairs.value(e)[:3])
        scope.append(Variable(last, ("list", ("list", result)), False))
        return [f"    next {outer} foreach §first_of({pairs.text}, 3)", "}", "",
                f"step {outer}({a}: {type_text(a_type)}, {b}: {type_text(b_type)}) {{",
                f"    next {inner} foreach §first_of({second.text}, 3)", "}", "",
                f"step {inner}({c}: {type_text(c_type)}) {{", f"    keep {made} = {node.text}",
                f"    next {low}", "}", "",
                f"join {low}(all: [{inner}]) {{",
                f"    keep {all_of} = all.map(|one| one.{made})", f"    next {high}", "}", "",
                f"join {high}(all: [{low}]) {{",
                f"    keep {last} = all.map(|one| one.{all_of})", f"    next {following}", "}", ""]

    def caught(self, scope, e, following):
        """A step that fails for some of its items."""
        work, join, item, name, all_of = (self.fresh(s) for s in
                                          ("risky", "gather", "item", "kept", "kept"))
        t = self.any_type(1)
        if t[0] == "option":
            t = INT
        inside = scope + [Variable(item, INT, False)]
        c, node = self.expr(BOOL, inside, 2), self.stored(t, inside, 2)
        e[all_of] = tuple(None if c.value({**e, item: i}) else (node.value({**e, item: i}),)
                          for i in range(4))
        scope.append(Variable(all_of, ("list", ("option", t)), False))
        why = self.fresh("why")
        e[why] = tuple("failed" if v is None else "fine" for v in e[all_of])
        scope.append(Variable(why, ("list", STRING), False))
        return [f"    next {work} foreach 0..4", "}", "", "@catch(trouble)",
                f"step {work}({item}: int) {{", f'    if {c.text} {{ fail "failed" }}',
                f"    keep {name} = {node.text}", f"    next {join}", "}", "",
                f"join {join}(all: [{work}]) {{",
                f"    keep {all_of} = all.map(|one| one.{name})",
                f'    keep {why} = all.map(|one| one.trouble?.message ?? "fine")',
                f"    next {following}", "}", ""]

    def either_join(self, scope, e, following):
        """Branches that end in one of two steps."""
        work, good, poor, join, item = (self.fresh(s) for s in
                                        ("sort", "good", "poor", "gather", "item"))
        t, name, all_of = self.any_type(1), self.fresh("kept"), self.fresh("kept")
        inside = scope + [Variable(item, INT, False)]
        c = self.expr(BOOL, inside, 2)
        a, b = self.stored(t, inside, 2), self.stored(t, inside, 2)
        e[all_of] = tuple((i, (a if c.value({**e, item: i}) else b).value({**e, item: i}))
                          for i in range(3))
        scope.append(Variable(all_of, ("list", ("tuple", (INT, t))), False))
        lines = [f"    next {work} foreach 0..3", "}", "", f"step {work}({item}: int) {{",
                 f"    if {c.text} {{ next {good} }} else {{ next {poor} }}", "}", ""]
        for step, node in ((good, a), (poor, b)):
            lines += [f"step {step} {{", f"    keep {name} = {node.text}", f"    next {join}",
                      "}", ""]
        return [*lines, f"join {join}(all: [{good} | {poor}]) {{",
                f"    keep {all_of} = all.map(|one| (one.{item}, one.{name}))",
                f"    next {following}", "}", ""]

    def split(self, scope, e, following):
        """A foreach and its join."""
        item_type = self.any_type(1)
        items = self.stored(("list", item_type), scope, 2)
        values = items.value(e)[:8]
        work, join, item = self.fresh("work"), self.fresh("gather"), self.fresh("item")
        result, name, all_of = self.any_type(1), self.fresh("kept"), self.fresh("kept")
        node = self.stored(result, scope + [Variable(item, item_type, False)], 3)
        e[all_of] = tuple(node.value({**e, item: v}) for v in values)
        lines = [f"    next {work} foreach §first_of({items.text}, 8)", "}", "",
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

    def ways_on(self):
        parts = [self.plain, self.condition, self.looped, self.through_file]
        if self.is_alone:
            return parts
        parts += [self.split, self.split, self.nested_split, self.branches, self.caught,
                  self.either_join]
        return parts + self.outside * self.is_foreign

    def flow(self):
        scope, e, lines = [], {}, ["step start {"]
        for _ in range(2):
            v, value = self.add_param()
            scope.append(v)
            e[v.name] = value
        lines += indented(self.kept(scope, e, 3))
        for _ in range(min(STEPS, self.size)):
            following = self.fresh("step")
            part = self.random.choice(self.ways_on())
            lines += part(scope, e, following)
            if self.chance(0.3):
                lines.append(self.random.choice(ANNOTATIONS))
            lines += [f"step {following} {{", *indented(self.taken_over(scope, e)),
                      *indented(self.kept(scope, e, 1))]
        lines += ["    next end", "}", "", "step end {"]
        for v in scope:
            lines.append(f"    print({v.name})")
            self.printed.append(self.shown.text(v.type, e[v.name]))
        return lines + indented(self.calls()) + indented(self.kernel_calls()) + ["}"]
