"""What the row functions share: a row's maximum, its terms and their sum.

A row is what runs along the reduced axes.  Rows that fit a block are taken
several at a time and in one go, short ones laid across where their peaks are
asked for; longer rows are walked through three times, for the maximum, for the
sum and for the answer, so that no intermediate array grows with the input.
A short row alone is summed by Python, which starts sooner than NumPy.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal, localcontext
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from activations._elementwise import (
    PRECISION,
    QUIET,
    Array,
    as_array,
    check_out,
    is_duck,
    overlap,
    precision,
    quietly,
)
from activations._pairs import two_product, two_sum

Axis = int | tuple[int, ...] | None
Expression = Callable[["Row | Rows"], Any]

SHORT = 64  # elements: up to here a loop along a row takes longer to start than to run
# Three parts of log 2; whole numbers up to 2,000 times the first two are exact.
LOG_2 = 0.6931471805598903, 5.49792301870721e-14, 1.1612227229362532e-26
LONG = np.dtype(np.longdouble)
# The exponentials of what lies between keep all their digits, and so do their sums.
DEEP, HIGH = -700, 600
MOST = math.exp(HIGH)
LEAST = 3  # elements of a row below which what is kept for it takes as much memory
PART = 256  # terms with digits to spare, which may be added eight by eight
PIECE = 2_048  # elements whose exponentials are taken in parts: some 20 arrays of them
TILE = 16  # long rows read side by side, as neighbours in memory may belong to them


class lazy:  # noqa: N801  # it is written as a decorator, like cached_property
    """A property worked out once; functools.cached_property takes thrice as long."""

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        self.work_out = work_out

    def __get__(self, owner: Any, _: type) -> Any:
        """Leave the value where it is found before this property."""
        value = owner.__dict__[self.work_out.__name__] = self.work_out(owner)
        return value


class Row:
    """One short row of float64, summed by Python and exactly."""

    __slots__ = "at", "peak", "terms", "x"

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
        return math.fsum(below) / math.exp(self.peak)


class Rows:
    """Scores in the working precision: the rows or the columns of a matrix.

    What a row needs is worked out when it is asked for, and once.  A row is calm
    where exp(x) itself will do, whatever the others are, so that no row's bits depend
    on its neighbours; None stands for yet to be seen.
    """

    def __init__(
        self, x: Any, axis: int | tuple[int, ...], calm: Any, *, wider: bool = False
    ) -> None:
        self.x = x
        self.axis = axis
        self.calm = calm
        self.wider = wider  # than the answer, so that a sum may lose some digits
        self.at: Any = None  # where each row has its peak

    @lazy
    def peak(self) -> Any:
        """Find the largest score of each row."""
        if self.axis == 1:
            self.at = np.arange(len(self.x)), self.x.argmax(axis=1)
            return self.x[self.at][:, np.newaxis]
        return self.x.max(axis=self.axis, keepdims=self.axis != 0)

    @lazy
    def terms(self) -> Any:
        """exp(x), or exp(x - peak) where exp(x) would leave the range.

        An error of the difference is a relative error of its exponential, so
        there is none to make where no difference is taken, and otherwise what
        rounding took from it is put back.  Knuth's formula for the lost part
        gives NaN beside an infinity; any small number serves as well there.
        """
        if self.calm is None:
            terms = np.exp(self.x)
            sums = self.summed(terms)
            self.calm = self.where_calm(sums)
            if self.calm is True:
                # A column beside short rows would be fetched anew for each of them.
                short = self.axis == 1 and terms.shape[1] <= SHORT
                self.total = sums.repeat(terms.shape[1], 1) if short else sums
                return terms
        if self.calm is True:
            return np.exp(self.x)
        difference, lost = two_sum(self.x, -self.peak)
        terms = np.exp(difference)
        terms = terms + terms * np.fmin(lost, 1e-12)
        if self.calm is False:
            return terms
        return np.where(self.calm, np.exp(self.x), terms)

    @lazy
    def total(self) -> Any:
        """Sum the terms of each row."""
        return self.summed(self.terms)

    @lazy
    def rest(self) -> Any:
        """Sum exp(x - peak) less the peak's own term, which is 1."""
        if self.calm is None:
            self.calm = self.where_calm(np.exp(self.peak))
        below, count = self.below
        return self.compared(self.summed(below), count)

    @property
    def below(self) -> tuple[Any, Any]:
        """The terms below the peak, and how often the peak is left out."""
        if self.at is not None:
            below = self.terms
            below[self.at] = 0
            del self.terms
            return below, 1
        tops = self.x == self.peak
        return self.terms * ~tops, tops.sum(axis=self.axis, keepdims=self.axis != 0)

    def summed(self, terms: Any) -> Any:
        """Sum along the rows, with care where the answer has as many digits."""
        if not isinstance(self.axis, int):
            return terms.sum(axis=self.axis, keepdims=True)
        if self.axis == 1:
            return row_sums(terms, wider=self.wider)[:, np.newaxis]
        return column_sums(terms, wider=self.wider)

    def compared(self, below: Any, count: Any) -> Any:
        """Relate the parts to the peak's term; beside an infinite peak none counts."""
        if self.calm is True:
            return below / np.exp(self.peak) + (count - 1)
        rest = np.where(np.isfinite(self.peak), below + (count - 1), 0)
        if self.calm is False:
            return rest
        return np.where(self.calm, below / np.exp(self.peak) + (count - 1), rest)

    def where_calm(self, sums: Any) -> Any:
        """Tell where exp(x) neither overflows nor loses digits its row shows."""
        low, high = smallest(sums), sums.item(sums.argmax())
        if high < MOST and (low >= 1 or self.x.min() > DEEP):
            return True
        least = self.x.min(axis=self.axis, keepdims=self.axis != 0)
        return agreed((sums < MOST) & ((sums >= 1) | (least > DEEP)))


def smallest(x: Array) -> Any:
    """Return a minimum; to look for a place takes half as long as for a value."""
    return x.item(x.argmin())


def agreed(truths: Any) -> Any:
    """Return the one truth that all agree on, or the truths."""
    if truths.all():
        return True
    return truths if truths.any() else False


def row_sums(terms: Array, *, wider: bool) -> Array:
    """Sum rows in parts, and those in a wider precision where there is any.

    np.add.reduce takes four times as long over short rows, and adds up to 16 terms of
    long ones one by one.  np.einsum adds eights side by side: that is nearly as good as
    pairs of pairs up to 10 terms, and up to hundreds where the answer has fewer digits.
    """
    rows, length = terms.shape
    if length <= (PART if wider else 10):
        return np.einsum("ij->i", terms)
    part = PART if wider else 4
    count = length // part
    whole, rest = terms[:, : count * part], terms[:, count * part :]
    if wider:
        parts = np.einsum("ijk->ij", whole.reshape(rows, count, part))
    else:
        parts = in_pairs(in_pairs(whole.ravel())).reshape(rows, count)
    total = parts.astype(np.longdouble).sum(axis=1) + np.einsum("ij->i", rest)
    return total.astype(terms.dtype)


def in_pairs(terms: Array) -> Array:
    """Add each second number to the one before it."""
    return terms[::2] + terms[1::2]


def column_sums(terms: Array, *, wider: bool) -> Array:
    """Sum columns, in pairs where the answer has as many digits.

    The error then grows with the logarithm of the length.
    """
    while (length := len(terms)) > 5 and not wider:
        half = length // 2
        pairs = terms[:half] + terms[half : 2 * half]
        if length % 2:
            pairs[0] += terms[-1]
        terms = pairs
    return np.add.reduce(terms)


def rowwise(
    name: str,
    expression: Expression,
    x: Any,
    axis: Axis,
    out: Array | None,
    *,
    keepdims: bool = True,
) -> Any:
    """Apply an expression on rows along `axis`, whatever the array's layout."""
    if type(x) is not np.ndarray:
        if reduces_itself(x):
            return _on_duck(name, expression, x, axis, out, keepdims=keepdims)
        x = as_array(name, x)
    return QUIET.copy().run(_on_array, name, expression, x, axis, out, keepdims)


def _on_array(
    name: str,
    expression: Expression,
    x: Array,
    axis: Axis,
    out: Array | None,
    keepdims: bool,
) -> Any:
    """Choose the way that suits the number and the length of the rows."""
    work, answer, block = PRECISION.get(x.dtype.char) or precision(name, x)
    if type(axis) is int and axis == -1 and x.ndim:
        axes: tuple[int, ...] = (x.ndim - 1,)  # as most are, which takes no call
    else:
        axes = checked_axes(name, axis, x.shape)
    if x.ndim == 1 and 0 < len(x) <= SHORT and axes and work is not LONG:
        alike = x.dtype is work and x.flags.c_contiguous
        row = x if alike else x.astype(work, "C")
        result = _alone(name, expression, row, answer)
        if result is not None:
            if keepdims and not result.ndim:
                result = result[np.newaxis]
            if out is not None:
                return _filled(name, out, result, answer)
            return result if result.dtype is answer else result.astype(answer)
    if x.size and x.size <= block and axes == (x.ndim - 1,):
        if x.shape[-1] >= LEAST or x.size <= block // LEAST:
            return _small(name, expression, x, out, work, answer, keepdims)
    result = _in_blocks(name, expression, x, axes, out, keepdims)
    return result[()] if out is None else out


def reduces_itself(x: object) -> bool:
    """Tell whether `x` answers NumPy's sums too; a column of a table does not."""
    return is_duck(x) and hasattr(type(x), "__array_function__")


def _on_duck(
    name: str,
    expression: Expression,
    x: Any,
    axis: Axis,
    out: Any,
    *,
    keepdims: bool,
) -> Any:
    """Keep an array's mask, or let an array of another maker work out its rows."""
    work, answer, _ = precision(name, x)
    axes = checked_axes(name, axis, x.shape)
    if out is not None:
        kind = type(x).__name__
        raise TypeError(f"{name}: out is for NumPy arrays, x is {kind}")
    if isinstance(x, np.ma.MaskedArray):
        scores = unmasked(x, answer)
        result = rowwise(name, expression, scores, axes, None, keepdims=keepdims)
        return masked_as(x, result, axes)
    if hasattr(x, "numblocks"):
        if 0 in x.shape:  # dask finds no maximum of nothing
            x = x.rechunk(dict.fromkeys(axes, -1))
        if all(x.numblocks[i] == 1 for i in axes):
            result = by_chunk(name, expression, x, axes, answer)
        else:
            result = across_chunks(name, expression, x, axes, work, answer)
    else:
        with np.errstate(all="ignore"):
            result = expression(Rows(x.astype(work), axes, calm=False)).astype(answer)
    return result if keepdims else result.squeeze(axis=axes)


def by_chunk(
    name: str,
    expression: Expression,
    x: Any,
    axes: tuple[int, ...],
    answer: np.dtype[Any],
) -> Any:
    """Let a lazy array apply the function to its chunks, as it is applied to one piece."""
    reduced = axes if name == "logsumexp" else ()
    function = partial(rowwise, name, expression, axis=axes, out=None)
    return x.map_blocks(function, dtype=answer, chunks=ones_along(reduced, x))


def across_chunks(
    name: str,
    expression: Expression,
    x: Any,
    axes: tuple[int, ...],
    work: np.dtype[Any],
    answer: np.dtype[Any],
) -> Any:
    """Walk along the chunks of lazy rows three times: for maximum, sum and answer."""
    peak = x.max(axis=axes, keepdims=True)
    count = (x == peak).sum(axis=axes, keepdims=True)
    add = partial(sum_of_chunk, axes=axes, wider=answer is not work, work=work)
    below = x.map_blocks(add, peak, dtype=work, chunks=ones_along(axes, x))
    below = below.sum(axis=axes, keepdims=True)
    apply = partial(
        result_of_chunk, expression=expression, axes=axes, work=work, answer=answer
    )
    scores = peak if name == "logsumexp" else x
    return scores.map_blocks(apply, peak, below, count, dtype=answer)


def ones_along(axes: tuple[int, ...], x: Any) -> tuple[Any, ...]:
    """Return the sizes of the chunks when each holds one number along some axes."""
    return tuple((1,) * len(c) if i in axes else c for i, c in enumerate(x.chunks))


@quietly
def sum_of_chunk(
    x: Array, peak: Array, *, axes: tuple[int, ...], wider: bool, work: np.dtype[Any]
) -> Array:
    """Sum exp(x - peak) over the part of each row that a chunk holds, without peaks."""
    rows = Rows(unmasked(x, work), axes, calm=False)
    rows.peak = unmasked(peak, work)
    terms, _ = rows.below
    terms = np.moveaxis(terms, axes, range(-len(axes), 0))
    terms = terms.reshape(peak.size, math.prod(x.shape[i] for i in axes))
    return row_sums(terms, wider=wider).reshape(peak.shape)


@quietly
def result_of_chunk(
    x: Array,
    peak: Array,
    below: Array,
    count: Array,
    *,
    expression: Expression,
    axes: tuple[int, ...],
    work: np.dtype[Any],
    answer: np.dtype[Any],
) -> Array:
    """Apply the expression to a chunk of rows, given what all their chunks hold."""
    rows = Rows(unmasked(x, work), axes, calm=False)
    rows.peak = unmasked(peak, work)
    count = np.ma.getdata(count)
    rows.rest, rows.total = rows.compared(below, count), below + count
    result = expression(rows).astype(answer)
    return masked_as(x, result, axes) if isinstance(x, np.ma.MaskedArray) else result


@quietly
def unmasked(x: Any, dtype: np.dtype[Any]) -> Array:
    """Return an array in which what is masked has no share."""
    return np.ma.filled(x.astype(dtype), -np.inf)


def masked_as(x: Any, result: Any, axes: tuple[int, ...]) -> Any:
    """Mask a result where `x` is, or a row of `x` is throughout."""
    mask: Any = np.ma.getmaskarray(x)
    if np.shape(result) != x.shape:
        mask = mask.all(axis=axes).reshape(np.shape(result))
    return np.ma.masked_array(result, mask.copy())[()]


def _small(
    name: str,
    expression: Expression,
    x: Array,
    out: Array | None,
    work: np.dtype[Any],
    answer: np.dtype[Any],
    keepdims: bool,
) -> Any:
    """Spare rows that fit a block, and lie along the last axis, the way through blocks."""
    shape = x.shape
    if name == "logsumexp":
        shape = shape[:-1] + (1,) * bool(keepdims)
    result = _at_once(name, expression, x.reshape(-1, x.shape[-1]), work, answer)
    result = result.reshape(shape)
    if out is not None:
        return _filled(name, out, result, answer)
    return result.astype(answer, "C", copy=False)[()]


def _filled(name: str, out: Array, result: Any, answer: np.dtype[Any]) -> Array:
    """Round a result as it is written."""
    check_out(name, out, result.shape, answer)
    out.view(np.ndarray)[...] = result
    return out


def _alone(name: str, expression: Expression, x: Array, answer: np.dtype[Any]) -> Any:
    """Apply the expression to one short row, or give None where that needs care.

    It does where exp(x) overflows or loses digits that the row shows, and where
    logsumexp is close to 0.
    """
    at = x.argmax()
    peak = x.item(at)
    if not (peak < HIGH and (peak >= 0 or smallest(x) > DEEP)):
        return None
    result = expression(Row(x, at, peak))
    if name == "logsumexp" and peak < 0 and cancelled(result, peak, answer):
        return None
    return result


def _at_once(
    name: str,
    expression: Expression,
    slab: Array,
    work: np.dtype[Any],
    answer: np.dtype[Any],
) -> Any:
    """Apply the expression to the rows of a matrix.

    Short rows are laid across where their peaks are asked for.
    """
    across = slab.shape[1] <= SHORT and name != "softmax"
    block = np.ascontiguousarray(slab.T if across else slab, work)
    rows = Rows(block, 0 if across else 1, None, wider=answer is not work)
    result = expression(rows)
    if name == "logsumexp":
        where = cancelled(result, rows.peak, answer)
        if where.any():
            result, (close,) = np.ravel(result), np.nonzero(np.ravel(where))
            step = max(1, PIECE // slab.shape[1])
            for some in (close[k : k + step] for k in range(0, len(close), step)):
                result[some] = logs_of_sums(slab[some].astype(work))
    return result.T if across else result


def _in_blocks(
    name: str,
    expression: Expression,
    x: Array,
    axes: tuple[int, ...],
    out: Array | None,
    keepdims: bool,
) -> Array:
    reduces = name == "logsumexp"
    _, answer, block = PRECISION[x.dtype.char]
    shape = x.shape
    if reduces:
        kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
        dropped = tuple(n for i, n in enumerate(shape) if i not in axes)
        shape = kept if keepdims else dropped
    if out is None:
        out = np.empty(shape, answer) if reduces else np.empty_like(x, answer)
    else:
        check_out(name, out, shape, answer)
        out = out.view(np.ndarray)
    if overlap(x, out):
        x = x.copy()
    if x.size == 0:
        out[...] = -np.inf
        return out
    target = out if out.ndim == x.ndim else np.expand_dims(out, axes)
    last = range(-len(axes), 0)
    source, target = np.moveaxis(x, axes, last), np.moveaxis(target, axes, last)
    split = x.ndim - len(axes)
    length = math.prod(source.shape[split:])
    if source.flags.c_contiguous and target.flags.c_contiguous:
        rows = x.size // length
        source, target = source.reshape(rows, length), target.reshape(rows, -1)
        split = 1
    if length > block:
        for index in blocks(source.shape[:split], TILE):
            _long(name, expression, source[index], target[index], split)
        return out
    _short(name, expression, source, target, split, length)
    return out


def _short(
    name: str,
    expression: Expression,
    source: Array,
    target: Array,
    split: int,
    length: int,
) -> None:
    """Take as many rows as fill a block."""
    work, answer, block = PRECISION[source.dtype.char]
    for index in blocks(source.shape[:split], block // max(LEAST, length)):
        place, slab = target[index], source[index].reshape(-1, length)
        result = _at_once(name, expression, slab, work, answer)
        place[...] = result.reshape(place.shape)


def _long(
    name: str,
    expression: Expression,
    slab: Array,
    place: Array,
    split: int,
) -> None:
    """Walk along a few long rows three times: for maximum, sum and answer."""
    work, answer, block = PRECISION[slab.dtype.char]
    wider = answer is not work
    n = math.prod(slab.shape[:split])
    width = block // TILE
    # Pieces that follow each other are read together, as many as divide a group.
    beside = 2 ** int(math.log2(TILE // n)) if slab.ndim == split + 1 else 1

    def tiles() -> Iterator[tuple[Any, Array]]:
        for index in blocks(slab.shape[split:], width * beside):
            where: tuple[Any, ...] = (..., *index)
            yield where, np.ascontiguousarray(slab[where], work).reshape(n, -1)

    def scores(i: Any) -> Iterator[Any]:
        for _, tile in tiles():
            yield from (tile[i][piece] for piece in blocks(tile[i].shape, PIECE))

    def numbers(i: Any) -> Iterator[Any]:
        return chain.from_iterable(scores(i))

    peak = np.full((n, 1), -np.inf, work)
    for _, tile in tiles():
        peak = np.maximum(peak, tile.max(axis=1, keepdims=True))
    calm = agreed((peak >= 0) & (peak < HIGH))
    below, lost, count = np.zeros((n, 1), work), 0, 0
    sums: list[Array] = []
    for _, tile in tiles():
        rows = Rows(tile, 1, calm, wider=wider)
        rows.peak = peak
        terms, tops = rows.below
        count = count + tops
        for part in in_pieces(terms, width):
            sums.append(row_sums(part, wider=wider).reshape(n, len(part) // n))
            if sum(part.shape[1] for part in sums) == TILE:
                below, error = two_sum(below, wide_sum(sums))
                sums, lost = [], lost + error
    if sums:
        below, error = two_sum(below, wide_sum(sums))
        lost = lost + error
    below = below + lost
    rest = rows.compared(below, count)
    total = below + np.where(calm, count * np.exp(peak), count)
    for where, tile in tiles():
        rows = Rows(tile, 1, calm, wider=wider)
        rows.peak, rows.rest, rows.total = peak, rest, total
        result = expression(rows)
        if name != "logsumexp":
            place[where] = result.reshape(place[where].shape)
            continue
        for i in np.flatnonzero(cancelled(result, peak, place.dtype)):
            parts = (
                p for x in scores(i) for part in exp_in_parts(x) for p in part.tolist()
            )
            result[i] = log_of_sum(parts, partial(numbers, i))
        place[...] = result.reshape(place.shape)
        return


def in_pieces(rows: Array, width: int) -> Iterator[Array]:
    """Cut rows into pieces of one width and what is left, each a row of its own.

    Where a row is cut does not depend on how many are read side by side, so that
    no bit of its sum does.
    """
    whole = rows.shape[1] // width * width
    if whole:
        yield rows[:, :whole].reshape(-1, width)
    if whole < rows.shape[1]:
        yield rows[:, whole:]


def wide_sum(sums: list[Array]) -> Array:
    """Sum some sums of each row, rounded once where there is a wider precision."""
    terms = np.concatenate(sums, axis=1)
    return terms.sum(axis=1, keepdims=True, dtype=np.longdouble).astype(terms.dtype)


def cancelled(result: Array, peak: Array, answer: np.dtype[Any]) -> Array:
    """Tell where a logarithm of a sum is so close to 0 that it lost digits."""
    least = 0.4 if answer.itemsize == 8 else 2.0**-16  # float64 has none to spare
    size = np.abs(result)
    return (size < 0.5) & (size < -least * peak)


def logs_of_sums(scores: Array) -> list[float]:
    """Return the logarithm of the sum of exp(row) for rows where it is close to 0."""
    parts = [
        part
        for (piece,) in blocks(scores.shape[1:], PIECE)
        for part in exp_in_parts(scores[:, piece])
    ]
    return [
        log_of_sum(
            chain.from_iterable(part[i].tolist() for part in parts), row.__iter__
        )
        for i, row in enumerate(scores)
    ]


def log_of_sum(parts: Iterable[float], row: Callable[[], Iterable[Any]]) -> float:
    """Return the logarithm of the sum of exp(row), which is close to 1, from its parts.

    So close that the parts have no digits to spare, the sum is taken in decimals.
    """
    rest = math.fsum(chain([-1.0], parts))
    if abs(rest) < 2.0**-56:
        for digits in 60, 120, 400:
            with localcontext(Context(prec=digits)):
                rest = float(sum(map(decimal_exp, row())) - 1)
            if abs(rest) > 10.0 ** (20 - digits):  # so 20 digits of it are left
                break
    return math.log1p(rest)


def decimal_exp(x: Any) -> Decimal:
    """Return exp(x), where x may have more digits than a float."""
    head = float(x)
    total = Decimal(head)
    if math.isfinite(head):
        total += Decimal(float(x - head))
    return total.exp()


def exp_in_parts(x: Array) -> tuple[Array, Array, Array]:
    """Return three arrays whose exact sum is exp(x), to about a hundred bits.

    With x = k log 2 + z, it is 2**k + 2**k expm1(z), and expm1(z) is a pair of
    numbers that is carried from z / 2**26, where four terms of its series do,
    to z by expm1(2 z) = 2 expm1(z) + expm1(z)**2.
    """
    x = np.maximum(x, -1000)
    k = np.rint(x / LOG_2[0])
    head, tail = two_sum(x - k * LOG_2[0], -k * LOG_2[1])
    head, tail = head / 2**26, (tail - k * LOG_2[2]) / 2**26
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


def rowwise_matrix(
    name: str,
    expression: Expression,
    entries: Callable[[Any, slice], Any],
    x: Any,
    axis: int,
) -> Any:
    """Make a square matrix of what the expression gives for each row along `axis`.

    `entries` takes that and a slice of the matrix' rows.
    """
    duck = reduces_itself(x)
    if not duck:
        x = as_array(name, x)
    work, answer, _ = precision(name, x)
    if not isinstance(axis, int | np.integer):
        raise TypeError(f"{name}: axis must be one integer, got {axis!r}")
    checked_axes(name, int(axis), x.shape)
    if isinstance(x, np.ma.MaskedArray):
        scores = unmasked(x, answer)
        result = rowwise_matrix(name, expression, entries, scores, axis)
        mask = np.moveaxis(np.ma.getmaskarray(x), axis, -1)
        return np.ma.masked_array(
            result, mask[..., np.newaxis] | mask[..., np.newaxis, :]
        )
    source = np.moveaxis(x, axis, -1)
    if duck:
        if hasattr(source, "numblocks"):
            source = source.rechunk({source.ndim - 1: -1})
            chunks = *source.chunks, source.chunks[-1]
            function = partial(rowwise_matrix, name, expression, entries, axis=-1)
            return source.map_blocks(
                function, dtype=answer, chunks=chunks, new_axis=source.ndim
            )
        with np.errstate(all="ignore"):
            result = expression(Rows(source.astype(work), (-1,), calm=False))
            return entries(result, slice(None)).astype(answer)
    return QUIET.copy().run(_square, expression, entries, source)


def _square(
    expression: Expression,
    entries: Callable[[Any, slice], Any],
    source: Array,
) -> Array:
    """Make a matrix of each row, as many rows at a time as fill a block."""
    work, answer, block = PRECISION[source.dtype.char]
    length = source.shape[-1]
    out = np.empty((*source.shape, length), answer)
    for index in blocks(source.shape[:-1], block // max(LEAST, length**2)):
        if out[index].size:
            slab = np.ascontiguousarray(source[index], work).reshape(-1, length)
            result = expression(Rows(slab, 1, None, wider=answer is not work))
            for (part,) in blocks((length,), block // length):
                place = out[index][..., part, :]
                place[...] = entries(result, part).reshape(place.shape)
    return out


def blocks(shape: tuple[int, ...], size: int) -> Iterator[tuple[slice, ...]]:
    """Cut a shape into pieces of at most `size` elements."""
    if not shape:
        yield ()
        return
    step = max(1, size // max(1, math.prod(shape[1:])))
    for start in range(0, shape[0], step):
        for piece in blocks(shape[1:], size):
            yield (slice(start, start + step), *piece)


def checked_axes(name: str, axis: Axis, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the axes counted from the front, or say which do not exist."""
    if axis is None:
        return tuple(range(len(shape)))
    try:
        if not isinstance(axis, tuple):
            axis = operator.index(axis)
        return normalize_axis_tuple(axis, len(shape))
    except TypeError:
        raise TypeError(
            f"{name}: axis must be an integer, a tuple of them or None, got {axis!r}"
        ) from None
    except (np.exceptions.AxisError, OverflowError):
        raise np.exceptions.AxisError(
            f"{name}: axis {axis} does not exist in the shape {shape}"
        ) from None
    except ValueError:
        raise ValueError(f"{name}: axis {axis} names an axis twice") from None
