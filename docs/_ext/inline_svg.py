"""Put SVG figures into the page itself, so that they take its type and colours.

A figure carries its own alternative text, as its title: what it counts or
measures is then computed in the cell that draws it.  A figure without one fails
the build.
"""

import re
from html import escape
from pathlib import Path
from xml.etree import ElementTree
from zlib import crc32

from docutils import nodes
from palette import COLOURS
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
UNSEEN = re.compile(
    r"<metadata>.*?</metadata>|<title>.*?</title>|<!--.*?-->|\n\s*(?=\n)|(?<=\n) +",
    re.S,
)
PLACES = re.compile(r' (?:d|x|y|points|transform)="[^"]*"')  # 0.01 pt is enough


def alternative_text(svg):
    """Return the title that a figure carries, or an empty string."""
    title = ElementTree.fromstring(svg).find(f".//{DC_TITLE}")
    return "" if title is None else " ".join(title.text.split())


def inlined(svg, alt):
    """Return the figure as an element of an HTML page.

    Ids that something refers to get the figure's own prefix, for several figures
    share a page; the book's colours become custom properties, which the style
    sheet sets for light and dark.
    """
    root = svg[svg.index("<svg") :]
    root = UNSEEN.sub("", root)
    root = PLACES.sub(lambda found: re.sub(r"(\d\.\d\d)\d+", r"\1", found[0]), root)
    prefix = f"f{crc32(svg.encode()):x}-"
    used = set(re.findall(r'(?:href="#|url\(#)([^")]*)', root))
    root = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", root)
    root = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}", root)
    for name, colour in COLOURS.items():
        root = re.sub(colour, f"var(--figure-{name}, {colour})", root, flags=re.I)
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt" ', root)
    root = root.replace(size[0], f'style="width: {float(size[1]) / 12:.2f}rem" ', 1)
    return root.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)


class InlineSvg(SphinxPostTransform):
    """Give every SVG its alternative text, and put it into HTML pages."""

    default_priority = 5

    def run(self, **kwargs):
        """Treat all images of the document."""
        for image in list(self.document.findall(nodes.image)):
            if not image["uri"].endswith(".svg"):
                continue
            svg = (Path(self.app.srcdir) / image["uri"]).read_text("utf-8")
            image["alt"] = image.get("alt") or alternative_text(svg)
            if not image["alt"]:
                logger.warning("figure without alternative text", location=image.parent)
            elif self.app.builder.format == "html" and self.app.builder.name != "epub":
                image.replace_self(
                    nodes.raw("", inlined(svg, image["alt"]), format="html")
                )


def setup(app):
    """Register the transform."""
    app.add_post_transform(InlineSvg)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
