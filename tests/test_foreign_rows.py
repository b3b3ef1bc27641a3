"""Tests of functions of rows on masked and lazy arrays, and on those of other makers."""

import cases
import dask.array
import fakes
import numpy as np
import probes
import pytest
from cases import EVERY_ROWWISE as EVERY

import activations
from activations import _core

RANDOM = np.random.default_rng(1990)


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


def test_rows_are_masked_where_all_their_scores_are_and_they_have_any():
    got = activations.logsumexp(np.ma.masked_array(np.empty((3, 0))))
    assert got.mask.tolist() == [False] * 3
    assert got.data.tolist() == [-np.inf] * 3
    sole = activations.logsumexp(np.ma.masked_array([[1.0]], True))
    assert sole.mask.tolist() == [True]


@EVERY
def test_masked_arrays_without_a_mask_are_not_copied(function):
    x = np.ma.masked_array(RANDOM.normal(size=(100_000, 5)))
    assert x.mask is np.ma.nomask
    mask = 2 * x.size  # bytes: that of the result, twice while it is made
    assert probes.peak_memory(function, x) <= 2_000_000 + mask


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masked_rows_are_as_exact_as_others(function, dtype):
    x = activations.log_softmax(RANDOM.normal(size=(50, 6)) * 4).astype(dtype)
    np.testing.assert_array_equal(function(np.ma.masked_array(x)), function(x))


class LabelledColumn(np.lib.mixins.NDArrayOperatorsMixin):
    """A column of a table: it answers ufuncs, and is read by labels."""

    __array_ufunc__ = pytest.fail
    dtype = np.dtype(float)

    def __array__(self, dtype=None, copy=None):
        """Return the numbers without their labels."""
        return np.array([0.5, 2.0, 1.0], dtype)


def test_columns_of_tables_become_arrays():
    want = activations.softmax([0.5, 2.0, 1.0])
    np.testing.assert_array_equal(activations.softmax(LabelledColumn()), want)
    want = activations.softmax_jacobian([0.5, 2.0, 1.0])
    np.testing.assert_array_equal(activations.softmax_jacobian(LabelledColumn()), want)


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
def test_chunks_of_whole_rows_are_left_as_they_are(function):
    x = dask.array.zeros((40, 3), chunks=(10, 3))
    with dask.config.set({"array.chunk-size": "48B"}):
        assert function(x).chunks[0] == x.chunks[0]


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


@EVERY
@pytest.mark.usefixtures("cut")
def test_lazy_masked_float16_scores_warn_of_nothing(function):
    x = np.ma.masked_array(np.zeros((2, 4), np.float16), [[1, 1, 0, 0]] * 2)
    lazy = function(dask.array.from_array(x, chunks=(2, 2)))
    with np.errstate(all="raise"):  # which dask's own joining of chunks would not pass
        got = dask.compute(*lazy.to_delayed().ravel(), scheduler="synchronous")
    want = function(x)
    parts = [want] if want.ndim == 1 else np.hsplit(want, 2)
    assert [part.tolist() for part in got] == [part.tolist() for part in parts]


@pytest.mark.parametrize("name", [*cases.ROWWISE, "softmax_jacobian"])
def test_arrays_of_other_makers_keep_their_kind(name):
    function = getattr(activations, name)
    x = RANDOM.normal(size=(3, 5, 4)) * 4
    x[1, 1, 1], x[2, 0, 3] = 900, -np.inf
    for axis in 0, 1, 2:
        with np.errstate(all="raise"):
            got = function(fakes.Foreign(x), axis=axis)
        assert isinstance(got, fakes.Foreign)
        np.testing.assert_allclose(got.values, function(x, axis=axis), rtol=3e-15)


@EVERY
@pytest.mark.parametrize("axis", [0, -1, (0, 2), None])
def test_rows_of_strict_arrays_meet_no_other_array(function, axis):
    x = RANDOM.normal(size=(3, 5, 4)) * 4
    got = function(fakes.Strict(x), axis=axis)
    assert isinstance(got, fakes.Strict)
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
