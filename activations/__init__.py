"""Activation functions and their slopes, computed with care for every digit.

===================== ==================================================== ========
Function              Value                                                Slope
===================== ==================================================== ========
``sigmoid``           1 / (1 + exp(-x))                                    yes
``log_sigmoid``       log(sigmoid(x))                                      yes
``tanh``              2 sigmoid(2 x) - 1                                   yes
``relu``              x, or 0 where x is negative                          yes
``leaky_relu``        x, or negative_slope x where x is negative           yes
``softplus``          log(1 + exp(beta x)) / beta                          yes
``softplus_inverse``  log(exp(beta x) - 1) / beta                          yes
``elu``               x, or alpha (exp(x) - 1) where x is negative         yes
``selu``              elu, scaled to keep mean 0 and variance 1            yes
``celu``              x, or alpha (exp(x / alpha) - 1) where x is negative yes
``silu``              x sigmoid(x)                                         yes
``softmax``           exp(x) / sum(exp(x)), along an axis                  jacobian
``log_softmax``       log(softmax(x))
``logsumexp``         log(sum(exp(x))), along an axis                      softmax
===================== ==================================================== ========

A slope is called ``<name>_derivative`` and takes the same arguments: `x` is what goes
into the function, not what comes out.  That of softmax is ``softmax_jacobian``.

Every function takes scalars, lists and arrays of integers, booleans and floating point
numbers; along an axis, a scalar needs ``axis=None``.  In float16 and float32, what
rounds is computed in float64 and rounded once; float64 is computed in float64, where
most operations round.  NumPy arrays are worked through in blocks: beside the input and
the output, a call needs no more than 2 MB; only an input that overlaps ``out`` without
being it, and rows with a mask, are copied.
Arrays that speak NumPy's ufunc protocol in its dtypes keep their kind, along an axis if
they have NumPy's sums too: masked arrays keep their mask, dask arrays stay lazy, which
is the road for data that outgrow one machine.  Parameters after the first are given by
name.
"""

from activations._elu import (
    celu,
    celu_derivative,
    elu,
    elu_derivative,
    selu,
    selu_derivative,
    silu,
    silu_derivative,
)
from activations._rectifiers import (
    leaky_relu,
    leaky_relu_derivative,
    relu,
    relu_derivative,
)
from activations._sigmoid import (
    log_sigmoid,
    log_sigmoid_derivative,
    sigmoid,
    sigmoid_derivative,
    tanh,
    tanh_derivative,
)
from activations._softmax import log_softmax, logsumexp, softmax, softmax_jacobian
from activations._softplus import (
    softplus,
    softplus_derivative,
    softplus_inverse,
    softplus_inverse_derivative,
)

__version__ = "1.0.0.dev0"

__all__ = [
    "celu",
    "celu_derivative",
    "elu",
    "elu_derivative",
    "leaky_relu",
    "leaky_relu_derivative",
    "log_sigmoid",
    "log_sigmoid_derivative",
    "log_softmax",
    "logsumexp",
    "relu",
    "relu_derivative",
    "selu",
    "selu_derivative",
    "sigmoid",
    "sigmoid_derivative",
    "silu",
    "silu_derivative",
    "softmax",
    "softmax_jacobian",
    "softplus",
    "softplus_derivative",
    "softplus_inverse",
    "softplus_inverse_derivative",
    "tanh",
    "tanh_derivative",
]
