"""What the tests of the functions share: names, points, bounds and the comparison."""

import numpy as np
import oracle
import pytest

import activations

FLOATS = [np.float16, np.float32, np.float64]

#: Marks tests of what longdouble has beyond float64.
WIDER = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant == np.finfo(np.float64).nmant,
    reason="longdouble is float64 here",
)

#: The functions of single elements, with the parameters of their definition.
PARAMETERS = {
    "sigmoid": {},
    "log_sigmoid": {},
    "tanh": {},
    "relu": {},
    "leaky_relu": {"negative_slope": 0.01},
    "softplus": {"beta": 1.0},
    "softplus_inverse": {"beta": 1.0},
    "elu": {"alpha": 1.0},
    "selu": {},
    "celu": {"alpha": 1.0},
    "silu": {},
}
ELEMENTWISE = [name + end for name in PARAMETERS for end in ("", "_derivative")]
ROWWISE = ["softmax", "log_softmax", "logsumexp"]

#: Bounds of the errors in float64, in ulp, at the points of the tests.  `make accuracy`
#: climbs to somewhat worse ones; `docs/accuracy.json` has them.
ELEMENT_BOUNDS = {
    "sigmoid": 2.5,
    "sigmoid_derivative": 4,
    "log_sigmoid": 1.6,
    "log_sigmoid_derivative": 2.5,
    "tanh": 1.2,
    "tanh_derivative": 4,
    "relu": 0,
    "relu_derivative": 0,
    "leaky_relu": 0.5,
    "leaky_relu_derivative": 0,
    "softplus": 1.6,
    "softplus_derivative": 2.5,
    "softplus_inverse": 3,
    "softplus_inverse_derivative": 2.5,
    "elu": 0.8,
    "elu_derivative": 0.8,
    "selu": 2,
    "selu_derivative": 2,
    "celu": 0.8,
    "celu_derivative": 0.8,
    "silu": 5,
    "silu_derivative": 7,
}

ROW_BOUNDS = {
    "softmax": 6,
    "log_softmax": 10,
    "logsumexp": 25,
    "softmax_jacobian": 15,
}

#: Where a regime ends: a formula switches, a function saturates, a dtype ends.
EDGES = np.array(
    [
        *(0.25, 0.4431471, 0.6931471805599453, 0.9431471, 1.0, 1.2784645427610737),
        *(2.28, 11.09, 16.6, 17.33, 19.06, 20.0, 20.5, 36.04, 36.7, 37.5, 40.0),
        *(79.99, 80.0, 80.01, 87.3, 88.7, 89.0, 103.97, 104.0, 354.9, 372.6, 700.0),
        *(708.4, 709.78, 710.0, 744.4, 745.14, 746.0, 1000.0, 29_999.0, 30_001.0),
        *(6e-8, 6.1e-5, 1e-3, 0.1, 1e-40, 1.2e-38, 5e-324, 2.3e-308, 1e-300, 1e-17),
        *(65_504.0, 3.4028235e38, 1e300, 1.7976931348623157e308),
    ]
)
RANDOM = np.random.default_rng(2013)
ORDINARY = np.concatenate(
    [RANDOM.normal(size=40), RANDOM.uniform(0, 750, 40), np.geomspace(1e-12, 30, 40)]
)


def points(name, dtype):
    """Return the points of the function's domain that the dtype can hold."""
    values = np.concatenate([[0.0], EDGES, ORDINARY])
    values = np.concatenate([values, -values])
    values = values[np.abs(values) <= float(np.finfo(dtype).max)].astype(dtype)
    return values[values > 0] if name.startswith("softplus_inverse") else values


def exact(name, x, **parameters):
    """Return what a function, or a slope, is at the points `x`."""
    definition = name.removesuffix("_derivative")
    return oracle.exact(
        definition,
        x,
        derivative=name != definition,
        **(PARAMETERS[definition] | parameters),
    )


def errors(name, x, **parameters):
    """Return the errors of a function at the points `x`, in ulp."""
    got = getattr(activations, name)(x, **parameters)
    assert got.dtype == x.dtype
    return oracle.ulps(got, exact(name, x, **parameters))


def bound(name, dtype):
    """Return the largest error that is allowed, in ulp."""
    return {np.float64: ELEMENT_BOUNDS[name]}.get(dtype, 0.501)


def assert_agrees(name, x, most, **parameters):
    """Fail with the worst point where an error exceeds `most` ulp."""
    found = errors(name, x, **parameters)
    worst = int(found.argmax())
    assert found[worst] <= most, f"{name}({x[worst]!r}) is {found[worst]} ulp off"


def signalling(dtype):
    """Return a NaN at which every operation raises a flag, a cast too."""
    bits = np.array([np.inf], dtype).view(f"u{np.dtype(dtype).itemsize}")
    return (bits + 1).view(dtype)


EVERY_ROWWISE = pytest.mark.parametrize(
    "function",
    [getattr(activations, name) for name in ROWWISE],
    ids=lambda f: f.__name__,
)
