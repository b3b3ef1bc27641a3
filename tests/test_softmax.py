"""Tests of softmax, log_softmax, logsumexp and the Jacobian."""

import itertools

import cases
import dask.array
import mpmath
import numpy as np
import oracle
import probes
import pytest
from cases import EVERY_ROWWISE as EVERY
from cases import ROW_BOUNDS

import activations
from activations._core.arrays import BLOCK

RANDOM = np.random.default_rng(1990)


ROWS = [
    [0.0, 0.0],
    [0.0, -40.0],
    [0.0, -745.0],
    [-708.9, 0.1, -350.7],
    [700.3, 0.1, -0.7, 699.9],
    [1e-300, -1e-300, 1e-17],
    [1.2, 0.9, 0.4],
    [-700.1, -1.3, -709.9],
    [1000.0, 1000.0, 999.0, 255.1],
    [-1e5, -1e5 - 0.7, -1e5 - 700.3],
    [88.7, 0.0, -88.7, 12.5],
    [600.1, 500.2, -200.7],
    [20.1, -690.7],
    [0.3],
]


def check(name, rows, dtype, most):
    for row in rows:
        x = np.array(row)
        x = np.clip(x, -np.finfo(dtype).max, np.finfo(dtype).max).astype(dtype)
        got = np.asarray(getattr(activations, name)(x))
        assert got.dtype == dtype
        (want,) = oracle.exact_rows(name, [x])
        found = oracle.ulps(got, want if isinstance(want, list) else [want])
        assert found.max() <= most, f"{name}({x.tolist()}) is {found} ulp off"


@pytest.mark.parametrize("dtype", cases.FLOATS)
@pytest.mark.parametrize("name", ROW_BOUNDS)
def test_agrees_with_its_definition(name, dtype):
    spread = RANDOM.normal(size=(6, 5)) * np.array([[0.1, 1, 5, 50, 200, 300]]).T
    most = ROW_BOUNDS[name] if dtype is np.float64 else 0.501
    check(name, [*ROWS, *spread.tolist()], dtype, most)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("axis", [0, 1])
def test_float64_bound_on_either_axis(name, axis):
    x = RANDOM.uniform(-300, 300, (12, 70))
    x = x if axis else x.T
    got = getattr(activations, name)(x, axis=axis)
    rows = np.moveaxis(x, axis, -1)
    want = oracle.exact_rows(name, rows[:4])
    got = np.moveaxis(got, axis, -1)[:4] if name != "logsumexp" else got[:4]
    want = list(itertools.chain(*want)) if name != "logsumexp" else want
    assert oracle.ulps(got, want).max() <= ROW_BOUNDS[name]


@cases.WIDER
@pytest.mark.parametrize("length", [10, 17, 64, 100, 300])
@pytest.mark.parametrize("axis", [0, 1])
def test_bound_of_softmax_on_many_rows(length, axis):
    x = np.random.default_rng(1868).normal(size=(300_000 // length, length)) * 5
    terms = np.exp(x.astype(np.longdouble))
    want = terms / terms.sum(axis=1, keepdims=True)
    got = activations.softmax(x if axis else x.T.copy(), axis=axis)
    error = np.abs((got if axis else got.T) - want) / np.spacing(want.astype(float))
    assert error.max() <= ROW_BOUNDS["softmax"]


@EVERY
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((7,), -1),
        ((7,), 0),
        ((3, 4), 0),
        ((3, 4), 1),
        ((3, 4), None),
        ((3, 4), (0, 1)),
        ((3, 4), -2),
        ((40, 30, 20), -2),
        ((3, 4, 5), (0, 2)),
        ((3, 4, 5), (-1,)),
        ((3, 4, 5), (2, 0)),
        ((3, 4, 5), ()),
        ((7,), ()),
        ((2, 1, 3, 2), (1, 3)),
        ((40, 30, 20), (0, 2)),
        ((40, 30, 20), 1),
        ((40, 30, 20), None),
        ((3, 30_000), 1),
        ((30_000, 3), 0),
        ((30_000, 17), 0),
        ((2_000, 20), 0),
        ((100_000, 2), 1),
        ((1, 1), 1),
    ],
)
@pytest.mark.parametrize("dtype", cases.FLOATS)
def test_any_axis(function, shape, axis, dtype):
    x = RANDOM.normal(size=shape).astype(dtype)
    got = function(x, axis=axis)
    axes = tuple(range(len(shape))) if axis is None else np.atleast_1d(axis).astype(int)
    axes = tuple(int(i) % len(shape) for i in axes)
    wide = x.astype(np.longdouble)
    total = np.log(np.exp(wide).sum(axis=axes, keepdims=True))
    want = {
        "softmax": np.exp(wide - total),
        "log_softmax": wide - total,
        "logsumexp": total.squeeze(axis=axes),
    }[function.__name__]
    assert got.dtype == dtype
    assert got.shape == want.shape
    tolerance = 1e-13 if dtype == np.float64 else np.finfo(dtype).eps * 0.51
    np.testing.assert_allclose(
        got.astype(np.longdouble),
        want,
        rtol=tolerance,
        atol=np.finfo(dtype).tiny if dtype == np.float16 else 1e-15,
    )


@EVERY
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    "shifts", [(-1000, -900), (700, 708), (900, 1000), (-1000, 5), (-5, 705), (3, 1e9)]
)
def test_long_rows_far_from_zero(function, axis, shifts):
    x = np.round(RANDOM.normal(size=(2, 30_000)) * 2**20) / 2**20
    far = x + np.reshape(shifts, (2, 1))
    got = function(far if axis else far.T.copy(), axis=axis)
    want = function(far - np.reshape(shifts, (2, 1)), axis=1)
    if function is activations.logsumexp:
        want = want + shifts
    if not axis and function is not activations.logsumexp:
        got = got.T
    np.testing.assert_allclose(got, want, rtol=1e-14, atol=1e-300)


@EVERY
@pytest.mark.parametrize("shape", [(2, 3), (3, 30_000), (2_000, 10)])
def test_layouts_give_the_same_bits(function, shape):
    x = RANDOM.normal(size=shape)
    want = function(x)
    frozen = x.copy()
    frozen.flags.writeable = False
    wide = np.repeat(x, 2, axis=1)[:, ::2]
    for variant in (frozen, wide, x.astype(">f8"), x[:, ::-1].copy()[:, ::-1]):
        before = variant.copy()
        np.testing.assert_array_equal(function(variant), want)
        np.testing.assert_array_equal(variant, before)
    np.testing.assert_array_equal(function(np.asfortranarray(x)), want)


@pytest.mark.parametrize("function", [activations.softmax, activations.log_softmax])
@pytest.mark.parametrize("axis", [0, -1, None])
@pytest.mark.parametrize("shape", [(2, 3), (3, 30_000), (2_000, 10)])
def test_results_have_the_order_of_their_input(function, shape, axis):
    x = RANDOM.normal(size=shape)
    assert function(x, axis=axis).flags.c_contiguous
    assert function(np.asfortranarray(x), axis=axis).flags.f_contiguous


@EVERY
@pytest.mark.parametrize("length", [2, 64, 65])
def test_a_lone_row_gives_the_same_bits_in_any_layout(function, length):
    for _ in range(20):
        x = RANDOM.normal(size=length) * 5
        want = function(x)
        wide = np.repeat(x, 3)
        for variant in (x[::-1].copy()[::-1], wide[::3], np.flip(np.flip(wide)[1::3])):
            np.testing.assert_array_equal(function(variant), want)
        np.testing.assert_array_equal(function(x.astype(">f8")), want)


@EVERY
def test_out_of_another_precision_is_rounded_once_and_in_silence(function):
    x = (RANDOM.normal(size=(40, 10)) * 3).astype(np.float32)
    x[0, 0] = -3e38
    exact = function(x.astype(np.float64))
    for dtype in np.float16, np.float64:
        for rows, want in (x, exact), (x[1], exact[1]), (x[0], exact[0]):
            out = np.empty(np.shape(want), dtype)
            with np.errstate(all="raise", under="ignore"):
                function(rows, out=out)
            with np.errstate(over="ignore"):
                np.testing.assert_allclose(out, want.astype(dtype), rtol=1e-13)


@EVERY
@pytest.mark.parametrize("length", [1, 2, 10, 16, 17, 40, 200, 300])
@pytest.mark.parametrize("spread", [1, 300])
def test_a_row_alone_agrees_with_the_row_among_others(function, length, spread):
    x = RANDOM.normal(size=(7, length)) * spread
    got = np.stack([function(row) for row in x])
    np.testing.assert_allclose(got, function(x), rtol=2e-15, atol=1e-300)
    across = function(x.T.copy(), axis=0).T
    np.testing.assert_allclose(got, across, rtol=2e-15, atol=1e-300)


@EVERY
def test_scalars_and_sequences(function):
    assert isinstance(function(3.0, axis=None), np.float64)
    assert isinstance(function(np.float32(3), axis=None), np.float32)
    assert isinstance(activations.logsumexp([1, 2]), np.float64)
    assert function([[1, 2], [3, 4]]).dtype == np.float64
    assert function([True, False]).tolist() == function([1.0, 0.0]).tolist()
    assert function(np.array([1, 0], np.longdouble)).dtype == np.longdouble


def test_empty_rows():
    # scipy.special.softmax raises.
    assert activations.softmax([]).shape == (0,)
    assert activations.log_softmax(np.empty((3, 0), np.float32)).shape == (3, 0)
    assert activations.softmax(np.empty((0, 3)), axis=0).shape == (0, 3)
    assert activations.logsumexp([]) == -np.inf
    assert activations.logsumexp(np.empty((0, 3)), axis=0).tolist() == [-np.inf] * 3
    assert activations.logsumexp(np.empty((0, 3)), axis=1).shape == (0,)
    assert activations.softmax_jacobian(np.empty((0, 3))).shape == (0, 3, 3)
    assert activations.softmax_jacobian(np.empty((3, 0))).shape == (3, 0, 0)


def test_keepdims():
    x = RANDOM.normal(size=(3, 4, 5))
    kept = activations.logsumexp(x, axis=(0, 2), keepdims=True)
    assert kept.shape == (1, 4, 1)
    dropped = activations.logsumexp(x, axis=(0, 2))
    np.testing.assert_array_equal(kept.squeeze(), dropped)
    for length in 10, 100, 40_000:
        x = RANDOM.normal(size=(3, length))
        for truth in True, np.True_, 2, "yes":
            assert activations.logsumexp(x, keepdims=truth).shape == (3, 1)
            one = activations.logsumexp(x[0], keepdims=truth)
            assert one.shape == (1,)
            assert one[0] == activations.logsumexp(x[0])


@pytest.mark.parametrize("size", [1, 13_000])
def test_infinities_and_nan(size):
    inf, nan = np.inf, np.nan
    x = np.array([[0, -inf], [-inf, -inf], [inf, 0], [nan, 0], [inf, inf], [0, nan]])
    x = np.concatenate([x, np.full((6, 2 * (size - 1)), -inf)], axis=1)
    with np.errstate(all="raise", under="ignore"):
        shares = activations.softmax(x)
        logs = activations.log_softmax(x)
        sums = activations.logsumexp(x)
    assert shares[0, :2].tolist() == [1, 0]
    assert np.isnan(shares[1:]).all()
    assert logs[0, :2].tolist() == [0, -inf]
    assert np.isnan(logs[1:, :2]).any(axis=1).all()
    np.testing.assert_array_equal(sums, [0, -inf, inf, nan, inf, nan])


@EVERY
@pytest.mark.parametrize("dtype", cases.FLOATS)
def test_signalling_nan_warns_as_little(function, dtype):
    for shape in (10,), (3, 10), (10, 3_000), (2 * BLOCK,):
        x = np.resize(cases.signalling(dtype), shape)
        with np.errstate(all="raise"):
            for axis in range(x.ndim):
                assert np.isnan(function(x, axis=axis)).all()
            assert np.isnan(activations.softmax_jacobian(x[..., :10])).all()


@EVERY
@pytest.mark.parametrize("dtype", cases.FLOATS)
def test_no_finite_input_warns(function, dtype):
    # scipy.special.softmax of [3e38, -3e38] in float32 warns of an overflow.
    end = np.finfo(dtype).max
    x = np.array([[end, -end], [-end, -end], [end, end], [0, end]], dtype)
    with np.errstate(all="raise", under="ignore"):
        got = function(x)
        activations.softmax_jacobian(x)
    assert not np.isnan(got).any()


@EVERY
@pytest.mark.parametrize("axis", [1.0, -1.0, "0", "", [0], {1}, (0.0, 1)])
def test_axis_of_no_integer_is_refused(function, axis):
    name = function.__name__
    with pytest.raises(TypeError, match=f"{name}: axis must be an integer.*got"):
        function(np.ones((2, 3)), axis=axis)


@EVERY
@pytest.mark.parametrize("axis", [2, -3, (0, 2), (5,), 2**70])
def test_axis_that_does_not_exist(function, axis):
    name = function.__name__
    with pytest.raises(ValueError, match=name) as caught:
        function(np.ones((2, 3)), axis=axis)
    assert str(axis) in str(caught.value)
    assert "(2, 3)" in str(caught.value)
    assert isinstance(caught.value, np.exceptions.AxisError)


@EVERY
def test_settings_of_the_caller_stay(function):
    with np.errstate(all="raise"):
        size = np.setbufsize(4096)
        function(np.full((3, 2_000), -1e300))
        function(np.full(3, -1e300))
        assert np.setbufsize(size) == 4096
        assert set(np.geterr().values()) == {"raise"}


def test_axis_of_a_scalar_or_given_twice():
    with pytest.raises(ValueError, match=r"axis -1 does not exist in the shape \(\)"):
        activations.softmax(1.0)
    with pytest.raises(
        ValueError, match=r"softmax: axis \(0, -2\) names an axis twice"
    ):
        activations.softmax(np.ones((2, 2)), axis=(0, -2))
    with pytest.raises(ValueError, match=r"softmax_jacobian: axis 1 .* \(2,\)"):
        activations.softmax_jacobian([1.0, 2.0], axis=1)
    with pytest.raises(TypeError, match="axis must be one integer, got None"):
        activations.softmax_jacobian([1.0, 2.0], axis=None)


@pytest.mark.parametrize("name", [*cases.ROWWISE, "softmax_jacobian"])
@pytest.mark.parametrize("x", [["a"], [1j], [None], np.array(["2020"], "M8[D]")])
def test_what_is_no_real_number_is_refused(name, x):
    with pytest.raises(TypeError, match=f"{name}: x must be real numbers, got .*dtype"):
        getattr(activations, name)(x)


@EVERY
def test_parameters_are_given_by_name(function):
    with pytest.raises(TypeError, match="positional"):
        function([1.0], 0)


@pytest.mark.parametrize("shape", [(2, 3), (3, 30_000), (30_000, 3), (300, 400)])
@pytest.mark.parametrize("axis", [0, 1])
def test_out(shape, axis):
    x = RANDOM.normal(size=shape)
    for function in (activations.softmax, activations.log_softmax):
        want = function(x, axis=axis)
        out = np.empty_like(x)
        assert function(x, axis=axis, out=out) is out
        np.testing.assert_array_equal(out, want)
        room = np.concatenate([x, np.ones((1, shape[1]))])
        function(room[:-1], axis=axis, out=room[1:])
        np.testing.assert_array_equal(room[1:], want)
        same = x.copy()
        assert function(same, axis=axis, out=same) is same
        np.testing.assert_array_equal(same, want)
    want = activations.logsumexp(x, axis=axis)
    out = np.empty(want.shape)
    assert activations.logsumexp(x, axis=axis, out=out) is out
    np.testing.assert_array_equal(out, want)


@EVERY
@pytest.mark.parametrize("length", [5, 100, 30_000])
def test_out_changes_no_bit_of_a_lone_row(function, length):
    x = RANDOM.normal(size=length)
    want = function(x)
    out = np.empty_like(want)
    function(x, out=out)
    np.testing.assert_array_equal(out, want)


@EVERY
@pytest.mark.parametrize("shape", [(4, 5, 6), (30, 40, 50)])
def test_out_in_another_order(function, shape):
    x = RANDOM.normal(size=shape)
    want = function(x)
    for source in x, np.asfortranarray(x):
        for order in "CF":
            out = np.empty(want.shape, order=order)
            function(source, out=out)
            np.testing.assert_allclose(out, want, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("size", [3, 200])
def test_out_may_be_the_input_transposed(size):
    for function in (activations.softmax, activations.log_softmax):
        x = RANDOM.normal(size=(size, size))
        want = function(x)
        function(x, out=x.T)
        np.testing.assert_array_equal(x.T, want)


@EVERY
def test_out_that_is_read_only_is_refused(function):
    out = np.broadcast_to(0.0, np.shape(function(np.ones((2, 3)))))
    with pytest.raises(
        ValueError, match=f"{function.__name__}: out must be writeable, got a read-only"
    ):
        function(np.ones((2, 3)), out=out)


def test_out_of_a_subclass_is_filled():
    out = np.zeros((2, 3)).view(np.recarray)
    x = RANDOM.normal(size=(2, 3))
    assert activations.softmax(x, out=out) is out
    np.testing.assert_array_equal(out, activations.softmax(x))


def test_out_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"softmax: out must have the shape \(3,\)"):
        activations.softmax(np.ones(3), out=np.empty(4))
    for out in [0], np.ma.zeros(()):
        with pytest.raises(TypeError, match="logsumexp: out must be a NumPy array"):
            activations.logsumexp(np.ones(3), out=out)
    with pytest.raises(TypeError, match="softmax: out is for NumPy arrays"):
        activations.softmax(np.ma.ones(3), out=np.empty(3))


@pytest.mark.parametrize("length", [5, 10, 30, 64])
def test_jacobian_is_made_of_the_shares_of_softmax(length):
    x = RANDOM.normal(size=(6, length)) * 5
    p, matrix = activations.softmax(x), activations.softmax_jacobian(x)
    above = np.triu_indices(length, 1)
    product = p[:, :, np.newaxis] * p[:, np.newaxis, :]
    np.testing.assert_array_equal(matrix[:, *above], -product[:, *above])


@pytest.mark.parametrize("peak", [1000.0, 3.0, 0.0, -800.0])
@pytest.mark.parametrize("length", [3, 100, 30_000])
def test_rows_of_equal_scores(peak, length):
    x = np.full((2, length), peak)
    for rows, axis in (x, 1), (x.T.copy(), 0):
        total = activations.logsumexp(rows, axis=axis)
        np.testing.assert_allclose(total, peak + np.log(length), rtol=1e-15)
        logs = activations.log_softmax(rows, axis=axis)
        np.testing.assert_allclose(logs, -np.log(length), rtol=1e-14)


@EVERY
@pytest.mark.parametrize(
    "shape",
    [(400_000,), (2, 200_000), (40_000, 10), (30_000, 2), (BLOCK, 1), (8_192, 3)],
)
@pytest.mark.parametrize("dtype", [np.float32, np.longdouble])
@pytest.mark.parametrize("goes_to", ["a new array", "another", "itself"])
def test_memory_beside_input_and_output(function, shape, dtype, goes_to):
    x = np.ones(shape, dtype)
    x[::2] = -900  # rows of both kinds
    if goes_to == "a new array":
        out = None
    elif function is activations.logsumexp:
        out = np.empty(shape[:-1], dtype)
    else:
        out = x if goes_to == "itself" else np.empty_like(x)
    assert probes.peak_memory(function, x, out=out) <= 2_000_000


@pytest.mark.parametrize("function", [activations.log_softmax, activations.logsumexp])
@pytest.mark.parametrize(
    "shape", [(100_000, 2), (20_000, 10), (3_000, 64), (3_000, 65), (8, BLOCK - 10)]
)
@pytest.mark.parametrize("axis", [0, 1])
def test_memory_where_terms_underflow(function, shape, axis):
    # Up to 2.7 MB when all rows of a block were scaled in one go.
    x = np.full(shape, -745.0)
    x[:, 0] = 0
    x = x if axis == 1 else x.T.copy()
    assert probes.peak_memory(function, x, axis=axis) <= 2_000_000


@pytest.mark.parametrize("function", [activations.softmax, activations.log_softmax])
def test_an_input_that_lies_between_the_output_is_not_copied(function):
    both = np.ones((1_000, 2_400))
    for x, out in (both[:, :1_200], both[:, 1_200:]), (both[:, ::2], both[:, 1::2]):
        assert probes.peak_memory(function, x, out=out) <= 2_000_000


@pytest.mark.parametrize("dtype", [np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(4_000, 24), (4, 1_000, 24), (1_000,), (3, 400)])
def test_memory_of_the_jacobian_beside_its_output(shape, dtype):
    x = np.ones(shape, dtype)
    assert probes.peak_memory(activations.softmax_jacobian, x) <= 2_000_000


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((4, 3), 0), ((4, 3), 1), ((4, 3), -1), ((4, 3), -2), ((2, 5, 4, 3), 1)],
)
def test_jacobian_against_its_formula(shape, axis):
    x = RANDOM.normal(size=shape)
    p = np.moveaxis(activations.softmax(x, axis=axis), axis, -1)
    got = activations.softmax_jacobian(x, axis=axis)
    want = p[..., :, None] * (np.eye(p.shape[-1]) - p[..., None, :])
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-14)
    assert activations.softmax_jacobian(x.astype("f2")).dtype == np.float16


def test_unsigned_and_small_integers():
    # scipy.special.softmax of uint8 [0, 1] is [nan, 0]; of booleans a TypeError.
    want = activations.softmax([0.0, 1.0])
    for dtype in (np.uint8, np.uint32, np.uint64, np.int8, bool):
        np.testing.assert_array_equal(
            activations.softmax(np.array([0, 1], dtype)), want
        )
    far = activations.softmax(np.array([-100, 100], np.int8))
    assert far[0] == 1.3838965267367376e-87


def test_a_share_close_to_one_keeps_its_logarithm():
    # 0 in SciPy, PyTorch and JAX; logsumexp in PyTorch and JAX.
    assert activations.log_softmax([0.0, -40.0])[0] == -4.248354255291589e-18
    assert activations.logsumexp([0.0, -40.0]) == 4.248354255291589e-18


@pytest.mark.parametrize(
    "length", [8, 9, 15, 16, 31, 33, 63, 129, 257, 500, 512, 2_000]
)
@pytest.mark.parametrize("peaks", [1, 8])
def test_terms_that_are_rounded_away_one_by_one_count_together(length, peaks):
    # exp(-36.75) is just less than half the distance from 1 to the next number.
    with mpmath.workdps(40):
        share = 1 / (peaks + (length - peaks) * mpmath.exp(-36.75))
        small = share * mpmath.exp(-36.75)
    rows = [np.full(length, -36.75) for _ in range(4)]
    rows[0][:peaks], rows[1][-peaks:], rows[2][:: length // peaks][:peaks] = 0, 0, 0
    rows[3][(np.arange(peaks) * 128 + np.arange(peaks) // 8) % length] = 0
    x = np.array([row for row in rows if (row == 0).sum() == peaks])
    want = [share if score == 0 else small for score in x.ravel()]
    alone = np.array([activations.softmax(row) for row in x])
    across = activations.softmax(x.T.copy(), axis=0).T
    for got in (activations.softmax(x), alone, across):
        assert oracle.ulps(got.ravel(), want).max() <= ROW_BOUNDS["softmax"]


@pytest.mark.parametrize("length", [10, 64, 65, 1_000, BLOCK + 1])
@pytest.mark.parametrize("peak", [0.0, 3.3, -1e3, 599.5])
@pytest.mark.parametrize("depth", [-690, -708.5, -745, -745.5, -750])
def test_what_underflows_term_by_term_counts_together(length, peak, depth):
    # The logarithm of the largest share was 0, or had lost up to all of its digits.
    row = np.full(length, peak + depth)
    row[length // 2] = peak
    with mpmath.workdps(700):
        deep = oracle.mpf(row[0]) - oracle.mpf(peak)
        rest = mpmath.log1p((length - 1) * mpmath.exp(deep))
        want = [-rest, deep - rest]
        log = oracle.mpf(peak) + rest
    matrix = np.tile(row, (2, 1))
    for got in (
        activations.log_softmax(row),
        activations.log_softmax(matrix)[1],
        activations.log_softmax(matrix.T.copy(), axis=0)[:, 1],
    ):
        assert oracle.ulps(got[[length // 2, 0]], want).max() <= 2
    for got in activations.logsumexp(row), activations.logsumexp(matrix)[1]:
        assert oracle.ulps(np.atleast_1d(got), [log])[0] <= 2


def test_a_row_of_seven_that_one_climbs_to():
    # 6.4 ulp off when its terms were rounded four times on the way to their sum.
    row = [-3.432529861474408, -0.1458400127579593, 4.181954360845197]
    row += [-8.399679160646087, -10.40567484191454, -1.9236165101884857]
    row = np.array([*row, -10.973209305832617])
    (want,) = oracle.exact_rows("softmax", [row])
    got = activations.softmax(np.tile(row, (2, 1)))[0]
    assert oracle.ulps(got, want).max() <= ROW_BOUNDS["softmax"]


@pytest.mark.parametrize("length", [3, 60, 500])
def test_longdouble_rows_keep_their_digits(length):
    x = RANDOM.normal(size=length).astype(np.longdouble) * 3
    with mpmath.workdps(60):
        terms = [mpmath.exp(oracle.mpf(score)) for score in x]
        shares = [term / mpmath.fsum(terms) for term in terms]
        logs = [mpmath.log(share) for share in shares]
    for function, want in (
        (activations.softmax, shares),
        (activations.log_softmax, logs),
    ):
        for got in function(x), function(np.tile(x, (3, 1)))[1]:
            assert got.dtype == np.longdouble
            assert oracle.ulps(got, want).max() <= 8


@EVERY
@pytest.mark.parametrize("least", [-65504, -60_000, -59_968])
def test_lone_rows_of_float16_fall_below_its_range_in_silence(function, least):
    x = np.array([least, 500], np.float16)
    with np.errstate(all="raise", under="ignore"):
        got = function(x)
    np.testing.assert_array_equal(got, function(np.stack([x, x]))[0])


def test_shares_whose_errors_all_point_one_way():
    # 7.4 ulp off when eight terms of a row were added side by side.
    row = [-4.493040023383972, 1.5513955524849108, -2.462998818991165]
    row += [0.47992355437756345, 5.07438776768902, 3.5288778340691556]
    row += [6.9363318700512195, 2.040308691001191, 1.3674676403270545]
    row += [13.184335412653166, 5.48773516467926, 1.9301660473648778]
    row += [-1.3791730577307564, 2.5795300852174967, 5.5967885139234514]
    row += [3.457229918880436, 0.18388715487481483, 0.6626405555115872]
    # 7.5 when twelve terms were.
    short = [15.556246236078001, 9.53845499202847, -3.922055812420335]
    short += [29.114253751279627, 7.060471387779539, -7.011544056489017]
    short += [10.202326116111577, -1.1037713278401309, 6.2384972972025965]
    short += [9.587630663368888, -3.0406783290424277, -2.4042633870326786]
    # 26.5 when the logarithm of a sum was thought far from 0 at a quarter of the peak.
    close = [-0.014653778713086298, -10.436499150303673, -4.1558738752223015]
    close += [-6.2224265115545, -7.278883783168122]
    for name, x in ("softmax", row), ("softmax", short), ("logsumexp", close):
        rows = [np.array(x)] * 2
        exact = np.ravel(oracle.exact_rows(name, rows))
        got = getattr(activations, name)(rows)
        assert oracle.ulps(np.ravel(got), exact).max() <= ROW_BOUNDS[name]


@EVERY
@pytest.mark.parametrize("length", [3, 20, 80, 25_000, BLOCK * 30 // 16 + 700])
def test_no_bit_of_a_row_depends_on_its_neighbours(function, length):
    rows = RANDOM.normal(size=(16, length)) * 5
    rows[2, :3], rows[3], rows[4, :2] = 20, -800, (1e300, np.nan)
    rows[5, -1], rows[6, 0] = 1000, -np.inf
    want = function(rows)
    np.testing.assert_array_equal(function(np.flipud(rows)), np.flipud(want))
    np.testing.assert_array_equal(function(rows.T, axis=0).T, want)
    for k in range(16):
        for count in 2, 3, 5:
            some = function(np.stack([rows[k]] * count))
            np.testing.assert_array_equal(some[0], want[k])


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((200, 300, 4), (0, 1)),
        ((200, 300, 4), (1, 0)),
        ((2, 3, 4, 9_000), (3, 1, 2)),
        ((3, BLOCK + 5), None),
    ],
)
def test_no_bit_of_a_long_row_depends_on_its_layout(function, shape, axis, dtype):
    # Rows that do not lie in one piece were cut at other places.
    x = (RANDOM.normal(size=shape) * 5).astype(dtype)
    want = function(x, axis=axis)
    np.testing.assert_array_equal(function(np.asfortranarray(x), axis=axis), want)
    whole = range(len(shape)) if axis is None else axis
    chunks = tuple(-1 if i in whole else 1 for i in range(len(shape)))
    lazy = function(dask.array.from_array(x, chunks=chunks) + dtype(0), axis=axis)
    np.testing.assert_array_equal(lazy.compute(scheduler="synchronous"), want)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_a_wider_result_has_the_same_digits(name):
    x = RANDOM.normal(size=(5_000, 10))
    out = np.empty(x.shape, np.longdouble)
    function = getattr(activations, name)
    np.testing.assert_array_equal(function(x, out=out), function(x))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((5_000, 10), -1),
        ((10, 6), 0),
        ((10, 1), 0),
        ((7, 10), None),
        ((20, 30, 70), (1, 2)),
        ((300, 100), 1),
    ],
)
def test_in_place_where_exponentials_leave_the_range(name, dtype, shape, axis):
    function = getattr(activations, name)
    for wild in ([1000], [-800], np.linspace(-745, -700.5, 10), [np.inf], [np.nan]):
        x = RANDOM.normal(size=shape).astype(dtype)
        x.flat[: len(wild)] = wild
        want = function(x, axis=axis)
        for same in x.copy(), x.copy(order="F"):
            function(same, axis=axis, out=same[:])
            np.testing.assert_array_equal(same, want)


def test_sums_of_huge_terms_stay_in_range():
    x = np.array([709.7, 709.5, 709.6])
    np.testing.assert_allclose(
        activations.softmax(x), activations.softmax(x - 709.5), rtol=1e-13
    )


def test_what_a_long_row_adds_from_afar_counts():
    # Each of 150 blocks, and what is left, adds a quarter of a unit to the 1 of the first.
    x = np.full(150 * BLOCK + 3, -np.inf)
    x[:2] = 0.0, -1e-9
    x[2::BLOCK] = -54 * np.log(2)
    exact = 1 / (2 - 1e-9 + 151 * 2.0**-54)
    got = activations.softmax(x)[0]
    assert abs(got - exact) <= ROW_BOUNDS["softmax"] * np.spacing(exact)


def test_sums_along_long_axes_lose_nothing():
    # scipy.special.softmax(..., axis=0)[0, 0] * 3e7 is 1.79 for 30,000,000 rows.
    x = np.broadcast_to(np.float32(0), (30_000_000, 1))
    assert activations.logsumexp(x, axis=0)[0] == np.float32(np.log(3e7))
    x = np.zeros((3_000_000, 2), np.float32)
    assert activations.softmax(x, axis=0)[0, 0] == np.float32(1 / 3e6)
