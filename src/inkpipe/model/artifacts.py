"""How a reader lies on disk: three files, byte-stable, complete, and free of code.

`architecture.json` is the Keras configuration of the network, `model.weights.h5` its weights, `reader.json` its
vocabulary and how images are prepared for it. Nothing is pickled; importing this module imports no TensorFlow.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.params.preprocess import PreprocessParams
from inkpipe.vocabulary import Vocabulary

if TYPE_CHECKING:
    from inkpipe.model.ocr import CTCOCRModel

ARCHITECTURE = "architecture.json"
WEIGHTS = "model.weights.h5"
READER = "reader.json"


@dataclass(frozen=True)
class ReaderParts:
    """A reader loaded from disk: the model, its vocabulary and how images are prepared for it."""

    model: CTCOCRModel
    vocabulary: Vocabulary
    preprocess: PreprocessParams


def save_reader(folder: Path, model: CTCOCRModel, preprocess: PreprocessParams) -> None:
    """Write the three files of a reader into an existing folder; the same reader gives the same bytes."""
    write_json(folder / ARCHITECTURE, json.loads(model.network.to_json()))
    model.network.save_weights(folder / WEIGHTS)
    prepared_by = preprocess.model_dump(mode="json", exclude={"workers"})
    write_json(folder / READER, {"vocabulary": model.vocabulary.to_json(), "preprocess": prepared_by})


def load_reader(folder: Path) -> ReaderParts:
    """Load a reader that `save_reader` wrote.

    Raises:
        InkpipeError: the folder is not a reader, or its files do not belong together.
    """
    missing = [name for name in (ARCHITECTURE, WEIGHTS, READER) if not (folder / name).is_file()]
    if missing:
        raise InkpipeError(
            f"{folder} is not a reader: it lacks {', '.join(missing)}. "
            "Give the folder that the train stage leaves (data/model), or `champion`."
        )
    import keras

    from inkpipe.model.ocr import CTCOCRModel

    described = read_json(folder / READER, "train")
    try:
        prepared_by = {**described["preprocess"], "workers": "local"}
        preprocess = PreprocessParams.model_validate_json(json.dumps(prepared_by))
        vocabulary = Vocabulary.from_json(described["vocabulary"])
    except (KeyError, ValidationError) as error:
        raise InkpipeError(
            f"{folder / READER} does not describe a reader of this version. Received: {error}"
        ) from error
    network = keras.models.model_from_json((folder / ARCHITECTURE).read_text(encoding="utf-8"))
    load_weights(network, folder / WEIGHTS)
    return ReaderParts(CTCOCRModel(network, vocabulary), vocabulary, preprocess)


def load_weights(network: object, path: Path) -> None:
    """Load weights, and nothing but weights, into a Keras network.

    Raises:
        InkpipeError: the file is absent, is no weights file, or fits another network.
    """
    try:
        network.load_weights(path)  # type: ignore[attr-defined]
    except (OSError, ValueError) as error:
        raise InkpipeError(
            f"The weights at {path} do not fit this network. Received: {error} "
            "Give a .weights.h5 of a reader with the same model.preset, sizes and vocabulary."
        ) from error


def model_digest(folder: Path) -> str:
    """The SHA-256 over a reader's three files: the reader's name wherever runs and versions are matched.

    Raises:
        InkpipeError: a file is absent.
    """
    digest = hashlib.sha256()
    for name in (ARCHITECTURE, WEIGHTS, READER):
        path = folder / name
        if not path.is_file():
            raise InkpipeError(f"{folder} is not a reader: it lacks {name}. Run `dvc repro train` first.")
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
