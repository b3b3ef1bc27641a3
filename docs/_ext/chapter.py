"""One chapter: run its cells in a kernel, and say where one failed."""

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client import AsyncKernelManager
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError


class Chapter:
    """The cells of one chapter.

    Attributes
    ----------
    name : str
        The file, as seen from the top folder.
    notebook : nbformat.NotebookNode or None
        The cells, with outputs once they have run; None for a page without cells.
    """

    def __init__(self, app, docname):
        self.path = Path(app.env.doc2path(docname))
        self.top = Path(app.confdir)
        self.name = str(self.path.relative_to(self.top))
        self.text = self.path.read_text("utf-8")
        self.timeout = app.config.nb_execution_timeout
        reader = create_nb_reader(
            str(self.path), app.env.myst_config, app.env.mystnb_config, self.text
        )
        self.notebook = reader and reader.read(self.text)
        if self.notebook:
            language = {"name": "python", "pygments_lexer": "ipython3"}
            self.notebook.metadata["language_info"] = language
        self.running = None

    async def run(self):
        """Run all cells, with the package and the helpers of this book."""
        with TemporaryDirectory(prefix="kernel-") as folder:
            # Sockets in a folder of their own: ports would be open to others.
            kernel = AsyncKernelManager(
                connection_file=f"{folder}/kernel.json",
                ip=f"{folder}/socket",
                transport="ipc",
            )
            paths = [str(self.top), os.environ.get("PYTHONPATH")]
            env = os.environ | {
                "IPYTHONDIR": folder,
                "OMP_NUM_THREADS": "1",  # the same sums in the same order everywhere
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONHASHSEED": "0",
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            }
            client = NotebookClient(
                self.notebook,
                km=kernel,
                record_timing=False,
                timeout=self.timeout,
                coalesce_streams=True,  # MyST-NB would begin a line with each piece
            )
            # Not its `async_execute`, which takes Ctrl-C for one kernel alone.
            try:
                await kernel.start_kernel(cwd=str(self.path.parent), env=env)
                await client.async_start_new_kernel_client()
                for index, cell in enumerate(self.notebook.cells):
                    self.running = index
                    await client.async_execute_cell(cell, index)
            finally:
                if client.kc:
                    client.kc.stop_channels()
                await kernel.shutdown_kernel(now=True)

    def begin(self, index):
        """Return how many lines of the file stand before the code of a cell."""
        source = self.notebook.cells[index].source.splitlines()
        lines = self.text.splitlines()
        start = self.notebook.metadata["source_map"][index]
        places = range(start, len(lines))
        return next((i for i in places if lines[i : i + len(source)] == source), start)

    def explain(self, error):
        """Return where the running cell failed, as file and line, and why.

        Parameters
        ----------
        error : Exception
            What `run` raised.

        Returns
        -------
        location, message : str
        """
        if self.running is None:
            return self.name, f"no kernel to run it: {error}"
        cells = self.notebook.cells
        number = sum(c.cell_type == "code" for c in cells[: self.running + 1])
        location = f"{self.name}:{self.begin(self.running) + 1}"
        if isinstance(error, CellTimeoutError):
            return location, f"cell {number} ran longer than {self.timeout} s"
        if not isinstance(error, CellExecutionError):
            return location, f"cell {number} ended its kernel"

        runs = {c.get("execution_count"): i for i, c in enumerate(cells)}

        def place(match):
            return f"{self.name}:{self.begin(runs[int(match[1])]) + int(match[2])}"

        frames = re.sub(
            r"\x1b\[[\d;]*m", "", "\n".join(cells[self.running].outputs[-1].traceback)
        )
        frames = re.sub(r"\A-+\n.*\(most recent call last\)\n", "", frames).rstrip()
        cell = rf"\bCell In\[({cells[self.running].execution_count})\], line (\d+)"
        if inside := re.search(cell, frames):
            location = place(inside)
        frames = re.sub(r"\bCell In\[(\d+)\], line (\d+)", place, frames).splitlines()
        if len(frames) > 60:
            frames[30:-30] = ["", "(and so on)", ""]
        reason = f"{error.ename}: {error.evalue}".rstrip(": ")
        return location, "\n".join([f"cell {number} raised {reason}", *frames])
