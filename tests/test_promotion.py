import json
from contextlib import contextmanager
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe import promotion
from inkpipe.corpus import Sample, write_split
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.manifest import MANIFEST
from inkpipe.model.artifacts import model_digest
from inkpipe.promotion import DECISION, Outputs, Rated, decide, promote
from inkpipe.registry import logged_model_id, version_of
from inkpipe.serving import Read
from inkpipe.tracking import connect

pytest_plugins = ["tests.tiny"]

LABELS = {"a.jpg": "AB", "b.jpg": "C", "bad.jpg": "?", "c.jpg": "ABC"}  # bad.jpg is quarantined, so 6 characters count


class FakeReader:
    """A champion that reads what it is told to."""

    def __init__(self, texts):
        self.texts = texts

    def read_each(self, images):
        for key, image in images:
            text = self.texts[image]
            yield key, text if isinstance(text, UnreadableImage) else Read(text, 1.0)


@pytest.fixture
def stages(tmp_path, name, trained, make_params, monkeypatch):
    """Promote: `stages(reader's name, its CER, what the champion reads) -> the summary line`."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_split(folder, "test", [Sample(file, None, file.encode()) for file in LABELS])
    rows = [
        {
            "split": "test",
            "filename": file,
            "label": label,
            "verdict": "quarantined" if file == "bad.jpg" else "accepted",
        }
        for file, label in LABELS.items()
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=MANIFEST), folder / "manifest.parquet")
    evaluation = tmp_path / "evaluation"
    evaluation.mkdir()
    (evaluation / "report.html").write_text("<html>")
    (evaluation / "sheets").mkdir()
    (evaluation / "sheets" / "images.png").write_bytes(b"PNG")

    def run(reader, cer, champion_reads=None, n=3, **params):
        model, history = (
            (tmp_path / reader, tmp_path / "history.csv") if (tmp_path / reader).exists() else trained(reader)
        )
        (evaluation / "metrics.json").write_text(json.dumps({"n": n, "cer": cer, "cer_low": 0.0, "cer_high": 1.0}))

        @contextmanager
        def champion(version):
            assert champion_reads is not None, "no champion was to be read"
            yield FakeReader(dict(zip((b"a.jpg", b"b.jpg", b"c.jpg"), champion_reads, strict=True)))

        monkeypatch.setattr(promotion, "registered_reader", champion)
        found = Outputs(model, history, evaluation, folder, folder / "manifest.parquet")
        params = make_params(promote__model_name=name, **params)
        return promote(params, found, tmp_path / "promotion.json")

    return run


@pytest.fixture
def holder(name):
    """The version number that an alias is at."""
    return lambda alias: getattr(version_of(connect(), name, alias), "version", None)


def decision(tmp_path):
    return json.loads((tmp_path / "promotion.json").read_text())


@pytest.mark.parametrize(
    ("new", "champion", "margin", "alias"),
    [
        (0.9, None, 0.0, "champion"),
        (0.10, 0.11, 0.0, "champion"),
        (0.10, 0.10, 0.0, "challenger"),
        (0.1000001, 0.1000002, 0.0, "challenger"),  # the same within rounding
        (0.11, 0.10, 0.0, "challenger"),
        (0.10, 0.12, 0.02, "challenger"),  # not by more than that
        (0.10, 0.121, 0.02, "champion"),
    ],
)
def test_only_a_reader_that_is_better_by_more_than_the_margin_becomes_champion(new, champion, margin, alias):
    rated = None if champion is None else Rated("old", champion)
    assert decide(Rated("new", new), {"cer": new}, rated, margin).alias == alias


def test_the_first_reader_is_champion_and_the_record_says_nothing_of_run_or_registry(stages, holder, tmp_path, name):
    line = stages("one", 0.5)
    assert line == f"{name} version 1 is champion. It is the first reader."
    assert (holder("champion"), holder("challenger")) == (1, None)
    assert decision(tmp_path) == {
        "champion": None,
        "decision": "champion",
        "reader": model_digest(tmp_path / "one"),
        "reason": "It is the first reader.",
        "scores": {"n": 3, "cer": 0.5, "cer_low": 0.0, "cer_high": 1.0},
    }


def test_a_second_run_changes_nothing(stages, holder, tmp_path, name):
    stages("one", 0.5)
    stages("two", 0.1, ["AB", "C", "CBA"])
    before = (tmp_path / "promotion.json").read_bytes()
    line = stages("two", 0.1)  # it is champion now, so nothing is read
    assert line.startswith(f"{name} version 2 is champion. Its CER of 0.1000 is 0.2333 below the champion's 0.3333.")
    assert (tmp_path / "promotion.json").read_bytes() == before
    store = connect()
    assert len(store.client.search_model_versions(f"name = '{name}'")) == 2
    assert len(store.client.search_runs([store.experiment_id])) == 2
    version = version_of(store, name, "champion")
    assert [point.value for point in store.client.get_metric_history(version.run_id, "test_cer")] == [0.1]


def test_a_better_reader_takes_over_and_a_worse_one_becomes_challenger(stages, holder, tmp_path):
    stages("one", 0.5)
    stages("two", 0.6, ["AB", "C", "CBA"])  # 2 edits of 6 characters
    assert (holder("champion"), holder("challenger")) == (1, 2)
    assert decision(tmp_path)["champion"] == {"digest": model_digest(tmp_path / "one"), "cer": 0.333333}
    assert decision(tmp_path)["decision"] == "challenger"
    stages("three", 0.2, ["AB", "C", "CBA"])
    assert (holder("champion"), holder("challenger")) == (3, 2)


def test_a_challenger_that_wins_later_is_champion_alone(stages, holder):
    stages("one", 0.5)
    stages("two", 0.6, ["AB", "C", "ABC"])
    stages("two", 0.2, ["", "", ""])  # on other test images, say
    assert (holder("champion"), holder("challenger")) == (2, None)


def test_the_margin_of_the_params_counts(stages, holder):
    stages("one", 0.5)
    stages("two", 0.2, ["AB", "C", "CBA"], promote__min_improvement=0.2)
    assert (holder("champion"), holder("challenger")) == (1, 2)


def test_the_champion_is_read_by_the_rules_of_the_new_labels(stages, tmp_path):
    stages("one", 0.5)
    stages("two", 0.2, ["ab", " c", "abc"])
    assert decision(tmp_path)["champion"]["cer"] == 0.0


def test_a_champion_by_hand_is_left_where_it_is(stages, holder, tmp_path, name):
    stages("one", 0.5)
    stages("two", 0.6, ["AB", "C", "ABC"])
    connect().client.set_registered_model_alias(name, "champion", "2")
    stages("two", 0.6)
    assert holder("champion") == 2
    assert decision(tmp_path)["reason"] == "It is the champion already."


def test_what_stopped_before_the_alias_moved_is_completed_by_the_next_run(stages, holder, monkeypatch):
    from mlflow import MlflowClient

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "set_registered_model_alias", stop)
        with pytest.raises(KeyboardInterrupt):
            stages("one", 0.5)
    assert holder("champion") is None
    stages("one", 0.5)
    assert holder("champion") == 1


def test_a_champion_that_moves_meanwhile_is_compared_with(stages, holder, name, monkeypatch):
    stages("one", 0.5)
    stages("two", 0.6, ["AB", "C", "ABC"])
    rate, rated = promotion.champion_cer, []

    def moving(champion, *rest):
        rated.append(champion.version)
        if len(rated) == 1:  # another process is faster
            connect().client.set_registered_model_alias(name, "champion", "2")
        return rate(champion, *rest)

    monkeypatch.setattr(promotion, "champion_cer", moving)
    stages("three", 0.01, ["AB", "C", "CBA"])
    assert rated == [1, 2]
    assert holder("champion") == 3


def test_scores_report_and_sheets_are_with_run_and_model(stages, name):
    stages("one", 0.5)
    store = connect()
    version = version_of(store, name, "champion")
    logged = store.client.get_logged_model(logged_model_id(version))
    assert {metric.key: metric.value for metric in logged.metrics}["test_cer"] == 0.5
    assert store.client.get_run(version.run_id).data.metrics["test_n"] == 3
    for folder, files in (("", ["metrics.json", "report.html", "sheets"]), ("/sheets", ["images.png"])):
        logged = store.client.list_artifacts(version.run_id, f"evaluation{folder}")
        assert [artifact.path for artifact in logged] == [f"evaluation{folder}/{file}" for file in files]
    assert json.loads(version.tags[DECISION])["decision"] == "champion"


def test_scores_of_other_images_are_refused_and_nothing_moves(stages, holder):
    stages("one", 0.5)
    with pytest.raises(InkpipeError, match="Received: 2 and 3 images"):
        stages("two", 0.1, ["AB", "C", "ABC"], n=2)
    assert (holder("champion"), holder("challenger")) == (1, None)


def test_an_image_that_the_champion_cannot_read_is_named(stages):
    stages("one", 0.5)
    with pytest.raises(InkpipeError, match=r"cannot read test image b\.jpg\. It is damaged"):
        stages("two", 0.1, ["AB", UnreadableImage("It is damaged."), "ABC"])


def test_rates_are_rounded_in_the_record():
    rated = Rated("d", 1 / 3)
    assert replace(rated, cer=2 / 3).to_json() == {"digest": "d", "cer": 0.666667}
