"""Checks of the numbers that networks and data sets are given."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np


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
