"""What a call does beside returning its result: the memory it takes, the calls it makes."""

import tracemalloc

import numpy as np


def peak_memory(function, *arguments, **options):
    """Return the bytes that a call takes at its peak, beside what it returns."""
    given = options.get("out")
    tracemalloc.start()
    result = function(*arguments, **options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - (0 if given is not None else np.asarray(result).nbytes)


def watch(monkeypatch, owner, name):
    """Return a list that each call of a function adds its arguments to from now on."""
    calls, function = [], getattr(owner, name)
    monkeypatch.setattr(
        owner, name, lambda *a, **k: calls.append(a) or function(*a, **k)
    )
    return calls
