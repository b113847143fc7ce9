# SPDX-License-Identifier: Apache-2.0
"""Types and values of generated programs: how they are written, what `print` makes of them, and
what the checked operations do."""
import collections
import datetime
import json
import re

INT, FLOAT, BOOL, STRING = ("int",), ("float",), ("bool",), ("string",)
BYTES, TIME, JSON, MATRIX = ("bytes",), ("time",), ("json",), ("matrix",)
DURATION, SIZE = ("duration",), ("size",)      # in seconds, in bytes
GENERIC_NAMES = {"pair": "PairOf", "stack": "StackOf", "outcome": "OutcomeOf"}
STORED_MAX = 1_000_000        # of the numbers that variables hold
CHECKED_MAX = 2 ** 62         # of what an expression may come to, without a check

Node = collections.namedtuple("Node", "text value bound")
Variable = collections.namedtuple("Variable", "name type mutable")


class Stop(Exception):
    """A checked operation failed."""


class Break(Exception):
    """Leaves a loop."""


class Continue(Exception):
    """Goes round again."""


class Return(Exception):
    """Leaves a function."""


def type_text(t):
    kind = t[0]
    if kind == "list":
        return f"[{type_text(t[1])}]"
    if kind == "map":
        return f"[{type_text(t[1])}: {type_text(t[2])}]"
    if kind == "option":
        return f"{type_text(t[1])}?"
    if kind == "tuple":
        return "(" + ", ".join(type_text(part) for part in t[1]) + ")"
    if kind == "named":
        return "(" + ", ".join(f"{name}: {type_text(of)}" for name, of in t[1]) + ")"
    if kind == "fn":
        return f"fn({', '.join(type_text(p) for p in t[1])}) -> {type_text(t[2])}"
    if kind in ("struct", "enum"):
        return t[1]
    if kind in GENERIC_NAMES:
        return f"§{GENERIC_NAMES[kind]}[" + ", ".join(type_text(part) for part in t[1:]) + "]"
    return kind


def moment(seconds):
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)


def time_parts(seconds):
    at = moment(seconds)
    return {"year": at.year, "day": at.day, "minute": at.minute}


class Pairs(tuple):
    """Of a map in JSON: shown in their order, which `==` ignores."""

    def __eq__(self, other):
        return dict(self) == dict(other)

    def __hash__(self):
        return hash(frozenset(self))


def json_value(t, value):
    """With a tag at each value, so that what `==` says of two of them is what Flow says."""
    kind = t[0]
    if kind == "json":
        return value
    if kind == "option":
        return ("none", None) if value is None else json_value(t[1], value[0])
    if kind == "list":
        return ("list", tuple(json_value(t[1], v) for v in value))
    if kind == "map":
        return ("map", Pairs((k, json_value(t[2], v)) for k, v in value.items()))
    return (kind, value)


def json_plain(tagged):
    tag, value = tagged
    if tag == "list":
        return [json_plain(part) for part in value]
    return {k: json_plain(v) for k, v in value} if tag == "map" else value


def json_text(tagged):
    return json.dumps(json_plain(tagged), ensure_ascii=False, separators=(",", ":"))


def duration_text(seconds):
    parts, rest = [], abs(seconds)
    for unit, per in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if rest // per:
            parts.append(f"{rest // per}{unit}")
        rest %= per
    return ("-" if seconds < 0 else "") + ("".join(parts) or "0s")


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{") + '"'


def float_text(x):
    """As Python's, but for the exponent: 1e300, 4e-7."""
    return re.sub(r"e([+-]?)0*(\d)", lambda m: "e" + m[1].strip("+") + m[2], repr(x))


class Shown:
    """What `print` makes of a value."""

    def __init__(self, program):
        self.program = program

    def text(self, t, value, is_inner=False):
        kind = t[0]
        inner = lambda part, v: self.text(part, v, True)
        if kind == "string":
            return quoted(value).replace("\\{", "{") if is_inner else value
        if kind == "bool":
            return "true" if value else "false"
        if kind == "float":
            return float_text(value)
        if kind == "bytes":
            return "0x" + value.hex()
        if kind == "time":
            return moment(value).isoformat() + "Z"
        if kind == "json":
            return json_text(value)
        if kind == "duration":
            return duration_text(value)
        if kind == "named":
            parts = [f"{name}={inner(of, v)}" for (name, of), v in zip(t[1], value)]
            return "(" + ", ".join(parts) + ")"
        if kind == "matrix":
            return "matrix(" + self.text(("list", ("list", FLOAT)), value) + ")"
        if kind in GENERIC_NAMES:
            return self.generic(t, value, inner)
        if kind == "list":
            return "[" + ", ".join(inner(t[1], v) for v in value) + "]"
        if kind == "map":
            pairs = [f"{inner(t[1], k)}: {inner(t[2], v)}" for k, v in value.items()]
            return "[" + (", ".join(pairs) or ":") + "]"
        if kind == "option":
            return "none" if value is None else self.text(t[1], value[0], is_inner)
        if kind == "tuple":
            return "(" + ", ".join(inner(p, v) for p, v in zip(t[1], value)) + ")"
        if kind == "struct":
            fields = self.program.fields_of(t[1])
            parts = [f"{name}={inner(ft, v)}" for (name, ft), v in zip(fields, value)]
            return f"{t[1]}(" + ", ".join(parts) + ")"
        if kind == "enum":
            parts = self.program.enums[t[1]][value[0]]
            if not parts:
                return value[0]
            inside = [f"{name}={inner(ft, v)}" for (name, ft), v in zip(parts, value[1])]
            return f"{value[0]}(" + ", ".join(inside) + ")"
        return str(value)


    @staticmethod
    def generic(t, value, inner):
        if t[0] == "pair":
            return f"PairOf(first={inner(t[1], value[0])}, second={inner(t[2], value[1])})"
        if t[0] == "stack":
            items, note = inner(("list", t[1]), value[0]), inner(STRING, value[1])
            return f"StackOf(items={items}, note={note})"
        case, parts = value
        of = t[1] if case == "GoodOf" else t[2]
        return f"{case}({inner(of, parts[0])})" if parts else case


def list_item(values, index):
    if not 0 <= index < len(values):
        raise Stop
    return values[index]


def checked(value):
    if not -2 ** 63 <= value < 2 ** 63:
        raise Stop
    return value


def divided(a, b, modulo):
    if b == 0:
        raise Stop
    return a % b if modulo else checked(a // b)


def put(sequence, index, item):
    return sequence[:index] + (item,) + sequence[index + 1:]


def indented(lines):
    return ["    " + line for line in lines]
