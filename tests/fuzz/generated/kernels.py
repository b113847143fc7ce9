# SPDX-License-Identifier: Apache-2.0
"""Functions of loops that change numbers and lists in place, and fail wherever they may.

Here nothing is guarded: an index, a sum or a shift fails when the numbers say so, in the midst of
loops, and what was assigned before has to be there afterwards."""
from .numbers import (counted, divided_float, float_result, int_of, int_result, item_of, modulo,
                      power, rounded, shifted, slice_of, whole_division)
from .values import (BOOL, FLOAT, INT, MATRIX, Break, Continue, Node, Return, Stop, Variable,
                     indented, put, type_text)

INTS, FLOATS, BOOLS = ("list", INT), ("list", FLOAT), ("list", BOOL)
ROWS, STATE = ("list", INTS), ("struct", "StateOf")
STATE_FIELDS = [("items", INTS), ("count", INT), ("rows", ROWS), ("levels", FLOATS),
                ("level", FLOAT)]
STATE_TEXT = "struct StateOf { items: [int], count: int, rows: [[int]], levels: [float]," \
             " level: float }\n"
TYPES = [INT, INT, FLOAT, INTS, INTS, INTS, FLOATS, BOOLS, ROWS, ROWS, MATRIX, STATE]
LARGE = [2 ** 63 - 1, 2 ** 62, 2 ** 32, 10 ** 18, 2 ** 31 - 1]
FUEL, LENGTH_MAX = 3000, 40


class Place:
    """A variable or a part of one: the steps that lead there are fields, items and elements of a
    matrix."""

    def __init__(self, name, path, text):
        self.name, self.path, self.text = name, path, text

    def steps(self, e):
        """Where it is by now."""
        return [(kind, at if kind == "field" else tuple(node.value(e) for node in at))
                for kind, at in self.path]

    def read(self, e, steps):
        value = e[self.name]
        for kind, at in steps:
            value = inner(value, kind, at)
        return value

    def now(self, e):
        """Its value, read part by part: an index is found where that before it is there."""
        value = e[self.name]
        for kind, at in self.path:
            value = inner(value, kind, at if kind == "field" else
                          tuple(node.value(e) for node in at))
        return value

    def write(self, e, steps, new):
        e[self.name] = changed(e[self.name], steps, new)


def inner(value, kind, at):
    if kind == "field":
        return value[at]
    if kind == "item":
        return item_of(value, at[0])
    row, column = at
    width = len(value[0]) if value else 0
    if not 0 <= row < len(value):
        raise Stop(f"row {row} is out of range: the matrix has {matrix_size(value)}")
    if not 0 <= column < width:
        raise Stop(f"column {column} is out of range: the matrix has {matrix_size(value)}")
    return value[row][column]


def matrix_size(value):
    return f"{counted(len(value), 'row')} and {counted(len(value[0]), 'column')}"


def changed(value, steps, new):
    if not steps:
        return new
    kind, at = steps[0]
    below = changed(inner(value, kind, at), steps[1:], new)
    if kind == "field":
        return put(value, at, below)
    if kind == "item":
        return put(value, at[0], below)
    return put(value, at[0], put(value[at[0]], at[1], below))


class Kernels:
    """Mixed into Program, of which it uses `random`, `fresh`, `chance` and `printed`."""

    def fields_of(self, struct):
        return STATE_FIELDS if struct == "StateOf" else self.structs[struct]

    def tick(self):
        self.left -= 1
        if self.left < 0:
            raise TimeoutError

    # ---- places ---------------------------------------------------------------------------

    def place(self, t, scope, mutable):
        """A place of type `t`, or None."""
        found = []
        for v in scope:
            if v.mutable or not mutable:
                self.places(v, v.type, [], v.name, t, scope, found)
        return self.random.choice(found)() if found else None

    def places(self, v, have, path, text, t, scope, found):
        if have == t:
            found.append(lambda: Place(v.name, path, text))
        if have[0] == "struct":
            for at, (field, of) in enumerate(STATE_FIELDS):
                self.places(v, of, path + [("field", at)], f"{text}.{field}", t, scope, found)
        elif have == MATRIX and t == FLOAT:
            def element():
                i, j = self.index(scope, text + ".rows"), self.index(scope, text + ".cols")
                return Place(v.name, path + [("element", (i, j))], f"{text}[{i.text}, {j.text}]")
            found.append(element)
        elif have[0] == "list" and t in (have[1], INT) and (have[1] == t or have == ROWS):
            def item():
                i = self.index(scope, text + ".len()", Place(v.name, path, text))
                inside, more = path + [("item", (i,))], f"{text}[{i.text}]"
                if have[1] == t:
                    return Place(v.name, inside, more)
                j = self.index(scope, "2")
                return Place(v.name, inside + [("item", (j,))], f"{more}[{j.text}]")
            found.append(item)

    def index(self, scope, length, of=None):
        """Mostly in range."""
        r, ints = self.random, [v for v in scope if v.type == INT]
        kind = r.choice(["name", "name", "near", "literal", "any", "modulo"])
        if kind == "modulo" and of is not None:
            a = self.number(INT, scope, 1)
            return Node(f"{self.bracketed(a.text)} % {length}",
                        lambda e: modulo(a.value(e), len(of.now(e))), 0)
        if ints and kind in ("name", "near", "modulo"):
            name = r.choice(ints).name
            if kind != "near":
                return Node(name, lambda e: e[name], 0)
            by = r.choice([1, 1, 2, -1])
            sign = "+" if by > 0 else "-"
            return Node(f"{name} {sign} {abs(by)}", lambda e: int_result(e[name] + by, sign), 0)
        if kind == "any":
            node = self.number(INT, scope, 1)
            return node if not node.text.startswith("(-") else \
                node._replace(text=f"0 + {node.text}")
        at = r.randint(0, 3)
        return Node(str(at), lambda e: at, 0)

    @staticmethod
    def bracketed(text):
        return text if text.isalnum() else f"({text})"

    # ---- expressions ------------------------------------------------------------------------

    def number(self, t, scope, depth):
        """An int, a float or a bool that may fail."""
        r = self.random
        if depth <= 0 or self.chance(0.2):
            place = self.place(t, scope, False) if self.chance(0.8) else None
            return self.read(place) if place else self.number_literal(t)
        if self.chance(0.03):
            return self.noted(t, self.number(t, scope, depth - 1))
        called = self.called_within(t, scope) if self.chance(0.12) else None
        if called:
            return called
        form = {"int": self.kernel_int, "float": self.kernel_float, "bool": self.kernel_bool}[t[0]]
        if self.chance(0.1):
            c, a, b = (self.number(x, scope, depth - 1) for x in (BOOL, t, t))
            return Node(f"(if {c.text} {{ {a.text} }} else {{ {b.text} }})",
                        lambda e: a.value(e) if c.value(e) else b.value(e), 0)
        if self.chance(0.05):
            a, b = self.number(t, scope, depth - 1), self.number(t, scope, 0)

            def tried(e):
                try:
                    return a.value(e)
                except Stop:
                    return b.value(e)
            return Node(f"(try {a.text} else {b.text})", tried, 0)
        return form(scope, depth - 1) if not self.chance(0.1) else self.number(t, scope, 0)

    def called_within(self, t, scope):
        """A call amid an expression, which changes what is read before and behind it."""
        known = [k for k in self.kernels if k["result"] == t]
        if not known:
            return None
        k = self.random.choice(known)
        made = self.kernel_arguments(k, scope, lambda of: self.number(of, scope, 0)
                                     if of in (INT, FLOAT, BOOL) else self.whole_name(of, scope))
        if not made:
            return None
        return Node(f"{k['name']}({', '.join(node.text for node in made)})",
                    lambda e: self.called(k, made, e), 0)

    def whole_name(self, t, scope):
        place = self.place(t, scope, False)
        return self.read(place) if place else self.kernel_constant(t, self.number_literal)

    @staticmethod
    def unchanging(scope):
        """What a closure sees."""
        return [v._replace(mutable=False) for v in scope]

    def noted(self, t, a):
        """Says in which order parts are evaluated."""
        def said(e):
            x = a.value(e)
            self.say(f"noted {self.shown.text(t, x)}")
            return x
        return Node(f"§noted_of({a.text})", said, 0)

    @staticmethod
    def read(place):
        return Node(place.text, place.now, 0)

    def number_literal(self, t):
        r = self.random
        if t == BOOL:
            x = self.chance(0.5)
            return Node("true" if x else "false", lambda e: x, 0)
        if t == FLOAT:
            x = r.choice([r.randint(-20, 40) / 4, 0.1, 1e300, 0.0, 1e-3, 3.0])
        else:
            x = r.choice([r.randint(-4, 9), r.randint(0, 5), r.randint(0, 99), 1, 0,
                          r.choice(LARGE) if self.chance(0.3) else 2])
        return Node(f"({x})" if x < 0 else str(x), lambda e: x, 0)

    def kernel_int(self, scope, depth):
        r, a = self.random, self.number(INT, scope, depth)
        kind = r.choice(["+", "+", "-", "*", "div", "%", "bits", "shift", "one", "pick", "len",
                         "of_float", "**", "sum", "fold"])
        if kind in ("len", "sum", "fold"):
            return self.of_list(kind, scope, depth)
        if kind == "of_float":
            x, name = self.number(FLOAT, scope, depth), r.choice(["int", "round"])
            run = int_of if name == "int" else rounded
            return Node(f"{name}({x.text})", lambda e: run(x.value(e)), 0)
        if kind == "one":
            name, run = r.choice([
                ("abs", lambda x: int_result(abs(x), "-")), ("bit_not", lambda x: ~x),
                ("popcount", lambda x: bin(x & (2 ** 64 - 1)).count("1")),
                ("trailing_zeros", lambda x: (x & -x).bit_length() - 1 if x else 64),
                ("-", lambda x: int_result(-x, "-"))])
            text = f"(-{self.bracketed(a.text)})" if name == "-" else f"{name}({a.text})"
            return Node(text, lambda e: run(a.value(e)), 0)
        if kind == "**":
            n = r.randint(0, 5)
            return Node(f"({self.bracketed(a.text)} ** {n})", lambda e: power(a.value(e), n), 0)
        b = self.number(INT, scope, depth) if kind in "+-" or self.chance(0.4) else \
            self.small_int(9)
        if kind in ("bits", "pick"):
            name, run = r.choice([
                ("bit_and", lambda x, y: x & y), ("bit_or", lambda x, y: x | y),
                ("bit_xor", lambda x, y: x ^ y)] if kind == "bits" else
                                 [("min", min), ("max", max)])
            return Node(f"{name}({a.text}, {b.text})", lambda e: run(a.value(e), b.value(e)), 0)
        if kind == "shift":
            name = r.choice(["shift_left", "shift_right"])
            by = b if self.chance(0.1) else self.small_int(40)
            return Node(f"{name}({a.text}, {by.text})",
                        lambda e: shifted(name, a.value(e), by.value(e)), 0)
        run = {"+": lambda x, y: int_result(x + y, "+"), "-": lambda x, y: int_result(x - y, "-"),
               "*": lambda x, y: int_result(x * y, "*"), "div": whole_division, "%": modulo}[kind]
        return Node(f"({a.text} {kind} {b.text})", lambda e: run(a.value(e), b.value(e)), 0)

    def of_list(self, kind, scope, depth):
        place = self.place(INTS, scope, False)
        if not place:
            return self.number_literal(INT)
        xs = self.read(place)
        if kind == "len":
            return Node(f"{xs.text}.len()", lambda e: len(xs.value(e)), 0)
        if kind == "sum":
            return Node(f"sum({xs.text})", lambda e: int_result(sum(xs.value(e)), "sum"), 0)
        a, x = self.fresh("a"), self.fresh("x")
        names = [Variable(a, INT, False), Variable(x, INT, False)]
        first = self.number(INT, scope, 0)
        body = self.number(INT, self.unchanging(scope) + names, depth)

        def fold(e):
            result, values = None, xs.value(e)
            result = first.value(e)
            for v in values:
                self.tick()
                result = body.value({**e, a: result, x: v})
            return result
        return Node(f"{xs.text}.fold({first.text}, |{a}, {x}| {body.text})", fold, 0)

    def kernel_float(self, scope, depth):
        r = self.random
        a, b = self.number(FLOAT, scope, depth), self.number(FLOAT, scope, depth)
        kind = r.choice(["+", "-", "*", "/", "int", "math", "mixed", "neg"])
        if kind == "int":
            i = self.number(INT, scope, depth)
            return Node(f"float({i.text})", lambda e: float(i.value(e)), 0)
        if kind == "mixed":
            i, sign = self.number(INT, scope, depth), r.choice(["+", "*", "-"])
            return Node(f"({i.text} {sign} {a.text})",
                        lambda e: float_result(sign, float(i.value(e)), a.value(e)), 0)
        if kind == "math":
            return Node(f"abs({a.text})", lambda e: abs(a.value(e)), 0)
        if kind == "neg":
            return Node(f"(-{self.bracketed(a.text)})", lambda e: -a.value(e), 0)
        if kind == "/":
            return Node(f"({a.text} / {b.text})",
                        lambda e: divided_float(a.value(e), b.value(e)), 0)
        return Node(f"({a.text} {kind} {b.text})",
                    lambda e: float_result(kind, a.value(e), b.value(e)), 0)

    def kernel_bool(self, scope, depth):
        r = self.random
        kind = r.choice(["compare", "compare", "compare", "and", "or", "not", "in"])
        if kind == "in":
            place, a = self.place(INTS, scope, False), self.number(INT, scope, depth)
            if place:
                xs = self.read(place)
                return Node(f"({a.text} in {xs.text})", lambda e: a.value(e) in xs.value(e), 0)
        if kind in ("and", "or"):
            a, b = self.number(BOOL, scope, depth), self.number(BOOL, scope, depth)
            run = (lambda e: a.value(e) and b.value(e)) if kind == "and" \
                else (lambda e: a.value(e) or b.value(e))
            return Node(f"({a.text} {kind} {b.text})", run, 0)
        if kind == "not":
            a = self.number(BOOL, scope, depth)
            return Node(f"(not {a.text})", lambda e: not a.value(e), 0)
        t = r.choice([INT, INT, FLOAT])
        a, b = self.number(t, scope, depth), self.number(t, scope, depth)
        op, run = r.choice([("<", lambda x, y: x < y), ("<=", lambda x, y: x <= y),
                            (">", lambda x, y: x > y), (">=", lambda x, y: x >= y),
                            ("==", lambda x, y: x == y), ("!=", lambda x, y: x != y)])
        return Node(f"({a.text} {op} {b.text})", lambda e: run(a.value(e), b.value(e)), 0)

    def whole(self, t, scope):
        """A list, matrix or state, mostly one that is there already."""
        r = self.random
        place = self.place(t, scope, False) if self.chance(0.7) else None
        if place and not self.chance(0.4):
            return self.read(place)
        if t in (INTS, FLOATS, BOOLS) and place and self.chance(0.5):
            a, b = self.index(scope, place.text + ".len()"), self.index(scope, "3")
            kind = r.choice(["both", "from", "to"])
            low, high = a if kind != "to" else None, b if kind != "from" else None

            def cut(e):
                values = place.now(e)
                return slice_of(values, low.value(e) if low else 0,
                                high.value(e) if high else len(values))
            return Node(f"{place.text}[{low.text if low else ''}..{high.text if high else ''}]",
                        cut, 0)
        if t == INTS and self.chance(0.4):
            low, n = r.choice([r.randint(-3, 3), 2 ** 63 - 9]), r.randint(0, 8)
            text = f"({low}..{low + n})"
            return Node(text, lambda e: tuple(range(low, low + n)), 0)
        if t == INTS and self.chance(0.4):
            x, n = self.fresh("x"), r.randint(0, 7)
            body = self.number(INT, self.unchanging(scope) + [Variable(x, INT, False)], 2)
            return Node(f"(0..{n}).map(|{x}| {body.text})",
                        lambda e: tuple(body.value({**e, x: v}) for v in range(n)), 0)
        return self.kernel_constant(t, lambda p: self.number(p, scope, 1))

    def kernel_constant(self, t, number):
        r = self.random
        if t in (INT, FLOAT, BOOL):
            return number(t)
        if t == STATE:
            parts = [self.kernel_constant(of, number) for _, of in STATE_FIELDS]
            return Node("StateOf(" + ", ".join(p.text for p in parts) + ")",
                        lambda e: tuple(p.value(e) for p in parts), 0)
        if t == MATRIX:
            rows = [[self.number_literal(FLOAT) for _ in range(3)] for _ in range(r.randint(1, 3))]
            text = ", ".join("[" + ", ".join(x.text for x in row) + "]" for row in rows)
            return Node(f"matrix([{text}])",
                        lambda e: tuple(tuple(x.value(e) for x in row) for row in rows), 0)
        parts = [self.kernel_constant(t[1], number) for _ in range(r.randint(1, 5))]
        return Node("[" + ", ".join(p.text for p in parts) + "]",
                    lambda e: tuple(p.value(e) for p in parts), 0)

    # ---- statements -------------------------------------------------------------------------

    def body(self, scope, depth, result, in_loop, least=1, most=4):
        scope, parts = list(scope), []
        for _ in range(self.random.randint(least, most)):
            parts.append(self.action(scope, depth, result, in_loop))

        def run(e):
            for _, part in parts:
                self.tick()
                part(e)
        return [line for lines, _ in parts for line in lines], run

    def action(self, scope, depth, result, in_loop):
        kinds = [self.set_number] * 8 + [self.set_whole, self.push, self.swap, self.declared]
        if depth > 0:
            kinds += [self.for_range] * 4 + [self.for_list, self.for_each, self.counted_while,
                                             self.choose, self.choose] + [self.guarded] * 2 * depth
        if self.kernels:
            kinds += [self.call_kernel] * 2
        if in_loop and self.chance(0.12):
            return self.leave_loop(scope)
        if self.chance(0.03):
            return self.early(scope, result)
        found = None
        while not found:
            found = self.random.choice(kinds)(scope, depth, result, in_loop)
        return found

    def set_number(self, scope, depth, result, in_loop):
        t = self.random.choice([INT, INT, INT, FLOAT, BOOL])
        place = self.place(t, scope, True)
        if not place:
            return None
        node = self.number(t, scope, 2)
        if t == BOOL or self.chance(0.4):
            def assign(e):
                steps = place.steps(e)
                value = node.value(e)
                place.write(e, steps, value)
            return [f"{place.text} = {node.text}"], assign
        op = self.random.choice(["+", "-", "*"] + (["%"] if t == INT else ["/"]))
        reads_first = "kernel" in node.text

        def update(e):
            steps = place.steps(e)
            old = place.read(e, steps) if reads_first else None
            value = node.value(e)
            old = place.read(e, steps) if not reads_first else old
            if t == FLOAT:
                new = divided_float(old, value) if op == "/" else float_result(op, old, value)
            else:
                new = modulo(old, value) if op == "%" else int_result(
                    {"+": old + value, "-": old - value, "*": old * value}[op], op)
            place.write(e, steps, new)
        return [f"{place.text} {op}= {node.text}"], update

    def set_whole(self, scope, depth, result, in_loop):
        t = self.random.choice([INTS, INTS, FLOATS, ROWS, MATRIX, STATE, BOOLS])
        place = self.place(t, scope, True)
        if not place:
            return None
        node = self.whole(t, scope)

        def assign(e):
            steps = place.steps(e)
            place.write(e, steps, node.value(e))
        return [f"{place.text} = {node.text}"], assign

    def push(self, scope, depth, result, in_loop):
        t = self.random.choice([INT, INT, FLOAT, INTS])
        place = self.place(("list", t), scope, True)
        if not place:
            return None
        node = self.whole(t, scope) if t == INTS else self.number(t, scope, 2)

        def run(e):
            steps = place.steps(e)
            new = node.value(e)
            old = place.read(e, steps)
            if len(old) >= LENGTH_MAX:
                raise TimeoutError
            place.write(e, steps, old + (new,))
        return [f"{place.text}.push({node.text})"], run

    def swap(self, scope, depth, result, in_loop):
        t = self.random.choice([INT, FLOAT, INTS])
        a, b = self.place(t, scope, True), self.place(t, scope, True)
        if not a or not b:
            return None
        name = self.fresh("t")

        def run(e):
            e[name] = a.now(e)
            steps = a.steps(e)
            a.write(e, steps, b.now(e))
            steps = b.steps(e)
            b.write(e, steps, e[name])
        return [f"let {name} = {a.text}", f"{a.text} = {b.text}", f"{b.text} = {name}"], run

    def declared(self, scope, depth, result, in_loop):
        t, name = self.random.choice(TYPES), self.fresh("v")
        node = self.number(t, scope, 2) if t in (INT, FLOAT, BOOL) else self.whole(t, scope)
        mutable = self.chance(0.7)
        scope.append(Variable(name, t, mutable))

        def run(e):
            e[name] = node.value(e)
        return [f"{'var' if mutable else 'let'} {name}: {type_text(t)} = {node.text}"], run

    def loop(self, values, set_item, body):
        """Runs a loop's body for each value."""
        for value in values:
            self.tick()
            set_item(value)
            try:
                body()
            except Continue:
                continue
            except Break:
                break

    def for_range(self, scope, depth, result, in_loop):
        r, i = self.random, self.fresh("i")
        place = self.place(r.choice([INTS, FLOATS]), scope, False)
        low = self.number(INT, scope, 0) if self.chance(0.3) else self.small_int()
        if place and self.chance(0.6):
            xs = self.read(place)
            high = Node(f"{xs.text}.len()", lambda e: len(xs.value(e)), 0)
        else:
            high = self.number(INT, scope, 1) if self.chance(0.4) else self.small_int(8)
        closed = self.chance(0.3)
        lines, body = self.body(scope + [Variable(i, INT, False)], depth - 1, result, True)

        def run(e):
            a = low.value(e)
            b = high.value(e) + (1 if closed else 0)
            self.loop(range(a, b), lambda v: e.update({i: v}), lambda: body(e))
        dots = "..=" if closed else ".."
        return [f"for {i} in {low.text}{dots}{high.text} {{", *indented(lines), "}"], run

    def small_int(self, most=3):
        x = self.random.randint(0, most)
        return Node(str(x), lambda e: x, 0)

    def for_list(self, scope, depth, result, in_loop):
        t = self.random.choice([INTS, INTS, FLOATS, ROWS])
        xs, x, i = self.whole(t, scope), self.fresh("x"), self.fresh("i")
        both = self.chance(0.4)
        inside = scope + [Variable(x, t[1], False)] + ([Variable(i, INT, False)] if both else [])
        lines, body = self.body(inside, depth - 1, result, True)

        def run(e):
            self.loop(enumerate(xs.value(e)), lambda v: e.update({i: v[0], x: v[1]}),
                      lambda: body(e))
        head = f"({i}, {x}) in {xs.text}.enumerate()" if both else f"{x} in {xs.text}"
        return [f"for {head} {{", *indented(lines), "}"], run

    def for_each(self, scope, depth, result, in_loop):
        """Each item is changed where it is, by what stands beside it."""
        place = self.place(self.random.choice([INTS, FLOATS]), scope, True)
        if not place or any(kind != "field" for kind, _ in place.path):
            return None
        i, xs = self.fresh("i"), place.text
        t = INT if self.place_type(place, scope) == INTS else FLOAT
        inside = scope + [Variable(i, INT, False)]
        node = self.number(t, self.unchanging(inside), 2)
        by = self.random.choice([0, 0, 1])

        def run(e):
            n = len(place.read(e, []) if not place.path else place.read(e, place.steps(e)))
            for v in range(0, n - by):
                self.tick()
                e[i] = v
                steps = place.steps(e)
                old = item_of(place.read(e, steps), v + by)
                value = node.value(e)
                new = int_result(old + value, "+") if t == INT else float_result("+", old, value)
                place.write(e, steps, put(place.read(e, steps), v + by, new))
        at = f"{i} + {by}" if by else i
        less = f" - {by}" if by else ""
        return [f"for {i} in 0..{xs}.len(){less} {{ {xs}[{at}] += {node.text} }}"], run

    @staticmethod
    def place_type(place, scope):
        t = next(v.type for v in scope if v.name == place.name)
        for _, at in place.path:
            t = STATE_FIELDS[at][1]
        return t

    def counted_while(self, scope, depth, result, in_loop):
        i, limit = self.fresh("n"), self.random.randint(1, 6)
        c = self.number(BOOL, scope + [Variable(i, INT, True)], 1)
        lines, body = self.body(scope + [Variable(i, INT, True)], depth - 1, result, True)

        def run(e):
            e[i] = 0
            while e[i] < limit and c.value(e):
                self.tick()
                e[i] += 1
                try:
                    body(e)
                except Continue:
                    continue
                except Break:
                    break
        return [f"var {i} = 0", f"while {i} < {limit} and {c.text} {{", f"    {i} += 1",
                *indented(lines), "}"], run

    def choose(self, scope, depth, result, in_loop):
        c = self.number(BOOL, scope, 2)
        a, run_a = self.body(scope, depth - 1, result, in_loop, 1, 2)
        b, run_b = self.body(scope, depth - 1, result, in_loop, 1, 2)

        def run(e):
            (run_a if c.value(e) else run_b)(e)
        return [f"if {c.text} {{", *indented(a), "} else {", *indented(b), "}"], run

    def guarded(self, scope, depth, result, in_loop):
        a, run_a = self.body(scope, depth - 1, result, in_loop)
        b, run_b = self.body(scope, depth - 1, result, in_loop, 1, 2)
        err, said = self.fresh("err"), self.chance(0.5)

        def run(e):
            try:
                run_a(e)
            except Stop as stop:
                if said:
                    self.say(f"caught {stop}")
                run_b(e)
        lines = [f'    print("caught {{{err}}}")'] if said else []
        return ["try {", *indented(a), f"}} catch {'' if said else '_'}{err} {{", *lines,
                *indented(b), "}"], run

    def say(self, line):
        if len(self.printed) > 2000:
            raise TimeoutError
        self.printed.append(line)

    def leave_loop(self, scope):
        c, word = self.number(BOOL, scope, 1), self.random.choice(["break", "continue"])

        def run(e):
            if c.value(e):
                raise Break if word == "break" else Continue
        return [f"if {c.text} {{ {word} }}"], run

    def early(self, scope, result):
        c, node = self.number(BOOL, scope, 1), self.number(result, scope, 1)
        fails = self.chance(0.4)

        def run(e):
            if c.value(e):
                if fails:
                    raise Stop("given up")
                raise Return(node.value(e))
        return [f"if {c.text} {{ " + ('fail "given up"' if fails else f"return {node.text}")
                + " }"], run

    # ---- functions --------------------------------------------------------------------------

    def call_kernel(self, scope, depth, result, in_loop):
        k = self.random.choice(self.kernels)
        made = self.kernel_arguments(k, scope, lambda t: self.number(t, scope, 1)
                              if t in (INT, FLOAT, BOOL) else self.whole(t, scope))
        place = self.place(k["result"], scope, True)
        if not made or not place or place.path or any(
                p.mutable and node.name == place.name for p, node in zip(k["params"], made)):
            return None

        def run(e):
            e[place.name] = self.called(k, made, e)
        texts = ", ".join(node.text for node in made)
        return [f"{place.text} = {k['name']}({texts})"], run

    def kernel_arguments(self, k, scope, other):
        """Places for the parameters that are changed, no two of one variable, which nothing else
        of the call reads."""
        made, taken = [], set()
        for p in k["params"]:
            free = [v for v in scope if v.name not in taken]
            node = self.place(p.type, free, True) if p.mutable else other(p.type)
            if not node:
                return None
            if p.mutable:
                taken.add(node.name)
            made.append(node)
        words = " ".join(node.text for p, node in zip(k["params"], made) if not p.mutable)
        words += " ".join(node.text.replace(node.name, "", 1) for p, node in
                          zip(k["params"], made) if p.mutable)
        return None if any(self.mentions(words, name) for name in taken) else made

    @staticmethod
    def mentions(text, name):
        return name in "".join(c if c.isalnum() or c == "_" else " " for c in text).split()

    def called(self, k, made, e):
        """What a call gives; what it changed stays changed where it fails."""
        inside, back = {}, []
        for p, node in zip(k["params"], made):
            if p.mutable:
                steps = node.steps(e)
                inside[p.name] = node.read(e, steps)
                back.append((p, node, steps))
            else:
                inside[p.name] = node.value(e)
        try:
            return self.run_kernel(k, inside)
        finally:
            for p, node, steps in back:
                node.write(e, steps, inside[p.name])

    def run_kernel(self, k, inside):
        self.tick()
        try:
            k["run"](inside)
            return k["last"].value(inside)
        except Return as left:
            return left.args[0]

    def add_kernel(self):
        r, name, result = self.random, self.fresh("kernel"), self.random.choice([INT, FLOAT])
        params = [Variable(self.fresh("p"), r.choice(TYPES), self.chance(0.5))
                  for _ in range(r.randint(2, 4))]
        params.append(Variable(self.fresh("p"), INTS, True))
        r.shuffle(params)
        scope = list(params)
        lines, run = self.body(scope, 3, result, False, 4, 8)
        last = self.number(result, scope, 2)
        head = ", ".join(f"{'var ' if p.mutable else ''}{p.name}: {type_text(p.type)}"
                         for p in params)
        self.lines += [f"fn {name}({head}) -> {type_text(result)} {{", *indented(lines),
                       f"    {last.text}", "}", ""]
        self.kernels.append({"name": name, "params": params, "result": result, "run": run,
                             "last": last})

    def kernel_calls(self):
        """Lines that call each function, and print what it gives or why it failed, and what
        became of its variables."""
        lines = []
        for k in self.kernels:
            for _ in range(2):
                e, made = {}, []
                for p in k["params"]:
                    node = self.kernel_constant(p.type, self.number_literal)
                    if p.mutable:
                        name = self.fresh("w")
                        lines.append(f"var {name}: {type_text(p.type)} = {node.text}")
                        e[name] = node.value({})
                        node = Place(name, [], name)
                    made.append(node)
                self.left = FUEL
                lines.append("try { print(" + k["name"] + "(" + ", ".join(
                    node.text for node in made) + ")) } catch why { print(\"failed: {why}\") }")
                try:
                    self.say(self.shown.text(k["result"], self.called(k, made, e)))
                except Stop as stop:
                    self.say(f"failed: {stop}")
                for p, node in zip(k["params"], made):
                    if p.mutable:
                        lines.append(f"print({node.name})")
                        self.say(self.shown.text(p.type, e[node.name]))
        return lines
