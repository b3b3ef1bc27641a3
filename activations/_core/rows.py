"""Rows of scores: their peaks, their terms and sums.

A row is what runs along the reduced axes.  What a function of rows asks for is worked
out when it is asked for: for one short row by Python, which starts sooner than NumPy,
and for many by NumPy, whose sums take more care where the answer has no digits to spare.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from activations._core.arrays import Array, Precision
from activations._core.pairs import exp_of_pair, two_sum
from activations._core.sums import column_sums, row_sums
from activations._core.underflow import SCALE, TINY, scaled_below, tiny

SHORT = 64  # elements: up to here a loop along a row takes longer to start than to run
# Between these exp(x) neither underflows nor overflows, and neither do sums of it.
DEEP, HIGH = -700, 600
EXP_HIGH = math.exp(HIGH)
KEPT = 3  # numbers that are kept for each row, which count where it has fewer itself


class Row:
    """One short row of float64, summed by Python and exactly."""

    __slots__ = "at", "peak", "terms", "x"
    room = None

    def __init__(self, x: Array, at: Any, peak: float) -> None:
        self.x = x
        self.at = at
        self.peak = peak
        self.terms = np.exp(x)

    @property
    def total(self) -> Array:
        """Sum the terms, as an array: NumPy takes twice as long over a number."""
        return np.array(math.fsum(self.terms.tolist()))

    @property
    def rest(self) -> float:
        """Sum exp(x - peak) less the peak's own term, which is 1."""
        below = self.terms.tolist()
        below[self.at] = 0
        rest = math.fsum(below) / math.exp(self.peak)
        if rest < TINY:
            rest = math.fsum(scaled_below(self.x, self.peak).tolist()) / SCALE
        return rest

    @property
    def log1p_rest(self) -> float:
        """log(1 + rest), as a number: NumPy takes twice as long over one of its own."""
        return math.log1p(self.rest)


class Rows:
    """Scores in the working precision: a matrix, reduced along its rows or columns.

    Arrays of other makers, and chunks of lazy ones, may have more axes than two.
    `calm` says in which rows exp(x) will do, without the peak subtracted: True or False
    for all of them, None for not yet known.  Each row is judged by itself, so that its
    bits do not depend on its neighbours.  `known` values (peak, rest, total) come from
    elsewhere and are not worked out here.  `room` is memory of the output, never of x: it
    takes the terms first, and so is in the cache when the result is written.
    """

    def __init__(
        self,
        x: Any,
        axis: int | tuple[int, ...],
        spare: bool,
        calm: Any = None,
        room: Array | None = None,
        **known: Any,
    ) -> None:
        self.x = x
        self.axis = axis
        self.spare = spare  # digits that the answer has not, which a sum may lose
        self.calm = calm
        self.room = room
        self.at: Any = None  # where each row has its peak
        self.__dict__.update(known)

    @cached_property
    def peak(self) -> Any:
        """Find the largest score of each row."""
        if self.axis == 1:
            self.at = np.arange(len(self.x)), self.x.argmax(axis=1)
            return self.x[self.at][:, np.newaxis]
        return self.x.max(axis=self.axis, keepdims=True)

    @cached_property
    def terms(self) -> Any:
        """exp(x), or exp(x - peak) where exp(x) would leave the range.

        Where no difference is taken there is no error of it to put back.
        """
        if self.calm is None:
            terms = np.exp(self.x, out=self.room)
            sums = self.summed(terms)
            self.calm = self.where_calm(sums)
            if self.calm is True:
                # Beside a column, NumPy would start a loop for each of the short rows.
                short = self.axis == 1 and terms.shape[1] <= SHORT
                self.total = (
                    sums.repeat(terms.shape[1]).reshape(terms.shape) if short else sums
                )
                return terms
        if self.calm is True:
            return np.exp(self.x)
        terms = exp_of_pair(*two_sum(self.x, -self.peak))
        if self.calm is False:
            return terms
        return np.where(self.calm, np.exp(self.x), terms)

    @cached_property
    def total(self) -> Any:
        """Sum the terms of each row."""
        return self.summed(self.terms)

    @cached_property
    def rest(self) -> Any:
        """Sum exp(x - peak) less the peak's own term, which is 1."""
        if self.calm is None:
            self.calm = self.where_calm(np.exp(self.peak))
        below, count = self.without_peaks()
        rest = rest_of(self.summed(below), count, self.peak, self.calm)
        if isinstance(self.axis, int):
            del below  # room for what follows
            few = tiny(rest, self.x.dtype, self.spare)
            if few.size:
                x, peak = (a.take(few, 1 - self.axis) for a in (self.x, self.peak))
                rest.flat[few] = self.summed(scaled_below(x, peak)) / SCALE
        return rest

    @property
    def log1p_rest(self) -> Any:
        """log(1 + rest): the logarithm of the total in units of the peak's own term."""
        return np.log1p(self.rest)

    def without_peaks(self) -> tuple[Any, Any]:
        """Give up the terms, those of the peaks left out, and say how many were."""
        if self.at is not None:
            below = self.terms
            below[self.at] = 0
            del self.terms
            return below, 1
        apart = self.x != self.peak
        if self.axis == 0:  # short columns, in which bytes add up sooner than truths
            kept = np.add.reduce(apart.view(np.uint8), keepdims=True, dtype=np.uint8)
            below = self.terms
            below *= apart
            del self.terms
            return below, len(apart) - kept.astype(int)
        return self.terms * apart, (~apart).sum(axis=self.axis, keepdims=True)

    def summed(self, terms: Any) -> Any:
        """Sum along the rows, with care where the answer has as many digits."""
        if not isinstance(self.axis, int):
            return terms.sum(axis=self.axis, keepdims=True)
        if self.axis == 1:
            return row_sums(terms, self.spare)[:, np.newaxis]
        return column_sums(terms, self.spare)

    def where_calm(self, sums: Any) -> Any:
        """Tell where exp(x) neither overflows nor loses digits its row shows."""
        low, high = smallest(sums), sums.item(sums.argmax())
        if high < EXP_HIGH and (low >= 1 or smallest(self.x) > DEEP):
            return True
        least = self.x.min(axis=self.axis, keepdims=True)
        return agreed((sums < EXP_HIGH) & ((sums >= 1) | (least > DEEP)))


def rest_of(below: Any, count: Any, peak: Any, calm: Any) -> Any:
    """Relate what is below the peaks to one; beside an infinite peak nothing counts."""
    if calm is True:
        return below / np.exp(peak) + (count - 1)
    rest = np.where(np.isfinite(peak), below + (count - 1), 0)
    if calm is False:
        return rest
    return np.where(calm, below / np.exp(peak) + (count - 1), rest)


class RowFunction(NamedTuple):
    """A function of rows: an expression of their x, peak, terms, total and log1p_rest.

    `room` is where it may write.  To work out log1p_rest uses up the terms, so none asks
    for both.  One that asks for peaks has its short rows laid across.
    One that reduces gives one number a row, the logarithm of the sum of its
    exponentials, which is made anew where it is close to 0; it is made of peak and
    log1p_rest.
    """

    name: str
    expression: Callable[[Row | Rows], Any]
    reduces: bool
    asks_peaks: bool


def rows_in_block(precision: Precision, length: int) -> int:
    """Return how many rows are taken in one go."""
    return precision.block // max(KEPT, length)


def smallest(x: Array) -> Any:
    """Return a minimum; to look for a place takes half as long as for a value."""
    return x.item(x.argmin())


def agreed(truths: Any) -> Any:
    """Return the one truth that all agree on, or the truths."""
    if truths.all():
        return True
    return truths if truths.any() else False


def as_rows(x: Array, count: int) -> Array:
    """Lay elements out in so many rows."""
    return x.reshape(count, x.size // count)
