"""Fine-tuning: the weights of a trained model in a new network, whose alphabet may be another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import BLANK, Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file
from inkpipe.model.artifacts import load_model, load_weights, model_digest
from inkpipe.model.initialization import Initialization
from inkpipe.params.decode import DecodeParams
from inkpipe.params.flatten import flatten
from inkpipe.params.preprocess import PreprocessParams

if TYPE_CHECKING:
    import keras

MAX_FAULTS = 4  # differences that a message names
Shape = tuple[int, ...]


@dataclass(frozen=True)
class InitialModel:
    """A model whose weights a training starts from.

    Attributes:
        name: by which a person finds it again, such as `inkpipe version 3` or a path.
        digest: the SHA-256 of its files.
        weights: a weights file that has to fit as it is, of a model with the training's own vocabulary; None for a
            whole model.
        network: of a whole model, with its weights; else None.
        vocabulary: of a whole model; else None.
        decode: the settings of its decoder, likewise.
        preprocess: how the images that it learned from were prepared, likewise.
    """

    name: str
    digest: str
    weights: Path | None = None
    network: keras.Model | None = None
    vocabulary: Vocabulary | None = None
    decode: DecodeParams | None = None
    preprocess: PreprocessParams | None = None

    @classmethod
    def load(cls, path: Path, name: str) -> InitialModel:
        """Load a model's folder, or name a weights file.

        Args:
            path: the folder of the model's files, or a `.weights.h5`.
            name: see the class.

        Raises:
            InkpipeError: there is nothing at `path`, or no model.
        """
        if path.is_file():
            return cls(name, sha256_file(path), weights=path)
        if not path.is_dir():
            raise InkpipeError(
                f"train.init_from names no model. Received: {name}. "
                "Give champion, models:/NAME/VERSION, models:/NAME@ALIAS, the folder of a model or a .weights.h5."
            )
        model, preprocess = (loaded := load_model(path)).model, loaded.preprocess
        return cls(name, model_digest(path), None, model.network, model.vocabulary, model.decode, preprocess)

    def describe_other_images(self, preprocess: PreprocessParams) -> str | None:
        """How its images were prepared otherwise than those of a training, in a line; None if they were not.

        Args:
            preprocess: the parameters of the training.
        """
        if self.preprocess is None:
            return None
        before, here = (
            flatten(each.model_dump(exclude={"images_per_shard"})) for each in (self.preprocess, preprocess)
        )
        differing = [f"{name} {before[name]} (here {value})" for name, value in here.items() if value != before[name]]
        if not differing:
            return None
        return f"{self.name} learned from images with preprocess.{', preprocess.'.join(differing)}"


def transfer(
    initial: InitialModel, network: keras.Model, vocabulary: Vocabulary, build: Callable[[int], keras.Model]
) -> Initialization:
    """Give a new network the weights of a trained one. Characters that only the new one knows keep fresh weights.

    Args:
        initial: the trained model.
        network: the new one, for `vocabulary`; it stays as it is if the two do not fit.
        vocabulary: the meaning of the new classes.
        build: makes such a network for a number of classes. Weights whose shapes depend on that number are taken over
            class by class.

    Returns:
        What was taken over.

    Raises:
        InkpipeError: the networks differ in more than the number of classes, or the weights file does not fit.
    """
    if initial.network is None or initial.vocabulary is None:
        load_weights(network, initial.weights or Path())
        return Initialization.between(initial.digest, vocabulary, vocabulary)
    same = initial.vocabulary.characters == vocabulary.characters
    axes = {} if same else _class_axes(network, build(vocabulary.classes + 1))
    before, after = _weights(initial.network), _weights(network)
    more = vocabulary.classes - initial.vocabulary.classes
    if faults := [
        *_input_faults(initial.network, network),
        *_weight_faults(_shapes(before), _shapes(after), axes, more),
    ]:
        raise InkpipeError(
            f"The model that train.init_from names has another network than params.yaml. Received: {initial.name}, "
            f"with {'; '.join(faults[:MAX_FAULTS])}{'; ...' if len(faults) > MAX_FAULTS else ''}. "
            "Set the section model, train.loss, and height, width and features of preprocess as that model has them, "
            "or start from another one."
        )
    for name, variable in after.items():
        value = before[name].numpy()
        if name in axes:
            value = _by_class(value, variable.numpy(), axes[name], initial.vocabulary, vocabulary)
        variable.assign(value)
    return Initialization.between(initial.digest, initial.vocabulary, vocabulary)


def _weights(network: keras.Model) -> dict[str, keras.Variable]:
    """All weights by the names of their layers, batch norms' statistics included."""
    return {
        f"{layer.name} ({number})": weight
        for layer in network.layers
        for number, weight in enumerate(layer.weights, start=1)
    }


def _shapes(weights: Mapping[str, keras.Variable]) -> dict[str, Shape]:
    return {name: tuple(weight.shape) for name, weight in weights.items()}


def _class_axes(network: keras.Model, with_one_more: keras.Model) -> dict[str, int]:
    """The axis that grows with the number of classes, by the name of each weight that has one."""
    shapes, larger = _shapes(_weights(network)), _shapes(_weights(with_one_more))
    grown = {name: np.flatnonzero(np.not_equal(shape, larger[name])) for name, shape in shapes.items()}
    return {name: int(axes[0]) for name, axes in grown.items() if len(axes)}


def _input_faults(before: keras.Model, after: keras.Model) -> list[str]:
    sizes = [[size or "any" for size in network.input_shape[1:3]] for network in (before, after)]
    fits = all(size == here or "any" in (size, here) for size, here in zip(*sizes, strict=True))
    (height, width), here = sizes
    return [] if fits else [f"input {height} x {width} (here {here[0]} x {here[1]})"]


def _weight_faults(
    before: Mapping[str, Shape], after: Mapping[str, Shape], axes: Mapping[str, int], more: int
) -> list[str]:
    """How the weights of two networks differ beside their numbers of classes, of which the second has `more`."""
    faults = [f"no weight {name}" for name in after if name not in before]
    faults += [f"a weight {name} (here none)" for name in before if name not in after]
    for name in after.keys() & before.keys():
        expected = list(after[name])
        if name in axes:
            expected[axes[name]] -= more
        if tuple(expected) != before[name]:
            faults.append(f"weight {name} {_in_words(before[name])} (here {_in_words(tuple(expected))})")
    return sorted(faults)


def _in_words(shape: Shape) -> str:
    return " x ".join(map(str, shape))


def _by_class(
    value: NDArray[np.float32], fresh: NDArray[np.float32], axis: int, before: Vocabulary, after: Vocabulary
) -> NDArray[np.float32]:
    """The fresh weight with the classes of the trained one that both vocabularies have."""
    sources = _sources(before, after)
    taken = fresh.copy()
    classes = np.moveaxis(taken, axis, 0)
    classes[sources >= 0] = np.moveaxis(value, axis, 0)[sources[sources >= 0]]
    return taken


def _sources(before: Vocabulary, after: Vocabulary) -> NDArray[np.int64]:
    """For each class of the new vocabulary that of the old one, -1 for a new character."""
    places = {character: place for place, character in enumerate(before.characters, start=1)}
    characters = [places.get(character, -1) for character in after.characters]
    return np.array([BLANK, *characters, before.unknown, before.padding])
