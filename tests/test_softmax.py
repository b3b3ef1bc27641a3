"""Tests of softmax, log_softmax, logsumexp and the Jacobian."""

import itertools
import math
from fractions import Fraction

import cases
import dask.array
import mpmath
import numpy as np
import oracle
import pytest
from numpy.lib.stride_tricks import as_strided

import activations
from activations import _core, _softmax
from activations._core.arrays import BLOCK, PIECE

RANDOM = np.random.default_rng(1990)
START = RANDOM.bit_generator.state
# The exponentials sum to 1 + 2.4e-20.
NEXT_TO_ONE = np.array([-0.032638687920849715, -3.438531905720831])
EVERY = pytest.mark.parametrize(
    "function",
    [getattr(activations, name) for name in cases.ROWWISE],
    ids=lambda f: f.__name__,
)
FLOAT64_BOUNDS = {
    "softmax": 6,
    "log_softmax": 10,
    "logsumexp": 25,
    "softmax_jacobian": 15,
}
ROWS = [
    [0.0, 0.0],
    [0.0, -40.0],
    [0.0, -745.0],
    [-708.9, 0.1, -350.7],
    [700.3, 0.1, -0.7, 699.9],
    [1e-300, -1e-300, 1e-17],
    [1.2, 0.9, 0.4],
    [-700.1, -1.3, -709.9],
    [1e300, -1e300, 9.9e299],
    [1000.0, 1000.0, 999.0, 255.1],
    [-1e5, -1e5 - 0.7, -1e5 - 700.3],
    [88.7, 0.0, -88.7, 12.5],
    [600.1, 500.2, -200.7],
    [20.1, -690.7],
    [0.3],
]


@pytest.fixture(autouse=True)
def _fresh_numbers():
    """Draw the same numbers in a test, whatever ran before it."""
    RANDOM.bit_generator.state = START


def watch(monkeypatch, owner, name):
    """Return a list that each call of a function adds its arguments to from now on."""
    calls, function = [], getattr(owner, name)
    monkeypatch.setattr(
        owner, name, lambda *a, **k: calls.append(a) or function(*a, **k)
    )
    return calls


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
@pytest.mark.parametrize("name", FLOAT64_BOUNDS)
def test_agrees_with_its_definition(name, dtype):
    spread = RANDOM.normal(size=(6, 5)) * np.array([[0.1, 1, 5, 50, 200, 300]]).T
    most = FLOAT64_BOUNDS[name] if dtype is np.float64 else 0.501
    rows = [*ROWS, *spread.tolist()]
    # Beside 1e300 the other two shares are 0, and 800 digits do not hold their size.
    check(name, [row for row in rows if max(map(abs, row)) < 1e6], dtype, most)


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
    assert oracle.ulps(got, want).max() <= FLOAT64_BOUNDS[name]


@cases.WIDER
@pytest.mark.parametrize("length", [10, 17, 64, 100, 300])
@pytest.mark.parametrize("axis", [0, 1])
def test_bound_of_softmax_on_many_rows(length, axis):
    x = np.random.default_rng(1868).normal(size=(300_000 // length, length)) * 5
    terms = np.exp(x.astype(np.longdouble))
    want = terms / terms.sum(axis=1, keepdims=True)
    got = activations.softmax(x if axis else x.T.copy(), axis=axis)
    error = np.abs((got if axis else got.T) - want) / np.spacing(want.astype(float))
    assert error.max() <= FLOAT64_BOUNDS["softmax"]


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
def test_masked_float16_scores_warn_of_nothing(function):
    x = np.ma.masked_array(np.ones((2, 3), np.float16), [[True, False, False]] * 2)
    assert repr(x)  # which makes a fill value that float16 cannot hold
    with np.errstate(all="raise"):
        function(x)
        activations.softmax_jacobian(x)


def test_masked_scores_have_no_slopes():
    # The largest number less its opposite overflows, and NaN is no mask.
    x = np.array([[1.0, 2.0, 3.0], [1e308, -1e308, 0.0], [np.nan, 1.0, 2.0]])
    mask = [[False, True, False], [False] * 3, [False] * 3]
    with np.errstate(all="raise", under="ignore"):
        got = activations.softmax_jacobian(np.ma.masked_array(x, mask).T, axis=0)
    hidden = [[False, True, False], [True] * 3, [False, True, False]]
    assert got.mask.tolist() == [hidden, [[False] * 3] * 3, [[False] * 3] * 3]
    want = activations.softmax_jacobian(x)
    np.testing.assert_array_equal(got.data[1:], want[1:])
    left = activations.softmax_jacobian([1.0, 3.0])
    np.testing.assert_allclose(got.data[0][::2, ::2], left, rtol=1e-15)


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
    with pytest.raises(TypeError, match=f"{name}: x must be real numbers, got dtype"):
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
    out = np.ma.masked_array(np.zeros((2, 3)), [[True, False, False]] * 2)
    out.harden_mask()
    x = RANDOM.normal(size=(2, 3))
    assert activations.softmax(x, out=out) is out
    np.testing.assert_array_equal(out.data, activations.softmax(x))
    assert out.mask.sum() == 2


def test_out_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"softmax: out must have the shape \(3,\)"):
        activations.softmax(np.ones(3), out=np.empty(4))
    with pytest.raises(TypeError, match="logsumexp: out must be a NumPy array"):
        activations.logsumexp(np.ones(3), out=[0])
    with pytest.raises(TypeError, match="softmax: out is for NumPy arrays"):
        activations.softmax(np.ma.ones(3), out=np.empty(3))


def test_masked_scores_have_no_share():
    # scipy.special.softmax ignores the mask.
    x = np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False])
    got = activations.softmax(x)
    assert got.mask.tolist() == [False, True, False]
    want = activations.softmax([1.0, 3.0])
    np.testing.assert_allclose(got.compressed(), want, rtol=1e-15)
    logs = activations.log_softmax(x)
    assert logs.mask.tolist() == [False, True, False]
    assert activations.logsumexp(x) == pytest.approx(activations.logsumexp([1.0, 3.0]))
    rows = np.ma.masked_array([[1, 2, 3], [4, 5, 6]], [[0, 1, 0], [1, 1, 1]])
    assert activations.logsumexp(rows, axis=1).mask.tolist() == [False, True]
    assert activations.softmax(rows)[0].sum() == pytest.approx(1)
    got = activations.softmax(rows)
    got[0, 0] = np.ma.masked
    assert not rows.mask[0, 0]


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masked_rows_are_as_exact_as_others(function, dtype):
    x = activations.log_softmax(RANDOM.normal(size=(50, 6)) * 4).astype(dtype)
    np.testing.assert_array_equal(function(np.ma.masked_array(x)), function(x))


class Column(np.lib.mixins.NDArrayOperatorsMixin):
    """A column of a table: it answers ufuncs, and is read by labels."""

    __array_ufunc__ = pytest.fail
    dtype = np.dtype(float)

    def __array__(self, dtype=None, copy=None):
        """Return the numbers without their labels."""
        return np.array([0.5, 2.0, 1.0], dtype)


def test_columns_of_tables_become_arrays():
    want = activations.softmax([0.5, 2.0, 1.0])
    np.testing.assert_array_equal(activations.softmax(Column()), want)
    want = activations.softmax_jacobian([0.5, 2.0, 1.0])
    np.testing.assert_array_equal(activations.softmax_jacobian(Column()), want)


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dask_arrays_stay_lazy(function, dtype):
    x = RANDOM.normal(size=(40, 6)).astype(dtype)
    lazy = function(dask.array.from_array(x, chunks=(7, 6)))
    assert isinstance(lazy, dask.array.Array)
    assert lazy.dtype == dtype
    np.testing.assert_array_equal(lazy.compute(scheduler="synchronous"), function(x))


@EVERY
@pytest.mark.parametrize("axis", [0, 1, (0, 2), None, ()])
def test_lazy_rows_that_lie_in_one_chunk_have_the_same_bits(function, axis):
    x = RANDOM.normal(size=(6, 5, 40)) * 4
    x[3] *= 300
    axes = range(3) if axis is None else np.atleast_1d(axis).astype(int).tolist()
    chunks = tuple(-1 if i in axes else 2 for i in range(3))
    lazy = function(dask.array.from_array(x, chunks=chunks), axis=axis)
    got, want = lazy.compute(scheduler="synchronous"), function(x, axis=axis)
    assert lazy.shape == np.shape(got) == np.shape(want)
    assert lazy.dtype == np.asarray(got).dtype == np.float64
    np.testing.assert_array_equal(got, want)


@pytest.fixture
def cut(monkeypatch):
    """Leave lazy rows in several chunks, as is done with the longest only."""
    monkeypatch.setattr(_core.foreign_rows, "LONGEST", 0)


@EVERY
@pytest.mark.parametrize("dtype", cases.FLOATS)
@pytest.mark.parametrize("axis", [0, 1, (0, 2), None])
def test_lazy_rows_cut_into_chunks_have_the_bits_of_one_piece(function, dtype, axis):
    # logsumexp close to 0 lost all digits there, log_softmax those of small numbers.
    x = RANDOM.normal(size=(7, 5, 12)) * 4
    close = x - activations.logsumexp(x, axis=axis, keepdims=True)
    deep = RANDOM.uniform(-760, -700, x.shape)
    deep[0, 0, 0] = 0
    for scores in (a.astype(dtype) for a in (x, close, deep)):
        for chunks in (2, 3, 6), (7, 1, 3):
            lazy = function(dask.array.from_array(scores, chunks=chunks), axis=axis)
            assert isinstance(lazy, dask.array.Array)
            got = lazy.compute(scheduler="synchronous")
            np.testing.assert_array_equal(got, function(scores, axis=axis))


@EVERY
def test_chunks_of_whole_rows_have_the_size_that_dask_is_set_to(function):
    x = dask.array.zeros((4_000, 3_000), chunks=(1_000, 10))
    with dask.config.set({"array.chunk-size": "240kB"}):
        rows, *_ = function(x).chunksize
    assert rows == 10


@pytest.mark.parametrize("more", [0, 1, 1_000_000])
def test_only_the_longest_lazy_rows_stay_cut(more):
    x = dask.array.zeros((1, 16_777_216 + more), chunks=(1, 4_000_000))
    (_, blocks) = activations.softmax(x).numblocks
    assert blocks == (x.numblocks[1] if more else 1)


@EVERY
@pytest.mark.parametrize("axis", [0, 1, None])
def test_lazy_rows_of_unknown_number(function, axis):
    x = RANDOM.normal(size=(12, 6))
    x[::5, 0] = 1  # dask finds no maximum of an empty chunk
    lazy = dask.array.from_array(x, chunks=(5, 4))
    got = function(lazy[lazy[:, 0] > 0], axis=axis).compute(scheduler="synchronous")
    np.testing.assert_allclose(got, function(x[x[:, 0] > 0], axis=axis), rtol=1e-14)


@EVERY
@pytest.mark.usefixtures("cut")
def test_lazy_rows_that_lie_in_several_chunks_stay_lazy(function):
    x = RANDOM.normal(size=(40, 6))
    lazy = function(dask.array.from_array(x, chunks=(7, 4)))
    assert isinstance(lazy, dask.array.Array)
    got, want = lazy.compute(scheduler="synchronous"), function(x)
    np.testing.assert_allclose(got, want, rtol=3e-15)


@EVERY
@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("dtype", cases.FLOATS)
@pytest.mark.parametrize("axis", [0, 1, (0, 2), None])
def test_lazy_rows_warn_of_nothing(function, dtype, axis):
    x = RANDOM.normal(size=(6, 7, 5)).astype(dtype)
    x[0, 0, :3] = np.finfo(dtype).max, -np.finfo(dtype).max, -np.inf
    x[0, 2, :2], x[5, 4, 4], x[3] = (
        (np.nan, np.inf),
        cases.signalling(dtype)[0],
        -np.inf,
    )
    with np.errstate(all="raise"):
        lazy = function(dask.array.from_array(x, chunks=(2, 3, 3)), axis=axis)
        got = lazy.compute(scheduler="synchronous")
    want = function(x, axis=axis)
    assert (lazy.shape, lazy.dtype) == (np.shape(want), dtype)
    assert np.asarray(got).dtype == dtype
    close = {"rtol": 4 * np.finfo(dtype).eps, "atol": np.finfo(dtype).tiny}
    np.testing.assert_allclose(got, want, **close)


@EVERY
@pytest.mark.usefixtures("cut")
def test_lazy_columns_in_several_chunks_are_as_exact(function):
    x = RANDOM.normal(size=(300_000, 2))
    lazy = function(dask.array.from_array(x, chunks=(120_000, 1)), axis=0)
    got = lazy.compute(scheduler="synchronous")
    np.testing.assert_allclose(got, function(x, axis=0), rtol=1e-15)


@EVERY
@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("chunks", [(2, 5), (2, 3)])
def test_lazy_masked_scores_have_no_share(function, chunks):
    x = np.ma.masked_greater(RANDOM.normal(size=(40, 5)), 0.3)
    x[7] = np.ma.masked
    lazy = function(dask.array.from_array(x, chunks=chunks))
    got, want = lazy.compute(scheduler="synchronous"), function(x)
    assert isinstance(got, np.ma.MaskedArray)
    np.testing.assert_array_equal(np.ma.getmaskarray(got), np.ma.getmaskarray(want))
    np.testing.assert_allclose(got.compressed(), want.compressed(), rtol=2e-15)


@pytest.mark.parametrize("name", [*cases.ROWWISE, "softmax_jacobian"])
def test_arrays_of_other_makers_keep_their_kind(name):
    function = getattr(activations, name)
    x = RANDOM.normal(size=(3, 5, 4)) * 4
    x[1, 1, 1], x[2, 0, 3] = 900, -np.inf
    for axis in 0, 1, 2:
        with np.errstate(all="raise"):
            got = function(cases.Foreign(x), axis=axis)
        assert isinstance(got, cases.Foreign)
        np.testing.assert_allclose(got.values, function(x, axis=axis), rtol=3e-15)


@EVERY
@pytest.mark.parametrize("axis", [0, -1, (0, 2), None])
def test_rows_of_strict_arrays_meet_no_other_array(function, axis):
    x = RANDOM.normal(size=(3, 5, 4)) * 4
    got = function(cases.Strict(x), axis=axis)
    assert isinstance(got, cases.Strict)
    np.testing.assert_allclose(got.values, function(x, axis=axis), rtol=3e-15)


@EVERY
@pytest.mark.usefixtures("cut")
def test_lazy_arrays_without_rows(function):
    lazy = function(dask.array.empty((0, 5), chunks=(1, 3)))
    got = lazy.compute(scheduler="synchronous")
    assert got.shape == function(np.empty((0, 5))).shape


def test_lazy_sums_keep_their_dimension():
    x = RANDOM.normal(size=(4, 6))
    lazy = dask.array.from_array(x, chunks=(2, 6))
    got = activations.logsumexp(lazy, keepdims=True)
    assert got.shape == (4, 1)
    want = activations.logsumexp(x, keepdims=True)
    np.testing.assert_array_equal(got.compute(scheduler="synchronous"), want)


@EVERY
@pytest.mark.usefixtures("cut")
def test_lazy_rows_of_one_dimension(function):
    x = RANDOM.normal(size=7)
    lazy = function(dask.array.from_array(x, chunks=3)).compute(scheduler="synchronous")
    np.testing.assert_allclose(lazy, function(x), rtol=3e-15)


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", [*cases.ROWWISE, "softmax_jacobian"])
def test_lazy_arrays_of_large_scores_stay_in_range(name):
    function = getattr(activations, name)
    x = np.array([[1000.0, 999.0], [-1000.0, -999.0]])
    got = function(dask.array.from_array(x, chunks=1)).compute(scheduler="synchronous")
    np.testing.assert_allclose(got, function(x), rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("shape", "axis"), [((7, 30), 1), ((2, 24, 3), 1), ((9,), 0)])
def test_lazy_jacobian_of_whole_rows_has_the_same_bits(shape, axis, dtype):
    x = (RANDOM.normal(size=shape) * 5).astype(dtype)
    chunks = tuple(-1 if i == axis else 2 for i in range(len(shape)))
    lazy = activations.softmax_jacobian(dask.array.from_array(x, chunks), axis=axis)
    want = activations.softmax_jacobian(x, axis=axis)
    assert isinstance(lazy, dask.array.Array)
    assert (lazy.shape, lazy.dtype) == (want.shape, dtype)
    np.testing.assert_array_equal(lazy.compute(scheduler="synchronous"), want)


def test_lazy_jacobian_of_rows_cut_into_chunks():
    x = RANDOM.normal(size=(2, 4, 3))
    lazy = activations.softmax_jacobian(dask.array.from_array(x, (1, 3, 2)), axis=1)
    want = activations.softmax_jacobian(x, axis=1)
    np.testing.assert_allclose(lazy.compute(scheduler="synchronous"), want, 1e-13)


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
    assert cases.peak_memory(function, x, out=out) <= 2_000_000


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
        assert cases.peak_memory(activations.logsumexp, x) <= 2_000_000


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
    assert cases.peak_memory(function, x, axis=axis) <= 2_000_000


@pytest.mark.parametrize("function", [activations.softmax, activations.log_softmax])
def test_an_input_that_lies_between_the_output_is_not_copied(function):
    both = np.ones((1_000, 2_400))
    for x, out in (both[:, :1_200], both[:, 1_200:]), (both[:, ::2], both[:, 1::2]):
        assert cases.peak_memory(function, x, out=out) <= 2_000_000


def test_where_it_is_too_hard_to_tell_the_input_counts_as_overlapping():
    # The example of NumPy's documentation; no page of the memory is ever touched.
    memory = np.zeros(192_163_377, np.int8)
    x = as_strided(memory, (1049, 1049, 1049), (36674, 61119, 85569))
    out = as_strided(memory[64_023_025:], (1049, 1049, 1), (12223, 12224, 1))
    assert _core.arrays.overlap(x, out)


@pytest.mark.parametrize("dtype", [np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(4_000, 24), (4, 1_000, 24), (1_000,), (3, 400)])
def test_memory_of_the_jacobian_beside_its_output(shape, dtype):
    x = np.ones(shape, dtype)
    assert cases.peak_memory(activations.softmax_jacobian, x) <= 2_000_000


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
    assert far[0] == pytest.approx(1.3838965267367376e-87, rel=1e-15)


def test_a_share_close_to_one_keeps_its_logarithm():
    # 0 in SciPy, PyTorch and JAX; logsumexp in PyTorch and JAX.
    assert activations.log_softmax([0.0, -40.0])[0] == -4.248354255291589e-18
    assert activations.logsumexp([0.0, -40.0]) == 4.248354255291589e-18


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(5, 2), (4, 10), (3, 100), (1, 25_000)])
def test_logsumexp_is_exact_where_it_is_close_to_zero(shape, dtype):
    # Logarithms of shares, whose exponentials sum to 1 but for their rounding.
    x = activations.log_softmax(RANDOM.normal(size=shape) * 4).astype(dtype)
    x[0] += dtype(0.2) if len(x) > 1 else 0
    exact = [mpmath.log(_sum_of_exponentials(row)) for row in x]
    for variant, axis in ((x, 1), (np.asfortranarray(x), 1), (x.T.copy(), 0)):
        got = activations.logsumexp(variant, axis=axis)
        assert oracle.ulps(got, exact).max() <= (25 if dtype == np.float64 else 0.501)


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
    assert _off_alone_and_among(row, exact) <= FLOAT64_BOUNDS["logsumexp"]


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
        assert oracle.ulps(got.ravel(), want).max() <= FLOAT64_BOUNDS["softmax"]


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


def test_rows_with_one_score_above_all_others_need_no_scale(monkeypatch):
    scaled = watch(monkeypatch, _core.rows, "scaled_below")
    row = [0.0, -600.0, -np.inf]
    wide = [np.longdouble] if np.dtype(np.longdouble) != np.float64 else []
    for dtype in np.float16, np.float32, *wide:
        activations.log_softmax(np.array([row, [0.0, -np.inf, -np.inf]], dtype))
    activations.softmax(np.array([[0.0, -745.0]] * 2))
    activations.logsumexp(np.array([row] * 2))
    assert not scaled
    activations.logsumexp(np.array([row, [0.0, -745.0, -745.0], row]))
    assert [x.shape for x, _ in scaled] == [(3, 1)]


def test_long_rows_are_scaled_only_where_they_underflow(monkeypatch):
    scaled = watch(monkeypatch, _core.long_rows, "scaled_below")
    row = np.full(BLOCK + 1, -745.0)
    row[0] = 0
    activations.log_softmax(row.astype(np.float32))
    activations.log_softmax(np.linspace(-600, 0, BLOCK + 1))
    activations.softmax(row)
    assert not scaled
    activations.log_softmax(row)
    assert scaled


def test_a_row_of_seven_that_one_climbs_to():
    # 6.4 ulp off when its terms were rounded four times on the way to their sum.
    row = [-3.432529861474408, -0.1458400127579593, 4.181954360845197]
    row += [-8.399679160646087, -10.40567484191454, -1.9236165101884857]
    row = np.array([*row, -10.973209305832617])
    with mpmath.workdps(40):
        total = _sum_of_exponentials(row)
        want = [mpmath.exp(oracle.mpf(score)) / total for score in row]
    got = activations.softmax(np.tile(row, (2, 1)))[0]
    assert oracle.ulps(got, want).max() <= FLOAT64_BOUNDS["softmax"]


@pytest.mark.parametrize("length", [7, *range(11, 21)])
def test_sums_by_column_keep_what_is_rounded_away_one_by_one(length):
    # One by one, each term after the first would be rounded away.
    small = np.full(length - 1, 2.0**-53)
    for place in range(length):
        terms = np.insert(small, place, 1.0)[np.newaxis]
        found = _core.sums.row_sums(terms, False)
        exact = 1 + Fraction(length - 1, 2**53)
        assert abs(Fraction(found.item()) - exact) <= Fraction(3, 2**53)


@pytest.mark.parametrize("dtype", [np.float64, np.longdouble])
@pytest.mark.parametrize("length", [1, 2, 17, 250, 6_250])
@pytest.mark.parametrize("spread", [0, 3, 12])
def test_split_sums_are_rounded_once(dtype, length, spread):
    powers = RANDOM.normal(size=(20, length)) * spread
    terms = (RANDOM.uniform(1, 2, (20, length)) * 2.0**powers).astype(dtype)
    more = terms[:, 0] / 3
    found = _core.sums.split_sums(terms, more)
    assert found.dtype == dtype
    for row, extra, got in zip(terms, more, found, strict=True):
        exact = sum(
            (Fraction(*n.as_integer_ratio()) for n in [*row, extra]), Fraction()
        )
        off = abs(Fraction(*got.as_integer_ratio()) - exact)
        assert off <= Fraction(float(np.spacing(got))) * Fraction(500_001, 1_000_000)


@pytest.mark.parametrize("length", [24, 27, 1_000])
def test_sums_of_long_rows_keep_what_is_rounded_away_one_by_one(length):
    small = np.full(length - 1, 2.0**-53)
    for place in range(0, length, 1 + length // 30):
        terms = np.insert(small, place, 1.0)[np.newaxis]
        found = _core.sums.row_sums(terms, False)
        exact = 1 + Fraction(length - 1, 2**53)
        assert abs(Fraction(found.item()) - exact) <= Fraction(3, 2**53)


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


@pytest.mark.parametrize("length", [1, 2, 10, 33, _core.rows.SHORT])
def test_sums_of_short_rows_are_rounded_once(length):
    for _ in range(50):
        x = RANDOM.normal(size=length) * 10
        row = _core.rows.Row(x, x.argmax(), x.max())
        assert row.total == float(sum(map(Fraction, row.terms.tolist())))


@pytest.mark.parametrize(
    ("length", "spare", "way"),
    [
        *((length, False, "einsum") for length in (*range(1, 7), 8, 9, 10)),
        *((length, False, "sums_by_column") for length in (7, 11, 20)),
        (21, False, "in_pairs"),
        *((length, True, "einsum") for length in (7, 11, 20, 21, BLOCK)),
    ],
)
def test_how_rows_are_summed_depends_on_length_and_digits(
    length, spare, way, monkeypatch
):
    asked = watch(monkeypatch, np, "einsum")
    by_column = watch(monkeypatch, _core.sums, "sums_by_column")
    paired = watch(monkeypatch, _core.sums, "in_pairs")
    _core.sums.row_sums(np.ones((5, length)), spare)
    assert bool(by_column) is (way == "sums_by_column")
    assert [len(terms) for (terms,) in paired] == [100, 50] * (way == "in_pairs")
    if way == "einsum":
        assert [terms.shape for _, terms in asked] == [(5, length)]


@pytest.mark.parametrize("dtype", [*cases.FLOATS, np.longdouble])
@pytest.mark.parametrize("shape", [(5, 21), (1, BLOCK + 1)])
def test_answers_of_fewer_digits_have_digits_to_spare(shape, dtype, monkeypatch):
    paired = watch(monkeypatch, _core.sums, "in_pairs")
    activations.softmax(np.ones(shape, dtype))
    assert bool(paired) is (dtype in (np.float64, np.longdouble))


@pytest.mark.parametrize("spare", [False, True])
@pytest.mark.parametrize("length", [*range(1, 20), 255, 256, 257, 700])
def test_sums_of_rows_and_columns(length, spare):
    terms = RANDOM.uniform(size=(7, length))
    exact = [float(sum(map(Fraction, row))) for row in terms.tolist()]
    rows = _core.sums.row_sums(terms, spare)
    columns = _core.sums.column_sums(terms.T, spare)[0]
    np.testing.assert_allclose(rows, exact, rtol=1e-15)
    np.testing.assert_allclose(columns, exact, rtol=1e-15)


def test_what_is_lost_one_by_one_is_kept_in_pairs():
    # Half a unit of 1 each: 63 of them are 31.5 units.
    terms = np.array([[1.0, 1.0]] + [[2.0**-53] * 2] * 63)
    units = (_core.sums.column_sums(terms, False) - 1) * 2.0**52
    assert (units >= 30).all()
    assert (_core.sums.column_sums(terms, True) == 1).all()


class Rounded:
    """A number that knows how many roundings it went through."""

    def __init__(self, times=0):
        self.times = times

    def __add__(self, other):
        """Round once more."""
        return Rounded(1 + max(self.times, other.times))


@pytest.mark.parametrize("length", range(1, 66))
def test_columns_are_rounded_no_more_often_than_pairs_ask_for(length):
    # Rows of 63 were off by 11.7 ulp in log_softmax: the odd ones all met in one place.
    terms = np.array([[Rounded()] for _ in range(length)])
    total = _core.sums.column_sums(terms, False).item()
    assert total.times == math.ceil(math.log2(length))


@pytest.mark.parametrize("spare", [False, True])
@pytest.mark.parametrize("length", [*range(1, 66), 255, 256, 257, 700])
def test_sums_do_not_depend_on_what_lies_beside(length, spare):
    # np.add.reduce adds a sole column of eight and more in another order.
    terms = np.exp(RANDOM.normal(size=(20, length)) * 3)
    for sums in (
        _core.sums.row_sums,
        lambda rows, spare: _core.sums.column_sums(rows.T.copy(), spare)[0],
    ):
        together = sums(terms, spare)
        alone = [sums(terms[i : i + 1], spare)[0] for i in range(20)]
        np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize(
    ("row", "calm"),
    [
        ([0.0, -1e300], True),
        ([-1.0, -699.0], True),
        ([-1.0, -700.0], False),
        ([599.0, 599.0], True),
        ([0.0, 600.0], False),
        ([-np.inf, 1.0], True),
        ([-np.inf, -1.0], False),
        ([0.0, np.inf], False),
        ([0.0, np.nan], False),
    ],
)
def test_where_the_exponentials_themselves_will_do(row, calm):
    itself = _softmax._SOFTMAX._replace(expression=lambda row: row)
    alone = _core.rowwise._alone(itself, np.array(row), np.dtype("f8"))
    assert isinstance(alone, _core.rows.Row) is calm
    for also in row, [0.0, 0.0], [-701.0, -701.0]:
        matrix = np.array([row, also])
        want = [calm, calm if also is row else also[0] == 0]
        for axis, slab in (1, matrix), (0, matrix.T):
            rows = _core.rows.Rows(slab, axis, spare=False)
            with np.errstate(all="ignore"):
                rows.terms  # noqa: B018  # which are worked out when they are asked for
            assert np.ravel(rows.calm).tolist() == (
                want[:1] if len({*want}) == 1 else want
            )


def test_a_block_of_calm_rows_is_not_judged_row_by_row(monkeypatch):
    asked = watch(monkeypatch, _core.rows, "agreed")
    activations.softmax([[0.2, -800.0], [3.0, 0.0]])
    activations.softmax([[-3.0, -600.0], [3.0, 0.0]])
    assert not asked
    activations.softmax([[-3.0, -800.0], [3.0, 0.0]])
    assert asked


@pytest.mark.parametrize(
    ("peaks", "calm"),
    [
        ([0.0, 599.0], True),
        ([-1.0, 600.0], False),
        ([np.inf, np.nan], False),
        ([0.0, -1.0], [[True], [False]]),
    ],
)
def test_where_the_exponentials_of_long_rows_will_do(peaks, calm, monkeypatch):
    asked, rows = [], _core.long_rows.Rows
    monkeypatch.setattr(
        _core.long_rows,
        "Rows",
        lambda *a, **k: asked.append(k["calm"]) or rows(*a, **k),
    )
    x = np.full((2, 8 * 12_496), -5.0)
    x[:, -1] = peaks
    activations.softmax(x)
    assert all(np.array_equal(seen, calm) for seen in asked)
    # Once for the sum and once for the answer, 12,496 numbers of each row at a time.
    assert len(asked) == 2 * 8


@EVERY
@pytest.mark.parametrize("least", [-65504, -60_000, -59_968])
def test_lone_rows_of_float16_fall_below_its_range_in_silence(function, least):
    x = np.array([least, 500], np.float16)
    with np.errstate(all="raise", under="ignore"):
        got = function(x)
    np.testing.assert_array_equal(got, function(np.stack([x, x]))[0])


@EVERY
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8])
def test_a_lone_short_row_is_left_to_python(function, dtype, monkeypatch):
    # Half of the time of a call on ten scores.
    monkeypatch.setattr(_core.rowwise, "Rows", None)
    function(np.zeros(64, dtype))
    function(np.linspace(-100, 100, 10).astype(dtype))
    with pytest.raises(TypeError):
        function(np.zeros(65, dtype))


def test_truths_are_one_where_all_agree():
    assert _core.rows.agreed(np.array([True, True])) is True
    assert _core.rows.agreed(np.array([False, False])) is False
    assert _core.rows.agreed(np.array([False, True])).tolist() == [False, True]


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
        assert oracle.ulps(np.ravel(got), exact).max() <= FLOAT64_BOUNDS[name]


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


def test_the_peak_is_left_out_by_its_place():
    rows = np.array([[0.0, 2.0], [1.0, 0.0]])
    rows = _core.rows.Rows(rows, 1, spare=False, calm=True)
    assert rows.peak.tolist() == [[2], [1]]
    assert [place.tolist() for place in rows.at] == [[0, 1], [1, 0]]


@pytest.mark.parametrize("length", [1, 10, 64, 65])
def test_short_rows_are_laid_across_and_their_sums_repeated(length):
    rows = _core.rows.Rows(np.zeros((4, length)), 1, spare=False)
    rows.terms  # noqa: B018  # which are worked out when they are asked for
    assert rows.total.shape == (4, length if length <= 64 else 1)
    seen = {}
    for function in _softmax._SOFTMAX, _softmax._LOG_SOFTMAX, _softmax._LOGSUMEXP:
        noting = function._replace(
            expression=lambda rows, name=function.name: (
                seen.update({name: rows.axis}) or rows.x
            ),
            reduces=False,
        )
        _core.rowwise._at_once(
            noting, rows.x, _core.arrays.PRECISION[np.dtype("d").num]
        )
    across = 0 if length <= 64 else 1
    assert seen == {"softmax": 1, "log_softmax": across, "logsumexp": across}


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


@pytest.mark.parametrize(
    ("name", "dtype", "length", "roomy"),
    [
        ("softmax", np.float64, 10, True),
        ("softmax", np.float64, 100, True),
        ("softmax", np.float32, 10, False),
        ("logsumexp", np.float64, 1, False),
    ],
)
def test_terms_lie_where_the_result_will(name, dtype, length, roomy, monkeypatch):
    # Its memory is fetched while they are computed, which saves a tenth of the time.
    rooms, exp = [], np.exp

    def noting(x, out=None):
        rooms.append(out)
        return exp(x, out=out)

    x = RANDOM.normal(size=(2 * BLOCK // length, length)).astype(dtype)
    out = np.empty(x.shape[:-1] if name == "logsumexp" else x.shape, dtype)
    with monkeypatch.context() as patch:
        patch.setattr(np, "exp", noting)
        getattr(activations, name)(x, out=out)
    assert len(rooms) >= 2
    assert (
        any(np.shares_memory(room, out) for room in rooms if room is not None) == roomy
    )


def test_jacobians_are_made_many_at_a_time(monkeypatch):
    asked = watch(monkeypatch, _softmax, "_jacobian")
    x = np.zeros((4_000, 24))
    activations.softmax_jacobian(x)
    assert len(asked) <= 1.1 * x.size * 24 / BLOCK


@EVERY
@pytest.mark.parametrize(
    "shape",
    [(1,), (1, 1), (10,), (3, 4), (BLOCK,), (BLOCK // 8, 8), (BLOCK // 3, 1)],
)
def test_what_fits_a_block_is_not_cut(function, shape, monkeypatch):
    # Half of the time of a call on ten scores.
    monkeypatch.setattr(_core.rowwise, "_in_blocks", None)
    function(np.zeros(shape))
    if shape[0] == BLOCK // 3:  # as what is kept for a row counts too
        with pytest.raises(TypeError):
            function(np.zeros((BLOCK // 3 + 1, 1)))


@EVERY
@pytest.mark.parametrize("length", [1, 2, 24])
def test_short_rows_are_taken_many_at_a_time(function, length, monkeypatch):
    asked = watch(monkeypatch, _core.rowwise, "_at_once")
    rows = 2 * BLOCK // max(3, length)
    function(np.zeros((rows + 1, length)))
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("x", "times"),
    [
        ([[1.0, 2.0], [0.0, 3.0]], 1),
        ([[800.0, 2.0], [900.0, 3.0]], 2),
        ([[800.0, 2.0], [0.0, 3.0]], 3),
    ],
)
def test_exponentials_are_taken_no_oftener_than_needed(x, times, monkeypatch):
    asked = watch(monkeypatch, np, "exp")
    activations.softmax(x)
    assert len(asked) == times


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
    cases = [
        (NEXT_TO_ONE, 1),
        *((_next_to_one(x), n) for x, n in [(-144, 2), (-455, 4)]),
    ]
    for row, rounds in cases:
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
    assert abs(got - exact) <= FLOAT64_BOUNDS["softmax"] * np.spacing(exact)


def test_sums_along_long_axes_lose_nothing():
    # scipy.special.softmax(..., axis=0)[0, 0] * 3e7 is 1.79 for 30,000,000 rows.
    x = np.broadcast_to(np.float32(0), (30_000_000, 1))
    assert activations.logsumexp(x, axis=0)[0] == np.float32(np.log(3e7))
    x = np.zeros((3_000_000, 2), np.float32)
    assert activations.softmax(x, axis=0)[0, 0] == np.float32(1 / 3e6)


@pytest.mark.parametrize("shape", [(0,), (5,), (2, 3), (7, 1, 9), ()])
def test_pieces_cover_every_element_once(shape):
    count = np.zeros(shape, int)
    for piece in _core.arrays.pieces(shape, 4):
        assert count[piece].size <= 4
        count[piece] += 1
    assert (count == 1).all()
