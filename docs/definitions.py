"""The functions of this book in SymPy symbols, and nothing else.

These are the formulas as the sources print them, with no regard to rounding:
the judge of the package `activations`, which it does not import.
Slopes are not written down here; `sympy.diff` derives them.
At a kink the branch that contains the kink decides, here always the left one.
"""

import sympy as sp


def sigmoid(x):
    """Return the logistic sigmoid of `x`."""
    return 1 / (1 + sp.exp(-x))


def log_sigmoid(x):
    """Return the logarithm of the sigmoid of `x`."""
    return sp.log(sigmoid(x))


def tanh(x):
    """Return the hyperbolic tangent of `x`."""
    return (sp.exp(x) - sp.exp(-x)) / (sp.exp(x) + sp.exp(-x))


def relu(x):
    """Return the positive part of `x`."""
    return sp.Piecewise((x, x > 0), (0, True))


def leaky_relu(x, negative_slope):
    """Return `x`, multiplied by `negative_slope` unless it is positive."""
    return sp.Piecewise((x, x > 0), (negative_slope * x, True))


def softplus(x, beta=1):
    """Return softplus of `x` with sharpness `beta`."""
    return sp.log(1 + sp.exp(beta * x)) / beta


def softplus_inverse(y, beta=1):
    """Return the point where softplus with sharpness `beta` is `y`."""
    return sp.log(sp.exp(beta * y) - 1) / beta


def elu(x, alpha=1):
    """Return the exponential linear unit of `x`, which tends to ``-alpha``."""
    return sp.Piecewise((x, x > 0), (alpha * (sp.exp(x) - 1), True))


def selu_alpha():
    """Return the `alpha` for which ELU of a standard normal variable has mean 0."""
    below = sp.erfc(1 / sp.sqrt(2)) / 2  # the normal distribution function at -1
    mean = 1 / sp.sqrt(2 * sp.pi)  # of the positive part
    return mean / (sp.Rational(1, 2) - sp.exp(sp.Rational(1, 2)) * below)


def selu_scale():
    """Return the factor that then makes the variance 1."""
    alpha = selu_alpha()
    once = sp.exp(sp.Rational(1, 2)) * sp.erfc(1 / sp.sqrt(2)) / 2
    twice = sp.exp(2) * sp.erfc(sp.sqrt(2)) / 2
    return 1 / sp.sqrt(
        sp.Rational(1, 2) + alpha**2 * (twice - 2 * once + sp.Rational(1, 2))
    )


def selu(x):
    """Return the scaled exponential linear unit of `x`."""
    return selu_scale() * elu(x, selu_alpha())


def celu(x, alpha=1):
    """Return the continuously differentiable exponential linear unit of `x`."""
    return sp.Piecewise((x, x > 0), (alpha * (sp.exp(x / alpha) - 1), True))


def silu(x):
    """Return `x` weighted by its sigmoid."""
    return x * sigmoid(x)


def softmax(scores):
    """Return the list of shares that the exponentials of `scores` have in their sum."""
    total = sp.Add(*map(sp.exp, scores))
    return [sp.exp(score) / total for score in scores]


def log_softmax(scores):
    """Return the list of the logarithms of softmax."""
    return [sp.log(share) for share in softmax(scores)]


def logsumexp(scores):
    """Return the logarithm of the sum of the exponentials of `scores`."""
    return sp.log(sp.Add(*map(sp.exp, scores)))


def softmax_jacobian(scores):
    """Return the matrix of the slopes of each share along each score."""
    return sp.Matrix(softmax(scores)).jacobian(sp.Matrix(scores))
