"""Identities that hold for every input, checked on inputs chosen by hypothesis."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import activations as a

numbers = st.floats(-1e6, 1e6)
small = st.floats(-600, 600)
rows = hnp.arrays(np.float64, st.integers(1, 12), elements=small)
ULP = np.finfo(np.float64).eps
NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)


def close(got, want, ulps=8, scale=0.0):
    """Compare within some ulp of the value, or of what cancels in it."""
    return np.abs(got - want) <= ulps * ULP * np.maximum(np.abs(want), scale) + 1e-300


@given(numbers)
def test_sigmoid_is_symmetric_about_one_half(x):
    assert close(a.sigmoid(-x), 1 - a.sigmoid(x), scale=1)


@given(numbers)
def test_slope_of_sigmoid_is_its_product_with_the_complement(x):
    assert close(a.sigmoid_derivative(x), a.sigmoid(x) * a.sigmoid(-x))


@given(numbers)
def test_slope_of_sigmoid_is_at_most_a_quarter(x):
    assert 0 <= a.sigmoid_derivative(x) <= 0.25


@given(numbers)
def test_sigmoid_is_a_shifted_tanh(x):
    assert close(a.sigmoid(x), (1 + a.tanh(x / 2)) / 2, scale=1)


@given(numbers)
def test_log_sigmoid_is_softplus_turned_round(x):
    assert a.log_sigmoid(x) == -a.softplus(-x)


@given(numbers)
def test_log_sigmoid_is_the_logarithm_of_sigmoid(x):
    assert close(np.exp(a.log_sigmoid(x)), a.sigmoid(x), ulps=8 + abs(x))


@given(numbers)
def test_slope_of_softplus_is_sigmoid(x):
    assert a.softplus_derivative(x) == a.sigmoid(x)


@given(numbers)
def test_softplus_minus_its_mirror_image_is_the_line(x):
    assert close(a.softplus(x) - a.softplus(-x), x, scale=1)


@given(numbers, st.floats(1e-3, 1e3))
def test_softplus_lies_above_relu_by_at_most_log_2_over_beta(x, beta):
    gap = a.softplus(x, beta=beta) - a.relu(x)
    assert 0 <= gap <= np.log(2) / beta + 4 * ULP * abs(x)


@given(st.floats(1e-6, 700), st.floats(1e-2, 1e2))
def test_softplus_undoes_its_inverse(y, beta):
    back = a.softplus(a.softplus_inverse(y, beta=beta), beta=beta)
    assert close(back, y, ulps=16 * max(1, -np.log(beta * y) if beta * y < 1 else 1))


@given(small, st.floats(0.1, 50))
def test_area_under_sigmoid_shifted_is_a_difference_of_softplus(x, c):
    shifts = c * (NODES + 1) / 2
    area = c / 2 * np.sum(WEIGHTS * a.sigmoid(x - shifts))
    assert abs(area - (a.softplus(x) - a.softplus(x - c))) <= 1e-10 * max(1, abs(x))


@given(numbers, st.floats(1e-3, 1e3))
def test_difference_of_two_rectifiers_is_a_clip(x, c):
    got = a.relu(x) - a.relu(x - c)
    assert close(got, np.clip(x, 0, c), scale=max(abs(x), c))


@given(numbers)
def test_rectifier_and_its_mirror_image(x):
    assert a.relu(x) - a.relu(-x) == x
    assert a.relu(x) + a.relu(-x) == abs(x)


@given(numbers, st.integers(-20, 20))
def test_rectifiers_are_positively_homogeneous(x, power):
    factor = 2.0**power
    assert a.relu(factor * x) == factor * a.relu(x)
    assert close(a.leaky_relu(factor * x), factor * a.leaky_relu(x))


@given(numbers, st.floats(1e-3, 1e3))
def test_elu_lies_between_relu_minus_alpha_and_relu(x, alpha):
    got = a.elu(x, alpha=alpha)
    assert a.relu(x) - alpha <= got <= a.relu(x)
    assert got == x if x > 0 else got >= -alpha


@given(numbers, st.floats(1e-3, 1e3))
def test_celu_is_a_scaled_elu(x, alpha):
    got = a.celu(x, alpha=alpha)
    assert close(got, alpha * a.elu(x / alpha), ulps=8)
    assert a.celu_derivative(x, alpha=alpha) <= 1


@given(st.floats(-600, 0), st.floats(1e-3, 1e3))
def test_slope_of_elu_is_elu_plus_alpha_on_the_left(x, alpha):
    got = a.elu_derivative(x, alpha=alpha)
    assert close(got, a.elu(x, alpha=alpha) + alpha, scale=alpha)


@given(numbers)
def test_selu_is_a_scaled_elu(x):
    want = 1.0507009873554805 * a.elu(x, alpha=1.6732632423543772)
    assert close(a.selu(x), want)


@given(numbers)
def test_silu_is_the_line_weighted_and_odd_up_to_the_line(x):
    assert close(a.silu(x), x * a.sigmoid(x))
    assert close(a.silu(x) - a.silu(-x), x)


@given(rows, st.integers(-300, 300))
def test_softmax_does_not_see_a_common_shift(z, c):
    z = np.round(z, 3) * 1024 // 1
    np.testing.assert_allclose(a.softmax(z + c), a.softmax(z), rtol=2e-15)


@given(rows)
def test_shares_are_positive_and_sum_to_one(z):
    p = a.softmax(z)
    assert (p >= 0).all()
    assert close(p.sum(), 1)


@given(rows)
def test_shares_are_ordered_as_the_scores(z):
    order = np.argsort(z, kind="stable")
    assert (np.diff(a.softmax(z)[order]) >= 0).all()


@given(small, small)
def test_two_shares_are_a_sigmoid(u, v):
    want = a.sigmoid(u - v)
    assert close(a.softmax([u, v])[0], want, ulps=8 + abs(u - v))


@given(rows)
def test_jacobian_is_symmetric_with_rows_that_sum_to_zero(z):
    j = a.softmax_jacobian(z)
    np.testing.assert_array_equal(j, j.T)
    assert np.abs(j.sum(axis=1)).max() <= 4 * ULP
    spectrum = np.linalg.eigvalsh(j)
    assert spectrum.min() >= -8 * ULP
    assert spectrum.max() <= 0.5 + 8 * ULP


@given(rows)
def test_logsumexp_lies_above_the_maximum_by_at_most_log_n(z):
    gap = a.logsumexp(z) - z.max()
    assert -8 * ULP * abs(z.max()) <= gap
    assert gap <= np.log(z.size) + 8 * ULP * max(1, abs(z.max()))


@given(rows)
def test_log_softmax_is_scores_less_logsumexp(z):
    want = z - a.logsumexp(z)
    assert close(a.log_softmax(z), want, scale=np.abs(z).max() + 10).all()


@given(small)
def test_softplus_is_logsumexp_with_zero(x):
    assert close(a.softplus(x), a.logsumexp([0, x]), scale=0 if x < 0 else x)


@given(rows, st.floats(0.05, 20), st.floats(1.01, 4))
def test_entropy_grows_with_temperature(z, temperature, factor):
    def entropy(t):
        logs = a.log_softmax(z / t)
        return -np.sum(np.exp(logs) * logs)

    assert entropy(temperature * factor) >= entropy(temperature) - 1e-13


@given(numbers, numbers)
def test_functions_that_only_rise(x, y):
    low, high = sorted((x, y))
    for f in (a.sigmoid, a.log_sigmoid, a.tanh, a.softplus, a.relu, a.elu, a.selu):
        assert f(low) <= f(high) or close(f(low), f(high), 4)


@given(st.floats(-100, 100))
def test_slopes_match_complex_steps(x):
    # An analytic function's slope is Im f(x + ih) / h, with nothing subtracted.
    step = 1e-150j
    z = complex(x) + step
    exact = {
        a.tanh_derivative: np.tanh(z).imag / 1e-150,
        a.softplus_derivative: np.log1p(np.exp(z)).imag / 1e-150,
    }
    for slope, want in exact.items():
        assert close(slope(x), want)
