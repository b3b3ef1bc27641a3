"""Arrays larger than memory: dask's scheduler with two worker processes."""

import dask
import dask.array
import distributed
import numpy as np
import pytest

import activations

LIMIT = 260_000_000  # bytes a worker process may use; most of it is Python and NumPy
ROWS, CHUNK = 1_360_000, 13_600  # of 48 float64 each: 522 MB, in chunks of 5 MB


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    settings = {
        "temporary-directory": str(tmp_path_factory.mktemp("dask")),
        "distributed.scheduler.dashboard.status.task-stream-length": 10,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.target": False,
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            memory_limit=LIMIT,
            dashboard_address=":0",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def scores(block_info=None):
    """Make one chunk of scores, the same wherever it is made."""
    (first, last), _ = block_info[None]["array-location"]
    steps = np.arange(first * 48, last * 48, dtype=np.uint32)
    spread = (steps * np.uint32(2_654_435_761)) >> 8
    return (spread.astype(np.float64) / 2**18 - 32).reshape(-1, 48)


def digest(chunk):
    """Reduce a chunk to bits that change when any of its bits does."""
    bits = np.ascontiguousarray(chunk).view(np.uint32).ravel()
    weights = np.arange(1, bits.size + 1, dtype=np.uint32)
    return np.array([[np.sum(bits * weights, dtype=np.uint32)]])


def test_larger_than_memory_gives_the_same_bits(client):
    chunks = ((CHUNK,) * (ROWS // CHUNK), (48,))
    x = dask.array.map_blocks(scores, chunks=chunks, dtype=np.float64)
    assert x.nbytes > 2 * LIMIT
    functions = [activations.softplus, activations.softmax]
    digests = []
    for function in functions:
        lazy = function(x)
        assert isinstance(lazy, dask.array.Array)
        digests.append(lazy.map_blocks(digest, chunks=(1, 1), dtype=np.uint32))
    results = client.gather(client.compute(digests), direct=False)
    for function, got in zip(functions, results, strict=True):
        for k in (0, 7, len(chunks[0]) - 1):
            place = [(k * CHUNK, (k + 1) * CHUNK), (0, 48)]
            chunk = scores({None: {"array-location": place}})
            assert got[k, 0] == digest(function(chunk))[0, 0]
