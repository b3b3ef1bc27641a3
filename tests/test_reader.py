"""What a reader gets: the built book in a browser, served on this machine alone.

The Chromium that is installed is used, otherwise Playwright's own.
"""

import functools
import gzip
import itertools
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

TOP = Path(__file__).parents[1]
SITE = TOP / "_build/html"
CHAPTERS = ["sigmoid", "rectification", "softplus", "elu", "softmax", "choosing"]
PAGES = [*sorted(page.stem for page in (TOP / "docs").glob("*.md"))]
PAGES += ["genindex", "search", "404"]
AXE = (Path(__file__).with_name("axe.min.js")).read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}  # also what 1280 leaves at 400 % zoom


@pytest.fixture(scope="module")
def address():
    """Build the book if it is not fresh, and serve it on loopback."""
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-n", "-j", "auto", "-c", "."]
    folders = ["-d", "_build/doctrees", "docs", "_build/html"]
    subprocess.run([*sphinx, *folders], cwd=TOP, check=True)

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
    """Return a function that opens a page and notes what it asks for and says."""
    contexts = []

    def open_page(name, *, viewport=DESKTOP, **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.asked, page.said, page.missing = [], [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("response", lambda r: r.status >= 400 and page.missing.append(r.url))
        page.goto(f"{address}/{name}", wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()


def sent(url):
    """Return how many bytes a file takes on the way, compressed where that helps."""
    file = SITE / urlsplit(url).path.lstrip("/")
    data = file.read_bytes()
    return len(data if file.suffix == ".woff2" else gzip.compress(data))


@pytest.mark.parametrize("name", PAGES)
def test_asks_for_little_and_only_here(visit, address, name):
    page = visit(f"{name}.html")
    asked = [url for url in page.asked if url.startswith("http")]
    assert [url for url in asked if not url.startswith(address)] == []
    assert page.missing == []
    assert page.said == []
    assert len(asked) <= 12
    assert sum(map(sent, asked)) <= 1000 * (200 if name in CHAPTERS else 120)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)]
)
def test_is_open_to_everyone(visit, name, scheme, viewport):
    page = visit(f"{name}.html", viewport=viewport, color_scheme=scheme)
    page.evaluate(AXE)
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    wrong = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
    assert wrong == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("viewport", [PHONE, SMALL])
def test_never_scrolls_sideways(visit, name, viewport):
    page = visit(f"{name}.html", viewport=viewport)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("name", PAGES)
def test_outline_skips_no_level(visit, name):
    page = visit(f"{name}.html")
    levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all(
        "heads => heads.map(head => +head.tagName[1])"
    )
    assert levels.count(1) == 1
    steps = itertools.pairwise(levels)
    assert all(deeper - level <= 1 for level, deeper in steps)


def test_every_link_inside_leads_somewhere(visit):
    targets = {}
    for name in PAGES:
        page = visit(f"{name}.html", java_script_enabled=False)
        hrefs = page.locator("a[href]").evaluate_all("links => links.map(a => a.href)")
        ids = page.locator("[id]").evaluate_all("all => all.map(e => e.id)")
        assert len(ids) == len(set(ids)), name
        targets[name] = set(ids), hrefs
    for name, (_, hrefs) in targets.items():
        for href in hrefs:
            place = urlsplit(href)
            if place.hostname != "127.0.0.1":
                continue
            assert (SITE / place.path.lstrip("/")).is_file(), (name, href)
            goal = place.path.removeprefix("/").removesuffix(".html")
            if place.fragment and goal in targets:
                assert place.fragment in targets[goal][0], (name, href)


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


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("saturation", "notation.html#term-saturation"),
        ("softmax", "notation.html#term-softmax"),
        ("leaky_relu", "reference.html#activations.leaky_relu"),
    ],
)
def test_search_puts_definitions_first(visit, words, first):
    page = visit("index.html")
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
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


@pytest.mark.parametrize("name", [*CHAPTERS, "index"])
def test_chapter_can_be_taken_away(visit, name):
    page = visit(f"{name}.html")
    page.get_by_role("button", name="Download and more").click()
    for words, ending in [("Notebook", "ipynb"), ("Markdown", "md")]:
        with page.expect_download() as download:
            page.get_by_role("link", name=words).click()
        assert download.value.suggested_filename == f"{name}.{ending}"


def test_prints_text_and_not_the_screen(visit):
    page = visit("sigmoid.html")
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert page.locator(".bd-sidebar-primary").is_hidden()
    assert page.locator(".bd-header-article").is_hidden()
