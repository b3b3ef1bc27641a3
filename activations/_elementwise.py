"""What the functions share: the input rule, the working precision, the blocks.

float16 and float32 are computed in float64 and rounded once.  Arrays larger than
a block are worked through block by block, so that intermediate results stay in the
processor's cache and no array of the input's size is made beside the output.
Arrays of other makers that speak NumPy's ufunc protocol compute the expression
themselves, and a lazy array lets the function work on its chunks.
"""

from __future__ import annotations

import contextvars
import functools
import inspect
import math
import numbers
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = np.ndarray[Any, np.dtype[Any]]

# Elements: 192 KiB of float64.  A few such arrays fit a second-level cache, and glibc
# keeps the memory of arrays above 128 KiB for the next block; that of smaller ones can
# go back to the system, which clears it anew.
BLOCK = 24_576

# On a short array NumPy takes twice as long over a number as over an array of one.
ZERO, ONE, FAR = np.array(0.0), np.array(1.0), np.array(80.0)

# The character of a dtype, which is the same for both byte orders, leads to
# the precision to work in, the one to answer in, and the elements of a block.
Precision = tuple[np.dtype[Any], np.dtype[Any], int]
PRECISION: dict[str, Precision] = {
    **dict.fromkeys("?bhilqBHILQ", (np.dtype(np.float64), np.dtype(np.float64), BLOCK)),
    "e": (np.dtype(np.float64), np.dtype(np.float16), BLOCK),
    "f": (np.dtype(np.float64), np.dtype(np.float32), BLOCK),
    "d": (np.dtype(np.float64), np.dtype(np.float64), BLOCK),
    "g": (np.dtype(np.longdouble), np.dtype(np.longdouble), BLOCK // 2),
}

# In this context NumPy ignores floating-point errors, whatever the caller asked for.
# To run in a copy takes a quarter of the time of np.errstate, which takes as long as a
# ufunc on ten numbers; no two threads can be in one context, so each call has its own.
QUIET = contextvars.Context()
QUIET.run(np.seterr, all="ignore")


def quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Run a function where NumPy ignores floating-point errors."""

    @functools.wraps(function)
    def within(*arguments: Any, **parameters: Any) -> Any:
        return QUIET.copy().run(function, *arguments, **parameters)

    return within


class Elementwise(Protocol):
    """A function of one array, applied to each of its elements."""

    __name__: str

    def __call__(
        self, x: npt.ArrayLike, *, out: Array | None = None, **parameters: float
    ) -> Any:
        """Apply the function."""


def elementwise(expression: Callable[..., Any]) -> Elementwise:
    """Turn an expression on one block into a function of any real array.

    Parameters
    ----------
    expression : callable
        Takes an array and keyword parameters, returns an array of its shape.

    Returns
    -------
    callable
        The function, with ``out`` as a further keyword.
    """
    name = expression.__name__

    def at_once(
        x: Array,
        work: np.dtype[Any],
        answer: np.dtype[Any],
        parameters: dict[str, float],
    ) -> Any:
        if x.dtype is not work or not x.flags.forc:  # backwards, loops round otherwise
            x = x.astype(work)
        result = expression(x, **parameters) if parameters else expression(x)
        if answer is not work:
            result = result.astype(answer)
        return result if result.ndim else result[()]

    @functools.wraps(expression)
    def function(x: Any, *, out: Array | None = None, **parameters: float) -> Any:
        if parameters:
            parameters = checked(name, parameters)
        if type(x) is not np.ndarray:
            if is_duck(x):
                return _on_duck(function, expression, x, out, parameters)
            x = as_array(name, x)
        work, answer, block = PRECISION.get(x.dtype.char) or precision(name, x)
        if out is None and x.size <= block:
            return QUIET.copy().run(at_once, x, work, answer, parameters)
        return QUIET.copy().run(_in_blocks, expression, x, out, parameters)

    function.__signature__ = _with_out(expression)  # type: ignore[attr-defined]
    return function


def _in_blocks(
    expression: Callable[..., Any],
    x: Array,
    out: Array | None,
    parameters: dict[str, float],
) -> Array:
    """Fill `out` block by block, in the precision that the input asks for."""
    work, answer, size = PRECISION[x.dtype.char]
    if out is None:
        out = np.empty_like(x, dtype=answer)
    else:
        check_out(expression.__name__, out, x.shape, answer)
    for block, result in _blocks(x, out.view(np.ndarray), work, size):
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
        flags=["external_loop", "buffered", "zerosize_ok", "copy_if_overlap"],
        op_flags=[
            ["readonly", "contig", "overlap_assume_elementwise"],
            ["writeonly", "overlap_assume_elementwise"],
        ],
        op_dtypes=[work, out.dtype.newbyteorder("=")],  # rounded as it is written
        casting="same_kind",
        buffersize=size,
    )
    with blocks:
        yield from blocks


def _on_duck(
    function: Callable[..., Any],
    expression: Callable[..., Any],
    x: Any,
    out: Any,
    parameters: dict[str, float],
) -> Any:
    """Keep an array's mask and a lazy array lazy, or let other makers' arrays compute."""
    name = expression.__name__
    if out is not None:
        raise TypeError(f"{name}: out is for NumPy arrays, x is {_kind(x)}")
    if isinstance(x, np.ma.MaskedArray):
        return np.ma.masked_array(function(x.data, **parameters), x.mask.copy())
    work, answer, _ = precision(name, x)
    if hasattr(x, "numblocks"):
        expression(np.empty(0), **parameters)  # refuses a misspelt name now, not later
        return x.map_blocks(functools.partial(function, **parameters), dtype=answer)
    with np.errstate(all="ignore"):
        return expression(x.astype(work), **parameters).astype(answer)


def capped(x: Any) -> Any:
    """Return min(x, 80), whose exponential is finite in every working precision."""
    return x if is_below(80, x) else np.minimum(x, FAR)


def log1p_exp(x: Any) -> Any:
    """Return log(1 + exp(x)), which is finite where x is.

    Below 32 neither bound changes a bit: the result is further above the line than
    rounding errors reach.
    """
    if is_below(32, x):
        return np.log1p(np.exp(x))
    return np.maximum(x, np.log1p(np.exp(np.minimum(x, FAR))))


def is_below(bound: float, x: Any) -> bool:
    """Tell whether a block has nothing above a bound, NaN neither.

    From some hundred numbers on, to look costs less than to cut what is above, and most
    blocks have nothing to cut.
    """
    return bool(type(x) is np.ndarray and x.size and x.item(x.argmax()) <= bound)


def is_duck(x: object) -> bool:
    """Tell whether `x` answers NumPy's ufuncs itself, or carries a mask."""
    protocol = getattr(type(x), "__array_ufunc__", None)
    if protocol in (None, np.ndarray.__array_ufunc__):
        return isinstance(x, np.ma.MaskedArray)
    return hasattr(x, "dtype")


def checked(name: str, parameters: dict[str, float]) -> dict[str, float]:
    """Return the parameters as floats, or say which of them is out of range."""
    for key, value in parameters.items():
        # Most are such floats, and to look closer takes as long as a ufunc.
        if not (type(value) is float and 0 < value < math.inf):
            parameters[key] = _in_range(name, key, value)
    return parameters


def _in_range(name: str, key: str, value: Any) -> float:
    if not isinstance(value, numbers.Real) or isinstance(value, np.timedelta64):
        raise TypeError(f"{name}: {key} must be a real number, got {_kind(value)}")
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        number = math.inf
    if not (0 < number < math.inf or (number == 0 and key == "negative_slope")):
        least = "at least 0" if key == "negative_slope" else "greater than 0"
        came = _shown(value)
        raise ValueError(f"{name}: {key} must be finite and {least}, got {came}")
    return number


def _shown(number: Any) -> str:
    try:
        return repr(number)
    except ValueError:  # Python writes no more than 4,300 digits
        return "an integer of thousands of digits"


def check_out(
    name: str, out: Any, shape: tuple[int, ...], answer: np.dtype[Any]
) -> None:
    """Refuse an `out` that cannot hold the answer."""
    if not isinstance(out, np.ndarray):
        raise TypeError(f"{name}: out must be a NumPy array, got {_kind(out)}")
    if out.shape != shape:
        raise ValueError(f"{name}: out must have the shape {shape}, got {out.shape}")
    if out.dtype.kind != "f" or not np.can_cast(answer, out.dtype, "same_kind"):
        raise TypeError(f"{name}: out of dtype {out.dtype} cannot hold {answer}")
    if not out.flags.writeable:
        raise ValueError(f"{name}: out must be writeable, got a read-only array")


def overlap(x: Array, out: Array) -> bool:
    """Tell whether writing `out` may change what is yet to be read of `x`.

    It does not where the two are one and the same view of memory.
    """

    def place(array: Array) -> tuple[object, ...]:
        start = array.__array_interface__["data"]
        return start, array.shape, array.strides, array.dtype

    return np.may_share_memory(x, out) and place(x) != place(out)


def as_array(name: str, x: Any) -> Array:
    """Return an array, or say that `x` is none."""
    try:
        return QUIET.copy().run(np.asarray, x)
    except ValueError as error:  # lists of several lengths
        raise ValueError(f"{name}: x must be an array: {error}") from None


def precision(name: str, x: Any) -> Precision:
    """Return the dtype to work in, the one to answer in and the size of a block."""
    try:
        return PRECISION[x.dtype.char]
    except (KeyError, AttributeError):  # other makers' dtypes have no character
        message = f"{name}: x must be real numbers, got dtype {x.dtype}"
        raise TypeError(message) from None


def _kind(value: object) -> str:
    return type(value).__name__


def _with_out(expression: Callable[..., Any]) -> inspect.Signature:
    """Return the signature with `out` added, bare of annotations."""
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(expression).parameters.values()
    ]
    out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
    return inspect.Signature([*bare, out])
