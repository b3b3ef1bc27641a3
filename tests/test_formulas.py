"""The formulas of the docstrings hold, and the judge of formulas judges rightly.

The labelled formulas of the chapters are judged while the book is built; here
they are judged again, so that the tests alone find a change in the package.
"""

import inspect
import re
from pathlib import Path

import pytest
from formulas import UNCHECKED, judge, latex

import activations

CHAPTERS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(r"```\{math\}\n:label: ([\w-]+)\n(.*?)```", re.S)


def labelled():
    """Find the labelled formulas of the chapters."""
    for file in sorted(CHAPTERS.glob("*.md")):
        for label, text in BLOCK.findall(file.read_text("utf-8")):
            yield pytest.param(label, text, id=f"{file.stem}:{label}")


def documented():
    """Find the formula that stands in the docstring of each public function."""
    for name in activations.__all__:
        doc = inspect.getdoc(getattr(activations, name))
        block = re.search(r"\.\. math::(.*?)\n\n(?=\S)", doc, re.S)
        yield pytest.param(name, block and block[1], id=name)


@pytest.mark.parametrize(("label", "text"), list(labelled()))
def test_formula_of_a_chapter_holds(label, text):
    if label not in UNCHECKED:
        judge.compare(text, label)


@pytest.mark.parametrize(("name", "text"), list(documented()))
def test_formula_of_a_docstring_holds(name, text):
    assert text, f"the docstring of {name} has no formula"
    judge.compare(" ".join(text.split()), name)


def test_formulas_that_are_not_compared_exist_and_are_few():
    labels = {parameter.values[0] for parameter in labelled()}
    assert set(UNCHECKED) <= labels
    assert len(UNCHECKED) < len(labels) / 5


TRUE = [
    r"\sigma(x) = 1 - \sigma(-x)",
    r"\tanh(x) = 2 \sigma(2 x) - 1",
    r"\frac{\partial \sigma(x)}{\partial x} = \sigma'(x)",
    r"|x| = \max(x, -x)",
    r"\operatorname{relu}(x) \le \operatorname{softplus}(x)",
    r"\operatorname{elu}_\alpha(x) = \max(x, 0) + \alpha (e^{\min(x, 0)} - 1)",
    r"\operatorname{leaky}(x) = \begin{cases} x & \text{if } x > 0 \\ a x & \text{if } x \le 0 \end{cases}",
    r"\sum_{j=1}^{K} \operatorname{softmax}(z)_j = 1",
    r"\int_{0}^{x} t \, dt = \frac{x^2}{2}",
    r"\int_{0}^{x} t \, \mathrm{d}t = x^2 / 2",
    r"\sum_{i=1}^{\infty} \frac{1}{i^2} = \frac{\pi^2}{6}",
    r"\mathbb{E}[z^2] = 1",
    r"\mathbb{E}[\operatorname{relu}(z)] = \frac{1}{\sqrt{2 \pi}}",
    r"\log \sum_{k} e^{z_k} = \operatorname{logsumexp}(z)",
    r"\operatorname{softmax}(a, b)_2 = \sigma(b - a)",
    r"\operatorname{softplus}_\beta^{-1}(y) = \frac{\log(e^{\beta y} - 1)}{\beta}",
]  # fmt: skip

FALSE = [
    r"\sigma(x) = 1 + \sigma(-x)",
    r"\sigma(x) = \frac{1}{1 + e^{x}}",
    r"\sigma'(x) = \sigma(x) (1 - \sigma(x))^2",
    r"\operatorname{relu}(x) \ge \operatorname{softplus}(x)",
    r"\operatorname{relu}(x) = \begin{cases} x & x < 0 \\ 0 & x \ge 0 \end{cases}",
    r"\operatorname{elu}(x) = \begin{cases} x & x > 0 \\ (e^{x} - 1) & x \le 0 \end{cases} \alpha",
    r"\operatorname{softmax}(z)_j = \frac{e^{z_k}}{\sum_{k=1}^{K} e^{z_k}}",
    r"\operatorname{softmax}(z)_j = \frac{e^{z_j}}{\sum_{k=2}^{K} e^{z_k}}",
    r"\sum_{i=1}^{\infty} \frac{1}{i^2} = \frac{\pi^2}{5}",
    r"\mathbb{E}[z^2] = 2",
]

UNREADABLE = [
    r"\sigma(x)",
    r"\sigma(x = 1",
    r"\operatorname{gelu}(x) = x \Phi(x)",
    r"\sigma(x) \approx 1",
    r"\sigma(q) = 1",
    r"\tanh^2(x) = 1",
    r"x = 1 )",
]


@pytest.mark.parametrize("text", TRUE)
def test_judge_accepts_what_is_true(text):
    judge.compare(text, "a test")


@pytest.mark.parametrize("text", FALSE)
def test_judge_refuses_what_is_false(text):
    with pytest.raises(judge.DiffersError, match=r"at .* is false"):
        judge.compare(text, "a test")


@pytest.mark.parametrize("text", UNREADABLE)
def test_judge_says_what_it_cannot_read(text):
    with pytest.raises(latex.NotReadError):
        judge.compare(text, "a test")


def test_judge_compares_with_the_package_too(monkeypatch):
    monkeypatch.setattr(activations, "sigmoid", lambda x: 1 / (1 + 2.718281 ** (-x)))
    with pytest.raises(judge.DiffersError, match="by the package"):
        judge.compare(r"\sigma(x) = \frac{1}{1 + e^{-x}}", "a test")
