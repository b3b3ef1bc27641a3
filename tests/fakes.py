"""Arrays as other makers could have them."""

import numpy as np


class Foreign(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of another maker, which answers NumPy's ufuncs and functions itself."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __getattr__(self, name):
        """Have what arrays have; what a method gives is as foreign."""
        found = getattr(self.values, name)
        if not callable(found):
            return found
        return lambda *arguments, **options: type(self)(found(*arguments, **options))

    def __getitem__(self, index):
        """Give a part."""
        return type(self)(self.values[index])

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        """Answer a ufunc."""
        assert method == "__call__"
        return type(self)(ufunc(*map(self.bare, inputs), **options))

    def __array_function__(self, function, _, arguments, options):
        """Answer another function of NumPy."""
        return type(self)(function(*map(self.bare, arguments), **options))

    @staticmethod
    def bare(value):
        """Return what a foreign array holds, and anything else as it is."""
        return value.values if isinstance(value, Foreign) else value


class Strict(Foreign):
    """One that refuses to stand beside NumPy's own, as those of CuPy do."""

    @staticmethod
    def bare(value):
        """Return what a foreign array holds, and no other array."""
        assert not isinstance(value, np.ndarray)
        return Foreign.bare(value)


class UfuncsOnly:
    """One that answers NumPy's ufuncs and has no operators."""

    def __init__(self, values):
        self.values, self.dtype = values, values.dtype

    def astype(self, dtype):
        """Return an array of another dtype."""
        return type(self)(self.values.astype(dtype))

    def __array_ufunc__(self, ufunc, method, *inputs):
        """Answer a ufunc."""
        bare = [i.values if isinstance(i, UfuncsOnly) else i for i in inputs]
        return type(self)(getattr(ufunc, method)(*bare))


class Labelled(np.lib.mixins.NDArrayOperatorsMixin):
    """Another array under a label, as xarray's are.

    Notes stay with a copy, but not with what a ufunc makes of it.
    """

    def __init__(self, data, label, notes=None):
        self.data, self.dtype, self.label, self.notes = data, data.dtype, label, notes

    @property
    def chunks(self):
        """How the array inside is cut."""
        return self.data.chunks

    def copy(self, deep, data):
        """Put label and notes on other data."""
        assert not deep
        return type(self)(data, self.label, self.notes)

    def astype(self, dtype):
        """Return one of another dtype."""
        return self.copy(deep=False, data=self.data.astype(dtype))

    def __array_ufunc__(self, ufunc, method, *inputs):
        """Answer a ufunc."""
        bare = [i.data if isinstance(i, Labelled) else i for i in inputs]
        return type(self)(getattr(ufunc, method)(*bare), self.label)
