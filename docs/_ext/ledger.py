"""List everything that the build has checked, and count it.

``{ledger}`` gives, chapter by chapter, the numbers with their bounds, the
formulas, the assertions of the cells and the myths; ``{checked}`` gives how many
they are.
"""

import ast

from chapter import Chapter
from docutils import nodes
from jupyter_cache import get_cache
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

PAGES = ["index", "ledger", "myths"]
"""The pages that repeat what others say, and are written anew when one changes."""

KINDS = {
    "number": "Numbers, within the bounds that their sentences need",
    "formula": "Formulas, equal to the definitions in 25 digits and to the package in 8",
    "assertion": "Assertions of the cells, all true",
    "myth": "Myths, set right",
}


class Ledger(nodes.General, nodes.Element):
    """The place of the list."""


class Count(nodes.Inline, nodes.Element):
    """The place of the count."""


class LedgerDirective(SphinxDirective):
    """The list of everything checked."""

    def run(self):
        """Return a place for it."""
        return [Ledger()]


class CheckedRole(SphinxRole):
    """The number of checked claims of a kind: number, formula, assertion, myth or all."""

    def run(self):
        """Return a place for it."""
        return [Count(kind=self.text)], []


def collect(app, doctree):
    """Keep what the cells of a chapter have claimed and asserted."""
    kept = app.env.metadata[app.env.docname]
    kept["number"], kept["assertion"] = [], []
    notebook = Chapter(app, app.env.docname).notebook
    if notebook is None:
        return
    _, notebook = get_cache(
        app.config.nb_execution_cache_path
    ).merge_match_into_notebook(notebook)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        kept["number"] += [
            output.metadata["claim"]
            for output in cell.outputs
            if "claim" in output.get("metadata", {})
        ]
        kept["assertion"] += [
            ast.unparse(node.test)
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.Assert)
        ]


def in_reading_order(env):
    """Return the documents in the order of the table of contents."""
    order, rest = [], [env.config.root_doc]
    while rest:
        order.append(rest.pop(0))
        rest = env.toctree_includes.get(order[-1], []) + rest
    return order


def entries(app, docname, kind):
    """Return what a chapter has of a kind."""
    if kind == "myth":
        return app.env.domains["myth"].chapters.get(docname, [])
    return app.env.metadata.get(docname, {}).get(kind, [])


def written(app, here, docname, kind, entry):
    """Return an entry as the body of a list item."""
    line = nodes.paragraph()
    if kind == "number":
        bounds = f" = {entry['text']}, between {entry['low']:g} and {entry['high']:g}"
        line += [nodes.literal(text=entry["name"]), nodes.Text(bounds)]
    elif kind == "assertion":
        line += nodes.literal(text=entry)
    elif kind == "formula":
        link = nodes.literal(text=entry["label"])
        line += make_refnode(
            app.builder, here, docname, f"equation-{entry['label']}", [link]
        )
        if entry["unchecked"]:
            line += nodes.Text(f", not compared: {entry['unchecked']}")
        shown = nodes.math_block(
            entry["text"], entry["text"], number=None, katex=entry["katex"]
        )
        return [line, shown]
    else:
        title = entry.next_node(nodes.title).deepcopy()
        line += make_refnode(
            app.builder, here, docname, entry["ids"][0], title.children
        )
    return [line]


def fill(app, doctree, here):
    """Fill the places on a page."""
    for place in list(doctree.findall(Count)):
        kinds = KINDS if place["kind"] == "all" else [place["kind"]]
        found = [
            e
            for d in in_reading_order(app.env)
            for k in kinds
            for e in entries(app, d, k)
        ]
        # A formula that is listed with a reason is not counted.
        number = sum(not (isinstance(e, dict) and e.get("unchecked")) for e in found)
        place.replace_self(nodes.Text(f"{number:,}"))
    for place in list(doctree.findall(Ledger)):
        sections = []
        for docname in in_reading_order(app.env):
            section = nodes.section(ids=[f"checked-{docname}"])
            section += nodes.title("", app.env.titles[docname].astext())
            for kind, heading in KINDS.items():
                found = entries(app, docname, kind)
                if found:
                    section += nodes.rubric(text=f"{heading}: {len(found)}")
                    items = [
                        nodes.list_item("", *written(app, here, docname, kind, e))
                        for e in found
                    ]
                    section += nodes.bullet_list("", *items)
            if len(section) > 1:
                sections.append(section)
        place.replace_self(sections)


def repeat(app, env, added, changed, removed):
    """Have the pages that repeat others made anew together with them, not else."""
    return PAGES if added | changed | removed else []


def setup(app):
    """Register the list and the count."""
    app.add_node(Ledger)
    app.add_node(Count)
    app.add_directive("ledger", LedgerDirective)
    app.add_role("checked", CheckedRole())
    app.connect("doctree-read", collect)
    app.connect("env-get-outdated", repeat)
    app.connect("doctree-resolved", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
