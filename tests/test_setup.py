"""Tests of how the environment is made, on packages made up here: without a network."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

TOP = pathlib.Path(__file__).resolve().parents[1]
BACKEND = """
import pathlib, shutil

def build_editable(folder, config_settings=None, metadata_directory=None):
    return pathlib.Path(shutil.copy("own-1-py3-none-any.whl", folder)).name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def wheel(folder, name, version, *metadata):
    """Write a package with nothing in it, and return its line of a lock file."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata]
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} --hash=sha256:{digest}\n"


def test_a_newer_release_does_not_keep_the_locked_one_out(tmp_path):
    # pip 23.2 then looked for an extra outside the lock file, and refused what it found.
    shutil.copy(TOP / "Makefile", tmp_path)
    (tmp_path / "backend.py").write_text(BACKEND, "utf-8")
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    index = tmp_path / "index"
    index.mkdir()
    wheel(tmp_path, "own", 1)
    locked = wheel(index, "needed", 1, "Provides-Extra: more")
    wheel(index, "needed", 2, "Provides-Extra: more")
    locked += wheel(index, "asking", 1, "Requires-Dist: needed[more]>=1")
    (tmp_path / "requirements.lock").write_text(locked, "utf-8")
    done = subprocess.run(
        ["make", ".venv/ready", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        env=os.environ | {"PIP_FIND_LINKS": str(index), "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    log = tmp_path / ".venv/pip.log"
    assert done.returncode == 0, done.stdout + log.read_text("utf-8")
    found = {path.name for path in tmp_path.glob(".venv/lib/*/site-packages/*-info")}
    assert {"needed-1.dist-info", "asking-1.dist-info"} <= found


def test_what_a_link_leads_to_is_not_emptied(tmp_path):
    shutil.copy(TOP / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").touch()
    kept = tmp_path / "elsewhere/kept"
    kept.parent.mkdir()
    kept.touch()
    (tmp_path / ".venv").symlink_to(kept.parent)
    done = subprocess.run(
        ["make", ".venv/ready", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "make: .venv is a link" in done.stdout
    assert kept.exists()
