"""The tags of runs that more than one module reads or writes."""

from typing import Final

DESCRIPTION: Final = "mlflow.note.content"  # MLflow's own name for the description
PARENT: Final = "mlflow.parentRunId"  # likewise: the run that this one is shown below
COMMIT: Final = "git.commit"  # of the code
UNCOMMITTED: Final = "git.dirty"  # `true` if the code was not that of the commit, else `false`
EXPERIMENT: Final = "dvc.experiment"  # the name of the DVC experiment
BASELINE: Final = "dvc.baseline"  # the commit that the experiment started from
BASELINE_RUN: Final = "dvc.baseline_run"  # the run that made the model of that commit
ATTEMPT_OF: Final = "dvc.attempt_of"  # of a run that another of the same experiment replaced: the experiment's name
DIGEST: Final = "dvc.md5."  # prefix: the path of an output, and its MD5 in dvc.lock
CHANGES: Final = "changes"  # the parameters that differ from those of the baseline
LOGGED: Final = "inkpipe.logged"  # live | afterwards | from its commit
SAME_MODEL: Final = "inkpipe.same_model_as"  # of a run whose results came from a cache: the run that trained them
RESUMED: Final = "inkpipe.resumed_from"  # of a run that went on where another one was interrupted: that one
INITIAL: Final = "initialization"  # prefix of fine-tuned models: .model, .digest, .kept, .added, .dropped
SWEEP: Final = "sweep"  # of the runs of a sweep: the name of its study
TRIAL: Final = "sweep.trial"  # its number
TRIAL_STATE: Final = "sweep.state"  # complete | pruned
