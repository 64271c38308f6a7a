import shutil
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import pytest

from inkpipe.data.corpus import Corpus, Sample, write_split
from inkpipe.data.manifest import MANIFEST, Manifest, write_manifest
from inkpipe.data.samples import AcceptedSamples
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import model_digest
from inkpipe.model.prediction import Prediction
from inkpipe.params.promote import PromoteParams
from inkpipe.promotion.decision import write_decision
from inkpipe.promotion.promote import Candidate, champion_cer, promote
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.registry import aliased_version, set_alias

pytest_plugins = ["tests.tiny"]

SAMPLES = [Sample(f"{name}.jpg", label, name.encode()) for name, label in (("a", "AB"), ("b", "C"), ("c", "ABC"))]


class FakeRecognizer:
    """A champion with the given texts, one for each sample; an `UnreadableImage` among them stands for itself."""

    def __init__(self, texts):
        self.texts = dict(zip((sample.image for sample in SAMPLES), texts, strict=True))

    def recognize_each(self, images):
        for key, image in images:
            text = self.texts[image]
            yield key, text if isinstance(text, UnreadableImage) else Prediction(text, 1.0)


def recognizers(texts, opened=None, meanwhile=None):
    """Open champions with these texts; `opened` collects their numbers, `meanwhile` runs while one is open."""

    @contextmanager
    def open_recognizer(version):
        assert texts is not None, "no champion was to be opened"
        if opened is not None:
            opened.append(version.number)
        if meanwhile:
            meanwhile(version)
        yield FakeRecognizer(texts)

    return open_recognizer


@pytest.fixture
def promoted(tmp_path, name, trained, make_params):
    """Promote: `promoted(model's name, its CER, the champion's texts) -> (version, decision)`."""
    evaluation = tmp_path / "evaluation"
    (evaluation / "previews").mkdir(parents=True)
    (evaluation / "metrics.json").write_text("{}")
    (evaluation / "report.html").write_text("<html>")
    (evaluation / "previews" / "images.png").write_bytes(b"PNG")

    def run(model, cer, champion_texts=None, n=3, min_improvement=0.0, **opening):
        folder = tmp_path / model if (tmp_path / model).exists() else trained(model)
        store, scores = connect(), {"n": n, "cer": cer, "cer_low": 0.0, "cer_high": 1.0}
        candidate = Candidate(folder, ensure_run(store, folder, [], make_params()), scores, evaluation)
        params = PromoteParams(model_name=name, min_improvement=min_improvement)
        return promote(store, candidate, SAMPLES, params, recognizers(champion_texts, **opening))

    return run


@pytest.fixture
def holder(name):
    """The version number that an alias is at."""
    return lambda alias: getattr(aliased_version(connect(), name, alias), "number", None)


def test_the_first_model_is_champion_and_the_record_says_nothing_of_run_or_registry(promoted, holder, tmp_path, name):
    version, decision = promoted("one", 0.5)
    assert str(version) == f"{name} version 1"
    assert (holder("champion"), holder("challenger")) == (1, None)
    assert decision.to_json() == {
        "champion": None,
        "decision": "champion",
        "model": model_digest(tmp_path / "one"),
        "reason": "It is the first model.",
        "scores": {"n": 3, "cer": 0.5, "cer_low": 0.0, "cer_high": 1.0},
    }


def test_a_second_run_changes_nothing(promoted, holder, tmp_path, name):
    promoted("one", 0.5)
    first = promoted("two", 0.1, ["AB", "C", "CBA"])
    again = promoted("two", 0.1)  # it is champion now, so none is opened
    assert again.version.number == 2
    assert again.decision.alias == "champion"
    assert again.decision.reason == "Its CER of 0.1000 is 0.2333 below the champion's 0.3333."
    for file, decision in (("first", first.decision), ("again", again.decision)):
        write_decision(tmp_path / file, decision)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
    store = connect()
    assert len(store.client.search_model_versions(f"name = '{name}'")) == 2
    assert len(store.client.search_runs([store.experiment_id])) == 2
    history = store.client.get_metric_history(aliased_version(store, name, "champion").run_id, "test_cer")
    assert [point.value for point in history] == [0.1]


def test_a_better_model_takes_over_and_a_worse_one_becomes_challenger(promoted, holder, tmp_path):
    promoted("one", 0.5)
    _, decision = promoted("two", 0.6, ["AB", "C", "CBA"])  # 2 edits of 6 characters
    assert (holder("champion"), holder("challenger")) == (1, 2)
    assert decision.to_json()["champion"] == {"digest": model_digest(tmp_path / "one"), "cer": 0.333333}
    assert decision.to_json()["decision"] == "challenger"
    promoted("three", 0.2, ["AB", "C", "CBA"])
    assert (holder("champion"), holder("challenger")) == (3, 2)


def test_a_challenger_that_wins_later_is_champion_alone(promoted, holder):
    promoted("one", 0.5)
    promoted("two", 0.6, ["AB", "C", "ABC"])
    promoted("two", 0.2, ["", "", ""])  # on other test images, say
    assert (holder("champion"), holder("challenger")) == (2, None)


def test_the_margin_of_the_params_counts(promoted, holder):
    promoted("one", 0.5)
    promoted("two", 0.2, ["AB", "C", "CBA"], min_improvement=0.2)
    assert (holder("champion"), holder("challenger")) == (1, 2)


def test_the_texts_of_the_champion_are_normalized_as_the_new_labels_are(promoted):
    promoted("one", 0.5)
    _, decision = promoted("two", 0.2, ["ab", " c", "abc"])
    assert decision.champion.cer == 0.0


def test_a_champion_by_hand_is_left_where_it_is(promoted, holder):
    promoted("one", 0.5)
    version, _ = promoted("two", 0.6, ["AB", "C", "ABC"])
    set_alias(connect(), version, "champion")
    _, decision = promoted("two", 0.6)
    assert holder("champion") == 2
    assert decision.reason == "It is the champion already."


def test_a_promotion_that_stopped_before_the_alias_moved_is_completed_by_the_next_run(promoted, holder, monkeypatch):
    from mlflow import MlflowClient

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "set_registered_model_alias", stop)
        with pytest.raises(KeyboardInterrupt):
            promoted("one", 0.5)
    assert holder("champion") is None
    promoted("one", 0.5)
    assert holder("champion") == 1


def test_a_champion_that_moves_meanwhile_is_compared_with(promoted, holder):
    def another_process_is_faster(champion):
        if champion.number == 1:
            set_alias(connect(), second.version, "champion")

    opened = []
    promoted("one", 0.5)
    second = promoted("two", 0.6, ["AB", "C", "ABC"])
    promoted("three", 0.01, ["AB", "C", "CBA"], opened=opened, meanwhile=another_process_is_faster)
    assert opened == [1, 2]
    assert holder("champion") == 3


def test_scores_report_and_previews_are_with_run_and_model(promoted, name):
    promoted("one", 0.5)
    store = connect()
    version = aliased_version(store, name, "champion")
    logged = store.client.get_logged_model(version.model_id)
    assert {metric.key: metric.value for metric in logged.metrics}["test_cer"] == 0.5
    assert store.client.get_run(version.run_id).data.metrics["test_n"] == 3
    for folder, files in (("", ["metrics.json", "previews", "report.html"]), ("/previews", ["images.png"])):
        logged = store.client.list_artifacts(version.run_id, f"evaluation{folder}")
        assert [artifact.path for artifact in logged] == [f"evaluation{folder}/{file}" for file in files]
    assert version.decision["decision"] == "champion"


def test_scores_of_other_images_are_refused_and_nothing_moves(promoted, holder):
    promoted("one", 0.5)
    with pytest.raises(InkpipeError, match="Received: 2 and 3 images"):
        promoted("two", 0.1, ["AB", "C", "ABC"], n=2)
    assert (holder("champion"), holder("challenger")) == (1, None)


def test_an_image_that_the_champion_cannot_read_is_named(promoted):
    promoted("one", 0.5)
    with pytest.raises(InkpipeError, match=r"cannot read test image b\.jpg\. It is damaged"):
        promoted("two", 0.1, ["AB", UnreadableImage("It is damaged."), "ABC"])


def test_the_cer_of_the_champion_is_edits_per_character():
    assert champion_cer(FakeRecognizer(["AB", "", "CBA"]), SAMPLES, Vocabulary(tuple("ABC"))) == 3 / 6


def test_only_accepted_samples_are_compared_on_with_their_normalized_labels(tmp_path):
    import pyarrow as pa

    write_split(tmp_path, "test", [Sample(f"{name}.jpg", name, name.encode()) for name in "abc"])
    rows = [
        {"split": "test", "filename": f"{name}.jpg", "label": name.upper(), "verdict": verdict}
        for name, verdict in (("a", "accepted"), ("b", "quarantined"), ("c", "accepted"))
    ]
    manifest = tmp_path / "manifest.parquet"
    write_manifest(manifest, [pa.Table.from_pylist(rows, schema=MANIFEST)])
    samples = AcceptedSamples(Corpus(tmp_path), Manifest(manifest), "test")
    expected = [Sample("a.jpg", "A", b"a"), Sample("c.jpg", "C", b"c")]
    assert len(samples) == 2
    assert (list(samples), list(samples)) == (expected, expected)


def test_a_version_that_cannot_be_read_back_is_no_success_and_deleting_it_repairs(promoted, holder, name):
    version, _ = promoted("one", 0.5)
    store = connect()
    place = store.client.get_logged_model(version.model_id).artifact_location
    shutil.rmtree(unquote(urlsplit(place).path))
    with pytest.raises(InkpipeError, match="version 1 cannot be fetched.* or delete that version"):
        promoted("one", 0.5)
    store.client.delete_model_version(name, "1")
    version, decision = promoted("one", 0.5)
    assert (version.number, decision.alias, holder("champion")) == (2, "champion", 2)
