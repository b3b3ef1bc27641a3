r"""The book's synthetic data, drawn anew from a seed.

=====================  ==================================================
`noisy_curve`          200 noisy points along a wavy, rising curve
`curve`                the same curve without its noise
`circle`               points of the unit square, labelled inside a disk
`ring`                 the same, labelled between two circles
`two_disks`            the same, labelled inside either of two disks
=====================  ==================================================

The same `rng` seed gives the same data, on every machine.
A network that starts from that seed as well draws the same random numbers: to keep
the two independent, give them different seeds, or one generator after the other.
The curve and the circle are those of W. Broniowski, *Explaining neural
networks in raw Python* (2021).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from activations._core.arguments import check_count, check_data, check_generator

__all__ = ["circle", "curve", "noisy_curve", "ring", "two_disks"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def curve(x: npt.ArrayLike) -> FloatArray:
    r"""Follow the curve that `noisy_curve` scatters its points around.

    .. math:: \varphi(x) = 0.2 + 0.8 \sin x + 0.5\, x - 3

    Parameters
    ----------
    x : array_like
        Where to evaluate the curve; the data lie in [0, 7].

    Returns
    -------
    numpy.ndarray
        The value of the curve at each x, in the shape of `x`.

    Raises
    ------
    TypeError
        If `x` holds anything but real numbers.
    ValueError
        If `x` is a list of lists of several lengths, or holds NaN, infinity or masked
        numbers.

    See Also
    --------
    noisy_curve : Points scattered around this curve.

    Examples
    --------
    >>> curve([0.0, 7.0]).round(4)
    array([-2.8   ,  1.2256])
    """
    x = check_data("x", x).astype(float)
    return np.asarray(0.2 + 0.8 * np.sin(x) + 0.5 * x - 3)


def noisy_curve(n: int = 200, *, rng: Any) -> tuple[FloatArray, FloatArray]:
    r"""Scatter points around a curve.

    .. math:: y = \varphi(x) + u, \qquad
       x \sim \mathcal{U}(0, 7), \quad u \sim \mathcal{U}(-0.2, 0.2)

    Parameters
    ----------
    n : int
        Number of points.
    rng : int or numpy.random.Generator
        Seed or generator, or anything else that `numpy.random.default_rng` takes.

    Returns
    -------
    x, y : numpy.ndarray
        Positions and heights, each of shape (n,).
        A `Network` with one input and one output takes both as they are.

    Raises
    ------
    ValueError
        If `n` is not positive, or `rng` is a negative seed.
    TypeError
        If `n` is not an integer, or `rng` no seed.

    See Also
    --------
    curve : The same curve without its noise.

    Notes
    -----
    The noise has variance 0.4² / 12 = 0.0133: a fit with a smaller mean squared
    error than that has begun to learn the noise.

    Examples
    --------
    >>> x, y = noisy_curve(rng=0)
    >>> x.shape, y.shape
    ((200,), (200,))
    >>> bool(abs(y - curve(x)).max() <= 0.2)
    True
    """
    rng, n = check_generator("rng", rng), check_count("n", n)
    x = 7 * rng.random(n)
    return x, curve(x) + 0.4 * (rng.random(n) - 0.5)


def circle(n: int = 1000, *, rng: Any) -> tuple[FloatArray, IntArray]:
    r"""Label points of the unit square by whether they fall inside a circle.

    .. math:: (x_1 - \tfrac12)^2 + (x_2 - \tfrac12)^2 < 0.4^2

    Parameters
    ----------
    n : int
        Number of points.
    rng : int or numpy.random.Generator
        Seed or generator, or anything else that `numpy.random.default_rng` takes.

    Returns
    -------
    points : numpy.ndarray
        Positions, uniform in the unit square, of shape (n, 2).
    labels : numpy.ndarray
        1 inside the circle and 0 outside, of shape (n,).

    Raises
    ------
    ValueError
        If `n` is not positive, or `rng` is a negative seed.
    TypeError
        If `n` is not an integer, or `rng` no seed.

    See Also
    --------
    ring, two_disks : Other shapes to tell apart.

    Notes
    -----
    The disk covers 0.16 π = 0.5027 of the square: always answering "inside" is
    right about half the time.

    Examples
    --------
    >>> points, labels = circle(rng=0)
    >>> points.shape, labels.shape
    ((1000, 2), (1000,))
    >>> sorted(set(labels.tolist()))
    [0, 1]
    """
    return _labelled(n, rng, lambda points: _distance(points, (0.5, 0.5)) < 0.4)


def ring(n: int = 1000, *, rng: Any) -> tuple[FloatArray, IntArray]:
    r"""Label points of the unit square by whether they fall on a ring.

    .. math:: 0.2^2 < (x_1 - \tfrac12)^2 + (x_2 - \tfrac12)^2 < 0.45^2

    Parameters
    ----------
    n : int
        Number of points.
    rng : int or numpy.random.Generator
        Seed or generator, or anything else that `numpy.random.default_rng` takes.

    Returns
    -------
    points : numpy.ndarray
        Positions, uniform in the unit square, of shape (n, 2).
    labels : numpy.ndarray
        1 on the ring and 0 elsewhere, of shape (n,).

    Raises
    ------
    ValueError
        If `n` is not positive, or `rng` is a negative seed.
    TypeError
        If `n` is not an integer, or `rng` no seed.

    See Also
    --------
    circle, two_disks : Other shapes to tell apart.

    Notes
    -----
    The ring covers (0.45² - 0.2²) π = 0.5105 of the square.

    Examples
    --------
    >>> points, labels = ring(rng=0)
    >>> points.shape, labels.shape
    ((1000, 2), (1000,))
    """

    def on_ring(points: FloatArray) -> npt.NDArray[np.bool_]:
        distance = _distance(points, (0.5, 0.5))
        return (0.2 < distance) & (distance < 0.45)

    return _labelled(n, rng, on_ring)


def two_disks(n: int = 1000, *, rng: Any) -> tuple[FloatArray, IntArray]:
    r"""Label points of the unit square by whether they fall in either of two disks.

    .. math:: (x_1 - 0.3)^2 + (x_2 - 0.3)^2 < 0.25^2
       \quad\text{or}\quad (x_1 - 0.7)^2 + (x_2 - 0.7)^2 < 0.25^2

    Parameters
    ----------
    n : int
        Number of points.
    rng : int or numpy.random.Generator
        Seed or generator, or anything else that `numpy.random.default_rng` takes.

    Returns
    -------
    points : numpy.ndarray
        Positions, uniform in the unit square, of shape (n, 2).
    labels : numpy.ndarray
        1 in either disk and 0 elsewhere, of shape (n,).

    Raises
    ------
    ValueError
        If `n` is not positive, or `rng` is a negative seed.
    TypeError
        If `n` is not an integer, or `rng` no seed.

    See Also
    --------
    circle, ring : Other shapes to tell apart.

    Notes
    -----
    The disks do not touch; together they cover 0.125 π = 0.3927 of the square.

    Examples
    --------
    >>> points, labels = two_disks(rng=0)
    >>> points.shape, labels.shape
    ((1000, 2), (1000,))
    """

    def in_either(points: FloatArray) -> npt.NDArray[np.bool_]:
        return (_distance(points, (0.3, 0.3)) < 0.25) | (
            _distance(points, (0.7, 0.7)) < 0.25
        )

    return _labelled(n, rng, in_either)


def _labelled(
    n: int, rng: Any, inside: Callable[[FloatArray], npt.NDArray[np.bool_]]
) -> tuple[FloatArray, IntArray]:
    points = check_generator("rng", rng).random((check_count("n", n), 2))
    return points, inside(points).astype(np.int64)


def _distance(points: FloatArray, centre: tuple[float, float]) -> FloatArray:
    return np.hypot(*(points - centre).T)
