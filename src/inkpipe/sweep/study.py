"""A sweep: its study, its trials on all workers, and what it leaves. Run again, it goes on where it stopped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_json, whole_directory, write_csv
from inkpipe.parallel.pool import LOCAL, available_cores, map_in_order
from inkpipe.params import Params, parse_params
from inkpipe.progress import say
from inkpipe.sweep.search_space import SearchSpace, Values
from inkpipe.sweep.study_storage import open_storage, storage_address
from inkpipe.sweep.sweep_pictures import draw_history, draw_importance, draw_parallel
from inkpipe.sweep.trial import FAULT, RUN_ID, VALUES, Train, TrialResult, TrialTask, finished_trials, run_trial
from inkpipe.tracking import Store
from inkpipe.tracking.initial import initial_digest
from inkpipe.tracking.liveness import close_interrupted
from inkpipe.tracking.runs import TrainingRun
from inkpipe.tracking.store import if_present, retry_locked, translate_errors
from inkpipe.tracking.sweep_runs import sweep_run
from inkpipe.training.train import code_key

if TYPE_CHECKING:
    import optuna

KEY = "inkpipe.key"  # what a study was begun with
# A trial begins its MLflow run within seconds. Storages keep the local time of the machine, which may be another's.
SILENT = timedelta(days=2)


class BestTrial(NamedTuple):
    """The trial with the lowest validation CER.

    Attributes:
        number: in its study, from 0.
        val_cer: 0 upwards.
        values: of the swept parameters.
    """

    number: int
    val_cer: float
    values: Values


@dataclass(frozen=True)
class Sweep:
    """A search of the ranges of params.yaml.

    Attributes:
        name: of the study.
        project: the root of the project.
        space: what is searched.
        params: of the project.
        key: of what a trial's result depends on beside its values: ranges, other parameters, data, initial model, code.
        storage: the address of the study's storage.
        train: trains with parameters.
    """

    name: str
    project: Path
    space: SearchSpace
    params: Params
    key: str
    storage: str
    train: Train

    @classmethod
    def of(cls, project: Path, content: dict[str, Any], data: str, train: Train, name: str | None = None) -> Sweep:
        """The sweep that params.yaml declares.

        Args:
            project: the root of the project.
            content: of its params.yaml.
            data: the digest of the images that are trained on.
            train: trains with parameters, such as `inkpipe.sweep.trial_training.train_prepared`.
            name: of the study; None for one that follows from what is searched, so that the same search goes on.

        Raises:
            InkpipeError: see `SearchSpace.of`, `storage_address` and `initial_digest`.
        """
        space, params = SearchSpace.of(content), parse_params(content)
        fixed = params.model_dump(mode="json", exclude={"sweep", "runtime", "promote", "evaluate", "synthetic", "data"})
        ranges = {name: given.model_dump(mode="json") for name, given in space.ranges.items()}
        key = sha256_json([fixed, ranges, data, initial_digest(params), code_key()])[:8]
        storage = storage_address(params.sweep.storage, project)
        return cls(name or f"sweep-{key}", project, space, params, key, storage, train)

    @property
    def folder(self) -> Path:
        """Of its pictures and its table."""
        return self.project / "data" / "sweeps" / self.name

    def run(self, store: Store, trials: int, processes: int | None = None) -> Iterator[TrialResult]:
        """Run the trials that are missing, and write and log pictures and table after the last one.

        Args:
            store: the MLflow store, where each trial becomes a run below that of the sweep.
            trials: of the whole sweep, earlier ones included.
            processes: trials at the same time on this machine; None for as many as its cores carry.

        Yields:
            The result of each trial, in the order of their tasks.

        Raises:
            InkpipeError: a store fails, the study is another search, or a training fails otherwise than by diverging.
        """
        study = self._study()
        close_interrupted(store)
        _fail_killed(study, store)
        missing = max(0, trials - len(finished_trials(study)))
        if self.params.runtime.workers == LOCAL:
            processes = processes or max(1, available_cores() // (self.params.train.threads or available_cores()))
        with sweep_run(store, self.name, self.params, {}) as run:
            tasks = [self._task(store, run.run_id, trials)] * missing
            results = map_in_order(self.params.runtime.workers, run_trial, tasks, processes)
            yield from (result for result in results if result)
            close_interrupted(store)
            _fail_killed(study, store)  # a cluster gives the task of a killed worker to another one
            self._write(study)
            self._log(run)

    def best(self) -> BestTrial | None:
        """The best trial so far; None if none was completed."""
        complete = [each for each in self._study().trials if each.value is not None and each.state.name == "COMPLETE"]
        if not complete:
            return None
        best = min(complete, key=lambda trial: (trial.value, trial.number))
        return BestTrial(best.number, float(best.value), best.user_attrs[VALUES])

    @translate_errors()
    def _log(self, run: TrainingRun) -> None:
        client = run.store.client
        retry_locked(lambda: client.log_artifacts(run.run_id, str(self.folder)))
        if best := self.best():
            run.tag({f"best.{name}": str(value) for name, value in best.values.items()})
            retry_locked(lambda: client.log_metric(run.run_id, "best/val_cer", best.val_cer))

    def _study(self) -> optuna.Study:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(storage=open_storage(self.storage), study_name=self.name, load_if_exists=True)
        if study.user_attrs.setdefault(KEY, self.key) != self.key:
            raise InkpipeError(
                f"The sweep of this name searches something else: other images, ranges, parameters, initial model, "
                f"code or libraries. Received: {self.name}. Give another --name, or none."
            )
        study.set_user_attr(KEY, self.key)
        return study

    def _task(self, store: Store, parent: str, trials: int) -> TrialTask:
        return TrialTask(
            project=self.project,
            tracking_uri=store.uri,
            parent=parent,
            storage=self.storage,
            study=self.name,
            space=self.space,
            settings=self.params.sweep,
            trials=trials,
            seed=self.params.seed,
            train=self.train,
        )

    def _write(self, study: optuna.Study) -> None:
        names = list(self.space.ranges)
        trials = [each for each in study.trials if each.state.is_finished()]
        pictures = {"history": draw_history, "importance": draw_importance, "parallel": draw_parallel}
        with whole_directory(self.folder) as folder:
            header = ["trial", "state", "val_cer", "epochs", *names]
            write_csv(folder / "trials.csv", header, (_row(trial, names) for trial in trials))
            for name, draw in pictures.items():
                picture = draw(study, self.space)
                if picture is None:
                    needed = "a completed trial" if name == "history" else "two completed trials that differ"
                    say(f"There is no picture of {name} yet: it needs {needed}.")
                else:
                    (folder / f"{name}.png").write_bytes(picture)


def lowest(trial: optuna.trial.FrozenTrial) -> float | None:
    """The lowest validation CER of a trial's epochs; None if none ended."""
    values = [value for value in trial.intermediate_values.values() if math.isfinite(value)]
    return trial.value if trial.state.name == "COMPLETE" else min(values, default=None)


def _row(trial: optuna.trial.FrozenTrial, names: Sequence[str]) -> list[object]:
    values = trial.user_attrs.get(VALUES, {})
    rate = lowest(trial)
    shown = "" if rate is None else f"{rate:.6f}"
    state = "refused" if FAULT in trial.user_attrs else trial.state.name.lower()
    return [trial.number, state, shown, len(trial.intermediate_values), *(values.get(name, "") for name in names)]


@translate_errors()
def _fail_killed(study: optuna.Study, store: Store) -> None:
    """Give up the trials whose process was killed: their MLflow runs have just been closed, or were deleted."""
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if not _runs(trial, store):
            study.tell(trial.number, state=TrialState.FAIL)


def _runs(trial: optuna.trial.FrozenTrial, store: Store) -> bool:
    run_id = trial.user_attrs.get(RUN_ID)
    if run_id is None:  # its process may have been killed before it could begin a run
        return trial.datetime_start is None or datetime.now() - trial.datetime_start < SILENT
    run = if_present(lambda: store.client.get_run(run_id))
    return run is not None and run.info.status == "RUNNING"
