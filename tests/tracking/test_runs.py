import json

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.files import write_json
from inkpipe.model.artifacts import model_digest
from inkpipe.tracking import connect, ensure_run, log_evaluation, training_run
from inkpipe.tracking.model_version import MODEL_DIGEST
from inkpipe.tracking.registry import register
from inkpipe.training.history import Epoch

pytest_plugins = ["tests.tiny"]

EPOCHS = [Epoch(1, 9.0, 8.0, 0.75, 12.5, 0.002), Epoch(2, 7.0, 6.5, 0.5, 0.5, 0.001)]


def steps(client, run_id, metric):
    return [(point.step, point.value) for point in client.get_metric_history(run_id, metric)]


def runs(store):
    return store.client.search_runs([store.experiment_id])


def test_a_training_is_logged_while_it_runs_and_completed_at_its_end(name, make_params, trained):
    model = trained()
    with training_run(make_params(lr=0.003)) as run:
        run.log_epoch(EPOCHS[0], images_per_second=100.0)
        assert steps(run.store.client, run.run_id, "train/loss") == [(1, 9.0)]
        assert run.store.client.get_run(run.run_id).info.status == "RUNNING"
        run.finish(model, EPOCHS)
    client = run.store.client
    logged = client.get_run(run.run_id)
    assert logged.info.status == "FINISHED"
    assert logged.info.run_name == "crnn on synthetic"
    assert logged.data.params["lr"] == "0.003"
    assert logged.data.tags[MODEL_DIGEST] == model_digest(model)
    assert logged.data.tags["inkpipe.logged"] == "live"
    assert steps(client, run.run_id, "train/loss") == [(1, 9.0), (2, 7.0)]
    assert steps(client, run.run_id, "val/cer") == [(1, 0.75), (2, 0.5)]
    assert steps(client, run.run_id, "val/cer_empty_penalty") == [(1, 12.5), (2, 0.5)]
    assert steps(client, run.run_id, "train/images_per_second") == [(1, 100.0)]
    artifacts = [artifact.path for artifact in client.list_artifacts(run.run_id)]
    assert artifacts == ["history.csv", "learning_curves.png", "params.yaml", "vocabulary.json"]


def test_the_metrics_of_the_epoch_whose_weights_are_kept_stand_beside_those_of_the_last_one(name, make_params, trained):
    worse = Epoch(3, 6.0, 7.0, 0.625, 0.5, 0.001)
    with training_run(make_params()) as run:
        run.finish(trained(), [*EPOCHS, worse])
    metrics = run.store.client.get_run(run.run_id).data.metrics
    assert metrics["val/cer"] == 0.625
    assert (metrics["best/epoch"], metrics["best/val_cer"], metrics["best/val_loss"]) == (2, 0.5, 6.5)


def test_the_artifacts_of_a_run_are_its_history_and_its_vocabulary(name, make_params, trained, tmp_path):
    with training_run(make_params()) as run:
        run.finish(trained(), EPOCHS)
    run.store.client.download_artifacts(run.run_id, "", str(tmp_path))
    assert (tmp_path / "history.csv").read_text().split()[1] == "1,9,8,0.75,12.5,0.002"
    assert json.loads((tmp_path / "vocabulary.json").read_text())["characters"] == ["A", "B", "C"]


def test_the_fitted_numbers_of_the_decoder_are_metrics_of_the_run(name, make_params, trained):
    model = trained()
    settings = json.loads((model / "recognizer.json").read_text())
    settings["decode"] = {"method": "beam", "width": 10, "lm_weight": 0.5, "length_bonus": 0.25, "temperature": 1.5}
    write_json(model / "recognizer.json", settings)
    with training_run(make_params()) as run:
        run.finish(model, EPOCHS)
    metrics = run.store.client.get_run(run.run_id).data.metrics
    fitted = {name: value for name, value in metrics.items() if name.startswith("decoder/")}
    assert fitted == {"decoder/lm_weight": 0.5, "decoder/length_bonus": 0.25, "decoder/temperature": 1.5}
    assert steps(run.store.client, run.run_id, "decoder/lm_weight") == [(2, 0.5)]


def test_the_data_of_a_training_is_an_input_of_its_run(name, make_params, tmp_path):
    (tmp_path / "data/records").mkdir(parents=True)
    (tmp_path / "data/records/records.json").write_text("{}")
    with training_run(make_params()) as run:
        pass
    inputs = run.store.client.get_run(run.run_id).inputs.dataset_inputs
    named = {data.dataset.name: (data.dataset.digest[:4], data.tags[0].value) for data in inputs}
    assert named == {"training records": ("4413", "training"), "validation records": ("4413", "validation")}


@pytest.mark.parametrize(("raised", "status"), [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_a_training_that_fails_marks_its_run_and_its_error_goes_on(name, make_params, raised, status):
    with pytest.raises(raised), training_run(make_params()) as run:
        raise raised
    assert run.store.client.get_run(run.run_id).info.status == status


def test_a_killed_training_goes_on_under_its_run_and_no_epoch_is_logged_twice(name, make_params, trained):
    def interrupted():
        with training_run(make_params()) as run:
            killed_runs.append(run)
            run.log_epoch(EPOCHS[0], 100.0)
            raise KeyboardInterrupt

    killed_runs = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (killed,) = killed_runs
    with training_run(make_params(), resume_run_id=killed.run_id) as run:
        assert run.store.client.get_run(run.run_id).info.status == "RUNNING"
        for epoch in EPOCHS:
            run.log_epoch(epoch, 100.0)
        run.finish(trained(), EPOCHS)
    assert run.run_id == killed.run_id
    assert len(runs(run.store)) == 1
    assert steps(run.store.client, run.run_id, "train/loss") == [(1, 9.0), (2, 7.0)]
    assert run.store.client.get_run(run.run_id).info.status == "FINISHED"


@pytest.mark.parametrize("how", ["unknown", "deleted"])
def test_a_run_that_the_store_has_lost_is_begun_anew_and_gets_its_first_epochs(name, make_params, trained, capsys, how):
    lost = "0" * 32
    if how == "deleted":
        with training_run(make_params()) as run:
            lost = run.run_id
        run.store.client.delete_run(lost)
    with training_run(make_params(), resume_run_id=lost) as run:
        run.log_epoch(EPOCHS[1], 100.0)
        run.finish(trained(), EPOCHS)
    assert run.run_id != lost
    assert sorted(steps(run.store.client, run.run_id, "train/loss")) == [(1, 9.0), (2, 7.0)]
    assert "a new run begins" in capsys.readouterr().out


def test_a_store_that_fails_for_an_epoch_does_not_stop_the_training(name, make_params, trained, monkeypatch, capsys):
    from mlflow.exceptions import MlflowException

    def fail(*_, **__):
        raise MlflowException("the server went away")

    with training_run(make_params()) as run:
        with monkeypatch.context() as away:
            away.setattr(type(run.store.client), "log_batch", fail)
            run.log_epoch(EPOCHS[0], 100.0)
        run.finish(trained(), EPOCHS)
    assert "MLflow refused the metrics of epoch 1" in capsys.readouterr().out
    assert steps(run.store.client, run.run_id, "train/loss") == [(1, 9.0), (2, 7.0)]


def test_a_store_that_fails_at_the_end_is_one_error(name, make_params, trained, monkeypatch):
    from mlflow.exceptions import MlflowException

    def fail(*_, **__):
        raise MlflowException("the server went away")

    with training_run(make_params()) as run, monkeypatch.context() as away:
        away.setattr(type(run.store.client), "log_batch", fail)
        with pytest.raises(InkpipeError, match=r"cannot be used\. Received: the server went away"):
            run.finish(trained(), EPOCHS)
    assert MODEL_DIGEST not in run.store.client.get_run(run.run_id).data.tags


def test_no_training_starts_where_the_server_does_not_answer(name, make_params, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(InkpipeError, match=r"http://127\.0\.0\.1:9"), training_run(make_params()):
        pytest.fail("the training started")


def test_ensure_run_finds_the_run_that_trained_the_model(name, make_params, trained):
    model = trained()
    with training_run(make_params()) as run:
        run.finish(model, EPOCHS)
    assert ensure_run(run.store, model, EPOCHS, make_params()) == run.run_id
    assert len(runs(run.store)) == 1


def test_ensure_run_logs_a_training_that_dvc_skipped_exactly_once(name, make_params, trained):
    model, store = trained(), connect()
    run_id = ensure_run(store, model, EPOCHS, make_params())
    assert ensure_run(store, model, EPOCHS, make_params()) == run_id
    (run,) = runs(store)
    assert run.info.status == "FINISHED"
    assert run.data.tags["inkpipe.logged"] == "afterwards"
    assert run.data.params["seed"] == "42"
    assert steps(store.client, run_id, "val/loss") == [(1, 8.0), (2, 6.5)]


def test_a_model_without_an_epoch_has_no_curves(name, make_params, trained):
    store = connect()
    run_id = ensure_run(store, trained(), [], make_params())
    artifacts = [artifact.path for artifact in store.client.list_artifacts(run_id)]
    assert artifacts == ["history.csv", "params.yaml", "vocabulary.json"]


def test_an_evaluation_is_logged_once_to_run_and_model(name, make_params, trained, tmp_path):
    evaluation = tmp_path / "evaluation"
    evaluation.mkdir()
    (evaluation / "report.html").write_text("<html>")
    store, model = connect(), trained()
    run_id = ensure_run(store, model, [], make_params())
    model_id = register(store, name, model, run_id).model_id
    for cer in (0.5, 0.5, 0.25):
        log_evaluation(store, run_id, model_id, {"n": 3, "cer": cer}, evaluation)
    assert [point.value for point in store.client.get_metric_history(run_id, "test/cer")] == [0.5, 0.25]
    assert [point.value for point in store.client.get_metric_history(run_id, "test_details/n")] == [3]
    logged = {metric.key: metric.value for metric in store.client.get_logged_model(model_id).metrics}
    assert logged["test_details/n"] == 3
    assert [artifact.path for artifact in store.client.list_artifacts(run_id, "evaluation")] == [
        "evaluation/report.html"
    ]
