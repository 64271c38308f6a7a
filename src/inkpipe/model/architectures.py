"""The networks: from images float32 (batch, height, width, 1) to logits (batch, frames, classes).

Every layer has a name of its own, so that weights are saved under the same keys, and bytes, in every process.
"""

from __future__ import annotations

import keras
from keras import layers

from inkpipe.params import Params
from inkpipe.params.training import BilstmParams, CrnnParams

RECURRENT = {"lstm": layers.LSTM, "gru": layers.GRU}
# Keras' default of 0.99 lags hundreds of steps behind the weights: an epoch of a small corpus would be judged by
# statistics of a network that is long gone.
NORM_MOMENTUM = 0.9


def build_network(params: Params, shape: tuple[int, int], classes: int) -> keras.Model:
    """The network of `model.preset`.

    Args:
        params: all parameters.
        shape: height and width of the prepared images (or features by frames).
        classes: how many logits a frame has.
    """
    if params.model.preset == "paper":
        return paper(classes)
    if params.model.preset == "crnn":
        return crnn(*shape, classes, params.model.crnn)
    return bilstm(*shape, params.frames, classes, params.model.bilstm)


def paper(classes: int) -> keras.Model:
    """The paper's network, 450,721 parameters at 33 classes: two convolutions, two dense layers, two BiLSTMs.

    Its second pooling halves the height alone, which leaves a frame for every two columns of the 60 x 128 input.
    """
    images = layers.Input((60, 128, 1), name="image")
    x = layers.Conv2D(32, 3, padding="same", activation="relu", kernel_initializer="he_normal", name="conv_1")(images)
    x = layers.MaxPooling2D((2, 2), name="pool_1")(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu", kernel_initializer="he_normal", name="conv_2")(x)
    x = layers.MaxPooling2D((2, 1), name="pool_2")(x)
    x = _columns_as_frames(x)
    x = layers.Dense(64, activation="relu", name="dense_1")(x)
    x = layers.Dense(64, activation="relu", name="dense_2")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.Bidirectional(layers.LSTM(128, return_sequences=True, name="lstm_1"), name="bilstm_1")(x)
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True, name="lstm_2"), name="bilstm_2")(x)
    return keras.Model(images, layers.Dense(classes, name="logits")(x), name="paper")


def crnn(height: int, width: int, classes: int, params: CrnnParams) -> keras.Model:
    """Convolutions with batch norm over the resolution of the handwriting, then bidirectional recurrent layers.

    Strides stand in for pooling where the maps are large (about 1.4 times faster on CPU). The width shrinks by 4
    whatever the label, the height by 16.
    """
    stem, *blocks = params.channels
    images = layers.Input((height, width, 1), name="image")
    x = _conv(images, stem, 5, (2, 2), "conv_1")
    for index, (filters, strides) in enumerate(zip(blocks, ((2, 2), (2, 1), (2, 1)), strict=True), start=2):
        x = _conv(x, filters, 3, strides, f"conv_{index}")
    x = _columns_as_frames(x)
    x = layers.Dense(2 * params.recurrent_units, use_bias=False, name="project")(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name="project_norm")(x)
    return keras.Model(images, _recurrent_head(x, params, RECURRENT[params.recurrent], classes), name="crnn")


def bilstm(height: int, width: int, frames: int, classes: int, params: BilstmParams) -> keras.Model:
    """Bidirectional recurrent layers alone, on frames of features (HOG, splines) or of neighbouring pixel columns."""
    features = layers.Input((height, width, 1), name="image")
    x = layers.Permute((2, 1, 3), name="columns_first")(features)
    x = layers.Reshape((frames, width // frames * height), name="reshape")(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name="features_norm")(x)
    return keras.Model(features, _recurrent_head(x, params, layers.LSTM, classes), name="bilstm")


def _conv(x: keras.KerasTensor, filters: int, size: int, strides: tuple[int, int], name: str) -> keras.KerasTensor:
    x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _columns_as_frames(x: keras.KerasTensor) -> keras.KerasTensor:
    """Feature maps (batch, height, width, channels) as frames (batch, width, height * channels)."""
    _, height, width, channels = x.shape
    x = layers.Permute((2, 1, 3), name="columns_first")(x)
    return layers.Reshape((width, height * channels), name="reshape")(x)


def _recurrent_head(
    x: keras.KerasTensor, params: CrnnParams | BilstmParams, cell: type[layers.Layer], classes: int
) -> keras.KerasTensor:
    for index in range(1, params.recurrent_layers + 1):
        x = layers.Dropout(params.dropout, name=f"dropout_{index}")(x)
        one_way = cell(params.recurrent_units, return_sequences=True, name=f"recurrent_{index}")
        x = layers.Bidirectional(one_way, name=f"bidirectional_{index}")(x)
    x = layers.Dropout(params.dropout, name="dropout_out")(x)
    return layers.Dense(classes, name="logits")(x)
