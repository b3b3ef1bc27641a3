"""Tests of the package as a whole."""

import ast
import doctest
import importlib
import inspect
import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser

import cases
import mutants
import pytest

import activations

FOLDER = pathlib.Path(activations.__file__).parent


def test_public_names():
    assert sorted(activations.__all__) == activations.__all__
    expected = {*cases.ELEMENTWISE, *cases.ROWWISE, "softmax_jacobian"}
    assert set(activations.__all__) == expected
    for name in activations.__all__:
        assert getattr(activations, name).__name__ == name


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda p: p.name)
def test_imports_only_numpy_and_itself(path):
    allowed = {*sys.stdlib_module_names, "numpy", "activations"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        assert {name.split(".")[0] for name in names} <= allowed
        if path.parent.name == "_core":  # which the functions stand on
            ours = [name for name in names if name.startswith("activations")]
            assert all(name.startswith("activations._core.") for name in ours)


def test_importing_it_imports_nothing_else():
    code = (
        "import sys, numpy; before = set(sys.modules); import activations;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - {'numpy', *sys.stdlib_module_names}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['activations']"


@pytest.mark.parametrize("name", activations.__all__)
def test_every_function_is_documented(name):
    text = inspect.getdoc(getattr(activations, name))
    for heading in ("Parameters", "Returns", "Raises", "See Also", "Examples"):
        assert f"\n{heading}\n{'-' * len(heading)}\n" in text
    assert ".. math::" in text
    assert text.splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", activations.__all__)
def test_every_function_has_a_doctest_that_is_found(name):
    module = importlib.import_module(getattr(activations, name).__module__)
    found = {test.name: test for test in doctest.DocTestFinder().find(module)}
    assert found[f"{module.__name__}.{name}"].examples


@pytest.mark.parametrize("name", activations.__all__)
def test_see_also_names_exist(name):
    text = inspect.getdoc(getattr(activations, name))
    section = text.split("See Also\n--------\n")[1].split("\n\n")[0]
    for line in section.splitlines():
        assert line.split(" : ")[0] in activations.__all__


def test_table_names_every_function():
    for name in activations.__all__:
        stem = name.removesuffix("_derivative")
        assert f"``{stem}``" in activations.__doc__


def test_slopes_stand_right_after_their_functions():
    for path in FOLDER.glob("_[!_]*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        for before, name in itertools.pairwise(names):
            if name.endswith("_derivative"):
                assert name == f"{before}_derivative"


def test_every_module_has_tests_that_judge_its_mutants():
    paths = (p.relative_to(FOLDER).with_suffix("") for p in FOLDER.rglob("*.py"))
    modules = {p.as_posix() for p in paths if p.name != "__init__"}
    assert modules == set(mutants.TESTS)


def test_the_wheel_needs_numpy_alone(tmp_path):
    project = tmp_path / "project"
    kept = shutil.ignore_patterns("__pycache__")
    shutil.copytree(FOLDER, project / "activations", ignore=kept)
    for name in "pyproject.toml", "README.md", "LICENSE":
        shutil.copy(FOLDER.parent / name, project)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    offline = ["--no-build-isolation", "--no-index", "--wheel-dir", tmp_path, project]
    subprocess.run([*command, *offline], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
        (metadata,) = [n for n in packed.namelist() if n.endswith("/METADATA")]
        needs = (
            Parser().parsestr(packed.read(metadata).decode()).get_all("Requires-Dist")
        )
    assert [need.split(">")[0] for need in needs] == ["numpy"]
    files = {p.relative_to(FOLDER.parent).as_posix() for p in FOLDER.rglob("*.py")}
    assert names == files | {"activations/py.typed"}
    code = f"""
import sys
sys.path.insert(0, {str(wheel)!r})
import activations
print(activations.__file__, activations.softplus(0.0))
"""
    done = [sys.executable, "-P", "-c", code]
    found = subprocess.run(done, capture_output=True, text=True, check=True).stdout
    assert found.startswith(str(wheel))


@pytest.mark.skipif(
    not hasattr(os, "confstr") or "CS_GNU_LIBC_VERSION" not in os.confstr_names,
    reason="glibc is what hands memory back",
)
@pytest.mark.parametrize("elements", [10_000, 20_000, 30_000, 60_000, 200_000])
def test_memory_is_used_again(elements):
    # Up to 200 pages a call had to be cleared, in a process that had freed no large array.
    code = f"""
import resource, numpy as np, activations
pages = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for dtype in np.float32, np.float64:
    x = np.ones(({elements // 10}, 10), dtype)
    for f in activations.sigmoid, activations.softplus, activations.elu, activations.softmax:
        f(x), f(x)
        before = pages()
        for _ in range(50):
            f(x)
        print((pages() - before) / 50)
"""
    # Where MALLOC_TRIM_THRESHOLD_ is set, as distributed does, memory is handed back.
    settings = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=settings,
    )
    assert max(map(float, done.stdout.split())) < 5
