"""Compare the sides of a formula: by the definitions, and by the package.

A formula is computed at six settings of its symbols, once with the functions of
`definitions` to 40 digits and once with those of `activations` in double
precision.  Adding a formula to a chapter needs nothing here, as long as it uses
the symbols of the book.
"""

from dataclasses import replace
from functools import cache

import definitions
import mpmath as mp
import sympy

import activations

from . import latex

ALIASES = {"sigma": "sigmoid", "leaky": "leaky_relu", "lse": "logsumexp"}
"""What formulas call by a shorter name."""

ROWS = {"softmax", "log_softmax", "logsumexp"}
BENT = {
    name
    for name in activations.__all__
    if not name.endswith("_derivative") and name not in {*ROWS, "softmax_jacobian"}
}
PARAMETERS = {
    "elu": ("alpha", "alpha"),
    "celu": ("alpha", "alpha"),
    "softplus": ("beta", "beta"),
    "softplus_inverse": ("beta", "beta"),
    "leaky_relu": ("a", "negative_slope"),
}
"""A function's parameter: its symbol in formulas, and its name in the package."""

POINTS = {
    "x": [-7.5, -2.25, -0.5, 0.75, 3, 9.5],
    "y": [0.125, 0.5, 0.75, 1, 2.5, 6],
    "z": [-3, -1, -0.25, 0.5, 1.5, 4],
    "a": [0.0625, 0.125, 0.25, 0.5, 0.75, 0.875],
    "b": [2, 3, 10, 1.5, 4, 5],
    "c": [0.5, 3, 1, 7, 0.25, 2],
    "h": [0.5, 0.25, 1, 0.125, 2, 0.75],
    "n": [1, 2, 3, 4, 5, 6],
    "s": [0.5, 2, 3, 0.25, 1.5, 4],
    "t": [-3, -1, -0.25, 0.5, 1.5, 4],
    "u": [-3, -1, -0.25, 0.5, 1.5, 4],
    "w": [0.5, -2, 3, -0.25, 1.5, -1],
    "T": [0.5, 2, 1.25, 4, 0.75, 3],
    "alpha": [0.5, 1.25, 2, 0.75, 3, 1.5],
    "beta": [2, 0.5, 1.25, 5, 0.75, 3],
    "lambda": [1.5, 0.5, 2, 1.25, 3, 0.75],
    "i": [1, 2, 3, 4, 2, 1],
    "j": [1, 3, 2, 4, 4, 1],
    "k": [1, 2, 3, 4, 2, 3],
    "l": [4, 3, 2, 1, 4, 2],
}
"""Six values of each symbol, tried together; the binary ones are exact."""

SCORES = [
    [0.5, -1.25, 2, 0.75],
    [3, 3, -2, 1],
    [-0.5, 0.25, 0.125, -4],
    [1, 2, 3, 4],
    [0, 0, 0, 0.5],
    [-6, 5, 1.5, 0.25],
]
"""Six vectors z of logits."""

PLAIN = {
    "log": mp.log,
    "exp": mp.exp,
    "sin": mp.sin,
    "sinh": mp.sinh,
    "varphi": mp.npdf,
    "Phi": mp.ncdf,
}
SPECIAL = {"S", "Var"}
NAMES = {
    *PLAIN,
    *SPECIAL,
    *BENT,
    *ROWS,
    *ALIASES,
    *(f"{name}'" for name in (*BENT, *ALIASES)),
}


class DiffersError(AssertionError):
    """The sides of a formula are not what its relation says."""


def by_definition(name):
    """Return a definition, or its slope, as a function of mpmath numbers."""
    plain = name.rstrip("'")
    definition = getattr(definitions, plain)
    if plain in ROWS:
        return lambda row: definition_of_row(plain, len(row))(row)
    x = sympy.Symbol("x", real=True)
    if plain not in PARAMETERS:
        slope = sympy.diff(definition(x), x, name.count("'"))
        return sympy.lambdify(x, slope, "mpmath")
    symbol, keyword = PARAMETERS[plain]
    parameter = sympy.Symbol("parameter", positive=True)
    slope = sympy.diff(definition(x, parameter), x, name.count("'"))
    compiled = sympy.lambdify([x, parameter], slope, "mpmath")
    default = {"negative_slope": mp.mpf("0.01")}.get(keyword, 1)
    return lambda value, **given: compiled(value, given.get(symbol, default))


@cache
def definition_of_row(name, length):
    """Return a row function for rows of some length."""
    symbols = sympy.symbols(f"z:{length}")
    return sympy.lambdify([symbols], getattr(definitions, name)(symbols), "mpmath")


def by_package(name):
    """Return a function of the package as a function of mpmath numbers."""
    plain = name.rstrip("'")
    function = getattr(activations, plain + "_derivative" * name.count("'"))
    if plain in ROWS:

        def rows(scores):
            result = function([float(score) for score in scores])
            return (
                [mp.mpf(float(r)) for r in result]
                if result.ndim
                else mp.mpf(float(result))
            )

        return rows

    def one(value, **given):
        keywords = {PARAMETERS[plain][1]: float(*given.values())} if given else {}
        return mp.mpf(float(function(float(value), **keywords)))

    return one


def worlds(formula, source, label):
    """Yield six settings of the symbols, with functions from one source."""

    def made(name):
        base = name.rstrip("'")
        return source(ALIASES.get(base, base) + name[len(base) :])

    functions = PLAIN | {
        n: made(n) for n in formula.names if n not in {*PLAIN, *SPECIAL}
    }
    sigma, softmax, lse = made("sigma"), made("softmax"), made("logsumexp")
    cold = "T" in formula.symbols

    def shares(w):
        return softmax([z / w.values["T"] if cold else z for z in w.values["z"]])

    def variance(row, w):
        p = shares(w)
        mean = mp.fdot(p, row)
        return mp.fdot(p, [(entry - mean) ** 2 for entry in row])

    def copies(x):
        return mp.nsum(lambda n: sigma(x - n + mp.mpf(1) / 2), [1, mp.inf])

    derived = {
        "p": shares,
        "H": lambda w: -mp.fsum(p * mp.log(p) for p in shares(w)),
        "L": lambda w: lse(w.values["z"]) - mp.fdot(w.values["y"], w.values["z"]),
    }
    vectors = formula.names & {*ROWS, "Var"} or formula.symbols & {"K", "p", "L", "H"}
    for i in range(6):
        values = {symbol: mp.mpf(points[i]) for symbol, points in POINTS.items()}
        if vectors:
            values["z"] = [mp.mpf(score) for score in SCORES[i]]
            values["y"] = [mp.mpf(n == i % 4) for n in range(4)]
            values["K"] = mp.mpf(4)
            if not formula.symbols & {"z", *derived}:
                values["x"] = values["z"]  # in the docstrings every argument is x
        if "selu" in label:
            values["alpha"] = mp.mpmathify(sympy.N(definitions.selu_alpha(), 50))
            values["lambda"] = mp.mpmathify(sympy.N(definitions.selu_scale(), 50))
        parameters = {
            n: PARAMETERS[ALIASES.get(n, n)][0]
            for n in NAMES
            if ALIASES.get(n, n) in PARAMETERS
        }
        world = latex.World(values, dict(functions), parameters, derived)
        if source is by_package:
            world = replace(world, step=mp.mpf("1e-5"))
        world.functions["Var"] = lambda row, world=world: variance(row, world)
        world.functions["S"] = copies
        yield world


def compare(text, label):
    """Compare the sides of a formula.

    Parameters
    ----------
    text : str
        The formula.
    label : str
        Its label; in those with "selu", alpha and lambda are SELU's.

    Raises
    ------
    latex.NotReadError
        If the formula cannot be read.
    DiffersError
        If a relation does not hold: says where, and what came.
    """
    formula = latex.read(text, NAMES)
    if not formula.relations:
        raise latex.NotReadError("there is no relation to check")
    for source, digits, tolerance in (
        (by_definition, 40, "1e-25"),
        (by_package, 15, "1e-8"),
    ):
        with mp.workdps(digits):
            for world in worlds(formula, source, label):
                try:
                    sides = [side(world) for side in formula.sides]
                except (ArithmeticError, IndexError, KeyError, TypeError) as error:
                    raise latex.NotReadError(
                        f"it cannot be computed: {error}"
                    ) from error
                for relation, left, right in zip(
                    formula.relations, sides, sides[1:], strict=False
                ):
                    if not latex.compare(relation, left, right, mp.mpf(tolerance)):
                        how = source.__name__.replace("_", " the ")
                        raise DiffersError(
                            f"{how}, {_point(formula, world)}: {left} {relation} {right} is false"
                        )


def _point(formula, world):
    """Return where a formula was computed, for people."""
    used = sorted(formula.symbols & {*world.values})
    return "at " + ", ".join(f"{s} = {_short(world.values[s])}" for s in used)


def _short(value):
    return [_short(v) for v in value] if isinstance(value, list) else mp.nstr(value, 6)
