"""Numbers with twice the digits, as sums of two floats: double-double arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np


def as_pair(number: Fraction) -> tuple[float, float]:
    """Return the two floats that come closest to a number together."""
    head = float(number)
    return head, float(number - Fraction(head))


def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return a + b rounded, and what the rounding took from it (Knuth)."""
    total = a + b
    back = total - a
    return total, (a - (total - back)) + (b - back)


def two_product(a: Any, b: Any) -> tuple[Any, Any]:
    """Return a * b rounded, and what the rounding took from it (Veltkamp, Dekker)."""
    (high, low), (above, below) = halves(a), halves(b)
    product = a * b
    rest = (high * above - product) + (high * below + low * above)
    return product, rest + low * below


def halves(a: Any) -> tuple[Any, Any]:
    """Split a float64 into two numbers whose products are exact (Veltkamp)."""
    high = a * 134217729.0
    high = high - (high - a)
    return high, a - high


def pair_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the sum of two pairs, to about a hundred bits of the larger."""
    head, lost = two_sum(a[0], b[0])
    return head, lost + (a[1] + b[1])


def pair_product(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the product of two pairs, to about a hundred bits."""
    head, lost = two_product(a[0], b[0])
    return head, lost + (a[0] * b[1] + a[1] * b[0])


def exp_of_pair(head: Any, tail: Any) -> Any:
    """Return exp(head + tail), as an error of an exponent is a relative error.

    Beside an infinity two_sum gives NaN for the tail; any number serves as well there.
    """
    power = np.exp(head)
    return power + power * np.fmin(tail, 1.0)
