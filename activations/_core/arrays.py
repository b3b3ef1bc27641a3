"""What goes in and what comes out.

Kinds of arrays, precisions, checks of what came, a place where NumPy keeps silent, and
how arrays are cut to pieces.
"""

from __future__ import annotations

import contextvars
import functools
import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from activations._core.arguments import array_of

Array = np.ndarray[Any, np.dtype[Any]]
Axes = tuple[int, ...]
Axis = int | Axes | None

# Elements: 200 kB of float64, so that a few such arrays fit a second-level cache.  No
# multiple of 4,096 bytes: arrays made one after another would lie whole pages apart, and
# a processor delays a load from where the last 12 bits of the address are those of a
# recent store (4K aliasing).  Rows of 512 numbers fill whole pages whatever their count.
BLOCK = 25_000

# The C library of Linux hands freed memory back to the system, and the next call pays for
# new pages: up to six times the time.  It keeps twice the largest piece, of up to 32 MB,
# that it ever saw freed (M_TRIM_THRESHOLD), so 2 MB are freed here, never written to.
np.empty(2**18)

# On a short array NumPy takes twice as long over a number as over an array of one.
ZERO, ONE = np.array(0.0), np.array(1.0)
PIECE = 2_048  # elements that are taken at a time where a step makes some 20 arrays
NOWHERE = np.empty(0, int)  # places in an array


@dataclass(frozen=True, slots=True)
class Precision:
    """How to compute with a dtype."""

    work: np.dtype[Any]
    answer: np.dtype[Any]
    spare: bool  # does the work have digits that the answer has not?
    block: int  # elements


FLOAT16, FLOAT32, FLOAT64, LONGDOUBLE = map(np.dtype, "efdg")

# How to compute with each dtype, by its number: both byte orders share it, and no dtype
# of another maker has it, although its character may be that of one of NumPy's.
PRECISION: dict[int, Precision] = {
    **{
        np.dtype(kind).num: Precision(FLOAT64, FLOAT64, False, BLOCK)
        for kind in "?bhilqBHILQd"
    },
    FLOAT16.num: Precision(FLOAT64, FLOAT16, True, BLOCK),
    FLOAT32.num: Precision(FLOAT64, FLOAT32, True, BLOCK),
    LONGDOUBLE.num: Precision(LONGDOUBLE, LONGDOUBLE, False, BLOCK // 2),
}
# The quick half of precision_of; bound here, as Python binds methods of imports slowly.
known_precision = PRECISION.get
# For what rounds nothing; NumPy is slower in float16 than by way of float64.
exact_precision = {
    **PRECISION,
    FLOAT32.num: Precision(FLOAT32, FLOAT32, False, BLOCK),
}.get

# In this context NumPy ignores floating-point errors, whatever the caller asked for.
# To run in a copy takes a quarter of the time of np.errstate, which takes as long as a
# ufunc on ten numbers; no two threads can be in one context, so each call has its own.
_QUIET = contextvars.Context()
_QUIET.run(np.seterr, all="ignore")
quiet_context = _QUIET.copy


def quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Run a function where NumPy ignores floating-point errors."""

    @functools.wraps(function)
    def within(*arguments: Any, **parameters: Any) -> Any:
        return quiet_context().run(function, *arguments, **parameters)

    return within


def is_foreign(x: object) -> bool:
    """Tell whether `x` answers NumPy's ufuncs in NumPy's dtypes, or carries a mask."""
    protocol = getattr(type(x), "__array_ufunc__", None)
    if protocol in (None, np.ndarray.__array_ufunc__):
        return isinstance(x, np.ma.MaskedArray)
    return isinstance(getattr(x, "dtype", None), np.dtype)


def reduces_itself(x: object) -> bool:
    """Tell whether `x` answers NumPy's sums too; a column of a table does not."""
    return is_foreign(x) and hasattr(type(x), "__array_function__")


def is_lazy(x: object) -> bool:
    """Tell whether `x` lies in chunks that are yet to be computed."""
    return hasattr(x, "numblocks")


def as_array(name: str, x: Any) -> Array:
    """Return an array of numbers, or say what `x` is that this function was given."""
    array = array_of(f"{name}: x", x)
    if array.dtype.num not in PRECISION and array is not x:
        kind = type(x).__name__
        message = f"{name}: x must be real numbers, got {kind} of dtype {array.dtype}"
        raise TypeError(message)
    return array


def precision_of(name: str, x: Any) -> Precision:
    """Return how to compute with an array, or say that its dtype is no number."""
    try:
        return PRECISION[x.dtype.num]
    except KeyError:
        message = f"{name}: x must be real numbers, got dtype {x.dtype}"
        raise TypeError(message) from None


def checked_axes(name: str, axis: Axis, shape: tuple[int, ...]) -> Axes:
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


def check_out(
    name: str, out: Any, shape: tuple[int, ...], answer: np.dtype[Any]
) -> None:
    """Refuse an `out` that cannot hold the answer."""
    # What is written under a mask would stay hidden.
    if not isinstance(out, np.ndarray) or isinstance(out, np.ma.MaskedArray):
        kind = type(out).__name__
        raise TypeError(f"{name}: out must be a NumPy array without a mask, got {kind}")
    if out.shape != shape:
        raise ValueError(f"{name}: out must have the shape {shape}, got {out.shape}")
    if out.dtype.kind != "f":
        raise TypeError(f"{name}: out of dtype {out.dtype} cannot hold {answer}")
    if not out.flags.writeable:
        raise ValueError(f"{name}: out must be writeable, got a read-only array")


def check_no_out(name: str, out: Any, x: object) -> None:
    """Refuse an `out` beside an array that computes the answer itself."""
    if out is not None:
        raise TypeError(f"{name}: out is for NumPy arrays, x is {type(x).__name__}")


def overlap(x: Array, out: Array) -> bool:
    """Tell whether writing `out` may change what is yet to be read of `x`.

    It does not where the two are one and the same view of memory.
    """

    def place(array: Array) -> tuple[object, ...]:
        start = array.__array_interface__["data"]
        return start, array.shape, array.strides, array.dtype

    if not np.may_share_memory(x, out) or place(x) == place(out):
        return False
    try:
        return np.shares_memory(x, out, max_work=10_000)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def pieces(shape: tuple[int, ...], size: int) -> Iterator[tuple[slice, ...]]:
    """Cut a shape into pieces of at most `size` elements, or of one."""
    if not shape:
        yield ()
        return
    step = max(1, size // max(1, math.prod(shape[1:])))
    for start in range(0, shape[0], step):
        for piece in pieces(shape[1:], size):
            yield (slice(start, start + step), *piece)
