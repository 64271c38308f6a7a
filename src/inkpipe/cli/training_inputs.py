"""The inputs of commands that train: the project's records, vocabulary and parameters, and folders for checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.mixing import MixedImages
from inkpipe.dataset.records import Records
from inkpipe.errors import InkpipeError
from inkpipe.files import project_root
from inkpipe.model.determinism import configure_determinism
from inkpipe.params import Params, load_params
from inkpipe.params.train import MixParams
from inkpipe.progress import say
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.train import TrainingData, TrainingSettings, training_key


@dataclass(frozen=True)
class TrainingInputs:
    """The inputs of a training, as the train stage has them.

    Attributes:
        params: of the project.
        records: the prepared images.
        vocabulary: the class ids of the labels.
        data: the images to train on, mixed by `train.mix` as there, and to validate with.
        settings: how to train, from fresh weights.
    """

    params: Params
    records: Records
    vocabulary: Vocabulary
    data: TrainingData
    settings: TrainingSettings

    @classmethod
    def of_project(cls, epochs: int | None = None) -> TrainingInputs:
        """The inputs of the project around the working folder, on as many threads as its trainings.

        Args:
            epochs: of each training; None takes those of params.yaml.

        Raises:
            InkpipeError: params.yaml has faults, an output of an earlier stage is absent, there is no epoch, or none
                has a real image of a mixture.
        """
        root = project_root()
        params = load_params(root / "params.yaml")
        epochs = params.epochs if epochs is None else epochs
        if epochs < 1:
            raise InkpipeError(f"This command trains. Received: {epochs} epochs. Give --epochs of at least 1.")
        configure_determinism(params.train.threads)
        records, vocabulary = Records(root / "data/records"), Vocabulary.load(root / "data/vocabulary.json")
        data = TrainingData.of_records(records, params.train.mix)
        if isinstance(data.train, MixedImages):
            _check_mixture(data.train.params, epochs)
            say(
                f"training images are counted without the {data.train.synthetic.count:,} synthetic ones, "
                f"which train.mix adds to any part of the {data.train.real.count:,} real ones"
            )
        settings = TrainingSettings.from_params(params)
        # Fresh weights: the model of `train.init_from` may have learned the very images that a subset leaves out.
        fresh = settings.train.model_copy(update={"init_from": None, "freeze": "none", "body_lr_factor": 1.0})
        settings = replace(settings, epochs=epochs, train=fresh)
        return cls(params, records, vocabulary, data, settings)

    def checkpoints(self, names: Sequence[str]) -> list[Checkpoints]:
        """Folders for trainings that differ by more than their settings.

        A command that was stopped goes on from there, after the last finished epoch of the last training.

        Args:
            names: of the trainings, which tell them apart.
        """
        folder = project_root() / ".inkpipe" / "checkpoints"
        key = training_key(self.records, self.vocabulary, self.settings)
        return [Checkpoints.claim(folder / f"{key}-{name}") for name in names]


def _check_mixture(params: MixParams, epochs: int) -> None:
    """Stop where no epoch has a real image: a part of the labels would be trained on as all of them."""
    if params.synthetic_fraction == 1 or params.synthetic_epochs >= epochs:
        raise InkpipeError(
            "This command trains on real images, and no epoch has one. Received: train.mix.synthetic_fraction "
            f"{params.synthetic_fraction}, train.mix.synthetic_epochs {params.synthetic_epochs}, {epochs} epochs. "
            "Lower these parameters, or give more --epochs."
        )
