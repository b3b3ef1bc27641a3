"""Offer each chapter to take away, and the places where one can work on it.

A chapter can be had as a notebook with its outputs, and as its source.  With the
theme's ``repository_url`` there are links for editing, issues, Colab and Binder,
which take the notebooks from the branch that the site is published on.
"""

from pathlib import Path
from shutil import copyfile
from urllib.parse import quote

import nbformat
from chapter import Chapter
from jupyter_cache import get_cache

HINT = "Run this notebook in the folder `docs` of the book, after `make html`."
SETUP = """\
# Fetches the book's package and helpers, unless this runs inside the book.
import sys
from pathlib import Path

if not Path("figures.py").exists():
    !git clone --quiet --depth 1 {repository} book
    %pip install --quiet sympy mpmath scikit-learn matplotlib "dask[array]" ./book
    sys.path.insert(0, "book/docs")"""


def links(app, pagename, source):
    """Return the links of a page, as triples of a text, an address and an attribute."""
    folder = Path(app.outdir) / "_downloads"
    folder.mkdir(exist_ok=True)
    repository = app.config.html_theme_options.get("repository_url", "").rstrip("/")
    notebook = Chapter(app, pagename).notebook
    if notebook is not None:
        cache = get_cache(app.config.nb_execution_cache_path)
        _, notebook = cache.merge_match_into_notebook(notebook)
        first = nbformat.v4.new_markdown_cell(HINT, id="hint")
        if repository:
            setup = SETUP.format(repository=repository)
            first = nbformat.v4.new_code_cell(setup, id="setup")
        notebook.cells.insert(0, first)
        notebook.metadata.pop("source_map", None)
        nbformat.write(notebook, folder / f"{pagename}.ipynb")
        yield "Notebook with outputs", f"_downloads/{pagename}.ipynb", "download"
        copyfile(source, folder / source.name)
        yield "Markdown source", f"_downloads/{source.name}", "download"
    if not repository:
        return
    path = source.relative_to(app.confdir)
    subject = quote(f"{app.env.titles[pagename].astext()}: ")
    yield "Edit this page", f"{repository}/edit/main/{path}", ""
    yield "Report a problem", f"{repository}/issues/new?title={subject}", ""
    owner = repository.partition("github.com/")[2]
    if notebook is not None and owner:
        where = f"{owner}/blob/gh-pages/_downloads/{pagename}.ipynb"
        yield "Open in Colab", f"https://colab.research.google.com/github/{where}", ""
        where = f"{owner}/gh-pages?labpath=_downloads/{pagename}.ipynb"
        yield "Open in Binder", f"https://mybinder.org/v2/gh/{where}", ""


def offer(app, pagename, templatename, context, doctree):
    """Hand the links to the template."""
    if app.builder.name != "html":
        return
    source = Path(app.env.doc2path(pagename)) if doctree else None
    context["page_links"] = list(links(app, pagename, source)) if source else []


def setup(app):
    """Connect to the writing of pages."""
    app.connect("html-page-context", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
