"""Softplus, the smooth rectifier, and its inverse."""

from __future__ import annotations

import math

import numpy as np

from activations._core.arrays import ONE, ZERO, Array
from activations._core.elementwise import elementwise
from activations._core.exponentials import SWAMPS_ONE, log1p_exp, logistic
from activations._core.pairs import two_product

LOG_2, LOG_2_TAIL = np.array(0.6931471805599453), np.array(2.3190468138462996e-17)
NAN, TWO = np.array(np.nan), np.array(2.0)
# From log 2, where softplus' inverse is 0: nearer, its two terms cancel.
CROSSING = np.array(0.25)
SMALL = np.array(1e-290)  # products below have lost digits, or their sign


@elementwise
def softplus(x: Array, *, beta: float = 1.0, out: Array | None = None) -> Array:
    r"""Bend the line smoothly upward from zero.

    .. math:: \operatorname{softplus}_\beta(x) = \frac{\log(1 + e^{\beta x})}{\beta}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    beta : float, optional
        Sharpness: finite and greater than 0.
    out : ndarray, optional
        Where to write the result: an array of the shape of ``x``, or ``x`` itself.

    Returns
    -------
    ndarray or scalar
        Of the shape of ``x``. Floating point numbers keep their dtype, integers and
        booleans become float64; a scalar or 0-d array gives a scalar.

    Raises
    ------
    TypeError
        If ``x`` holds anything but real numbers, ``beta`` is not a real number, or
        ``out`` cannot hold the result.
    ValueError
        If ``beta`` is not finite and greater than 0, or ``out`` has another shape or is
        read-only.

    See Also
    --------
    softplus_derivative : Its slope, the sigmoid.
    softplus_inverse : The way back.
    relu : Its limit for large ``beta``.

    Notes
    -----
    Computed as ``max(x, log1p(min(exp(x), 1e35)))``: the exponential stays finite, and
    ``log1p`` keeps the digits of small results, of which ``log(1 + exp(x))`` loses more
    and more, and all below -36.7 in float64. ``softplus(-inf)`` is 0 and
    ``softplus(inf)`` is ``inf``. With another ``beta``, float64 loses up to an ulp for
    each unit of ``beta * x``, and more where ``exp(beta * x)`` is subnormal and ``beta``
    small.

    Introduced by Dugas et al. (2001).

    References
    ----------
    - C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau and R. Garcia, "Incorporating
      Second-Order Functional Knowledge for Better Option Pricing", NIPS 13, 472-478,
      2001.

    Examples
    --------
    >>> import activations
    >>> activations.softplus([-2, 0, 2]).round(4)
    array([0.1269, 0.6931, 2.1269])
    >>> activations.softplus([-2, 0, 2], beta=10).round(4)
    array([0.    , 0.0693, 2.    ])
    >>> float(activations.softplus(1000.0))
    1000.0
    """
    if beta != 1:
        left = np.log1p(np.minimum(np.exp(beta * x), SWAMPS_ONE)) / beta
        return np.maximum(x, left, out=out)
    return log1p_exp(x, out)


@elementwise
def softplus_derivative(
    x: Array, *, beta: float = 1.0, out: Array | None = None
) -> Array:
    r"""Return the slope of softplus.

    .. math:: \operatorname{softplus}_\beta'(x) = \sigma(\beta x)

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    beta : float, optional
        Sharpness: finite and greater than 0.
    out : ndarray, optional
        Where to write the result: an array of the shape of ``x``, or ``x`` itself.

    Returns
    -------
    ndarray or scalar
        Of the shape of ``x``. Floating point numbers keep their dtype, integers and
        booleans become float64; a scalar or 0-d array gives a scalar.

    Raises
    ------
    TypeError
        If ``x`` holds anything but real numbers, ``beta`` is not a real number, or
        ``out`` cannot hold the result.
    ValueError
        If ``beta`` is not finite and greater than 0, or ``out`` has another shape or is
        read-only.

    See Also
    --------
    softplus : The function.
    sigmoid : This slope for ``beta=1``.

    Notes
    -----
    With another ``beta``, float64 loses up to an ulp for each unit of ``beta * x``.

    Examples
    --------
    >>> import activations
    >>> activations.softplus_derivative([-2, 0, 2]).round(4)
    array([0.1192, 0.5   , 0.8808])
    """
    return logistic(x if beta == 1 else beta * x, out)


@elementwise
def softplus_inverse(x: Array, *, beta: float = 1.0) -> Array:
    r"""Find the point where softplus takes a given value.

    .. math::

        \operatorname{softplus}_\beta^{-1}(y) = \frac{\log(e^{\beta y} - 1)}{\beta}

    Parameters
    ----------
    x : array_like
        Values :math:`y` of softplus: real numbers of any shape.
    beta : float, optional
        Sharpness: finite and greater than 0.
    out : ndarray, optional
        Where to write the result: an array of the shape of ``x``, or ``x`` itself.

    Returns
    -------
    ndarray or scalar
        Of the shape of ``x``. Floating point numbers keep their dtype, integers and
        booleans become float64; a scalar or 0-d array gives a scalar.

    Raises
    ------
    TypeError
        If ``x`` holds anything but real numbers, ``beta`` is not a real number, or
        ``out`` cannot hold the result.
    ValueError
        If ``beta`` is not finite and greater than 0, or ``out`` has another shape or is
        read-only.

    See Also
    --------
    softplus : The function.
    softplus_inverse_derivative : Its slope.

    Notes
    -----
    Computed as ``x + log(-expm1(-beta * x)) / beta``, which overflows nowhere. Near
    :math:`\beta x = \log 2`, where the result crosses 0, ``log1p(2 * expm1(beta * x -
    log(2))) / beta`` is the same number without cancellation. At 0 the result is
    ``-inf``; below 0, where softplus takes no value, it is NaN.

    Examples
    --------
    >>> import activations
    >>> float(activations.softplus_inverse(activations.softplus(3.0)).round(12))
    3.0
    >>> activations.softplus_inverse([0, 0.5, 1000]).round(4)
    array([      -inf, -4.328e-01,  1.000e+03])
    """
    if beta == 1:
        d = (x - LOG_2) - LOG_2_TAIL
        far, near = np.log(-np.expm1(-x)), np.log1p(TWO * np.expm1(d))
    else:
        # Halves of numbers beyond 1e300 overflow, so x takes the power of two in beta.
        unit = math.ulp(beta)
        product, lost = two_product(beta / unit, unit * x)
        d = (product - LOG_2) + (lost - LOG_2_TAIL)
        log_product = np.log(x) + math.log(beta)
        far = np.where(product < SMALL, log_product, np.log(-np.expm1(-product))) / beta
        near = np.log1p(TWO * np.expm1(d)) / beta
    return np.where(np.abs(d) < CROSSING, near, x + far)


@elementwise
def softplus_inverse_derivative(x: Array, *, beta: float = 1.0) -> Array:
    r"""Return the slope of the inverse of softplus.

    .. math:: \frac{d \operatorname{softplus}_\beta^{-1}(y)}{d y} = \frac{1}{1 - e^{-\beta y}}

    Parameters
    ----------
    x : array_like
        Values :math:`y` of softplus: real numbers of any shape.
    beta : float, optional
        Sharpness: finite and greater than 0.
    out : ndarray, optional
        Where to write the result: an array of the shape of ``x``, or ``x`` itself.

    Returns
    -------
    ndarray or scalar
        Of the shape of ``x``. Floating point numbers keep their dtype, integers and
        booleans become float64; a scalar or 0-d array gives a scalar.

    Raises
    ------
    TypeError
        If ``x`` holds anything but real numbers, ``beta`` is not a real number, or
        ``out`` cannot hold the result.
    ValueError
        If ``beta`` is not finite and greater than 0, or ``out`` has another shape or is
        read-only.

    See Also
    --------
    softplus_inverse : The function.

    Notes
    -----
    At 0 the slope is ``inf``; below 0 it is NaN.

    Examples
    --------
    >>> import activations
    >>> activations.softplus_inverse_derivative([0.5, 1, 2]).round(4)
    array([2.5415, 1.582 , 1.1565])
    """
    left = np.expm1(-x if beta == 1 else -beta * x)
    return np.where(x < ZERO, NAN, ONE / np.abs(left))
