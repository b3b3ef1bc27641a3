r"""Read the LaTeX of the book's labelled formulas, and compute what they say.

The formulas keep to a small part of LaTeX, which this reader knows whole:
numbers, letters and Greek letters with subscripts, sums, products, quotients,
powers, primes, ``\frac``, ``\sqrt``, absolute values, ``\max`` and ``\min``,
named functions and ``\operatorname``, ``\sum``, ``\int``, ``\mathbb{E}`` over a
standard normal ``z``, partial derivatives, ``cases``, and relations.  General
readers were tried: SymPy's knows no ``\operatorname``, no ``\sigma(x)`` and no
``cases``, and leaves `f(x)` ambiguous between a function and a product.

What is read becomes a closure that takes a `World`: the values of the symbols
and the functions by name.  The same formula can so be computed with the exact
definitions and with the package.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import mpmath as mp

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+\.\d+|\d+|[a-zA-Z]|\S")
SPACES = {"\\,", "\\;", "\\!", "\\:", "\\ ", "\\quad", "\\qquad", "\\left", "\\right"}
RELATIONS = {"=", "<", ">", "\\le", "\\leq", "\\ge", "\\geq"}
CONSTANTS = {"e": mp.e, "\\pi": mp.pi, "\\infty": mp.inf}


class NotReadError(ValueError):
    """A formula says something that this reader does not know."""


@dataclass(frozen=True)
class World:
    """What the names in a formula stand for.

    Attributes
    ----------
    values : dict
        Numbers, and lists of numbers for vectors, by symbol.
    functions : dict
        Callables by name; a derivative is the name with a prime.
    parameters : dict
        The symbols that a function takes as parameters where a formula
        mentions them, such as ``alpha`` for ELU.
    derived : dict
        Symbols that follow from others, as functions of the world.
    step : mpf, optional
        The step of difference quotients; by default as small as the digits allow,
        which is too small for functions in double precision.
    """

    values: dict[str, Any]
    functions: dict[str, Callable[..., Any]]
    parameters: dict[str, str] = field(default_factory=dict)
    derived: dict[str, Callable[["World"], Any]] = field(default_factory=dict)
    step: Any = None

    def __getitem__(self, symbol: str) -> Any:
        """Return the value of a symbol."""
        if symbol in self.derived:
            return self.derived[symbol](self)
        if symbol not in self.values:
            raise NotReadError(f"nothing is known of the symbol {symbol!r}")
        return self.values[symbol]

    def bind(self, **values: Any) -> "World":
        """Return a world in which some symbols have other values."""
        return replace(self, values=self.values | values)


Value = Callable[[World], Any]


@dataclass
class Formula:
    """A chain of relations between expressions.

    Attributes
    ----------
    sides : list of callable
        The expressions, each a function of the world.
    relations : list of str
        What stands between them.
    symbols : set of str
        The free symbols, without functions and bound variables.
    names : set of str
        The functions it mentions.
    """

    sides: list[Value]
    relations: list[str]
    symbols: set[str]
    names: set[str]


class Reader:
    """A recursive descent through one formula."""

    def __init__(self, latex: str, functions: set[str]) -> None:
        self.tokens = [t for t in TOKEN.findall(latex) if t not in SPACES]
        self.known = functions
        self.place = 0
        self.bars = 0
        self.integrals = 0
        self.symbols: set[str] = set()
        self.names: set[str] = set()

    # tokens

    def peek(self, ahead: int = 0) -> str:
        """Return the next token, or an empty string at the end."""
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        """Return the next token and move on; it must be one of those wanted."""
        token = self.peek()
        if wanted and token not in wanted:
            near = " ".join(self.tokens[max(self.place - 4, 0) : self.place + 5])
            raise NotReadError(
                f"{' or '.join(wanted)} was expected, not {token!r}, near {near!r}"
            )
        self.place += 1
        return token

    def skip(self, token: str) -> bool:
        """Move over a token if it is next."""
        found = self.peek() == token
        self.place += found
        return found

    def braced(self) -> Value:
        """Read a group in braces, or a single token."""
        if self.skip("{"):
            value = self.sum()
            self.take("}")
            return value
        return self.atom()

    def raw(self) -> str:
        """Return the text of a group in braces, or of a single token."""
        if not self.skip("{"):
            return self.take()
        text = []
        while not self.skip("}"):
            text.append(self.take())
        return "".join(text).replace("\\_", "_")

    # grammar, from loose to tight

    def formula(self) -> Formula:
        """Read all of it."""
        sides, relations = [self.sum()], []
        while self.peek() in RELATIONS:
            relations.append(self.take())
            sides.append(self.sum())
        self.skip(".") or self.skip(",")
        if self.peek():
            raise NotReadError(f"{self.peek()!r} was not understood")
        return Formula(sides, relations, self.symbols, self.names)

    def sum(self) -> Value:
        """Read terms with signs."""
        sign = -1 if self.skip("-") else 1
        self.skip("+")
        terms = [(sign, self.product())]
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            terms.append((sign, self.product()))
        if terms == [(1, terms[0][1])]:
            return terms[0][1]
        return lambda w: _add([_scale(s, t(w)) for s, t in terms])

    def product(self) -> Value:
        """Read factors side by side."""
        ends = {"", "+", "-", *")]},.&", "\\\\", "\\end", "\\text", *RELATIONS}
        ends |= {"|", "\\rvert"} if self.bars else set()
        factors = [(self.power(), False)]
        while self.peek() not in ends and not self.differential():
            divide = self.skip("/")
            self.skip("\\cdot")
            factors.append((self.power(), divide))
        if len(factors) == 1:
            return factors[0][0]

        def value(w: World) -> Any:
            result = mp.mpf(1)
            for factor, divide in factors:
                result = result / factor(w) if divide else result * factor(w)
            return result

        return value

    def differential(self) -> bool:
        """Return whether the variable of an integral comes next."""
        return self.peek() == "\\mathrm" or (self.peek() == "d" and self.integrals > 0)

    def power(self) -> Value:
        """Read a base with its exponent."""
        base = self.atom()
        if not self.skip("^"):
            return base
        exponent = self.braced()
        return lambda w: mp.mpmathify(base(w)) ** exponent(w)

    def atom(self) -> Value:
        """Read the smallest piece that has a value."""
        token = self.take()
        if token[0].isdigit():
            number = mp.mpf(token)
            return lambda w: number
        if token == "(" or token == "[":
            value = self.sum()
            self.take(")" if token == "(" else "]")
            return value
        if token == "{":
            value = self.sum()
            self.take("}")
            return value
        if token in ("|", "\\lvert"):
            self.bars += 1
            value = self.sum()
            self.bars -= 1
            self.take("|", "\\rvert")
            return lambda w: abs(value(w))
        if token == "\\frac":
            return self.fraction()
        if token == "\\sqrt":
            value = self.braced()
            return lambda w: mp.sqrt(value(w))
        if token in ("\\max", "\\min"):
            choose = max if token == "\\max" else min
            self.take("(")
            values = [self.sum()]
            while self.skip(","):
                values.append(self.sum())
            self.take(")")
            return lambda w: choose(v(w) for v in values)
        if token == "\\sum":
            return self.series()
        if token == "\\int":
            return self.integral()
        if token == "\\mathbb":
            return self.mean()
        if token == "\\begin":
            return self.cases()
        if token == "\\operatorname":
            return self.call(self.raw())
        name = token.removeprefix("\\")
        if name in self.known:
            return self.call(name)
        if token in CONSTANTS:
            constant = CONSTANTS[token]
            return lambda w: constant
        if name.isalpha():
            return self.symbol(name)
        raise NotReadError(f"{token!r} was not understood")

    def symbol(self, name: str) -> Value:
        """Read a symbol with its index, if it has one."""
        if self.peek() != "_":
            self.symbols.add(name)
            return lambda w: w[name]
        self.take("_")
        indices = [self.index(t) for t in TOKEN.findall(self.raw())]
        if name == "delta":
            return lambda w: mp.mpf(indices[0](w) == indices[1](w))
        self.symbols.add(name)
        return lambda w: w[name][int(indices[0](w)) - 1]

    def index(self, token: str) -> Value:
        """Read an index, which counts from 1."""
        if token.isdigit():
            return lambda w: int(token)
        self.symbols.add(token)
        return lambda w: w[token]

    def call(self, name: str) -> Value:
        """Read a function with its primes, parameter, argument and index."""
        parameter = None
        while self.peek() in ("'", "_", "^"):
            if self.skip("'"):
                name += "'"
            elif self.skip("_"):
                parameter = self.braced()
            elif self.tokens[self.place : self.place + 5] == ["^", "{", "-", "1", "}"]:
                self.place += 5
                name += "_inverse"
            else:  # the square of a value, as in \log^2 x
                raise NotReadError(f"write the power of {name} outside its argument")
        if name not in self.known:
            raise NotReadError(f"no function {name!r} is known")
        self.names.add(name)
        argument = self.argument()
        vector = None
        if self.skip("_"):
            vector = [self.index(t) for t in TOKEN.findall(self.raw())]

        def value(w: World) -> Any:
            extra = {}
            symbol = w.parameters.get(name.rstrip("'").removesuffix("_inverse"))
            if symbol and parameter is not None:
                extra = {symbol: parameter(w)}
            elif symbol and symbol in self.symbols:
                extra = {symbol: w[symbol]}
            result = w.functions[name](argument(w), **extra)
            for index in vector or []:
                result = result[int(index(w)) - 1]
            return result

        return value

    def argument(self) -> Value:
        """Read what a function is applied to: a group, a list, or the next factor."""
        if self.skip("\\sum"):
            return self.series()
        if self.peek() != "(":
            return self.power()
        self.take()
        values = [self.sum()]
        while self.skip(","):
            values.append(self.sum())
        self.take(")")
        return values[0] if len(values) == 1 else lambda w: [v(w) for v in values]

    def fraction(self) -> Value:
        """Read a quotient, or a partial derivative."""
        if self.peek(1) in ("\\partial", "\\mathrm", "d") and self.peek() == "{":
            return self.derivative()
        above, below = self.braced(), self.braced()
        return lambda w: mp.mpmathify(above(w)) / below(w)

    def derivative(self) -> Value:
        r"""Read ``\frac{\partial f}{\partial x}``, where x may carry an index."""
        self.take("{")
        self.take("\\partial", "\\mathrm", "d")
        what = self.sum()
        self.take("}")
        self.take("{")
        self.take("\\partial", "\\mathrm", "d")
        name = self.take().removeprefix("\\")
        index = self.index(self.raw()) if self.skip("_") else None
        self.take("}")
        self.symbols.add(name)

        def value(w: World) -> Any:
            if index is None:
                return mp.diff(lambda t: what(w.bind(**{name: t})), w[name], h=w.step)
            place = int(index(w)) - 1

            def along(t: Any) -> Any:
                entries = list(w[name])
                entries[place] = t
                return what(w.bind(**{name: entries}))

            return mp.diff(along, w[name][place], h=w.step)

        return value

    def series(self) -> Value:
        r"""Read ``\sum_{i=a}^{b}`` and what it adds up, or a sum over all entries."""
        self.take("_")
        braces = self.skip("{")
        name, first = self.take(), None
        if braces:
            first = self.sum() if self.skip("=") else None
            self.take("}")
        last = self.braced() if self.skip("^") else None
        before = set(self.symbols)
        term = self.product()
        if name not in before:
            self.symbols.discard(name)

        def value(w: World) -> Any:
            low = 1 if first is None else int(first(w))
            high = w["K"] if last is None else last(w)
            if high == mp.inf:
                return mp.nsum(lambda i: term(w.bind(**{name: i})), [low, mp.inf])
            return mp.fsum(term(w.bind(**{name: i})) for i in range(low, int(high) + 1))

        if last is None:
            self.symbols.add("K")
        return value

    def integral(self) -> Value:
        r"""Read ``\int_{a}^{b} ... dx``."""
        self.take("_")
        low = self.braced()
        self.take("^")
        high = self.braced()
        before = set(self.symbols)
        self.integrals += 1
        inside = self.product()
        self.integrals -= 1
        if self.skip("\\mathrm"):
            self.raw()
        else:
            self.take("d")
        name = self.take().removeprefix("\\")
        if name not in before:
            self.symbols.discard(name)

        def value(w: World) -> Any:
            ends = [low(w), high(w)]
            stops = [s for s in (-8, -2, 0, 2, 8) if ends[0] < s < ends[1]]
            return mp.quad(
                lambda t: inside(w.bind(**{name: t})), [ends[0], *stops, ends[1]]
            )

        return value

    def mean(self) -> Value:
        r"""Read ``\mathbb{E}[...]``, an average over a standard normal z."""
        self.raw()
        self.take("[")
        before = set(self.symbols)
        inside = self.sum()
        self.take("]")
        if "z" not in before:
            self.symbols.discard("z")

        def value(w: World) -> Any:
            def weighted(t: Any) -> Any:
                return inside(w.bind(z=t)) * mp.npdf(t)

            return mp.quad(weighted, [-30, -12, -6, -3, -1, 0, 1, 3, 6, 12, 30])

        return value

    def cases(self) -> Value:
        """Read the branches of a definition by cases."""
        self.raw()
        branches = []
        while True:
            value = self.sum()
            self.skip(",")
            self.skip("&")
            self.words()
            left = self.sum()
            bounds = []
            while self.peek() in RELATIONS:
                bounds.append((self.take(), self.sum()))
            branches.append((value, left, bounds))
            self.skip("\\\\")
            if self.skip("\\end"):
                self.raw()
                break

        def chosen(w: World) -> Any:
            for value, left, bounds in branches:
                above = left(w)
                holds = True
                for relation, side in bounds:
                    below = side(w)
                    holds = holds and compare(relation, above, below, 0)
                    above = below
                if holds:
                    return value(w)
            raise NotReadError("no case holds")

        return chosen

    def words(self) -> None:
        r"""Move over ``\text{if}`` and the like."""
        while self.skip("\\text"):
            self.raw()


def read(latex: str, functions: set[str]) -> Formula:
    """Read a formula.

    Parameters
    ----------
    latex : str
    functions : set of str
        The names that stand for functions; every other name is a symbol.

    Returns
    -------
    Formula

    Raises
    ------
    NotReadError
        If the formula uses what the reader does not know.
    """
    return Reader(latex, functions).formula()


def compare(relation: str, left: Any, right: Any, tolerance: Any) -> bool:
    """Return whether a relation holds, up to a tolerance.

    The tolerance is relative, and a hundredth of it absolute: enough for the
    noise of difference quotients.
    """
    if isinstance(left, list):
        return all(
            compare(relation, a, b, tolerance) for a, b in zip(left, right, strict=True)
        )
    slack = tolerance * max(abs(left), abs(right), 0.01)
    return bool(
        {
            "=": lambda: abs(left - right) <= slack,
            "<": lambda: left < right,
            ">": lambda: left > right,
            "\\le": lambda: left <= right + slack,
            "\\ge": lambda: left >= right - slack,
        }[{"\\leq": "\\le", "\\geq": "\\ge"}.get(relation, relation)]()
    )


def _scale(sign: int, value: Any) -> Any:
    return [sign * v for v in value] if isinstance(value, list) else sign * value


def _add(values: list[Any]) -> Any:
    """Add numbers, and vectors entry by entry."""
    vectors = [v for v in values if isinstance(v, list)]
    if not vectors:
        return mp.fsum(values)
    width = len(vectors[0])
    rows = [v if isinstance(v, list) else [v] * width for v in values]
    return [mp.fsum(entries) for entries in zip(*rows, strict=True)]
