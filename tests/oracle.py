"""Expected values: the definitions evaluated at 800 digits, and distances in ulp.

800 digits exceed the whole span of float64, from 5e-324 to 1.8e308, so that no
sum in a definition loses anything that a float64 could show.
"""

import functools

import definitions
import mpmath
import numpy as np
import sympy

DIGITS = 800


def exact(definition, values, *, derivative=False, **parameters):
    """Evaluate a definition, or its slope, at each of the values.

    Parameters
    ----------
    definition : str
        A function's name in `definitions`.
    values : iterable of float
        Finite points, taken as they are.
    derivative : bool
        Whether the slope is wanted.
    **parameters : float
        The function's parameters, taken as they are.

    Returns
    -------
    list of mpmath.mpf
    """
    function = _compiled(definition, derivative, tuple(parameters))
    with mpmath.workdps(DIGITS):
        fixed = [mpmath.mpf(float(value)) for value in parameters.values()]
        return [mpmath.mpf(function(mpf(value), *fixed)) for value in values]


def exact_rows(definition, rows):
    """Evaluate a definition on lists of scores; a list of results for each row."""
    results = []
    with mpmath.workdps(DIGITS):
        for row in rows:
            function = _compiled_row(definition, len(row))
            result = function(*map(mpf, row))
            results.append(list(result) if isinstance(result, list) else result)
    return results


def ulps(got, want):
    """Return how far each result is from the exact value, in ulp of its dtype.

    A result of infinity is right where the exact value rounds to it.

    Parameters
    ----------
    got : ndarray
        Results in a binary floating point dtype.
    want : list of mpmath.mpf
        One exact value for each.

    Returns
    -------
    ndarray of float64
    """
    info = np.finfo(got.dtype)
    digits = info.nmant
    lowest = int(info.minexp)
    largest = mpmath.mpf(2) ** int(info.maxexp)
    distances = []
    with mpmath.workdps(DIGITS):
        for value, target in zip(got.ravel(), want, strict=True):
            if np.isnan(value):
                distances.append(np.inf)
                continue
            exponent = lowest if target == 0 else mpmath.frexp(target)[1] - 1
            ulp = mpmath.mpf(2) ** (max(exponent, lowest) - digits)
            if np.isinf(value):
                value = mpmath.sign(float(value)) * largest
                ulp = mpmath.mpf(2) ** (int(info.maxexp) - 1 - digits)
                if abs(target) > largest:
                    target = value
            distances.append(float(abs(mpf(value) - target) / ulp))
    return np.array(distances)


def mpf(value):
    """Convert a float of any precision without rounding."""
    if isinstance(value, mpmath.mpf):
        return value
    if isinstance(value, np.longdouble) and np.isfinite(value):
        numerator, denominator = value.as_integer_ratio()
        return mpmath.mpf(numerator) / denominator
    return mpmath.mpf(float(value))


@functools.cache
def _compiled(definition, derivative, names):
    x = sympy.Symbol("x", real=True)
    symbols = [sympy.Symbol(name, positive=True) for name in names]
    formula = getattr(definitions, definition)(
        x, **dict(zip(names, symbols, strict=True))
    )
    if derivative:
        formula = formula.diff(x)
    constants = {c: c.evalf(DIGITS + 20) for c in formula.atoms(sympy.erfc)}
    formula = formula.xreplace(constants)
    return sympy.lambdify([x, *symbols], formula, modules="mpmath", cse=True)


@functools.cache
def _compiled_row(definition, length):
    scores = sympy.symbols(f"z:{length}", real=True)
    formula = getattr(definitions, definition)(list(scores))
    if isinstance(formula, sympy.MatrixBase):
        formula = list(formula)
    return sympy.lambdify(scores, formula, modules="mpmath", cse=True)
