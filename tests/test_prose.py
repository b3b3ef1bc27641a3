"""The text of the book keeps its rules: numbers, names, figures, sources.

A number in prose is a small integer or a year, or it also stands in the code of
its chapter, where somebody chose it.  Everything measured is glued from a cell.
"""

import ast
import re
from pathlib import Path

import pytest
from myst_nb.core.read import read_myst_markdown_notebook

import activations

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = {page.name: page.read_text("utf-8") for page in PAGES}
CHAPTERS = [name for name, text in TEXTS.items() if "file_format: mystnb" in text]

SMALL = 12
"""Integers up to here, and round ones such as 1000, are counted or chosen."""
YEARS = range(1800, 2100)

NUMBER = re.compile(
    r"(?<![\w.#/-])\d+(?:,\d{3})*(?:\.\d+)?(?:\s?%|e-?\d+)?(?![\w/]|\.\d)"
)
NOT_PROSE = [
    re.compile(r"^---\n.*?^---\n", re.S | re.M),  # front matter
    re.compile(r"^(`{3,})\{code-cell\}.*?^\1$", re.S | re.M),
    re.compile(r"^```\{(?:math|eval-rst|toctree)\}.*?^```$", re.S | re.M),
    re.compile(
        r"\{(?:ref|eq|numref|glue:text|cite:[tp]|func|meth|mod|term|class|checked)\}`[^`]*`"
    ),
    re.compile(r"(?<=\])\([^)]*\)"),  # where a link leads
    re.compile(r"\b(?:issues?|pull request) \d+|#\d+"),  # the name of a thread
    re.compile(r"\bfloat(?:16|32|64)\b|\bCS231n\b"),
    re.compile(r"^:\w+:.*$|^:::\{dropdown\}.*$", re.M),  # options; questions
    re.compile(r"^\(\w+\)=$", re.M),
]


def blank(text, pattern):
    """Put spaces where a pattern matches; lines stay where they are."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def prose(name):
    """Return the text of a page with everything else blanked."""
    text = TEXTS[name]
    for pattern in NOT_PROSE:
        text = blank(text, pattern)
    return text


def cells(name):
    """Return the code cells of a page, each with the line at which it begins."""
    notebook = read_myst_markdown_notebook(TEXTS[name], add_source_map=True)
    lines = notebook.metadata["source_map"]
    both = zip(lines, notebook.cells, strict=True)
    return [(line, cell) for line, cell in both if cell.cell_type == "code"]


def chosen(name):
    """Return the numbers that stand in the code of a page and were chosen there.

    Bounds of claims and numbers in assertions are about what was measured.
    """
    numbers = set()

    class Literals(ast.NodeVisitor):
        def visit_Assert(self, node):
            pass

        def visit_Call(self, node):
            if getattr(node.func, "id", None) != "claim":
                self.generic_visit(node)

        def visit_Constant(self, node):
            if isinstance(node.value, (int, float)):
                numbers.add(float(node.value))

    for _, cell in cells(name):
        Literals().visit(ast.parse(cell.source))
    return numbers


def is_allowed(text, known):
    """Tell whether a number may be typed."""
    value = float(text.replace(",", "").rstrip("% "))
    if "%" in text:
        value /= 100
    whole = value.is_integer() and "." not in text and "%" not in text
    if whole and (value <= SMALL or value in YEARS or set(text[1:]) <= set("0,")):
        return True
    return value in known


def line_of(name, place):
    return f"docs/{name}:{TEXTS[name].count(chr(10), 0, place) + 1}"


@pytest.mark.parametrize("name", TEXTS)
def test_no_measured_number_is_typed(name):
    known = chosen(name) if name in CHAPTERS else set()
    typed = [
        f"{line_of(name, m.start())}: {m[0].strip()} is typed; glue it from the cell that measures it"
        for m in NUMBER.finditer(prose(name))
        if not is_allowed(m[0].strip(), known)
    ]
    assert not typed, "\n".join(typed)


def shown_figures(name):
    """Return the cells that show a figure, with line, options and alternative text."""
    for line, cell in cells(name):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "figures.show":
                yield f"docs/{name}:{line}", cell, node.args[1]


def constants(text):
    """Return the parts of a string expression that are typed, not computed."""
    return " ".join(
        n.value
        for n in ast.walk(text)
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    )


@pytest.mark.parametrize("name", CHAPTERS)
def test_captions_and_alternative_texts(name):
    known = chosen(name)
    for place, cell, alt in shown_figures(name):
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        assert figure.get("name", "").startswith("fig-"), (
            f"{place}: the figure has no name"
        )
        caption = figure.get("caption", "")
        assert len(caption.split()) > 4, f"{place}: the figure has no caption"
        words = constants(alt)
        assert len(words.split()) > 4, f"{place}: the figure has no alternative text"
        assert words.strip() != caption.strip(), (
            f"{place}: caption and alternative text are the same"
        )
        for pattern in NOT_PROSE:
            caption = blank(caption, pattern)
        for m in [*NUMBER.finditer(caption), *NUMBER.finditer(words)]:
            if not is_allowed(m[0].strip(), known):
                pytest.fail(
                    f"{place}: {m[0].strip()} is typed in a caption or alternative text"
                )


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_claim_is_used(name):
    claimed, used = set(), set(re.findall(r"\{glue:text\}`([^`]+)`", TEXTS[name]))
    for _, cell in cells(name):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "claim":
                if isinstance(node.args[0], ast.Constant):
                    claimed.add(node.args[0].value)
                else:  # a name made in a loop
                    pattern = "".join(
                        re.escape(part.value)
                        if isinstance(part, ast.Constant)
                        else ".+"
                        for part in getattr(node.args[0], "values", [])
                    )
                    claimed |= {key for key in used if re.fullmatch(pattern, key)}
    assert claimed == used


@pytest.mark.parametrize("name", CHAPTERS)
def test_functions_are_named_by_role(name):
    bare = [
        f"{line_of(name, m.start())}: `{m[1]}` is a function of the package: write {{func}}`~activations.{m[1].rstrip('()')}`"
        for m in re.finditer(r"(?<!\})`(\w+)(?:\(\))?`", prose(name))
        if m[1].rstrip("()") in activations.__all__
    ]
    assert not bare, "\n".join(bare)


def test_every_public_name_is_in_a_chapter_and_in_the_reference():
    chapters = " ".join(TEXTS[name] for name in CHAPTERS if name != "reference.md")
    for function in activations.__all__:
        assert re.search(rf"autofunction:: {function}$", TEXTS["reference.md"], re.M), (
            function
        )
        assert re.search(rf"\b{function}\b", chapters), f"{function} is in no chapter"


def test_every_source_is_cited():
    keys = set(
        re.findall(r"^@\w+\{(\w+),", (DOCS / "references.bib").read_text("utf-8"), re.M)
    )
    cited = set()
    for text in TEXTS.values():
        for group in re.findall(r"\{cite:[tp]\}`([^`]+)`", text):
            cited |= {key.strip() for key in group.split(",")}
    assert keys == cited


def test_one_sentence_per_line():
    """A full stop, a space and a capital letter on one line are two sentences."""
    crowded = [
        f"{line_of(name, m.start())}: {m[0]!r}"
        for name in TEXTS
        for m in re.finditer(
            r"[a-z)`$*]\. [A-Z]\w+",
            re.sub(r"`[^`\n]*`", lambda q: " " * len(q[0]), prose(name)),
        )
    ]
    assert not crowded, "\n".join(crowded)


@pytest.mark.parametrize(
    "word", ["simply", "obviously", "note that", "of course", "clearly"]
)
def test_word_is_not_used(word):
    used = [
        line_of(name, m.start())
        for name in TEXTS
        for m in re.finditer(rf"\b{word}\b", prose(name), re.I)
    ]
    assert not used, f"{word}: {used}"


def test_every_reference_has_a_target():
    text = "\n".join(TEXTS.values())
    targets = set(
        re.findall(
            r"^\(([\w-]+)\)=$|^:(?:label|name): ([\w-]+)$|^    name: ([\w-]+)$",
            text,
            re.M,
        )
    )
    known = {name for group in targets for name in group if name}
    terms = set(
        re.findall(r"^(\w[\w -]*)$", TEXTS["notation.md"].split("{glossary}")[1], re.M)
    )
    for name, page in TEXTS.items():
        for role, body in re.findall(r"\{(ref|eq|numref|term)\}`([^`]+)`", page):
            target = re.sub(r".*<(.*)>", r"\1", body, flags=re.S).strip()
            assert target in (terms if role == "term" else known), (
                f"docs/{name}: no target {target!r}"
            )
