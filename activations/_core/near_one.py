"""Logarithms of sums that are close to 1.

Where log(sum(exp(x))) is close to 0, the digits of its terms cancel.  There the sum
less 1 is taken from exponentials of about a hundred bits, or from whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from activations._core.arrays import Array, pieces
from activations._core.fixed_point import sum_less_one
from activations._core.pairs import two_product, two_sum

PIECE = 2_048  # elements whose exponentials are taken with care: some 20 arrays of them
# Three parts of log 2; whole numbers up to 2,000 times the first two are exact.
LOG_2 = 0.6931471805598903, 5.49792301870721e-14, 1.1612227229362532e-26
LEAST = 2.0**-54  # in units of what is not exact: a rest that has digits to spare


def cancelled(result: Array, peak: Array, answer: np.dtype[Any]) -> Array:
    """Tell where a logarithm of a sum is so close to 0 that it lost digits."""
    # A float64 has no digit to spare; others are left enough of those of the work.
    least = 0.4 if answer.itemsize == 8 else 2.0**-16
    return np.abs(result) < np.minimum(0.5, -least * peak)


def renew(waiting: list[tuple[Array, Array, Array]]) -> None:
    """Make some results anew: in each array, at these places, from these rows.

    To do it for few rows takes as long as for PIECE elements.
    """
    if not waiting:
        return
    rows = np.concatenate([scores for _, _, scores in waiting])
    logs = [
        log
        for (some,) in pieces(rows.shape[:1], PIECE // rows.shape[1])
        for log in logs_of_sums(rows[some])
    ]
    for results, places, _ in waiting:
        results.flat[places], logs = logs[: len(places)], logs[len(places) :]


def logs_of_sums(scores: Array) -> list[float]:
    """Return the logarithm of the sum of exp(row) for rows where it is close to 0."""
    parts = [
        exp_in_parts(scores[:, piece]) for (piece,) in pieces(scores.shape[1:], PIECE)
    ]
    return [
        log_of_sum(([part[i] for part in three] for three in parts), row.__iter__)
        for i, row in enumerate(scores)
    ]


def log_of_long_sum(row: Callable[[], Iterable[Array]]) -> float:
    """Return the logarithm of the sum of exp(row) for a row that comes in pieces."""
    parts = (
        exp_in_parts(tile[piece])
        for tile in row()
        for piece in pieces(tile.shape, PIECE)
    )
    return log_of_sum(parts, lambda: chain.from_iterable(row()))


def log_of_sum(
    parts: Iterable[Iterable[Array]], row: Callable[[], Iterable[Any]]
) -> float:
    """Return the logarithm of the sum of exp(row), which is close to 1, from its parts.

    So close that the parts have no digits to spare, the sum is taken in whole numbers.
    """
    size = 0.0  # of what is not exact in the parts

    def numbers() -> Iterator[float]:
        nonlocal size
        yield -1.0
        for three in parts:
            scale, head, tail = (part.tolist() for part in three)
            size += sum(map(abs, head))
            yield from chain(scale, head, tail)

    rest = math.fsum(numbers())
    if abs(rest) < size * LEAST:
        rest = sum_less_one(row)
    return math.log1p(rest)


def exp_in_parts(x: Array) -> tuple[Array, Array, Array]:
    """Return three arrays of float64 whose exact sum is exp(x), to about a hundred bits.

    With x = k log 2 + z, it is 2**k + 2**k expm1(z), and expm1(z) is a pair of
    numbers that is carried from z / 2**26, where four terms of its series do,
    to z by expm1(2 z) = 2 expm1(z) + expm1(z)**2.
    """
    x = np.maximum(x, -1000)
    near = x.astype(float)
    k = np.rint(near / LOG_2[0])
    head, tail = two_sum(near - k * LOG_2[0], -k * LOG_2[1])
    tail = tail + ((x - near).astype(float) - k * LOG_2[2])
    head, tail = head / 2**26, tail / 2**26
    square, error = two_product(head, head)
    tail = tail + head * tail + error / 2 + square / 6 * (head + square / 4)
    head, more = two_sum(head, square / 2)
    tail = tail + more
    for _ in range(26):
        square, error = two_product(head, head)
        double, more = two_sum(2 * head, square)
        head, tail = two_sum(double, more + error + 2 * tail * (1 + head))
    scale = np.ldexp(1.0, k.astype(int))
    return scale, scale * head, scale * tail
