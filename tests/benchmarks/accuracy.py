"""Measure the worst error of each function, in ulp, and where it lies.

float16 and float32 are swept over their bit patterns.  float64 is sampled, and from
the worst of the sample one climbs: what lies near is tried, again and again, and the
worst of that is the next place to start from.  Rows are sampled too, and climbed in
float64 several times, but not to where logsumexp is next to 0: no wider precision is wide
enough there.
The sweep compares with a wider precision: float64 for the narrow ones, where its
own errors are below a millionth of an ulp, and extended precision for float64.
What it finds worst is then measured with the oracle of the tests.  Slopes are not
compared at a kink, where there is none.  A stride above 1 skips patterns and
understates the worst error of float32: then the table is printed only.
In float64 the package is searched once more in processes in which NumPy does without
AVX-512, as its exponentials and logarithms then round differently.
"""

import argparse
import itertools
import multiprocessing
import operator
import pathlib
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "docs"), str(ROOT / "tests")]

import cases  # noqa: E402
import definitions  # noqa: E402
import numpy as np  # noqa: E402
import oracle  # noqa: E402
import peers  # noqa: E402
from options import positive  # noqa: E402

WIDE = np.longdouble
WORST = 200  # candidates for the oracle, and places to climb from
STEPS = 300  # of a climb
LENGTHS = 2, 3, 7, 9, 10, 20, 63, 64, 100, 1000  # of rows, summed in several ways
SPREADS = 0.1, 1, 5, 30, 80, 300  # of rows
ROWS = 20_000  # numbers in all rows of a sample of one spread
KEPT = 20  # rows from which a climb goes on
CLIMBS = 3
SURE = 1 / 64  # of the peak: from here on extended precision can tell errors apart
KINKED = "relu_derivative", "leaky_relu_derivative", "selu_derivative"


def _constants():
    def wide(constant):
        digits = constant.evalf(30)
        head = float(digits)
        return WIDE(head) + WIDE(float((digits - head).evalf(30)))

    return wide(definitions.selu_alpha()), wide(definitions.selu_scale())


def references():
    """Return the functions in their argument's precision, 0's sides each by its own."""
    wide_alpha, wide_scale = _constants()

    def sigmoid(x):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e))

    def sigmoid_derivative(x):
        return sigmoid(x) * sigmoid(-x)

    def softplus(x):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def elu(x, alpha=1):
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))

    def elu_derivative(x, alpha=1):
        return np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))

    def inverse(y):
        return np.where(
            y > 1, y + np.log1p(-np.exp(-y)), np.log(np.expm1(np.minimum(y, 2)))
        )

    def selu(x):
        return x.dtype.type(wide_scale) * elu(x, x.dtype.type(wide_alpha))

    def selu_derivative(x):
        return x.dtype.type(wide_scale) * elu_derivative(x, x.dtype.type(wide_alpha))

    return {
        "sigmoid": sigmoid,
        "sigmoid_derivative": sigmoid_derivative,
        "log_sigmoid": lambda x: -softplus(-x),
        "log_sigmoid_derivative": lambda x: sigmoid(-x),
        "tanh": np.tanh,
        "tanh_derivative": lambda x: 4 * sigmoid_derivative(2 * x),
        "relu": lambda x: np.where(x > 0, x, 0),
        "relu_derivative": lambda x: np.where(x > 0, x.dtype.type(1), 0),
        "leaky_relu": lambda x: np.where(x > 0, x, x.dtype.type(0.01) * x),
        "leaky_relu_derivative": lambda x: np.where(x > 0, 1, x.dtype.type(0.01)),
        "softplus": softplus,
        "softplus_derivative": sigmoid,
        "softplus_inverse": inverse,
        "softplus_inverse_derivative": lambda y: -1 / np.expm1(-y),
        "elu": elu,
        "elu_derivative": elu_derivative,
        "selu": selu,
        "selu_derivative": selu_derivative,
        "celu": elu,
        "celu_derivative": elu_derivative,
        "silu": lambda x: x * sigmoid(x),
        "silu_derivative": lambda x: sigmoid(x) + x * sigmoid_derivative(x),
    }


def patterns(generator, count):
    """Return finite float64 of all sizes, subnormal ones too."""
    some = generator.integers(0, 2**64, count, np.uint64, endpoint=False)
    some[: count // 4] &= np.uint64(2**63 + 2**52 - 1)  # the bits of the exponent
    x = some.view(np.float64)
    return x[np.isfinite(x)]


def chunks(dtype, stride, count):
    """Yield the finite inputs of a dtype, in pieces."""
    if dtype == "float64":
        generator = np.random.default_rng(754)
        for _ in range(max(1, count // 200_000)):
            yield np.concatenate(
                [
                    generator.uniform(-40, 40, 80_000),
                    generator.normal(size=60_000) * 2,
                    generator.uniform(-750, 750, 40_000),
                    np.exp(generator.uniform(-60, 6, 10_000))
                    * generator.choice([-1, 1], 10_000),
                    patterns(generator, 10_000),
                ]
            )
        return
    bits, unsigned = (16, np.uint16) if dtype == "float16" else (32, np.uint32)
    stride = 1 if bits == 16 else stride
    step = 2**16 * stride  # what stays in the cache takes half the time
    for start in range(0, 2**bits, step):
        every = np.arange(start, min(start + step, 2**bits), stride)
        x = every.astype(unsigned).view(dtype)
        yield x[np.isfinite(x)]


def apart(x, found):
    """Return the indices of the worst places, ordered, one in a 64th of a binade.

    Else the neighbours of one would crowd out all others, and next to a root, where
    the wider precision is not wide enough, that one need not be bad at all.
    """
    order = np.argsort(-found, kind="stable")
    mantissa, exponent = np.frexp(x[order])
    _, first = np.unique(256 * exponent + np.floor(128 * mantissa), return_index=True)
    return order[np.sort(first)][::-1]


def near(x, step):
    """Return finite numbers near the last of those given, at distances of all sizes.

    They are near fewer and fewer as the steps go on.
    """
    if x.dtype != np.float64:
        return x[:0]  # swept as a whole
    x = x[-max(5, WORST >> step // 50) :]
    generator = np.random.default_rng(step)
    size = 2.0 ** -generator.uniform(0, 52, (100 * WORST // x.size, x.size))
    places = x * (1 + size * generator.choice([-1, 1], size.shape))
    return places[np.isfinite(places)]


def errors(got, want, dtype):
    """Return the distances in ulp of the dtype."""
    info = np.finfo(dtype)
    exponent = np.where(want, np.frexp(want)[1] - 1, int(info.minexp))
    one = want.dtype.type(1)
    ulp = np.ldexp(one, np.maximum(exponent, int(info.minexp)) - info.nmant)
    largest = np.ldexp(one, int(info.maxexp))
    reach = np.where(np.isinf(got), np.copysign(largest, want), got.astype(want.dtype))
    distance = np.abs(reach - np.clip(want, -largest, largest)) / ulp
    distance[np.isnan(got)] = np.inf
    return distance


def worst(function, reference, name, dtype, stride, count, steps):
    """Return the worst error and its place: searched widely, measured exactly."""
    wide = WIDE if dtype == "float64" else np.float64
    top, x, got = np.empty(0), np.empty(0, dtype), np.empty(0, dtype)
    # Each step starts from the x that the one before it left.
    climb = (near(x, step) for step in range(steps))
    for points in itertools.chain(chunks(dtype, stride, count), climb):
        if name.startswith("softplus_inverse"):
            points = points[points > 0]  # its domain
        if name in KINKED:
            points = points[points != 0]
        if not points.size:
            continue
        values = np.asarray(function(points)).astype(dtype)
        found = errors(values, reference(points.astype(wide)), dtype)
        (at,) = np.nonzero(found > (top[0] if len(top) == WORST else -1))
        if at.size:
            points, values, found = (
                np.concatenate(pair)
                for pair in ((points[at], x), (values[at], got), (found[at], top))
            )
            best = apart(points, found)[-WORST:]
            x, got, top = points[best], values[best], found[best]
    want = cases.exact(name, x)
    # A short array may take another way through a library than a long one.
    exact = oracle.ulps(got, want)
    k = int(exact.argmax())
    return float(exact[k]), float(x[k])


def row_errors(function, name, x, axis, nearest=0.0):
    """Return each row's worst error, 0 for results below `nearest` of the peak, and all results."""
    wide = x.astype(WIDE)
    peak = wide.max(axis=1, keepdims=True)
    shift = wide - peak
    terms = np.exp(shift)
    below = np.where(shift < 0, terms, 0).sum(axis=1, keepdims=True)
    rest = below + ((shift == 0).sum(axis=1, keepdims=True) - 1)
    want = {
        "softmax": terms / (1 + rest),
        "log_softmax": shift - np.log1p(rest),
        "logsumexp": peak + np.log1p(rest),
    }[name]
    got = np.asarray(function(np.ascontiguousarray(x if axis else x.T), axis=axis))
    got = got[:, np.newaxis] if name == "logsumexp" else got if axis else got.T
    sure = np.abs(want) >= nearest * np.abs(peak)
    return np.where(sure, errors(got, want, x.dtype), 0).max(axis=1), got


def sampled_rows(generator, length, dtype):
    """Return rows of several spreads."""
    x = generator.normal(size=(len(SPREADS), ROWS // length, length))
    x *= np.reshape(SPREADS, (-1, 1, 1))
    return np.clip(x, -700, 700).astype(dtype).reshape(-1, length)


def brought_close(generator, rows):
    """Return the rows moved to where their logsumexp is close to 0."""
    peak = rows.max(axis=1, keepdims=True)
    total = peak + np.log(np.exp(rows - peak).sum(axis=1, keepdims=True))
    return rows - total + generator.uniform(-0.6, 0.6, peak.shape)


def climbed_rows(generator, function, name, rows, axis, steps):
    """Return the worst row that changes of the rows lead to, its error and results."""
    nearest = 0.0
    if name == "logsumexp":
        nearest = SURE
        rows = np.concatenate([rows, brought_close(generator, rows)])
    length = rows.shape[1]
    found, got = row_errors(function, name, rows, axis, nearest)
    for _ in range(steps):
        best = np.argsort(found, kind="stable")[-KEPT:]
        found, rows, got = found[best], rows[best], got[best]
        x = np.repeat(rows, 1 + ROWS // length // KEPT, axis=0)
        some = generator.random(x.shape) < generator.choice([1 / length, 0.3])
        size = 10.0 ** generator.uniform(-16, 0.3, (len(x), 1))
        x = np.clip(x + some * size * generator.normal(size=x.shape), -700, 700)
        more, results = row_errors(function, name, x, axis, nearest)
        found = np.append(found, more)
        rows, got = np.concatenate([rows, x]), np.concatenate([got, results])
    k = int(found.argmax())
    return float(found[k]), rows[k], got[k]


def worst_row(function, name, dtype, axis, steps):
    """Return the worst error over rows of several lengths and spreads, and the length.

    Each climb may end on a hill of its own, so that several start from other samples.
    """
    top = -1.0, None, None
    for length in LENGTHS:
        for climb in range(CLIMBS if dtype == "float64" else 1):
            generator = np.random.default_rng([1868, length, climb])
            rows = sampled_rows(generator, length, dtype)
            found, got = row_errors(function, name, rows, axis)
            k = int(found.argmax())
            top = max(
                top, (float(found[k]), rows[k], got[k]), key=operator.itemgetter(0)
            )
            if dtype == "float64":
                last = climbed_rows(generator, function, name, rows, axis, steps)
                top = max(top, last, key=operator.itemgetter(0))
    _, row, got = top
    (want,) = oracle.exact_rows(name, [row.tolist()])
    want = want if isinstance(want, list) else [want]
    return float(oracle.ulps(got, want).max()), row.size


def measure(library, name, dtype, stride, count, steps):
    """Return one row of the table."""
    function, reference = peers.libraries()[library][name], references().get(name)
    row = {"function": name, "dtype": dtype, "library": library}
    with np.errstate(all="ignore"):
        if reference:
            row["ulp"], row["at"] = worst(
                function, reference, name, dtype, stride, count, steps
            )
        else:
            worst_of = {
                kind: worst_row(function, name, dtype, axis, steps)
                for kind, axis in (("rows", 1), ("columns", 0))
            }
            kind = max(worst_of, key=worst_of.get)
            row["ulp"], length = worst_of[kind]
            row["at"] = f"{kind} of {length}"
    return row


def table(jobs, strides, count, steps, processes):
    """Return the rows of a table, in order; they are printed as they come."""
    spawn = multiprocessing.get_context("spawn")
    rows = []
    peers.progress(0, len(jobs))
    with ProcessPoolExecutor(processes, spawn) as pool:
        results = {
            pool.submit(measure, *job, strides[job[0]], count, steps): job
            for job in jobs
        }
        try:
            for result in as_completed(results):
                library, name, dtype = results[result]
                rows.append(row := result.result())
                line = (
                    f"{name:28} {dtype} {library:12} {row['ulp']:12.5g}  at {row['at']}"
                )
                peers.progress(len(rows), len(jobs), f"{name} {dtype} {library}", line)
        finally:
            pool.shutdown(cancel_futures=True)  # which a keyboard interrupt waits for
    return sorted(rows, key=operator.itemgetter("function", "dtype", "library"))


def main():
    """Measure, print the table and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--stride",
        type=positive,
        default=1,
        help="of float32 patterns, for the package; above 1 the search is short too",
    )
    parser.add_argument(
        "--peer-stride",
        type=positive,
        default=4099,
        help="of float32 patterns, for others",
    )
    parser.add_argument("--count", type=positive, help="float64 points")
    tables = peers.libraries()
    parser.add_argument(
        "--only", nargs="+", choices=tables["activations"], metavar="NAME"
    )
    parser.add_argument(
        "--processes", type=positive, help="as many as cores unless given"
    )
    options = parser.parse_args()
    if np.finfo(WIDE).nmant == np.finfo(np.float64).nmant:
        sys.exit("extended precision is needed, and longdouble is float64 here")
    jobs = [
        (library, name, dtype)
        for library in tables
        for dtype in ("float16", "float64", "float32")
        for name in tables["activations"]
        if name in tables[library] and (not options.only or name in options.only)
        if not (library == "scipy" and dtype == "float16")
    ]
    double = [job for job in jobs if job[0] == "activations" and job[2] == "float64"]
    quick = options.stride > 1
    peer_stride = max(options.stride, options.peer_stride)
    strides = {name: peer_stride for name in tables} | {"activations": options.stride}
    count = options.count or (100_000 if quick else 1_000_000)
    steps = 20 if quick else STEPS
    extent = strides, count, steps, options.processes
    rows = table(jobs, *extent)
    print("without AVX-512:")
    with peers.without_avx512():
        plain = table(double, *extent)
    settings = {"stride": options.stride, "peer_stride": options.peer_stride}
    usual = vars(options) | {"processes": None} == vars(parser.parse_args([]))
    settings |= {"count": count, "longest_row": max(LENGTHS)}
    peers.write("accuracy.json", settings, usual, rows=rows, without_avx512=plain)
    worst_of_ours = {}
    for row in rows:
        if row["library"] == "activations":
            key = row["dtype"]
            worst_of_ours[key] = max(worst_of_ours.get(key, 0), row["ulp"])
    found = ", ".join(f"{dtype} {ulp:.4g}" for dtype, ulp in worst_of_ours.items())
    print(f"worst of the package, in ulp: {found}")


if __name__ == "__main__":
    main()
