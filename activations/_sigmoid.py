"""The logistic sigmoid, its logarithm and the hyperbolic tangent."""

from __future__ import annotations

import numpy as np

from activations._core.arrays import ONE, Array
from activations._core.elementwise import elementwise
from activations._core.exponentials import log1p_exp, logistic

FOUR, MINUS_TWO = np.array(4.0), np.array(-2.0)


@elementwise
def sigmoid(x: Array, *, out: Array | None = None) -> Array:
    r"""Squash the line into the interval from 0 to 1.

    .. math:: \sigma(x) = \frac{1}{1 + e^{-x}}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
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
        If ``x`` holds anything but real numbers, or ``out`` cannot hold the result.
    ValueError
        If ``out`` has another shape or is read-only.

    See Also
    --------
    sigmoid_derivative : Its slope.
    log_sigmoid : Its logarithm.

    Notes
    -----
    Computed as ``e / (1 + e)`` with ``e = min(exp(x), 1e35)``: that stays finite, and
    small results keep their digits as far as the format has any. ``sigmoid(-inf)`` is
    0 and ``sigmoid(inf)`` is 1.

    The curve is from Verhulst (1838), its history in Cramer (2002).

    References
    ----------
    - P.-F. Verhulst, "Notice sur la loi que la population suit dans son accroissement",
      Correspondance mathématique et physique 10, 113-121, 1838.
    - J. S. Cramer, "The Origins of Logistic Regression", Tinbergen Institute
      2002-119/4, 2002. doi:10.2139/ssrn.360300

    Examples
    --------
    >>> import activations
    >>> float(activations.sigmoid(0))
    0.5
    >>> activations.sigmoid([-2, 0, 2]).round(4)
    array([0.1192, 0.5   , 0.8808])
    >>> float(activations.sigmoid(-710.0)) > 0
    True
    """
    return logistic(x, out)


@elementwise
def sigmoid_derivative(x: Array) -> Array:
    r"""Return the slope of the sigmoid.

    .. math::

        \sigma'(x)
        = \sigma(x)\,(1 - \sigma(x)) = \frac{e^{-|x|}}{(1 + e^{-|x|})^2}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
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
        If ``x`` holds anything but real numbers, or ``out`` cannot hold the result.
    ValueError
        If ``out`` has another shape or is read-only.

    See Also
    --------
    sigmoid : The function.

    Notes
    -----
    In float64 the product of ``sigmoid(x)`` and ``1 - sigmoid(x)`` is exactly 0 from 37.5
    on, where the second factor is rounded away. Computed as ``s - s**2`` with ``s =
    sigmoid(-abs(x))``, which is at most a half, so that nothing cancels.

    Examples
    --------
    >>> import activations
    >>> float(activations.sigmoid_derivative(0))
    0.25
    >>> activations.sigmoid_derivative([-2, 0, 2]).round(4)
    array([0.105, 0.25 , 0.105])
    """
    e = np.exp(-np.abs(x))
    s = e / (ONE + e)
    return s - s * s


@elementwise
def log_sigmoid(x: Array, *, out: Array | None = None) -> Array:
    r"""Return the logarithm of the sigmoid.

    .. math:: \log \sigma(x) = -\log(1 + e^{-x})

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
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
        If ``x`` holds anything but real numbers, or ``out`` cannot hold the result.
    ValueError
        If ``out`` has another shape or is read-only.

    See Also
    --------
    sigmoid : The function of which this is the logarithm.
    softplus : The same curve, turned half round.

    Notes
    -----
    Computed as ``min(x, -log1p(min(exp(-x), 1e35)))``. The logarithm of a computed
    sigmoid is ``-inf`` far to the left and 0 far to the right, in float64 from 37.5 on;
    here both sides keep their digits. ``log_sigmoid(-inf)`` is ``-inf`` and
    ``log_sigmoid(inf)`` is 0.

    Examples
    --------
    >>> import activations
    >>> activations.log_sigmoid([-1000, 0]).round(4)
    array([-1.000e+03, -6.931e-01])
    >>> float(activations.log_sigmoid(1000.0))
    -0.0
    """
    return np.negative(log1p_exp(-x, out), out=out)


@elementwise
def log_sigmoid_derivative(x: Array, *, out: Array | None = None) -> Array:
    r"""Return the slope of the logarithm of the sigmoid.

    .. math:: \operatorname{log\_sigmoid}'(x) = \sigma(-x)

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
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
        If ``x`` holds anything but real numbers, or ``out`` cannot hold the result.
    ValueError
        If ``out`` has another shape or is read-only.

    See Also
    --------
    log_sigmoid : The function.
    sigmoid : The same curve, mirrored.

    Examples
    --------
    >>> import activations
    >>> activations.log_sigmoid_derivative([-2, 0, 2]).round(4)
    array([0.8808, 0.5   , 0.1192])
    """
    return logistic(-x, out)


@elementwise
def tanh(x: Array, *, out: Array | None = None) -> Array:
    r"""Squash the line into the interval from -1 to 1.

    .. math:: \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}} = 2\,\sigma(2x) - 1

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
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
        If ``x`` holds anything but real numbers, or ``out`` cannot hold the result.
    ValueError
        If ``out`` has another shape or is read-only.

    See Also
    --------
    tanh_derivative : Its slope.
    sigmoid : The same curve between 0 and 1.

    Notes
    -----
    NumPy's own function; float16 and float32 are computed in float64. ``tanh(-0.0)`` is
    ``-0.0``.

    Why a symmetric curve trains better: LeCun et al. (1998).

    References
    ----------
    - Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", Neural
      Networks: Tricks of the Trade, Springer, 1998.

    Examples
    --------
    >>> import activations
    >>> activations.tanh([-2, 0, 2]).round(4)
    array([-0.964,  0.   ,  0.964])
    """
    return np.tanh(x, out=out)


@elementwise
def tanh_derivative(x: Array) -> Array:
    r"""Return the slope of the hyperbolic tangent.

    .. math:: \tanh'(x) = 1 - \tanh(x)^2 = \frac{4 e^{-2|x|}}{(1 + e^{-2|x|})^2}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
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
        If ``x`` holds anything but real numbers, or ``out`` cannot hold the result.
    ValueError
        If ``out`` has another shape or is read-only.

    See Also
    --------
    tanh : The function.

    Notes
    -----
    In float64 ``1 - tanh(x)**2`` is exactly 0 from 19.1 on. Computed as ``4 * (s -
    s**2)`` with ``s = sigmoid(-2 * abs(x))``, where nothing cancels.

    Examples
    --------
    >>> import activations
    >>> activations.tanh_derivative([-2, 0, 2]).round(4)
    array([0.0707, 1.    , 0.0707])
    >>> float(activations.tanh_derivative(20.0)) > 0
    True
    """
    e = np.exp(MINUS_TWO * np.abs(x))
    s = e / (ONE + e)
    return FOUR * (s - s * s)
