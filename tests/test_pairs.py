"""Pairs of numbers: what rounding takes is kept to the last bit."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from activations._core.pairs import (
    as_pair,
    exp_of_pair,
    pair_product,
    pair_sum,
    two_product,
    two_sum,
)

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


@given(st.floats(-600, 600), st.floats(-1, 1))
def test_the_exponential_of_a_pair_has_the_digits_of_both(a, b):
    power = exp_of_pair(*two_sum(a, b))
    exact = (Decimal(a) + Decimal(b)).exp()
    assert abs(Decimal(float(power)) - exact) < 2 * Decimal(float(np.spacing(power)))


def test_the_exponential_of_an_infinite_pair():
    heads = np.array([np.inf, -np.inf])
    assert exp_of_pair(heads, np.nan).tolist() == [np.inf, 0]


def test_arrays_are_taken_element_by_element():
    a, b = np.array([0.1, 1e16]), np.array([0.3, 1.0])
    rests = two_sum(a, b)[1].tolist()
    assert [two_sum(*pair)[1] for pair in zip(a, b, strict=True)] == rests


@given(*[st.floats(0.5, 2)] * 2, *[st.floats(-(2.0**-53), 2.0**-53)] * 2)
def test_sums_and_products_of_pairs_keep_a_hundred_bits(a, b, a_tail, b_tail):
    one, other = (a, a_tail), (b, b_tail)
    left, right = sum(map(Fraction, one)), sum(map(Fraction, other))
    for got, exact in [
        (pair_sum(one, other), left + right),
        (pair_product(one, other), left * right),
    ]:
        assert abs(sum(map(Fraction, got)) - exact) < exact / 2**100


@given(st.fractions(Fraction(1, 10**9), 10**9))
def test_a_pair_is_as_close_as_two_floats_can_be(number):
    head, tail = as_pair(number)
    assert head == float(number)
    assert abs(Fraction(head) + Fraction(tail) - number) <= number / 2**106
