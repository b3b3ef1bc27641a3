"""The rectifier and its leaky form."""

from __future__ import annotations

from functools import partial

import numpy as np

from activations._core.arrays import ONE, ZERO, Array
from activations._core.elementwise import elementwise


@partial(elementwise, exact=True)
def relu(x: Array, *, out: Array | None = None) -> Array:
    r"""Keep what is positive and replace the rest by zero.

    .. math:: \operatorname{relu}(x) = \max(x, 0)

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
    relu_derivative : Its slope.
    softplus : Its smooth form.
    leaky_relu : Its form with a slope on the left.

    Notes
    -----
    Exact in every dtype. The sign of a zero is not kept.

    Used by Fukushima (1969); under its present name by Nair and Hinton (2010).

    References
    ----------
    - K. Fukushima, "Visual feature extraction by a multilayered network of analog
      threshold elements", IEEE Transactions on Systems Science and Cybernetics 5,
      322-333, 1969. doi:10.1109/TSSC.1969.300225
    - V. Nair and G. E. Hinton, "Rectified Linear Units Improve Restricted Boltzmann
      Machines", ICML, 807-814, 2010.

    Examples
    --------
    >>> import activations
    >>> activations.relu([-2, 0, 3])
    array([0., 0., 3.])
    """
    return np.maximum(x, 0.0, out=out)  # unlike ZERO, which would widen float32


@partial(elementwise, exact=True)
def relu_derivative(x: Array, *, out: Array | None = None) -> Array:
    r"""Return the slope of the rectifier.

    .. math::

        \operatorname{relu}'(x)
        = \begin{cases} 1 & x > 0 \\
        0 & x \le 0 \end{cases}

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
    relu : The function.

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
    >>> activations.relu_derivative([-2, 0, 3])
    array([0., 0., 1.])
    """
    return np.sign(np.maximum(x, 0.0), out=out)


@elementwise
def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array:
    r"""Keep what is positive and shrink the rest.

    .. math::

        \operatorname{leaky}(x)
        = \begin{cases} x & x > 0 \\
        a x & x \le 0 \end{cases}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    negative_slope : float, optional
        Slope of the left side: finite and at least 0.
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
        If ``x`` holds anything but real numbers, ``negative_slope`` is not a real
        number, or ``out`` cannot hold the result.
    ValueError
        If ``negative_slope`` is negative or not finite, or ``out`` has another shape or
        is read-only.

    See Also
    --------
    leaky_relu_derivative : Its slope.
    relu : The rectifier.

    Notes
    -----
    Here :math:`a` is ``negative_slope``. With 0 it is the rectifier, with 1 the
    identity. The sign of a zero is not kept.

    Introduced by Maas et al. (2013).

    References
    ----------
    - A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier Nonlinearities Improve Neural
      Network Acoustic Models", ICML Workshop on Deep Learning for Audio, Speech and
      Language Processing, 2013.

    Examples
    --------
    >>> import activations
    >>> activations.leaky_relu([-2, 0, 3])
    array([-0.02,  0.  ,  3.  ])
    >>> activations.leaky_relu([-2, 0, 3], negative_slope=0.5)
    array([-1.,  0.,  3.])
    """
    left = np.minimum(x, ZERO) if negative_slope else 0
    return np.maximum(x, ZERO) + negative_slope * left


@elementwise
def leaky_relu_derivative(x: Array, *, negative_slope: float = 0.01) -> Array:
    r"""Return the slope of the leaky rectifier.

    .. math::

        \operatorname{leaky}'(x)
        = \begin{cases} 1 & x > 0 \\
        a & x \le 0 \end{cases}

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    negative_slope : float, optional
        Slope of the left side: finite and at least 0.
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
        If ``x`` holds anything but real numbers, ``negative_slope`` is not a real
        number, or ``out`` cannot hold the result.
    ValueError
        If ``negative_slope`` is negative or not finite, or ``out`` has another shape or
        is read-only.

    See Also
    --------
    leaky_relu : The function.

    Notes
    -----
    Here :math:`a` is ``negative_slope``. At 0 there is no slope; the value is that of
    the left side, as in PyTorch. Which value is chosen can decide how well a network
    trains (Bertoin et al., 2021).

    References
    ----------
    - D. Bertoin, J. Bolte, S. Gerchinovitz and E. Pauwels, "Numerical influence of
      ReLU'(0) on backpropagation", NeurIPS 34, 468-479, 2021.

    Examples
    --------
    >>> import activations
    >>> activations.leaky_relu_derivative([-2, 0, 3])
    array([0.01, 0.01, 1.  ])
    """
    step = np.sign(np.maximum(x, ZERO))
    return step + negative_slope * (ONE - step)
