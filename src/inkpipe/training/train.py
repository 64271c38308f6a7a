"""Training: from labeled images to the model with the lowest validation CER."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

import inkpipe
from inkpipe.backend import keras, tf
from inkpipe.batching import batch_count
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import LabeledImages, RecordImages, training_batches, validation_batches
from inkpipe.dataset.mixing import training_images
from inkpipe.dataset.records import Records
from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file, sha256_json
from inkpipe.model.artifacts import load_weights
from inkpipe.model.attention_decoder import decode_by_attention
from inkpipe.model.body import BODY, freeze_body, unfreeze_body
from inkpipe.model.decoding.decoder import Knowledge
from inkpipe.model.decoding.fit import FittedDecoder, check_images
from inkpipe.model.fine_tuning import InitialModel, transfer
from inkpipe.model.initialization import Initialization
from inkpipe.model.networks import build_network
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.optimization.optimizers import build_optimizer
from inkpipe.optimization.schedules import build_schedule
from inkpipe.optimization.slowed import slowed
from inkpipe.params import Params
from inkpipe.params.augment import AugmentParams
from inkpipe.params.decode import DecodeParams
from inkpipe.params.model import ModelParams
from inkpipe.params.train import MixParams, TrainParams
from inkpipe.progress import say
from inkpipe.section import Section
from inkpipe.training.averaging import AverageWeights
from inkpipe.training.callbacks import LogLearningRate, OnEpoch, Resume, SeedDropout, ShowProgress, stateful_callbacks
from inkpipe.training.checkpoints import Checkpoints, Progress
from inkpipe.training.fit_decoder import fit_on_validation
from inkpipe.training.history import History, best_epoch
from inkpipe.training.model import TrainingModel
from inkpipe.training.precision import computing_in

# Validation images below which the decoder of a fine-tuned model is not fitted anew: the language model's weight would
# follow a handful of errors, and the numbers of the initial model were fitted on more.
FEW_IMAGES = 200


class TrainingData(NamedTuple):
    """The images of a training.

    Attributes:
        train: to learn from.
        validation: to choose the best epoch by, and to fit the decoder on.
        frames: of the model's output for images of their size.
    """

    train: LabeledImages
    validation: LabeledImages
    frames: int

    @classmethod
    def of_records(cls, records: Records, mix: MixParams) -> TrainingData:
        """The images that the preprocess stage wrote.

        Args:
            records: their records.
            mix: the `train.mix` section, of no effect without synthetic images beside real ones.

        Raises:
            InkpipeError: `train.mix` names real images and there are none.
        """
        return cls(training_images(records, mix), RecordImages(records, "validation"), records.frames)


@dataclass(frozen=True)
class TrainingSettings:
    """The parameters that decide the result of a training; params.yaml explains each.

    Attributes:
        validation_batch_size: images a validation step.
    """

    seed: int
    lr: float
    batch_size: int
    epochs: int
    validation_batch_size: int
    model: ModelParams
    augment: AugmentParams
    train: TrainParams
    decode: DecodeParams

    @classmethod
    def from_params(cls, params: Params) -> TrainingSettings:
        """The settings that params.yaml gives."""
        return cls(
            seed=params.seed,
            lr=params.lr,
            batch_size=params.batch_size,
            epochs=params.epochs,
            validation_batch_size=params.evaluate.batch_size,
            model=params.model,
            augment=params.augment,
            train=params.train,
            decode=params.decode,
        )


class TrainedModel(NamedTuple):
    """The result of a training.

    Attributes:
        model: with the weights of the best epoch, see `inkpipe.training.history.best_epoch`, and the fitted decoder.
        history: the finished epochs.
        decoder: how the decoder was fitted.
        initialization: what it started from; None for fresh weights.
    """

    model: CTCOCRModel
    history: History
    decoder: FittedDecoder
    initialization: Initialization | None = None

    def describe(self, initial: InitialModel | None) -> str:
        """What came out, in a line.

        Args:
            initial: the model that the training started from; None for fresh weights.
        """
        best = f", best validation CER {best_epoch(self.history).val_cer:.4f}" if self.history else ""
        start = f", from {initial.name}: {self.initialization.describe()}" if initial and self.initialization else ""
        trained = f"{self.model.count_params():,} parameters, epochs: {len(self.history)}{best}{start}"
        return f"{trained}; {self.decoder.describe()}"


def train(
    data: TrainingData,
    vocabulary: Vocabulary,
    settings: TrainingSettings,
    *,
    knowledge: Knowledge | None = None,
    initial: InitialModel | None = None,
    checkpoints: Checkpoints | None = None,
    on_epoch: OnEpoch | None = None,
) -> TrainedModel:
    """Train a model. The same arguments give the same bytes on the same CPU kind and number of threads.

    A training can start from a trained model instead of fresh weights; with `epochs` of 0 it is used as it is.

    Args:
        data: prepared images with their labels.
        vocabulary: the class ids of the labels.
        settings: how to train.
        knowledge: of the decoder, of this vocabulary; None for none.
        initial: the model that `train.init_from` names, as `inkpipe.tracking.initial.initial_model` loads it.
        checkpoints: where the state is kept after each epoch. A training that was stopped goes on from there; its
            owner removes them once the model is written. None keeps it in a temporary folder.
        on_epoch: called with each finished epoch and its images a second.

    Raises:
        InkpipeError: the initial model does not fit or is not given, there is no validation image, the language model
            is of another vocabulary, or the training diverges.
    """
    check_images(data.validation.count)
    knowledge = knowledge or Knowledge()
    keras.utils.set_random_seed(settings.seed)
    with computing_in(settings.train.precision):
        network, initialization = _start(data, vocabulary, settings, initial)
        model = compiled(network, data, vocabulary, settings, knowledge)
    if settings.train.precision != "float32":
        network = build_untrained(data, settings, vocabulary.classes)
        network.set_weights(model.network.get_weights())
    with _folder_of(checkpoints) as state:
        progress = state.load()
        if progress.history:
            state.restore(model)
            say(f"resuming after epoch {len(progress.history)} of {settings.epochs}")
        if settings.epochs and not progress.stopped:
            _fit(model, data, settings, state, progress, on_epoch)
        if settings.epochs:
            load_weights(network, state.best)
    decode = _decode_to_fit(settings.decode, initial if knowledge.language_model else None, data.validation.count)
    trained = CTCOCRModel(network, vocabulary, decode, knowledge)
    fitted = fit_on_validation(trained, data.validation, decode, knowledge, settings.validation_batch_size)
    unfreeze_body(trained.network)
    return TrainedModel(trained, progress.history, fitted, initialization)


def training_key(
    records: Records, vocabulary: Vocabulary, settings: TrainingSettings, initial: InitialModel | None = None
) -> str:
    """The identity of a training, by which its checkpoints are found again: 16 hexadecimal digits.

    Epochs of other code are not continued. The decoder is no part of it: it is fitted when the weights are final.

    Args:
        records: the images.
        vocabulary: the class ids of the labels.
        settings: how to train.
        initial: the model that it starts from, by its digest; None for fresh weights.
    """
    described = {
        **code_key(),
        "settings": {
            name: value.model_dump(mode="json") if isinstance(value, Section) else value
            for name, value in vars(settings).items()
            if name != "decode"
        },
        "records": records.digest(),
        "vocabulary": vocabulary.to_json(),
        "initial": initial.digest if initial else None,
    }
    return sha256_json(described)[:16]


def code_key() -> dict[str, Any]:
    """What makes a training beside its data and settings: digests of the package's code, and versions of libraries."""
    package = Path(inkpipe.__file__).parent
    return {
        "code": {str(path.relative_to(package)): sha256_file(path) for path in sorted(package.rglob("*.py"))},
        "libraries": [tf.__version__, keras.__version__, np.__version__],
    }


def _start(
    data: TrainingData, vocabulary: Vocabulary, settings: TrainingSettings, initial: InitialModel | None
) -> tuple[keras.Model, Initialization | None]:
    """The network before the first step."""
    build = partial(build_untrained, data, settings)
    network = build(vocabulary.classes)
    if not initial:
        if settings.train.init_from:
            raise InkpipeError(
                f"train.init_from names a model that train() was not given. Received: {settings.train.init_from}. "
                "Load it with inkpipe.tracking.initial.initial_model, and give it as `initial`."
            )
        return network, None
    initialization = transfer(initial, network, vocabulary, build)
    if settings.train.freeze == "body":
        freeze_body(network)
    return network, initialization


def _decode_to_fit(decode: DecodeParams, initial: InitialModel | None, images: int) -> DecodeParams:
    """The settings of the decoder before the fit: the initial model's numbers where the images are too few for one."""
    if images >= FEW_IMAGES:
        return decode
    inherited = decode.fitted_as(initial.decode) if initial and initial.decode else decode
    if initial and inherited != decode:
        say(
            f"{images:,} validation images are too few to fit a decoder (less than {FEW_IMAGES}): it keeps the numbers "
            f"of {initial.name}"
        )
    if inherited.unfitted:
        say(
            f"{images:,} validation images are few to fit a decoder (less than {FEW_IMAGES}): "
            f"{', '.join(inherited.unfitted)} may be far from what suits other images. Label more, or give them."
        )
    return inherited


def build_untrained(data: TrainingData, settings: TrainingSettings, classes: int) -> keras.Model:
    """The network of a training with fresh weights.

    Args:
        data: its images, by which the network is sized.
        settings: of the training.
        classes: logits of each frame.
    """
    network = build_network(settings.model, data.train.shape, data.frames, classes, any_width=settings.train.bucketing)
    if settings.train.loss == "cross_entropy":
        return decode_by_attention(network, classes, settings.model.attention_decoder)
    return network


def compiled(
    network: keras.Model,
    data: TrainingData,
    vocabulary: Vocabulary,
    settings: TrainingSettings,
    knowledge: Knowledge,
) -> TrainingModel:
    """The network with its loss and its optimizer, whose schedule spans all epochs.

    Args:
        network: the one to train.
        data: its images.
        vocabulary: the class ids of the labels.
        settings: of the training.
        knowledge: what the decoder knows of texts.
    """
    params, steps = settings.train, settings.epochs * batch_count(data.train.count, settings.batch_size)
    optimizer = build_optimizer(
        params.optimizer,
        build_schedule(params.schedule, settings.lr, steps, params),
        weight_decay=params.weight_decay,
        clip_norm=params.clip_norm,
    )
    model = TrainingModel(network, vocabulary, settings.decode, knowledge, settings.model, params)
    # XLA has no form of the CTC kernel, and is no faster for the recurrent layers on CPU.
    model.compile(optimizer=slowed(optimizer, BODY, params.body_lr_factor), jit_compile=False)
    return model


def _fit(
    model: TrainingModel,
    data: TrainingData,
    settings: TrainingSettings,
    checkpoints: Checkpoints,
    progress: Progress,
    on_epoch: OnEpoch | None,
) -> None:
    padding, finished = model.vocabulary.padding, len(progress.history)
    batches = partial(epochs_of_batches, data, settings, padding)
    stateful = stateful_callbacks(settings.train)
    model.fit(
        batches(first_epoch=finished).repeat(),  # Keras warns of a stream that ends
        shuffle=False,
        validation_data=validation_batches(
            data.validation,
            batch_size=settings.validation_batch_size,
            padding=padding,
            bucketing=settings.train.bucketing,
            frames=data.frames,
        ),
        initial_epoch=finished,
        epochs=settings.epochs,
        steps_per_epoch=batch_count(data.train.count, settings.batch_size),
        callbacks=[
            LogLearningRate(),
            *_averaging(model, data, settings, batches),
            *stateful,
            SeedDropout(settings.seed),
            Resume(checkpoints, progress, stateful),
            ShowProgress(data.train.count, settings.batch_size, settings.epochs, on_epoch),
        ],
        verbose=0,
    )


def epochs_of_batches(
    data: TrainingData, settings: TrainingSettings, padding: int, first_epoch: int = 0
) -> tf.data.Dataset:
    """The batches of all epochs from `first_epoch` on; see `inkpipe.dataset.batches.training_batches`."""
    return training_batches(
        data.train,
        augment_params=settings.augment,
        seed=settings.seed,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        shuffle_buffer=settings.train.shuffle_buffer,
        padding=padding,
        bucketing=settings.train.bucketing,
        frames=data.frames,
        first_epoch=first_epoch,
    )


def _averaging(
    model: TrainingModel, data: TrainingData, settings: TrainingSettings, batches: Callable[..., tf.data.Dataset]
) -> list[AverageWeights]:
    if model.evaluated is model.network:
        return []
    return [
        AverageWeights(
            model.network,
            model.evaluated,
            settings.train,
            total_steps=settings.epochs * batch_count(data.train.count, settings.batch_size),
            batches=lambda epoch: batches(first_epoch=epoch),
            batch_size=settings.batch_size,
            seed=settings.seed,
        )
    ]


@contextmanager
def _folder_of(checkpoints: Checkpoints | None) -> Iterator[Checkpoints]:
    if checkpoints:
        yield checkpoints
        return
    with TemporaryDirectory() as folder:
        yield Checkpoints(Path(folder) / "state")
