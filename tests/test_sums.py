"""Tests of the sums of rows and columns."""

import math
from fractions import Fraction

import cases
import numpy as np
import pytest
from probes import watch

import activations
from activations import _core
from activations._core.arrays import BLOCK

RANDOM = np.random.default_rng(1990)


@pytest.mark.parametrize("dtype", [np.float64, np.longdouble])
@pytest.mark.parametrize("length", [1, 2, 17, 250, 6_250])
@pytest.mark.parametrize("spread", [0, 3, 12])
def test_split_sums_are_rounded_once(dtype, length, spread):
    powers = RANDOM.normal(size=(20, length)) * spread
    terms = (RANDOM.uniform(1, 2, (20, length)) * 2.0**powers).astype(dtype)
    more = terms[:, 0] / 3
    found = _core.sums.split_sums(terms, more)
    assert found.dtype == dtype
    for row, extra, got in zip(terms, more, found, strict=True):
        exact = sum(
            (Fraction(*n.as_integer_ratio()) for n in [*row, extra]), Fraction()
        )
        off = abs(Fraction(*got.as_integer_ratio()) - exact)
        assert off <= Fraction(float(np.spacing(got))) * Fraction(500_001, 1_000_000)


def test_sums_next_to_a_power_of_two_are_split_high_enough():
    # 1.5 ulp off when split at the last digit of the sum itself.
    row = [0.293031938900217, 0.38191582953226544, 0.3250522315675175]
    found = Fraction(_core.sums.split_sums(np.array([row])).item())
    assert abs(found - sum(map(Fraction, row))) <= Fraction(1, 2**54)


@pytest.mark.parametrize("length", [7, *range(11, 21), 24, 27, 1_000])
def test_sums_of_rows_keep_what_is_rounded_away_one_by_one(length):
    # One by one, each term after the first would be rounded away.
    small = np.full(length - 1, 2.0**-53)
    for place in range(0, length, 1 + length // 30):
        terms = np.insert(small, place, 1.0)[np.newaxis]
        found = _core.sums.row_sums(terms, False)
        exact = 1 + Fraction(length - 1, 2**53)
        assert abs(Fraction(found.item()) - exact) <= Fraction(3, 2**53)


@pytest.mark.parametrize("length", [1, 2, 10, 33, _core.rows.SHORT])
def test_sums_of_short_rows_are_rounded_once(length):
    for _ in range(50):
        x = RANDOM.normal(size=length) * 10
        row = _core.rows.Row(x, x.argmax(), x.max())
        assert row.total == float(sum(map(Fraction, row.terms.tolist())))


@pytest.mark.parametrize(
    ("length", "spare", "way"),
    [
        *((length, False, "einsum") for length in (*range(1, 7), 8, 9, 10)),
        *((length, False, "sums_of_few") for length in (7, 11, 20)),
        (21, False, "numbers_in_pairs"),
        *((length, True, "einsum") for length in (7, 11, 20, 21, 8_192)),
        (8_193, True, "np.add.reduce"),
    ],
)
def test_how_rows_are_summed_depends_on_length_and_digits(
    length, spare, way, monkeypatch
):
    asked = watch(monkeypatch, np, "einsum")
    by_column = watch(monkeypatch, _core.sums, "sums_of_few")
    paired = watch(monkeypatch, _core.sums, "numbers_in_pairs")
    _core.sums.row_sums(np.ones((5, length)), spare)
    assert bool(by_column) is (way == "sums_of_few")
    assert [len(terms) for (terms,) in paired] == [100, 50] * (
        way == "numbers_in_pairs"
    )
    if way in ("einsum", "np.add.reduce"):
        assert [terms.shape for _, terms in asked] == [(5, length)] * (way == "einsum")


@pytest.mark.parametrize("dtype", [*cases.FLOATS, np.longdouble])
@pytest.mark.parametrize("shape", [(5, 21), (1, BLOCK + 1)])
def test_answers_of_fewer_digits_have_digits_to_spare(shape, dtype, monkeypatch):
    paired = watch(monkeypatch, _core.sums, "numbers_in_pairs")
    activations.softmax(np.ones(shape, dtype))
    assert bool(paired) is (dtype in (np.float64, np.longdouble))


@pytest.mark.parametrize("spare", [False, True])
@pytest.mark.parametrize("length", [*range(1, 20), 255, 256, 257, 700])
def test_sums_of_rows_and_columns(length, spare):
    terms = RANDOM.uniform(size=(7, length))
    exact = [float(sum(map(Fraction, row))) for row in terms.tolist()]
    rows = _core.sums.row_sums(terms, spare)
    columns = _core.sums.column_sums(terms.T, spare)[0]
    np.testing.assert_allclose(rows, exact, rtol=1e-15)
    np.testing.assert_allclose(columns, exact, rtol=1e-15)


def test_what_is_lost_one_by_one_is_kept_in_pairs():
    # Half a unit of 1 each: 63 of them are 31.5 units.
    terms = np.array([[1.0, 1.0]] + [[2.0**-53] * 2] * 63)
    units = (_core.sums.column_sums(terms, False) - 1) * 2.0**52
    assert (units >= 30).all()
    assert (_core.sums.column_sums(terms, True) == 1).all()


class Rounded:
    """A number that knows how many roundings it went through."""

    def __init__(self, times=0):
        self.times = times

    def __add__(self, other):
        """Round once more."""
        return Rounded(1 + max(self.times, other.times))


@pytest.mark.parametrize("length", range(1, 66))
def test_columns_are_rounded_no_more_often_than_pairs_ask_for(length):
    # Rows of 63 were off by 11.7 ulp in log_softmax: the odd ones all met in one place.
    terms = np.array([[Rounded()] for _ in range(length)])
    total = _core.sums.column_sums(terms, False).item()
    assert total.times == math.ceil(math.log2(length))


@pytest.mark.parametrize("spare", [False, True])
@pytest.mark.parametrize("length", [*range(1, 66), 255, 256, 257, 700, 8_193, 12_500])
def test_sums_do_not_depend_on_what_lies_beside(length, spare):
    # np.add.reduce adds a sole column of eight and more in another order, and np.einsum
    # cuts rows longer than its buffer where the rows before end.
    terms = np.exp(RANDOM.normal(size=(20, length)) * 3)
    for sums in (
        _core.sums.row_sums,
        lambda rows, spare: _core.sums.column_sums(rows.T.copy(), spare)[0],
    ):
        together = sums(terms, spare)
        alone = [sums(terms[i : i + 1], spare)[0] for i in range(20)]
        np.testing.assert_array_equal(alone, together)
