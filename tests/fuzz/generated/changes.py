# SPDX-License-Identifier: Apache-2.0
"""Changes deep inside of variables, and closures that keep what was there before."""
from .values import INT, STORED_MAX, STRING, Node, Stop, Variable, put, type_text


class Changes:
    """Mixed into Statements."""

    # ---- the ways into a value ----------------------------------------------------------------

    def parts_of(self, t):
        """(what is written behind it, type, reads, writes) of what is inside of a `t`.  Reading
        stops where nothing is there."""
        kind = t[0]
        if kind in ("struct", "named", "pair", "stack"):
            fields = {"struct": lambda: self.structs[t[1]], "named": lambda: t[1],
                      "pair": lambda: [("first", t[1]), ("second", t[2])],
                      "stack": lambda: [("items", ("list", t[1])), ("note", STRING)]}[kind]()
            return [(f".{name}", of, lambda v, at=at: v[at],
                     lambda v, new, at=at: put(v, at, new))
                    for at, (name, of) in enumerate(fields)]
        if kind == "list":
            at = self.random.randint(0, 1)
            return [(f"[{at}]", t[1], lambda v: self.there(v, at),
                     lambda v, new: put(v, at, new))]
        if kind == "map" and t[2][0] in ("list", "struct", "named", "pair"):
            key = self.constant(t[1])
            k = key.value({})
            return [(f"[{key.text}]", t[2], lambda v: self.there_in(v, k),
                     lambda v, new: {**v, k: new})]
        return []

    @staticmethod
    def there(values, at):
        if at >= len(values):
            raise Stop
        return values[at]

    @staticmethod
    def there_in(values, key):
        if key not in values:
            raise Stop
        return values[key]

    def deep_change(self, scope, depth, result, in_loop):
        """Of a part of a part of a variable; where there is none, what is done instead."""
        targets = [v for v in scope if v.mutable and self.parts_of(v.type)]
        if not targets:
            return None
        v = self.random.choice(targets)
        text, t, ways, is_key = v.name, v.type, [], False
        while True:
            parts = self.parts_of(t)
            if not parts or (ways and not is_key and self.chance(0.25)):
                break
            is_key = t[0] == "map"      # assigning to one that is not there would put it there
            suffix, t, get, set_part = self.random.choice(parts)
            text += suffix
            ways.append((get, set_part))
        line, change = self.operation(text, t, [w for w in scope if w.name != v.name])

        def written(value, rest, e):
            if not rest:
                return change(value, e)
            get, set_part = rest[0]
            return set_part(value, written(get(value), rest[1:], e))

        def run(e):
            try:
                e[v.name] = written(e[v.name], ways, e)
            except Stop:
                pass
        return [f"try {{ {line} }} catch _{self.fresh('err')} {{ }}"], run

    def operation(self, text, t, scope):
        """(the line that changes a place of type `t`, what it makes of the value)."""
        kind = t[0]
        if kind == "list" and self.chance(0.7):
            return self.list_operation(text, t, scope)
        if kind == "map" and self.chance(0.6):
            key = self.constant(t[1])
            k = key.value({})
            if self.chance(0.4):
                return f"{text}.remove({key.text})", self.removed(k)
            node = self.stored(t[2], scope, 2)
            return f"{text}[{key.text}] = {node.text}", lambda v, e: {**v, k: node.value(e)}
        if kind == "option" and self.chance(0.5):
            inside = self.stored(t[1], scope, 2)
            return f"{text} ??= {inside.text}", \
                lambda v, e: v if v is not None else (inside.value(e),)
        if kind == "map" and t[2][0] != "option":
            key = self.constant(t[1])
            k, other = key.value({}), self.stored(t[2], scope, 2)
            return f"{text}[{key.text}] ??= {other.text}", \
                lambda v, e: v if k in v else {**v, k: other.value(e)}
        node = self.stored(t, scope, 2)
        if t == INT and self.chance(0.5):
            return f"{text} = ({text} - {node.text}) % 100_003", \
                lambda v, e: (v - node.value(e)) % 100_003
        if t == STRING:
            return f"{text} = §start_of({text} + {node.text}, 40)", \
                lambda v, e: (v + node.value(e))[:40]
        return f"{text} = {node.text}", lambda v, e: node.value(e)

    def count_keys(self, scope, depth, result, in_loop):
        """Counts, which is looked up once."""
        targets = [v for v in scope if v.mutable and v.type[0] == "map" and v.type[2] == INT]
        if not targets:
            return None
        v, key = self.random.choice(targets), self.fresh("key")
        xs = self.expr(("list", v.type[1]), [w for w in scope if w != v], 2)
        inside = [w for w in scope if w != v] + [Variable(key, v.type[1], False)]
        step, first = self.stored(INT, inside, 1), self.random.randint(0, 3)
        form = self.random.choice(["get", "set", "in", "add"])
        name = v.name
        lines = {"get": [f"{name}[{key}] = ({name}.get({key}) ?? {first}) + {step.text}"],
                 "set": [f"{name}[{key}] ??= {first}", f"{name}[{key}] += {step.text}"],
                 "in": [f"if {key} not in {name} {{ {name}[{key}] = {first} }}",
                        f"{name}[{key}] = {name}[{key}] + {step.text}"],
                 "add": [f"if {key} in {name} {{ {name}[{key}] += {step.text} }}"]}[form]

        def run(e):
            for k in xs.value(e):
                if form == "add" and k not in e[name]:
                    continue
                before = e[name].get(k, first)
                e[name] = {**e[name], k: before + step.value({**e, key: k})}
                if abs(before) > STORED_MAX:
                    raise TimeoutError
        return [f"for {key} in {xs.text} {{", *["    " + line for line in lines], "}"], run

    @staticmethod
    def removed(key):
        def remove(value, _e):
            if key not in value:
                return value
            return {k: v for k, v in value.items() if k != key}
        return remove

    def list_operation(self, text, t, scope):
        kind = self.random.choice(["push", "pop", "insert", "remove_at", "extend", "cut", "item"])
        node = self.stored(t[1], scope, 2)

        def small(value):
            if len(value) > 40:
                raise TimeoutError
            return value
        if kind == "push":
            return f"{text}.push({node.text})", lambda v, e: small(v + (node.value(e),))
        if kind == "pop":
            return f"let _{self.fresh('last')} = {text}.pop()", lambda v, e: v[:-1]
        if kind == "insert":
            return f"{text}.insert(0, {node.text})", lambda v, e: small((node.value(e),) + v)
        if kind == "remove_at":
            def without(v, e):
                self.there(v, 1)
                return v[:1] + v[2:]
            return f"let _{self.fresh('last')} = {text}.remove_at(1)", without
        if kind == "extend":
            xs = self.expr(t, scope, 1)
            return f"{text}.extend({xs.text})", lambda v, e: small(v + xs.value(e))
        if kind == "cut":
            return f"{text} = §first_of({text}, 3)", lambda v, e: v[:3]

        def set_item(v, e):
            new = node.value(e)
            self.there(v, 0)
            return put(v, 0, new)
        return f"{text}[0] = {node.text}", set_item

    # ---- closures that are kept -----------------------------------------------------------------

    def keep_closure(self, scope, depth, result, in_loop):
        """A closure over what is there by now, which later statements may change."""
        takes, gives = self.plain_type(), self.any_type(1)
        f, x = self.fresh("f"), self.fresh("x")
        seen = [v._replace(mutable=False) for v in scope]
        body = self.stored(gives, seen + [Variable(x, takes, False)], 2)
        scope.append(Variable(f, ("fn", (takes,), gives), False))

        def run(e):
            before = dict(e)
            e[f] = lambda value: body.value({**before, x: value})
        return [f"let {f} = |{x}: {type_text(takes)}| {body.text}"], run

    def call_kept(self, t, scope, depth):
        known = [v for v in scope if v.type[0] == "fn" and v.type[2] == t]
        if not known:
            return None
        f = self.random.choice(known)
        arg = self.stored(f.type[1][0], scope, min(depth, 1))
        return Node(f"{f.name}({arg.text})", lambda e: e[f.name](arg.value(e)), STORED_MAX)
