"""What a reader gets: the built book in a browser, served on this machine alone.

The Chromium that is installed is used, otherwise Playwright's own.
"""

import contextlib
import fcntl
import functools
import gzip
import itertools
import re
import shutil
import subprocess
import sys
import threading
from html import unescape
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import figures
import pytest
from ebook import portable
from katex import to_html
from playwright.sync_api import sync_playwright

TOP = Path(__file__).parents[1]
SITE = TOP / "_build/html"
CHAPTERS = ["sigmoid", "rectification", "softplus", "elu", "softmax", "choosing"]
PAGES = sorted(page.stem for page in (TOP / "docs").glob("*.md"))
PAGES += ["genindex", "search", "404"]
AXE = (Path(__file__).with_name("axe.min.js")).read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}  # also what 1280 leaves at 400 % zoom


@pytest.fixture(scope="module")
def address(testrun_uid):
    """Build the book if it is not fresh, and serve it on loopback."""
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-n", "-j", "auto", "-c", "."]
    folders = ["-d", "_build/doctrees", "docs", "_build/html"]
    SITE.parent.mkdir(exist_ok=True)
    with (SITE.parent / "built-for").open("a+") as note:
        fcntl.flock(note, fcntl.LOCK_EX)  # one worker builds, others wait
        note.seek(0)
        if note.read() != testrun_uid:
            subprocess.run([*sphinx, *folders], cwd=TOP, check=True)
            note.truncate(0)
            note.write(testrun_uid)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    handler = functools.partial(Quiet, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    """Start the browser once."""
    installed = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(address, browser):
    """Return a function that opens a page for one test alone."""
    with contextlib.ExitStack() as contexts:

        def visit(name, **options):
            options = {"viewport": DESKTOP} | options
            context = contexts.enter_context(browser.new_context(**options))
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            page = context.new_page()
            page.goto(f"{address}/{name}", wait_until="load")
            return page

        yield visit


def sent(url):
    """Return how many bytes a file takes on the way, compressed where that helps."""
    file = SITE / urlsplit(url).path.lstrip("/")
    data = file.read_bytes()
    return len(data if file.suffix == ".woff2" else gzip.compress(data))


@pytest.fixture(scope="module")
def tab(browser):
    """Open a tab that notes what its page asks for, as if it were the first, and says."""
    with browser.new_context() as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("response", lambda r: r.status >= 400 and page.missing.append(r.url))
        yield page


@pytest.fixture(scope="module", params=PAGES)
def page(request, address, tab):
    """Open each page once for all tests that look at it."""
    tab.set_viewport_size(DESKTOP)
    tab.goto("about:blank")  # the page before asks for nothing any more
    tab.asked, tab.said, tab.missing = [], [], []
    tab.goto(f"{address}/{request.param}.html", wait_until="load")
    return tab


@pytest.fixture
def desktop(page):
    """Show a page as on a desk."""
    page.set_viewport_size(DESKTOP)
    return page


@pytest.fixture
def phone(page):
    """Show a page as on a phone."""
    page.set_viewport_size(PHONE)
    return page


def test_asks_for_little_and_only_here(desktop, address):
    asked = [url for url in desktop.asked if url.startswith("http")]
    assert [url for url in asked if not url.startswith(address)] == []
    assert desktop.missing == []
    assert desktop.said == []
    assert len(asked) <= 12
    name = Path(urlsplit(desktop.url).path).stem
    assert sum(map(sent, asked)) <= 1000 * (200 if name in CHAPTERS else 120)


def barriers(page, rules, without=()):
    """Return what axe-core finds to bar a reader's way."""
    page.evaluate(AXE)
    options = {
        "runOnly": rules,
        "rules": {rule: {"enabled": False} for rule in without},
        "resultTypes": ["violations"],
        "selectors": False,
    }
    found = page.evaluate("options => axe.run(document, options)", options)
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]


def test_is_open_to_everyone(desktop):
    assert barriers(desktop, RULES) == []


def test_is_open_to_everyone_in_the_dark(desktop):
    """Colours are all that differs from light."""
    desktop.emulate_media(color_scheme="dark")
    assert barriers(desktop, COLOURS) == []
    desktop.emulate_media(color_scheme="light")


def test_is_open_to_everyone_on_a_phone(phone):
    """Colours are what does not differ from the desk."""
    assert barriers(phone, RULES, without=COLOURS) == []


def test_outline_skips_no_level(desktop):
    levels = desktop.locator("h1, h2, h3, h4, h5, h6").evaluate_all(
        "heads => heads.map(head => +head.tagName[1])"
    )
    assert levels.count(1) == 1
    steps = itertools.pairwise(levels)
    assert all(deeper - level <= 1 for level, deeper in steps)


def test_chapter_can_be_taken_away(desktop):
    name = Path(urlsplit(desktop.url).path).stem
    more = desktop.get_by_role("button", name="Download and more")
    assert more.count() == (name in {*CHAPTERS, "exact", "index", "reference"})
    if more.count():
        more.click()
        for words, ending in [("Notebook", "ipynb"), ("Markdown", "md")]:
            with desktop.expect_download() as download:
                desktop.get_by_role("link", name=words).click()
            assert download.value.suggested_filename == f"{name}.{ending}"


@pytest.mark.parametrize("viewport", [PHONE, SMALL])
def test_never_scrolls_sideways(page, viewport):
    page.set_viewport_size(viewport)
    # What is not laid out yet is clipped, and would hide that it is too wide.
    page.add_style_tag(content="* { content-visibility: visible !important }")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


class Links(HTMLParser):
    """The addresses that a page links to, and the places in it."""

    def __init__(self, page):
        super().__init__()
        self.hrefs, self.ids = [], []
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        """Note a tag's address and its name as a place."""
        known = dict(attributes)
        self.ids += [known["id"]] if "id" in known else []
        self.hrefs += [known["href"]] if tag == "a" and "href" in known else []


@pytest.mark.usefixtures("address")
def test_every_link_inside_leads_somewhere():
    pages = {f"{name}.html": Links(SITE / f"{name}.html") for name in PAGES}
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for href in page.hrefs:
            place = urlsplit(href)
            if place.scheme:
                continue
            goal = place.path.removeprefix("/") or name
            assert (SITE / goal).is_file(), (name, href)
            if place.fragment and goal in pages:
                assert place.fragment in pages[goal].ids, (name, href)


def test_everything_is_reached_by_keyboard_and_seen(visit):
    page = visit("sigmoid.html")
    wanted = page.locator("a[href], button, input, summary").evaluate_all(
        """all => all.filter(e => e.checkVisibility()).map((e, i) => e.dataset.stop = i)
        """
    )
    seen = set()
    for _ in range(3 * len(wanted)):
        page.keyboard.press("Tab")
        stop, outline = page.evaluate(
            """() => {
                const e = document.activeElement, box = e.closest('form') ?? e
                const style = [e, box].map(b => getComputedStyle(b).outlineStyle)
                return [e.dataset.stop, style.some(s => s !== 'none')]
            }"""
        )
        if stop is None:
            continue
        assert outline, stop
        if stop in seen:
            break
        seen.add(stop)
    assert len(seen) == len(wanted)


def test_is_complete_without_scripts(visit):
    page = visit("sigmoid.html", java_script_enabled=False, viewport=PHONE)
    assert page.locator(".theme-switch-button").is_hidden()
    assert page.locator(".katex").count() > 20
    assert page.locator("figure svg").count() > 3
    solution = page.locator("details.solution").first
    solution.locator("summary").click()
    assert solution.locator("p").first.is_visible()
    page.get_by_role("button", name="Chapters and search").click()
    page.locator(".bd-links a[href='elu.html']").click()
    assert page.url.endswith("elu.html")


def test_colours_follow_the_switch_and_stay(visit):
    page = visit("index.html", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    line = "getComputedStyle(document.querySelector('figure svg text')).fill"
    light = page.evaluate(ground), page.evaluate(line)
    switch = page.locator(".theme-switch-button")
    switch.click()
    assert switch.get_attribute("aria-label") == "Colours: light"
    switch.click()
    dark = page.evaluate(ground), page.evaluate(line)
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    page.goto(page.url.replace("index", "sigmoid"))
    assert page.evaluate(ground) == dark[0]


def test_motion_is_left_out_where_it_is_not_wanted(visit):
    page = visit("sigmoid.html", reduced_motion="reduce")
    assert (
        page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
        == "auto"
    )


def test_search_puts_definitions_first(visit):
    page = visit("index.html")
    for words, first in [
        ("saturation", "notation.html#term-saturation"),
        ("softmax", "notation.html#term-softmax"),
        ("leaky_relu", "reference.html#activations.leaky_relu"),
    ]:
        page.keyboard.press("/")
        page.keyboard.press("Control+A")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/search.html?q={words}*")
        result = page.locator("#search-results li a").first
        result.wait_for()
        assert first in result.evaluate("a => a.href")


def test_copies_code_without_prompts(visit):
    page = visit("reference.html")
    session = page.locator(".has-copy:has(.gp)").first
    session.hover()
    session.get_by_role("button", name="Copy this code").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert ">>>" not in copied
    code = session.locator("pre").inner_text().splitlines()
    asked = [line[4:] for line in code if line.startswith((">>> ", "... "))]
    assert copied.splitlines() == [line for line in asked if line.strip()]


def test_code_can_be_moved_from_under_its_button(visit):
    page = visit("exact.html", viewport=PHONE, has_touch=True, is_mobile=True)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    nearest = page.evaluate("""() => [...document.querySelectorAll('.has-copy')].map(box => {
        const code = box.querySelector('pre'), text = document.createRange()
        code.scrollLeft = code.scrollWidth
        text.selectNodeContents(code)
        const ends = [...text.getClientRects()].map(line => line.right)
        return box.querySelector('.copy').getBoundingClientRect().left - Math.max(...ends)
    })""")
    assert len(nearest) > 3
    assert min(nearest) >= 0


def test_prints_text_and_not_the_screen(visit):
    page = visit("sigmoid.html")
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert page.locator(".bd-sidebar-primary").is_hidden()
    assert page.locator(".bd-header-article").is_hidden()


def test_printed_code_may_be_divided_between_pages(visit):
    page = visit("sigmoid.html")
    page.emulate_media(media="print")
    parts = page.locator(".cell_input, .cell_input *, .cell_output .output, .output *")
    assert (
        parts.evaluate_all(
            """all => all.map(e => [e, getComputedStyle(e)])
            .filter(([e, style]) => e.matches("div, pre") &&
                (style.overflow !== "visible" || style.breakInside !== "auto"))
            .map(([e]) => e.className)"""
        )
        == []
    )


def test_front_page_is_one_screen(visit):
    page = visit("index.html", viewport={"width": 1280, "height": 800})
    last = page.get_by_role("main").get_by_role("link", name="Exact to half a unit")
    assert page.locator("figure svg").is_visible()
    assert last.first.bounding_box()["y"] + 20 <= 800


@pytest.mark.usefixtures("address")
def test_every_page_says_what_it_gives():
    told = {}
    for page in (TOP / "docs").glob("*.md"):
        html = (SITE / f"{page.stem}.html").read_text("utf-8")
        text = re.search(r'<meta name="description" content="(.*?)">', html)[1]
        assert 50 < len(unescape(text)) <= 155, page
        assert text.endswith("."), page
        told[text] = page
    assert len(told) == len(list((TOP / "docs").glob("*.md")))


def test_labels_with_formulas_are_read_in_order():
    fig, ax = figures.axes()
    ax.set_title("relu$(x_1 - 3)$")
    svg = StringIO()
    fig.savefig(svg, format="svg")
    labels = figures.FORMULA.findall(svg.getvalue())
    assert labels
    flowing = figures.FORMULA.sub(figures.flowing, svg.getvalue())
    texts = re.findall(r"<text.*?</text>", flowing)
    assert "relu(x1 − 3)" in [re.sub("<.*?>", "", text) for text in texts]


def test_formulas_of_the_epub_need_no_variants():
    formula = to_html(r"\mathbb{E}[\sigma(-x)] \sim \mathcal{N}(0, 1)")
    shown = re.sub("<.*?>", "", portable(re.search("<math.*</math>", formula)[0]))
    assert shown == "𝔼[σ(−x)]∼𝒩(0,1)"
    assert 'form="prefix">−' in portable(formula)
