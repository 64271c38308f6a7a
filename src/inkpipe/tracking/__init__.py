"""MLflow: the store, the run of each training, and the registry of models.

Importing this room imports no MLflow; `connect` does.
"""

from inkpipe.tracking.runs import TrainingRun, ensure_run, log_evaluation, training_run
from inkpipe.tracking.store import ReadStore, Store, connect, database, open_store, tracking_uri

__all__ = [
    "ReadStore",
    "Store",
    "TrainingRun",
    "connect",
    "database",
    "ensure_run",
    "log_evaluation",
    "open_store",
    "tracking_uri",
    "training_run",
]
