"""One trial of a sweep: choose values, train with them, report each epoch, and stop early if it is hopeless."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from inkpipe.errors import InkpipeError
from inkpipe.params import Params
from inkpipe.params.sweep import SweepParams
from inkpipe.sweep.search_space import SearchSpace
from inkpipe.sweep.study_storage import open_storage
from inkpipe.tracking import training_run
from inkpipe.tracking.run_tags import PARENT, SWEEP, TRIAL, TRIAL_STATE
from inkpipe.tracking.store import TRACKING_URI, translate_errors
from inkpipe.training.history import Epoch, History, best_epoch

if TYPE_CHECKING:
    import optuna

OnEpoch = Callable[[Epoch, float], None]
Train = Callable[[Path, Params, OnEpoch], History]  # the project's root, the parameters, and what is told of epochs
RUN_ID, VALUES, FAULT = "run_id", "values", "fault"  # what a trial remembers beside its result
ONE_AT_A_TIME = threading.Lock()  # Keras and NumPy have one random state a process, and Dask's workers have threads


@dataclass(frozen=True)
class TrialTask:
    """What a worker process needs to run the next trial of a study.

    Attributes:
        project: the root of the project.
        tracking_uri: of the MLflow store.
        parent: the MLflow run of the sweep.
        storage: the address of the study's storage.
        study: its name.
        space: what is searched.
        settings: the section `sweep`.
        trials: of the whole sweep; the task has nothing to do once as many have a result.
        seed: of the project; with the number of a trial it seeds the choice of that trial's values.
        train: trains with parameters, such as `inkpipe.sweep.trial_training.train_prepared`.
    """

    project: Path
    tracking_uri: str
    parent: str
    storage: str
    study: str
    space: SearchSpace
    settings: SweepParams
    trials: int
    seed: int
    train: Train


class TrialResult(NamedTuple):
    """What became of a trial.

    Attributes:
        number: in its study, from 0.
        values: of the swept parameters.
        val_cer: the lowest validation CER; None if no epoch ended.
        epochs: that ended.
        state: `complete`, `pruned`, `diverged` or `refused` (its values contradict each other).
    """

    number: int
    values: Mapping[str, Any]
    val_cer: float | None
    epochs: int
    state: str


def run_trial(task: TrialTask) -> TrialResult | None:
    """Run the next trial of a study.

    Args:
        task: which study, and how.

    Returns:
        What became of it; None if the study has all its trials, since another machine may have run the last ones.

    Raises:
        InkpipeError: the stores fail, or the training fails otherwise than by diverging.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    results: list[TrialResult] = []

    def objective(trial: optuna.Trial) -> float:
        # The storage gives each number once, so machines that share a study do not choose the same values.
        study.sampler = _sampler(task.settings, (task.seed + trial.number) % 2**32)
        results.append(result := _run(task, trial))
        if result.state == "refused":
            raise _Refused
        if result.state != "complete" or result.val_cer is None:
            raise optuna.TrialPruned
        return result.val_cer

    with ONE_AT_A_TIME:
        os.environ[TRACKING_URI] = task.tracking_uri  # a worker of a cluster has an environment of its own
        os.environ["DVC_ROOT"] = str(task.project)
        study = optuna.load_study(
            study_name=task.study,
            storage=open_storage(task.storage),
            sampler=_sampler(task.settings, task.seed),
            pruner=_pruner(task.settings),
        )
        if len(finished_trials(study)) >= task.trials:
            return None
        study.optimize(objective, n_trials=1, catch=(_Refused,))
    return results[0]


def finished_trials(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """The trials that have a result. One that was refused is one: its values would be refused again."""
    return [each for each in study.trials if each.state.name in ("COMPLETE", "PRUNED") or FAULT in each.user_attrs]


class _Refused(Exception):  # noqa: N818 - it tells Optuna of a trial that failed, and leaves this module never
    pass


def _run(task: TrialTask, trial: optuna.Trial) -> TrialResult:
    import optuna

    from inkpipe.training.callbacks import DivergedError

    values = task.space.suggest(trial)
    trial.set_user_attr(VALUES, values)
    finished: list[Epoch] = []
    try:
        params = task.space.params(values)
    except InkpipeError as error:
        trial.set_user_attr(FAULT, str(error))
        return TrialResult(trial.number, values, None, 0, "refused")
    tags = {PARENT: task.parent, SWEEP: task.study, TRIAL: str(trial.number)}
    state = "complete"
    try:
        with training_run(params, name=f"{task.study} {trial.number}", tags=tags, shown=values) as run:
            trial.set_user_attr(RUN_ID, run.run_id)

            def on_epoch(epoch: Epoch, images_per_second: float) -> None:
                finished.append(epoch)
                run.log_epoch(epoch, images_per_second)
                trial.report(epoch.val_cer, epoch.epoch)
                if trial.should_prune():
                    raise optuna.TrialPruned

            try:
                task.train(task.project, params, on_epoch)
            except optuna.TrialPruned:
                state = "pruned"
            with translate_errors():
                run.log_best(finished)
                run.tag({TRIAL_STATE: state})
    except DivergedError:
        state = "diverged"
    best = best_epoch(finished).val_cer if finished else None
    return TrialResult(trial.number, values, best, len(finished), state)


def _sampler(settings: SweepParams, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    if settings.sampler == "random":
        return optuna.samplers.RandomSampler(seed)
    # Of trials that run at the same time, each is taken for a bad one, so that workers try different things.
    return optuna.samplers.TPESampler(n_startup_trials=settings.startup_trials, seed=seed, constant_liar=True)


def _pruner(settings: SweepParams) -> optuna.pruners.BasePruner:
    import optuna

    if settings.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=settings.startup_trials)
    return optuna.pruners.HyperbandPruner() if settings.pruner == "hyperband" else optuna.pruners.NopPruner()
