"""Change the book in small ways, one at a time, and see whether the checks notice.

Run by ``make mutants``.  Each mutant is one change to a labelled formula, a number
or a name in a chapter, a formula in a docstring, a definition, or a line of the
functions; the tests that could see it, and for a chapter the build, are run on a
copy of the project.
"""

import argparse
import itertools
import random
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from queue import Queue

from options import positive

TOP = Path(__file__).parent.parent
COPIED = [
    "_build",  # what the chapters gave when they were run: only their text changes
    "activations",
    "conf.py",
    "docs",
    "pyproject.toml",
    "LICENSE",
    "README.md",
    "requirements.lock",
    "tests",
]

EQUIVALENT = {
    r"-> .*\(peak >= 1\)": "rows that need no subtraction get one: as exact",
    r"-> .*isfinite\(peak\).*, 1\)": "beside an infinite peak all is infinite or NaN",
    r"-> .*if negative_slope else 1": "the slope that it is multiplied by is 0 there",
    r"-> .*relu\}'\(z\)\^3": "a slope of 0 or 1 is its own cube",
    r"-> .*softmax\}\(z - c\)": "subtracting any c is adding any c",
}
"""Mutants that change nothing the checks should see, and why."""

ELEMENTS = "tests/test_elementwise.py", "tests/test_properties.py"
SHARED = (
    "activations",
    "tests/test_arrays.py",
    "tests/test_elementwise.py",
    "tests/test_rectifiers.py",
    "tests/test_package.py",
)
FUNCTIONS = "tests/test_sigmoid.py", "tests/test_softplus.py", "tests/test_elu.py"
ROWS = (
    "activations/_softmax.py",
    "tests/test_softmax.py",
    "tests/test_rows.py",
    "tests/test_sums.py",
    "tests/test_near_one.py",
    "tests/test_foreign_rows.py",
    "tests/test_properties.py",
)
TESTS = {
    "_sigmoid": ("activations/_sigmoid.py", "tests/test_sigmoid.py", *ELEMENTS),
    "_rectifiers": (
        "activations/_rectifiers.py",
        "tests/test_rectifiers.py",
        *ELEMENTS,
    ),
    "_softplus": ("activations/_softplus.py", "tests/test_softplus.py", *ELEMENTS),
    "_elu": ("activations/_elu.py", "tests/test_elu.py", *ELEMENTS),
    "_softmax": ROWS,
    "_core/arrays": (*SHARED, *FUNCTIONS, *ROWS),
    "_core/pairs": ("tests/test_pairs.py", "tests/test_softplus.py", *ROWS),
    "_core/elementwise": (*SHARED, *FUNCTIONS),
    "_core/exponentials": (*SHARED, *FUNCTIONS),
    "_core/foreign": (*SHARED, *FUNCTIONS),
    "_core/rows": ROWS,
    "_core/sums": ROWS,
    "_core/rowwise": ROWS,
    "_core/long_rows": ROWS,
    "_core/underflow": ROWS,
    "_core/near_one": ROWS,
    "_core/hundred_bits": ROWS,
    "_core/fixed_point": ROWS,
    "_core/foreign_rows": ROWS,
    "_core/matrices": ROWS,
    "_core/arguments": ("tests/test_datasets.py", "tests/test_network.py"),
    "network": ("activations/network.py", "tests/test_network.py"),
    "datasets": (
        "activations/datasets.py",
        "tests/test_datasets.py",
        "tests/test_network.py",
    ),
}
"""The modules of the package, each with the doctests and tests that judge it."""

FORMULA = [
    ("sign", r"(?<=[\w})]) \+ ", " - "),
    ("sign", r"(?<=[\w})]) - ", " + "),
    ("sign", r"\{-(?=[\w\\(|])", "{"),
    ("digit", r"(?<![\w.\\])1(?!\d)", "2"),
    ("digit", r"(?<![\w.\\])2(?!\d)", "3"),
    ("digit", r"\\frac\{1\}", r"\\frac{3}"),
    ("exponent", r"\^2", "^3"),
    ("exponent", r"e\^\{([^-{}]+)\}", r"e^{-\1}"),
    ("exponent", r"e\^x", "e^{-x}"),
    ("branch", r" > ", " < "),
    ("branch", r" \\le ", r" > "),
    ("branch", r"\\max", r"\\min"),
    ("branch", r"\\min", r"\\max"),
    ("index", r"_j\b", "_k"),
    ("index", r"([ik])=1", r"\1=2"),
    ("index", r"z_k", "z_j"),
    ("function", r"\\log", r"\\exp"),
    ("function", r"\\sigma'", r"\\sigma"),
    ("function", r"\\Phi", r"\\varphi"),
]
"""Kinds of change to a formula: a name, what is sought, what it becomes."""

CODE = [
    ("sign", r"(?<=[\w)\]]) \+ (?=[\w(])", " - "),
    ("sign", r"(?<=[\w)\]]) - (?=[\w(])", " + "),
    ("sign", r"(?<=[(,= ])-(?=[a-z(])", ""),
    ("product", r"(?<=[\w)\]]) \* (?=[\w(])", " / "),
    ("product", r"(?<=[\w)\]]) / (?=[\w(])", " * "),
    ("digit", r"(?<![\w.])1(?![\w.])", "2"),
    ("digit", r"(?<![\w.])2(?![\w.])", "3"),
    ("digit", r"(?<![\w.])0(?![\w.])", "1"),
    ("branch", r" > ", " < "),
    ("branch", r" <= ", " > "),
    ("function", r"\bmaximum\b", "minimum"),
    ("function", r"\bminimum\b", "maximum"),
    ("function", r"\bexpm1\b", "exp"),
    ("function", r"\blog1p\b", "log"),
]
"""Kinds of change to a line of code."""

PROSE = [
    ("number", r"\{glue:text\}`[^`]+`", "0.4711"),
    ("name", r"\{glue:text\}`([^`]+)`", r"{glue:text}`\1x`"),
    ("name", r"\{eq\}`([^`]+)`", r"{eq}`\1x`"),
    ("name", r"\{numref\}`([^`]+)`", r"{numref}`\1x`"),
    ("name", r"\{cite:t\}`(\w+)`", r"{cite:t}`\g<1>x`"),
    ("name", r"\{func\}`~activations\.(\w+)`", r"`\1`"),
]
"""Kinds of change to the text of a chapter."""


@dataclass(frozen=True)
class Mutant:
    """One small change."""

    file: str
    line: int
    kind: str
    before: str
    after: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        """Say where it is and what it does."""
        return f"{self.file}:{self.line}: {self.kind}: {self.before.strip()} -> {self.after.strip()}"


def changed(line, kinds):
    """Yield every change of a line that is not in its comment."""
    line, gap, comment = line.partition("  # ")
    for kind, pattern, replacement in kinds:
        for match in re.finditer(pattern, line):
            after = (
                line[: match.start()] + match.expand(replacement) + line[match.end() :]
            )
            if after != line:
                yield kind, after + gap + comment


def lines_of(path, sought):
    """Yield the numbered lines of a file that belong to a part of it."""
    inside = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        inside = sought(line, inside)
        if inside:
            yield number, line


def in_formula(line, inside):
    """Tell whether a line of a chapter belongs to a displayed formula."""
    return line.startswith("```{math}") or (inside and line != "```")


def in_docstring_formula(line, inside):
    """Tell whether a line of a module belongs to a displayed formula."""
    return line.lstrip().startswith(".. math::") or (
        inside and line.startswith("     ")
    )


class Code:
    """Tells whether a line of a module is code, and not docstring or comment."""

    def __init__(self):
        self.in_string = False

    def __call__(self, line, _):
        """Tell it of the next line."""
        quotes = line.count('"""')
        was, self.in_string = self.in_string, self.in_string ^ (quotes % 2 == 1)
        starts = re.match(r"\s*(#|import|from|@|class|def|raise|\"|'|f\")", line)
        return not (was or self.in_string or quotes or starts)


def modules():
    """Yield the modules of functions and of what they share, with the tests of each."""
    for module, tests in TESTS.items():
        if module.startswith("_"):
            yield TOP / f"activations/{module}.py", tests


def all_mutants():
    """Return every change that could be made, by what it changes."""
    found = {
        "formula": [],
        "text": [],
        "docstring": [],
        "definition": [],
        "package": [],
    }

    def add(what, path, part, kinds, tests):
        for number, line in lines_of(path, part):
            for kind, after in changed(line, kinds):
                name = str(path.relative_to(TOP))
                found[what].append(Mutant(name, number, kind, line, after, tests))

    for path in sorted((TOP / "docs").glob("*.md")):
        listed = unchecked_lines(path)
        add(
            "formula",
            path,
            in_formula,
            FORMULA,
            ("tests/test_formulas.py",),
        )
        found["formula"] = [
            m for m in found["formula"] if (m.file, m.line) not in listed
        ]
        if "file_format: mystnb" in path.read_text("utf-8"):
            add("text", path, lambda line, _: True, PROSE, ("tests/test_prose.py",))
    for path, tests in modules():
        add(
            "docstring",
            path,
            in_docstring_formula,
            FORMULA,
            ("tests/test_formulas.py",),
        )
        add("package", path, Code(), CODE, (*tests, "tests/test_formulas.py"))
    path = TOP / "docs/definitions.py"
    judges = ("tests/test_formulas.py", *{t for _, tests in modules() for t in tests})
    add("definition", path, Code(), CODE, judges)
    return found


def unchecked_lines(path):
    """Return the lines of formulas that are not compared."""
    sys.path[:0] = [str(TOP / "docs"), str(TOP / "docs/_ext")]
    from formulas import UNCHECKED

    lines, skip = set(), False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith(":label: "):
            skip = line.removeprefix(":label: ") in UNCHECKED
        skip = skip and line != "```"
        if skip:
            lines.add((str(path.relative_to(TOP)), number))
    return lines


def copy(folder):
    """Copy what the tests need of the project."""
    folder.mkdir()
    for part in COPIED:
        source, target = TOP / part, folder / part
        if source.is_dir():
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns("__pycache__")
            )
        elif source.exists():
            shutil.copy(source, target)
    return folder


PYTEST = "-m pytest -x -q -p no:cacheprovider --doctest-modules".split()
BOOK = (
    "-m sphinx -q -W --keep-going -n -c . -d _build/doctrees docs _build/html".split()
)


def fails(folder, *command, seconds=600):
    """Tell whether Python, so called on a copy of the project, fails."""
    try:
        run = subprocess.run(
            [sys.executable, *command], cwd=folder, capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:  # a loop that does not end
        return True
    return run.returncode != 0


def is_caught(folder, mutant):
    """Run the tests that could see a mutant on a copy of the project."""
    path = folder / mutant.file
    original = path.read_text("utf-8")
    lines = original.splitlines(keepends=True)
    lines[mutant.line - 1] = mutant.after + "\n"
    path.write_text("".join(lines), "utf-8")
    try:
        return fails(folder, *PYTEST, *mutant.tests) or (
            mutant.file.endswith(".md") and fails(folder, *BOOK)
        )
    finally:
        path.write_text(original, "utf-8")


def judged(jobs, judge):
    """Yield each job with what `judge` says of it, several at a time.

    `judge` takes the folder of a copy of the project, which it has for itself, and a job.
    """
    with tempfile.TemporaryDirectory() as name:
        folders: Queue[Path] = Queue()
        for worker in range(cpu_count() or 1):
            folders.put(copy(Path(name) / str(worker)))

        def on_a_copy(job):
            folder = folders.get()
            try:
                return judge(folder, job)
            finally:
                folders.put(folder)

        with ThreadPoolExecutor(folders.qsize()) as pool:
            yield from zip(jobs, pool.map(on_a_copy, jobs), strict=True)


def check_unchanged(*tests):
    """Stop if tests fail already, as each mutant would then seem to be caught."""
    with tempfile.TemporaryDirectory() as name:
        if fails(copy(Path(name) / "unchanged"), *PYTEST, *tests):
            sys.exit("The tests fail before anything is changed: see `make test`.")


def main():
    """Choose mutants, run them and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--number", type=positive, default=200, help="how many to try (default 200)"
    )
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    found = all_mutants()
    shuffled = [rng.sample(group, len(group)) for group in found.values()]
    in_turn = (m for row in itertools.zip_longest(*shuffled) for m in row if m)
    chosen, alike = [], []
    for mutant in in_turn:
        if len(chosen) == options.number:
            break
        equivalent = any(re.search(p, str(mutant)) for p in EQUIVALENT)
        (alike if equivalent else chosen).append(mutant)

    tests = {test for mutant in chosen for test in mutant.tests}
    check_unchanged("-nauto", *tests)
    missed = []
    for done, (mutant, caught) in enumerate(judged(chosen, is_caught), 1):
        if not caught:
            missed.append(mutant)
            print(f"\r\033[Kmissed: {mutant}")
        width = 30 * done // len(chosen)
        print(
            f"\r[{'#' * width:30}] {done} of {len(chosen)}, {done - len(missed)} caught",
            end="",
            flush=True,
        )
    print(
        f"\n{len(chosen) - len(missed)} of {len(chosen)} caught, {len(alike)} equivalent ones left out"
    )
    return len(missed) > 0.02 * len(chosen)


if __name__ == "__main__":
    sys.exit(main())
