"""Pairs of numbers: what rounding takes is kept to the last bit."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from activations._core.pairs import two_product, two_sum

NUMBERS = st.floats(-1e100, 1e100).filter(lambda a: a == 0 or abs(a) > 1e-100)


@given(NUMBERS, NUMBERS)
def test_two_sum_is_exact(a, b):
    total, rest = two_sum(a, b)
    assert total == a + b
    assert Fraction(total) + Fraction(rest) == Fraction(a) + Fraction(b)


@given(NUMBERS, NUMBERS)
def test_two_product_is_exact(a, b):
    product, rest = two_product(a, b)
    assert product == a * b
    assert Fraction(product) + Fraction(rest) == Fraction(a) * Fraction(b)


def test_arrays_are_taken_element_by_element():
    a, b = np.array([0.1, 1e16]), np.array([0.3, 1.0])
    rests = two_sum(a, b)[1].tolist()
    assert [two_sum(*pair)[1] for pair in zip(a, b, strict=True)] == rests
