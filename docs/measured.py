"""Tables of what ``make accuracy`` and ``make benchmark`` last found.

The chapters and the reference show them; no number is typed.
"""

import json
import math
from pathlib import Path

from IPython.display import Markdown, display

PEERS = {"scipy": "SciPy", "torch": "PyTorch", "jax": "JAX"}
LIBRARIES = {"activations": "ours"} | PEERS
DASH = "–"  # for what a library has not
DTYPES = ("float16", "float32", "float64")
LOST = 100_000  # ulp: what is further off is not counted in the tables


def read(name):
    """Return one of the two files: ``"accuracy"`` or ``"speed"``."""
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8"))


def found_with(*names):
    """Show the versions, the processor and the date of one or both files."""
    for text in dict.fromkeys(map(_origin, map(read, names))):
        display(Markdown(text))


def _origin(file):
    versions = ", ".join(
        f"{name} {number}" for name, number in file["versions"].items()
    )
    simd = "with AVX-512" if file["avx512"] else "without AVX-512"
    return f"Measured with {versions} on {file['processor']} {simd}, {file['date']}."


def worst_errors():
    """Return the rows of the table of errors by function, dtype and library."""
    rows = read("accuracy")["rows"]
    return {(row["function"], row["dtype"], row["library"]): row for row in rows}


def plain_errors():
    """Return, by function, ours in float64 where NumPy did without AVX-512."""
    return {row["function"]: row for row in read("accuracy")["without_avx512"]}


def times():
    """Return the rows of the table of times by function, dtype, shape and axis."""
    return _by_shape(read("speed")["rows"])


def large_times():
    """Return those of arrays of a million numbers, as far as a peer was timed."""
    return {
        key: row
        for key, row in times().items()
        if math.prod(row["shape"]) >= 1_000_000 and row["ratio"]
    }


def lost(ulp):
    """Tell whether an error is too large for the tables; JSON has no infinity."""
    return ulp is None or ulp > LOST


def shown(ulp):
    """Return an error as the tables show it.

    Examples
    --------
    >>> shown(0.49993), shown(516.1), shown(9e15), shown(None)
    ('0.5', '516', 'lost', 'lost')
    """
    if lost(ulp):
        return "lost"
    return f"{ulp:,.0f}" if ulp >= 100 else f"{ulp:.3g}"


def errors(*names, dtypes=DTYPES[1:]):
    """Show a table for each dtype: the worst errors, and where ours lies."""
    rows, plain = worst_errors(), plain_errors()
    legend = (
        "*ours at*: the input, or the length of the rows, where ours is off most",
        "*ours, plain*: where NumPy does without the processor's AVX-512 instructions",
        f"*lost*: off by more than {LOST:,} ulp",
        f"{DASH}: not measured, or nowhere off",
    )
    display(Markdown("; ".join(legend) + "."))
    for dtype in dtypes:
        heads = f"{dtype}: worst error in ulp", *LIBRARIES.values(), "ours at"
        double = dtype == "float64"  # the others are rounded from it
        lines = []
        for name in names or sorted({name for name, *_ in rows}):
            found = [rows.get((name, dtype, library), {}) for library in LIBRARIES]
            cells = [shown(row["ulp"]) if row else DASH for row in found]
            more = [shown(plain[name]["ulp"])] if double else []
            lines.append((f"`{name}`", *cells, _place(found[0]), *more))
        _table((*heads, "ours, plain") if double else heads, lines)


def places(dtype):
    """Show where the peers are off most, as far as they were compared."""
    rows = worst_errors()
    lines = []
    for name in sorted({name for name, *_ in rows}):
        found = [rows.get((name, dtype, peer), {}) for peer in PEERS]
        if any(found):
            lines.append((f"`{name}`", *map(_place, found)))
    _table((f"{dtype}: worst at", *PEERS.values()), lines)


def ratios():
    """Show how many times longer the peers take over large arrays."""
    for dtype in DTYPES[1:]:
        lines = [
            (_timed(name, *size), *(_ratio(row, peer) for peer in PEERS))
            for (name, kind, *size), row in large_times().items()
            if kind == dtype
        ]
        _table((f"{dtype}: time of the peer / ours", *PEERS.values()), lines)


def plain_times():
    """Return the rows of large arrays for which NumPy did without AVX-512."""
    return _by_shape(read("speed")["without_avx512"])


def plain_ratios():
    """Show how many times longer SciPy takes where there is no AVX-512."""
    spent = plain_times()
    lines = []
    for name, *size in dict.fromkeys((name, *size) for name, _, *size in spent):
        found = [spent[name, dtype, *size] for dtype in DTYPES[1:]]
        cells = [_ratio(row, "scipy") for row in found]
        lines.append((_timed(name, *size), *cells))
    _table(("time of SciPy / ours, without AVX-512", *DTYPES[1:]), lines)


def overview():
    """Show what was measured with and, for each function, errors and times."""
    rows, spent = worst_errors(), times()
    found_with("accuracy", "speed")
    lines = []
    for name in sorted({name for name, *_ in rows}):
        ulps = [rows[name, dtype, "activations"]["ulp"] for dtype in DTYPES]
        by_rows = name in ("softmax", "log_softmax", "logsumexp")
        shape = (1000, 1000) if by_rows else (1_000_000,)
        quicker = [
            _ratio(spent[name, dtype, shape, -1], "scipy") for dtype in DTYPES[1:]
        ]
        ten = spent[name, "float64", (10,), -1]["nanoseconds"]["activations"] / 1000
        lines.append((f"`{name}`", *map(shown, ulps), *quicker, f"{ten:.1f}"))
    heads = [f"{dtype}, ulp" for dtype in DTYPES]
    heads += [f"{dtype}, SciPy / ours" for dtype in DTYPES[1:]]
    _table(("function", *heads, "ten float64, µs"), lines)
    display(Markdown(f"{DASH}: not compared with SciPy."))


def _table(heads, lines):
    """Show a table whose first column holds names and whose others hold numbers."""
    rule = ":--", *["--:"] * (len(heads) - 1)
    rows = ["| " + " | ".join(cells) + " |" for cells in (heads, rule, *lines)]
    display(Markdown("\n".join(rows)))


def _by_shape(rows):
    return {
        (row["function"], row["dtype"], tuple(row["shape"]), row["axis"]): row
        for row in rows
    }


def _ratio(row, peer):
    return f"{row['ratio'][peer]:.2f}" if peer in row["ratio"] else DASH


def _timed(name, shape, axis):
    """Say which function was timed, and along what."""
    if len(shape) == 1:
        return f"`{name}`"
    return f"`{name}`, {'rows' if axis == -1 else 'columns'} of {shape[axis]:,}"


def _place(row):
    at = row["at"] if row.get("ulp") != 0 and "at" in row else DASH
    return (f"{at:.3g}" if isinstance(at, float) else at).replace("-", "−")
