"""The list of runs as a person wants to see it first: scores, what was changed, and the best on top.

MLflow's UI shows no metric and no parameter until columns are chosen, and keeps the choice in the browser. A view that
is shared by its key is kept as a tag of the experiment, so that the choice can be made for everybody.
"""

from __future__ import annotations

import json
from typing import Final

from inkpipe.tracking.run_tags import CHANGES
from inkpipe.tracking.store import Store, retry_locked, translate_errors

VIEW: Final = "inkpipe"  # the key of the view, which stands in its address
VIEW_TAG: Final = f"mlflow.sharedViewState.{VIEW}"
COLUMNS: Final = (
    *("metrics.`best/val_cer`", "metrics.`test/cer`", "metrics.`test/exact`", f"tags.`{CHANGES}`"),
    *("params.`lr`", "params.`batch_size`", "params.`epochs`", "params.`model.preset`", "attributes.`Models`"),
)


@translate_errors()
def share_view(store: Store) -> str:
    """Keep the view of the runs with the experiment.

    Args:
        store: whose experiment gets it.

    Returns:
        The end of its address, after that of the server.

    Raises:
        InkpipeError: the store fails.
    """
    state = {
        "searchFilter": "",
        "orderByKey": COLUMNS[0],
        "orderByAsc": True,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": list(COLUMNS),
        "hideEmptyCharts": True,
    }
    retry_locked(lambda: store.client.set_experiment_tag(store.experiment_id, VIEW_TAG, json.dumps(state)))
    return f"/#/experiments/{store.experiment_id}/runs?viewStateShareKey={VIEW}"
