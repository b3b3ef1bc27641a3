"""ELU and its relatives: SELU, CELU and SiLU."""

from __future__ import annotations

import numpy as np

from activations._core.arrays import ONE, ZERO, Array
from activations._core.elementwise import elementwise

SELU_SCALE = np.array(1.0507009873554805)
SELU_DEPTH = np.array(1.7580993408473768)  # alpha times that, rounded once
# Exact, as either is less than twice the other.
SELU_STEP = np.array(SELU_SCALE - SELU_DEPTH)

# SiLU is lowest where 1 + x + exp(x) is 0, at -(1 + W(1/e)) with Lambert's W.
LAMBERT = np.array(0.2784645427610738)
SILU_VALLEY = np.array(-1.2784645427610737)
SILU_VALLEY_TAIL = np.array(-1.0946994183093437e-16)

# Farther out the exponentials of SiLU's halves, and of its slope, change no digit; the
# bounds keep infinities out of products with 0.
HALF, LEFT, RIGHT = map(np.array, (0.5, -6000.0, 40.0))
LOWEST, FAR = map(np.array, (-30_000.0, 80.0))


@elementwise
def elu(x: Array, *, alpha: float = 1.0, out: Array | None = None) -> Array:
    r"""Keep what is positive and let the rest saturate.

    .. math::

        \operatorname{elu}_\alpha(x)
        = \begin{cases} x & x > 0 \\
        \alpha\,(e^x - 1) & x \le 0 \end{cases}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    alpha : float, optional
        Depth of the left side: finite and greater than 0.
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
        If ``x`` holds anything but real numbers, ``alpha`` is not a real number, or
        ``out`` cannot hold the result.
    ValueError
        If ``alpha`` is not finite and greater than 0, or ``out`` has another shape or
        is read-only.

    See Also
    --------
    elu_derivative : Its slope.
    selu : Its form that keeps mean 0 and variance 1.
    celu : Its smooth form.

    Notes
    -----
    Computed as ``max(x, 0) + alpha * expm1(min(x, 0))``: one of the two terms is always
    0, and ``expm1`` keeps the digits that ``exp(x) - 1`` loses near 0. For ``alpha=1``
    the larger of ``x`` and the second term is the same. The result tends to ``-alpha``
    on the left. The sign of a zero is not kept.

    Introduced by Clevert et al. (2016).

    References
    ----------
    - D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and Accurate Deep Network
      Learning by Exponential Linear Units (ELUs)", ICLR, 2016. arXiv:1511.07289

    Examples
    --------
    >>> import activations
    >>> activations.elu([-2, 0, 2]).round(4)
    array([-0.8647,  0.    ,  2.    ])
    >>> activations.elu([-2, 0, 2], alpha=0.5).round(4)
    array([-0.4323,  0.    ,  2.    ])
    """
    left = np.expm1(np.minimum(x, ZERO))
    if alpha == 1:
        return np.maximum(x, left, out=out)
    return np.add(np.maximum(x, ZERO), alpha * left, out=out)


@elementwise
def elu_derivative(x: Array, *, alpha: float = 1.0) -> Array:
    r"""Return the slope of ELU.

    .. math::

        \operatorname{elu}_\alpha'(x)
        = \begin{cases} 1 & x > 0 \\
        \alpha e^x & x \le 0 \end{cases}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    alpha : float, optional
        Depth of the left side: finite and greater than 0.
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
        If ``x`` holds anything but real numbers, ``alpha`` is not a real number, or
        ``out`` cannot hold the result.
    ValueError
        If ``alpha`` is not finite and greater than 0, or ``out`` has another shape or
        is read-only.

    See Also
    --------
    elu : The function.

    Notes
    -----
    ``elu(x) + alpha`` is the same number on the left, but in float64 it is exactly 0
    from -37.5 on. A float64 loses digits where ``exp(x)`` is subnormal and ``alpha``
    large.

    At 0, unless ``alpha`` is 1, there is no slope; the value is that of the left side,
    as in PyTorch. Which value is chosen can decide how well a network trains (Bertoin
    et al., 2021).

    References
    ----------
    - D. Bertoin, J. Bolte, S. Gerchinovitz and E. Pauwels, "Numerical influence of
      ReLU'(0) on backpropagation", NeurIPS 34, 468-479, 2021.

    Examples
    --------
    >>> import activations
    >>> activations.elu_derivative([-2, 0, 2]).round(4)
    array([0.1353, 1.    , 1.    ])
    >>> activations.elu_derivative([-2, 0, 2], alpha=0.5).round(4)
    array([0.0677, 0.5   , 1.    ])
    """
    slope = np.exp(np.minimum(x, ZERO))
    if alpha == 1:
        return slope
    # np.where takes up to twice as long.
    return slope * ((x > ZERO) + alpha * (x <= ZERO))


@elementwise
def selu(x: Array) -> Array:
    r"""Scale ELU so that mean 0 and variance 1 reproduce themselves.

    .. math::

        \operatorname{selu}(x)
        = \lambda \begin{cases} x & x > 0 \\
        \alpha\,(e^x - 1) & x \le 0 \end{cases}

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
    selu_derivative : Its slope.
    elu : Its unscaled form.

    Notes
    -----
    With :math:`\alpha = 1.6732632423543772` and :math:`\lambda = 1.0507009873554805` a
    standard normal variable has mean 0 and variance 1 afterwards. The sign of a zero is
    not kept; beyond the largest number divided by :math:`\lambda` the result is
    ``inf``.

    Introduced by Klambauer et al. (2017).

    References
    ----------
    - G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-Normalizing Neural
      Networks", NeurIPS 30, 2017. arXiv:1706.02515

    Examples
    --------
    >>> import activations
    >>> activations.selu([-2, 0, 2]).round(4)
    array([-1.5202,  0.    ,  2.1014])
    """
    return SELU_SCALE * np.maximum(x, ZERO) + SELU_DEPTH * np.expm1(np.minimum(x, ZERO))


@elementwise
def selu_derivative(x: Array) -> Array:
    r"""Return the slope of SELU.

    .. math::

        \operatorname{selu}'(x)
        = \lambda \begin{cases} 1 & x > 0 \\
        \alpha e^x & x \le 0 \end{cases}

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
    selu : The function.

    Notes
    -----
    At 0 there is no slope; the value is that of the left side, as in PyTorch. Which
    value is chosen can decide how well a network trains (Bertoin et al., 2021).

    References
    ----------
    - D. Bertoin, J. Bolte, S. Gerchinovitz and E. Pauwels, "Numerical influence of
      ReLU'(0) on backpropagation", NeurIPS 34, 468-479, 2021.

    Examples
    --------
    >>> import activations
    >>> activations.selu_derivative([-2, 0, 2]).round(4)
    array([0.2379, 1.7581, 1.0507])
    """
    return SELU_DEPTH * np.exp(np.minimum(x, ZERO)) + SELU_STEP * (x > ZERO)


@elementwise
def celu(x: Array, *, alpha: float = 1.0, out: Array | None = None) -> Array:
    r"""Make ELU smooth at 0 for every depth.

    .. math::

        \operatorname{celu}_\alpha(x)
        = \begin{cases} x & x > 0 \\
        \alpha\,(e^{x/\alpha} - 1) & x \le 0 \end{cases}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    alpha : float, optional
        Depth of the left side: finite and greater than 0.
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
        If ``x`` holds anything but real numbers, ``alpha`` is not a real number, or
        ``out`` cannot hold the result.
    ValueError
        If ``alpha`` is not finite and greater than 0, or ``out`` has another shape or
        is read-only.

    See Also
    --------
    celu_derivative : Its slope.
    elu : The form with a kink.

    Notes
    -----
    Computed as ``max(x, alpha * expm1(min(x, 0) / alpha))``, as the left side lies above
    its tangent at 0 for every ``alpha``; with ``alpha=1`` it is ELU. The sign of a zero
    is not kept. A float64 loses digits where ``x / alpha`` is subnormal and
    ``alpha`` large.

    Introduced by Barron (2017).

    References
    ----------
    - J. T. Barron, "Continuously Differentiable Exponential Linear Units", 2017.
      arXiv:1704.07483

    Examples
    --------
    >>> import activations
    >>> activations.celu([-2, 0, 2], alpha=0.5).round(4)
    array([-0.4908,  0.    ,  2.    ])
    """
    left = np.minimum(x, ZERO)
    if alpha == 1:
        return np.maximum(x, np.expm1(left), out=out)
    return np.maximum(x, alpha * np.expm1(left / alpha), out=out)


@elementwise
def celu_derivative(x: Array, *, alpha: float = 1.0, out: Array | None = None) -> Array:
    r"""Return the slope of CELU.

    .. math::

        \operatorname{celu}_\alpha'(x)
        = \begin{cases} 1 & x > 0 \\
        e^{x/\alpha} & x \le 0 \end{cases}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    alpha : float, optional
        Depth of the left side: finite and greater than 0.
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
        If ``x`` holds anything but real numbers, ``alpha`` is not a real number, or
        ``out`` cannot hold the result.
    ValueError
        If ``alpha`` is not finite and greater than 0, or ``out`` has another shape or
        is read-only.

    See Also
    --------
    celu : The function.

    Notes
    -----
    With another ``alpha``, float64 loses up to an ulp for each unit of ``x / alpha``.

    Examples
    --------
    >>> import activations
    >>> activations.celu_derivative([-2, 0, 2], alpha=0.5).round(4)
    array([0.0183, 1.    , 1.    ])
    """
    left = np.minimum(x, ZERO)
    return np.exp(left if alpha == 1 else left / alpha, out=out)


@elementwise
def silu(x: Array) -> Array:
    r"""Weight the line by its own sigmoid.

    .. math:: \operatorname{silu}(x) = x\,\sigma(x) = \frac{x e^x}{1 + e^x}

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
    silu_derivative : Its slope.
    sigmoid : The weight.

    Notes
    -----
    Computed from ``y = x / 2`` as ``y / cosh(y) * exp(y)``, so that the digits of the
    smallest results survive. ``silu(-inf)`` is ``-0.0``, not NaN.

    Named by Hendrycks and Gimpel (2016), studied by Elfwing et al. (2018).

    References
    ----------
    - D. Hendrycks and K. Gimpel, "Gaussian Error Linear Units (GELUs)", 2016.
      arXiv:1606.08415
    - S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units for neural
      network function approximation in reinforcement learning", Neural Networks 107,
      3-11, 2018. arXiv:1702.03118

    Examples
    --------
    >>> import activations
    >>> activations.silu([-2, 0, 2]).round(4)
    array([-0.2384,  0.    ,  1.7616])
    """
    y = np.maximum(HALF * x, LEFT)
    z = np.minimum(y, RIGHT)
    return y / np.cosh(z) * np.exp(z)


@elementwise
def silu_derivative(x: Array) -> Array:
    r"""Return the slope of SiLU.

    .. math::

        \operatorname{silu}'(x)
        = \sigma(x) + x\,\sigma'(x) = \frac{e^x (1 + x + e^x)}{(1 + e^x)^2}

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
    silu : The function.

    Notes
    -----
    The slope is 0 where :math:`1 + x + e^x` is. From the distance :math:`d` to that
    point the sum is computed as :math:`d + w (e^d - 1)` with Lambert's :math:`w =
    W(1/e)`: both terms have the same sign, and nothing cancels. One factor of
    the denominator is computed from the same :math:`d`, whose rounding thus changes
    numerator and denominator alike.

    Examples
    --------
    >>> import activations
    >>> activations.silu_derivative([-2, 0, 2]).round(4)
    array([-0.0908,  0.5   ,  1.0908])
    """
    y = np.minimum(np.maximum(x, LOWEST), FAR)
    d, h = (y - SILU_VALLEY) - SILU_VALLEY_TAIL, np.exp(HALF * y)
    e = LAMBERT * np.expm1(d)
    return (d + e) / (e - SILU_VALLEY) * h * (h / (ONE + h * h))
