"""Exponentials as whole numbers of a small unit, for sums that are next to 1."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

GUARD = 32  # bits that the steps of an exponential may lose
HALVINGS = 12  # of what a power series is for: fewer take more terms
ENOUGH = 100  # bits: each of 2**40 terms may be off by a unit, and 53 of 60 be left


def sum_less_one(row: Callable[[], Iterable[Any]]) -> float:
    """Return the sum of exp(row) less 1, rounded once, where no score is above 0.5."""
    for bits in 192, 384, 768, 1_536:  # these reach below the smallest float64
        rest = sum(exp(x, bits) for x in row()) - (1 << bits)
        if rest.bit_length() > ENOUGH:
            break
    return rest / (1 << bits)


def exp(x: Any, bits: int) -> int:
    """Return exp(x) in units of 2**-bits, for x below log 2."""
    if x < -bits:
        return 0
    bits += GUARD
    numerator, denominator = x.as_integer_ratio()
    k, z = divmod((numerator << bits) // denominator, log_2(bits))
    z >>= HALVINGS
    power = term = 1 << bits
    for n in count(1):
        term = (term * z >> bits) // n
        if not term:
            break
        power += term
    for _ in range(HALVINGS):
        power = power * power >> bits
    return power >> GUARD - k


@functools.cache
def log_2(bits: int) -> int:
    """Return log 2 in units of 2**-bits, from 2 atanh(1/3)."""
    total, power, n = 0, (2 << bits) // 3, 1
    while power:
        total += power // n
        power //= 9
        n += 2
    return total
