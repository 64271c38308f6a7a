"""The networks: from images float32 (batch, height, width, 1) to logits (batch, frames, classes).

Every layer has a name of its own, so that weights are saved under the same keys, and bytes, in every process. The
settings, the geometry and the preset of each network stand in `inkpipe.params.model`.

"The paper" is A. Hernández, A. López, D. García, C. Antonio (UANL): a CNN-BiLSTM-CTC recognizer for handwritten
names, 2025.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from inkpipe.backend import keras
from inkpipe.model.attention import self_attention
from inkpipe.model.lstm import LSTM
from inkpipe.params.model import (
    AttentionParams,
    BilstmParams,
    ConvolutionalParams,
    CrnnParams,
    ModelParams,
    NetworkParams,
    PaperParams,
)

layers = keras.layers
Recurrent = CrnnParams | BilstmParams | AttentionParams
RECURRENT = {"lstm": LSTM, "gru": layers.GRU}
# Keras' default of 0.99 lags hundreds of steps behind the weights: after an epoch of a small corpus, validation would
# use the statistics of a much earlier network.
NORM_MOMENTUM = 0.9
FIRST_KERNEL, KERNEL = 5, 3  # rows and columns of the first convolution, and of each other one
FRAMES = "reshape"  # the layer that gives the frames of the convolutions: (batch, frames, values)
LOGITS = "logits"  # the last layer


class InputShape(NamedTuple):
    """The shape of the prepared images, and of the output that belongs to it.

    Attributes:
        height: pixels, or values a frame.
        width: columns of pixels or frames of features; None for any number.
        columns: of those, that one frame of the output stands for.
    """

    height: int
    width: int | None
    columns: int


def build_network(
    params: ModelParams, shape: tuple[int, int], frames: int, classes: int, *, any_width: bool = False
) -> keras.Model:
    """The network of `model.preset`, with fresh weights.

    Args:
        params: the `model` section.
        shape: height and width of the prepared images in pixels, or values a frame and frames of features.
        frames: of the output, as `params.network.frames` counts them.
        classes: logits of each frame.
        any_width: whether it takes images that are cut, see `inkpipe.model.widths`, or whole canvases only. The weights
            are the same.

    Returns:
        float32 (batch, height, width, 1) in [0, 1] -> logits (batch, frames, classes).
    """
    height, width = shape
    given = InputShape(height, None if any_width else width, width // frames)
    return BUILDERS[type(params.network)](given, classes, params.network)


def paper(shape: InputShape, classes: int, params: PaperParams) -> keras.Model:
    """The paper's network: two convolutions, two dense layers, two BiLSTMs; 450,721 parameters at 33 classes.

    Its second pooling halves the height alone, which leaves a frame for every two columns of the 60 x 128 input.

    Args:
        shape: of the images; the paper's are 60 x 128 pixels.
        classes: logits of each frame.
        params: its poolings.
    """
    images = layers.Input((shape.height, shape.width, 1), name="image")
    x = images
    for index, (filters, pool) in enumerate(zip((32, 64), params.POOLS, strict=True), start=1):
        x = layers.Conv2D(
            filters, 3, padding="same", activation="relu", kernel_initializer="he_normal", name=f"conv_{index}"
        )(x)
        x = layers.MaxPooling2D(pool, name=f"pool_{index}")(x)
    x = _columns_as_frames(x)
    x = layers.Dense(64, activation="relu", name="dense_1")(x)
    x = layers.Dense(64, activation="relu", name="dense_2")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.Bidirectional(LSTM(128, return_sequences=True, name="lstm_1"), name="bilstm_1")(x)
    x = layers.Bidirectional(LSTM(64, return_sequences=True, name="lstm_2"), name="bilstm_2")(x)
    return keras.Model(images, class_logits(x, classes), name="paper")


def crnn(shape: InputShape, classes: int, params: CrnnParams) -> keras.Model:
    """Convolutions with batch norm, then bidirectional recurrent layers.

    After Shi, Bai and Yao, "An end-to-end trainable neural network for image-based sequence recognition" (2017), but
    with strided convolutions in place of pooling (about 1.4 times faster on CPU).

    Args:
        shape: of the images; the strides divide it.
        classes: logits of each frame.
        params: `model.crnn`.
    """
    images = layers.Input((shape.height, shape.width, 1), name="image")
    x = _convolutions(images, shape, params)
    x = layers.Dense(2 * params.recurrent_units, use_bias=False, name="project")(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name="project_norm")(x)
    return keras.Model(images, _recurrent_head(x, params, RECURRENT[params.recurrent], classes), name="crnn")


def bilstm(shape: InputShape, classes: int, params: BilstmParams) -> keras.Model:
    """Bidirectional recurrent layers alone, on features.

    Args:
        shape: of the features, or of pixels, of which each frame then takes its neighboring columns.
        classes: logits of each frame.
        params: `model.bilstm`.
    """
    features = layers.Input((shape.height, shape.width, 1), name="image")
    x = layers.Permute((2, 1, 3), name="columns_first")(features)
    x = layers.Reshape((-1, shape.columns * shape.height), name=FRAMES)(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name="features_norm")(x)
    return keras.Model(features, _recurrent_head(x, params, LSTM, classes), name="bilstm")


def attention(shape: InputShape, classes: int, params: AttentionParams) -> keras.Model:
    """The convolutions of `crnn`, then self-attention over frames; recurrent layers may follow.

    Args:
        shape: of the images; the strides divide it.
        classes: logits of each frame.
        params: `model.attention`.
    """
    images = layers.Input((shape.height, shape.width, 1), name="image")
    x = _convolutions(images, shape, params)
    x = layers.Dense(params.units, use_bias=False, name="project")(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name="project_norm")(x)
    x = self_attention(x, params)
    return keras.Model(images, _recurrent_head(x, params, RECURRENT[params.recurrent], classes), name="attention")


def class_logits(x: keras.KerasTensor, classes: int, name: str = LOGITS) -> keras.KerasTensor:
    """Logits float32 (batch, frames, classes) of frames (batch, frames, values), in mixed precision too."""
    return layers.Dense(classes, dtype="float32", name=name)(x)


Builder = Callable[[InputShape, int, Any], keras.Model]
BUILDERS: Mapping[type[NetworkParams], Builder] = {
    CrnnParams: crnn,
    PaperParams: paper,
    BilstmParams: bilstm,
    AttentionParams: attention,
}


def _convolutions(images: keras.KerasTensor, shape: InputShape, params: ConvolutionalParams) -> keras.KerasTensor:
    """Images as the frames that the convolutions see, (batch, frames, values)."""
    x = images
    for index, (filters, strides) in enumerate(
        zip(params.channels, params.strides(shape.height), strict=True), start=1
    ):
        x = _conv(x, filters, FIRST_KERNEL if index == 1 else KERNEL, strides, f"conv_{index}")
    return _columns_as_frames(x) if params.column == "flatten" else _largest_as_frames(x)


def _conv(x: keras.KerasTensor, filters: int, size: int, strides: tuple[int, int], name: str) -> keras.KerasTensor:
    x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _columns_as_frames(x: keras.KerasTensor) -> keras.KerasTensor:
    """Feature maps (batch, height, width, channels) as frames (batch, width, height * channels)."""
    _, height, _, channels = x.shape
    x = layers.Permute((2, 1, 3), name="columns_first")(x)
    return layers.Reshape((-1, height * channels), name=FRAMES)(x)


def _largest_as_frames(x: keras.KerasTensor) -> keras.KerasTensor:
    """Feature maps (batch, height, width, channels) as frames (batch, width, channels): the largest of each column.

    Column max-pooling: Retsinas, Sfikas, Gatos and Nikou, "Best practices for a handwritten text recognition system"
    (2022).
    """
    _, height, _, channels = x.shape
    x = layers.MaxPooling2D((height, 1), name="column_max")(x)
    return layers.Reshape((-1, channels), name=FRAMES)(x)


def _recurrent_head(
    x: keras.KerasTensor,
    params: Recurrent,
    cell: type[keras.layers.Layer],
    classes: int,
) -> keras.KerasTensor:
    for index in range(1, params.recurrent_layers + 1):
        x = layers.Dropout(params.dropout, name=f"dropout_{index}")(x)
        one_way = cell(params.recurrent_units, return_sequences=True, name=f"recurrent_{index}")
        x = layers.Bidirectional(one_way, name=f"bidirectional_{index}")(x)
        if index < params.recurrent_layers:
            x = _normed(x, params, f"norm_{index}")
    x = layers.Dropout(params.dropout, name="dropout_out")(x)
    return class_logits(x, classes)


def _normed(x: keras.KerasTensor, params: Recurrent, name: str) -> keras.KerasTensor:
    if params.norm == "batch":
        return layers.BatchNormalization(momentum=NORM_MOMENTUM, name=name)(x)
    return layers.LayerNormalization(name=name)(x) if params.norm == "layer" else x
