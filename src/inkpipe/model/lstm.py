"""An LSTM layer that trains faster on a CPU than Keras' own, and computes the same.

Keras multiplies inputs and states by their weights step by step, and its gradient adds up the weights' gradients step
by step. Here all inputs are multiplied at once, a step is one small product, and the gradient of each weight is one
product after the loop, as in Appleyard, Kociský and Blunsom, "Optimizing performance of recurrent neural networks on
GPUs" (2016). Importing this registers the layer, so that models load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from inkpipe.backend import keras, tf

STEPS = 4  # of an iteration of the loop: TensorFlow's loops cost as much as a step


@keras.saving.register_keras_serializable(package="inkpipe")
class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM`: the same arguments, weights and function, up to rounding.

    Masks, dropout within the layer, other activations, other precisions than float32, and a GPU, which has a faster
    kernel, are left to Keras.

    Hochreiter and Schmidhuber, "Long short-term memory" (1997), with the forget gate of Gers, Schmidhuber and Cummins
    (2000).
    """

    def inner_loop(
        self, sequences: tf.Tensor, initial_state: Sequence[tf.Tensor], mask: Any, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """Run over the frames; Keras calls this.

        Args:
            sequences: float32 (batch, frames, values).
            initial_state: output and cell state before the first frame, float32 (batch, units) each.
            mask: bool (batch, frames), or None.
            training: whether dropout is on.

        Returns:
            The last output (batch, units), all outputs (batch, frames, units), and the last output and cell state.
        """
        if mask is not None or not self._as_usual() or tf.config.list_physical_devices("GPU"):
            return super().inner_loop(sequences, initial_state, mask, training=training)
        kernel, recurrent, bias = (
            _gates_in_order(tf.convert_to_tensor(weight))
            for weight in (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
        )
        time_major = tf.transpose(sequences, (1, 0, 2))
        if self.go_backwards:
            time_major = tf.reverse(time_major, [0])
        frames, batch, values = _shape(time_major)
        projected = tf.matmul(tf.reshape(time_major, (-1, values)), kernel) + bias
        outputs, state = recurrence(tf.reshape(projected, (frames, batch, 4 * self.units)), *initial_state, recurrent)
        return outputs[-1], tf.transpose(outputs, (1, 0, 2)), [outputs[-1], state]

    def _as_usual(self) -> bool:
        usual = (self.activation, self.recurrent_activation) == (keras.activations.tanh, keras.activations.sigmoid)
        dropout = self.dropout or self.recurrent_dropout
        return usual and self.use_bias and not dropout and not self.unroll and self.compute_dtype == "float32"


@tf.custom_gradient
def recurrence(
    projected: tf.Tensor, output: tf.Tensor, state: tf.Tensor, recurrent: tf.Tensor
) -> tuple[tuple[tf.Tensor, tf.Tensor], Callable[..., tuple[tf.Tensor, ...]]]:
    """The steps of an LSTM after its inputs were multiplied; gates are in the order input, forget, output, cell.

    Args:
        projected: inputs by their weights, plus the bias, float32 (frames, batch, 4 * units).
        output: before the first frame, float32 (batch, units).
        state: of the cells before the first frame, float32 (batch, units).
        recurrent: weights of the outputs, float32 (units, 4 * units).

    Returns:
        All outputs float32 (frames, batch, units), and the last state (batch, units).
    """
    frames, units = _shape(projected)[0], recurrent.shape[0]

    def step(
        at: tf.Tensor, output: tf.Tensor, state: tf.Tensor, gates_: Any, cells_: Any, states_: Any, outputs_: Any
    ) -> tuple[Any, ...]:
        sums = inputs_.read(at) + tf.matmul(output, recurrent)
        gates, cell = tf.split(sums, (3 * units, units), axis=1)
        gates, cell = tf.sigmoid(gates), tf.tanh(cell)
        enter, keep, leave = tf.split(gates, 3, axis=1)
        state = keep * state + enter * cell
        output = leave * tf.tanh(state)
        written = (
            array.write(at, value)
            for array, value in zip((gates_, cells_, states_, outputs_), (gates, cell, state, output), strict=True)
        )
        return (at + 1, output, state, *written)

    inputs_ = _array(frames).unstack(projected)
    _, _, last, *arrays = _loop(step, frames, (0, output, state, *(_array(frames) for _ in range(4))))
    gates, cells, states, outputs = (array.stack() for array in arrays)

    def gradient(d_outputs: tf.Tensor, d_last: tf.Tensor) -> tuple[tf.Tensor, ...]:
        before, outputs_before = (
            tf.concat([first[tf.newaxis], every[:-1]], 0) for first, every in ((state, states), (output, outputs))
        )
        shown = tf.tanh(states)
        enter, keep, leave = tf.split(gates, 3, axis=2)
        by_output = leave * (1.0 - shown * shown)  # of the state, by the output
        slopes = gates * (1.0 - gates) * tf.concat([cells, before, shown], 2)
        slopes = tf.concat([slopes, enter * (1.0 - cells * cells)], 2)  # of the sums, by state or output
        read = [_array(frames).unstack(each).read for each in (d_outputs, by_output, slopes, keep)]

        def back(index: tf.Tensor, d_output: tf.Tensor, d_state: tf.Tensor, sums_: Any) -> tuple[Any, ...]:
            at = frames - 1 - index
            d_outside, by_output, slopes, keep = (each(at) for each in read)
            d_output = d_output + d_outside
            d_state = d_state + d_output * by_output
            d_sums = tf.concat([d_state, d_state, d_output, d_state], 1) * slopes
            d_output = tf.matmul(d_sums, recurrent, transpose_b=True)
            return index + 1, d_output, d_state * keep, sums_.write(at, d_sums)

        start = (0, tf.zeros_like(output), d_last, _array(frames))
        _, d_output, d_state, sums_ = _loop(back, frames, start)
        d_sums = sums_.stack()
        flat = (tf.reshape(each, (-1, each.shape[2])) for each in (outputs_before, d_sums))
        return d_sums, d_output, d_state, tf.matmul(*flat, transpose_a=True)

    return (outputs, last), gradient


def _loop(step: Callable[..., tuple[Any, ...]], frames: Any, start: tuple[Any, ...]) -> tuple[Any, ...]:
    """Take `frames` steps, of which the first value counts."""
    values = start
    for steps in (STEPS, 1):  # several at once, and the rest
        end = frames - frames % steps
        values = tf.while_loop(lambda count, *_, end=end: count < end, partial(_repeated, step, steps), values)
    return values


def _repeated(step: Callable[..., tuple[Any, ...]], times: int, *values: Any) -> tuple[Any, ...]:
    for _ in range(times):
        values = step(*values)
    return values


def _array(frames: Any) -> tf.TensorArray:
    return tf.TensorArray(tf.float32, frames)


def _shape(tensor: tf.Tensor) -> list[Any]:
    """The shape, in numbers where they are known."""
    return [size or known for size, known in zip(tensor.shape, tf.unstack(tf.shape(tensor)), strict=True)]


def _gates_in_order(weights: tf.Tensor) -> tf.Tensor:
    """The three gates side by side, so that one operation does for them: Keras has the cell before the output gate."""
    enter, keep, cell, leave = tf.split(weights, 4, axis=-1)
    return tf.concat([enter, keep, leave, cell], -1)
