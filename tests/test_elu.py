"""Tests of activations._elu against the definitions."""

import cases
import definitions
import numpy as np
import pytest
from cases import assert_agrees

import activations
from activations import _elu


@pytest.mark.parametrize("alpha", [1e-3, 0.3, 2.0, 1e3])
@pytest.mark.parametrize("name", ["elu", "elu_derivative", "celu", "celu_derivative"])
def test_every_alpha_agrees_with_the_definition(name, alpha):
    x = cases.points(name, np.float32)
    assert_agrees(name, x, 1, alpha=alpha)


def test_slope_at_the_kink_is_that_of_the_left_side():
    zeros = np.array([0.0, -0.0])
    assert activations.elu_derivative(zeros, alpha=0.5).tolist() == [0.5, 0.5]
    assert activations.selu_derivative(zeros).tolist() == [1.7580993408473768] * 2
    assert activations.celu_derivative(zeros, alpha=0.5).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("name", "at_minus_inf", "at_inf"),
    [
        ("elu", -1, np.inf),
        ("elu_derivative", 0, 1),
        ("selu", -1.7580993408473768, np.inf),
        ("selu_derivative", 0, 1.0507009873554805),
        ("celu", -1, np.inf),
        ("celu_derivative", 0, 1),
        ("silu", 0, np.inf),
        ("silu_derivative", 0, 1),
    ],
)
def test_limits(name, at_minus_inf, at_inf):
    # silu(-inf) is NaN in torch and JAX.
    got = getattr(activations, name)(np.array([-np.inf, np.inf]))
    assert got.tolist() == [at_minus_inf, at_inf]


def test_selu_beyond_the_range_is_infinite_without_a_warning():
    largest = np.finfo(np.float64).max
    assert activations.selu(largest) == np.inf
    assert activations.selu(np.float32(3.4e38)) == np.inf


def test_constants_of_selu():
    alpha, scale = definitions.selu_alpha(), definitions.selu_scale()
    assert float(scale.evalf(40)) == _elu.SELU_SCALE
    assert float((alpha * scale).evalf(40)) == _elu.SELU_DEPTH


def test_silu_slope_is_exact_where_it_crosses_zero():
    valley = np.float64(-1.2784645427610737)
    near = np.array([np.nextafter(valley, -2), valley, np.nextafter(valley, 0)])
    assert_agrees("silu_derivative", near, 4)


def test_silu_of_longdouble_reaches_as_far_as_its_exponent():
    if np.finfo(np.longdouble).minexp == np.finfo(np.float64).minexp:
        pytest.skip("longdouble is float64 here")
    x = np.array([-2000, -9000], np.longdouble)
    assert_agrees("silu", x, 16)
    assert activations.silu(np.longdouble(-np.inf)) == 0


def test_slope_of_elu_keeps_nan_and_small_results():
    # torch's gradient at NaN is 1; JAX's at -18 in float32 is 0.
    assert np.isnan(activations.elu_derivative(np.nan))
    assert activations.elu_derivative(np.float32(-18)) == np.float32(1.5229979e-08)


def test_subnormal_numbers_survive():
    # jax.nn.elu flushes them to 0.
    assert activations.elu(np.float32(1e-40)) == np.float32(1e-40)
