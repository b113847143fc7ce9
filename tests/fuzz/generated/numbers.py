# SPDX-License-Identifier: Apache-2.0
"""What Flow's checked operations give, and the messages with which they fail."""
import math

from .values import Stop, float_text

INT_MAX, INT_MIN = 2 ** 63 - 1, -2 ** 63


def counted(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"


def int_result(x, operator):
    if not INT_MIN <= x <= INT_MAX:
        raise Stop(f"the result of `{operator}` does not fit in 64 bits")
    return x


def whole_division(a, b):
    if b == 0:
        raise Stop("division by zero")
    return int_result(a // b, "div")


def modulo(a, b):
    if b == 0:
        raise Stop("division by zero")
    return a % b


def power(a, n):
    if n < 0:
        raise Stop("an int cannot be raised to a negative power; use a float, as in 2.0 ** -1")
    return int_result(a ** n, "**")


def shifted(name, a, by):
    if not 0 <= by <= 63:
        raise Stop(f"an int is shifted by 0 to 63 bits, and not by {by}")
    if name == "shift_right":
        return a >> by
    bits = (a << by) & (2 ** 64 - 1)
    return bits - 2 ** 64 if bits > INT_MAX else bits


def float_result(operator, a, b):
    try:
        return a + b if operator == "+" else a - b if operator == "-" else a * b
    except OverflowError:
        return math.inf


def divided_float(a, b):
    if b != 0:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def int_of(x):
    if math.isnan(x):
        raise Stop("nan cannot be made an int")
    if math.isinf(x) or not INT_MIN <= int(x) <= INT_MAX:
        raise Stop(f"{float_text(x)} cannot be made an int: it does not fit in 64 bits")
    return int(x)


def rounded(x):
    """Halves go away from zero."""
    if math.isnan(x) or math.isinf(x):
        return int_of(x)
    whole = math.floor(abs(x))
    if abs(x) - whole >= 0.5:
        whole += 1
    signed = -whole if x < 0 else whole
    if not INT_MIN <= signed <= INT_MAX:
        raise Stop(f"{float_text(x)} cannot be made an int: it does not fit in 64 bits")
    return signed


def item_of(values, index):
    if 0 <= index < len(values):
        return values[index]
    raise Stop(f"index {index} is out of range: " + (
        f"the length is {len(values)}, so the last one is {len(values) - 1}" if values
        else "there is nothing in it"))


def slice_of(values, low, high):
    if not 0 <= low <= high <= len(values):
        raise Stop(f"the slice {low}..{high} is out of range: the list has "
                   f"{counted(len(values), 'item')}")
    return values[low:high]
