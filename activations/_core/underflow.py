"""Sums of what lies far below the peak of a row.

Its terms underflow one by one where they do not together, so they are scaled before they
are summed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from activations._core.arrays import FLOAT64, NOWHERE, PIECE, Array, pieces
from activations._core.pairs import exp_of_pair, two_sum

TINY = 1e-300  # a sum below may have lost digits of its terms to underflow
SCALE = 2.0**256
LOG_SCALE, LOG_SCALE_TAIL = 177.445678223346, 5.936759843446527e-15


def tiny(below: Array, dtype: np.dtype[Any], spare: bool) -> Array:
    """Tell which sums may have lost digits to underflow that the answer shows."""
    return np.flatnonzero(below < TINY) if dtype == FLOAT64 and not spare else NOWHERE


def scaled_below(x: Array, peak: Any) -> Array:
    """Return exp(x - peak) times SCALE, and 0 for the peaks, for x far below them.

    That lifts out of underflow each term that can count in a sum.
    """
    peak = np.broadcast_to(peak, x.shape)
    below = np.empty_like(x)
    for piece in pieces(x.shape, PIECE):
        difference, lost = two_sum(x[piece], -peak[piece])
        exponent, more = two_sum(difference, LOG_SCALE)
        terms = exp_of_pair(exponent, lost + more + LOG_SCALE_TAIL)
        below[piece] = np.where(x[piece] == peak[piece], 0.0, terms)
    return below
