"""The synthetic data are what the chapters say they are."""

import math

import numpy as np
import pytest

from activations.datasets import circle, curve, noisy_curve, ring, two_disks

SHAPES = {
    circle: 0.16 * math.pi,
    ring: (0.45**2 - 0.2**2) * math.pi,
    two_disks: 2 * 0.25**2 * math.pi,
}


def test_curve_follows_its_formula():
    for x in (0.0, 0.5, 3.25, 7.0):
        expected = 0.2 + 0.8 * math.sin(x) + 0.5 * x - 3
        assert float(curve(x)) == pytest.approx(expected, rel=1e-15, abs=0)


def test_curve_keeps_the_shape():
    assert curve(np.zeros((2, 3))).shape == (2, 3)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([[1.0], [1.0, 2.0]], ValueError, "x must be an array"),
        (["1"], TypeError, "x must hold real numbers"),
        ([1.0, np.nan], ValueError, "x must be finite"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), ValueError, "masked"),
    ],
)
def test_curve_says_what_is_wrong_with_x(x, error, message):
    with pytest.raises(error, match=message):
        curve(x)


def test_noisy_curve_has_the_noise_it_claims():
    n = 100_000
    x, y = noisy_curve(n, rng=0)
    noise = y - (0.2 + 0.8 * np.sin(x) + 0.5 * x - 3)
    assert np.abs(noise).max() <= 0.2 * (1 + 1e-14)
    # Moments of a uniform distribution of width w: variance w²/12, fourth w⁴/80.
    standard_error = math.sqrt((0.4**4 / 80 - (0.16 / 12) ** 2) / n)
    assert np.mean(noise**2) == pytest.approx(0.16 / 12, abs=4 * standard_error)
    assert noise.mean() == pytest.approx(0, abs=4 * math.sqrt(0.16 / 12 / n))


def test_noisy_curve_covers_its_interval_evenly():
    n = 100_000
    x, _ = noisy_curve(n, rng=1)
    assert x.min() >= 0
    assert x.max() < 7
    assert x.mean() == pytest.approx(3.5, abs=4 * 7 / math.sqrt(12 * n))


def test_noisy_curve_has_the_sizes_of_the_chapter():
    x, y = noisy_curve(rng=0)
    assert x.shape == y.shape == (200,)


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_cover_their_area(shape):
    n, area = 100_000, SHAPES[shape]
    points, labels = shape(n, rng=0)
    assert points.shape == (n, 2)
    assert points.min() >= 0
    assert points.max() < 1
    standard_error = math.sqrt(area * (1 - area) / n)
    assert labels.mean() == pytest.approx(area, abs=4 * standard_error)


@pytest.mark.parametrize("shape", SHAPES)
def test_labels_say_where_a_point_lies(shape):
    points, labels = shape(rng=2)
    assert len(points) == 1000
    assert labels.dtype == np.int64
    for point, label in zip(points.tolist(), labels.tolist(), strict=True):
        match shape.__name__:
            case "circle":
                inside = math.dist(point, (0.5, 0.5)) < 0.4
            case "ring":
                inside = 0.2 < math.dist(point, (0.5, 0.5)) < 0.45
            case _:
                inside = min(math.dist(point, (c, c)) for c in (0.3, 0.7)) < 0.25
        assert label == inside


@pytest.mark.parametrize("draw", [noisy_curve, *SHAPES])
def test_a_seed_gives_the_same_data_again(draw):
    for first, again in zip(draw(50, rng=3), draw(50, rng=3), strict=True):
        assert np.array_equal(first, again)
    assert not np.array_equal(draw(50, rng=3)[0], draw(50, rng=4)[0])


@pytest.mark.parametrize("draw", [noisy_curve, *SHAPES])
def test_a_generator_goes_on_where_it_was(draw):
    rng = np.random.default_rng(0)
    assert not np.array_equal(draw(50, rng=rng)[0], draw(50, rng=rng)[0])


@pytest.mark.parametrize("draw", [noisy_curve, *SHAPES])
@pytest.mark.parametrize(
    ("n", "error"),
    [
        (0, ValueError),
        (-3, ValueError),
        (2.5, TypeError),
        ("9", TypeError),
        (True, TypeError),
        (np.timedelta64(3), TypeError),
    ],
)
def test_a_number_of_points_must_be_a_positive_integer(draw, n, error):
    with pytest.raises(error, match="n must be"):
        draw(n, rng=0)


@pytest.mark.parametrize("draw", [noisy_curve, *SHAPES])
def test_a_seed_must_be_one(draw):
    with pytest.raises(TypeError, match="rng must be a seed or a generator"):
        draw(5, rng="one")


@pytest.mark.parametrize("draw", [noisy_curve, *SHAPES])
def test_one_point_is_enough(draw):
    assert [len(part) for part in draw(1, rng=0)] == [1, 1]


@pytest.mark.parametrize("x", [None, "1.5", [1j]])
def test_the_curve_wants_real_numbers(x):
    with pytest.raises(TypeError, match="x must hold real numbers, not"):
        curve(x)
