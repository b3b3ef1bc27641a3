"""The sigmoid and softplus, whose exponentials stay finite."""

from __future__ import annotations

from typing import Any

import numpy as np

from activations._core.arrays import ONE

# To add 1 to it, or to more, changes no digit in any working precision.
SWAMPS_ONE = 1e35
# Up to it log1p(e) is further above log(e) than rounding errors reach, so that the
# maximum of the two is log1p(e).
ABOVE_LOG = 1e13


def logistic(x: Any, out: Any = None) -> Any:
    """Return exp(x) / (1 + exp(x)), which is 1 where exp(x) is infinite."""
    # To look at e, not at x: what reads x first waits for memory, and exp hides that.
    e = np.exp(x)
    if not is_below(SWAMPS_ONE, e):
        e = np.minimum(e, SWAMPS_ONE)
    return np.divide(e, ONE + e, out=out)


def log1p_exp(x: Any, out: Any = None) -> Any:
    """Return log(1 + exp(x)), which is finite where x is."""
    e = np.exp(x)
    if is_below(ABOVE_LOG, e):
        return np.log1p(e, out=out)
    return np.maximum(x, np.log1p(np.minimum(e, SWAMPS_ONE)), out=out)


def is_below(bound: float, x: Any) -> bool:
    """Tell whether a block has nothing above a bound, NaN neither.

    From some hundred numbers on, to look costs less than to cut what is above, and most
    blocks have nothing to cut.
    """
    return bool(type(x) is np.ndarray and x.size and x.item(x.argmax()) <= bound)
