"""Rows that fit no block, walked through several times.

Once for their maxima, once for their sums, and once more for an answer as long as they
are, so that no intermediate array grows with the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial, reduce
from typing import Any

import numpy as np

from activations._core.arrays import Array, Precision, pieces
from activations._core.near_one import cancelled, log_of_long_sum
from activations._core.pairs import two_sum
from activations._core.rows import HIGH, RowFunction, Rows, agreed, as_rows, rest_of
from activations._core.sums import row_sums, split_sums
from activations._core.underflow import SCALE, scaled_below, tiny

TILE = 16  # long rows read side by side, as neighbours in memory may belong to them


def walk(
    function: RowFunction,
    slab: Array,
    place: Array,
    split: int,
    precision: Precision,
) -> None:
    """Apply the function to a few rows, which run along the axes from `split` on."""
    work, spare = precision.work, precision.spare
    n = math.prod(slab.shape[:split])
    width = precision.block // TILE

    def tiles() -> Iterator[tuple[Any, Array]]:
        for index in pieces(slab.shape[split:], width * (TILE // n)):
            where: tuple[Any, ...] = (..., *index)
            yield where, as_rows(np.ascontiguousarray(slab[where], work), n)

    peak = reduce(np.maximum, (tile.max(axis=1, keepdims=True) for _, tile in tiles()))
    calm = agreed((peak >= 0) & (peak < HIGH))
    rows = partial(Rows, axis=1, spare=spare, calm=calm, peak=peak)
    count = np.zeros((n, 1), int)

    def terms() -> Iterator[Array]:
        for _, tile in tiles():
            below, tops = rows(tile).without_peaks()
            count[...] += tops
            yield below

    def summed(tiles: Iterator[Array]) -> Array:
        parts = in_pieces(tiles, width)
        return sum_in_groups((as_rows(row_sums(part, spare), n) for part in parts), n)

    below = summed(terms())
    rest = rest_of(below, count, peak, calm)
    if function.asks_peaks:
        few = tiny(rest, work, spare)
        if few.size:
            scaled = summed(scaled_below(tile, peak) for _, tile in tiles())
            rest[few] = scaled[few] / SCALE
    total = below + np.where(calm, count * np.exp(peak), count)
    known = partial(rows, rest=rest, total=total)
    if not function.reduces:
        for where, tile in tiles():
            place[where] = function.expression(known(tile)).reshape(place[where].shape)
        return

    def row(i: Any) -> Iterator[Array]:
        return (tile[i] for _, tile in tiles())

    result = function.expression(known(None))
    for i in np.flatnonzero(cancelled(result, peak, precision.answer)):
        result[i] = log_of_long_sum(partial(row, i))
    place[...] = result.reshape(place.shape)


def in_pieces(tiles: Iterator[Array], width: int) -> Iterator[Array]:
    """Cut rows that come in tiles into pieces of one width and what is left.

    Each piece is a row of its own.  Where a row is cut depends neither on how many are
    read side by side nor on how they lie in memory, so that no bit of its sum does.
    """
    left: list[Array] = []
    for tile in tiles:
        terms = np.concatenate([*left, tile], axis=1) if left else tile
        count = terms.shape[1] // width
        whole = count * width
        if whole:
            yield as_rows(terms[:, :whole], len(terms) * count)
        left = [terms[:, whole:]] if whole < terms.shape[1] else []
    yield from left


def sum_in_groups(sums: Iterator[Array], n: int) -> Array:
    """Add what the pieces of `n` rows sum to, and what rounding takes from the total."""
    total: Any = 0.0
    lost = 0.0
    for group in in_pieces(sums, TILE):
        for column in as_rows(split_sums(group), n).T:
            total, error = two_sum(total, column)
            lost = lost + error
    return (total + lost)[:, np.newaxis]
