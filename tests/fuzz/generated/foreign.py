# SPDX-License-Identifier: Apache-2.0
"""What comes from outside: C, scripts, parameters, secrets, files and tests."""
from .kernels import FLOATS, INTS
from .values import (BYTES, FLOAT, INT, JSON, MATRIX, STORED_MAX, STRING, TIME, Node, Variable,
                     json_text, json_value, quoted, type_text)

C_TEXT = r"""#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double weigh_c(const double *xs, int64_t count, int64_t by)
{
    double sum = (double)by;
    for (int64_t i = 0; i < count; i++)
        sum += xs[i];
    return sum;
}

int64_t measure_c(const char *text, int64_t len, const int64_t *xs, int64_t count, bool is_both)
{
    (void)text;
    (void)xs;
    return is_both ? len + count : len;
}

bool shift_c(int64_t *xs, int64_t count, int64_t by)
{
    for (int64_t i = 0; i < count; i++)
        xs[i] = (xs[i] + by) % 1000;
    return count > 1;
}

char *label_c(const char *text, int64_t len, int64_t n)
{
    char *out = malloc((size_t)len + 32);
    if (out)
        snprintf(out, (size_t)len + 32, "<%.*s %lld>", (int)len, text, (long long)n);
    return out;
}

double corner_c(double *m, int64_t rows, int64_t cols, const uint8_t *octets, int64_t count)
{
    (void)octets;
    if (rows * cols > 0)
        m[rows * cols - 1] = (double)count;
    return rows * cols > 0 ? m[0] : 0.0;
}

char *echo_c(const char *text, int64_t len, int64_t at)
{
    (void)at;
    char *out = malloc((size_t)len + 1);
    if (out) {
        memcpy(out, text, (size_t)len);
        out[len] = 0;
    }
    return out;
}
"""

FOREIGN = """extern fn weigh_c(xs: [float], by: int) -> float from "parts.c"
extern fn measure_c(text: string, xs: [int], is_both: bool) -> int from "parts.c"
extern fn shift_c(var xs: [int], by: int) -> bool from "parts.c"
extern fn label_c(text: string, n: int) -> string from "parts.c"
extern fn corner_c(var m: matrix, octets: bytes) -> float from "parts.c"
extern fn echo_c(j: json, at: time) -> json from "parts.c"

param token: secret

struct LoginOf { user: string, key: secret?, spare: [secret] = [] }

fn shifted_c(xs: [int], by: int) -> ([int], bool) {
    var mine = xs
    let is_long = shift_c(mine, by)
    (mine, is_long)
}

fn cornered_c(m: matrix, octets: bytes) -> (first: float, all: matrix) {
    var mine = m
    let first = mine.corner_c(octets)
    (first=first, all=mine)
}

fn user_of(login: LoginOf) -> string {
    let user = match login {
        LoginOf(user, some(_), _) => user
        LoginOf(user, none, _) => user + "?"
    }
    user
}
"""


class Foreign:
    """Mixed into Program; `is_foreign` says whether it has FOREIGN."""

    def foreign_forms(self, t):
        own = {FLOAT: self.float_of_c, INT: self.int_of_c, STRING: self.string_of_c,
               INTS: self.list_of_c, MATRIX: self.matrix_of_c, JSON: self.json_of_c}
        return [own[t]] * 2 if self.is_foreign and t in own else []

    def float_of_c(self, t, scope, depth):
        if self.chance(0.4):
            m, b = self.expr(MATRIX, scope, depth), self.expr(BYTES, scope, min(depth, 1))
            return Node(f"cornered_c({m.text}, {b.text}).first", lambda e: m.value(e)[0][0], 1000)
        xs, by = self.expr(FLOATS, scope, depth), self.stored(INT, scope, depth)

        def value(e):
            values, total = xs.value(e), float(by.value(e))
            for x in values:
                total += x
            return total
        return Node(f"weigh_c({xs.text}, {by.text})", value, STORED_MAX * 1000)

    def int_of_c(self, t, scope, depth):
        s, xs = self.expr(STRING, scope, depth), self.expr(INTS, scope, depth)
        both = self.chance(0.5)
        return Node(f"measure_c({s.text}, {xs.text}, {str(both).lower()})",
                    lambda e: len(s.value(e).encode()) + (len(xs.value(e)) if both else 0), 10_000)

    def string_of_c(self, t, scope, depth):
        s, n = self.expr(STRING, scope, depth), self.stored(INT, scope, depth)
        return Node(f"{s.text}.label_c({n.text})", lambda e: f"<{s.value(e)} {n.value(e)}>", 0)

    def list_of_c(self, t, scope, depth):
        xs, by = self.expr(INTS, scope, depth), self.random.randint(-50, 50)
        text = f"({by})" if by < 0 else str(by)

        def value(e):
            sums = [x + by for x in xs.value(e)]
            return tuple(abs(x) % 1000 * (1 if x >= 0 else -1) for x in sums)
        if self.chance(0.3):
            a = self.fresh("a")
            return Node(f"(if true {{ let ({a}, _) = shifted_c({xs.text}, {text})\n {a} }}"
                        " else { [] })", value, 0)
        name = self.fresh("x")
        return Node(f"[{xs.text}].map(|{name}| shifted_c({name}, {text})).flat_map(|({name}, _)| "
                    f"{name})", value, 0)

    def matrix_of_c(self, t, scope, depth):
        m, b = self.expr(MATRIX, scope, depth), self.expr(BYTES, scope, min(depth, 1))

        def value(e):
            (p, q), (r, _) = m.value(e)
            return ((p, q), (r, float(len(b.value(e)))))
        return Node(f"cornered_c({m.text}, {b.text}).all", value, 0)

    def json_of_c(self, t, scope, depth):
        j, at = self.expr(JSON, scope, depth), self.expr(TIME, scope, min(depth, 1))
        return Node(f"echo_c({j.text}, {at.text})", j.value, 0)

    # ---- parts of a flow ----------------------------------------------------------------------

    def scripted(self, scope, e, following):
        """A step that asks a shell."""
        n, s, a, b = (self.fresh(x) for x in ("n", "s", "kept", "kept"))
        number, text = self.stored(INT, scope, 2), self.stored(STRING, scope, 2)
        step = self.fresh("asked")
        e[a], e[b] = 2 * number.value(e) + 1, f"<{text.value(e)}>"
        scope += [Variable(a, INT, False), Variable(b, STRING, False)]
        return [f"    next {step}", "}", "", f"step {step} {{",
                f"    let (x{a}, x{b}) = script sh({n}={number.text}, {s}={text.text}) -> "
                f'(first: int, second: string) """',
                f"        first=$((2 * {n} + 1))", f'        second="<${s}>"', '    """',
                f"    keep {a} = x{a}", f"    keep {b} = x{b}", f"    next {following}", "}", ""]

    def with_secret(self, scope, e, following):
        """A step that holds what may be neither kept nor shown."""
        name, login, step = self.fresh("kept"), self.fresh("login"), self.fresh("hidden")
        user, has_key = self.stored(STRING, scope, 2), self.chance(0.5)
        e[name] = user.value(e) + ("" if has_key else "?")
        scope.append(Variable(name, STRING, False))
        key = "token" if has_key else "none"
        return [f"    next {step}", "}", "", f"step {step} {{",
                f"    let {login} = [LoginOf({user.text}, {key}, [token])]",
                f"    keep {name} = {login}.map(|l| user_of(l)).first() ?? \"\"",
                f"    next {following}", "}", ""]

    def through_file(self, scope, e, following):
        """A step that writes a file, and reads it."""
        name, step, text = self.fresh("kept"), self.fresh("wrote"), self.fresh("t")
        node = self.stored(STRING, scope, 2)
        e[name] = (node.value(e), True)
        scope.append(Variable(name, ("tuple", (STRING, ("bool",))), False))
        return [f"    next {step}", "}", "", f"step {step} {{",
                f"    let {text} = {node.text}",
                f'    file.write_text("{step}.txt", {text})',
                f'    keep {name} = (string(file.read_bytes("{step}.txt")), '
                f'file.exists("{step}.txt") and file.read_text("{step}.txt") == {text})',
                f"    next {following}", "}", ""]

    def add_param(self):
        """A parameter, and perhaps what the command gives for it."""
        t = self.random.choice([INT, STRING, INTS, ("map", STRING, INT), ("option", INT)])
        name, default = self.fresh("given"), self.constant(t)
        if t[0] == "option":
            self.lines += [f"param {name}: int?", ""]
            value = None
        else:
            self.lines += [f"param {name}: {type_text(t)} = {default.text}", ""]
            value = default.value({})
        if self.chance(0.5) and not self.is_alone:
            made = self.constant(t).value({})
            words = str(made[0]) if t[0] == "option" else str(made) if t == INT else \
                made if t == STRING else json_text(json_value(t, made))
            self.given += [f"--{name}={words}"]
            value = made
        return Variable(name, t, False), value

    def tests(self):
        """That functions give what they give."""
        lines = []
        for f in self.functions:
            if f["changes"] or f["result"] == BYTES or not self.chance(0.4):
                continue
            args = [self.constant(p) for p in f["params"]]
            value, _ = f["run"]([a.value({}) for a in args])
            wanted = quoted(self.shown.text(f["result"], value))
            if "\n" in wanted:
                continue
            lines += [f'test "{f["name"]}" {{',
                      f"    let found = string({f['name']}({', '.join(a.text for a in args)}))",
                      f"    assert found == {wanted}", "}", ""]
        return lines
