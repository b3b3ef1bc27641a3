r"""A small dense network to try the activation functions in.

======================================  ==========================================
`Network`                               layers, training, and what went on inside
`he_normal`, `glorot_normal`,           how to draw the first weights
`lecun_normal`, `uniform`
`DivergenceError`                       what `Network.train` raises when it explodes
======================================  ==========================================

Layer :math:`l` multiplies what enters it by its weights, adds its biases, and bends
the sum, its **pre-activation**, with an activation function:

.. math:: z^l = a^{l-1} W^l + b^l, \qquad a^l = f(z^l), \qquad a^0 = x.

Samples are rows.
The **error signal** of a layer is the derivative of the loss by its pre-activation.
It starts at the output and travels back through the same weights:

.. math:: \delta^{l} = \bigl(\delta^{l+1} (W^{l+1})^\top\bigr) \odot f'(z^l),
   \qquad
   \frac{\partial L}{\partial W^l} = (a^{l-1})^\top \delta^l, \qquad
   \frac{\partial L}{\partial b^l} = \sum_{\text{samples}} \delta^l.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

import activations
from activations import (
    log_sigmoid,
    log_softmax,
    sigmoid,
    sigmoid_derivative,
    softmax,
)
from activations._core.arguments import (
    check_count,
    check_data,
    check_generator,
    check_number,
)

__all__ = [
    "DivergenceError",
    "Network",
    "glorot_normal",
    "he_normal",
    "lecun_normal",
    "uniform",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Initializer = Callable[[np.random.Generator, int, int], FloatArray]

HIDDEN = (
    "sigmoid",
    "log_sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "softplus",
    "elu",
    "selu",
    "celu",
    "silu",
)
OUTPUTS = ("identity", "sigmoid", "softmax")
LOSSES = ("squared_error", "cross_entropy")
ORDERS = ("shuffled", "sequential", "random")


def he_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    r"""Draw weights that keep the size of a signal through rectifiers.

    .. math:: w \sim \mathcal{N}\!\left(0, \frac{2}{n_\text{in}}\right)

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the random numbers come from.
    fan_in, fan_out : int
        Units before and after the weights.

    Returns
    -------
    numpy.ndarray
        Weights of shape (fan_in, fan_out).

    Notes
    -----
    The factor 2 makes up for the half of the pre-activations that a rectifier
    sets to zero.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers: surpassing
    human-level performance on ImageNet classification", ICCV 2015.
    https://doi.org/10.1109/ICCV.2015.123

    Examples
    --------
    >>> he_normal(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


def glorot_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    r"""Draw weights that suit the forward and the backward pass alike.

    .. math:: w \sim \mathcal{N}\!\left(0, \frac{2}{n_\text{in} + n_\text{out}}\right)

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the random numbers come from.
    fan_in, fan_out : int
        Units before and after the weights.

    Returns
    -------
    numpy.ndarray
        Weights of shape (fan_in, fan_out).

    Notes
    -----
    Derived for functions whose slope is 1 at the origin, such as `tanh`.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", AISTATS 2010.
    https://proceedings.mlr.press/v9/glorot10a.html

    Examples
    --------
    >>> glorot_normal(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    return rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


def lecun_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    r"""Draw weights that keep the size of a signal on the way forward.

    .. math:: w \sim \mathcal{N}\!\left(0, \frac{1}{n_\text{in}}\right)

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the random numbers come from.
    fan_in, fan_out : int
        Units before and after the weights.

    Returns
    -------
    numpy.ndarray
        Weights of shape (fan_in, fan_out).

    Notes
    -----
    The constants of `selu` assume this variance.

    References
    ----------
    Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", in
    *Neural Networks: Tricks of the Trade*, Springer 1998.
    https://doi.org/10.1007/3-540-49430-8_2

    Examples
    --------
    >>> lecun_normal(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    return rng.normal(0, np.sqrt(1 / fan_in), (fan_in, fan_out))


def uniform(bound: float) -> Initializer:
    r"""Make an initializer that draws from an interval around zero.

    .. math:: w \sim \mathcal{U}(-c, c)

    Parameters
    ----------
    bound : float
        Half the width :math:`c` of the interval, whatever the size of the layer.

    Returns
    -------
    callable
        An initializer, to be called like `he_normal`.

    Raises
    ------
    ValueError
        If `bound` is not positive, or the interval's width is not finite.
    TypeError
        If `bound` is not a real number.

    Examples
    --------
    >>> draw = uniform(2.5)
    >>> weights = draw(np.random.default_rng(0), 3, 2)
    >>> weights.shape, bool(abs(weights).max() <= 2.5)
    ((3, 2), True)
    """
    bound = check_number("bound", bound)
    if not 0 < 2 * bound < np.inf:
        raise ValueError(f"bound must be positive and 2 * bound finite, not {bound}")

    def draw(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
        return rng.uniform(-bound, bound, (fan_in, fan_out))

    return draw


class DivergenceError(ArithmeticError):
    """Say that training left the finite numbers.

    Parameters
    ----------
    epoch : int
        The epoch, counted from 1, after which the loss or a weight was infinite or
        not a number.
    losses : numpy.ndarray
        The losses after the epochs before it, of shape (epoch - 1,).

    Examples
    --------
    >>> net = Network([1, 1], rng=0)
    >>> try:
    ...     net.train([0.0, 9.0], [0.0, 9.0], learning_rate=9.0, epochs=999)
    ... except DivergenceError as error:
    ...     print(error.epoch == len(error.losses) + 1)
    True
    """

    def __init__(self, epoch: int, losses: FloatArray) -> None:
        super().__init__(epoch, losses)
        self.epoch = epoch
        self.losses = losses

    def __str__(self) -> str:
        """Name the epoch and the last finite loss."""
        last = (
            f"; the loss before was {self.losses[-1]:.3g}" if len(self.losses) else ""
        )
        return (
            f"training diverged in epoch {self.epoch}: the loss or a weight is no "
            f"longer finite{last}; try a smaller learning_rate"
        )


class Network:
    r"""Stack dense layers and train them by gradient descent.

    .. math:: z^l = a^{l-1} W^l + b^l, \qquad a^l = f(z^l), \qquad a^0 = x

    Parameters
    ----------
    sizes : sequence of int
        Width of each layer, from the inputs to the outputs.
        Two widths make a network without hidden layers.
    hidden : str
        Activation function of the hidden layers: "sigmoid", "log_sigmoid", "tanh",
        "relu", "leaky_relu", "softplus", "elu", "selu", "celu" or "silu".
    output : str
        "identity" for real values, "sigmoid" for yes or no, "softmax" for one of
        several classes.
    loss : str, optional
        "squared_error" or "cross_entropy".
        By default the first for the identity and the second for the others.
    initializer : callable
        Draws the weights of a layer: `he_normal`, `glorot_normal`, `lecun_normal`,
        ``uniform(bound)``, or any function of (rng, fan_in, fan_out).
    bias_initializer : callable, optional
        Draws the biases, as the weights of one constant input: called with a
        fan_in of 1. By default the biases begin at zero.
    rng : int or numpy.random.Generator, optional
        Seed or generator of the weights, and then of the order of the samples.
    parameters : mapping, optional
        Parameters of the hidden function, such as ``{"negative_slope": 0.1}``.

    Attributes
    ----------
    weights : list
        Weights of each layer, arrays of shape (fan_in, fan_out).
    biases : list
        Biases of each layer, arrays of shape (fan_out,).
    sizes : list
        The layer widths.

    Raises
    ------
    ValueError
        If a name is unknown, a width is not positive, the loss does not suit the
        output, or `rng` is a negative seed.
    TypeError
        If an argument is of the wrong kind.

    Notes
    -----
    Computes in double precision.
    `train` replaces the arrays of weights and biases, so that a list kept from
    before shows them as they were.
    Where there is one input, `x` may be one-dimensional; outputs always have the
    shape (n, outputs).

    With :math:`n` samples, predictions :math:`p` and targets :math:`t`, the losses
    are

    .. math::

       L_\text{squared error} = \frac1n \sum_{\text{samples}}
           \sum_{\text{outputs}} (p - t)^2,
       \qquad
       L_\text{cross-entropy} = -\frac1n \sum_{\text{samples}}
           \sum_{\text{outputs}} t \log p,

    where for sigmoid outputs :math:`(1 - t) \log (1 - p)` joins each term of the
    cross-entropy.
    It is computed from the logits, so that no logarithm meets a zero.

    Examples
    --------
    Learn the exclusive or:

    >>> points = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> labels = [0, 1, 1, 0]
    >>> net = Network([2, 8, 1], hidden="tanh", output="sigmoid", rng=0)
    >>> losses = net.train(points, labels, learning_rate=0.5, epochs=500)
    >>> net.accuracy(points, labels)
    1.0
    """

    weights: list[FloatArray]
    biases: list[FloatArray]

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        hidden: str = "relu",
        output: str = "identity",
        loss: str | None = None,
        initializer: Initializer = he_normal,
        bias_initializer: Initializer | None = None,
        rng: Any = None,
        parameters: Mapping[str, float] | None = None,
    ) -> None:
        if isinstance(sizes, str) or not isinstance(sizes, Iterable):
            raise TypeError(f"sizes must be a sequence of integers, not {sizes!r}")
        self.sizes = [check_count("sizes", size) for size in sizes]
        if len(self.sizes) < 2:
            raise ValueError(f"sizes must name two layers or more, not {sizes!r}")
        self._output = _check_name("output", output, OUTPUTS)
        if loss is None:
            loss = "squared_error" if output == "identity" else "cross_entropy"
        self._loss = _check_name("loss", loss, LOSSES)
        if (output, loss) == ("identity", "cross_entropy"):
            raise ValueError(
                "loss 'cross_entropy' needs an output of 'sigmoid' or 'softmax', "
                "not 'identity'"
            )
        if output == "softmax" and self.sizes[-1] == 1:
            raise ValueError("sizes must end in 2 or more for an output of 'softmax'")
        self.hidden = hidden
        self.parameters = {} if parameters is None else parameters

        self._rng = check_generator("rng", rng)
        self.weights, self.biases = [], []
        for fan_in, fan_out in pairwise(self.sizes):
            self.weights.append(
                _draw("initializer", initializer, self._rng, fan_in, fan_out)
            )
            self.biases.append(
                np.zeros(fan_out)
                if bias_initializer is None
                else _draw("bias_initializer", bias_initializer, self._rng, 1, fan_out)[
                    0
                ]
            )

    @property
    def hidden(self) -> str:
        """Name of the hidden layers' activation function.

        It may be changed between two stages of training.
        That sets `parameters` back to their defaults.
        """
        return self._hidden

    @hidden.setter
    def hidden(self, name: str) -> None:
        self._hidden = _check_name("hidden", name, HIDDEN)
        self.parameters = {}

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters of the hidden layers' activation function."""
        return dict(self._parameters)

    @parameters.setter
    def parameters(self, parameters: Mapping[str, float]) -> None:
        if not isinstance(parameters, Mapping):
            raise TypeError(f"parameters must be a mapping, not {parameters!r}")
        function = getattr(activations, self._hidden)
        known = inspect.signature(function).parameters.keys() - {"x", "out"}
        for name in parameters:
            if name not in known:
                raise ValueError(f"parameters: {self._hidden} has no {name!r}")
        function(0.0, **parameters)  # lets the function refuse a value
        derivative = getattr(activations, f"{self._hidden}_derivative")
        self._bend = partial(function, **parameters)
        self._slope = partial(derivative, **parameters)
        self._parameters = dict(parameters)

    def __call__(self, x: npt.ArrayLike) -> FloatArray:
        """Compute the outputs: the same as `predict`."""
        return self.predict(x)

    def predict(self, x: npt.ArrayLike) -> FloatArray:
        """Compute the outputs.

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).

        Returns
        -------
        numpy.ndarray
            Outputs of shape (n, outputs).

        Raises
        ------
        ValueError
            If the shape of `x` does not fit, or `x` is not finite.
        TypeError
            If `x` is not an array of real numbers.
        """
        return self._link(self.preactivations(x)[-1])

    def preactivations(self, x: npt.ArrayLike) -> list[FloatArray]:
        """Compute the sums that enter the activation function of each layer.

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).

        Returns
        -------
        list of numpy.ndarray
            One array of shape (n, units) for each layer; the last holds the logits.

        Raises
        ------
        ValueError
            If the shape of `x` does not fit, or `x` is not finite.
        TypeError
            If `x` is not an array of real numbers.
        """
        return self._forward(self._check_inputs(x))[0]

    def activations(self, x: npt.ArrayLike) -> list[FloatArray]:
        """Compute the outputs of the hidden layers.

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).

        Returns
        -------
        list of numpy.ndarray
            One array of shape (n, units) for each hidden layer.

        Raises
        ------
        ValueError
            If the shape of `x` does not fit, or `x` is not finite.
        TypeError
            If `x` is not an array of real numbers.
        """
        return self._forward(self._check_inputs(x))[1][1:]

    def loss(self, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """Compute the mean loss over samples.

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).
        y : array_like
            Targets of shape (n, outputs), or class labels of shape (n,).

        Returns
        -------
        float
            The loss.

        Raises
        ------
        ValueError
            If a shape does not fit, a target is out of range, or the data are not
            finite.
        TypeError
            If `x` or `y` is not an array of real numbers.
        """
        inputs, t = self._check_samples(x, y)
        return self._mean_loss(self._forward(inputs)[0][-1], t)

    def gradient(
        self, x: npt.ArrayLike, y: npt.ArrayLike
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Compute the derivative of the loss by every weight and bias.

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).
        y : array_like
            Targets of shape (n, outputs), or class labels of shape (n,).

        Returns
        -------
        by_weights, by_biases : list of numpy.ndarray
            One array for each layer, in the shapes of `weights` and `biases`.

        Raises
        ------
        ValueError
            If a shape does not fit, a target is out of range, or the data are not
            finite.
        TypeError
            If `x` or `y` is not an array of real numbers.
        """
        by_weights, by_biases = self._views(np.empty_like(self._vector()))
        self._backward(*self._check_samples(x, y), by_weights, by_biases)
        return by_weights, by_biases

    def train(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        learning_rate: float,
        epochs: int,
        batch_size: int = 32,
        momentum: float = 0.0,
        decay: float = 1.0,
        order: str = "shuffled",
        rng: Any = None,
    ) -> FloatArray:
        r"""Descend the gradient of the loss, one batch of samples at a time.

        .. math:: v \leftarrow \mu v - \eta \frac{\partial L}{\partial w},
           \qquad w \leftarrow w + v

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).
        y : array_like
            Targets of shape (n, outputs), or class labels of shape (n,).
        learning_rate : float
            The step size :math:`\eta`.
        epochs : int
            How many times n samples are used.
        batch_size : int
            Samples for each step; 1 is gradient descent sample by sample.
        momentum : float
            The share :math:`\mu` of each step that carries over to the next, in
            [0, 1).
        decay : float
            Multiplies the learning rate at the start of each epoch; in (0, 1].
        order : str
            "shuffled" takes every sample once in each epoch, in a new order;
            "sequential" takes them as they come; "random" draws n samples with
            replacement.
        rng : int or numpy.random.Generator, optional
            Seed or generator of the order; by default the network's own generator.

        Returns
        -------
        numpy.ndarray
            The loss on all samples after each epoch, of shape (epochs,).

        Raises
        ------
        DivergenceError
            If the loss or a weight stops being finite.
            The network then keeps the weights that it had before that epoch.
        ValueError
            If a shape does not fit, a label or a number is out of range, or the
            data are not finite.
        TypeError
            If an argument is of the wrong kind.

        Examples
        --------
        >>> net = Network([1, 1], rng=0)
        >>> losses = net.train([0, 1, 2], [1, 3, 5], learning_rate=0.1, epochs=500)
        >>> net.weights[0].round(6), net.biases[0].round(6)
        (array([[2.]]), array([1.]))
        """
        learning_rate = check_number("learning_rate", learning_rate)
        if not 0 < learning_rate < np.inf:
            raise ValueError(
                f"learning_rate must be positive and finite, not {learning_rate}"
            )
        momentum = check_number("momentum", momentum)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1), not {momentum}")
        decay = check_number("decay", decay)
        if not 0 < decay <= 1:
            raise ValueError(f"decay must lie in (0, 1], not {decay}")
        epochs = check_count("epochs", epochs)
        batch_size = check_count("batch_size", batch_size)
        _check_name("order", order, ORDERS)
        inputs, t = self._check_samples(x, y)
        rng = self._rng if rng is None else check_generator("rng", rng)

        # Weights and biases become views of one vector: a step is one addition.
        vector = self._vector()
        self.weights, self.biases = self._views(vector)
        gradient, velocity = np.empty_like(vector), np.zeros_like(vector)
        by_weights, by_biases = self._views(gradient)
        losses: list[float] = []
        # Overflow is looked for once in an epoch, not warned of in each step.
        with np.errstate(all="ignore"):
            for epoch in range(1, epochs + 1):
                before = vector.copy()
                learning_rate *= decay
                rows = _arrange(order, len(inputs), rng)
                arranged, targets = inputs[rows], t[rows]
                for start in range(0, len(rows), batch_size):
                    batch = slice(start, start + batch_size)
                    self._backward(
                        arranged[batch], targets[batch], by_weights, by_biases
                    )
                    velocity *= momentum
                    velocity -= learning_rate * gradient
                    vector += velocity
                loss = self._mean_loss(self._forward(inputs)[0][-1], t)
                if not (np.isfinite(loss) and np.isfinite(vector).all()):
                    vector[:] = before
                    raise DivergenceError(epoch, np.array(losses))
                losses.append(loss)
        return np.array(losses)

    def accuracy(self, x: npt.ArrayLike, labels: npt.ArrayLike) -> float:
        """Compute the share of samples whose class is predicted rightly.

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).
        labels : array_like
            Classes as integers, of shape (n,).

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        ValueError
            If the output is the identity, which knows no classes, a label is out of
            range, a shape does not fit, or `x` is not finite.
        TypeError
            If `x` is not an array of real numbers, or `labels` not one of integers.

        Notes
        -----
        The predicted class is that of the largest output; a single sigmoid predicts
        class 1 from 1/2 upward.
        """
        if self._output == "identity":
            raise ValueError("accuracy needs an output of 'sigmoid' or 'softmax'")
        p = self.predict(x)
        expected = self._check_labels("labels", labels, len(p))
        found = p[:, 0] >= 0.5 if p.shape[1] == 1 else p.argmax(axis=1)
        return float((found == expected).mean())

    def dead_units(
        self, x: npt.ArrayLike, *, tolerance: float = 0.0
    ) -> list[BoolArray]:
        r"""Find the hidden units that cannot learn from the given data.

        .. math:: \text{unit } j \text{ of layer } l \text{ is dead} \iff
           \max_{\text{samples}} |f'(z^l_j)| \le \text{tolerance}

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).
        tolerance : float
            Largest derivative that counts as none.

        Returns
        -------
        list of numpy.ndarray
            One boolean array of shape (units,) for each hidden layer.

        Raises
        ------
        ValueError
            If the shape of `x` does not fit, `x` is not finite, or `tolerance` is
            negative.
        TypeError
            If `x` is not an array of real numbers, or `tolerance` not a real number.

        Notes
        -----
        A ReLU unit is dead when its pre-activation is at most zero on every sample;
        no gradient then reaches its weights.
        A leaky ReLU unit never is.
        Functions that saturate, such as the sigmoid or the ELU, have slopes that are
        tiny but seldom zero: a small tolerance finds their saturated units.

        Examples
        --------
        >>> net = Network([1, 2, 1], rng=0)
        >>> net.weights[0][:] = [[1.0, -1.0]]
        >>> net.dead_units([0.5, 2.0])
        [array([False,  True])]
        """
        tolerance = check_number("tolerance", tolerance)
        if not tolerance >= 0:
            raise ValueError(f"tolerance must not be negative, not {tolerance}")
        return [
            (np.abs(self._slope(z)) <= tolerance).all(axis=0)
            for z in self.preactivations(x)[:-1]
        ]

    def backward_factors(self, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
        r"""Measure by how much each hidden layer scales the error signal.

        .. math:: \frac{\lVert \delta^l \rVert}{\lVert \delta^{l+1} \rVert}

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, inputs).
        y : array_like
            Targets of shape (n, outputs), or class labels of shape (n,).

        Returns
        -------
        numpy.ndarray
            One factor for each hidden layer, of shape (hidden layers,), in the order
            of the layers; the error signal meets the last one first.
            NaN where no error signal arrives.

        Raises
        ------
        ValueError
            If a shape does not fit, a target is out of range, or the data are not
            finite.
        TypeError
            If `x` or `y` is not an array of real numbers.

        Notes
        -----
        The Euclidean norm runs over the samples and units of a layer.
        The last factor compares with the error signal at the output: to read a
        network of equal layers, take the geometric mean of the others.
        Factors below 1 multiply to a vanishing gradient, factors above 1 to an
        exploding one.

        Examples
        --------
        Two layers whose only weight is 3 triple the error signal:

        >>> net = Network([1, 1, 1, 1], rng=0)
        >>> for weights in net.weights:
        ...     weights[:] = 3.0
        >>> net.backward_factors([1.0, 2.0], [0.0, 0.0])
        array([3., 3.])
        """
        inputs, t = self._check_samples(x, y)
        preactivations, _ = self._forward(inputs)
        norms = np.array([np.linalg.norm(d) for d in self._deltas(preactivations, t)])
        with np.errstate(invalid="ignore"):
            return norms[:-1] / norms[1:]

    def __repr__(self) -> str:
        """Show the call that makes such a network, but for how it is initialised."""
        return (
            f"Network({self.sizes}, hidden={self.hidden!r}, output={self._output!r}, "
            f"loss={self._loss!r}, parameters={self.parameters})"
        )

    # On single samples, a.dot(b) takes a third of the time of a @ b.

    def _forward(self, x: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the pre-activation of every layer and what entered it."""
        entering, preactivations = [x], []
        for weights, biases in zip(self.weights, self.biases, strict=True):
            preactivations.append(entering[-1].dot(weights) + biases)
            if len(entering) < len(self.weights):
                entering.append(self._bend(preactivations[-1]))
        return preactivations, entering

    def _deltas(
        self, preactivations: list[FloatArray], t: FloatArray
    ) -> list[FloatArray]:
        """Return the error signal of every layer, travelling from last to first."""
        deltas = [self._output_delta(preactivations[-1], t)]
        for weights, z in zip(self.weights[:0:-1], preactivations[-2::-1], strict=True):
            deltas.append(deltas[-1].dot(weights.T) * self._slope(z))
        return deltas[::-1]

    def _backward(
        self,
        x: FloatArray,
        t: FloatArray,
        by_weights: list[FloatArray],
        by_biases: list[FloatArray],
    ) -> None:
        """Fill the arrays with the gradient of the loss on a batch."""
        preactivations, entering = self._forward(x)
        deltas = self._deltas(preactivations, t)
        for layer, delta in enumerate(deltas):
            entering[layer].T.dot(delta, out=by_weights[layer])
            # A sample alone is its own sum, and adding it up costs more than a product.
            by_biases[layer][:] = delta[0] if len(delta) == 1 else delta.sum(axis=0)

    def _vector(self) -> FloatArray:
        """Copy all weights and biases into one vector, layer by layer."""
        weights = self._check_layers("weights", [*pairwise(self.sizes)])
        biases = self._check_layers("biases", [(n,) for n in self.sizes[1:]])
        layers = zip(weights, biases, strict=True)
        flat = [values.ravel() for layer in layers for values in layer]
        return np.concatenate(flat, dtype=float)

    def _views(self, vector: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
        """Cut a vector into weights and biases."""
        weights, biases, start = [], [], 0
        for fan_in, fan_out in pairwise(self.sizes):
            stop = start + (fan_in + 1) * fan_out
            layer = vector[start:stop].reshape(fan_in + 1, fan_out)
            weights.append(layer[:-1])
            biases.append(layer[-1])
            start = stop
        return weights, biases

    def _link(self, logits: FloatArray) -> FloatArray:
        if self._output == "identity":
            return logits
        return (sigmoid if self._output == "sigmoid" else softmax)(logits)

    def _mean_loss(self, logits: FloatArray, t: FloatArray) -> float:
        if self._loss == "squared_error":
            terms = (self._link(logits) - t) ** 2
        elif self._output == "sigmoid":
            terms = -t * log_sigmoid(logits) - (1 - t) * log_sigmoid(-logits)
        else:
            terms = -t * log_softmax(logits)
        return float(terms.sum() / len(t))

    def _output_delta(self, logits: FloatArray, t: FloatArray) -> FloatArray:
        p = self._link(logits)
        if self._loss == "cross_entropy":
            return (p - t) / len(t)
        delta = (p - t) * (2 / len(t))
        if self._output == "sigmoid":
            return delta * sigmoid_derivative(logits)
        if self._output == "softmax":
            return p * (delta - (p * delta).sum(axis=1, keepdims=True))
        return delta

    def _check_layers(
        self, name: str, shapes: Sequence[tuple[int, ...]]
    ) -> list[npt.NDArray[Any]]:
        """Return weights or biases, which may have been assigned from outside."""
        held = getattr(self, name)
        if len(held) != len(shapes):
            raise ValueError(f"{name} must hold {len(shapes)} arrays, not {len(held)}")
        arrays = []
        for i, shape in enumerate(shapes):
            array = check_data(f"{name}[{i}]", held[i])
            if array.shape != shape:
                raise ValueError(
                    f"{name}[{i}] must have shape {shape}, not {array.shape}"
                )
            arrays.append(array)
        return arrays

    def _check_samples(
        self, x: npt.ArrayLike, y: npt.ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        inputs = self._check_inputs(x)
        return inputs, self._check_targets(y, len(inputs))

    def _check_inputs(self, x: npt.ArrayLike) -> FloatArray:
        inputs = check_data("x", x)
        if inputs.ndim == 1 and self.sizes[0] == 1:
            inputs = inputs[:, np.newaxis]
        if inputs.ndim != 2 or inputs.shape[1] != self.sizes[0] or not len(inputs):
            raise ValueError(
                f"x must have shape (n, {self.sizes[0]}), not {inputs.shape}"
            )
        return inputs.astype(float)

    def _check_targets(self, y: npt.ArrayLike, n: int) -> FloatArray:
        t, outputs = check_data("y", y), self.sizes[-1]
        if t.ndim == 1 and outputs == 1:
            t = t[:, np.newaxis]
        elif t.ndim == 1 and self._output != "identity":
            t = np.eye(outputs)[self._check_labels("y", y, n)]
        if t.shape != (n, outputs):
            raise ValueError(f"y must have shape ({n}, {outputs}), not {np.shape(y)}")
        if self._output != "identity" and not ((0 <= t) & (t <= 1)).all():
            raise ValueError(
                f"y must lie between 0 and 1, not between {t.min()} and {t.max()}"
            )
        if self._output == "softmax" and not np.allclose(t.sum(axis=1), 1):
            raise ValueError("y must add up to 1 in each row")
        return t.astype(float)

    def _check_labels(self, name: str, labels: npt.ArrayLike, n: int) -> IntArray:
        array, classes = check_data(name, labels), max(2, self.sizes[-1])
        if array.dtype.kind == "f":
            raise TypeError(f"{name} must be integer classes, not {array.dtype}")
        if array.shape != (n,):
            raise ValueError(f"{name} must have shape ({n},), not {array.shape}")
        if not ((0 <= array) & (array < classes)).all():
            raise ValueError(
                f"{name} must be classes from 0 to {classes - 1}, "
                f"not from {array.min()} to {array.max()}"
            )
        return array.astype(np.int64)


def _arrange(order: str, n: int, rng: np.random.Generator) -> IntArray:
    if order == "sequential":
        return np.arange(n)
    return rng.permutation(n) if order == "shuffled" else rng.integers(n, size=n)


def _draw(
    argument: str,
    initializer: Initializer,
    rng: np.random.Generator,
    fan_in: int,
    fan_out: int,
) -> FloatArray:
    if not callable(initializer):
        raise TypeError(f"{argument} must be callable, not {initializer!r}")
    drawn = check_data(f"what {argument} draws", initializer(rng, fan_in, fan_out))
    if drawn.shape != (fan_in, fan_out):
        raise ValueError(
            f"{argument} must draw the shape {(fan_in, fan_out)}, not {drawn.shape}"
        )
    return drawn.astype(float)


def _check_name(argument: str, name: str, known: Sequence[str]) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{argument} must be a string, not {name!r}")
    if name not in known:
        raise ValueError(f"{argument} must be one of {', '.join(known)}; not {name!r}")
    return name
