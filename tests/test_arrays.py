"""Tests of overlaps and of how arrays are cut to pieces."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from activations import _core


def test_where_it_is_too_hard_to_tell_the_input_counts_as_overlapping():
    # The example of NumPy's documentation; no page of the memory is ever touched.
    memory = np.zeros(192_163_377, np.int8)
    x = as_strided(memory, (1049, 1049, 1049), (36674, 61119, 85569))
    out = as_strided(memory[64_023_025:], (1049, 1049, 1), (12223, 12224, 1))
    assert _core.arrays.overlap(x, out)


@pytest.mark.parametrize("shape", [(0,), (5,), (2, 3), (7, 1, 9), ()])
def test_pieces_cover_every_element_once(shape):
    count = np.zeros(shape, int)
    for piece in _core.arrays.pieces(shape, 4):
        assert count[piece].size <= 4
        count[piece] += 1
    assert (count == 1).all()
