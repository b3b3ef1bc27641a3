"""Tables of what ``make accuracy`` and ``make benchmark`` last found.

The chapters and the reference print them; no figure is typed.
"""

import json
import math
from pathlib import Path

LIBRARIES = {"activations": "ours", "scipy": "SciPy", "torch": "PyTorch", "jax": "JAX"}
PEERS = list(LIBRARIES)[1:]
DTYPES = ("float16", "float32", "float64")
LOST = 100_000  # ulp: what is further off is not counted in the tables


def read(name):
    """Return one of the two files: ``"accuracy"`` or ``"speed"``."""
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8"))


def found_with(file):
    """Return the versions, the processor and the date of a measurement, as two lines."""
    versions = ", ".join(
        f"{name} {number}" for name, number in file["versions"].items()
    )
    simd = "with AVX-512" if file["avx512"] else "without AVX-512"
    return f"{versions}\n{file['processor']} {simd}, {file['date']}"


def worst_errors():
    """Return the rows of the table of errors by function, dtype and library."""
    rows = read("accuracy")["rows"]
    return {(row["function"], row["dtype"], row["library"]): row for row in rows}


def times():
    """Return the rows of the table of times by function, dtype and shape."""
    return _by_shape(read("speed")["rows"])


def large_times():
    """Return those of arrays of a million numbers, as far as a peer was timed."""
    return {
        (name, dtype, shape): row
        for (name, dtype, shape), row in times().items()
        if math.prod(shape) >= 1_000_000 and row["ratio"]
    }


def lost(ulp):
    """Tell whether an error is too large for the tables; JSON has no infinity."""
    return ulp is None or ulp > LOST


def shown(ulp):
    """Return an error in at most seven characters.

    Examples
    --------
    >>> shown(0.49993), shown(516.1), shown(9e15), shown(None)
    ('0.5', '516', 'lost', 'lost')
    """
    if lost(ulp):
        return "lost"
    return f"{ulp:,.0f}" if ulp >= 100 else f"{ulp:.3g}"


def ratio(row, peer):
    """Return how many times longer a peer takes, or a dash."""
    return f"{row['ratio'][peer]:.2f}" if peer in row["ratio"] else "–"


def errors(*names, dtypes=DTYPES[1:]):
    """Print a table for each dtype: the worst errors, and where ours lies."""
    rows = worst_errors()
    print(f"worst error in ulp; lost: more than {LOST:,}")
    for dtype in dtypes:
        print(f"\n{dtype:28}{_heads(LIBRARIES.values())}   ours at")
        for name in names or sorted({name for name, *_ in rows}):
            found = [rows.get((name, dtype, library), {}) for library in LIBRARIES]
            cells = "".join(f"{shown(row['ulp']) if row else '–':>8}" for row in found)
            print(f"{name:28}{cells}   {_place(found[0]):>8}")


def places(dtype):
    """Print where the peers are off most, as far as they were compared."""
    rows = worst_errors()
    print(f"worst at, {dtype:18}" + "".join(f"{LIBRARIES[p]:>16}" for p in PEERS))
    for name in sorted({name for name, *_ in rows}):
        found = [rows.get((name, dtype, peer), {}) for peer in PEERS]
        if any(found):
            print(f"{name:28}" + "".join(f"{_place(row):>16}" for row in found))


def ratios():
    """Print how many times longer the peers take over large arrays."""
    print("time of the peer / ours")
    spent = large_times()
    for dtype in DTYPES[1:]:
        print(f"\n{dtype:28}{_heads(LIBRARIES[p] for p in PEERS)}   shape")
        for (name, kind, shape), row in spent.items():
            if kind == dtype:
                cells = "".join(f"{ratio(row, peer):>8}" for peer in PEERS)
                print(f"{name:28}{cells}   {_size(shape)}")


def plain_times():
    """Return the rows of large arrays for which NumPy did without AVX-512."""
    return _by_shape(read("speed")["without_avx512"])


def plain_ratios():
    """Print how many times longer SciPy takes where there is no AVX-512."""
    print("time of SciPy / ours, without AVX-512")
    print(f"\n{'':28}{_heads(DTYPES[1:])}   shape")
    spent = plain_times()
    for name, shape in dict.fromkeys((name, shape) for name, _, shape in spent):
        rows = [spent[name, dtype, shape] for dtype in DTYPES[1:]]
        cells = "".join(f"{ratio(row, 'scipy'):>8}" for row in rows)
        print(f"{name:28}{cells}   {_size(shape)}")


def _by_shape(rows):
    return {(row["function"], row["dtype"], tuple(row["shape"])): row for row in rows}


def _size(shape):
    return " x ".join(f"{n:,}" for n in shape)


def _heads(texts):
    return "".join(f"{text:>8}" for text in texts)


def _place(row):
    at = row.get("at", "–")
    return f"{at:.3g}" if isinstance(at, float) else at


def overview():
    """Print what was measured with and, for each function, errors and times."""
    rows, spent = worst_errors(), times()
    print(*dict.fromkeys(found_with(read(n)) for n in ("accuracy", "speed")), sep="\n")
    print(f"\n{'':28}{'worst error in ulp':>24}{'SciPy / ours':>16}{'ten, µs':>9}")
    print(
        f"{'function':28}{'float16':>8}"
        + 2 * "".join(f"{dtype:>8}" for dtype in DTYPES[1:])
        + f"{'float64':>9}"
    )
    for name in sorted({name for name, *_ in rows}):
        ulps = [rows[name, dtype, "activations"]["ulp"] for dtype in DTYPES]
        by_rows = name in ("softmax", "log_softmax", "logsumexp")
        shape = (1000, 1000) if by_rows else (1_000_000,)
        quicker = [ratio(spent[name, dtype, shape], "scipy") for dtype in DTYPES[1:]]
        cells = "".join(f"{cell:>8}" for cell in [*map(shown, ulps), *quicker])
        ten = spent[name, "float64", (10,)]["nanoseconds"]["activations"] / 1000
        print(f"{name:28}{cells}{ten:9.1f}")
