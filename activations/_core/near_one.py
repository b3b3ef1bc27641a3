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

from activations._core.arrays import PIECE, Array, pieces
from activations._core.fixed_point import sum_less_one
from activations._core.hundred_bits import exp_in_parts

EXACT = 2.0**-55  # in units of what is not exact: a rest that has digits to spare


def cancelled(result: Array, peak: Array, answer: np.dtype[Any]) -> Array:
    """Tell where a logarithm of a sum is so close to 0 that it lost digits."""
    # A float64 has no digit to spare; others are left enough of those of the work.
    least = 0.4 if answer.itemsize == 8 else 2.0**-10
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
    if scores.shape[1] > PIECE:
        return [log_of_long_sum((row,).__iter__) for row in scores]
    scale, head, tail = exp_in_parts(scores)
    less_1 = np.full((len(scores), 1), -1.0)
    numbers = np.concatenate([less_1, scale, head, tail], axis=1).tolist()
    sizes = np.abs(head).sum(axis=1).tolist()
    return [
        log_of_sum(math.fsum(some), size, row.__iter__)
        for some, size, row in zip(numbers, sizes, scores, strict=True)
    ]


def log_of_long_sum(row: Callable[[], Iterable[Array]]) -> float:
    """Return the logarithm of the sum of exp(row) for a row that comes in pieces."""
    size = 0.0

    def numbers() -> Iterator[float]:
        nonlocal size
        yield -1.0
        for tile in row():
            for piece in pieces(tile.shape, PIECE):
                parts = exp_in_parts(tile[piece])
                size += np.abs(parts[1]).sum()
                for part in parts:
                    yield from part.tolist()

    return log_of_sum(math.fsum(numbers()), size, lambda: chain.from_iterable(row()))


def log_of_sum(rest: float, size: float, row: Callable[[], Iterable[Any]]) -> float:
    """Return the logarithm of the sum of exp(row), which is close to 1.

    `rest` is the sum less 1, and `size` the sum of those of its parts that are rounded.
    Where the rest is so small beside it that this shows, it is taken in whole numbers.
    """
    return math.log1p(sum_less_one(row) if abs(rest) < size * EXACT else rest)
