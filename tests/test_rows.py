"""Tests of how rows are laid out, judged and handed to Python or NumPy."""

import numpy as np
import pytest
from cases import EVERY_ROWWISE as EVERY
from probes import watch

import activations
from activations import _core, _softmax
from activations._core.arrays import BLOCK

RANDOM = np.random.default_rng(1990)


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
        _core.rowwise.rowwise(noting, rows.x, -1, None)
    across = 0 if length <= 64 else 1
    assert seen == {"softmax": 1, "log_softmax": across, "logsumexp": across}


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
