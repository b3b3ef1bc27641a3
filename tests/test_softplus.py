"""Tests of activations._softplus against the definitions."""

import cases
import numpy as np
import pytest
from cases import assert_agrees

import activations

NAMES = [
    "softplus",
    "softplus_derivative",
    "softplus_inverse",
    "softplus_inverse_derivative",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("beta", [1e-3, 0.3, 2.0, 1e3])
def test_every_beta_agrees_with_the_definition(name, beta):
    x = cases.points(name, np.float32)
    assert_agrees(name, x, 1, beta=beta)


@pytest.mark.parametrize("beta", [1e-3, 0.1, 0.7, 1e3])
def test_inverse_of_the_smallest_numbers_keeps_its_digits(beta):
    # 5e-324 times 0.7 is 5e-324 again, and times 0.001 it is 0.
    y = np.array([5e-324, 1e-322, 1e-310, 1e-300, 1e-291, 1e-287, 1e-280]) / min(
        beta, 1
    )
    assert_agrees("softplus_inverse", np.append(y, 5e-324), 2, beta=beta)
    below = activations.softplus_inverse([-5e-324, -1.0, -0.0, 0.0], beta=beta)
    np.testing.assert_array_equal(below, [np.nan, np.nan, -np.inf, -np.inf])


def test_limits():
    ends = np.array([-np.inf, np.inf])
    assert activations.softplus(ends).tolist() == [0, np.inf]
    assert activations.softplus_derivative(ends).tolist() == [0, 1]


def test_inverse_beyond_its_domain():
    outside = [-1.0, -np.inf, -5e-324]
    assert np.isnan(activations.softplus_inverse(outside)).all()
    assert np.isnan(activations.softplus_inverse_derivative(outside)).all()
    assert activations.softplus_inverse([0, np.inf]).tolist() == [-np.inf, np.inf]
    assert activations.softplus_inverse_derivative([0, -0.0, np.inf]).tolist() == [
        np.inf,
        np.inf,
        1,
    ]


def test_inverse_is_exact_where_it_crosses_zero():
    middle = np.float64(np.log(2))
    near = np.array([np.nextafter(middle, 0), middle, np.nextafter(middle, 1)])
    assert_agrees("softplus_inverse", near, 2)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(
    "beta", [1e-3, 0.1, 1 / 3, np.log(2) / 3, 6.35308808141586, 1e3]
)
def test_inverse_of_every_beta_is_exact_where_it_crosses_zero(dtype, beta):
    near = dtype(np.log(2) / beta) * np.linspace(0.99, 1.01, 41).astype(dtype)
    near = np.append(near[near > 0], dtype(np.log(2) / beta))
    assert_agrees("softplus_inverse", near, 1, beta=beta)


@pytest.mark.parametrize("beta", [5e-309, 1e-305, 1e-301, 1e-300, 1e300, 2e300])
def test_inverse_of_the_farthest_beta_is_exact_where_it_crosses_zero(beta):
    # 0.0 when a factor was beyond 1e300, whose halves overflow.
    near = np.log(2) / beta * np.linspace(0.9, 1.1, 41)
    assert_agrees("softplus_inverse", near, 3, beta=beta)


@pytest.mark.parametrize("x", [1e306, 1e308])
def test_large_inputs_stay_in_range_for_every_beta(x):
    assert activations.softplus(x, beta=1e3) == x


def test_no_threshold():
    # F.softplus(20.5) is 20.5 in torch, whose formula changes at 20.
    assert activations.softplus(20.5) == 20.500000001250153


def test_zero_beta_is_refused():
    # F.softplus(1., beta=0) is inf in torch.
    with pytest.raises(ValueError, match=r"beta must be .* greater than 0, got 0"):
        activations.softplus(1.0, beta=0)


def test_integers_and_nan():
    # scipy.special.softplus answers float16 for int8, and warns of NaN.
    assert activations.softplus(np.int8(1)).dtype == np.float64
    assert np.isnan(activations.softplus(np.nan))
