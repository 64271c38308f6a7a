import json

from inkpipe.tracking import connect
from inkpipe.tracking.run_list import share_view

pytest_plugins = ["tests.tiny"]


def test_the_view_is_kept_with_the_experiment_and_has_scores_and_changes(name):
    store = connect()
    address = share_view(store)
    assert address == f"/#/experiments/{store.experiment_id}/runs?viewStateShareKey=inkpipe"
    assert share_view(store) == address
    state = json.loads(store.client.get_experiment(store.experiment_id).tags["mlflow.sharedViewState.inkpipe"])
    assert state["selectedColumns"][:2] == ["metrics.`best/val_cer`", "metrics.`test/cer`"]
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`best/val_cer`", True)
