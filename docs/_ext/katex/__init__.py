"""Set every formula during the build, so that a page needs no formula engine.

KaTeX runs in an embedded V8 and yields HTML for the eye and MathML for screen
readers in one piece.  The formulas are set while the sources are read: a
mistake in one is then reported with its file and line, and V8 never starts in
a process that forks later.
"""

import atexit
import re
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)


@cache
def _engine():
    engine = MiniRacer()
    atexit.register(engine.close)  # later, Python 3.13 waits for its thread for ever
    engine.eval(Path(__file__).with_name("katex.min.js").read_text("utf-8"))
    return engine


def to_html(latex, *, display=False):
    """Return the HTML and MathML of a formula.

    Parameters
    ----------
    latex : str
        The formula.
    display : bool
        Whether it stands on a line of its own.

    Returns
    -------
    str
    """
    options = {"displayMode": display, "strict": "error", "throwOnError": True}
    html = _engine().call("katex.renderToString", latex, options)
    return re.sub(
        r"(?s)<annotation.*?</annotation>", "", html
    )  # LaTeX is for no reader


class SetFormulas(SphinxTransform):
    """Keep with each formula the HTML that shows it."""

    default_priority = 870  # before the event doctree-read

    def apply(self, **kwargs):
        """Set all formulas of the document."""
        for node in self.document.findall(
            lambda n: isinstance(n, nodes.math | nodes.math_block)
        ):
            try:
                node["katex"] = to_html(
                    node.astext(), display=isinstance(node, nodes.math_block)
                )
            except JSEvalException as error:
                reason = str(error).partition("ParseError:")[2] or str(error)
                logger.warning(
                    "formula not understood: %s",
                    reason.strip().splitlines()[0],
                    location=node,
                )
                node["katex"] = f"<code>{escape(node.astext())}</code>"


def written(writer, node):
    """Return a formula as its reader can show it: those of EPUB set MathML themselves."""
    if writer.builder.name != "epub":
        return node["katex"]
    return re.search(r"<math.*</math>|$", node["katex"], re.S)[0]


def visit_inline(writer, node):
    """Write a formula that stands in a line of text."""
    writer.body.append(written(writer, node))
    raise nodes.SkipNode


def visit_display(writer, node):
    """Write a formula that stands on a line of its own, with its number."""
    attributes = {"CLASS": "math", "tabindex": "0"}
    writer.body.append(writer.starttag(node, "div", **attributes))
    if node["number"]:
        number = get_node_equation_number(writer, node)
        writer.body.append(f'<span class="eqno">({number})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(written(writer, node) + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer under the name ``katex``."""
    app.add_transform(SetFormulas)
    app.add_html_math_renderer(
        "katex",
        inline_renderers=(visit_inline, None),
        block_renderers=(visit_display, None),
    )
    app.add_css_file("katex/katex.min.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
