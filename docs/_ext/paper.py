"""Print the built book as one PDF; run by ``make pdf``.

The pages' texts are put one after another into one page, their ids and links made
the book's own, and a browser prints it: twice, for only the first print says on
which page a chapter begins.
"""

import re
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import sync_playwright

STYLE = """
article + article { break-before: page; }
.contents { break-inside: avoid; }
.contents ul { padding: 0; }
.contents li { display: flex; gap: 0.5rem; list-style: none; }
.contents a { flex: 1; display: flex; gap: 0.5rem; }
.contents a::after { content: ""; flex: 1; border-bottom: 1.5px dotted var(--line); margin-block-end: 0.35em; }
"""
FOOT = """
@page {name} {{
  @bottom-left {{ content: "{title}"; font: 8pt "Rectified Sans"; color: #5c5b60; }}
  @bottom-right {{ content: counter(page); font: 8pt "Rectified Sans"; }}
}}
[id="{name}"] {{ page: {name}; }}
"""


def order(front):
    """Return the pages in the order of the table of contents."""
    names = re.findall(r'<li class="toctree-l1.*?href="([\w-]+)\.html"', front, re.S)
    return ["index", *dict.fromkeys(names)]


def article(site, name, names):
    """Return the text of a page, with ids and links that hold in the whole book."""
    page = (site / f"{name}.html").read_text("utf-8")
    text = re.search(r"<article.*?</article>", page, re.S)[0]
    text = re.sub(r'(<[^>]*\bid=")([^"]*)"', rf'\1{name}--\2"', text)
    text = re.sub(r'((?:href="|url\()#)(f[0-9a-f]+-)', rf"\1{name}--\2", text)

    def link(found):
        goal, fragment = found[1] or name, unquote(found[2] or "")
        if goal not in names:
            return "href"
        return f'href="#{goal}--{fragment}"' if fragment else f'href="#{goal}"'

    text = re.sub(r'href="(?:([\w-]+)\.html)?(?:#(?!\w+--)([^"]*))?"', link, text)
    return text.replace("<article", f'<article id="{name}"', 1)


def title(text):
    """Return the title of a page, as HTML without marks."""
    heading = re.search(r"<h1>(.*?)(?:<a |</h1>)", text, re.S)[1]
    return re.sub("<.*?>", "", heading)


def contents(titles):
    """Return the table of contents; where a page number belongs stands a zero."""
    lines = "".join(
        f'<li><a href="#{name}">{text}</a><span>0</span></li>\n'
        for name, text in titles.items()
    )
    return f'<nav class="contents"><h2>Contents</h2><ul>{lines}</ul></nav>'


def first_pages(pdf, names):
    """Return the numbers of the pages on which the chapters begin."""
    page = rb"(\d+) 0 obj\n<</Type /Page\n"
    places = {place: i for i, place in enumerate(re.findall(page, pdf), 1)}
    goals = re.findall(rb"/([\w-]+) \[(\d+) 0 R /XYZ", pdf)
    found = {name.decode(): places[place] for name, place in goals}
    return [found[name] for name in names]


def print_book(site, file):
    """Write the book as one page, and print it.

    Parameters
    ----------
    site : Path
        The built book.
    file : Path
        Where the PDF goes.
    """
    front = (site / "index.html").read_text("utf-8")
    names = order(front)
    head = re.search(r"<head>.*?</head>", front, re.S)[0]
    head = re.sub(r"<script.*?</script>", "", head, flags=re.S)
    articles = {name: article(site, name, names) for name in names}
    titles = {name: title(text) for name, text in articles.items()}
    style = STYLE + "".join(
        FOOT.format(name=name, title=titles[name]) for name in names
    )
    del titles["index"]
    articles["index"] = articles["index"].replace(
        "</article>", contents(titles) + "</article>"
    )
    whole = site / "whole.html"
    whole.write_text(
        f'<!DOCTYPE html>\n<html lang="en" data-theme="light">{head}'
        f'<style>{style}</style><body><main class="bd-main">'
        f"{' '.join(articles.values())}</main></body></html>",
        "utf-8",
    )
    options = {"prefer_css_page_size": True, "print_background": True}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        page = browser.new_page()
        page.emulate_media(media="print")  # asks for the types of closed solutions too
        page.goto(whole.resolve().as_uri(), wait_until="networkidle")
        page.evaluate("document.fonts.ready.then(() => null)")
        numbers = first_pages(page.pdf(**options), titles)
        page.locator(".contents span").evaluate_all(
            "(spans, numbers) => spans.forEach((s, i) => s.textContent = numbers[i])",
            numbers,
        )
        page.pdf(path=file, outline=True, tagged=True, **options)
        browser.close()
    whole.unlink()


if __name__ == "__main__":
    print_book(Path(sys.argv[1]), Path(sys.argv[2]))
