"""Draw the picture with which a page is shown where it is linked to."""

from functools import partial
from textwrap import fill

import numpy as np

CURVES = {
    "sigmoid": [("sigmoid", "sigmoid")],
    "rectification": [("leaky_relu", "leaky"), ("relu", "relu")],
    "softplus": [("relu", "relu"), ("softplus", "softplus")],
    "elu": [("elu", "elu")],
    "softmax": [("softmax", "softmax")],
}
"""The functions on the picture of each chapter, and their colours."""

ALL = [pair for pairs in CURVES.values() for pair in pairs if pair[0] != "softmax"]


def draw(file, title, chapter):
    """Draw a title and the curves of its chapter, unless the picture is there.

    Parameters
    ----------
    file : Path
        Where the picture goes; 1200 by 630 pixels.
    title : str
    chapter : str
        A key of ``CURVES``; any other page gets all curves.
    """
    if file.exists():
        return
    # Slow to import, and needed only where the site's address is known.
    from matplotlib.figure import Figure
    from palette import COLOURS

    import activations

    x = np.linspace(-4, 3, 281)
    values = {
        "softmax": lambda x: activations.softmax(np.stack([x, 0 * x]), axis=0)[0],
        "leaky_relu": partial(activations.leaky_relu, negative_slope=0.1),
    }
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="#fffefb")
    axes = figure.add_axes([0.06, 0.08, 0.88, 0.62])
    axes.axis("off")
    for name, colour in CURVES.get(chapter, ALL):
        function = values.get(name) or getattr(activations, name)
        axes.plot(x, function(x), color=COLOURS[colour], linewidth=7)
    axes.margins(0.02, 0.08)
    style = {"family": "DejaVu Serif", "color": COLOURS["ink"], "va": "top"}
    figure.text(0.06, 0.92, fill(title, 32), fontsize=40, weight="bold", **style)
    if title != "Rectified":
        figure.text(0.06, 0.08, "Rectified", fontsize=24, **style)
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file)
