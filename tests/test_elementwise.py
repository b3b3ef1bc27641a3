"""Tests of what all functions of single elements share."""

import contextvars
import inspect
import re
from concurrent.futures import ThreadPoolExecutor

import cases
import dask.array
import fakes
import numpy as np
import probes
import pytest

import activations
from activations import _core
from activations._core.arrays import BLOCK, PRECISION

RANDOM = np.random.default_rng(7)
FUNCTIONS = [getattr(activations, name) for name in cases.ELEMENTWISE]
EVERY = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
#: One function of each kind: with `out`, without, with a parameter, exact.
SOME = pytest.mark.parametrize(
    "function",
    [activations.sigmoid, activations.selu, activations.softplus, activations.relu],
    ids=lambda f: f.__name__,
)


def positive(shape, dtype=np.float64):
    """Return numbers of every function's domain."""
    return RANDOM.uniform(0.1, 3, shape).astype(dtype)


@pytest.mark.parametrize("dtype", cases.FLOATS)
@pytest.mark.parametrize("name", cases.ELEMENTWISE)
def test_agrees_with_its_definition(name, dtype):
    cases.assert_agrees(name, cases.points(name, dtype), cases.bound(name, dtype))


@EVERY
def test_first_argument_may_be_named(function):
    assert next(iter(inspect.signature(function).parameters)) == "x"
    assert function(x=0.5) == function(0.5)
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\) missing 1 .*'x'"):
        function()
    for x in 0.5, np.empty(0), dask.array.ones(3):
        with pytest.raises(TypeError, match=f"{function.__name__}.*'bata'"):
            function(x, bata=2.0)


@EVERY
@pytest.mark.parametrize("char", sorted("?bhilqBHILQefdg"))
def test_shape_and_dtype(function, char):
    for shape in (), (0,), (3,), (2, 3), (0, 4), (2, 1, 3):
        got = function(np.ones(shape, char))
        assert got.shape == shape
        assert got.dtype == (char if char in "efdg" else np.float64), shape
        assert isinstance(got, np.generic if shape == () else np.ndarray), shape


@EVERY
@pytest.mark.parametrize("value", [1, True, 1.0, np.float32(1), np.int8(1)])
def test_scalars_give_numpy_scalars(function, value):
    got = function(value)
    assert isinstance(got, np.float32 if isinstance(value, np.float32) else np.float64)
    assert float(got) == pytest.approx(float(function(np.float64(1))), rel=1e-6)


@EVERY
@pytest.mark.parametrize("count", [5, 3 * BLOCK + 5])
def test_layouts_give_the_same_bits(function, count):
    x = positive((2, count))
    want = function(x)
    frozen = x.copy()
    frozen.flags.writeable = False
    for variant in (
        np.asfortranarray(x),
        np.repeat(x, 2, axis=1)[:, ::2],
        x[:, ::-1].copy()[:, ::-1],
        x.astype(">f8"),
        frozen,
    ):
        before = variant.copy()
        got = function(variant)
        np.testing.assert_array_equal(got, want)
        np.testing.assert_array_equal(variant, before)
        assert got.dtype == np.dtype(np.float64)
        assert got.dtype.isnative
    np.testing.assert_array_equal(function(x.T), want.T)
    assert function(x.T).flags.f_contiguous
    np.testing.assert_array_equal(function(x[:, ::-1]), want[:, ::-1])


@EVERY
def test_the_way_round_changes_no_bit(function):
    x = np.linspace(0.01, 30, 3000)
    np.testing.assert_array_equal(function(x[::-1]), function(x)[::-1])


@EVERY
def test_lists_and_other_sequences(function):
    assert function([]).shape == (0,)
    assert function([[1, 2], [3, 4]]).shape == (2, 2)
    assert function((1.0, 2.0)).dtype == np.float64
    assert function(range(1, 4)).tolist() == function(np.array([1, 2, 3])).tolist()


@EVERY
def test_subclasses(function, tmp_path):
    stored = np.memmap(tmp_path / "x", np.float32, "w+", shape=(4,))
    stored[:] = [1, 2, 3, 4]
    assert function(stored).tolist() == function(np.array(stored)).tolist()


@EVERY
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
def test_masked_arrays_keep_their_mask(function, dtype):
    x = np.ma.masked_array([1, 2, 3], [False, True, False], dtype)
    got = function(x)
    assert isinstance(got, np.ma.MaskedArray)
    assert got.mask.tolist() == [False, True, False]
    assert got.dtype == function(x.data).dtype
    np.testing.assert_array_equal(got.compressed(), function(x.data)[[0, 2]])
    got[0] = np.ma.masked
    assert x.mask.tolist() == [False, True, False]


@EVERY
@pytest.mark.parametrize("dtype", cases.FLOATS)
def test_dask_arrays_stay_lazy_and_give_the_same_bits(function, dtype):
    x = positive((40, 50), dtype)
    lazy = function(dask.array.from_array(x, chunks=(20, 30)))
    assert isinstance(lazy, dask.array.Array)
    assert lazy.dtype == dtype
    np.testing.assert_array_equal(lazy.compute(scheduler="synchronous"), function(x))


@EVERY
@pytest.mark.parametrize("dtype", [*cases.FLOATS, np.longdouble])
def test_nan_stays_and_nothing_warns(function, dtype):
    end = np.finfo(dtype).max
    x = np.array([np.nan, np.inf, -np.inf, end, -end, 0, -0.0, 1, -1], dtype)
    for values in (x, np.resize(x, BLOCK), np.resize(x, 2 * BLOCK)):
        with np.errstate(all="raise", under="ignore"):
            got = function(values)
        assert np.isnan(got[0])
        if "inverse" not in function.__name__:
            assert not np.isnan(got[1:9]).any()


@EVERY
def test_signalling_nan_warns_as_little(function):
    for dtype in cases.FLOATS:
        for count in 1, 10, BLOCK + 1:
            x = np.resize(cases.signalling(dtype), count)
            with np.errstate(all="raise"):
                assert np.isnan(function(x)).all()
                assert np.isnan(function(x, out=x)).all()


@EVERY
def test_lazy_arrays_are_computed_without_a_warning(function):
    end = np.finfo(float).max
    x = np.concatenate([cases.signalling(float), [np.inf, -np.inf, end, -end, 1]])
    lazy = function(dask.array.from_array(x, chunks=2))
    with np.errstate(all="raise"):
        got = lazy.compute(scheduler="synchronous")
    np.testing.assert_array_equal(got, function(x))


@EVERY
def test_a_masked_number_gives_a_number_or_stays_masked(function):
    got = function(np.ma.masked_array(0.5))
    assert type(got) is np.float64
    assert got == function(0.5)
    assert function(np.ma.masked) is np.ma.masked


@EVERY
def test_labels_around_a_lazy_array_stay_and_nothing_warns(function):
    # Its ufuncs were put off, and warned of what overflows when they were computed.
    x = np.array([1e-300, 0.5, 900.0, np.inf])
    lazy = dask.array.from_array(x, chunks=2)
    got = function(fakes.Labelled(lazy, "label", notes="how x lies in a file"))
    assert (type(got), got.label, got.notes) == (fakes.Labelled, "label", None)
    assert isinstance(got.data, dask.array.Array)
    with np.errstate(all="raise", under="ignore"):
        values = got.data.compute(scheduler="synchronous")
    np.testing.assert_array_equal(values, function(x))


@EVERY
@pytest.mark.parametrize("kind", [fakes.Foreign, fakes.Strict])
@pytest.mark.parametrize("dtype", cases.FLOATS)
def test_arrays_of_other_makers_keep_their_kind(function, kind, dtype):
    # Those that refuse NumPy's arrays were refused themselves by all but three.
    end = np.finfo(dtype).max
    x = np.array([-end, -2.0, 0.0, 0.5, end, np.inf, np.nan], dtype)
    taken = inspect.signature(function).parameters
    given = {"negative_slope": 0.3, "alpha": 0.5, "beta": 2.0}
    for parameters in {}, {key: given[key] for key in given if key in taken}:
        with np.errstate(all="raise"):
            got = function(kind(x), **parameters)
        assert isinstance(got, kind)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got.values, function(x, **parameters))


@EVERY
@pytest.mark.parametrize("beta", [None, 3.0])
def test_ufuncs_are_all_that_other_arrays_need(function, beta):
    # Those that choose by a condition gave an array of NumPy's, computed at once.
    taken = beta and "beta" in inspect.signature(function).parameters
    parameters = {"beta": beta} if taken else {}
    x = np.array([0.0, 1e-300, 1e-9, 0.5, 0.7, 1.0, 30.0, 1e300, np.inf, np.nan, -1.0])
    got = function(fakes.UfuncsOnly(x), **parameters)
    assert isinstance(got, fakes.UfuncsOnly)
    np.testing.assert_array_equal(got.values, function(x, **parameters))


def test_a_choice_by_ufuncs_keeps_every_value():
    values = np.array([-0.0, 0.0, np.inf, -np.inf, np.nan, -1.5])
    yes, no = (a.ravel() for a in np.meshgrid(values, values))
    for truth in True, False:
        condition, *choices = map(
            _core.foreign.Foreign, (np.full(yes.shape, truth), yes, no)
        )
        with np.errstate(invalid="ignore"):
            got = np.where(condition, *choices).array
        np.testing.assert_array_equal(got, yes if truth else no)
        signs = np.signbit(got), np.signbit(yes if truth else no)
        np.testing.assert_array_equal(*(sign[~np.isnan(got)] for sign in signs))


def test_expressions_are_made_of_ufuncs():
    with pytest.raises(TypeError, match="no implementation found"):
        np.cumsum(_core.foreign.Foreign(np.ones(3)))


@EVERY
def test_lazy_arrays_refuse_what_is_no_parameter(function):
    for key in "meta", "token", "name", "chunks", "bata":
        with pytest.raises(TypeError, match=f"{function.__name__}.*{key}"):
            function(dask.array.ones(3), **{key: 1.0})


@SOME
def test_lists_of_signalling_nan_warn_as_little(function):
    one = cases.signalling(np.float32)[0]
    with np.errstate(all="raise"):
        assert np.isnan(function([one, 1.0])[0])


@SOME
def test_settings_of_the_caller_stay(function):
    for count in 3, 2 * BLOCK:
        with np.errstate(all="raise"):
            function(np.full(count, -1e300))
            assert set(np.geterr().values()) == {"raise"}


@SOME
def test_threads_do_not_disturb_each_other(function):
    x = positive(40 * BLOCK)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(function, [x] * 8))
    alone = function(x)
    for got in results:
        np.testing.assert_array_equal(got, alone)


@EVERY
@pytest.mark.parametrize(
    "x",
    [
        "word",
        b"word",
        1j,
        np.array([1j]),
        None,
        [None],
        {},
        np.array(["2020"], "M8[D]"),
    ],
    ids=repr,
)
def test_what_is_no_real_number_is_refused(function, x):
    dtype = f"dtype {np.asarray(x).dtype}"
    came = dtype if isinstance(x, np.ndarray) else f"{type(x).__name__} of {dtype}"
    message = f"{function.__name__}: x must be real numbers, got {came}"
    with pytest.raises(TypeError, match=re.escape(message)):
        function(x)


class TypedColumn:
    """A column of a table: it answers ufuncs, but its dtype is not NumPy's."""

    dtype = "Float64"

    def __array_ufunc__(self, *_, **__):
        """Refuse, as no function of the package should ask."""
        raise AssertionError

    def __array__(self, dtype=None, copy=None):
        """Become an array, which needs the caller's context."""
        return np.array([1.0, DIVISOR.get()])


DIVISOR = contextvars.ContextVar("DIVISOR", default=0.0)


@EVERY
def test_what_becomes_an_array_does_so_in_its_callers_context(function):
    context = contextvars.copy_context()
    context.run(DIVISOR.set, 4.0)
    got = context.run(function, TypedColumn())
    np.testing.assert_array_equal(got, function(np.array([1.0, 4.0])))


class Refusing:
    """What can be no array, as some tensors and tables cannot."""

    def __init__(self, error):
        self.error = error

    def __array__(self, dtype=None, copy=None):
        """Say why not."""
        raise self.error


@EVERY
@pytest.mark.parametrize("kind", [TypeError, RuntimeError, ValueError])
def test_what_refuses_to_become_an_array_is_named(function, kind):
    expected = ValueError if kind is ValueError else TypeError
    message = f"{function.__name__}: x must be an array: call detach"
    with pytest.raises(expected, match=message):
        function(Refusing(kind("call detach")))


@EVERY
def test_lists_of_several_lengths_are_refused(function):
    message = f"{function.__name__}: x must be an array: .* inhomogeneous"
    with pytest.raises(ValueError, match=message):
        function([[1.0], [2.0, 3.0]])


@pytest.mark.parametrize("end", ["", "_derivative"])
@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        (name, key, value)
        for name, parameters in cases.PARAMETERS.items()
        for key in parameters
        for value in [0, -0.5, -1, -1e-9, np.inf, np.nan, 10**400]
        if value or key != "negative_slope"
    ],
)
def test_parameters_out_of_range_are_named(name, end, key, value):
    least = "at least 0" if key == "negative_slope" else "greater than 0"
    message = f"{name}{end}: {key} must be finite and {least}, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        getattr(activations, name + end)([1.0], **{key: value})


def test_integers_too_long_to_write_are_refused():
    with pytest.raises(
        ValueError, match=r"alpha must be finite .* thousands of digits"
    ):
        activations.elu([1.0], alpha=10**5000)


@pytest.mark.parametrize("value", [2.0, -2.0, "two", None])
def test_parameters_of_other_functions_are_refused_by_name(value):
    # Out of range, they were said to be just that.
    message = r"sigmoid\(\) got an unexpected keyword argument 'alpha'"
    with pytest.raises(TypeError, match=message):
        activations.sigmoid(1.0, alpha=value)


def test_masked_and_lazy_arrays_are_held_to_the_same_rule():
    with pytest.raises(TypeError, match="complex128"):
        activations.sigmoid(np.ma.masked_array([1j]))
    with pytest.raises(TypeError, match="complex128"):
        activations.sigmoid(dask.array.ones(3, dtype=complex))


@pytest.mark.parametrize(
    "value",
    ["2", None, 1j, [1.0], np.ones(2), np.timedelta64(2, "s"), True, np.True_],
    ids=repr,
)
def test_parameters_are_single_real_numbers(value):
    message = re.escape(f"elu: alpha must be a real number, not {value!r}")
    with pytest.raises(TypeError, match=message):
        activations.elu([1.0], alpha=value)


@pytest.mark.parametrize("value", [2, np.float32(2), np.int8(2), np.float64(2)])
def test_parameters_of_any_real_type(value):
    x = np.array([-1, 1], np.float16)
    got = activations.elu(x, alpha=value)
    assert got.dtype == np.float16
    assert got.tolist() == activations.elu(x, alpha=2.0).tolist()


@EVERY
def test_parameters_are_given_by_name(function):
    with pytest.raises(TypeError, match="positional"):
        function([1.0], 1.0)
    with pytest.raises(TypeError, match="where"):
        function([1.0], where=True)
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    assert set(kinds[1:]) == {inspect.Parameter.KEYWORD_ONLY}
    assert "out" in inspect.signature(function).parameters


@EVERY
@pytest.mark.parametrize("count", [6, 2 * BLOCK])
@pytest.mark.parametrize("dtype", cases.FLOATS)
def test_out(function, count, dtype):
    x = positive((2, count), dtype)
    want = function(x)
    out = np.empty_like(x)
    assert function(x, out=out) is out
    np.testing.assert_array_equal(out, want)
    wide = np.empty((count, 2), np.float64).T
    function(x, out=wide)
    np.testing.assert_array_equal(wide.astype(dtype), want)
    assert function(x, out=x) is x
    np.testing.assert_array_equal(x, want)


@SOME
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_that_lie_alike_are_sliced(function, order, monkeypatch):
    # np.nditer takes up to a tenth longer.
    x = np.asarray(RANDOM.normal(size=(2, BLOCK)), order=order)
    want = function(x)
    monkeypatch.setattr(np, "nditer", None)
    for out in None, np.empty_like(x), x:
        np.testing.assert_array_equal(function(x, out=out), want)


def test_blocks_are_parts_of_the_input():
    x, out = np.ones(11), np.ones(11)
    pairs = list(_core.elementwise._blocks(x, out, x.dtype, 4))
    assert [len(block) for block, _ in pairs] == [4, 4, 3]
    for block, result in pairs:
        assert np.shares_memory(block, x)
        assert np.shares_memory(result, out)


@pytest.mark.parametrize("dtype", "efdg")
def test_blocks_are_no_whole_number_of_pages(dtype):
    # Processors wait where an array is read that lies pages from one being written.
    precision = PRECISION[np.dtype(dtype).num]
    for kept in precision.work, precision.answer:
        assert 256 <= precision.block * kept.itemsize % 4096 <= 4096 - 256


@pytest.mark.parametrize(
    ("name", "end"), [("sigmoid", 80), ("softplus", 29), ("log_sigmoid", 29)]
)
def test_what_cannot_overflow_is_not_cut(name, end, monkeypatch):
    monkeypatch.setattr(np, "minimum", None)
    getattr(activations, name)(np.linspace(-end, end, 100))


@SOME
@pytest.mark.parametrize("count", [9, 3 * BLOCK])
@pytest.mark.parametrize("shift", [1, -1])
def test_out_may_overlap_the_input(function, count, shift):
    room = RANDOM.normal(size=count + 1)
    x, out = (room[1:], room[:-1]) if shift > 0 else (room[:-1], room[1:])
    want = function(x.copy())
    np.testing.assert_array_equal(function(x, out=out), want)


@SOME
def test_out_with_reversed_overlap(function):
    x = RANDOM.normal(size=3 * BLOCK)
    want = function(x.copy())
    np.testing.assert_array_equal(function(x, out=x[::-1]), want)


def test_out_of_a_scalar():
    out = np.empty(())
    assert activations.softplus(0.0, out=out) is out
    assert out == activations.softplus(0.0)


@SOME
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("count", [3, BLOCK])
def test_out_of_a_subclass_is_filled(function, order, count):
    x = np.asarray(positive((2, count)), order=order)
    want = function(x)
    out = np.empty_like(x).view(np.recarray)
    assert function(x, out=out) is out
    np.testing.assert_array_equal(out, want)


@SOME
def test_out_that_does_not_fit_is_refused(function):
    name = function.__name__
    with pytest.raises(
        ValueError, match=f"{name}: out must be writeable, got a read-only array"
    ):
        function(np.ones(3), out=np.broadcast_to(0.0, 3))
    for shape in (4,), (2,), (3, 1), ():
        with pytest.raises(
            ValueError, match=rf"{name}: out must have the shape \(3,\)"
        ):
            function(np.ones(3), out=np.empty(shape))
    for out in [0, 0, 0], np.ma.ones(3):
        kind = type(out).__name__
        message = f"{name}: out must be a NumPy array without a mask, got {kind}"
        with pytest.raises(TypeError, match=message):
            function(np.ones(3), out=out)
    with pytest.raises(TypeError, match=f"{name}: out of dtype int64 cannot"):
        function(np.ones(3), out=np.empty(3, np.int64))
    for dtype in "U5", "O", "S5":
        with pytest.raises(TypeError, match=rf"{name}: out of dtype \S+ cannot hold"):
            function(np.ones(3), out=np.empty(3, dtype))
    with pytest.raises(TypeError, match=f"{name}: out is for NumPy arrays"):
        function(dask.array.ones(3), out=np.empty(3))
    with pytest.raises(TypeError, match=f"{name}: out is for NumPy arrays"):
        function(np.ma.ones(3), out=np.empty(3))


@SOME
def test_blocks_change_no_bit(function):
    x = RANDOM.normal(size=5 * BLOCK + 3).astype(np.float32)
    whole = function(x)
    pieces = [function(piece) for piece in np.array_split(x, 77)]
    np.testing.assert_array_equal(whole, np.concatenate(pieces))


@EVERY
def test_a_far_number_changes_no_bit_of_its_neighbours(function):
    x = positive(5000)
    want = function(x)
    for far in (90.0, np.inf, np.nan):
        x[7] = far
        np.testing.assert_array_equal(np.delete(function(x), 7), np.delete(want, 7))


@EVERY
def test_out_may_lie_backwards(function):
    # NumPy's loops round differently when they write backwards.
    x = positive(2 * BLOCK)
    backwards = np.empty_like(x)[::-1]
    function(x, out=backwards)
    np.testing.assert_array_equal(backwards, function(x))


@pytest.mark.parametrize("parameter", [1.0, 2.0])
@pytest.mark.parametrize(
    "function",
    [f for f in FUNCTIONS if "out" in inspect.signature(f.__wrapped__).parameters],
    ids=lambda f: f.__name__,
)
def test_bodies_that_take_out_write_there(function, parameter):
    known = inspect.signature(function).parameters
    parameters = {name: parameter for name in ("alpha", "beta") if name in known}
    for x in positive(10), np.linspace(-900, 900, 10):
        want, out = function(x, **parameters), np.empty_like(x)
        with np.errstate(all="ignore"):  # as where the body runs
            assert function.__wrapped__(x, out=out, **parameters) is out
            np.testing.assert_array_equal(out, want)
            assert function.__wrapped__(x, out=x, **parameters) is x
        np.testing.assert_array_equal(x, want)


@pytest.mark.parametrize(
    ("name", "arrays"),
    [("relu", 0), ("tanh", 0), ("softplus", 1), ("sigmoid", 2), ("log_sigmoid", 2)],
)
def test_last_steps_write_into_the_result(name, arrays):
    # What is written elsewhere first has to be copied.
    x = RANDOM.normal(size=3 * BLOCK)
    out = np.empty_like(x)
    assert (
        probes.peak_memory(getattr(activations, name), x, out=out)
        < (arrays + 0.5) * 8 * BLOCK
    )


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_memory_beside_input_and_output(function, dtype):
    x = np.ones(12 * BLOCK, dtype)
    apart = np.ones((12 * BLOCK, 2), dtype)[:, 0]
    pairs = [(x, None), (x, np.empty_like(x)), (x, x), (apart, apart)]
    for given, out in pairs:
        assert probes.peak_memory(function, given, out=out) <= 2_000_000


@pytest.mark.parametrize("name", cases.ELEMENTWISE)
def test_memory_beside_an_output_that_lies_otherwise(name):
    # softplus_inverse took 2.03 MB, as np.nditer has buffers of its own.
    function = getattr(activations, name)
    x = positive((400, 1000), np.float32)
    out = np.empty(x.shape, order="F")
    given = dict.fromkeys(cases.PARAMETERS[name.removesuffix("_derivative")], 2.5)
    assert probes.peak_memory(function, x, out=out, **given) <= 2_000_000


@cases.WIDER
@pytest.mark.parametrize("name", cases.ELEMENTWISE)
def test_longdouble_is_as_exact_as_its_range_allows(name):
    x = cases.points(name, np.float64).astype(np.longdouble)
    x = x[np.abs(x) < 400]
    # Their constants are float64 numbers, or pairs of them.
    fixed = ("selu", "selu_derivative", "softplus_inverse", "silu_derivative")
    most = 2.0 ** (np.finfo(np.longdouble).nmant - 51) if name in fixed else 8
    cases.assert_agrees(name, x, most)


@pytest.mark.parametrize("name", cases.ELEMENTWISE)
def test_float32_strided_sweep(name):
    # 120 bit patterns, drawn of every 65,521st.
    patterns = np.arange(0, 2**32, 65_521, dtype=np.uint32).view(np.float32)
    x = patterns[np.isfinite(patterns)]
    if "inverse" in name:
        x = x[x > 0]
    x = x[RANDOM.permutation(x.size)[:120]]
    cases.assert_agrees(name, x, 0.501)
