"""Rows of arrays that are not NumPy's own: masked, lazy or of another maker.

A masked array keeps its mask, a lazy array stays lazy, and an array of another maker
works out its rows itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from activations._core.arrays import Array, Axes, Precision, quietly
from activations._core.rows import RowFunction, Rows, rest_of
from activations._core.sums import row_sums

LONGEST = 2**24  # elements of a lazy row up to which its chunks are put together


def with_whole_rows(x: Any, axes: Axes) -> Any:
    """Let each row of a lazy array lie in one chunk, but for the longest.

    Then it has the bits of one piece.  How many rows lie in a chunk is for dask to say,
    which has a setting for it.  Where it does not know their number, they stay cut.
    """
    size, length = math.prod(x.shape), math.prod(x.shape[i] for i in axes)
    whole = all(x.numblocks[i] == 1 for i in axes)
    if whole or math.isnan(size) or (size and length > LONGEST):
        return x
    return x.rechunk({i: -1 if i in axes else "auto" for i in range(x.ndim)})


def worked_out(function: RowFunction, x: Any, axes: Axes, precision: Precision) -> Any:
    """Let an array of another maker work out its rows."""
    with np.errstate(all="ignore"):  # of these arrays, some have a state of their own
        rows = Rows(x.astype(precision.work), axes, precision.spare, calm=False)
        return function.expression(rows).astype(precision.answer)


def across_chunks(
    function: RowFunction, x: Any, axes: Axes, precision: Precision
) -> Any:
    """Walk along the chunks of lazy rows three times: for maximum, sum and answer."""
    work, chunks = precision.work, ones_along(axes, x)
    largest = partial(peak_of_chunk, axes=axes, dtype=work)
    peak = x.map_blocks(largest, dtype=work, chunks=chunks)
    peak = peak.max(axis=axes, keepdims=True)
    count = (x == peak).sum(axis=axes, keepdims=True)
    add = partial(sum_of_chunk, axes=axes, precision=precision)
    below = x.map_blocks(add, peak, dtype=work, chunks=chunks)
    below = below.sum(axis=axes, keepdims=True)
    apply = partial(
        result_of_chunk,
        expression=function.expression,
        axes=axes,
        precision=precision,
    )
    scores = peak if function.reduces else x
    return scores.map_blocks(apply, peak, below, count, dtype=precision.answer)


def ones_along(axes: Axes, x: Any) -> tuple[Any, ...]:
    """Return the sizes of the chunks when each holds one number along some axes."""
    return tuple((1,) * len(c) if i in axes else c for i, c in enumerate(x.chunks))


@quietly  # as numpy.ma fills float16 with what overflows
def peak_of_chunk(x: Any, *, axes: Axes, dtype: np.dtype[Any]) -> Any:
    """Return the largest scores of the part of each row that a chunk holds."""
    return x.max(axis=axes, keepdims=True).astype(dtype)


@quietly
def sum_of_chunk(x: Array, peak: Array, *, axes: Axes, precision: Precision) -> Array:
    """Sum exp(x - peak) over the part of each row that a chunk holds, without peaks."""
    work, spare = precision.work, precision.spare
    peak = unmasked(peak, work)
    terms, _ = Rows(
        unmasked(x, work), axes, spare, calm=False, peak=peak
    ).without_peaks()
    terms = np.moveaxis(terms, axes, range(-len(axes), 0))
    terms = terms.reshape(peak.size, math.prod(x.shape[i] for i in axes))
    return row_sums(terms, spare).reshape(peak.shape)


@quietly
def result_of_chunk(
    x: Array,
    peak: Array,
    below: Array,
    count: Array,
    *,
    expression: Callable[[Any], Any],
    axes: Axes,
    precision: Precision,
) -> Array:
    """Apply the expression to a chunk of rows, given what all their chunks hold."""
    work = precision.work
    peak, count = unmasked(peak, work), np.ma.getdata(count)
    rest, total = rest_of(below, count, peak, calm=False), below + count
    known = {"peak": peak, "rest": rest, "total": total}
    rows = Rows(unmasked(x, work), axes, precision.spare, calm=False, **known)
    result = expression(rows).astype(precision.answer)
    return masked_as(x, result, axes) if isinstance(x, np.ma.MaskedArray) else result


@quietly
def unmasked(x: Any, dtype: np.dtype[Any]) -> Array:
    """Return an array in which what is masked has no share."""
    return np.ma.filled(x.astype(dtype, copy=False), -np.inf)


def masked_as(x: Any, result: Any, axes: Axes) -> Any:
    """Mask a result where `x` is, or a row of `x` is throughout."""
    mask: Any = np.ma.getmaskarray(x)
    if np.shape(result) != x.shape:
        mask = (mask.all(axis=axes) & (x.size > 0)).reshape(np.shape(result))
    return np.ma.masked_array(result, mask.copy())[()]
