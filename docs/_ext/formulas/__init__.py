"""Check every labelled formula of a chapter while the chapter is read.

A formula that cannot be read, or whose sides differ, fails the build with its
file and line.  What was checked is kept for the page that lists it.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)

UNCHECKED = {
    "eq-backward-factor": "it names an expectation over random weights, measured in its chapter",
    "eq-error-step": "it describes a step of training, asserted in its chapter",
    "eq-gain": "it names the gain of any function, computed in its chapter",
    "eq-he": "it is a condition on random weights, measured in its chapter",
    "eq-kinks": "it names where a network has kinks, asserted in its chapter",
    "eq-relu-network": "it names the output of a network, drawn in its chapter",
    "eq-unit-step": "it describes a step of training, asserted in its chapter",
}
"""Labelled formulas that are not compared, each with the reason."""


@cache
def judge_digest():
    """Return a name for the state of this folder."""
    state = sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        state.update(file.read_bytes())
    return state.hexdigest()


def verdict(executed, text, label):
    """Return what is wrong with a formula, or nothing.

    The cache of outputs, which is named after the package and the definitions,
    remembers by an empty file that a formula was found to hold.
    """
    key = sha256("\0".join([judge_digest(), label, text]).encode()).hexdigest()
    holds = executed / "formulas" / key
    if holds.exists():
        return ""
    from . import judge, latex  # SymPy takes a second: only if needed

    try:
        judge.compare(text, label)
    except (latex.NotReadError, judge.DiffersError) as reason:
        return str(reason)
    holds.parent.mkdir(parents=True, exist_ok=True)
    holds.touch()
    return ""


def check(app, doctree):
    """Compare the sides of each labelled formula."""
    checked = app.env.metadata[app.env.docname]["formula"] = []
    for formula in doctree.findall(nodes.math_block):
        label, text = formula.get("label"), formula.astext()
        if not label:
            continue
        if label not in UNCHECKED:
            reason = verdict(Path(app.config.nb_execution_cache_path), text, label)
            if reason:
                logger.warning("formula %s: %s", label, reason, location=formula)
        entry = {"label": label, "text": text, "katex": formula["katex"]}
        checked.append(entry | {"unchecked": UNCHECKED.get(label)})


def setup(app):
    """Connect to the end of reading a chapter."""
    app.connect("doctree-read", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
