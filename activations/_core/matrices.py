"""A square matrix for each row, made of what a function of rows gives for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from activations._core.arrays import (
    Array,
    Precision,
    as_array,
    pieces,
    precision_of,
    quietly,
)
from activations._core.foreign import is_lazy, reduces_itself, unmasked, worked_out
from activations._core.rows import RowFunction, Rows, as_rows
from activations._core.rowwise import LEAST, checked_axes

Entries = Callable[[Any, slice], Any]


def rowwise_matrix(
    name: str, function: RowFunction, entries: Entries, x: Any, axis: int
) -> Any:
    """Make a square matrix of what the function gives for each row along `axis`.

    `entries` takes that and a slice of the matrix' rows.
    """
    foreign = reduces_itself(x)
    if not foreign:
        x = as_array(name, x)
    precision = precision_of(name, x)
    if not isinstance(axis, int | np.integer):
        raise TypeError(f"{name}: axis must be one integer, got {axis!r}")
    checked_axes(name, int(axis), x.shape)
    x = np.moveaxis(x, axis, -1)
    if not foreign:
        return _square(function, entries, x, precision)
    again = partial(rowwise_matrix, name, function, entries, axis=-1)
    if isinstance(x, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(x)
        mask = mask[..., np.newaxis] | mask[..., np.newaxis, :]
        return np.ma.masked_array(again(unmasked(x, precision.answer)), mask)
    if is_lazy(x):
        x = x.rechunk({x.ndim - 1: -1})
        chunks = *x.chunks, x.chunks[-1]
        dtype = precision.answer
        return x.map_blocks(again, dtype=dtype, chunks=chunks, new_axis=x.ndim)
    result = worked_out(function, x, (-1,), precision)
    return entries(result, slice(None)).astype(precision.answer)


@quietly
def _square(
    function: RowFunction, entries: Entries, source: Array, precision: Precision
) -> Array:
    """Make a matrix of each row, as many rows at a time as fill a block."""
    block = precision.block
    length = source.shape[-1]
    out = np.empty((*source.shape, length), precision.answer)
    for index in pieces(source.shape[:-1], block // max(LEAST, length**2)):
        some = source[index]
        if some.size:
            slab = np.ascontiguousarray(some, precision.work)
            rows = Rows(as_rows(slab, slab.size // length), 1, precision.wider)
            result = function.expression(rows)
            for (part,) in pieces((length,), block // length):
                place = out[index][..., part, :]
                place[...] = entries(result, part).reshape(place.shape)
    return out
