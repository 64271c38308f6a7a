"""MLflow runs: where they are kept, what each training leaves there, and that none is logged twice or not at all.

Importing this imports no MLflow; `connect` does.
"""

from inkpipe.tracking.runs import MODEL_DIGEST, TrainingRun, ensure_run, training_run
from inkpipe.tracking.store import Store, connect, database, patiently, tracking_uri, understood

__all__ = [
    "MODEL_DIGEST",
    "Store",
    "TrainingRun",
    "connect",
    "database",
    "ensure_run",
    "patiently",
    "tracking_uri",
    "training_run",
    "understood",
]
