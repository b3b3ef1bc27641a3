"""Measure the time of each function beside the same function elsewhere.

The contestants take turns, and the best of the turns counts, so that what else
the machine does falls on all of them.  All is measured several times, minutes apart, as
a machine that has other guests can be slow for seconds.  One thread each.  Large arrays
are timed beside SciPy once more in a process in which NumPy does without AVX-512.
"""

import argparse
import functools
import math
import multiprocessing
import os
import pathlib
import sys
import time
from concurrent.futures import ProcessPoolExecutor

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NPROC", "1")  # JAX heeds nothing else
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402
import peers  # noqa: E402
from options import positive  # noqa: E402

ROWWISE = ("softmax", "log_softmax", "logsumexp")
ELEMENTS = [((10,), -1), ((10_000,), -1), ((1_000_000,), -1)]
ROWS = [((10,), -1), ((100_000, 10), -1), ((1000, 1000), -1), ((1000, 1000), 0)]
"""Shapes, and the axis that functions of rows take."""


def different(generator, shape, dtype):
    """Return arrays that together are too long for a processor to learn by heart.

    One short array, passed again and again, makes functions that branch on each
    number look up to twice as quick as they are on numbers never seen before.
    Of ten numbers there are a hundred arrays only: most of their time is the call's.
    """
    count = min(100, math.ceil(100_000 / math.prod(shape)))
    return [(generator.normal(size=shape) * 5).astype(dtype) for _ in range(count)]


def along(function, axis):
    """Return a function with the axis given, if it is not the last one."""
    return function if axis == -1 else functools.partial(function, axis=axis)


def race(contestants, arrays, seconds):
    """Return the best time of a call of each contestant, in nanoseconds."""
    rounds = math.ceil(20_000 / sum(x.size for x in arrays))
    best = dict.fromkeys(contestants, float("inf"))
    end = time.perf_counter() + seconds * len(contestants)
    while time.perf_counter() < end:
        for name, function in contestants.items():
            # Once in vain: memory that the one before gave back is cleared anew.
            for x in arrays:
                function(x)
            start = time.perf_counter_ns()
            for _ in range(rounds):
                for x in arrays:
                    function(x)
            taken = time.perf_counter_ns() - start
            best[name] = min(best[name], taken / rounds / len(arrays))
    return best


def row(job, nanoseconds):
    """Return one row of the table."""
    name, dtype, shape, axis = job
    ours = nanoseconds["activations"]
    return {
        "function": name,
        "dtype": dtype,
        "shape": list(shape),
        "axis": axis,
        "nanoseconds": {k: round(v, 1) for k, v in nanoseconds.items()},
        "ratio": {
            k: round(v / ours, 3) for k, v in nanoseconds.items() if k != "activations"
        },
    }


def shown(job, nanoseconds):
    """Return one line of the table."""
    name, dtype, shape, axis = job
    each = f"{nanoseconds['activations'] / math.prod(shape):9.3f} ns"
    ratios = "  ".join(f"{k} x{v}" for k, v in row(job, nanoseconds)["ratio"].items())
    return f"{name:28} {dtype} {shape!s:15} {axis:2} {each}  {ratios}"


def measure(jobs, libraries, seconds, passes):
    """Return the rows of the table; print them in the last pass."""
    tables = peers.libraries()
    generator = np.random.default_rng(1)
    best = {job: {} for job in jobs}
    every = [job for _ in range(passes) for job in jobs]
    for done, job in enumerate(every, 1):
        name, dtype, shape, axis = job
        arrays = different(generator, shape, dtype)
        if name.startswith("softplus_inverse"):
            arrays = [np.abs(x) for x in arrays]
        contestants = {
            library: along(tables[library][name], axis)
            for library in libraries
            if name in tables[library]
        }
        with np.errstate(all="ignore"):
            now = race(contestants, arrays, seconds)
        best[job] = {k: min(v, best[job].get(k, v)) for k, v in now.items()}
        line = shown(job, best[job]) if done > len(every) - len(jobs) else ""
        peers.progress(done, len(every), f"{name} {dtype}", line)
    return [row(job, nanoseconds) for job, nanoseconds in best.items()]


def seconds(text):
    """Return a time of the command line that is above 0 and has an end."""
    number = float(text)
    if not 0 < number < math.inf:
        raise ValueError(text)
    return number


def main():
    """Measure, print the tables and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seconds", type=seconds, default=0.1, help="for each figure and pass"
    )
    parser.add_argument("--passes", type=positive, default=6)
    tables = peers.libraries()
    parser.add_argument(
        "--only", nargs="+", choices=tables["activations"], metavar="NAME"
    )
    options = parser.parse_args()
    jobs = [
        (name, dtype, shape, axis)
        for name in tables["activations"]
        if not options.only or name in options.only
        for dtype in ("float32", "float64")
        for shape, axis in (ROWS if name in ROWWISE else ELEMENTS)
    ]
    beside_scipy = [
        job
        for job in jobs
        if job[0] in tables.get("scipy", ()) and math.prod(job[2]) >= 1_000_000
    ]
    settings = {"seconds": options.seconds, "passes": options.passes}
    rows = measure(jobs, tables, **settings)
    print("without AVX-512:")
    spawn = multiprocessing.get_context("spawn")
    with peers.without_avx512(), ProcessPoolExecutor(1, spawn) as pool:
        both = "activations", "scipy"
        plain = pool.submit(measure, beside_scipy, both, **settings).result()
    usual = options == parser.parse_args([])
    settings |= {"threads": 1}
    peers.write("speed.json", settings, usual, rows=rows, without_avx512=plain)


if __name__ == "__main__":
    main()
