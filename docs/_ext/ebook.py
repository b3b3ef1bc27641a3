"""Make the EPUB valid, and plain enough for every reader of such books."""

import re
import zipfile
from pathlib import Path
from unicodedata import lookup

from pages import tidied


def portable(formulas):
    """Return formulas with all that readers show only when it is said outright.

    MathML Core knows no variant of a letter but the letter itself, and takes a sign
    after a bracket for an operation.
    """
    formulas = re.sub(
        r'<mi mathvariant="(double-struck|script)">([A-Z])',
        lambda found: f"<mi>{lookup(f'mathematical {found[1]} capital {found[2]}')}",
        formulas,
    )
    return re.sub(r">\(</mo><mo>(?=[−+∓±]<)", '>(</mo><mo form="prefix">', formulas)


def simplify(app, pagename, templatename, context, doctree):
    """Give a page of the EPUB one style sheet and elements that are allowed."""
    if app.builder.name != "epub":
        return
    context["css_files"] = ["_static/epub.css"]
    context["script_files"] = []
    body = portable(tidied(context.get("body", "")))
    body = re.sub(r'<span class="expanded.*?</span>', "", body)
    body = re.sub(
        r"(<summary.*?)<svg.*?</svg>(.*?</summary>)", r"\1\2", body, flags=re.S
    )
    context["body"] = re.sub(r' (?:tabindex|role="list(?:item)?)="?[^" ]*"', "", body)


def is_left_out(name):
    """Return whether a file serves the site only."""
    return name.startswith("_static/") and name != "_static/epub.css"


def declare(app, exception):
    """Say in the package which pages hold formulas or drawings; drop empty fields."""
    if exception or app.builder.name != "epub":
        return
    file = Path(app.outdir) / f"{app.config.epub_basename}.epub"
    with zipfile.ZipFile(file) as book:
        names = [name for name in book.infolist() if not is_left_out(name.filename)]
        parts = [(entry, book.read(entry)) for entry in names]
    pages = {entry.filename: data for entry, data in parts}

    def item(found):
        if is_left_out(found[1]):
            return ""
        data = pages.get(found[1], b"")
        held = [name for name in ("mathml", "svg") if b"<" + name[:4].encode() in data]
        if not found[1].endswith(".xhtml") or not held or "properties=" in found[0]:
            return found[0]
        return found[0].replace("<item ", f'<item properties="{" ".join(held)}" ')

    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for entry, content in parts:
            data = content
            if entry.filename == "content.opf":
                text = re.sub(r'<item [^>]*href="([^"]*)"[^>]*>', item, data.decode())
                data = re.sub(r"\s*<(meta|dc:\w+)[^>]*></\1>", "", text).encode()
            book.writestr(entry, data)


def setup(app):
    """Connect to the writing of an EPUB."""
    app.connect("html-page-context", simplify)
    app.connect("build-finished", declare)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
