"""The files of a model: three to six of them, byte-stable, complete, and free of code.

`architecture.json` is the Keras configuration of the network and `model.weights.h5` holds its weights.
`recognizer.json` holds the vocabulary, the settings of preprocessing and those of the decoder, and what a fine-tuned
model started from; only this module reads and writes it. A decoder that uses a language model or a lexicon has
`language_model.npz` and `lexicon.txt` beside it. `network.onnx`, which `inkpipe.onnx` writes, is the same network once
more, for recognition without TensorFlow; registered models have it, and `data/recognizer`. Nothing is pickled.
Importing this module imports no TensorFlow.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from inkpipe.data.language_model import LanguageModel
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.model.decoding.decoder import Knowledge
from inkpipe.model.decoding.lexicon import Lexicon
from inkpipe.model.initialization import Initialization
from inkpipe.params.decode import EARLIER, FITTED, DecodeParams
from inkpipe.params.preprocess import PreprocessParams

if TYPE_CHECKING:
    import keras

    from inkpipe.model.ocr import CTCOCRModel

ARCHITECTURE = "architecture.json"
WEIGHTS = "model.weights.h5"
SETTINGS = "recognizer.json"
LANGUAGE_MODEL = "language_model.npz"  # where the decoder gives the language model a weight
LEXICON = "lexicon.txt"  # where the decoder is constrained by one
NETWORK = "network.onnx"  # the network once more, see `inkpipe.onnx`
MAKER = "evaluate"  # the stage to run where a model is missing: it follows train, and completes data/recognizer
SETTINGS_BEFORE_0_2 = "reader.json"  # registered models of version 0.1 keep this name


@dataclass(frozen=True)
class ModelSettings:
    """The content of `recognizer.json`.

    Attributes:
        vocabulary: the meaning of the classes.
        preprocess: how images are prepared for the network.
        decode: the decoder.
    """

    vocabulary: Vocabulary
    preprocess: PreprocessParams
    decode: DecodeParams


@dataclass(frozen=True)
class LoadedModel:
    """A model loaded from its files.

    Attributes:
        model: the network with its vocabulary and decoder.
        preprocess: how images are prepared for it.
    """

    model: CTCOCRModel
    preprocess: PreprocessParams

    @property
    def vocabulary(self) -> Vocabulary:
        """The meaning of the classes."""
        return self.model.vocabulary


def save_model(
    folder: Path, model: CTCOCRModel, preprocess: PreprocessParams, initialization: Initialization | None = None
) -> None:
    """Write the files; the same model gives the same bytes.

    Args:
        folder: an existing folder.
        model: the trained model.
        preprocess: how the images that it was trained on were prepared.
        initialization: what its training started from; None for fresh weights.
    """
    write_json(folder / ARCHITECTURE, json.loads(model.network.to_json()))
    model.network.save_weights(folder / WEIGHTS)
    language_model, lexicon = model.knowledge
    if language_model and model.decode.weight:
        language_model.save(folder / LANGUAGE_MODEL)
    if lexicon:
        lexicon.save(folder / LEXICON)
    settings = {
        "vocabulary": model.vocabulary.to_json(),
        "preprocess": preprocess.model_dump(mode="json"),
        "decode": {**model.decode.model_dump(mode="json"), "lexicon": LEXICON if lexicon else None},
    }
    if initialization:
        settings["initialization"] = initialization.to_json()
    write_json(folder / SETTINGS, settings)


def load_settings(folder: Path) -> ModelSettings:
    """Read the settings of a model. Needs no TensorFlow.

    Args:
        folder: the folder of the model's files.

    Raises:
        InkpipeError: the file is absent or does not describe a model of this version.
    """
    path = folder / _settings_name(folder)
    content = read_json(path, MAKER)
    try:
        if path.name == SETTINGS_BEFORE_0_2:
            content = {"decode": {}, **content}
            content["preprocess"].pop("workers", None)
        return ModelSettings(
            Vocabulary.from_json(content["vocabulary"]),
            PreprocessParams.model_validate_json(json.dumps(content["preprocess"])),
            DecodeParams.model_validate({**EARLIER, **content["decode"]}),
        )
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise InkpipeError(f"{path} does not describe a model of this version. Received: {error}") from error


def load_vocabulary(folder: Path) -> Vocabulary:
    """Read the vocabulary alone, which models of every version share.

    Args:
        folder: the folder of the model's files.

    Raises:
        InkpipeError: the file is absent or holds no vocabulary.
    """
    path = folder / _settings_name(folder)
    try:
        return Vocabulary.from_json(read_json(path, MAKER)["vocabulary"])
    except (KeyError, TypeError) as error:
        raise InkpipeError(f"{path} holds no vocabulary. Received: {error!r}") from error


def load_initialization(folder: Path) -> Initialization | None:
    """Read what a model's training started from; None for fresh weights.

    Args:
        folder: the folder of the model's files.

    Raises:
        InkpipeError: the file is absent or damaged.
    """
    path = folder / _settings_name(folder)
    try:
        described = read_json(path, MAKER).get("initialization")
        return Initialization.from_json(described) if described else None
    except (AttributeError, TypeError) as error:
        raise InkpipeError(f"{path} does not describe a model of this version. Received: {error}") from error


def load_model(folder: Path) -> LoadedModel:
    """Load a model that `save_model` wrote.

    Args:
        folder: the folder of the model's files.

    Raises:
        InkpipeError: a file is absent or damaged, or the files do not belong together.
    """
    _check_present(folder, (ARCHITECTURE, WEIGHTS, _settings_name(folder)))
    import inkpipe.model.blanks  # registers its layer, as the next ones do
    import inkpipe.model.lstm
    import inkpipe.model.positions  # noqa: F401
    from inkpipe.backend import keras
    from inkpipe.model.ocr import CTCOCRModel

    settings = load_settings(folder)
    knowledge = load_knowledge(folder, settings)
    network = keras.models.model_from_json((folder / ARCHITECTURE).read_text(encoding="utf-8"))
    load_weights(network, folder / WEIGHTS)
    return LoadedModel(CTCOCRModel(network, settings.vocabulary, settings.decode, knowledge), settings.preprocess)


def load_knowledge(folder: Path, settings: ModelSettings) -> Knowledge:
    """Load what a model's decoder uses besides the network. Needs no TensorFlow.

    Args:
        folder: the folder of the model's files.
        settings: of the model.

    Raises:
        InkpipeError: a file that the decoder uses is absent or damaged.
    """
    language_model = lexicon = None
    if settings.decode.weight:
        _check_present(folder, [LANGUAGE_MODEL])
        language_model = LanguageModel.load(folder / LANGUAGE_MODEL)
    if settings.decode.lexicon:
        _check_present(folder, [LEXICON])
        lexicon = Lexicon.read(str((folder / LEXICON).absolute()), settings.vocabulary)
    return Knowledge(language_model, lexicon)


def fitted_numbers(folder: Path) -> dict[str, float]:
    """The numbers of the decoder that were fitted on the validation images, or given, by name.

    Args:
        folder: the folder of the model's files.

    Returns:
        None of those that the model lacks, such as models of earlier versions.

    Raises:
        InkpipeError: the settings' file is absent or damaged.
    """
    decode = read_json(folder / _settings_name(folder), MAKER).get("decode", {})
    return {name: float(decode[name]) for name in FITTED if isinstance(decode.get(name), (int, float))}


def load_weights(network: keras.Model, path: Path) -> None:
    """Load weights, and nothing but weights, into a network.

    Args:
        network: a Keras model with named layers.
        path: a `.weights.h5` file.

    Raises:
        InkpipeError: the file is absent, is no weights file, or belongs to another network.
    """
    try:
        with warnings.catch_warnings():  # of layers that the file lacks: they would keep their fresh weights
            warnings.filterwarnings("error", "Skipping nested container", UserWarning)
            network.load_weights(path)
        arrays = _arrays(path)
    except (OSError, ValueError, UserWarning) as error:
        raise InkpipeError(_misfit(path, error)) from error
    if arrays != len(network.weights):
        raise InkpipeError(_misfit(path, f"{arrays} arrays for {len(network.weights)} weights."))


def model_files(folder: Path) -> list[str]:
    """The names of a model's files, in a fixed order.

    Args:
        folder: the folder of the model's files.

    Raises:
        InkpipeError: a file is absent.
    """
    required = (ARCHITECTURE, WEIGHTS, _settings_name(folder))
    _check_present(folder, required)
    return [*required, *(name for name in (LANGUAGE_MODEL, LEXICON, NETWORK) if (folder / name).exists())]


def model_digest(folder: Path) -> str:
    """The SHA-256 over the model's files, in hexadecimal: the identity of a model in runs and registry.

    Args:
        folder: the folder of the model's files.

    Raises:
        InkpipeError: a file is absent.
    """
    digest = hashlib.sha256()
    for name in model_files(folder):
        digest.update(name.encode() + b"\0" + hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def _check_present(folder: Path, names: Iterable[str]) -> None:
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise InkpipeError(
            f"{folder} is not a model: it lacks {', '.join(missing)}. "
            "Name the folder of one, such as data/recognizer, which `dvc repro evaluate` makes."
        )


def _misfit(path: Path, reason: object) -> str:
    return (
        f"The weights at {path} do not fit this network. Received: {reason} "
        "Give a .weights.h5 of a model with the same model.preset, sizes and vocabulary."
    )


def _arrays(path: Path) -> int:
    """The number of arrays in a weights file. Keras says nothing of those for which the network has no layer."""
    import h5py

    names: list[str] = []
    with h5py.File(path) as file:
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return len(names)


def _settings_name(folder: Path) -> str:
    """The name of the settings' file, which was another before version 0.2."""
    old = not (folder / SETTINGS).exists() and (folder / SETTINGS_BEFORE_0_2).exists()
    return SETTINGS_BEFORE_0_2 if old else SETTINGS
