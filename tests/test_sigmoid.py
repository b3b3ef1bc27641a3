"""Tests of activations._sigmoid against the definitions."""

import numpy as np
import pytest

import activations


@pytest.mark.parametrize(
    ("name", "at_minus_inf", "at_inf"),
    [
        ("sigmoid", 0, 1),
        ("sigmoid_derivative", 0, 0),
        ("log_sigmoid", -np.inf, 0),
        ("log_sigmoid_derivative", 1, 0),
        ("tanh", -1, 1),
        ("tanh_derivative", 0, 0),
    ],
)
def test_limits(name, at_minus_inf, at_inf):
    got = getattr(activations, name)(np.array([-np.inf, np.inf]))
    assert got.tolist() == [at_minus_inf, at_inf]


def test_small_results_are_not_lost():
    # scipy.special.expit and torch.sigmoid give 0 at both points.
    assert activations.sigmoid(-710.0) == 4.47628622567513e-309
    assert activations.sigmoid(np.float32(-89)) == np.float32(2.227364e-39)


def test_slope_survives_saturation():
    # torch's gradient is 0 at 20 in float32, the textbook's at 37 in float64.
    assert activations.sigmoid_derivative(np.float32(20)) == np.float32(2.0611537e-09)
    assert activations.sigmoid_derivative(40.0) == 4.248354255291589e-18


def test_float16_stays_float16():
    # scipy.special.expit answers float64.
    assert activations.sigmoid(np.float16(1)).dtype == np.float16
