"""Put SVG figures into the page itself, so that they take its type and colours.

A figure carries its own alternative text, as its title: what it counts or
measures is then computed in the cell that draws it.  A figure without one fails
the build.
"""

import re
from pathlib import Path
from xml.etree import ElementTree
from zlib import crc32

from docutils import nodes
from palette import COLOURS
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
UNSEEN = {f"{SVG}metadata", f"{SVG}title", f"{SVG}style"}
STEP = re.compile(r"([MLCQ])([^MLCQz]*)|z")
NAME = re.compile(r"(?<=url\(#)[^)]*|(?<=^#).*")


def alternative_text(svg):
    """Return the title that a figure carries, or an empty string."""
    title = ElementTree.fromstring(svg).find(f".//{DC_TITLE}")
    return "" if title is None else " ".join(title.text.split())


def relative(path):
    """Return a path in steps from point to point, of hundredths of a point.

    Steps are short to write; each is taken from where the rounded ones before it
    have led to, so that their errors do not add up.
    """
    steps, here, start, last = [], (0, 0), (0, 0), ""
    for command, numbers in STEP.findall(path):
        if not command:
            steps.append("z")
            here, last = start, "z"
            continue
        ends = [round(100 * float(number)) for number in numbers.split()]
        moves = [end - here[i % 2] for i, end in enumerate(ends)]
        here = ends[-2], ends[-1]
        start = here if command == "M" else start
        written = "".join(hundredths(move) for move in moves)
        again = command == last or (command, last) == ("L", "M")
        steps.append(written if again else command.lower() + written.lstrip())
        last = command
    return "".join(steps)


def hundredths(number):
    """Return a number of hundredths, parted from what stands before it."""
    text = f"{abs(number) / 100:g}"
    text = text.removeprefix("0") if text != "0" else text
    return f"-{text}" if number < 0 else f" {text}"


def lean(element):
    """Take out of a figure what shows nothing, and write the rest shortly."""
    children = []
    for child in element:
        lean(child)
        if child.tag == f"{SVG}g" and not child.attrib:
            children.extend(child)
        elif child.tag not in UNSEEN and child.get("style") != "fill:none":
            children.append(child)
    element[:] = children
    if element.tag != f"{SVG}tspan":
        element.tail = None
    if element.tag not in (f"{SVG}text", f"{SVG}tspan"):
        element.text = None
    if "d" in element.attrib:
        element.set("d", relative(element.get("d")))
    for name in {"x", "y", "points", "transform"} & element.attrib.keys():
        short = re.sub(r"(\d\.\d\d)\d+", r"\1", element.get(name))
        element.set(name, short)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if LINK in element.attrib:
        element.set("href", element.attrib.pop(LINK))
    if "style" in element.attrib:
        style = re.sub(r"font-family:.*?(; |$)", "", element.get("style"))
        element.set("style", style.replace(": ", ":").replace("; ", ";"))
    styles = {child.get("style") for child in element}
    if len(element) > 1 and len(styles) == 1 and styles != {None}:
        if all(child.tag == f"{SVG}use" for child in element):  # a cloud of points
            for child in element:
                element.set("style", child.attrib.pop("style"))


def inlined(svg, alt):
    """Return the figure as an element of an HTML page.

    Names that something refers to get the figure's own prefix, for several figures
    share a page; the book's colours become custom properties, which the style
    sheet sets for light and dark.
    """
    root = ElementTree.fromstring(svg)
    names = {}
    for element in root.iter():
        for value in element.attrib.values():
            for name in NAME.findall(value):
                names.setdefault(name, f"f{crc32(svg.encode()):x}-{len(names)}")
    for element in root.iter():
        if element.get("id") not in names:
            element.attrib.pop("id", None)
    lean(root)
    width = float(root.get("width").removesuffix("pt"))
    height = root.get("viewBox").split()[-1]
    root.attrib = {
        "role": "img",
        "aria-label": alt,
        "style": f"width:{width / 12:.2f}rem",
        "viewBox": f"0 0 {width:g} {height}",
    }
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", names[element.get("id")])
        for key, value in list(element.items()):
            value = NAME.sub(lambda found: names[found[0]], value)
            for name, colour in COLOURS.items():
                value = re.sub(
                    colour, f"var(--figure-{name}, {colour})", value, flags=re.I
                )
            element.set(key, value)
    ElementTree.register_namespace("", SVG[1:-1])
    text = ElementTree.tostring(root, "unicode")
    return text.replace(f' xmlns="{SVG[1:-1]}"', "", 1)


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
