"""The book's figures: one style, one colour and line for each function.

Figures are SVG with real text and a transparent ground.  Their few colours
stand for custom properties of the style sheet, which sets them for light and
dark, so a figure follows the page.
"""

import re
from io import StringIO
from itertools import groupby

import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.display import SVG, display
from palette import COLOURS

FUNCTIONS = {
    "sigmoid": ("sigmoid", "-"),
    "tanh": ("tanh", "--"),
    "relu": ("relu", "-"),
    "leaky_relu": ("leaky", "--"),
    "softplus": ("softplus", "-"),
    "elu": ("elu", "-"),
    "selu": ("elu", "--"),
    "celu": ("elu", "-."),
    "silu": ("tanh", "-."),
    "softmax": ("softmax", "-"),
    "ink": ("ink", "-"),
    "muted": ("muted", "-"),
}
"""Colour and line of each function, the same in every chapter."""

STYLE = {
    "axes.edgecolor": COLOURS["muted"],
    "axes.facecolor": "none",
    "axes.labelcolor": COLOURS["ink"],
    "axes.linewidth": 0.8,
    "axes.prop_cycle": mpl.cycler(color=[COLOURS["ink"]]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "axes.titlecolor": COLOURS["ink"],
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "font.size": 10,
    "lines.linewidth": 1.8,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "rectified",
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.color": COLOURS["muted"],
    "ytick.labelcolor": COLOURS["ink"],
}


FORMULA = re.compile(r"<text>\s*<tspan.*?</text>(?=\s*</g>)", re.S)
GLYPH = re.compile(r'<tspan x="(.*?)" y="(.*?)" style="(.*?)">(.*?)</tspan>')


def axes(columns=1, *, rows=1, height=2.8, width=6.0, **options):
    """Begin a figure.

    Parameters
    ----------
    columns, rows : int
        How many axes stand side by side and one under the other.
    height, width : float
        Size in inches; the text column is 6 inches wide.
    **options
        Passed on to ``matplotlib.pyplot.subplots``.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes or array of them
    """
    mpl.use("agg")
    mpl.rcParams.update(STYLE)  # also for what is added to the figure later
    return plt.subplots(rows, columns, figsize=(width, height), **options)


def zero_lines(ax):
    """Draw the two lines through the origin."""
    ax.axhline(0, color=COLOURS["muted"], linewidth=0.6, zorder=0)
    ax.axvline(0, color=COLOURS["muted"], linewidth=0.6, zorder=0)


def curve(
    ax, function, x, y, label=None, *, at=None, shift=(0, 6), align="center", **line
):
    """Draw a curve in the colour and line of its function, labelled on the curve.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    function : str
        A key of ``FUNCTIONS``.
    x, y : ndarray
        The curve.
    label : str, optional
        Written beside the curve.
    at : float, optional
        Where along x the label stands; by default at the right end.
    shift : tuple of float
        The label's distance from the curve, in points.
    align : str
        Which end of the label is at that place: "left", "center" or "right".
    **line
        Passed on to ``Axes.plot``.
    """
    colour, style = FUNCTIONS[function]
    line = {"color": COLOURS[colour], "linestyle": style} | line
    ax.plot(x, y, **line)
    if label is not None:
        i = len(x) - 1 if at is None else int(abs(x - at).argmin())
        ax.annotate(
            label,
            (x[i], y[i]),
            xytext=shift,
            textcoords="offset points",
            ha=align,
            color=line["color"],
        )


def flowing(found):
    """Return a label that holds a formula as text that flows around its middle.

    Matplotlib gives every letter a place, by the widths of a type that the page
    does not have; the places would pull the letters apart.
    """
    glyphs = sorted(GLYPH.findall(found[0]), key=lambda glyph: float(glyph[0]))
    parts = []
    for i, (_, level, style, sign) in enumerate(glyphs):
        inside = i and level in (glyphs[0][1], glyphs[i - 1][1])  # else it is a sign
        between = inside and sign in "=−+<>≤≥·×"
        parts.append((level, style, f" {sign} " if between else sign))
    line, base = "", 0.0
    for (level, style), signs in groupby(parts, lambda part: part[:2]):
        rise, base = float(level) - base, float(level)
        letters = "".join(sign for *_, sign in signs)
        line += f'<tspan dy="{rise:.2f}" style="{style}">{letters}</tspan>'
    middle = float(glyphs[-1][0]) / 2 + 3  # the last letter is some 6 points wide
    return f'<text x="{middle:.2f}" style="text-anchor: middle">{line}</text>'


def show(figure, alt):
    """Put a figure on the page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        What is to be seen, for those who do not see it; it travels in the
        figure as its title.
    """
    svg = StringIO()
    title = " ".join(alt.split())
    figure.savefig(svg, format="svg", metadata={"Title": title, "Date": None})
    plt.close(figure)
    display(SVG(FORMULA.sub(flowing, svg.getvalue())))
