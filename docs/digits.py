"""The handwritten digits that scikit-learn brings along, as the book uses them."""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits


class Digits(NamedTuple):
    """Images of 8 by 8 pixels, flattened, with their labels from 0 to 9."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    test_indices: np.ndarray


def load():
    """Return 1300 digits to train on and 497 to test on.

    Pixels are divided by 16, their largest value, and centred by the mean of
    the training images.  The split is that of ``default_rng(0)``, the same in
    every chapter.

    Returns
    -------
    Digits
        ``test_indices`` are the places of the test images in scikit-learn's
        data set.
    """
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:1300], order[1300:]
    x = images / 16 - images[train].mean(axis=0) / 16
    return Digits(x[train], labels[train], x[test], labels[test], test)
