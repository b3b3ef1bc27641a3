"""Exponentials that stay finite, for the sigmoid and softplus."""

from __future__ import annotations

from typing import Any

import numpy as np

FAR = np.array(80.0)  # its exponential changes no digit where 1 is added


def capped(x: Any) -> Any:
    """Return min(x, 80), whose exponential is finite in every working precision."""
    return x if is_below(80, x) else np.minimum(x, FAR)


def log1p_exp(x: Any, out: Any = None) -> Any:
    """Return log(1 + exp(x)), which is finite where x is.

    Below 32 neither bound changes a bit: the result is further above the line than
    rounding errors reach.
    """
    if is_below(32, x):
        return np.log1p(np.exp(x), out=out)
    return np.maximum(x, np.log1p(np.exp(np.minimum(x, FAR))), out=out)


def is_below(bound: float, x: Any) -> bool:
    """Tell whether a block has nothing above a bound, NaN neither.

    From some hundred numbers on, to look costs less than to cut what is above, and most
    blocks have nothing to cut.
    """
    return bool(type(x) is np.ndarray and x.size and x.item(x.argmax()) <= bound)
