"""Measure the worst error of each function, in ulp, and where it lies.

float16 and float32 are swept over their bit patterns, float64 is sampled.
The sweep compares with extended precision; what it finds worst is then measured
with the oracle of the tests.  A stride above 1 skips patterns and understates
the worst error of float32: it is written beside the figures.
"""

import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "docs"), str(ROOT / "tests")]

import numpy as np  # noqa: E402
import oracle  # noqa: E402
import peers  # noqa: E402

WIDE = np.longdouble
PARAMETERS = {"leaky_relu": {"negative_slope": 0.01}}


def _constants():
    import definitions

    def wide(constant):
        digits = constant.evalf(30)
        head = float(digits)
        return WIDE(head) + WIDE(float((digits - head).evalf(30)))

    return wide(definitions.selu_alpha()), wide(definitions.selu_scale())


def references():
    """Return the functions in extended precision, each side of 0 by its own formula."""
    alpha, scale = _constants()

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

    slope = WIDE(0.01)
    return {
        "sigmoid": sigmoid,
        "sigmoid_derivative": sigmoid_derivative,
        "log_sigmoid": lambda x: -softplus(-x),
        "log_sigmoid_derivative": lambda x: sigmoid(-x),
        "tanh": np.tanh,
        "tanh_derivative": lambda x: 4 * sigmoid_derivative(2 * x),
        "relu": lambda x: np.where(x > 0, x, 0),
        "relu_derivative": lambda x: np.where(x > 0, WIDE(1), 0),
        "leaky_relu": lambda x: np.where(x > 0, x, slope * x),
        "leaky_relu_derivative": lambda x: np.where(x > 0, 1, slope),
        "softplus": softplus,
        "softplus_derivative": sigmoid,
        "softplus_inverse": inverse,
        "softplus_inverse_derivative": lambda y: -1 / np.expm1(-y),
        "elu": elu,
        "elu_derivative": elu_derivative,
        "selu": lambda x: scale * elu(x, alpha),
        "selu_derivative": lambda x: scale * elu_derivative(x, alpha),
        "celu": elu,
        "celu_derivative": elu_derivative,
        "silu": lambda x: x * sigmoid(x),
        "silu_derivative": lambda x: sigmoid(x) + x * sigmoid_derivative(x),
    }


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
                    np.exp(generator.uniform(-60, 6, 20_000))
                    * generator.choice([-1, 1], 20_000),
                ]
            )
        return
    bits, unsigned = (16, np.uint16) if dtype == "float16" else (32, np.uint32)
    stride = 1 if bits == 16 else stride
    step = 2**20 * stride
    for start in range(0, 2**bits, step):
        patterns = np.arange(start, min(start + step, 2**bits), stride)
        x = patterns.astype(unsigned).view(dtype)
        yield x[np.isfinite(x)]


def errors(got, want, dtype):
    """Return the distances in ulp of the dtype."""
    info = np.finfo(dtype)
    exponent = np.frexp(want)[1] - 1
    ulp = np.ldexp(WIDE(1), np.maximum(exponent, int(info.minexp)) - info.nmant)
    largest = np.ldexp(WIDE(1), int(info.maxexp))
    reach = np.where(np.isinf(got), np.copysign(largest, want), got.astype(WIDE))
    distance = np.abs(reach - np.clip(want, -largest, largest)) / ulp
    distance[np.isnan(got)] = np.inf
    return distance


def worst(function, reference, name, dtype, stride, count):
    """Return the worst error and its place: searched widely, measured exactly."""
    top, places, results = [], [], []
    for x in chunks(dtype, stride, count):
        if name.startswith("softplus_inverse"):
            x = x[x > 0]
        if not x.size:
            continue
        got = np.asarray(function(x)).astype(dtype)
        found = errors(got, reference(x.astype(WIDE)), dtype)
        best = np.argsort(found)[-40:]
        top.append(found[best])
        places.append(x[best])
        results.append(got[best])
    order = np.argsort(np.concatenate(top))[-200:]
    x = np.concatenate(places)[order]
    definition = name.removesuffix("_derivative")
    want = oracle.exact(
        definition,
        x,
        derivative=name != definition,
        **PARAMETERS.get(definition, {}),
    )
    # A short array may take another way through a library than a long one.
    exact = oracle.ulps(np.concatenate(results)[order], want)
    k = int(exact.argmax())
    return float(exact[k]), float(x[k])


def worst_row(function, name, dtype, axis):
    """Return the worst error over rows of several lengths and spreads."""
    generator = np.random.default_rng(1868)
    top = 0.0
    for length in (2, 3, 10, 100, 1000):
        for spread in (0.1, 1, 5, 30, 80, 300):
            x = generator.normal(size=(20_000 // length, length)) * spread
            x = np.clip(x, -700, 700).astype(dtype)
            wide = x.astype(WIDE)
            shift = wide - wide.max(axis=1, keepdims=True)
            terms = np.exp(shift)
            below = np.where(shift < 0, terms, 0).sum(axis=1, keepdims=True)
            rest = below + ((shift == 0).sum(axis=1, keepdims=True) - 1)
            want = {
                "softmax": terms / (1 + rest),
                "log_softmax": shift - np.log1p(rest),
                "logsumexp": (wide.max(axis=1, keepdims=True) + np.log1p(rest))[:, 0],
            }[name]
            got = np.asarray(
                function(np.ascontiguousarray(x if axis else x.T), axis=axis)
            )
            got = got.T if axis == 0 and name != "logsumexp" else got
            top = max(top, float(errors(got, want, dtype).max()))
    return top


def main():
    """Measure, print the table and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stride", type=int, default=4099, help="of float32 patterns")
    parser.add_argument("--count", type=int, default=1_000_000, help="float64 points")
    parser.add_argument("--only", nargs="*", help="names of functions")
    options = parser.parse_args()
    if np.finfo(WIDE).nmant == np.finfo(np.float64).nmant:
        sys.exit("extended precision is needed, and longdouble is float64 here")
    tables = peers.libraries()
    wide = references()
    jobs = [
        (library, name, dtype)
        for name in tables["activations"]
        for dtype in ("float16", "float32", "float64")
        for library in tables
        if name in tables[library] and (not options.only or name in options.only)
        if not (library == "scipy" and dtype == "float16")
    ]
    rows = []
    for done, (library, name, dtype) in enumerate(jobs, 1):
        function = tables[library][name]
        row = {"function": name, "dtype": dtype, "library": library}
        with np.errstate(all="ignore"):
            if name in wide:
                row["ulp"], row["at"] = worst(
                    function, wide[name], name, dtype, options.stride, options.count
                )
            else:
                for axis in (1, 0):
                    row[f"ulp_axis_{axis}"] = worst_row(function, name, dtype, axis)
                row["ulp"] = max(row["ulp_axis_0"], row["ulp_axis_1"])
        rows.append(row)
        peers.progress(done, len(jobs), f"{library} {name} {dtype}")
        place = f"at {row['at']!r}" if "at" in row else "rows"
        print(f"{name:28} {dtype} {library:12} {row['ulp']:12.5g}  {place}", flush=True)
    if not options.only:
        peers.write("accuracy.json", rows, stride=options.stride, count=options.count)
    worst_of_ours = {}
    for row in rows:
        if row["library"] == "activations":
            key = row["dtype"]
            worst_of_ours[key] = max(worst_of_ours.get(key, 0), row["ulp"])
    print(json.dumps(worst_of_ours))


if __name__ == "__main__":
    main()
