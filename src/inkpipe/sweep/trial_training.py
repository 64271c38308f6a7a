"""The training of a trial: what the train stage does, on the project's prepared images."""

from __future__ import annotations

from pathlib import Path

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.records import Records
from inkpipe.model.decoding import Knowledge
from inkpipe.model.determinism import configure_determinism
from inkpipe.params import Params
from inkpipe.tracking.initial import initial_model
from inkpipe.training.callbacks import OnEpoch
from inkpipe.training.history import History
from inkpipe.training.train import TrainingData, TrainingSettings, train

RECORDS, VOCABULARY = Path("data/records"), Path("data/vocabulary.json")
LANGUAGE_MODEL = Path("data/language_model.npz")


def train_prepared(project: Path, params: Params, on_epoch: OnEpoch) -> History:
    """Train on the prepared images of a project. The history is the one that the train stage has.

    Args:
        project: its root.
        params: the parameters of the training.
        on_epoch: called with each finished epoch and its images a second.

    Returns:
        The finished epochs.

    Raises:
        InkpipeError: an output of an earlier stage is absent, or the training fails.
    """
    configure_determinism(params.train.threads)
    records, vocabulary = Records(project / RECORDS), Vocabulary.load(project / VOCABULARY)
    result = train(
        TrainingData.of_records(records, params.train.mix),
        vocabulary,
        TrainingSettings.from_params(params),
        knowledge=Knowledge.read(project / LANGUAGE_MODEL, params.decode.lexicon, vocabulary),
        initial=initial_model(params),
        on_epoch=on_epoch,
    )
    return result.history
