"""How a function of rows is applied along any axes, whatever lies where in memory.

Rows that fit a block are taken several at a time and in one go, short ones laid across
where their peaks are asked for; longer ones are walked through.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from activations._core.arrays import (
    LONG,
    NOWHERE,
    PIECE,
    Array,
    Axes,
    Axis,
    Precision,
    as_array,
    check_no_out,
    check_out,
    checked_axes,
    is_lazy,
    known_precision,
    overlap,
    pieces,
    precision_of,
    quiet_context,
    reduces_itself,
)
from activations._core.fixed_point import sum_less_one
from activations._core.foreign_rows import (
    across_chunks,
    masked_as,
    ones_along,
    unmasked,
    with_whole_rows,
    worked_out,
)
from activations._core.long_rows import TILE, walk
from activations._core.near_one import cancelled, renew
from activations._core.rows import (
    DEEP,
    HIGH,
    SHORT,
    Row,
    RowFunction,
    Rows,
    as_rows,
    rows_in_block,
    smallest,
)

# What lies beside a column NumPy takes through a buffer, usually of 8,192 numbers, which
# holds the column as often as rows fit in; where no second row fits, it needs none and
# is three times as quick.
_ROWS = quiet_context()
_ROWS.run(np.setbufsize, 1024)


def rowwise(
    function: RowFunction,
    x: Any,
    axis: Axis,
    out: Array | None,
    *,
    keepdims: bool = True,
) -> Any:
    """Apply a function to the rows along `axis`, whatever the array's layout."""
    if type(x) is not np.ndarray:
        if reduces_itself(x):
            return _on_foreign(function, x, axis, out, keepdims)
        x = as_array(function.name, x)
    return _ROWS.copy().run(_on_array, function, x, axis, out, keepdims)


def _on_foreign(
    function: RowFunction, x: Any, axis: Axis, out: Any, keepdims: bool
) -> Any:
    """Keep an array's mask, or let an array of another maker work out its rows."""
    name = function.name
    precision = precision_of(name, x)
    axes = checked_axes(name, axis, x.shape)
    check_no_out(name, out, x)
    if isinstance(x, np.ma.MaskedArray):
        scores = unmasked(x, precision.answer)
        result = rowwise(function, scores, axes, None, keepdims=keepdims)
        return masked_as(x, result, axes)
    if is_lazy(x):
        x = with_whole_rows(x, axes)
        if all(x.numblocks[i] == 1 for i in axes):
            apply = partial(rowwise, function, axis=axes, out=None, keepdims=True)
            chunks = ones_along(axes if function.reduces else (), x)
            result = x.map_blocks(apply, dtype=precision.answer, chunks=chunks)
        else:
            result = across_chunks(function, x, axes, precision)
    else:
        result = worked_out(function, x, axes, precision)
    return result if keepdims else result.squeeze(axis=axes)


def _on_array(
    function: RowFunction, x: Array, axis: Axis, out: Array | None, keepdims: bool
) -> Any:
    """Choose the way that suits the number and the length of the rows."""
    name = function.name
    precision = known_precision(x.dtype.num) or precision_of(name, x)
    work, answer = precision.work, precision.answer
    if type(axis) is int and axis == -1 and x.ndim:
        axes: Axes = (x.ndim - 1,)  # as most are, which takes no call
    else:
        axes = checked_axes(name, axis, x.shape)
    if x.ndim == 1 and 0 < len(x) <= SHORT and axes and work is not LONG:
        ready = x.dtype is work and x.flags.c_contiguous
        result = _alone(function, x if ready else x.astype(work, "C"), answer)
        if result is not None:
            if function.reduces and (keepdims or out is not None):
                result = np.full((1,) * bool(keepdims), result)
            if out is not None:
                return _filled(name, out, result, answer)
            if type(result) is float:
                return answer.type(result)
            return result.astype(answer) if precision.spare else result
    ordered = function.reduces or x.flags.c_contiguous  # the result will be, as x is
    if x.size and axes == (x.ndim - 1,) and ordered:
        rows = x.size // x.shape[-1]
        if rows <= rows_in_block(precision, x.shape[-1]):
            return _one_block(
                function, as_rows(x, rows), x.shape, out, precision, keepdims
            )
    result = _in_blocks(function, x, axes, out, precision, keepdims)
    return result[()] if out is None else out


def _alone(function: RowFunction, x: Array, answer: np.dtype[Any]) -> Any:
    """Apply the function to one short row, or give None where that needs care.

    It does where exp(x) overflows or loses digits that the row shows.
    """
    at = x.argmax()
    peak = x.item(at)
    if not (peak < HIGH and (peak >= 0 or smallest(x) > DEEP)):
        return None
    row = Row(x, at, peak)
    result = function.expression(row)
    if function.reduces and peak < 0 and cancelled(result, peak, answer):
        return math.log1p(sum_less_one(x.tolist))
    return result


def _one_block(
    function: RowFunction,
    slab: Array,
    shape: tuple[int, ...],
    out: Array | None,
    precision: Precision,
    keepdims: bool,
) -> Any:
    """Spare rows that fit a block, and lie along the last axis, the way through blocks."""
    if function.reduces:
        shape = shape[:-1] + (1,) * bool(keepdims)
    result, close = _at_once(function, slab, precision)
    if close.size:
        renew([(result, close, slab[close].astype(precision.work))])
    result = result.reshape(shape)
    if out is not None:
        return _filled(function.name, out, result, precision.answer)
    return np.asarray(result, precision.answer, "C")[()]


def _filled(name: str, out: Array, result: Any, answer: np.dtype[Any]) -> Array:
    """Round a result as it is written."""
    check_out(name, out, result.shape, answer)
    out.view(np.ndarray)[...] = result
    return out


def _at_once(
    function: RowFunction,
    slab: Array,
    precision: Precision,
    room: Array | None = None,
) -> tuple[Any, Array]:
    """Apply the function to the rows of a matrix, and tell which to make anew.

    `room` has the shape of the matrix and may be used.  Where the peaks of short rows
    are asked for, the matrix is laid across: NumPy finds maxima along a first axis for
    many columns at once.
    """
    work = precision.work
    length = slab.shape[1]
    across = function.asks_peaks and length <= SHORT
    block = np.ascontiguousarray(slab.T if across else slab, work)
    rows = Rows(block, 0 if across else 1, precision.spare, room=room)
    result = function.expression(rows)
    close = NOWHERE
    if function.reduces:
        close = np.flatnonzero(cancelled(result, rows.peak, precision.answer))
    return result.T if across else result, close


def _in_blocks(
    function: RowFunction,
    x: Array,
    axes: Axes,
    out: Array | None,
    precision: Precision,
    keepdims: bool,
) -> Array:
    """Fill `out` with as many rows at a time as fit a block, or row by row."""
    shape = x.shape
    if function.reduces:
        kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
        dropped = tuple(n for i, n in enumerate(shape) if i not in axes)
        shape = kept if keepdims else dropped
    if out is not None:
        check_out(function.name, out, shape, precision.answer)
        out = out.view(np.ndarray)
    elif function.reduces:
        out = np.empty(shape, precision.answer)
    else:
        out = np.empty_like(x, precision.answer)
    if overlap(x, out):
        x = x.copy()
    if not x.size:
        out[...] = -np.inf
        return out
    target = out if out.ndim == x.ndim else np.expand_dims(out, axes)
    last = range(-len(axes), 0)
    source, target = np.moveaxis(x, axes, last), np.moveaxis(target, axes, last)
    split = x.ndim - len(axes)
    length = math.prod(source.shape[split:])
    if source.flags.c_contiguous and target.flags.c_contiguous:
        rows = x.size // length
        source, target = as_rows(source, rows), as_rows(target, rows)
        split = 1
    if length <= precision.block:
        # Scores may be needed again, so nothing is put over them.
        waiting, count = [], 0
        apart = not (function.asks_peaks or np.may_share_memory(x, out))
        roomy = apart and out.dtype == precision.work
        for index in pieces(source.shape[:split], rows_in_block(precision, length)):
            place, some = target[index], source[index]
            slab = as_rows(some, some.size // length)
            fits = roomy and place.flags.c_contiguous
            room = place.reshape(slab.shape) if fits else None
            result, close = _at_once(function, slab, precision, room)
            if close.size:
                waiting.append((place, close, slab[close].astype(precision.work)))
                count += close.size
            place[...] = result.reshape(place.shape)
            if count * length > PIECE:
                renew(waiting)
                waiting, count = [], 0
        renew(waiting)
    else:
        for index in pieces(source.shape[:split], TILE):
            walk(function, source[index], target[index], split, precision)
    return out
