"""Checks of the numbers, seeds and data that functions and networks are given."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt


def check_count(argument: str, count: Any) -> int:
    """Return an integer of at least 1, or say what came instead."""
    if isinstance(count, bool | np.timedelta64) or not isinstance(count, Integral):
        raise TypeError(f"{argument} must be an integer, not {count!r}")
    if count < 1:
        raise ValueError(f"{argument} must be positive, not {count}")
    return int(count)


def check_number(argument: str, number: Any) -> float:
    """Return a float, infinite if the number is too large for one."""
    if isinstance(number, bool | np.timedelta64) or not isinstance(number, Real):
        raise TypeError(f"{argument} must be a real number, not {number!r}")
    try:
        return float(number)
    except OverflowError:
        return -math.inf if number < 0 else math.inf


def check_generator(argument: str, rng: Any) -> np.random.Generator:
    """Return the generator that a seed stands for, or say what came instead."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        message = f"{argument} must be a seed or a generator, not {rng!r}"
        raise type(error)(message) from None


def array_of(argument: str, data: Any) -> npt.NDArray[Any]:
    """Return an array, or say what keeps `data` from being one."""
    try:
        # What is no array yet may need its caller's context to become one.
        with np.errstate(all="ignore"):
            return np.asarray(data)
    except ValueError as error:  # lists of several lengths
        raise ValueError(f"{argument} must be an array: {error}") from None
    except (TypeError, RuntimeError) as error:  # what refuses to become an array
        raise TypeError(f"{argument} must be an array: {error}") from error


def check_data(argument: str, data: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return an array of numbers that are finite in float64, or say what came instead."""
    array = array_of(argument, data)
    if np.ma.is_masked(data):
        raise ValueError(f"{argument} must have no masked numbers")
    if array.dtype.kind not in "buif":
        raise TypeError(f"{argument} must hold real numbers, not {array.dtype}")
    with np.errstate(all="ignore"):  # longdouble reaches farther than float64
        finite = np.isfinite(np.asarray(array, float)).all()
    if not finite:
        message = f"{argument} must be finite; in float64 it holds NaN or infinity"
        raise ValueError(message)
    return array
