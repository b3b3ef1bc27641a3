"""Numbers that the prose takes from the cells that compute them.

A chapter states no measured number by hand.  The cell that computes one calls
`claim`, which checks the bound that the sentence around it needs and keeps the
number, formatted, for the role ``{glue:text}``.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext

from IPython.display import display

PREFIX = "application/papermill.record/"

ROUNDING = {"to nearest": ROUND_HALF_EVEN, "up": ROUND_CEILING, "down": ROUND_FLOOR}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def written(value, spec, *, rounded="to nearest"):
    """Return a number as the book prints it.

    Parameters
    ----------
    value : int or float
    spec : str
        A format specification such as ``".3f"``, ``".1e"``, ``",d"`` or ``".0%"``.
    rounded : {"to nearest", "up", "down"}
        Up where the prose says "at most", down where it says "at least".

    Returns
    -------
    str

    Examples
    --------
    >>> written(0.25, ".3f"), written(-1.5, ".1f"), written(4.54e-5, ".1e")
    ('0.250', '−1.5', '4.5 × 10⁻⁵')
    >>> written(0.123, ".2f", rounded="up")
    '0.13'
    """
    if not spec.endswith("d"):
        value = Decimal(repr(float(value)))  # it rounds as its context says
    with localcontext(rounding=ROUNDING[rounded]):
        digits, _, exponent = format(value, spec).partition("e")
    if not digits.strip("-0.,%"):
        digits = digits.lstrip("-")  # what rounds to zero has no sign
    digits = digits.replace("-", "−")
    return (
        f"{digits} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"
        if exponent
        else digits
    )


def claim(name, value, spec, *, low, high, rounded="to nearest"):
    """Keep a number for the prose, once it lies where the prose says it does.

    Parameters
    ----------
    name : str
        The key of the number in this chapter.
    value : int or float
    spec, rounded : str
        How it is printed: see `written`.
    low, high : int or float
        The bounds within which the sentence around the number stays true.

    Raises
    ------
    AssertionError
        If the number lies outside its bounds.
    """
    if not low <= value <= high:
        raise AssertionError(
            f"{name} is {float(value)!r}, which is not between {low!r} and {high!r}"
        )
    text = written(value, spec, rounded=rounded)
    # The output that myst_nb.glue makes, and beside it what the ledger lists.
    display(
        {PREFIX + "text/plain": repr(text)},
        raw=True,
        metadata={
            "scrapbook": {"name": name, "mime_prefix": PREFIX},
            "claim": {
                "name": name,
                "text": text,
                "low": float(low),
                "high": float(high),
            },
        },
    )
