"""Tests of activations._rectifiers against the definitions."""

import cases
import numpy as np
import pytest
from cases import assert_agrees

import activations


@pytest.mark.parametrize("slope", [0.0, 1e-3, 1.0, 2.5, 1e3])
def test_every_slope_agrees_with_the_definition(slope):
    for dtype in cases.FLOATS:
        x = cases.points("leaky_relu", dtype)
        assert_agrees("leaky_relu", x, 0.501, negative_slope=slope)
        assert_agrees("leaky_relu_derivative", x, 0.501, negative_slope=slope)


def test_slope_at_the_kink_is_that_of_the_left_side():
    zeros = np.array([0.0, -0.0])
    assert activations.relu_derivative(zeros).tolist() == [0, 0]
    assert activations.leaky_relu_derivative(zeros).tolist() == [0.01, 0.01]


def test_limits():
    ends = np.array([-np.inf, np.inf])
    assert activations.relu(ends).tolist() == [0, np.inf]
    assert activations.relu_derivative(ends).tolist() == [0, 1]
    assert activations.leaky_relu(ends).tolist() == [-np.inf, np.inf]
    assert activations.leaky_relu(ends, negative_slope=0).tolist() == [0, np.inf]
    assert activations.leaky_relu_derivative(ends).tolist() == [0.01, 1]


@pytest.mark.parametrize("name", ["relu", "relu_derivative"])
@pytest.mark.parametrize("size", [10, 30_000])
def test_what_rounds_nothing_is_computed_as_it_comes(name, size, monkeypatch):
    # To widen a float32 first takes as long again.
    seen, maximum = set(), np.maximum

    def noting(x, *others, **keywords):
        seen.add(x.dtype)
        return maximum(x, *others, **keywords)

    monkeypatch.setattr(np, "maximum", noting)
    getattr(activations, name)(np.ones(size, np.float32))
    assert seen == {np.dtype(np.float32)}
