"""train: fit the model, keep the weights with the lowest validation CER."""

from pathlib import Path

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.records import Records
from inkpipe.files import project_root, whole_directory
from inkpipe.model.artifacts import save_model
from inkpipe.model.decoding import Knowledge
from inkpipe.model.determinism import configure_determinism
from inkpipe.params import load_params
from inkpipe.params.resolved import write_resolved
from inkpipe.progress import say
from inkpipe.stage import run_stage
from inkpipe.tracking import training_run
from inkpipe.tracking.initial import initial_model
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.history import write_history
from inkpipe.training.train import TrainingData, TrainingSettings, train, training_key

RECORDS = Path("data/records")
VOCABULARY, LANGUAGE_MODEL = Path("data/vocabulary.json"), Path("data/language_model.npz")
MODEL, HISTORY, RESOLVED = Path("data/model"), Path("data/history.csv"), Path("data/resolved.yaml")


def main() -> str:
    """Train, logging to MLflow. A training that was stopped resumes from the project's own folder."""
    params = load_params()
    configure_determinism(params.train.threads)
    records, vocabulary = Records(RECORDS), Vocabulary.load(VOCABULARY)
    data, settings = TrainingData.of_records(records, params.train.mix), TrainingSettings.from_params(params)
    initial = initial_model(params)
    key = training_key(records, vocabulary, settings, initial)
    checkpoints = Checkpoints.claim(project_root() / ".inkpipe" / "checkpoints" / key)
    with training_run(params, checkpoints.load().run_id, initial) as run:
        checkpoints.note_run(run.run_id)
        result = train(
            data,
            vocabulary,
            settings,
            knowledge=Knowledge.read(LANGUAGE_MODEL, params.decode.lexicon, vocabulary, say),
            initial=initial,
            checkpoints=checkpoints,
            on_epoch=run.log_epoch,
        )
        with whole_directory(MODEL) as folder:
            save_model(folder, result.model, params.preprocess, result.initialization)
        write_history(HISTORY, result.history)
        write_resolved(RESOLVED, params)
        run.finish(MODEL, result.history)
    checkpoints.remove()
    return result.describe(initial)


if __name__ == "__main__":
    run_stage("train", "fitting the model", main)
