import json
import shutil

import keras
import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import SETTINGS, load_initialization, model_digest, save_model
from inkpipe.model.body import body_layers, freeze_body, unfreeze_body
from inkpipe.model.fine_tuning import InitialModel, transfer
from inkpipe.model.initialization import Initialization
from inkpipe.model.networks import build_network
from inkpipe.model.ocr import CTCOCRModel

SMALL = {"model__crnn__channels": [4, 4, 8, 8], "model__crnn__recurrent_units": 8, "model__crnn__recurrent_layers": 1}
BEFORE = Vocabulary(tuple("ABCD"))


@pytest.fixture
def build(make_params):
    """Make the small network for a number of classes, other sizes by name: `build(**values)(classes)`."""

    def of(any_width=False, **values):
        params = make_params(**SMALL | values)
        shape = (params.preprocess.height, params.preprocess.width)
        return lambda classes: build_network(params.model, shape, params.frames, classes, any_width=any_width)

    return of


@pytest.fixture
def saved(make_params, build, tmp_path):
    """The folder of a model for the alphabet ABCD, whose biases are the ids of their classes."""
    keras.utils.set_random_seed(1)
    network = build()(BEFORE.classes)
    network.get_layer("logits").bias.assign(np.arange(BEFORE.classes, dtype=np.float32))
    folder = tmp_path / "model"
    folder.mkdir()
    params = make_params()
    save_model(folder, CTCOCRModel(network, BEFORE, params.decode), params.preprocess)
    return folder


def started(initial, vocabulary, build):
    keras.utils.set_random_seed(2)
    network = build(vocabulary.classes)
    fresh = network.get_layer("logits").kernel.numpy()
    return transfer(initial, network, vocabulary, build), network, fresh


@pytest.mark.parametrize(
    ("characters", "biases", "change"),
    [
        ("ABCD", [0, 1, 2, 3, 4, 5, 6], ("ABCD", "", "")),
        ("'ABCDÉ", [0, 0, 1, 2, 3, 4, 0, 5, 6], ("ABCD", "'É", "")),
        ("AC", [0, 1, 3, 5, 6], ("AC", "", "BD")),
        ("BCDX", [0, 2, 3, 4, 0, 5, 6], ("BCD", "X", "A")),
    ],
)
def test_the_classes_of_shared_characters_keep_their_weights(saved, build, characters, biases, change):
    initial, vocabulary = InitialModel.load(saved, "mine"), Vocabulary(tuple(characters))
    initialization, network, fresh = started(initial, vocabulary, build())
    assert initialization == Initialization(model_digest(saved), *change)
    logits = network.get_layer("logits")
    assert logits.bias.numpy().tolist() == biases
    kernel, before = logits.kernel.numpy(), initial.network.get_layer("logits").kernel.numpy()
    ids = {c: i for i, c in enumerate(characters, start=1)}
    for character, old in zip("ABCD", range(1, 5), strict=True):
        if character in ids:
            assert np.array_equal(kernel[:, ids[character]], before[:, old])
    for character in change[1]:
        assert np.array_equal(kernel[:, ids[character]], fresh[:, ids[character]])
    others = [layer.name for layer in network.layers if layer.name != "logits"]
    for name in others:
        pairs = zip(network.get_layer(name).get_weights(), initial.network.get_layer(name).get_weights(), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model__crnn__recurrent_units": 16}, r"weight bidirectional_1 \(1\) 16 x 32 \(here 32 x 64\)"),
        ({"model__crnn__recurrent_layers": 2}, r"no weight bidirectional_2 \(1\); .*; \.\.\."),
        ({"preprocess__width": 128}, r"input 32 x 256 \(here 32 x 128\)"),
        ({"model__preset": "paper"}, r"input 32 x 256 \(here 60 x 128\); a weight "),
    ],
)
def test_another_network_is_refused_and_stays_as_it_is(saved, build, values, message):
    vocabulary, other = Vocabulary(tuple("ABX")), build(**values)
    network = other(vocabulary.classes)
    before = [array.tobytes() for array in network.get_weights()]
    with pytest.raises(
        InkpipeError, match=rf"train.init_from names.*Received: mine, with {message}.*Set the section model"
    ):
        transfer(InitialModel.load(saved, "mine"), network, vocabulary, other)
    assert [array.tobytes() for array in network.get_weights()] == before


def test_the_width_of_the_canvas_is_no_part_of_a_network_that_takes_any(saved, build):
    other = build(any_width=True, preprocess__width=128)
    initialization, network, _ = started(InitialModel.load(saved, "mine"), BEFORE, other)
    assert initialization.kept == "ABCD"
    assert network.get_layer("logits").bias.numpy().tolist() == [0, 1, 2, 3, 4, 5, 6]
    other = build(any_width=True, preprocess__height=64)
    with pytest.raises(InkpipeError, match=r"input 32 x 256 \(here 64 x any\); "):
        started(InitialModel.load(saved, "mine"), BEFORE, other)


def test_a_weights_file_alone_has_to_fit(saved, build, tmp_path):
    initial = InitialModel.load(saved / "model.weights.h5", "w")
    initialization, network, _ = started(initial, BEFORE, build())
    assert network.get_layer("logits").bias.numpy().tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert (initialization.kept, initialization.added, initialization.dropped) == ("ABCD", "", "")
    with pytest.raises(InkpipeError, match=r"model.weights.h5 do not fit"):
        started(initial, Vocabulary(tuple("ABCDE")), build())


def test_no_model_at_a_path_is_named(tmp_path):
    with pytest.raises(InkpipeError, match=r"names no model. Received: none. Give champion"):
        InitialModel.load(tmp_path / "none", "none")
    with pytest.raises(InkpipeError, match="is not a model"):
        InitialModel.load(tmp_path, "empty")


def test_a_model_says_what_it_started_from(saved, make_params, build, tmp_path):
    assert load_initialization(saved) is None
    shutil.copytree(saved, tmp_path / "tuned")
    initialization = Initialization("d", "AB", "'", "")
    params = make_params()
    network = build()(BEFORE.classes)
    save_model(tmp_path / "tuned", CTCOCRModel(network, BEFORE, params.decode), params.preprocess, initialization)
    assert load_initialization(tmp_path / "tuned") == initialization
    assert initialization.describe() == '2 characters kept, added "\'"'
    content = json.loads((saved / SETTINGS).read_text())
    (saved / SETTINGS).write_text(json.dumps({**content, "initialization": {"digest": "d"}}))
    with pytest.raises(InkpipeError, match=r"recognizer.json does not describe a model of this version"):
        load_initialization(saved)


@pytest.mark.parametrize(
    ("preset", "names"),
    [
        ("crnn", [f"conv_{i}{norm}" for i in range(1, 5) for norm in ("", "_norm")] + ["project", "project_norm"]),
        ("paper", ["conv_1", "conv_2", "dense_1", "dense_2"]),
        ("bilstm", ["features_norm"]),
        ("attention", [f"conv_{i}{norm}" for i in range(1, 5) for norm in ("", "_norm")] + ["project", "project_norm"]),
    ],
)
def test_the_body_is_what_lies_below_recurrent_and_attention_layers(build, preset, names):
    network = build(model__preset=preset)(9)
    assert [layer.name for layer in body_layers(network)] == names
    described = network.to_json()
    freeze_body(network)
    rest = {weight.path.split("/")[0] for weight in network.trainable_variables}
    assert rest.isdisjoint(names)
    assert "logits" in rest
    unfreeze_body(network)
    assert network.to_json() == described
