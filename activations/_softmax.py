"""Softmax, its logarithm, the logarithm of a sum of exponentials, the Jacobian."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from activations._core.arrays import Array, Axis
from activations._core.matrices import rowwise_matrix
from activations._core.rows import RowFunction
from activations._core.rowwise import rowwise

# The formulas, of a row's x, peak, terms, total and log1p_rest.
_SOFTMAX = RowFunction(
    "softmax",
    lambda rows: np.divide(rows.terms, rows.total, out=rows.room),
    reduces=False,
    asks_peaks=False,
)
_JACOBIAN = _SOFTMAX._replace(name="softmax_jacobian")
_LOG_SOFTMAX = RowFunction(
    "log_softmax",
    lambda rows: (rows.x - rows.peak) - rows.log1p_rest,
    reduces=False,
    asks_peaks=True,
)
_LOGSUMEXP = RowFunction(
    "logsumexp",
    lambda rows: rows.peak + rows.log1p_rest,
    reduces=True,
    asks_peaks=True,
)


def softmax(x: npt.ArrayLike, *, axis: Axis = -1, out: Array | None = None) -> Any:
    r"""Turn scores into shares that are positive and sum to 1.

    .. math:: \operatorname{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}

    Parameters
    ----------
    x : array_like
        Scores: real numbers of any shape.
    axis : int, tuple of ints or None, optional
        The axis, or axes, along which the shares sum to 1; None stands for all.
    out : ndarray, optional
        Where to write the result: an array of the shape of ``x``, or ``x`` itself.

    Returns
    -------
    ndarray or scalar
        Of the shape of ``x``. Floating point numbers keep their dtype, integers and
        booleans become float64. With ``axis=None`` a scalar gives a scalar.

    Raises
    ------
    TypeError
        If ``x`` holds anything but real numbers, ``axis`` is no integer or tuple of
        them, or ``out`` cannot hold the result.
    ValueError
        If an axis does not exist, as no axis does in a scalar, or ``out`` has another
        shape or is read-only.

    See Also
    --------
    log_softmax : The logarithm, which keeps digits that this cannot hold.
    softmax_jacobian : Its slopes.
    sigmoid : The first share of the two scores x and 0.

    Notes
    -----
    The shares do not change when the same number is subtracted from every score.
    The largest score is subtracted where the exponentials would overflow or lose
    digits, and what rounding takes from the differences is put back; elsewhere
    nothing is subtracted, as a rounded difference would only add an error.

    A score of ``-inf`` has the share 0, as has what is masked. A row that contains NaN
    or ``inf``, or nothing but ``-inf``, is NaN throughout. An empty row stays empty.

    The name is from Bridle (1990); Blanchard et al. (2021) analyse the rounding errors.

    References
    ----------
    - J. S. Bridle, "Probabilistic Interpretation of Feedforward Classification
      Network Outputs, with Relationships to Statistical Pattern Recognition",
      Neurocomputing, Springer, 227-236, 1990. doi:10.1007/978-3-642-76153-9_28
    - P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the
      log-sum-exp and softmax functions", IMA Journal of Numerical Analysis 41,
      2311-2330, 2021. doi:10.1093/imanum/draa038

    Examples
    --------
    >>> import activations
    >>> activations.softmax([1.2, 0.9, 0.4]).round(4)
    array([0.4566, 0.3383, 0.2052])
    >>> activations.softmax([[0, 1000], [0, 0]], axis=0)
    array([[0.5, 1. ],
           [0.5, 0. ]])
    """
    return rowwise(_SOFTMAX, x, axis, out)


def log_softmax(x: npt.ArrayLike, *, axis: Axis = -1, out: Array | None = None) -> Any:
    r"""Return the logarithm of softmax.

    .. math:: \log \operatorname{softmax}(x)_i = x_i - \log \sum_j e^{x_j}

    Parameters
    ----------
    x : array_like
        Scores: real numbers of any shape.
    axis : int, tuple of ints or None, optional
        The axis, or axes, along which the shares sum to 1; None stands for all.
    out : ndarray, optional
        Where to write the result: an array of the shape of ``x``, or ``x`` itself.

    Returns
    -------
    ndarray or scalar
        Of the shape of ``x``. Floating point numbers keep their dtype, integers and
        booleans become float64. With ``axis=None`` a scalar gives a scalar.

    Raises
    ------
    TypeError
        If ``x`` holds anything but real numbers, ``axis`` is no integer or tuple of
        them, or ``out`` cannot hold the result.
    ValueError
        If an axis does not exist, as no axis does in a scalar, or ``out`` has another
        shape or is read-only.

    See Also
    --------
    softmax : The shares themselves.
    logsumexp : What is subtracted from each score.

    Notes
    -----
    With :math:`m` the largest score, the result is
    :math:`(x_i - m) - \log(1 + r)`, where :math:`r` sums :math:`e^{x_j - m}` over the
    other scores. As the 1 is never added to :math:`r`, a share close to 1 keeps all
    digits of its logarithm. Where the terms of :math:`r` underflow one by one but not
    together, they are scaled before they are summed, but not those of longdouble, of
    other makers' arrays and of a lazy row that stays in several chunks. Blanchard et
    al. (2021) analyse the rounding errors.

    A row that contains NaN or ``inf``, or nothing but ``-inf``, has no shares: where
    the result is not ``-inf``, it is NaN. An empty row stays empty.

    References
    ----------
    - P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the
      log-sum-exp and softmax functions", IMA Journal of Numerical Analysis 41,
      2311-2330, 2021. doi:10.1093/imanum/draa038

    Examples
    --------
    >>> import activations
    >>> activations.log_softmax([0, -800]).round(4)
    array([   0., -800.])
    >>> float(activations.log_softmax([0, -40])[0])
    -4.248354255291589e-18
    """
    return rowwise(_LOG_SOFTMAX, x, axis, out)


def logsumexp(
    x: npt.ArrayLike,
    *,
    axis: Axis = -1,
    keepdims: bool = False,
    out: Array | None = None,
) -> Any:
    r"""Return the logarithm of the sum of the exponentials.

    .. math:: \operatorname{lse}(x) = \log \sum_j e^{x_j}

    Parameters
    ----------
    x : array_like
        Scores: real numbers of any shape.
    axis : int, tuple of ints or None, optional
        The axis, or axes, to sum along; None stands for all.
    keepdims : bool, optional
        Whether the summed axes stay, with length 1.
    out : ndarray, optional
        Where to write the result: an array of the shape of the result.

    Returns
    -------
    ndarray or scalar
        Of the shape of ``x`` without the summed axes. Floating point numbers keep their
        dtype, integers and booleans become float64; without axes left, a scalar.

    Raises
    ------
    TypeError
        If ``x`` holds anything but real numbers, ``axis`` is no integer or tuple of
        them, or ``out`` cannot hold the result.
    ValueError
        If an axis does not exist, as no axis does in a scalar, or ``out`` has another
        shape or is read-only.

    See Also
    --------
    softmax : Its slopes.
    softplus : Its value for the two scores x and 0.

    Notes
    -----
    With :math:`m` the largest score, the result is :math:`m + \log(1 + r)`, where
    :math:`r` sums :math:`e^{x_j - m}` over the other scores. Near a result of 0 the two
    terms cancel: there the sum of the exponentials less 1 is computed to a hundred bits
    or more and its logarithm in float64, which can take hundreds of times as long, and
    which arrays of other makers and a lazy row that stays in several chunks do
    without. Blanchard et al. (2021) analyse the rounding errors.

    NaN among the scores gives NaN, and else ``inf`` gives ``inf``; nothing but
    ``-inf``, or no score at all, gives ``-inf``.

    References
    ----------
    - P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the
      log-sum-exp and softmax functions", IMA Journal of Numerical Analysis 41,
      2311-2330, 2021. doi:10.1093/imanum/draa038

    Examples
    --------
    >>> import activations
    >>> float(activations.logsumexp([1000, 1000]).round(4))
    1000.6931
    >>> activations.logsumexp([[0, 0], [1, 1]], keepdims=True).round(4)
    array([[0.6931],
           [1.6931]])
    """
    return rowwise(_LOGSUMEXP, x, axis, out, keepdims=keepdims)


def softmax_jacobian(x: npt.ArrayLike, *, axis: int = -1) -> Any:
    r"""Return the slopes of every share along every score.

    .. math:: \frac{\partial \operatorname{softmax}(x)_j}{\partial x_k} =
        \operatorname{softmax}(x)_j (\delta_{jk} - \operatorname{softmax}(x)_k)

    Parameters
    ----------
    x : array_like
        Scores: real numbers of any shape.
    axis : int, optional
        The axis along which the shares sum to 1.

    Returns
    -------
    ndarray
        Of the shape of ``x`` with ``axis`` moved to the end and repeated: one square
        matrix for each row of scores. The dtype is that of the shares.

    Raises
    ------
    TypeError
        If ``x`` holds anything but real numbers, or ``axis`` is not an integer.
    ValueError
        If the axis does not exist, or if dask does not know how long it is.

    See Also
    --------
    softmax : The shares.

    Notes
    -----
    The diagonal is the sum of the other entries of its row with the sign turned, which
    is the same number and keeps its digits where a share is close to 1.

    Examples
    --------
    >>> import activations
    >>> activations.softmax_jacobian([0, 0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    return rowwise_matrix(_JACOBIAN, _jacobian, x, axis)


def _jacobian(p: Any, part: slice) -> Any:
    length = p.shape[-1]
    same = np.arange(length)[part, np.newaxis] == np.arange(length)
    others = p[..., part, np.newaxis] * p[..., np.newaxis, :] * ~same
    return others.sum(axis=-1, keepdims=True) * same - others
