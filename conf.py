"""Settings of the book."""

import gc
import sys
from pathlib import Path

gc.disable()  # a sixth of a small build's time, to free what its end frees anyway

sys.path[:0] = [
    str(Path(__file__).parent / "docs"),
    str(Path(__file__).parent / "docs/_ext"),
]

project = "Rectified"
version = "1.0"
author = "the authors of “Rectified”"
copyright = "2026, the authors. Text and figures: CC BY 4.0; code: BSD-3-Clause"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_design",
    "sphinx_exercise",
    "sphinxcontrib.bibtex",
    "boxes",
    "bundle",
    "ebook",
    "execution",
    "inline_svg",
    "formulas",
    "katex",
    "ledger",
    "pages",
    "takeaway",
]

# Chapters: MyST, run by execution.py through MyST-NB's cache
nb_execution_mode = "cache"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_output_stderr = "warn"
nb_render_markdown_format = "gfm"  # which has tables
myst_enable_extensions = [
    "amsmath",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
]
myst_heading_anchors = 3
numfig = True
math_numfig = True
math_eqref_format = "equation {number}"
html_math_renderer = "katex"

# Sources and the package
bibtex_bibfiles = ["docs/references.bib"]
bibtex_reference_style = "author_year"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
default_role = "code"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False
nitpicky = True

# Addresses: what is empty here switches its buttons and metadata off
html_baseurl = ""
repository = ""

# Appearance
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
html_theme = "sphinx_book_theme"
html_title = (
    "Rectified: activation functions from sigmoid to softmax, every claim executed"
)
html_short_title = "Rectified"
html_theme_options = {
    "logo": {"text": "Rectified"},
    "repository_url": repository,
    "show_toc_level": 2,
}
html_permalinks_icon = "#"
html_domain_indices = False
html_copy_source = False
templates_path = ["docs/_templates"]
html_static_path = ["docs/_static"]
html_css_files = ["book.css"]
html_search_scorer = "docs/_templates/scorer.js"
epub_description = html_title
epub_identifier = epub_uid = "rectified"
epub_show_urls = "no"
epub_contributor = author
suppress_warnings = ["epub.unknown_project_files"]
