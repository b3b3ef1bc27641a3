"""Run the chapters before Sphinx reads them: side by side, and never stale.

MyST-NB takes the outputs of a chapter from a cache that knows the chapter's
cells only.  Here the cache stands in a folder named after everything else that
outputs depend on, so that a change there runs every chapter again, and what is
not yet in the cache is run with progress shown and failures located.
"""

import asyncio
import hashlib
import shutil
import sys
import time
from contextlib import suppress
from logging import WARNING, getLogger
from pathlib import Path

from chapter import Chapter
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient.exceptions import CellExecutionError
from sphinx.util import logging

logger = logging.getLogger(__name__)


def digest(top):
    """Return a name for the state of everything that outputs depend on."""
    state = hashlib.sha256(sys.version.encode())
    files = [top / "requirements.lock"]
    files += sorted((top / "activations").rglob("*.py"))
    files += sorted((top / "docs").glob("*.py")) + sorted((top / "docs").glob("*.json"))
    for file in files:
        state.update(f"\0{file.relative_to(top)}\0".encode() + file.read_bytes())
    return state.hexdigest()[:16]


def choose_cache(app, config):
    """Name the cache after the state; a new name makes Sphinx read all again."""
    top = Path(app.confdir)
    cache = top / "_build" / "executed" / digest(top)
    cache.mkdir(parents=True, exist_ok=True)
    cache.touch()
    for old in sorted(cache.parent.iterdir(), key=lambda c: c.stat().st_mtime)[:-10]:
        shutil.rmtree(old, ignore_errors=True)
    config.nb_execution_cache_path = str(cache)


def code(cell):
    """Return what decides the outputs of a cell."""
    return cell.source, {k: v for k, v in cell.metadata.items() if k != "mystnb"}


def is_in(cache, chapter):
    """Return whether the cache holds the outputs of a chapter's cells.

    The cache wants captions to match as well; outputs that only a caption
    separates from these cells are filed again under the new one.
    """
    with suppress(KeyError):
        return bool(cache.match_cache_notebook(chapter.notebook))
    cells = [c for c in chapter.notebook.cells if c.cell_type == "code"]
    for record in cache.list_cache_records():
        if record.uri != str(chapter.path):
            continue
        known = cache.get_cache_bundle(record.pk).nb.cells
        if list(map(code, known)) == list(map(code, cells)):
            for cell, old in zip(cells, known, strict=True):
                cell.outputs, cell.execution_count = old.outputs, old.execution_count
            keep(cache, chapter, record.data)
            return True
    return False


def keep(cache, chapter, data):
    """File the outputs of a chapter in the cache."""
    bundle = CacheBundleIn(chapter.notebook, str(chapter.path), data=data)
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


async def run_all(chapters, cache, at_once):
    """Run chapters side by side and keep their outputs; return how many failed."""
    free = asyncio.Semaphore(at_once)

    async def run(chapter):
        async with free:
            logger.info("running   %s", chapter.name)
            start = time.perf_counter()
            try:
                await chapter.run()
            except (CellExecutionError, OSError, RuntimeError) as error:
                if asyncio.current_task().cancelling():  # Ctrl-C, not a dead kernel
                    raise asyncio.CancelledError from None
                seconds = time.perf_counter() - start
                logger.info("failed    %s after %.1f s", chapter.name, seconds)
                location, message = chapter.explain(error)
                logger.error(message, location=location)
                return True
            if digest(chapter.top) != cache.path.name:
                logger.error("the package changed meanwhile", location=chapter.name)
                return True
            seconds = time.perf_counter() - start
            logger.info("ran       %s in %.1f s", chapter.name, seconds)
            keep(cache, chapter, {"execution_seconds": seconds})
            return False

    return sum(await asyncio.gather(*map(run, chapters)))


def quieten(*loggers):
    """Keep out of the log what a reader of it has no use for."""
    for name in loggers:
        getLogger(f"sphinx.{name}").setLevel(WARNING)


def run_chapters(app, env, docnames):
    """Run what Sphinx is about to read and the cache does not hold."""
    quieten(*(f"mystnb-{docname}" for docname in docnames))
    cache = get_cache(app.config.nb_execution_cache_path)
    cache.list_cache_records()  # makes the database before parallel readers open it
    chapters = [Chapter(app, docname) for docname in docnames]
    chapters = [c for c in chapters if c.notebook and not is_in(cache, c)]
    chapters.sort(key=lambda c: len(c.text), reverse=True)
    failed = asyncio.run(run_all(chapters, cache, max(app.parallel, 1)))
    if failed:
        # Sphinx would take an exception for a fault of its own and report on itself.
        sys.exit(f"The book was not built: {failed} of {len(chapters)} chapters failed")
    if len(docnames) < 6:
        app.parallel = 1  # for few pages, processes cost more than they save


def forget(app, error):
    """After a warning have everything read again: else it would be given only once."""
    if app._warncount:
        (app.doctreedir / "environment.pickle").unlink(missing_ok=True)


def setup(app):
    """Connect to the events before MyST-NB's reading."""
    quieten("myst_nb", "myst_parser", "sphinx.util.fileutil")
    app.connect("config-inited", choose_cache)
    app.connect("env-before-read-docs", run_chapters)
    app.connect("build-finished", forget)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
