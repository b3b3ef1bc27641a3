"""The colours of the figures; the style sheet has their values for light and dark."""

COLOURS = {
    "ink": "#1b1b1f",
    "muted": "#75757d",
    "sigmoid": "#0072b2",
    "tanh": "#2a9fd0",
    "relu": "#d55e00",
    "leaky": "#b98000",
    "softplus": "#00855f",
    "elu": "#b0488a",
    "softmax": "#6a51a3",
}
"""What each colour stands for: Okabe and Ito's palette, darkened for contrast."""
