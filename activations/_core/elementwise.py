"""What the functions of one number share: how they are applied, block by block.

float16 and float32 are computed in float64 and rounded once, but for float32 where
nothing rounds.  Arrays larger than a block are worked through block by block, so that
intermediate results stay in the processor's cache and no array of the input's size is
made beside the output.
Arrays of other makers that speak NumPy's ufunc protocol compute the expression
themselves, and a lazy array lets the function work on its chunks.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from activations._core.arguments import check_number
from activations._core.arrays import (
    Array,
    Precision,
    as_array,
    check_no_out,
    check_out,
    exact_precision,
    is_foreign,
    is_lazy,
    known_precision,
    overlap,
    precision_of,
    quiet_context,
)
from activations._core.foreign import Foreign

MAY_BE_0 = ("negative_slope",)  # of the parameters, which are greater otherwise


class Elementwise(Protocol):
    """A function of one array, applied to each of its elements."""

    __name__: str

    def __call__(
        self, x: npt.ArrayLike, *, out: Array | None = None, **parameters: float
    ) -> Any:
        """Apply the function."""


def elementwise(expression: Callable[..., Any], exact: bool = False) -> Elementwise:
    """Turn an expression on one block into a function of any real array.

    Parameters
    ----------
    expression : callable
        Takes an array and keyword parameters, returns an array of its shape.  If one of
        them is ``out``, the result is written there, which saves a copy.  As ``out`` may
        be the array itself, nothing reads that array after a step that writes to ``out``.
    exact : bool, optional
        Whether it rounds nothing, so that float32 need not be widened.

    Returns
    -------
    callable
        The function, with ``out`` as a further keyword.
    """
    name = expression.__name__
    _, *keywords = inspect.signature(expression).parameters
    writes = "out" in keywords
    find_precision = exact_precision if exact else known_precision

    def at_once(x: Array, precision: Precision, parameters: dict[str, float]) -> Any:
        # NumPy's vector loops round differently over numbers that lie backwards.
        if x.dtype is not precision.work or not x.flags.forc:
            x = x.astype(precision.work)
        result = expression(x, **parameters) if parameters else expression(x)
        if precision.spare:
            result = result.astype(precision.answer)
        return result if result.ndim else result[()]

    @functools.wraps(expression)
    def function(x: Any, *, out: Array | None = None, **parameters: Any) -> Any:
        if parameters:
            parameters = checked_parameters(name, keywords, parameters)
        if type(x) is not np.ndarray:
            if is_foreign(x):
                check_no_out(name, out, x)
                precision = precision_of(name, x)
                return _on_foreign(function, expression, x, precision, parameters)
            x = as_array(name, x)
        precision = find_precision(x.dtype.num) or precision_of(name, x)
        if out is None and x.size <= precision.block:
            return quiet_context().run(at_once, x, precision, parameters)
        return quiet_context().run(
            _in_blocks, expression, x, out, precision, parameters, writes
        )

    function.__signature__ = _with_out(expression)  # type: ignore[attr-defined]
    return function


def _in_blocks(
    expression: Callable[..., Any],
    x: Array,
    out: Array | None,
    precision: Precision,
    parameters: dict[str, float],
    writes: bool,
) -> Array:
    """Fill `out` block by block, in the precision that the input asks for."""
    if out is None:
        out = np.empty_like(x, dtype=precision.answer)
    else:
        check_out(expression.__name__, out, x.shape, precision.answer)
    for block, result in _blocks(
        x, out.view(np.ndarray), precision.work, precision.block
    ):
        # What has digits to spare is rounded as it is copied, which is no slower, and
        # NumPy's loops round differently over numbers that lie backwards.
        if writes and not precision.spare and result.flags.c_contiguous:
            expression(block, out=result, **parameters)
        else:
            result[...] = expression(block, **parameters)
    return out


def _blocks(
    x: Array, out: Array, work: np.dtype[Any], size: int
) -> Iterator[tuple[Array, Array]]:
    """Cut input and output into blocks, the input's in the working precision.

    Two arrays that lie in memory alike are sliced, which takes a tenth less than
    np.nditer does, and np.nditer walks through all others.
    """
    if not overlap(x, out):
        for order in "C", "F":
            if x.flags[order] and out.flags[order]:
                source, target = x.ravel(order), out.ravel(order)
                for start in range(0, x.size, size):
                    here = slice(start, start + size)
                    yield source[here].astype(work, copy=False), target[here]
                return
    blocks = np.nditer(  # type: ignore[call-overload]  # whose stub lacks "contig"
        [x, out],
        flags=["external_loop", "buffered", "copy_if_overlap"],
        op_flags=[
            ["readonly", "contig", "overlap_assume_elementwise"],
            ["writeonly", "overlap_assume_elementwise"],
        ],
        op_dtypes=[work, out.dtype.newbyteorder("=")],  # rounded as it is written
        casting="same_kind",
        buffersize=size * 3 // 4,  # as it makes two buffers beside what a block takes
    )
    with blocks:
        yield from blocks


def _on_foreign(
    function: Callable[..., Any],
    expression: Callable[..., Any],
    x: Any,
    precision: Precision,
    parameters: dict[str, float],
) -> Any:
    """Keep an array's mask and a lazy array lazy, or let other makers' arrays compute."""
    if isinstance(x, np.ma.MaskedArray):
        return np.ma.masked_array(function(x.data, **parameters), x.mask.copy())[()]
    if is_lazy(x):
        apply = functools.partial(function, **parameters)
        return x.map_blocks(apply, dtype=precision.answer)
    if hasattr(type(x), "chunks") and is_lazy(x.data):  # with labels, as xarray's
        labels = np.positive(x.astype(precision.answer))  # those that a ufunc keeps
        return labels.copy(deep=False, data=function(x.data, **parameters))
    with np.errstate(all="ignore"):  # of these arrays, some have a state of their own
        result = expression(Foreign(x.astype(precision.work)), **parameters)
        return result.array.astype(precision.answer)


def checked_parameters(
    name: str, keywords: list[str], parameters: dict[str, float]
) -> dict[str, float]:
    """Return the parameters as floats, or say which of them is out of range."""
    for key, value in parameters.items():
        if key not in keywords:
            raise TypeError(f"{name}() got an unexpected keyword argument {key!r}")
        # Most are such floats, and to look closer takes as long as a ufunc.
        if not (type(value) is float and 0 < value < math.inf):
            parameters[key] = _in_range(name, key, value)
    return parameters


def _in_range(name: str, key: str, value: Any) -> float:
    number = check_number(f"{name}: {key}", value)
    if not (0 < number < math.inf or (number == 0 and key in MAY_BE_0)):
        least = "at least 0" if key in MAY_BE_0 else "greater than 0"
        came = _shown(value)
        raise ValueError(f"{name}: {key} must be finite and {least}, got {came}")
    return number


def _shown(number: Any) -> str:
    try:
        return repr(number)
    except ValueError:  # Python writes no more than 4,300 digits
        return "an integer of thousands of digits"


def _with_out(expression: Callable[..., Any]) -> inspect.Signature:
    """Return the signature with `out` at its end, bare of annotations."""
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in inspect.signature(expression).parameters.items()
        if name != "out"
    ]
    out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
    return inspect.Signature([*bare, out])
