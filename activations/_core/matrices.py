"""A square matrix for each row, made of what a function of rows gives for it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from activations._core.arrays import (
    Array,
    Precision,
    as_array,
    checked_axes,
    is_lazy,
    pieces,
    precision_of,
    quietly,
    reduces_itself,
)
from activations._core.foreign_rows import unmasked, worked_out
from activations._core.rows import RowFunction, Rows, as_rows, rows_in_block

Entries = Callable[[Any, slice], Any]


def rowwise_matrix(function: RowFunction, entries: Entries, x: Any, axis: int) -> Any:
    """Make a square matrix of what the function gives for each row along `axis`.

    `entries` takes that and which part of the matrix, a slice from top to bottom, to make.
    """
    name = function.name
    foreign = reduces_itself(x)
    if not foreign:
        x = as_array(name, x)
    precision = precision_of(name, x)
    try:
        axis = operator.index(axis)
    except TypeError:
        message = f"{name}: axis must be one integer, got {axis!r}"
        raise TypeError(message) from None
    x = np.moveaxis(x, checked_axes(name, axis, x.shape), -1)
    if not foreign:
        return _square(function, entries, x, precision)
    again = partial(rowwise_matrix, function, entries, axis=-1)
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
    length = source.shape[-1]
    out = np.empty((*source.shape, length), precision.answer)
    for index in pieces(source.shape[:-1], rows_in_block(precision, length**2)):
        some = source[index]
        if some.size:
            slab = np.ascontiguousarray(some, precision.work)
            rows = Rows(as_rows(slab, slab.size // length), 1, precision.spare)
            result = function.expression(rows)
            for (part,) in pieces((length,), precision.block // length):
                place = out[index][..., part, :]
                place[...] = entries(result, part).reshape(place.shape)
    return out
