"""Sums of rows and columns, as exact as their answers ask for."""

from __future__ import annotations

from typing import Any

import numpy as np

from activations._core.arrays import Array
from activations._core.pairs import two_sum

EIGHTS = 10  # elements of a row up to which np.einsum rounds seldom enough
BUFFER = 8_192  # elements up to which np.einsum sums a row whatever lies beside it
FEW = 20  # elements of a row up to which to add columns is quicker than to split fours


def row_sums(terms: Array, spare: bool) -> Array:
    """Sum rows; without digits to spare, no term is rounded more than three times.

    Four times in rows of 9 and 10, where more care takes up to a third more time.
    np.add.reduce takes four times as long over short rows, and adds up to 16 terms of
    long ones one by one.  np.einsum adds eights side by side, which will do with digits
    to spare, and without for a few terms but for 7; longer rows than its buffer it cuts
    where the rows before end.  Other short rows are summed by column, and long ones in
    fours, which are split.
    """
    rows, length = terms.shape
    if spare and length > BUFFER:
        return np.add.reduce(terms, axis=1)
    if spare or (length <= EIGHTS and length != 7):
        return np.einsum("ij->i", terms)
    if length <= FEW:
        return sums_of_few(list(terms.T))
    count = length // 4
    whole, rest = terms[:, : 4 * count], terms[:, 4 * count :]
    fours = numbers_in_pairs(numbers_in_pairs(whole.ravel())).reshape(rows, count)
    return split_sums(fours, np.einsum("ij->i", rest))


def split_sums(terms: Array, more: Any = 0.0) -> Array:
    """Sum rows of what is not negative, and one number more each, rounded once (Rump).

    Each term is split at the last digit of twice the sum.  What is above adds up exactly,
    in any order, and what is below is so small that its roundings do not count.
    """
    unit = 2 * (np.einsum("ij->i", terms) + more)
    beside = unit[:, np.newaxis]
    above = (more + unit) - unit
    high = terms + beside
    high -= beside
    total = np.einsum("ij->i", high) + above
    below = np.subtract(terms, high, out=high)
    return total + (np.einsum("ij->i", below) + (more - above))


def sums_of_few(columns: list[Array]) -> Array:
    """Sum the rows that have these columns: in fours, which are added with care."""
    total, *others = columns_in_pairs(columns_in_pairs(columns))
    lost: Any = 0.0
    for four in others:
        total, error = two_sum(total, four)
        lost = lost + error
    return total + lost


def columns_in_pairs(some: list[Array]) -> list[Array]:
    """Add each second column to the one before it."""
    odd = some[len(some) // 2 * 2 :]
    return [a + b for a, b in zip(some[::2], some[1::2], strict=False)] + odd


def numbers_in_pairs(terms: Array) -> Array:
    """Add each second number to the one before it."""
    return terms[::2] + terms[1::2]


def column_sums(terms: Array, spare: bool) -> Array:
    """Sum columns, in pairs where the answer has as many digits.

    The error then grows with the logarithm of the length.
    """
    if spare and terms.shape[1] == 1:
        # As it is added beside others; np.add.reduce would add eights side by side.
        return np.add.accumulate(terms)[-1:]
    if spare:
        return np.add.reduce(terms, keepdims=True)
    while (length := len(terms)) > 1:
        half = length // 2
        pairs = terms[: length - half].copy()
        pairs[:half] += terms[length - half :]
        terms = pairs
    return terms
