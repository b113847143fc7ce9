# SPDX-License-Identifier: Apache-2.0
"""Closures as values, generic functions with abilities, trees, and what opens an option."""
from .values import (BOOL, FLOAT, INT, STORED_MAX, STRING, Node, Variable, type_text)

# Beside GENERIC in program.py: what takes, holds and gives functions.
CALLABLES = """struct HolderOf[T, U] { run: fn(T) -> U, name: string = "held" }
enum TreeOf[T] { TipOf, ForkOf(left: TreeOf[T]?, value: T, right: TreeOf[T]?) }
struct ChainOf[T] { value: T, after: ChainOf[T]?, more: [ChainOf[T]] = [] }

fn hold_of[T, U](f: fn(T) -> U) -> HolderOf[T, U] { HolderOf(f) }

fn constant_of[T, U](x: U, _like: T) -> fn(T) -> U { |_y| x }

fn compose_of[T, U, V](f: fn(T) -> U, g: fn(U) -> V) -> fn(T) -> V { |x| g(f(x)) }

fn plant_of[T: ordered](tree: TreeOf[T], x: T) -> TreeOf[T] {
    match tree {
        TipOf => ForkOf(none, x, none)
        ForkOf(left, value, right) if x < value => ForkOf(plant_of(left ?? TipOf, x), value, right)
        ForkOf(left, value, right) => ForkOf(left, value, plant_of(right ?? TipOf, x))
    }
}

fn walk_of[T](tree: TreeOf[T], var found: [T]) {
    if let ForkOf(left, value, right) = tree {
        if let some(l) = some(left) { walk_of(l ?? TipOf, found) }
        found.push(value)
        walk_of(right ?? TipOf, found)
    }
}

fn ordered_of[T: ordered](xs: [T]) -> [T] {
    var tree: TreeOf[T] = TipOf
    for x in xs { tree = plant_of(tree, x) }
    var found: [T] = []
    walk_of(tree, found)
    found
}

fn chain_of[T](xs: [T]) -> ChainOf[T]? {
    var chain: ChainOf[T]? = none
    for x in xs.reversed() { chain = ChainOf(x, chain) }
    chain
}

fn unchain_of[T](chain: ChainOf[T]?) -> [T] {
    var found: [T] = []
    var rest = chain
    while let link = rest {
        found.push(link.value)
        rest = link.after
    }
    found
}

fn total_of[N: number](xs: [N], first: N) -> N {
    var all = first
    for x in xs { all += x }
    all
}

fn spread_of[T: ordered](xs: [T]) -> (least: T, most: T)? {
    let first = xs.get(0) ?? return none
    var both = (least=first, most=first)
    for x in xs {
        both.least = min(both.least, x)
        both.most = max(both.most, x)
    }
    both
}

fn index_by_of[T, K: key](xs: [T], by: fn(T) -> K) -> [K: [int]] {
    var places: [K: [int]] = [:]
    for (i, x) in xs.enumerate() {
        let k = by(x)
        var there = places.get(k) ?? []
        there.push(i)
        places[k] = there
    }
    places
}

fn exchange_of[T](var a: T, var b: T) {
    let old = a
    a = b
    b = old
}

fn update_of[T, U](extra: U, var xs: [T], change: fn(T, U) -> T) -> int {
    for i in 0..xs.len() { xs[i] = change(xs[i], extra) }
    xs.len()
}
"""


class Callables:
    """Forms that may find that they do not apply; mixed into Expressions."""

    def callable_forms(self, t):
        forms = [self.list_of_closures, self.held_form, self.made_closure, self.tree_form,
                 self.ability_form, self.optional_call, self.destructured, self.shadow_form]
        return forms + [self.call_kept] * 3 + [self.arms_form, self.arms_form, self.let_form]

    def typed_closure(self, takes, gives, scope, depth):
        x = self.fresh("x")
        body = self.stored(gives, scope + [Variable(x, takes, False)], min(depth, 1))
        return x, body, f"|{x}: {type_text(takes)}| {body.text}"

    def list_of_closures(self, t, scope, depth):
        takes = self.plain_type()
        made = [self.typed_closure(takes, t, scope, depth) for _ in range(2)]
        which, arg = self.random.randint(0, 1), self.stored(takes, scope, depth)
        name = self.fresh("fs")
        x, body, _ = made[which]
        text = (f"(if true {{ let {name} = [{made[0][2]}, {made[1][2]}]\n"
                f" {name}[{which}]({arg.text}) }} else {{ {self.constant(t).text} }})")
        return Node(text, lambda e: body.value({**e, x: arg.value(e)}), STORED_MAX)

    def held_form(self, t, scope, depth):
        takes = self.any_type(1)
        x, body, text = self.typed_closure(takes, t, scope, depth)
        arg = self.stored(takes, scope, depth)
        held = self.random.choice([f"§HolderOf({text})", f"§hold_of({text})",
                                   f'§HolderOf(run={text}, name="own")'])
        return Node(f"({held}.run)({arg.text})",
                    lambda e: body.value({**e, x: arg.value(e)}), STORED_MAX)

    def made_closure(self, t, scope, depth):
        """A closure that a function gives, perhaps of others."""
        takes, between = self.any_type(1), self.any_type(1)
        arg = self.stored(takes, scope, depth)
        if self.chance(0.4):
            x = self.stored(t, scope, depth)
            return Node(f"(§constant_of({x.text}, {arg.text}))({arg.text})", x.value, STORED_MAX)
        x, first, one = self.typed_closure(takes, between, scope, depth)
        y, second, other = self.typed_closure(between, t, scope, depth)

        def value(e):
            return second.value({**e, y: first.value({**e, x: arg.value(e)})})
        return Node(f"(§compose_of({one}, {other}))({arg.text})", value, STORED_MAX)

    def tree_form(self, t, scope, depth):
        if t[0] != "list":
            return None
        xs = self.expr(t, scope, depth)
        if t[1] in (INT, STRING):
            key = (lambda v: v.encode()) if t[1] == STRING else (lambda v: v)
            return Node(f"§ordered_of({xs.text})",
                        lambda e: tuple(sorted(xs.value(e), key=key)), 0)
        return Node(f"§unchain_of(§chain_of({xs.text}))", xs.value, 0)

    def ability_form(self, t, scope, depth):
        if t in (INT, FLOAT):
            xs, first = self.expr(("list", t), scope, depth), self.stored(t, scope, 1)

            def total(e):
                values, result = xs.value(e), first.value(e)
                for v in values:
                    result += v
                return result
            return Node(f"§total_of({xs.text}, {first.text})", total, STORED_MAX * 1000)
        if t[0] == "map" and t[2] == ("list", INT):
            of = self.any_type(1)
            xs = self.expr(("list", of), scope, depth)
            x, body = self.closure(of, t[1], scope, depth)

            def indexed(e):
                found = {}
                for i, v in enumerate(xs.value(e)):
                    found.setdefault(body.value({**e, x: v}), []).append(i)
                return {k: tuple(v) for k, v in found.items()}
            return Node(f"§index_by_of({xs.text}, |{x}| {body.text})", indexed, 0)
        if t == ("option", INT):
            xs = self.expr(("list", INT), scope, depth)
            part = self.random.choice(["least", "most"])
            run = min if part == "least" else max
            return Node(f"§spread_of({xs.text})?.{part}",
                        lambda e: (run(xs.value(e)),) if xs.value(e) else None, 0)
        return None

    def optional_call(self, t, scope, depth):
        """`x?.f(y)`, of the functions that the program has."""
        if t[0] != "option":
            return None
        known = [f for f in self.functions if f["result"] == t[1] and f["params"]
                 and f["params"][0][0] != "option" and not f["changes"]]
        if not known:
            return None
        f = self.random.choice(known)
        maybe = self.expr(("option", f["params"][0]), scope, depth)
        args = [self.stored(p, scope, min(depth, 1)) for p in f["params"][1:]]

        def value(e):
            found = maybe.value(e)
            return None if found is None else \
                (f["run"]([found[0]] + [a.value(e) for a in args])[0],)
        return Node(f"{maybe.text}?.{f['name']}({', '.join(a.text for a in args)})", value, 0)

    def destructured(self, t, scope, depth):
        a_type, b_type = self.any_type(1), self.any_type(1)
        a, b = self.fresh("a"), self.fresh("b")
        inside = scope + [Variable(a, a_type, False), Variable(b, b_type, False)]
        whole = self.stored(("tuple", (a_type, ("tuple", (b_type, INT)))), scope, depth)
        body = self.stored(t, inside, min(depth, 2))

        def value(e):
            x, (y, _) = whole.value(e)
            return body.value({**e, a: x, b: y})
        if self.chance(0.5):
            text = (f"(if true {{ let ({a}, ({b}, _)) = {whole.text}\n {body.text} }}"
                    f" else {{ {self.constant(t).text} }})")
            return Node(text, value, body.bound)
        if t[0] == "option":
            return None
        other = self.constant(t)
        text = f"([{whole.text}].map(|({a}, ({b}, _))| {body.text}).first() ?? {other.text})"
        return Node(text, value, STORED_MAX)

    def shadow_form(self, t, scope, depth):
        """A closure within a closure: both see what stands around them."""
        takes = self.plain_type()
        x, y = self.fresh("x"), self.fresh("y")
        inside = scope + [Variable(x, takes, False), Variable(y, BOOL, False)]
        body = self.stored(t, inside, min(depth, 2))
        arg, flag = self.stored(takes, scope, depth), self.expr(BOOL, scope, 0)
        f, g = self.fresh("f"), self.fresh("g")
        text = (f"(if true {{ let {f} = |{x}: {type_text(takes)}| {{\n"
                f"    let {g} = |{y}: bool| {{ {body.text} }}\n    {g}({flag.text})\n}}\n"
                f" {f}({arg.text}) }} else {{ {self.constant(t).text} }})")
        return Node(text, lambda e: body.value({**e, x: arg.value(e), y: flag.value(e)}),
                    STORED_MAX)
