"""The book's own boxes: myths, their list, and solutions that fold.

``{myth}`` takes a false or unsupported statement as its title and says in its
body what was measured or proved instead; ``{myths}`` repeats all of them, with
links to where each stands.  A solution of sphinx-exercise becomes a ``details``
element, which opens without JavaScript.
"""

from docutils import nodes
from ledger import in_reading_order
from sphinx import addnodes
from sphinx.domains import Domain
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_id, make_refnode
from sphinx_exercise.nodes import solution_node


class MythList(nodes.General, nodes.Element):
    """The place where all myths are repeated."""


class Myth(SphinxDirective):
    """A box that sets a statement right."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        """Return the box."""
        box = nodes.admonition(classes=["myth"], myth=True)
        statement, messages = self.parse_inline(self.arguments[0])
        box += nodes.title("", "", *statement)
        box += self.parse_content_to_nodes()
        self.set_source_info(box)
        box["ids"] = [make_id(self.env, self.state.document, "myth", self.arguments[0])]
        return [box, *messages]


class ListMyths(SphinxDirective):
    """The list of all boxes."""

    def run(self):
        """Return a place for the list."""
        return [MythList()]


class MythDomain(Domain):
    """Remembers the myths of each chapter."""

    name = "myth"
    label = "myth"

    @property
    def chapters(self):
        """The boxes of each chapter."""
        return self.data.setdefault("chapters", {})

    def clear_doc(self, docname):
        """Forget a chapter."""
        self.chapters.pop(docname, None)

    def merge_domaindata(self, docnames, otherdata):
        """Take over what another process has read."""
        for docname in docnames:
            if docname in otherdata.get("chapters", {}):
                self.chapters[docname] = otherdata["chapters"][docname]

    def process_doc(self, env, docname, document):
        """Remember the boxes of a chapter."""
        boxes = [box for box in document.findall(nodes.admonition) if box.get("myth")]
        if boxes:
            self.chapters[docname] = boxes


def list_myths(app, doctree, docname):
    """Fill each list with copies of the boxes, under their chapters' titles."""
    chapters = app.env.domains["myth"].chapters
    for place in list(doctree.findall(MythList)):
        content = []
        for source in in_reading_order(app.env):
            if source not in chapters:
                continue
            section = nodes.section(ids=[f"myths-{source}"])
            section += nodes.title("", app.env.titles[source].astext())
            for box in chapters[source]:
                copy = box.deepcopy()
                for reference in copy.findall(addnodes.pending_xref):
                    reference["refdoc"] = docname
                target = copy["ids"].pop()
                title = copy.next_node(nodes.title)
                link = make_refnode(
                    app.builder, docname, source, target, title.children
                )
                title.children = []
                title += link
                section += copy
            app.env.resolve_references(section, docname, app.builder)
            content.append(section)
        place.replace_self(content)


def visit_solution(writer, node):
    """Open the fold; the solution's title is what one clicks."""
    node["classes"] = ["solution"]
    writer.body.append(writer.starttag(node, "details", CLASS="admonition"))
    title = node.children.pop(0)
    writer.body.append("<summary>")
    for child in title.children:
        child.walkabout(writer)
    writer.body.append("</summary>\n")


def depart_solution(writer, node):
    """Close the fold."""
    writer.body.append("</details>\n")


def setup(app):
    """Register the boxes."""
    app.setup_extension("sphinx_exercise")
    app.add_node(MythList)
    app.add_directive("myth", Myth)
    app.add_directive("myths", ListMyths)
    app.add_domain(MythDomain)
    app.connect("doctree-resolved", list_myths)
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
