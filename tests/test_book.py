"""What the build promises, on small copies of the book with chapters of a few cells.

A cell of the copies writes a line into the file ``runs`` when it runs: that, not
the log, counts executions.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import claims
import pytest

TOP = Path(__file__).parents[1]

HEAD = """---
file_format: mystnb
kernelspec:
  name: python3
---

"""

INDEX = """# A small book

```{toctree}
"""

ONE = """(one)=
# One number

Its value is {glue:text}`value` there.

```{code-cell} python
from pathlib import Path
from activations import celu

with Path("../runs").open("a") as runs:
    runs.write("one ")
value = float(celu(3.0))
```

```{code-cell} python
from claims import claim

claim("value", value, ".2f", low=0, high=9)
```

```{math}
:label: eq-relu
\\operatorname{relu}(x) = \\max(x, 0)
```

By {eq}`eq-relu`, $x < 0$ gives nothing.

```{myth} The rectifier is *linear*
Its slope jumps, see {eq}`eq-relu`.
```

```{exercise} Add
:label: ex-add
What is one and one?
```

```{solution-start} ex-add
:label: sol-add
:class: dropdown
```

It is the sum:

```{code-cell} python
1 + 1
```

```{solution-end}
```
"""

TWO = """# Two figures

```{code-cell} python
import figures
from pathlib import Path

with Path("../runs").open("a") as runs:
    runs.write("two ")

def draw(height):
    fig, ax = figures.axes()
    figures.curve(ax, "relu", [0, 1], [0, height], "ReLU")
    figures.show(fig, f"A line that rises to {height} < 9.")
```

```{code-cell} python
---
mystnb:
  figure:
    name: fig-first
    caption: The first caption.
---
draw(3)
```

```{code-cell} python
draw(4)
```

```{code-cell} python
import time

print("half a", end=" ", flush=True)
time.sleep(0.5)  # so that it comes in two pieces
print("line")
```

```{myth} Two is a *prime* like any other
It is the only even one.
```
"""

MYTHS = """# Myths

```{myths}
```
"""


class Book:
    """A copy of the book with chapters of its own."""

    def __init__(self, top, **chapters):
        self.top = top
        ignored = shutil.ignore_patterns("*.md", "__pycache__")
        shutil.copytree(TOP / "docs", top / "docs", ignore=ignored)
        shutil.copytree(TOP / "activations", top / "activations", ignore=ignored)
        for name in "conf.py", "requirements.lock":
            shutil.copy(TOP / name, top)
        for name, text in chapters.items():
            cells = "{code-cell}" in text
            (top / f"docs/{name}.md").write_text(HEAD * cells + text, "utf-8")
        contents = INDEX + "\n".join(chapters) + "\n```\n"
        (top / "docs/index.md").write_text(contents, "utf-8")

    def command(self, *options):
        """Return the command of `make html`, which the tests share."""
        makefile = (TOP / "Makefile").read_text("utf-8")
        given = re.search(r"^SPHINX := \S+ (.*)$", makefile, re.M)[1]
        return [sys.executable, *shlex.split(given), *options, "docs", "_build/html"]

    def build(self, *options, **env):
        """Build; return the exit code, the log, and which chapters ran."""
        (self.top / "runs").write_text("")
        result = subprocess.run(
            self.command(*options),
            cwd=self.top,
            env=os.environ | {"NO_COLOR": "1"} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        ran = (self.top / "runs").read_text().split()
        return result.returncode, result.stdout, sorted(ran)

    def rebuild(self, *options, **env):
        """Build what must succeed; return which chapters ran."""
        code, log, ran = self.build(*options, **env)
        assert code == 0, log
        assert sorted(re.findall(r"^running   docs/(\w+).md$", log, re.M)) == ran
        assert (
            sorted(re.findall(r"^ran       docs/(\w+).md in [\d.]+ s$", log, re.M))
            == ran
        )
        return ran

    def change(self, name, old, new):
        """Put something else into a file."""
        file = self.top / name
        text = file.read_text("utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), "utf-8")

    def html(self, name):
        """Return a page."""
        return (self.top / f"_build/html/{name}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    book = Book(tmp_path_factory.mktemp("book") / "copy", one=ONE, two=TWO, myths=MYTHS)
    assert book.rebuild() == ["one", "two"]
    book.first = {name: book.html(name) for name in ("one", "two", "myths")}
    return book


# Never stale


def test_no_change_runs_and_writes_nothing(book):
    code, log, ran = book.build()
    assert code == 0, log
    assert ran == []
    assert "updating environment: 0 added, 0 changed, 0 removed" in log
    assert "no targets are out of date" in log


def test_change_in_words_runs_nothing_and_is_shown(book):
    book.change("docs/one.md", "What is one and one?", "What is their sum?")
    book.change("docs/one.md", "Its slope jumps,", "Its slope leaps,")
    book.change("docs/two.md", "The first caption.", "A better caption.")
    assert book.rebuild() == []
    assert "What is their sum?" in book.html("one")
    assert "Its slope leaps," in book.html("myths")
    page = book.html("two")
    assert "A better caption." in page
    assert "The first caption." not in page
    assert "A line that rises to 3" in page


def test_change_in_code_runs_its_chapter_alone(book):
    book.change("docs/two.md", "draw(4)", "draw(5)")
    assert book.rebuild() == ["two"]
    assert "rises to 5" in book.html("two")


def test_change_in_the_package_runs_all_and_shows_new_values(book):
    with (book.top / "activations/__init__.py").open("a") as package:
        package.write("\n\ndef celu(x):\n    return 3.25\n")
    assert book.rebuild() == ["one", "two"]
    assert "3.25" in book.html("one")


@pytest.mark.parametrize(
    "name", ["docs/definitions.py", "docs/figures.py", "requirements.lock"]
)
def test_change_beside_the_chapters_runs_all(book, name):
    with (book.top / name).open("a") as file:
        file.write("\n# changed\n")
    assert book.rebuild() == ["one", "two"]


def test_other_python_runs_all(book, tmp_path):
    site = tmp_path / "sitecustomize.py"
    site.write_text("import sys\n\nsys.version += ' changed'\n")
    assert book.rebuild(PYTHONPATH=str(tmp_path)) == ["one", "two"]


# Failures


def test_failing_cell_fails_the_build_and_is_located(tmp_path):
    """Each chapter has a fault; the line of the fault is marked by a comment."""
    fence = "```{code-cell} python\n"
    end = "```\n\n"
    helper = "def divide(a):\n    b = 0\n    return a / b  # inside\n"
    chapters = {
        "call": f"# A\n\n{fence}{helper}{end}Text.\n\n{fence}\n{end}"
        f"{fence}---\ntags: [hide-input]\n---\nx = 1\ndivide(x)  # here\n{end}",
        "claimed": f"# B\n\n{fence}from claims import claim\n\n"
        f"claim('x', 3, '.1f', low=4, high=5)  # here\n{end}",
        "crash": f"# C\n\n{fence}import os\n\nos._exit(3)\n{end}",
        "endless": f"# D\n\n{fence}1 + 1\n{end}{fence}:tags: [hide-input]\n\n"
        f"while True:  # here\n    pass\n{end}",
        "grammar": f"# E\n\n{fence}y = 1\ny = = 1  # here\n{end}",
        "twice": f"# F\n\n{fence}y = 1\n{end}{fence}y = 1\ny / 0  # here\n{end}",
    }
    book = Book(tmp_path / "copy", **chapters, good=ONE)
    code, log, _ = book.build("-D", "nb_execution_timeout=2")
    assert code != 0

    def line(name, mark):
        lines = (book.top / f"docs/{name}.md").read_text("utf-8").splitlines()
        return next(i for i, text in enumerate(lines, 1) if text.endswith(mark))

    reasons = {
        "call": "cell 3 raised ZeroDivisionError: division by zero",
        "claimed": "cell 1 raised AssertionError: x is 3.0, which is not between",
        "endless": "cell 2 ran longer than 2 s",
        "grammar": "cell 1 raised SyntaxError: invalid syntax",
        "twice": "cell 2 raised ZeroDivisionError: division by zero",
    }
    for name, reason in reasons.items():
        message = f"docs/{name}.md:{line(name, '# here')}: ERROR: {reason}"
        assert message in log, log
    assert "ERROR: cell 1 ended its kernel" in log
    assert f"docs/call.md:{line('call', '# inside')}, in divide(a)" in log
    assert log.count("6 of 7 chapters failed") == 1
    assert re.search(r"^failed    docs/call.md after [\d.]+ s$", log, re.M)
    assert re.search(r"^ran       docs/good.md in [\d.]+ s$", log, re.M)
    assert "Traceback" not in log
    assert not (book.top / "_build/html/good.html").exists()


def test_warnings_fail_the_build_each_time(tmp_path):
    """A warning is given again although nothing changed: it is still true."""
    faults = {
        "formula": "# A\n\n```{math}\n\\frac{1\n```\n",
        "inline": "# B\n\nText and\n$\\nonsense{1}$.\n",
        "false": "# F\n\n```{math}\n:label: eq-false\n"
        "\\operatorname{relu}(x) = \\min(x, 0)\n```\n",
        "link": "# C\n\nSee {ref}`nowhere`.\n",
        "source": "# G\n\nSee {cite:t}`Nobody1900`.\n",
        "name": "# D\n\nUse {func}`activations.nothing`.\n",
        "silent": "# E\n\n```{code-cell} python\nfrom IPython.display import SVG\n\n"
        'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" />\')\n'
        "```\n",
    }
    book = Book(tmp_path / "copy", **faults)
    for _ in range(2):
        code, log, _ = book.build()
        assert code != 0
        assert re.search(
            r"docs/formula.md:3: WARNING: formula not understood: ", log
        ), log
        assert re.search(r"docs/inline.md:3: WARNING: formula not understood: ", log), (
            log
        )
        assert re.search(
            r"docs/false.md:3: WARNING: formula eq-false: by the definition, at x = .*: "
            r"0.* = -7.5 is false",
            log,
        ), log
        assert re.search(r"docs/link.md:3: WARNING: .*nowhere", log), log
        assert re.search(r"docs/source.md:\d: WARNING: .*Nobody1900", log), log
        assert re.search(r"docs/name.md:3: WARNING: .*activations.nothing", log), log
        line = re.search(
            r"docs/silent.md:(\d+): WARNING: figure without alternative", log
        )
        assert 9 <= int(line[1]) <= 13, log  # the cell's lines


def test_interruption_leaves_no_kernel_behind(tmp_path):
    cell = (
        "# A\n\n```{code-cell} python\nimport os, time\n\n"
        "with open('../runs', 'a') as runs:\n    runs.write(f'{os.getpid()} ')\n"
        "time.sleep(60)\n```\n"
    )
    book = Book(tmp_path / "copy", one=cell, two=cell)
    (book.top / "runs").touch()
    process = subprocess.Popen(
        book.command("-j", "2"),
        cwd=book.top,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore it, and what they start does.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with process:
        deadline = time.monotonic() + 60
        while len(kernels := (book.top / "runs").read_text().split()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        message = process.communicate(timeout=20)[1]
    assert process.returncode != 0
    assert message.strip() == "Interrupted!", message
    for kernel in map(int, kernels):
        with pytest.raises(ProcessLookupError):
            os.kill(kernel, 0)


# What stands on the pages


def test_numbers_come_from_cells(book):
    assert re.search(r"Its value is <span[^>]*>3.00</span> there", book.first["one"])


def test_figures_stand_in_the_page_with_their_own_text(book):
    page = book.first["two"]
    alts = re.findall(r'<svg role="img" aria-label="([^"]*)"', page)
    assert alts == ["A line that rises to 3 &lt; 9.", "A line that rises to 4 &lt; 9."]
    figures = re.findall(r"<svg role=.*?</svg>", page, re.S)
    for figure in figures:
        own = set(re.findall(r'\bid="([^"]+)"', figure))
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', figure))
        assert used <= own
        assert "var(--figure-relu, #d55e00)" in figure
        assert ">ReLU</text>" in figure


def test_what_comes_in_pieces_is_printed_on_one_line(book):
    assert "half a line\n" in book.html("two")


def test_ids_are_unique_on_a_page(book):
    for page in book.first.values():
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))


def test_formulas_are_set_with_number_and_mathml(book):
    page = book.first["one"]
    display = re.search(
        r'<div class="math"[^>]* id="equation-eq-relu".*?</div>', page, re.S
    )[0]
    assert re.search(r'<span class="eqno">\(\d+\)', display)
    assert (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in display
    )
    assert "equation 1" in page
    assert page.count("<math ") >= 2
    assert "mathjax" not in page.replace("mathjax_ignore", "").lower()


def test_myths_are_repeated_with_links_to_their_places(book):
    page = book.first["myths"]
    titles = re.findall(
        r'<a class="reference internal" href="(\w+.html#myth-[^"]+)"', page
    )
    places = [
        f"{name}.html#{place}"
        for name in ("one", "two")
        for place in re.findall(
            r'class="[^"]*\bmyth\b[^"]*" id="([^"]+)"', book.first[name]
        )
    ]
    assert len(places) == 2
    assert titles == places
    assert re.findall(r"<h2>(.*?)<a", page) == ["One number", "Two figures"]
    assert "It is the only even one." in page
    assert 'href="one.html#equation-eq-relu"' in page


def test_solutions_unfold_without_a_script(book):
    fold = re.search(r"<details.*?</details>", book.first["one"], re.S)[0]
    assert re.search(r"<summary>.*Solution.*</summary>", fold, re.S)
    assert "It is the sum:" in fold


# Numbers in the prose


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        (0.5, ".3f", "0.500"),
        (-0.25, ".2f", "−0.25"),
        (-0.001, ".1f", "0.0"),
        (1234567, ",d", "1,234,567"),
        (0.125, ".1%", "12.5%"),
        (1.5e-7, ".1e", "1.5 × 10⁻⁷"),
        (-2e12, ".0e", "−2 × 10¹²"),
        (3e0, ".1e", "3.0 × 10⁰"),
    ],
)
def test_numbers_are_written_as_in_print(value, spec, expected):
    assert claims.written(value, spec) == expected


@pytest.mark.parametrize(
    ("value", "spec", "rounded", "expected"),
    [
        (0.1201, ".2f", "up", "0.13"),
        (0.1299, ".2f", "down", "0.12"),
        (0.0401, ".0%", "up", "5%"),
        (1.01e-4, ".1e", "up", "1.1 × 10⁻⁴"),
        (0.05, ".0%", "up", "5%"),
        (-0.26, ".1f", "up", "−0.2"),
    ],
)
def test_numbers_are_rounded_as_the_sentence_says(value, spec, rounded, expected):
    assert claims.written(value, spec, rounded=rounded) == expected


@pytest.mark.parametrize("value", [1.0, 1.5, 2.0])
def test_claim_keeps_what_is_within_its_bounds(monkeypatch, value):
    kept = []
    monkeypatch.setattr(
        claims, "display", lambda *_, metadata, **__: kept.append(metadata)
    )
    claims.claim("x", value, ".1f", low=1, high=2)
    claim = {"name": "x", "text": f"{value:.1f}", "low": 1.0, "high": 2.0}
    assert [metadata["claim"] for metadata in kept] == [claim]


@pytest.mark.parametrize("value", [0.999, 2.001, float("nan"), float("inf")])
def test_claim_refuses_what_is_outside(monkeypatch, value):
    monkeypatch.setattr(claims, "display", None)
    with pytest.raises(
        AssertionError, match=r"^x is .*, which is not between 1 and 2$"
    ):
        claims.claim("x", value, ".1f", low=1, high=2)
