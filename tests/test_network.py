"""The network computes its gradient exactly, trains, and says what goes wrong."""

import copy
import inspect
import math
import pickle
import re
import warnings
from fractions import Fraction

import numpy as np
import pytest

import activations
from activations.datasets import circle, noisy_curve
from activations.network import (
    HIDDEN,
    DivergenceError,
    Network,
    glorot_normal,
    he_normal,
    lecun_normal,
    uniform,
)

PARAMETERS = {
    "leaky_relu": {"negative_slope": 0.1},
    "elu": {"alpha": 1.7},
    "celu": {"alpha": 0.6},
    "softplus": {"beta": 2.0},
}
SIGNALS = np.full((1, 2), 0x7FA00000, np.uint32)  # NaN, of which a cast would warn
ENDINGS = [
    ("identity", "squared_error"),
    ("sigmoid", "squared_error"),
    ("sigmoid", "cross_entropy"),
    ("softmax", "squared_error"),
    ("softmax", "cross_entropy"),
]


def samples(rng, n, inputs, outputs, output):
    """Draw inputs, and targets that suit the output."""
    targets = rng.random((n, outputs))
    if output == "softmax":
        targets /= targets.sum(axis=1, keepdims=True)
    return rng.normal(size=(n, inputs)), targets


def by_differences(net, x, y, step=1e-6):
    """Differentiate the loss by every weight and bias, by central differences."""
    slopes = []
    for array in net.weights + net.biases:
        slope = np.empty_like(array)
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + step
            above = net.loss(x, y)
            array[index] = kept - step
            below = net.loss(x, y)
            array[index] = kept
            slope[index] = (above - below) / (2 * step)
        slopes.append(slope)
    return slopes


# --- the gradient ---------------------------------------------------------------


@pytest.mark.parametrize(("output", "loss"), ENDINGS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_gradient_is_that_of_the_loss(hidden, output, loss):
    net = Network(
        [3, 5, 4, 2],
        hidden=hidden,
        output=output,
        loss=loss,
        initializer=uniform(1.0),
        bias_initializer=uniform(1.0),
        rng=1,
        parameters=PARAMETERS.get(hidden),
    )
    x, y = samples(np.random.default_rng(2), 6, 3, 2, output)
    # A difference quotient means something only where no kink lies within its step.
    assert min(np.abs(z).min() for z in net.preactivations(x)[:-1]) > 1e-4
    weights, biases = net.gradient(x, y)
    for exact, quotient in zip(
        weights + biases, by_differences(net, x, y), strict=True
    ):
        assert exact.shape == quotient.shape
        np.testing.assert_allclose(exact, quotient, rtol=1e-6, atol=1e-8)


def test_every_elementwise_function_serves_in_a_hidden_layer():
    names = {
        name
        for name in activations.__all__
        if f"{name}_derivative" in activations.__all__
        and "out" in inspect.signature(getattr(activations, name)).parameters
    }
    assert names - {"softplus_inverse"} == set(HIDDEN)


def test_gradient_of_a_squared_error_worked_out_by_hand():
    net = Network([1, 2, 1], hidden="relu", rng=0)
    net.weights[0][:], net.biases[0][:] = [[2.0, -1.0]], [0.5, -0.5]
    net.weights[1][:], net.biases[1][:] = [[3.0], [4.0]], [1.0]
    # x = 1: z = (2.5, -1.5), a = (2.5, 0), p = 8.5; with t = 8, dL/dp = 2 * 0.5 = 1.
    (first, second), (first_biases, second_biases) = net.gradient([1.0], [8.0])
    assert net.loss([1.0], [8.0]) == 0.25
    assert second.tolist() == [[2.5], [0.0]]
    assert second_biases.tolist() == [1.0]
    assert first.tolist() == [[3.0, 0.0]]
    assert first_biases.tolist() == [3.0, 0.0]


def test_every_layer_is_updated_from_the_weights_before_the_step():
    net = Network([2, 3, 1], hidden="tanh", initializer=uniform(1.0), rng=3)
    x, y = np.array([[0.4, -0.7]]), np.array([[5.0]])
    w1, w2 = (w.copy() for w in net.weights)
    b1, b2 = (b.copy() for b in net.biases)
    net.train(x, y, learning_rate=0.1, epochs=1, batch_size=1)

    a = np.tanh(x @ w1 + b1)
    delta = 2 * (a @ w2 + b2 - y)
    new_w2 = w2 - 0.1 * a.T @ delta
    right = x.T @ (delta @ w2.T * (1 - a**2))
    wrong = x.T @ (delta @ new_w2.T * (1 - a**2))
    np.testing.assert_allclose(net.weights[1], new_w2, rtol=1e-13)
    np.testing.assert_allclose(net.weights[0], w1 - 0.1 * right, rtol=1e-13)
    assert np.abs(net.weights[0] - (w1 - 0.1 * wrong)).max() > 0.1


def test_a_batch_averages_the_gradients_of_its_samples():
    net = Network([2, 4, 3], hidden="elu", output="softmax", rng=0)
    x, y = samples(np.random.default_rng(1), 5, 2, 3, "softmax")
    for whole, part in zip(net.gradient(x, y), range(2), strict=True):
        singly = [net.gradient(x[i : i + 1], y[i : i + 1])[part] for i in range(5)]
        for layer, slope in enumerate(whole):
            mean = sum(slopes[layer] for slopes in singly) / 5
            np.testing.assert_allclose(slope, mean, rtol=1e-12, atol=1e-15)


# --- losses and outputs ---------------------------------------------------------


def test_squared_error_adds_outputs_and_averages_samples():
    net = Network([1, 2], rng=0)
    net.weights[0][:] = [[1.0, 2.0]]
    # Errors (1, 2) and (2, 4): (1 + 4 + 4 + 16) / 2.
    assert net.loss([1.0, 2.0], np.zeros((2, 2))) == 12.5


def test_cross_entropy_is_minus_the_log_of_the_right_probability():
    net = Network([1, 3], output="softmax", rng=0)
    net.weights[0][:] = [[1.2, 0.9, 0.4]]
    total = math.exp(1.2) + math.exp(0.9) + math.exp(0.4)
    assert net([1.0])[0] == pytest.approx(
        [math.exp(z) / total for z in (1.2, 0.9, 0.4)]
    )
    assert net.loss([1.0], [1]) == pytest.approx(math.log(total) - 0.9)
    assert net.gradient([1.0], [1])[1][0] == pytest.approx(
        [math.exp(1.2) / total, math.exp(0.9) / total - 1, math.exp(0.4) / total]
    )


def test_cross_entropy_stays_finite_where_the_probability_underflows():
    for output, outputs in (("sigmoid", 1), ("softmax", 2)):
        net = Network([1, outputs], output=output, rng=0)
        net.weights[0][:] = [[1.0, 0.0][:outputs]]
        assert net.loss([-1000.0], [1 if outputs == 1 else 0]) == 1000.0


def test_cross_entropy_spares_the_saturated_sigmoid():
    slopes = {}
    for loss in ("squared_error", "cross_entropy"):
        net = Network([1, 1], output="sigmoid", loss=loss, rng=0)
        net.weights[0][:] = 0
        net.biases[0][:] = -10
        slopes[loss] = float(net.gradient([1.0], [1])[1][0][0])
    p = 1 / (1 + math.exp(10))
    assert slopes["cross_entropy"] == pytest.approx(p - 1)
    assert slopes["squared_error"] == pytest.approx(2 * (p - 1) * p * (1 - p))


def test_labels_mean_the_same_as_their_one_hot_targets():
    x = np.random.default_rng(0).normal(size=(4, 2))
    for output in ("sigmoid", "softmax"):
        net = Network([2, 3], output=output, rng=0)
        one_hot = [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]]
        assert net.loss(x, [0, 2, 1, 2]) == net.loss(x, one_hot)
    net = Network([2, 1], output="sigmoid", rng=0)
    assert net.loss(x, [0, 1, 1, 0]) == net.loss(x, [[0], [1], [1], [0]])
    assert net.loss(x, [False, True, True, False]) == net.loss(x, [0.0, 1.0, 1.0, 0.0])


def test_one_feature_may_come_without_an_axis():
    net = Network([1, 3, 1], rng=0)
    x = np.linspace(-1, 1, 5)
    assert net(x).shape == (5, 1)
    assert np.array_equal(net(x), net.predict(x[:, np.newaxis]))


def test_layers_can_be_looked_into():
    net = Network([2, 3, 4, 1], hidden="leaky_relu", rng=0)
    net.parameters = {"negative_slope": 0.5}
    x = np.array([[1.0, -2.0]])
    z, a = net.preactivations(x), net.activations(x)
    assert [array.shape for array in z] == [(1, 3), (1, 4), (1, 1)]
    assert [array.shape for array in a] == [(1, 3), (1, 4)]
    np.testing.assert_allclose(z[0], x @ net.weights[0])
    np.testing.assert_allclose(a[0], np.where(z[0] > 0, z[0], 0.5 * z[0]))
    np.testing.assert_allclose(z[1], a[0] @ net.weights[1])
    assert np.array_equal(z[-1], net(x))


def test_accuracy_counts_the_right_classes():
    net = Network([1, 1], output="sigmoid", rng=0)
    net.weights[0][:] = 1
    assert net.accuracy([-1.0, 1.0, 2.0, 0.0], [0, 1, 0, 1]) == 0.75
    net = Network([1, 3], output="softmax", rng=0)
    net.weights[0][:] = [[-1, 0, 1]]
    assert net.accuracy([-1.0, 2.0, 3.0, -5.0], [0, 2, 2, 1]) == 0.75


def test_the_representation_makes_the_network_anew():
    net = Network([2, 3, 1], hidden="elu", output="sigmoid", parameters={"alpha": 2.0})
    assert repr(eval(repr(net))) == repr(net)


# --- first weights --------------------------------------------------------------


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [(he_normal, 2 / 200), (glorot_normal, 2 / 500), (lecun_normal, 1 / 200)],
)
def test_weights_have_the_variance_of_their_recipe(initializer, variance):
    drawn = initializer(np.random.default_rng(0), 200, 300)
    assert drawn.shape == (200, 300)
    # The variance of n normal numbers has the relative standard error sqrt(2 / n).
    assert drawn.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / drawn.size))
    assert abs(drawn.mean()) < 4 * math.sqrt(variance / drawn.size)


def test_weights_and_biases_are_drawn_in_turn():
    draw, rng = uniform(1.0), np.random.default_rng(0)
    net = Network([2, 3, 1], initializer=draw, bias_initializer=draw, rng=0)
    for layer, (fan_in, fan_out) in enumerate([(2, 3), (3, 1)]):
        np.testing.assert_array_equal(net.weights[layer], draw(rng, fan_in, fan_out))
        np.testing.assert_array_equal(net.biases[layer], draw(rng, 1, fan_out)[0])


def test_uniform_weights_and_biases_fill_the_same_interval():
    net = Network(
        [1, 3000, 1], initializer=uniform(2.5), bias_initializer=uniform(2.5), rng=0
    )
    for drawn in (net.weights[0], net.biases[0]):
        assert np.abs(drawn).max() <= 2.5
        assert drawn.var() == pytest.approx(25 / 12, rel=0.06)


def test_biases_begin_at_zero():
    assert not any(bias.any() for bias in Network([2, 3, 1], rng=0).biases)


def test_a_seed_gives_the_same_network_and_the_same_training():
    x, y = noisy_curve(40, rng=0)
    runs = []
    for _ in range(2):
        net = Network([1, 5, 1], rng=7)
        losses = net.train(x, y, learning_rate=0.01, epochs=3, order="random")
        runs.append(np.concatenate([losses, net.weights[0].ravel()]))
    assert np.array_equal(*runs)
    assert not np.array_equal(
        Network([1, 5, 1], rng=7).weights[0], Network([1, 5, 1], rng=8).weights[0]
    )


def test_a_copy_trains_apart_from_its_original():
    net = Network([1, 5, 1], rng=0)
    twin = copy.deepcopy(net)
    x, y = noisy_curve(20, rng=0)
    twin.train(x, y, learning_rate=0.01, epochs=1)
    assert not np.array_equal(net.weights[0], twin.weights[0])
    net.train(x, y, learning_rate=0.01, epochs=1)
    assert np.array_equal(net.weights[0], twin.weights[0])


# --- training -------------------------------------------------------------------


def descend(w, b, x, y, *, rate, momentum, batches, decay):
    """Fit a line by hand-written gradient descent, as an oracle."""
    vw = vb = 0.0
    for epoch in batches:
        rate *= decay
        for batch in epoch:
            error = w * x[batch] + b - y[batch]
            vw = momentum * vw - rate * 2 * np.mean(error * x[batch])
            vb = momentum * vb - rate * 2 * np.mean(error)
            w, b = w + vw, b + vb
    return w, b


@pytest.mark.parametrize("batch_size", [1, 3, 4, 100])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_training_steps_as_written(batch_size, momentum):
    x, y = np.array([0.0, 1.0, 2.0, -1.0]), np.array([1.0, 3.0, 4.0, 0.5])
    net = Network([1, 1], rng=0)
    w, b = float(net.weights[0][0, 0]), float(net.biases[0][0])
    batches = [range(i, min(i + batch_size, 4)) for i in range(0, 4, batch_size)]
    losses = net.train(
        x,
        y,
        learning_rate=0.05,
        epochs=3,
        batch_size=batch_size,
        momentum=momentum,
        decay=0.9,
        order="sequential",
    )
    w, b = descend(
        w, b, x, y, rate=0.05, momentum=momentum, decay=0.9, batches=3 * [batches]
    )
    np.testing.assert_allclose(
        [net.weights[0][0, 0], net.biases[0][0]], [w, b], rtol=1e-12
    )
    assert losses.shape == (3,)
    assert losses[-1] == pytest.approx(np.mean((w * x + b - y) ** 2), rel=1e-12)


@pytest.mark.parametrize(
    ("order", "arrange"),
    [
        ("shuffled", lambda rng, n: rng.permutation(n)),
        ("random", lambda rng, n: rng.integers(n, size=n)),
    ],
)
def test_samples_come_in_the_order_asked_for(order, arrange):
    x, y = np.array([0.0, 1.0, 2.0, -1.0]), np.array([1.0, 3.0, 4.0, 0.5])
    net = Network([1, 1], rng=0)
    w, b = float(net.weights[0][0, 0]), float(net.biases[0][0])
    net.train(x, y, learning_rate=0.05, epochs=5, batch_size=1, order=order, rng=3)
    rng = np.random.default_rng(3)
    batches = [[[i] for i in arrange(rng, 4)] for _ in range(5)]
    expected = descend(w, b, x, y, rate=0.05, momentum=0.0, decay=1.0, batches=batches)
    found = net.weights[0][0, 0], net.biases[0][0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_training_leaves_the_data_alone():
    x, y = noisy_curve(20, rng=0)
    x.flags.writeable = y.flags.writeable = False
    Network([1, 3, 1], rng=0).train(x, y, learning_rate=0.01, epochs=2)


def test_weights_kept_from_before_training_stay_as_they_were():
    net = Network([1, 2, 1], rng=0)
    kept, as_they_were = net.weights, [w.copy() for w in net.weights]
    for _ in range(2):
        net.train([1.0], [5.0], learning_rate=0.1, epochs=1)
        assert not np.array_equal(net.weights[1], as_they_were[1])
    for w, before in zip(kept, as_they_were, strict=True):
        assert np.array_equal(w, before)


def test_it_learns_the_exclusive_or():
    x, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    net = Network([2, 8, 2], hidden="tanh", output="softmax", rng=0)
    losses = net.train(x, labels, learning_rate=0.5, epochs=300)
    assert net.accuracy(x, labels) == 1
    assert losses[-1] < 0.1 < losses[0]


@pytest.mark.parametrize("hidden", ["relu", "tanh"])
def test_it_learns_the_circle(hidden):
    net = Network([2, 20, 1], hidden=hidden, output="sigmoid", rng=0)
    net.train(
        *circle(rng=0), learning_rate=0.05, momentum=0.9, epochs=100, batch_size=20
    )
    # Always answering "inside" is right half the time.
    assert net.accuracy(*circle(5000, rng=1)) > 0.9


def test_it_fits_the_noisy_curve_close_to_the_noise():
    x, y = noisy_curve(rng=0)
    net = Network(
        [1, 30, 1], initializer=uniform(2.5), bias_initializer=uniform(2.5), rng=0
    )
    net.train(x, y, learning_rate=0.0003, epochs=150, batch_size=1, order="random")
    # The noise alone has a mean square of 0.0133, the heights a variance of 0.9.
    assert 0.008 < net.loss(x, y) < 0.05


def test_the_hidden_function_may_change_between_stages():
    net = Network(
        [1, 2, 1], hidden="leaky_relu", parameters={"negative_slope": 0.1}, rng=0
    )
    net.weights[0][:] = [[1.0, 2.0]]
    assert net.activations([-1.0])[0].tolist() == [[-0.1, -0.2]]
    net.hidden = "relu"
    assert net.parameters == {}
    assert net.activations([-1.0])[0].tolist() == [[0.0, 0.0]]
    net.hidden, net.parameters = "elu", {"alpha": 2.0}
    assert net.activations([-1.0])[0][0, 0] == pytest.approx(2 * math.expm1(-1))


# --- dead units and the backward factor -----------------------------------------


def test_a_unit_is_dead_where_no_sample_reaches_its_slope():
    net = Network([1, 3, 2, 1], hidden="relu", rng=0)
    net.weights[0][:], net.biases[0][:] = [[1.0, -1.0, 1.0]], [0.0, 0.0, -9.0]
    net.weights[1][:], net.biases[1][:] = np.ones((3, 2)), [-99.0, 0.0]
    # At 0 itself a pre-activation of 0 has slope 0: positive data kill the second.
    first, second = net.dead_units([0.0, 1.0, 2.0])
    assert first.tolist() == [False, True, True]
    assert second.tolist() == [True, False]
    assert not np.any(net.dead_units([-1.0, 1.0, 10.0])[0])
    weights, biases = net.gradient([0.0, 1.0, 2.0], [5.0, 5.0, 5.0])
    assert not weights[0][:, first].any()
    assert not biases[1][second].any()


def test_a_leak_keeps_units_alive():
    net = Network([1, 2, 1], hidden="leaky_relu", rng=0)
    net.biases[0][:] = -1e6
    assert not np.any(net.dead_units([1.0, 2.0])[0])


def test_a_tolerance_finds_saturated_units():
    net = Network([1, 2, 1], hidden="elu", rng=0)
    net.weights[0][:], net.biases[0][:] = [[1.0, 1.0]], [-20.0, 0.0]
    assert net.dead_units([1.0])[0].tolist() == [False, False]
    assert net.dead_units([1.0], tolerance=1e-6)[0].tolist() == [True, False]


@pytest.mark.parametrize(
    ("initializer", "expected"), [(he_normal, 1.0), (glorot_normal, math.sqrt(0.5))]
)
def test_rectifiers_halve_the_mean_square_that_the_weights_double_or_keep(
    initializer, expected
):
    # Each layer multiplies the mean square by width * var(w) * E[relu'²], and half
    # of the slopes are 1.
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 100)), rng.integers(10, size=64)
    sizes = [100] * 8 + [10]
    nets = [
        Network(sizes, output="softmax", initializer=initializer, rng=rng)
        for _ in range(20)
    ]
    factors = [net.backward_factors(x, y)[:-1] for net in nets]
    assert np.exp(np.mean(np.log(factors))) == pytest.approx(expected, rel=0.03)


def test_backward_factors_of_no_error_signal_are_nan():
    net = Network([1, 2, 2, 1], rng=0)
    x = np.array([1.0, 2.0])
    assert np.isnan(net.backward_factors(x, net.predict(x))).all()


@pytest.mark.parametrize(
    ("drawn", "error", "message"),
    [
        (math.nan, ValueError, "what initializer draws must be finite"),
        (1j, TypeError, "what initializer draws must hold real numbers"),
    ],
)
def test_an_initializer_draws_numbers(drawn, error, message):
    with pytest.raises(error, match=message):
        Network([1, 2], initializer=lambda rng, m, n: np.full((m, n), drawn))


def test_backward_factors_are_ratios_of_the_bias_gradients_of_one_sample():
    net = Network([3, 4, 5, 2], hidden="tanh", rng=0)
    x, y = samples(np.random.default_rng(0), 1, 3, 2, "identity")
    norms = [np.linalg.norm(slope) for slope in by_differences(net, x, y)[3:]]
    expected = [norms[0] / norms[1], norms[1] / norms[2]]
    np.testing.assert_allclose(net.backward_factors(x, y), expected, rtol=1e-6)


# --- divergence -----------------------------------------------------------------


def test_divergence_says_the_epoch_and_leaves_finite_weights():
    net = Network([1, 1], rng=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DivergenceError) as caught:
            net.train([3.0, -3.0], [1.0, 1.0], learning_rate=10.0, epochs=500)
    error = caught.value
    # Each step multiplies the weight by 1 - 2 * 10 * 9 = -179, whose square
    # overflows float64 beyond 1.8e308.
    assert 308 / math.log10(179**2) - 3 < error.epoch < 308 / math.log10(179**2) + 3
    assert error.losses.shape == (error.epoch - 1,)
    assert np.isfinite(error.losses).all()
    assert f"epoch {error.epoch}" in str(error)
    assert "learning_rate" in str(error)
    assert isinstance(error, ArithmeticError)
    assert net.loss([3.0, -3.0], [1.0, 1.0]) == error.losses[-1]


def test_divergence_in_the_first_epoch_is_told_too():
    net = Network([1, 1], rng=0)
    with pytest.raises(DivergenceError, match="epoch 1:") as caught:
        net.train([1e200], [1.0], learning_rate=1.0, epochs=5)
    assert caught.value.losses.shape == (0,)


def test_divergence_is_seen_in_the_weights_even_if_the_loss_is_finite():
    net = Network([1, 1, 1], rng=0)
    net.weights[0][:], net.weights[1][:] = 1e160, -1e160
    net.biases[0][:] = -1e155
    with pytest.raises(DivergenceError):
        net.train([1.0], [1.0], learning_rate=1e100, epochs=5)


def test_divergence_survives_pickling():
    error = pickle.loads(pickle.dumps(DivergenceError(4, np.array([1.0, 3.0, 2.0]))))
    assert error.epoch == 4
    assert error.losses.tolist() == [1.0, 3.0, 2.0]
    assert "the loss before was 2;" in str(error)


def test_a_softmax_may_follow_a_single_hidden_unit():
    net = Network([2, 1, 3], output="softmax", loss="cross_entropy", rng=0)
    assert net.predict(np.ones((4, 2))).shape == (4, 3)


# --- what bad input gets --------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sizes": [3]}, ValueError, r"sizes must name two layers or more, not \[3\]"),
        ({"sizes": [3, 0, 1]}, ValueError, "sizes must be positive, not 0"),
        ({"sizes": [3, 2.0, 1]}, TypeError, "sizes must be an integer, not 2.0"),
        ({"sizes": 3}, TypeError, "sizes must be a sequence of integers, not 3"),
        ({"sizes": "31"}, TypeError, "sizes must be a sequence"),
        ({"hidden": "gelu"}, ValueError, "hidden must be one of .*relu.*; not 'gelu'"),
        ({"hidden": "softmax"}, ValueError, "hidden must be one of"),
        ({"hidden": activations.relu}, TypeError, "hidden must be a string"),
        ({"output": "relu"}, ValueError, "output must be one of identity"),
        ({"loss": "hinge"}, ValueError, "loss must be one of squared_error"),
        ({"loss": "cross_entropy"}, ValueError, "needs an output of 'sigmoid' or"),
        ({"sizes": [2, 1], "output": "softmax"}, ValueError, "sizes must end in 2"),
        ({"parameters": {"alpha": 1}}, ValueError, "parameters: relu has no 'alpha'"),
        ({"parameters": {"out": 1}}, ValueError, "parameters: relu has no 'out'"),
        ({"parameters": 0.1}, TypeError, "parameters must be a mapping, not 0.1"),
        ({"hidden": "elu", "parameters": {"alpha": -1.0}}, ValueError, "alpha"),
        ({"hidden": "elu", "parameters": {"alpha": "a"}}, TypeError, "alpha"),
        ({"initializer": "he"}, TypeError, "initializer must be callable, not 'he'"),
        (
            {"initializer": lambda *_: 0.0},
            ValueError,
            r"initializer .*\(2, 3\), not \(\)",
        ),
        (
            {"bias_initializer": 1},
            TypeError,
            "bias_initializer must be callable, not 1",
        ),
        ({"rng": "one"}, TypeError, "rng must be a seed or a generator"),
        ({"rng": -1}, ValueError, "rng must be a seed or a generator, not -1"),
    ],
)
def test_a_network_that_cannot_be_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Network(**{"sizes": [2, 3, 1]} | arguments)


def test_an_interval_may_be_narrow():
    drawn = uniform(0.25)(np.random.default_rng(0), 50, 40)
    assert 0.24 < np.abs(drawn).max() <= 0.25


@pytest.mark.parametrize(
    ("bound", "error"),
    [
        (0, ValueError),
        (-1.0, ValueError),
        (1e308, ValueError),
        (math.inf, ValueError),
        ("1", TypeError),
    ],
)
def test_an_interval_must_have_a_width(bound, error):
    with pytest.raises(error, match="bound must be"):
        uniform(bound)


@pytest.mark.parametrize(
    ("name", "array", "shapes"),
    [
        ("weights", np.ones((2, 1)), "(1, 2), not (2, 1)"),
        ("biases", np.zeros((1, 2)), "(2,), not (1, 2)"),
    ],
)
def test_assigned_weights_must_fit(name, array, shapes):
    net = Network([1, 2, 1], rng=0)
    getattr(net, name)[0] = array
    message = re.escape(f"{name}[0] must have shape {shapes}")
    with pytest.raises(ValueError, match=message):
        net.train([0.0], [0.0], learning_rate=0.1, epochs=1)


@pytest.mark.parametrize("name", ["weights", "biases"])
def test_assigned_weights_must_be_numbers_for_each_layer(name):
    net = Network([1, 2, 1], rng=0)
    kept = getattr(net, name)
    for arrays in kept[:1], [*kept, kept[0]]:
        setattr(net, name, arrays)
        with pytest.raises(ValueError, match=f"{name} must hold 2 arrays"):
            net.gradient([0.0], [0.0])
    setattr(net, name, [kept[0], kept[1] * 1j])
    with pytest.raises(TypeError, match=rf"{name}\[1\] must hold real numbers"):
        net.gradient([0.0], [0.0])


def test_assigned_weights_may_be_integers():
    nets = [Network([1, 1], rng=0) for _ in range(2)]
    for net, dtype in zip(nets, (int, float), strict=True):
        net.weights = [np.ones((1, 1), dtype)]
        net.biases = [np.zeros(1, dtype)]
        net.train([1.0], [0.0], learning_rate=0.1, epochs=1)
    assert nets[0].weights == nets[1].weights


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.zeros((4, 3)), ValueError, r"x must have shape \(n, 2\), not \(4, 3\)"),
        (np.zeros(2), ValueError, r"x must have shape \(n, 2\), not \(2,\)"),
        (np.zeros((4, 2, 1)), ValueError, r"x must have shape \(n, 2\)"),
        (np.zeros((0, 2)), ValueError, r"x must have shape \(n, 2\), not \(0, 2\)"),
        ([[1.0, 2.0], [3.0]], ValueError, "x must be an array: .*inhomogeneous"),
        ([[1.0, math.nan]], ValueError, "x must be finite"),
        ([[1.0, math.inf]], ValueError, "x must be finite"),
        (np.full((1, 2), np.longdouble("1e4000")), ValueError, "x must be finite"),
        (SIGNALS.view(np.float32), ValueError, "x must be finite"),
        ([["a", "b"]], TypeError, "x must hold real numbers, not <U1"),
        ([[1j, 2j]], TypeError, "x must hold real numbers, not complex128"),
        ([[None, 2.0]], TypeError, "x must hold real numbers, not object"),
    ],
)
@pytest.mark.parametrize(
    "method", ["predict", "preactivations", "activations", "dead_units"]
)
def test_inputs_must_fit(method, x, error, message):
    with pytest.raises(error, match=message):
        getattr(Network([2, 3, 1], rng=0), method)(x)


def test_a_number_alone_is_no_sample():
    with pytest.raises(ValueError, match=r"x must have shape \(n, 1\), not \(\)"):
        Network([1, 1], rng=0).predict(3.0)
    with pytest.raises(ValueError, match=r"y must have shape \(1, 1\), not \(\)"):
        Network([1, 1], rng=0).loss([3.0], 1.0)


def test_a_batch_has_32_samples_unless_told():
    x = np.linspace(-1, 1, 67)
    nets = [Network([1, 3, 1], rng=0) for _ in range(2)]
    nets[0].train(x, x**2, learning_rate=0.1, epochs=2, rng=1)
    nets[1].train(x, x**2, learning_rate=0.1, epochs=2, rng=1, batch_size=32)
    np.testing.assert_array_equal(nets[0].weights[0], nets[1].weights[0])


@pytest.mark.parametrize(
    ("outputs", "output", "y", "error", "message"),
    [
        (
            1,
            "identity",
            np.zeros(3),
            ValueError,
            r"y must have shape \(4, 1\), not \(3,\)",
        ),
        (
            2,
            "identity",
            np.zeros(4),
            ValueError,
            r"y must have shape \(4, 2\), not \(4,\)",
        ),
        (1, "identity", [0, 1, 2, math.nan], ValueError, "y must be finite"),
        (1, "identity", list("abcd"), TypeError, "y must hold real numbers"),
        (
            1,
            "sigmoid",
            [0, 1, 2, 1],
            ValueError,
            "y must lie between 0 and 1, .* and 2",
        ),
        (
            1,
            "sigmoid",
            [0, -1, 1, 1],
            ValueError,
            "y must lie between 0 and 1, not .*-1",
        ),
        (
            3,
            "sigmoid",
            [0, 1, 3, 1],
            ValueError,
            "y must be classes from 0 to 2, .* to 3",
        ),
        (
            3,
            "softmax",
            [0, 1, 3, 1],
            ValueError,
            "y must be classes from 0 to 2, .* to 3",
        ),
        (
            3,
            "softmax",
            [0, -1, 2, 1],
            ValueError,
            "y must be classes from 0 to 2, not from -1",
        ),
        (3, "softmax", [0, 1, 2], ValueError, r"y must have shape \(4,\), not \(3,\)"),
        (3, "softmax", [0.0, 1.0, 2.0, 1.0], TypeError, "y must be integer classes"),
        (3, "softmax", np.ones((4, 3)), ValueError, "y must add up to 1 in each row"),
        (3, "softmax", np.zeros((4, 1)), ValueError, r"y must have shape \(4, 3\)"),
    ],
)
def test_targets_must_fit(outputs, output, y, error, message):
    net = Network([2, 3, outputs], output=output, rng=0)
    x = np.ones((4, 2))
    for use in (net.loss, net.gradient, net.backward_factors):
        with pytest.raises(error, match=message):
            use(x, y)
    with pytest.raises(error, match=message):
        net.train(x, y, learning_rate=0.1, epochs=1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"learning_rate": 0},
            ValueError,
            "learning_rate must be positive and finite, not 0",
        ),
        ({"learning_rate": -0.1}, ValueError, "learning_rate .* not -0.1"),
        ({"learning_rate": math.inf}, ValueError, "learning_rate .* not inf"),
        ({"learning_rate": math.nan}, ValueError, "learning_rate .* not nan"),
        ({"learning_rate": "0.1"}, TypeError, "learning_rate must be a real number"),
        ({"learning_rate": True}, TypeError, "learning_rate must be a real number"),
        (
            {"learning_rate": np.timedelta64(1)},
            TypeError,
            "learning_rate must be a real",
        ),
        ({"learning_rate": 10**400}, ValueError, "learning_rate .* not inf"),
        ({"momentum": -(10**400)}, ValueError, "momentum .* not -inf"),
        ({"epochs": np.timedelta64(1)}, TypeError, "epochs must be an integer"),
        ({"epochs": 0}, ValueError, "epochs must be positive, not 0"),
        ({"epochs": 1.5}, TypeError, "epochs must be an integer, not 1.5"),
        ({"batch_size": 0}, ValueError, "batch_size must be positive, not 0"),
        ({"batch_size": "8"}, TypeError, "batch_size must be an integer, not '8'"),
        ({"momentum": 1}, ValueError, r"momentum must lie in \[0, 1\), not 1"),
        ({"momentum": -0.1}, ValueError, r"momentum must lie in \[0, 1\), not -0.1"),
        ({"momentum": math.nan}, ValueError, r"momentum must lie in \[0, 1\), not nan"),
        ({"momentum": None}, TypeError, "momentum must be a real number, not None"),
        ({"decay": 0}, ValueError, r"decay must lie in \(0, 1\], not 0"),
        ({"decay": 1.1}, ValueError, r"decay must lie in \(0, 1\], not 1.1"),
        ({"decay": -0.5}, ValueError, r"decay must lie in \(0, 1\], not -0.5"),
        ({"decay": []}, TypeError, "decay must be a real number"),
        ({"order": "backward"}, ValueError, "order must be one of shuffled"),
        ({"order": 1}, TypeError, "order must be a string, not 1"),
    ],
)
def test_training_needs_sensible_settings(arguments, error, message):
    net = Network([1, 2, 1], rng=0)
    before = net.weights[0].copy()
    with pytest.raises(error, match=message):
        net.train([1.0], [1.0], **{"learning_rate": 0.1, "epochs": 1} | arguments)
    assert np.array_equal(net.weights[0], before)


@pytest.mark.parametrize("kind", [np.float16, np.float32, Fraction])
def test_settings_are_taken_in_double_precision(kind):
    # A rate of float16 or float32 was rounded back to itself after each decay.
    x = np.linspace(-1, 1, 8)
    settings = {"learning_rate": 0.125, "momentum": 0.5, "decay": 0.9990234375}
    losses = []
    for number in float, kind:
        given = {key: number(value) for key, value in settings.items()}
        assert all(given[key] == value for key, value in settings.items())
        net = Network([1, 2, 1], hidden="tanh", rng=0)
        losses.append(net.train(x, x**2, epochs=20, **given))
    np.testing.assert_array_equal(*losses)


@pytest.mark.parametrize("name", ["x", "y"])
def test_masked_numbers_are_refused(name):
    data = {"x": [1.0, 2.0], "y": [1.0, 2.0]}
    data[name] = np.ma.masked_array(data[name], [True, False])
    with pytest.raises(ValueError, match=f"{name} must have no masked numbers"):
        Network([1, 1], rng=0).loss(**data)


def test_what_can_be_no_array_is_refused_by_name():
    class Refusing:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("detach it first")

    with pytest.raises(TypeError, match="x must be an array: detach it first"):
        Network([1, 1], rng=0).predict(Refusing())


def test_accuracy_needs_classes():
    with pytest.raises(ValueError, match="accuracy needs an output of 'sigmoid'"):
        Network([1, 1], rng=0).accuracy([1.0], [1])
    net = Network([1, 1], output="sigmoid", rng=0)
    with pytest.raises(
        ValueError, match=r"labels must be classes from 0 to 1, .* to 2"
    ):
        net.accuracy([1.0], [2])
    with pytest.raises(TypeError, match="labels must be integer classes, not float64"):
        net.accuracy([1.0], [1.0])
    with pytest.raises(ValueError, match=r"labels must have shape \(1,\), not \(2,\)"):
        net.accuracy([1.0], [1, 1])


def test_a_tolerance_is_not_negative():
    net = Network([1, 2, 1], rng=0)
    with pytest.raises(ValueError, match="tolerance must not be negative, not -1"):
        net.dead_units([1.0], tolerance=-1)
    with pytest.raises(TypeError, match="tolerance must be a real number"):
        net.dead_units([1.0], tolerance="0")
