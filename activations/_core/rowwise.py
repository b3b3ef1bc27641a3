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
    LONGDOUBLE,
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
    if x.ndim == 1 and 0 < len(x) <= SHORT and axes and work is not LONGDOUBLE:
        ready = x.dtype is work and x.flags.c_contiguous
        result = _alone(function, x if ready else x.astype(work), answer)
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
        length = x.shape[-1]
        if x.size // length <= rows_in_block(precision, length):
            return _one_block(function, x, out, precision, keepdims)
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
    x: Array,
    out: Array | None,
    precision: Precision,
    keepdims: bool,
) -> Any:
    """Spare rows that fit a block, and lie along the last axis, the way through blocks."""
    shape = x.shape
    if function.reduces:
        shape = shape[:-1] + (1,) * bool(keepdims)
    length = x.shape[-1]
    across = _lies_across(function, length)
    rows = as_rows(x, x.size // length)
    laid = rows.T if across else rows
    result, close, scores = _at_once(function, laid, length, across, precision)
    if close.size:
        renew([(result, close, scores)])
    result = (result.T if across else result).reshape(shape)
    if out is not None:
        return _filled(function.name, out, result, precision.answer)
    return np.asarray(result, precision.answer, "C")[()]


def _filled(name: str, out: Array, result: Any, answer: np.dtype[Any]) -> Array:
    """Round a result as it is written."""
    check_out(name, out, result.shape, answer)
    out.view(np.ndarray)[...] = result
    return out


def _lies_across(function: RowFunction, length: int) -> bool:
    """Tell whether rows are laid out as columns, short ones whose peaks are asked for.

    NumPy finds maxima along a first axis for many columns at once.
    """
    return function.asks_peaks and length <= SHORT


def _at_once(
    function: RowFunction,
    some: Array,
    length: int,
    across: bool,
    precision: Precision,
    room: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Apply the function to rows, which run along the first axes if they lie across.

    Return a matrix, which of its rows or columns to make anew, and their scores.
    `room` has the shape of `some` and may be used.
    """
    count = some.size // length
    matrix = (length, count) if across else (count, length)
    block = np.ascontiguousarray(some, precision.work).reshape(matrix)
    if room is not None:
        room = room.reshape(matrix)
    rows = Rows(block, 0 if across else 1, precision.spare, room=room)
    result = function.expression(rows)
    if not function.reduces:
        return result, NOWHERE, NOWHERE
    close = np.flatnonzero(cancelled(result, rows.peak, precision.answer))
    return result, close, block[:, close].T if across else block[close]


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
        across = _lies_across(function, length)
        outer = source.shape[:split]
        if across:
            front, end = range(split), range(-split, 0)
            source = np.moveaxis(source, front, end)
            target = np.moveaxis(target, front, end)
        for index in pieces(outer, rows_in_block(precision, length)):
            here: tuple[Any, ...] = (..., *index) if across else index
            place = target[here]
            room = place if roomy and place.flags.c_contiguous else None
            result, close, scores = _at_once(
                function, source[here], length, across, precision, room
            )
            place[...] = result.reshape(place.shape)
            if close.size:
                waiting.append((place, close, scores))
                count += close.size
            if count * length > PIECE:
                renew(waiting)
                waiting, count = [], 0
        renew(waiting)
    else:
        for index in pieces(source.shape[:split], TILE):
            walk(function, source[index], target[index], split, precision)
    return out
