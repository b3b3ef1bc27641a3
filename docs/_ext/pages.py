"""Say what each page is, in its head and on the map of the site.

Every page has a description, which stands at its top.  With ``html_baseurl`` it
also gets Open Graph metadata with a picture, and the site a map.
"""

import json
import re
from pathlib import Path

from cards import draw
from docutils import nodes


def metadata(app, pagename, context, doctree):
    """Return what the head of a page says about it, as pairs of a name and a text."""
    page = app.env.metadata.get(pagename, {})
    text = page.get("description", app.config.html_title)
    yield 'name="description"', text
    base = app.config.html_baseurl
    if not base or pagename in ("404", "search"):
        return
    yield 'property="og:site_name"', app.config.project
    yield 'property="og:type"', "website" if pagename == "index" else "article"
    yield (
        'property="og:title"',
        app.env.titles[pagename].astext() if doctree else "Index",
    )
    yield 'property="og:description"', text
    yield 'property="og:url"', f"{base.rstrip('/')}/{pagename}.html"
    if doctree:
        picture = f"_images/{pagename}.png"
        draw(Path(app.outdir) / picture, app.env.titles[pagename].astext(), pagename)
        yield 'property="og:image"', f"{base.rstrip('/')}/{picture}"
        yield 'name="twitter:card"', "summary_large_image"


def tidied(body):
    """Return a page's text with what extensions leave wrong or needless set right.

    Summaries hold words only: paragraphs are not allowed in them, and a link in a
    button cannot be reached.  Entries of a list are its items.  Marks that the
    style sheet does not know, and titles that repeat where a link leads, would only
    be more to send and to lay out.
    """
    body = re.sub(
        r'<summary aria-label="Toggle hidden content">\s*<p (.*?)</p>\s*<p (.*?)</p>\s*',
        r"<summary><span \1</span><span \2</span>",
        body,
    )
    body = re.sub(r"<summary>(Solution to)<a .*?>(.*?)</a>", r"<summary>\1\2", body)
    body = re.sub(r"(?s)<p>(<ul.*?</ul>)\s*</p>", r"\1", body)
    body = body.replace('role="doc-biblioentry"', 'role="listitem"')
    body = re.sub(r' class="(?:row|field)-(?:odd|even)"', "", body)
    body = re.sub(r'( href="[^"]*#([^"]+)") title="\2"', r"\1", body)
    marks = r'<span class="(?:n|p|o|w|nn|nb|bp|pre|colon|sig-paren)">([^<]*)</span>'
    return re.sub(marks, r"\1", body)


def describe(app, pagename, templatename, context, doctree):
    """Hand the metadata to the template."""
    if app.builder.name != "html":
        return
    # Docutils says it once more than needed.
    tags = context.get("metatags", "")
    context["metatags"] = re.sub(r'<meta name="viewport".*?>', "", tags)
    context["body"] = tidied(context.get("body", ""))
    context["page_base"] = app.config.html_baseurl
    context["page_metadata"] = list(metadata(app, pagename, context, doctree))


def unname_contents(app, doctree, docname):
    """Take away ids that sphinx-exercise gives to every exercise and solution alike."""
    for section in doctree.findall(nodes.section):
        section["ids"] = [name for name in section["ids"] if "-content" not in name]


def add_missing(app):
    """Name the page that a server shows for a wrong address."""
    return [("404", {}, "404.html")] if app.builder.name == "html" else []


def complete_search(app, exception):
    """Put the terms of the glossary into the search index.

    Sphinx keeps there the terms of those pages only that this very build has read.
    """
    file = Path(app.outdir) / "searchindex.js"
    if exception or app.builder.name != "html":
        return
    text = file.read_text("utf-8")
    index = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    for (kind, term), (page, anchor) in app.env.domains["std"].objects.items():
        if kind == "term":
            place = index["docnames"].index(page)
            index["indexentries"][term.lower()] = [[place, anchor, True]]
    new = f"Search.setIndex({json.dumps(index, separators=(',', ':'))})"
    if new != text:
        file.write_text(new, "utf-8")


def write_maps(app, exception):
    """Write robots.txt and, where the site's address is known, its map."""
    if exception or app.builder.name != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl.rstrip("/")
    robots = "User-agent: *\nAllow: /\n"
    if base:
        robots += f"Sitemap: {base}/sitemap.xml\n"
        pages = "".join(
            f"<url><loc>{base}/{page}.html</loc></url>\n"
            for page in [*sorted(app.env.found_docs), "genindex"]
        )
        (out / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n',
            "utf-8",
        )
    (out / "robots.txt").write_text(robots, "utf-8")


def setup(app):
    """Connect to the writing of pages."""
    app.connect("html-collect-pages", add_missing)
    app.connect("html-page-context", describe)
    app.connect("doctree-resolved", unname_contents)
    app.connect("build-finished", complete_search)
    app.connect("build-finished", write_maps)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
