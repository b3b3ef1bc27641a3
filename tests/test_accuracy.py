"""The search for worst errors finds them, and counts them as the oracle does."""

import accuracy
import mpmath
import numpy as np
import oracle
import pytest

import activations

RANDOM = np.random.default_rng(754)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_errors_are_those_of_the_oracle(dtype):
    limits = np.finfo(dtype)
    want = RANDOM.normal(size=500) * np.exp2(
        RANDOM.uniform(limits.minexp - 12, limits.maxexp - 4, 500)
    )
    got = (want * RANDOM.choice([1, 1 + limits.eps, 0], want.size)).astype(dtype)
    largest = float(limits.max)
    want = np.append(want, [1.5 * largest, -largest, 1.0, 0.0])
    got = np.append(got, np.array([np.inf, -np.inf, 2.0, 1.0], dtype))
    exact = oracle.ulps(got, [mpmath.mpf(value) for value in want.tolist()])
    np.testing.assert_allclose(accuracy.errors(got, want, dtype), exact, rtol=1e-12)
    assert accuracy.errors(np.array([np.nan], dtype), np.ones(1), dtype) == np.inf


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_one_wrong_number_is_found(dtype):
    def wrong(x):
        return activations.sigmoid(x) + 9 * np.finfo(dtype).eps * (abs(x - 1.5) < 1e-2)

    right = accuracy.references()["sigmoid"]
    ulp, at = accuracy.worst(wrong, right, "sigmoid", dtype, 1, 20_000, 3)
    assert 17 < ulp < 21  # of numbers between a half and 1
    assert abs(at - 1.5) < 1e-2


def test_one_wrong_kind_of_row_is_found():
    def wrong(x, axis):
        off = 1e-3 if x.shape[axis] == 63 else 0
        return activations.softmax(x, axis=axis) * (1 + off)

    ulp, length = accuracy.worst_row(wrong, "softmax", "float32", 1, 1)
    assert ulp > 1_000
    assert length == 63
