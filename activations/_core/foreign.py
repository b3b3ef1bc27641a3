"""Arrays that are not NumPy's own, seen through their ufuncs."""

from __future__ import annotations

from typing import Any

import numpy as np


class Foreign(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of another maker, in an expression of NumPy's operators and constants.

    Operators become ufuncs, which is all that it has to answer; and constants, which
    are arrays of one number, become numbers, as a graphics card's arrays refuse NumPy's.
    """

    __slots__ = ("array",)

    def __init__(self, array: Any) -> None:
        self.array = array

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, **options: Any
    ) -> Foreign:
        """Let the array answer."""
        return Foreign(getattr(ufunc, method)(*map(bare, inputs), **options))

    def __array_function__(
        self, function: Any, _: Any, arguments: Any, options: Any
    ) -> Any:
        """Choose with ufuncs, as that is all that some arrays answer."""
        if function is not np.where:
            return NotImplemented
        condition, yes, no = arguments
        chosen = 1.0 * condition
        # 0 / 0 is NaN, which fmax leaves out; a zero less 0 keeps its sign.
        return np.fmax(yes - 0.0 / chosen, no - 0.0 / (1.0 - chosen))


def bare(value: Any) -> Any:
    """Return the array of another maker, or the number of a constant."""
    if isinstance(value, Foreign):
        return value.array
    return value.item() if isinstance(value, np.ndarray) else value
