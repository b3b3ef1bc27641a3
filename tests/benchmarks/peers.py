"""The same functions in SciPy, PyTorch and JAX, as far as these are installed."""

import contextlib
import datetime
import importlib
import json
import math
import multiprocessing
import os
import pathlib
import platform
import sys

import numpy as np

import activations

PEERS = "scipy", "torch", "jax"
DISABLED = "NPY_DISABLE_CPU_FEATURES"
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs"


def libraries():
    """Return a name and its table of functions for each library, ours first."""
    found = {"activations": {name: getattr(activations, name) for name in _names()}}
    for name, make in zip(PEERS, (_scipy, _torch, _jax), strict=True):
        try:
            importlib.import_module(name)
        except ImportError:
            if multiprocessing.parent_process() is None:  # say it once
                text = "is not installed (make peers): the table is printed only"
                print(name, text, file=sys.stderr)
        else:
            found[name] = make()
    return found


def _names():
    return [name for name in activations.__all__ if name != "softmax_jacobian"]


def _scipy():
    from scipy import special

    return {
        "sigmoid": special.expit,
        "log_sigmoid": special.log_expit,
        "softplus": special.softplus,
        "softmax": lambda x, axis=-1: special.softmax(x, axis),
        "log_softmax": lambda x, axis=-1: special.log_softmax(x, axis),
        "logsumexp": lambda x, axis=-1: special.logsumexp(x, axis),
    }


def _torch():
    import torch
    import torch.nn.functional as F  # noqa: N812

    torch.set_num_threads(1)

    def wrapped(f):
        return lambda x, **k: f(torch.from_numpy(x), **k).numpy()

    def slope(f):
        def derivative(x):
            x = torch.from_numpy(x).requires_grad_()
            f(x).backward(torch.ones_like(x))
            return x.grad.numpy()

        return derivative

    table = {
        "sigmoid": torch.sigmoid,
        "log_sigmoid": F.logsigmoid,
        "tanh": torch.tanh,
        "relu": F.relu,
        "leaky_relu": F.leaky_relu,
        "softplus": F.softplus,
        "elu": F.elu,
        "selu": F.selu,
        "celu": F.celu,
        "silu": F.silu,
    }
    rows = {
        "softmax": lambda x, axis=-1: torch.softmax(x, axis),
        "log_softmax": lambda x, axis=-1: torch.log_softmax(x, axis),
        "logsumexp": lambda x, axis=-1: torch.logsumexp(x, axis),
    }
    return {
        **{name: wrapped(f) for name, f in (table | rows).items()},
        **{f"{name}_derivative": slope(f) for name, f in table.items()},
    }


def _jax():
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    nn = jax.nn
    table = {
        "sigmoid": nn.sigmoid,
        "log_sigmoid": nn.log_sigmoid,
        "tanh": jax.numpy.tanh,
        "relu": nn.relu,
        "leaky_relu": nn.leaky_relu,
        "softplus": nn.softplus,
        "elu": nn.elu,
        "selu": nn.selu,
        "celu": nn.celu,
        "silu": nn.silu,
    }

    def ready(f):
        return lambda x, **k: np.asarray(f(x, **k))

    def slope(f):
        return ready(jax.jit(lambda x: jax.vjp(f, x)[1](jax.numpy.ones_like(x))[0]))

    rows = {
        "softmax": nn.softmax,
        "log_softmax": nn.log_softmax,
        "logsumexp": nn.logsumexp,
    }
    return {
        **{name: ready(jax.jit(f)) for name, f in table.items()},
        **{name: ready(jax.jit(f, static_argnames="axis")) for name, f in rows.items()},
        **{f"{name}_derivative": slope(f) for name, f in table.items()},
    }


def write(file, settings, usual, **tables):
    """Write tables with what they depend on into `docs`, if nothing is missing there."""
    reasons = [f"{name} is missing" for name in missing()]
    reasons += [] if usual else ["not all was measured as usual"]
    reasons += ["NumPy does without some features"] if os.environ.get(DISABLED) else []
    if reasons:
        print(f"docs/{file} is not written: {', '.join(reasons)}")
        return
    versions = {"numpy": np.__version__, "activations": activations.__version__}
    for name in PEERS:
        versions[name] = sys.modules[name].__version__
    record = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": _processor(),
        "avx512": bool(avx512()),
        "python": platform.python_version(),
        "versions": versions,
        "settings": settings,
        **{name: [_finite(row) for row in rows] for name, rows in tables.items()},
    }
    path = FOLDER / file
    text = json.dumps(record, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(FOLDER.parent)}")


def _finite(row):
    """Return a row with null for an error without bound, which JSON cannot write."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
    }


def _processor():
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor()


def avx512():
    """Return NumPy's names for what it uses of AVX-512 on this processor."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", ())
    return [name for name in found if name == "X86_V4" or name.startswith("AVX512")]


@contextlib.contextmanager
def without_avx512():
    """Have NumPy do without AVX-512 in the processes that are spawned meanwhile."""
    kept = os.environ.get(DISABLED, "")
    os.environ[DISABLED] = " ".join([kept, *avx512()])  # read as NumPy is imported
    try:
        yield
    finally:
        os.environ[DISABLED] = kept


def missing():
    """Return the libraries that a table is compared with and that are not installed."""
    return [name for name in PEERS if name not in sys.modules]


def progress(done, total, label="", line=""):
    """Print a line of the table, and a bar below it if this is a terminal."""
    bar = sys.stderr.isatty()
    if bar:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if line:
        print(line, flush=True)
    if bar:
        filled = "#" * (30 * done // total)
        end = "\n" if done == total else ""
        text = f"[{filled:<30}] {done}/{total} {label}"
        print(text, end=end, file=sys.stderr, flush=True)
