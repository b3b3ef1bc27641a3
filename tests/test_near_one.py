"""Tests of logsumexp where it is close to 0."""

import cases
import mpmath
import numpy as np
import oracle
import probes
import pytest
from cases import ROW_BOUNDS
from probes import watch

import activations
from activations import _core
from activations._core.arrays import BLOCK, PIECE

RANDOM = np.random.default_rng(1990)


# The exponentials sum to 1 + 2.4e-20.
NEXT_TO_ONE = np.array([-0.032638687920849715, -3.438531905720831])


def test_memory_where_logsumexp_is_close_to_zero():
    close = activations.log_softmax(RANDOM.normal(size=(6_000, 4)))
    long = activations.log_softmax(np.random.default_rng(117).normal(size=2_000))
    long = np.concatenate(
        [long - activations.logsumexp(long), np.full(200_000, -np.inf)]
    )
    wide = [RANDOM.normal(size=shape) for shape in ((12, BLOCK), (40, BLOCK // 24))]
    for x in wide:
        x -= activations.logsumexp(x, keepdims=True)
    few = np.resize(close[:100], (10_000, 4)).astype(np.longdouble)
    few[100:] = 0
    for x in (close, long, *wide, few):
        assert probes.peak_memory(activations.logsumexp, x) <= 2_000_000


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(5, 2), (4, 10), (3, 100), (1, 25_000)])
def test_logsumexp_is_exact_where_it_is_close_to_zero(shape, dtype):
    # Logarithms of shares, whose exponentials sum to 1 but for their rounding.
    x = activations.log_softmax(RANDOM.normal(size=shape) * 4).astype(dtype)
    x[0] += dtype(0.2) if len(x) > 1 else 0
    exact = [mpmath.log(_sum_of_exponentials(row)) for row in x]
    for variant, axis in ((x, 1), (np.asfortranarray(x), 1), (x.T.copy(), 0)):
        got = activations.logsumexp(variant, axis=axis)
        most = ROW_BOUNDS["logsumexp"] if dtype == np.float64 else 0.501
        assert oracle.ulps(got, exact).max() <= most


@pytest.mark.parametrize("shape", [(2, 3), (50, 3), (20_000, 3)])
def test_whole_numbers_are_exact_where_their_sum_is_close_to_one(shape):
    x = np.full(shape, -1, np.int8)
    (exact,) = oracle.exact_rows("logsumexp", [x[0].astype(float)])
    for got in activations.logsumexp(x), activations.logsumexp(x.T.copy(), axis=0):
        assert oracle.ulps(got, [exact] * len(x)).max() <= 1


def test_logsumexp_is_exact_where_next_to_nothing_is_left():
    # A hundred bits do not have the digits of what remains.
    row = NEXT_TO_ONE
    exact = mpmath.log(_sum_of_exponentials(row))
    assert 1e-20 < exact < 1e-19
    long = np.concatenate([row, np.full(30_000, -np.inf)])
    for x in (row, row[np.newaxis], long, row.astype(np.longdouble)):
        got = np.ravel(activations.logsumexp(x)).astype(float)
        assert oracle.ulps(got, [exact])[0] <= 1


@cases.WIDER
@pytest.mark.parametrize("sign", [-1, 1])
def test_logsumexp_of_longdouble_uses_all_digits_where_little_is_left(sign):
    # What a longdouble has beyond a float64 is all that decides.
    row = np.log(np.array([0.3, 0.7]))
    exact = mpmath.log(_sum_of_exponentials(row))
    step = np.spacing(row.astype(np.longdouble))
    row = row - np.longdouble(float(exact)) + sign * 5 * step
    exact = mpmath.log(_sum_of_exponentials(row))
    assert 0 < abs(exact) < 2e-18
    got = float(activations.logsumexp(row))
    assert oracle.ulps(np.array([got]), [exact])[0] <= 1


@pytest.mark.parametrize("target", [1e-5, 1e-7, 1e-9, 1e-12, 1e-15, 1e-17])
def test_logsumexp_of_longdouble_is_exact_to_a_float64_near_0(target):
    # Off by up to 7 % when the parts of an exponential were made for float64 alone.
    for score in -np.linspace(0.1, 3, 20).astype(np.longdouble):
        row = np.array([score, np.log(-np.expm1(score) + np.longdouble(target))])
        for some in row, np.repeat(row[:, np.newaxis], 3, axis=1):
            got = np.ravel(activations.logsumexp(some, axis=0))[0]
            exact = mpmath.log(_sum_of_exponentials(row))
            assert abs(oracle.mpf(got) / exact - 1) < 2.0**-47


def test_logsumexp_is_exact_where_a_hundred_bits_nearly_suffice():
    # 32 ulp off when such a sum was still taken from these bits.
    row = [-4.259669373470144, -3.2603098107142383, -1.8195818862658726]
    row += [-5.426485281736755, -4.570909250214416, -0.35309216079145145]
    row += [-5.539651764121083, -2.7455091757046923]
    exact = mpmath.log(_sum_of_exponentials(np.array(row)))
    assert _off_alone_and_among(row, exact) <= 5


def test_logsumexp_keeps_its_bound_where_it_is_off_most():
    # 17.6 ulp in rows among others, just where few enough digits cancel to do nothing.
    row = [-21.16798268536696, -15.280565102440393, -11.914911706500776]
    row += [-14.33168431255551, -23.42035968132449, -10.467239355474767]
    row += [-21.74730484676137, -18.515691650751982, -15.65502124105549]
    row += [-10.400231926067207, -1.9221200523849093, -12.922652444292194]
    row += [-14.73495557522738, -24.051599046759595, -15.98956486666397]
    row += [-8.354567901229151, -11.658505645178263, -7.826146063591679]
    row += [-16.959487099620002, -17.986676176741614, -12.251056131169696]
    row += [-21.529457347514533, -11.518202569704284, -14.751680851904206]
    row += [-11.696631336214649, -15.91156634494249, -19.316525561774096]
    row += [-14.901930492688683, -16.21084452365056, -27.66764459766801]
    row += [-13.659609099150847, -9.87019656670259, -15.392776410259062]
    row += [-0.09117194476048418, -18.689004915214547, -17.256836410089733]
    row += [-6.883890895759923, -19.385078783355723, -13.323836790951678]
    row += [-14.731202209628817]
    exact = mpmath.log(_sum_of_exponentials(np.array(row)))
    assert _off_alone_and_among(row, exact) <= ROW_BOUNDS["logsumexp"]


def _off_alone_and_among(row, exact):
    """Return the error of logsumexp in ulp, the worse of a lone row's and a matrix's."""
    got = np.array([activations.logsumexp(row), *activations.logsumexp([row])])
    return oracle.ulps(got, [exact, exact]).max()


@mpmath.workdps(60)
def _sum_of_exponentials(row):
    return mpmath.fsum(mpmath.exp(oracle.mpf(value)) for value in row)


@pytest.mark.parametrize(
    "row",
    [
        [-1e-40, -92.10340371976183],
        [-1e-10, -23.025850929940457],
        [-0.5, -0.9327521295671886],
        [-1.2, -1.1, -1.0, -np.inf],
        [-0.6931471805599453, -0.6931471805599453],
        [-2.0, -0.14541345786885906],
    ],
)
def test_logsumexp_is_exact_where_two_scores_cancel(row):
    with mpmath.workdps(120):
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in row)
        assert _off_alone_and_among(row, mpmath.log(total)) <= 5


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_close_to_0_are_gathered_over_blocks(order, monkeypatch):
    # Each time takes a third of a millisecond, however few rows there are.
    made = watch(monkeypatch, _core.near_one, "exp_in_parts")
    x = RANDOM.normal(size=(6 * BLOCK // 10, 10)) * 5
    places = np.arange(0, len(x), BLOCK // 30)
    x[places] = [-0.5, -0.9327521295671886, *[-np.inf] * 8]
    got = activations.logsumexp(np.asarray(x, order=order))
    assert len(made) == 1
    with mpmath.workdps(40):
        exact = mpmath.log(mpmath.exp(-0.5) + mpmath.exp(x[0, 1].item()))
    assert oracle.ulps(got[places], [exact] * len(places)).max() <= 1
    monkeypatch.undo()
    alone = activations.logsumexp(x[::-1].copy())[::-1]
    np.testing.assert_array_equal(got, alone)
    many = np.repeat(x[:1], 5 * PIECE // 10, axis=0)
    assert (activations.logsumexp(many) == got[0]).all()


def test_no_more_rows_are_gathered_than_are_made_at_a_time(monkeypatch):
    x = np.ones((6 * BLOCK // 10, 10))
    x[::25] = [-0.5, -0.9327521295671886, *[-np.inf] * 8]  # 100 in each block
    renewed = []
    monkeypatch.setattr(
        _core.rowwise,
        "renew",
        lambda rows: renewed.append(sum(len(r) for *_, r in rows)),
    )
    activations.logsumexp(x)
    assert renewed == [300, 300, 0]


def test_what_is_not_exact_in_a_long_row_decides_about_whole_numbers(monkeypatch):
    # Next to nothing is: two scores are next to 0 and to -42, and all others at -inf.
    row = np.full(3 * PIECE, -np.inf)
    row[:2] = -(2.0**-60), -41.9
    asked = watch(monkeypatch, _core.near_one, "sum_less_one")
    made = watch(monkeypatch, _core.near_one, "log_of_sum")
    got = activations.logsumexp(row)
    assert made
    assert not asked
    with mpmath.workdps(60):
        exact = mpmath.log(_sum_of_exponentials(row[:2]))
    assert oracle.ulps(np.array([got]), [exact])[0] <= 1


def test_tables_are_made_once():
    assert _core.hundred_bits.table() is _core.hundred_bits.table()
    assert _core.fixed_point.log_2(224) is _core.fixed_point.log_2(224)


def test_exponentials_in_parts_are_exact_to_a_hundred_bits():
    x = np.array([-600.0, -40.3, -1.0, -0.3466, -0.3465, -1e-300, 0.0, 1e-9, 0.4, 1.5])
    x = np.concatenate([x, -RANDOM.exponential(size=500), np.arange(-90, 90) / 512])
    parts = _core.hundred_bits.exp_in_parts(x)
    with mpmath.workdps(330):
        for value, power, *rest in zip(x, *parts, strict=True):
            exact = mpmath.exp(mpmath.mpf(float(value))) - float(power)
            off = abs(mpmath.fsum(map(mpmath.mpf, map(float, rest))) - exact)
            assert off <= abs(exact) * mpmath.mpf(2) ** -103


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        ((3_000, 2), [2_048, 2_048, 1_904]),
        ((2, 3_000), [2_048, 952] * 2),
        ((1, 26_112), [2_048] * 12 + [416, 1_120]),
    ],
)
def test_exponentials_in_parts_take_little_memory(shape, sizes, monkeypatch):
    x = np.full(shape, -np.log(shape[1]))
    asked = watch(monkeypatch, _core.near_one, "exp_in_parts")
    activations.logsumexp(x)
    assert [part.size for (part,) in asked] == sizes


@pytest.mark.parametrize(
    ("row", "dtype", "anew"),
    [
        ([-0.7, -2.0], np.float64, False),  # -0.46, so that 1 of 53 bits is lost
        ([-1.0] * 2, np.float64, True),  # -0.31
        ([-1.0] * 3, np.float64, True),  # 0.1
        ([-4.0] * 30, np.float64, False),  # -0.6
        ([-4.0] * 35, np.float64, True),  # -0.44
        ([-1.0] * 3, np.float32, False),  # 29 bits to spare
        ([-np.log(3) + 1.0e-3] * 3, np.float32, True),
        ([-np.log(3) + 1.2e-3] * 3, np.float32, False),
        ([-1.0] * 3, np.longdouble, False),
    ],
)
def test_logsumexp_is_computed_anew_only_where_digits_are_lost(
    row, dtype, anew, monkeypatch
):
    if dtype is np.longdouble and np.finfo(dtype).nmant == np.finfo(float).nmant:
        pytest.skip("longdouble is float64 here")
    lone = watch(monkeypatch, _core.rowwise, "sum_less_one")
    among = watch(monkeypatch, _core.near_one, "log_of_sum")
    activations.logsumexp(np.array(row, dtype))
    assert bool(lone) is anew
    activations.logsumexp(np.array([row, row], dtype))
    assert bool(among) is anew


def test_whole_numbers_are_no_longer_than_needed(monkeypatch):
    asked = watch(monkeypatch, _core.fixed_point, "exp")
    rounds_of = [(NEXT_TO_ONE, 1), (_next_to_one(-144), 2), (_next_to_one(-455), 4)]
    for row, rounds in rounds_of:
        asked.clear()
        activations.logsumexp([row])
        assert len(asked) == rounds * len(row)
    seen = set()
    for row in activations.log_softmax(RANDOM.normal(size=(1_000, 2)) * 4):
        rest = abs(_sum_of_exponentials(row) - 1) / _inexact(row) * 2**55
        if 0.5 < rest < 2:
            asked.clear()
            activations.logsumexp([row])
            assert bool(asked) is bool(rest < 1)
            seen.add(bool(asked))
    assert seen == {False, True}


@mpmath.workdps(60)
def _next_to_one(score):
    """Return a row whose other score leaves next to nothing of their sum less 1."""
    return [float(-mpmath.exp(score)), float(score)]


@mpmath.workdps(60)
def _inexact(row):
    """Return how much of the exponentials lies beside the nearest powers of two."""
    powers = [mpmath.mpf(2) ** round(value / np.log(2)) for value in row]
    pairs = zip(row, powers, strict=True)
    return mpmath.fsum(abs(mpmath.exp(oracle.mpf(x)) - power) for x, power in pairs)


@pytest.mark.parametrize("peak", [1.0, 10.0, 20.0, 40.0])
def test_few_rows_of_log_probabilities_need_whole_numbers(peak, monkeypatch):
    # All rows with a peak of 10 or more did, which took two thousand times as long as others.
    x = RANDOM.normal(size=(300, 10))
    x[:, 0] = peak
    asked = watch(monkeypatch, _core.near_one, "sum_less_one")
    activations.logsumexp(activations.log_softmax(x))
    assert len(asked) < 100


@pytest.mark.parametrize("bits", [192, 1_536])
def test_exponentials_in_whole_numbers(bits):
    scores = [-np.inf, -1e300, -bits - 1.0, -600.0, -40.3, -1.0, -1e-300, -5e-324, -0.0]
    scores += [0.0, 1e-9, 0.5, np.log(2) / 2]
    with mpmath.workprec(bits + 100):
        for x in map(np.float64, scores):
            want = mpmath.exp(mpmath.mpf(float(x))) * mpmath.mpf(2) ** bits
            assert abs(_core.fixed_point.exp(x, bits) - want) < 1.01
    assert _core.fixed_point.exp(np.float64(-np.inf), bits) == 0
    longer = np.longdouble(-1) / 3
    with mpmath.workprec(300):
        want = mpmath.exp(oracle.mpf(longer)) * mpmath.mpf(2) ** 192
        assert abs(_core.fixed_point.exp(longer, 192) - want) < 1.01
