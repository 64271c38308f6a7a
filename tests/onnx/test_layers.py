import numpy as np
import pytest

from inkpipe.backend import keras
from inkpipe.errors import InkpipeError
from inkpipe.model.blanks import BlankAfterEach
from inkpipe.model.positions import MeanAtEach, SinusoidalPositions
from inkpipe.onnx.convert import network_to_onnx

layers = keras.layers


@pytest.mark.parametrize(("size", "strides"), [(5, (2, 2)), (3, (2, 1)), (3, (1, 1)), ((2, 3), (1, 2))])
@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_pads_and_strides_as_keras_does(both, size, strides, bias):
    part = layers.Conv2D(4, size, strides=strides, padding="same", use_bias=bias, activation="relu", name="conv")
    np.testing.assert_allclose(*both(part), atol=1e-5)


def test_a_batch_norm_is_folded_into_the_convolution_and_the_dense_layer_before_it(both):
    parts = [
        layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv"),
        layers.BatchNormalization(name="conv_norm"),
        layers.ReLU(name="relu"),
        layers.MaxPooling2D((2, 1), name="pool"),
        layers.Permute((2, 1, 3), name="turn"),
        layers.Reshape((8, 8), name="reshape"),
        layers.Dense(5, name="project"),
        layers.BatchNormalization(name="project_norm"),
    ]
    np.testing.assert_allclose(*both(*parts), atol=1e-5)


def test_a_batch_norm_behind_an_activation_is_not_folded(on_frames):
    parts = [layers.Dense(5, activation="relu", name="project"), layers.BatchNormalization(name="norm")]
    np.testing.assert_allclose(*on_frames(*parts), atol=1e-5)


def test_a_batch_norm_of_one_follower_among_two_is_not_folded(on_frames):
    def branches(x):
        x = layers.Dense(4, name="project")(x)
        return layers.Add(name="add")([x, layers.BatchNormalization(name="norm")(x)])

    np.testing.assert_allclose(*on_frames(branches), atol=1e-5)


@pytest.mark.parametrize(
    "part",
    [
        layers.LayerNormalization(name="norm"),
        layers.BatchNormalization(name="norm"),
        layers.Dropout(0.5, name="dropout"),
        SinusoidalPositions(name="positions"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_a_layer_on_frames_gives_what_keras_gives(on_frames, part):
    np.testing.assert_allclose(*on_frames(part), atol=1e-5)


def test_positions_and_blanks_of_an_attention_decoder_give_what_keras_gives(on_frames):
    parts = [
        MeanAtEach(name="mean"),
        SinusoidalPositions(name="positions"),
        BlankAfterEach(name="blanks"),
    ]
    np.testing.assert_allclose(*on_frames(*parts), atol=1e-5)


@pytest.mark.parametrize(
    ("part", "received"),
    [
        (layers.Conv2D(2, 3, padding="valid", name="odd"), "'odd' of Conv2D with padding"),
        (layers.ReLU(max_value=6, name="odd"), "'odd' of ReLU with limits"),
        (layers.MaxPooling2D(2, padding="same", name="odd"), "'odd' of MaxPooling2D with padding same"),
        (layers.GaussianNoise(0.1, name="odd"), "'odd' of GaussianNoise"),
        (layers.Dense(2, activation="gelu", name="odd"), "'odd' of Dense with activation gelu"),
    ],
)
def test_what_no_converter_knows_is_named(part, received):
    image = layers.Input((4, 8, 1), name="image")
    with pytest.raises(InkpipeError, match=f"cannot be written as ONNX. Received: layer {received}"):
        network_to_onnx(keras.Model(image, part(image)))
