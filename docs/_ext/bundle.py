"""Put all style sheets into one, without the rules that no page uses.

The theme's sheets are written for every site that there could be.  What is left
of them stands in a cascade layer of its own, so the book's sheet always wins.
The sheet stands in the head of each page: to ask for it would cost a reader on a
slow line more time than to send it along.  Search's scripts become one file, and
each page names the scripts with a digest, so that a browser may keep them for ever.
"""

import re
from pathlib import Path
from zlib import crc32

THEME = [
    "styles/pydata-sphinx-theme.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
    "sphinx-design.min.css",
    "katex/katex.min.css",
]
SEARCH = ["documentation_options", "doctools", "language_data", "searchtools"]

EMPTY = "<style></style>"  # where the template wants the sheet
SHEET = re.compile(r"<style>.*?</style>", re.S)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
NOTE = re.compile(r"^ *//.*\n", re.M)
TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|url\([^\"\')]*\)|[{};]', re.S
)
ARGUMENT = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
FIELD = re.compile(r"::(-webkit-(date|cal|inner|color)|-moz-focus|file)")
CHOICE = re.compile(r":(?:is|where)\(((?:[^()]|\([^()]*\))*)\)")
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
PROPERTY = re.compile(r"(?<![\w(-])(--[\w-]+):(?:[^;{}\"']|\"[^\"]*\"|'[^']*')*;?")
NAME = re.compile(r"[.#]((?:\\.|[\w-])+)|(?:^|[\s>+~(])([a-z][\w-]*)")


def rules(text):
    """Split a style sheet into pairs of a prelude and a body; statements have no body."""
    depth, start, opened = 0, 0, 0
    for token in TOKEN.finditer(text):
        match token[0]:
            case "{":
                depth += 1
                if depth == 1:
                    opened = token.start()
            case "}":
                depth -= 1
                if depth == 0:
                    yield (
                        text[start:opened].strip(),
                        text[opened + 1 : token.start()].strip(),
                    )
                    start = token.end()
            case ";" if depth == 0:
                start = token.end()


def is_used(selector, used):
    """Return whether every class, id and element of a selector is on some page.

    The theme's colours are not used: the book's sheet has its own, for both modes.
    No page has a field to choose a date, a number, a colour or a file.

    Examples
    --------
    >>> is_used("div p:not(.b)", {"div", "p"}), is_used("div .b", {"div", "p"})
    (True, False)
    >>> [is_used("div:is(.a, .b) p", {"div", "p", name}) for name in "abc"]
    [True, True, False]
    >>> is_used("::-webkit-inner-spin-button", set())
    False
    """
    if re.search(r"data-(bs-)?theme", selector) and ":root" not in selector:
        return False
    if FIELD.search(selector):
        return False
    for choice in CHOICE.findall(selector):
        if not any(is_used(option.strip(), used) for option in split(choice)):
            return False
    names = NAME.findall(ARGUMENT.sub("", selector))
    return all((name or tag).replace("\\", "") in used for name, tag in names)


def pruned(text, used):
    """Return what some page uses of a style sheet."""
    kept = []
    for prelude, body in rules(text):
        if prelude.startswith(("@media", "@supports")):
            body = pruned(body, used) if "print" not in prelude else ""
        elif prelude.startswith("@"):
            body = ""
        else:
            prelude = ",".join(s.strip() for s in split(prelude) if is_used(s, used))
        if prelude and body:
            kept.append(f"{prelude}{{{body}}}")
    return "\n".join(kept)


def split(selectors):
    """Split a list of selectors at the commas outside of brackets."""
    return re.split(r",(?![^()]*\))", selectors)


def without_unread(text, pages):
    """Drop custom properties that nothing reads, until all that are left are read."""
    inline = set(VARIABLE.findall("\n".join(pages)))
    before = None
    while text != before:
        before, read = text, inline | set(VARIABLE.findall(text))
        text = PROPERTY.sub(
            lambda found, read=read: found[0] if found[1] in read else "", text
        )
    return re.sub(r"(?<=})[^{}]*\{\s*\}", "", text)


def sheet(static, pages):
    """Return the one style sheet of the pages."""
    used = {"html", "root", "data-theme", "has-copy", "copy"}
    for page in pages:
        for names in re.findall(r'\b(?:class|id)="([^"]*)"', page):
            used.update(names.split())
        used.update(re.findall(r"<([a-z][a-z0-9]*)\b", page))
    layer = []
    for pattern in THEME:
        for file in sorted(static.glob(pattern)):
            text = COMMENT.sub("", file.read_text("utf-8"))
            layer.append(pruned(text, used).replace("!important", ""))
    own = COMMENT.sub("", (static / "book.css").read_text("utf-8"))
    text = "\n".join(["@layer theme{", *layer, "}", own])
    text = without_unread(text, pages)
    text = re.sub(r"\s*([{};,])\s*|(?<=:)\s+", r"\1", text)
    return re.sub(r"url\((?=[\w.])", "url(_static/", text)  # as seen from a page


def bundle(app, exception):
    """Put the sheet into the finished pages, and the digests of the scripts."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    written = {file: file.read_text("utf-8") for file in out.glob("*.html")}
    pages = {file: SHEET.sub(EMPTY, page) for file, page in written.items()}
    style = f"<style>{sheet(static, list(pages.values()))}</style>"
    scripts = [(static / f"{name}.js").read_text("utf-8") for name in SEARCH]
    # Snippets show a formula once: as MathML, which reads best.
    scripts[-1] = scripts[-1].replace('".headerlink",', '".headerlink", ".katex-html",')
    texts = {
        "search.js": "\n".join(["const SPHINX_HIGHLIGHT_ENABLED = false", *scripts]),
        "site.js": NOTE.sub("", (static / "site.js").read_text("utf-8")),
    }
    for name, text in texts.items():
        (static / name).write_text(text, "utf-8")
    digests = {name: f"{crc32(text.encode()):x}" for name, text in texts.items()}
    naming = re.compile(r'(_static/(site\.js|search\.js))(?:\?v=\w*)?"')
    for file, page in pages.items():
        named = naming.sub(lambda m: f'{m[1]}?v={digests[m[2]]}"', page)
        named = named.replace(EMPTY, style, 1)
        if named != written[file]:
            file.write_text(named, "utf-8")


def setup(app):
    """Bundle once everything is written."""
    app.connect("build-finished", bundle, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
