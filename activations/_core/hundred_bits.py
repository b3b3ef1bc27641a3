"""Exponentials to about a hundred bits, as several floats that add up to them."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import numpy as np

from activations._core.arrays import Array
from activations._core.fixed_point import exp as whole_exp
from activations._core.pairs import as_pair, pair_product, pair_sum, two_sum

# Three parts of log 2; whole numbers up to 2,000 times the first two are exact.
LOG_2 = 0.6931471805598903, 5.49792301870721e-14, 1.1612227229362532e-26
STEPS = 2**8  # of the table, in a unit: more make it longer, fewer the power series
COEFFICIENTS = [as_pair(Fraction(1, math.factorial(n))) for n in range(11)]
PAIRS = 5  # terms of the series that need more than 53 bits


def exp_in_parts(x: Array) -> tuple[Array, Array, Array]:
    """Return three arrays of float64 whose sum is exp(x), to a hundred bits.

    With x = k log 2 + z it is 2**k + 2**k expm1(z), and with z = s + r, where s is a step
    of the table, expm1(z) = expm1(s) + exp(s) expm1(r).
    """
    x = np.maximum(x, -1000)
    near = x.astype(float)
    k = np.rint(near / LOG_2[0])
    head, tail = two_sum(near - k * LOG_2[0], -k * LOG_2[1])
    tail = tail + ((x - near).astype(float) - k * LOG_2[2])
    step = np.rint(head * STEPS)
    exp_less_1, exp = table()[:, :, step.astype(int)]
    rest = two_sum(head - step / STEPS, tail)
    head, tail = pair_sum(exp_less_1, pair_product(exp, expm1_of_little(rest)))
    scale = np.ldexp(1.0, k.astype(int))
    return scale, scale * head, scale * tail


def expm1_of_little(z: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return expm1 of pairs that are no larger than half a step, from its power series."""
    last: Any = 0.0
    for coefficient, _ in COEFFICIENTS[:PAIRS:-1]:
        last = (last + coefficient) * z[0]
    series: Any = last, 0.0
    for pair in COEFFICIENTS[PAIRS:0:-1]:
        series = pair_product(pair_sum(series, pair), z)
    return series


@functools.cache
def table() -> Array:
    """Return pairs for expm1(s) and exp(s) at all steps that half of log 2 holds.

    Those below 0 are at the end, where negative places find them.
    """
    bits = 160
    last = math.ceil(STEPS * LOG_2[0] / 2)
    steps = [*range(last + 1), *range(-last, 0)]
    exact = [
        Fraction(whole_exp(Fraction(step, STEPS), bits), 1 << bits) for step in steps
    ]
    both = [
        [as_pair(power - 1) for power in exact],
        [as_pair(power) for power in exact],
    ]
    return np.array(both).swapaxes(1, 2)
