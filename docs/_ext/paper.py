"""Print the built book as one PDF; run by ``make pdf``.

The pages' texts are put one after another into one page, their ids and links made
the book's own, and a browser prints it.
"""

import re
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import sync_playwright

FOOT = (
    '<div style="width: 100%; font: 8pt sans-serif; text-align: center">'
    '<span class="pageNumber"></span></div>'
)


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
    body = "\n".join(article(site, name, names) for name in names)
    whole = site / "whole.html"
    whole.write_text(
        f'<!DOCTYPE html>\n<html lang="en" data-theme="light">{head}'
        f'<body class="whole"><main class="bd-main">{body}</main></body></html>',
        "utf-8",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        page = browser.new_page()
        page.goto(whole.resolve().as_uri(), wait_until="networkidle")
        page.pdf(
            path=file,
            prefer_css_page_size=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
            outline=True,
            tagged=True,
        )
        browser.close()
    whole.unlink()


if __name__ == "__main__":
    print_book(Path(sys.argv[1]), Path(sys.argv[2]))
