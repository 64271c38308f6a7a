import shutil
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import pytest

from inkpipe.data.corpus import Corpus, Sample, write_split
from inkpipe.data.manifest import MANIFEST, Manifest, write_manifest
from inkpipe.data.samples import AcceptedSamples
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.predictions import score_prediction
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import model_digest
from inkpipe.model.prediction import Prediction
from inkpipe.promotion.candidate import Candidate
from inkpipe.promotion.decision import write_decision
from inkpipe.promotion.moves import history
from inkpipe.promotion.promote import promote
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.registry import aliased_version, numbered_version, set_alias

pytest_plugins = ["tests.tiny"]

SAMPLES = [Sample(f"{name}.jpg", label, name.encode()) for name, label in (("a", "AB"), ("b", "C"), ("c", "ABC"))]
LABELS = [sample.label for sample in SAMPLES]
# 0, 1, 2 and 3 edits of 6 characters
PERFECT, GOOD, FAIR, POOR = LABELS, ["AB", "C", "AB"], ["AB", "", "AB"], ["A", "", "AB"]


class FakeRecognizer:
    """A champion with the given texts, one for each sample; an `UnreadableImage` among them stands for itself."""

    def __init__(self, texts):
        self.texts = dict(zip((sample.image for sample in SAMPLES), texts, strict=True))

    def recognize_each(self, images):
        for key, image in images:
            text = self.texts[image]
            if isinstance(text, InkpipeError) and not isinstance(text, UnreadableImage):
                raise text
            yield key, text if isinstance(text, UnreadableImage) else Prediction(text, 1.0)


def recognizers(texts, opened=None, meanwhile=None, broken=None):
    """Open champions with these texts; `opened` collects their numbers, `meanwhile` runs while one is open.

    A model of the digest `broken` fails when it is to recognize an image.
    """

    @contextmanager
    def open_recognizer(version):
        if version.digest == broken:
            yield FakeRecognizer([InkpipeError("It is damaged.")] * 3)
            return
        assert texts is not None, "no champion was to be opened"
        if isinstance(texts, InkpipeError):
            raise texts
        if opened is not None:
            opened.append(version.number)
        if meanwhile:
            meanwhile(version)
        yield FakeRecognizer(texts)

    return open_recognizer


@pytest.fixture
def promoted(tmp_path, name, trained, make_params):
    """Promote: `promoted(model's name, its texts, the champion's texts, parameters...) -> (version, decision, judged)`.

    One resample in two of three images would tell little, so the level is 0.5 and only the sign of a difference counts.
    """
    evaluation = tmp_path / "evaluation"
    (evaluation / "previews").mkdir(parents=True)
    (evaluation / "report.html").write_text("<html>")
    (evaluation / "previews" / "images.png").write_bytes(b"PNG")

    def run(model, texts, champion_texts=None, filenames=None, opened=None, meanwhile=None, broken=False, **values):
        folder = tmp_path / model if (tmp_path / model).exists() else trained(model)
        scored = [
            score_prediction(s.filename, s.label, Prediction(t, 0.5)) for s, t in zip(SAMPLES, texts, strict=True)
        ]
        if filenames:
            scored = [each._replace(filename=other) for each, other in zip(scored, filenames, strict=False)]
        scores = {"n": len(scored), "cer": round(sum(each.edits for each in scored) / 6, 6)}
        store = connect()
        candidate = Candidate(folder, ensure_run(store, folder, [], make_params()), scores, scored, evaluation)
        settings = {"promote__model_name": name, "promote__min_images": 1, "promote__level": 0.5, **values}
        params = make_params(**settings).promote
        digest = model_digest(folder) if broken else None
        opening = recognizers(champion_texts, opened=opened, meanwhile=meanwhile, broken=digest)
        return promote(store, candidate, SAMPLES, params, opening, seed=1)

    return run


@pytest.fixture
def holder(name):
    """The version number that an alias is at."""
    return lambda alias: getattr(aliased_version(connect(), name, alias), "number", None)


def checked(decision):
    return {line.check: line.verdict for line in decision.checks}


def test_the_first_model_is_champion_and_the_record_says_nothing_of_run_or_registry(promoted, holder, tmp_path, name):
    version, decision, judged = promoted("one", GOOD)
    assert str(version) == f"{name} version 1"
    assert (holder("champion"), holder("challenger"), judged) == (1, None, 1)
    content = decision.to_json()
    assert content.pop("rules")["max_cer"] == 0.5
    assert [line["verdict"] for line in content.pop("checks")] == ["passed"] * 2 + ["not applicable"] * 3
    assert len(content.pop("images")) == 64
    assert content == {
        "champion": None,
        "decision": "champion",
        "model": model_digest(tmp_path / "one"),
        "reason": "It is the first model.",
        "cer": 0.166667,
        "scores": {"n": 3, "cer": 0.166667},
    }


def test_the_first_model_must_be_good_enough(promoted, holder):
    _, decision, _ = promoted("one", ["", "", ""])
    assert (holder("champion"), holder("challenger")) == (None, 1)
    assert decision.reason == "max_cer: CER 1.0000; at most 0.5 is allowed (promote.max_cer)."
    _, decision, _ = promoted("one", ["", "", ""], promote__max_cer=1.0)
    assert (holder("champion"), holder("challenger")) == (1, None)


def test_a_second_run_changes_nothing_and_opens_no_champion(promoted, holder, tmp_path, name):
    promoted("one", FAIR)
    for model, texts in (("worse", POOR), ("better", PERFECT)):
        first = promoted(model, texts, FAIR)
        again = promoted(model, texts)
        assert again.version.number == first.version.number
        for file, decision in (("first", first.decision), ("again", again.decision)):
            write_decision(tmp_path / file, decision)
        assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
    store = connect()
    assert (holder("champion"), holder("challenger")) == (3, 2)
    assert len(store.client.search_model_versions(f"name = '{name}'")) == 3
    assert len(store.client.search_runs([store.experiment_id])) == 3
    cer = store.client.get_metric_history(aliased_version(store, name, "champion").run_id, "test/cer")
    assert [point.value for point in cer] == [0.0]
    assert [move.version for move in history(store, name)] == [1, 3]


def test_other_rules_are_another_decision(promoted, holder):
    promoted("one", FAIR)
    promoted("two", GOOD, FAIR, promote__min_improvement=0.5)
    assert holder("champion") == 1
    promoted("two", GOOD, FAIR, promote__min_improvement=0.1)
    assert holder("champion") == 2


def test_a_better_model_takes_over_and_a_worse_one_is_rejected(promoted, holder, tmp_path):
    promoted("one", FAIR)
    _, decision, judged = promoted("two", POOR, FAIR)
    assert (holder("champion"), holder("challenger"), judged) == (1, 2, 2)
    assert decision.to_json()["champion"] == {"digest": model_digest(tmp_path / "one"), "cer": 0.333333}
    assert decision.to_json()["decision"] == "rejected"
    assert checked(decision)["min_improvement"] == "failed"
    _, decision, judged = promoted("three", GOOD, FAIR)
    assert (holder("champion"), holder("challenger"), judged) == (3, 2, 3)
    assert decision.reason.startswith("CER 0.1667 against the champion's 0.3333 on 3 images: 16.67 points better")


def test_a_tie_keeps_the_champion(promoted, holder):
    promoted("one", FAIR)
    promoted("two", FAIR, FAIR)
    assert holder("champion") == 1


def test_the_challenger_is_the_best_of_the_rejected(promoted, holder):
    promoted("one", PERFECT)
    promoted("two", FAIR, PERFECT)
    promoted("three", POOR, PERFECT)
    assert holder("challenger") == 2
    promoted("four", GOOD, PERFECT)
    assert holder("challenger") == 4


def test_a_challenger_that_wins_later_is_champion_alone(promoted, holder):
    promoted("one", FAIR)
    promoted("two", FAIR, GOOD)
    promoted("two", FAIR, ["", "", ""], promote__resamples=99)  # by other rules, say
    assert (holder("champion"), holder("challenger")) == (2, None)


def test_the_texts_of_both_models_are_normalized_as_the_labels_are(promoted):
    promoted("one", FAIR)
    _, decision, _ = promoted("two", [" ab", "C ", "abc"], ["ab", " c", "abc"])
    assert (decision.candidate.cer, decision.champion.cer) == (0.0, 0.0)


def test_a_rollback_by_hand_is_not_undone(promoted, holder, name):
    promoted("one", FAIR)
    promoted("two", PERFECT, FAIR)
    store = connect()
    set_alias(store, numbered_version(store, name, 1), "champion")  # as in the MLflow UI
    for _ in range(2):
        _, decision, _ = promoted("two", PERFECT)
        assert holder("champion") == 1
        assert decision.reason.startswith("A person took this model down: The alias was moved outside of inkpipe")
        assert "`inkpipe registry promote 2 --reason ...` brings it back" in decision.reason
    assert [(move.version, move.before, move.by) for move in history(store, name)] == [
        (1, None, "gate"), (2, 1, "gate"), (1, 2, "outside inkpipe"),
    ]  # fmt: skip
    promoted("three", PERFECT, FAIR)  # another model is judged as ever
    assert holder("champion") == 3


def test_a_champion_by_hand_is_left_where_it_is(promoted, holder, name):
    promoted("one", FAIR)
    version, _, _ = promoted("two", POOR, FAIR)
    set_alias(connect(), version, "champion")
    _, decision, _ = promoted("two", POOR)
    assert holder("champion") == 2
    assert decision.reason == "It is the champion already."


def test_a_promotion_that_stopped_before_the_alias_moved_is_completed_by_the_next_run(promoted, holder, monkeypatch):
    from mlflow import MlflowClient

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "set_registered_model_alias", stop)
        with pytest.raises(KeyboardInterrupt):
            promoted("one", GOOD)
    assert holder("champion") is None
    promoted("one", GOOD)
    assert holder("champion") == 1


def test_a_champion_that_moves_meanwhile_is_compared_with(promoted, holder):
    def another_process_is_faster(champion):
        if champion.number == 1:
            set_alias(connect(), second.version, "champion")

    opened = []
    promoted("one", FAIR)
    second = promoted("two", POOR, FAIR)
    promoted("three", GOOD, FAIR, opened=opened, meanwhile=another_process_is_faster)
    assert opened == [1, 2]
    assert holder("champion") == 3


def test_scores_report_previews_checks_and_tags_are_with_run_and_model(promoted, name):
    promoted("one", FAIR)
    promoted("two", POOR, FAIR)
    store = connect()
    version = aliased_version(store, name, "champion")
    logged = store.client.get_logged_model(version.model_id)
    assert {metric.key: metric.value for metric in logged.metrics}["test/cer"] == 0.333333
    assert store.client.get_run(version.run_id).data.metrics["test_details/n"] == 3
    for folder, files in (("", ["previews", "report.html"]), ("/previews", ["images.png"])):
        logged = store.client.list_artifacts(version.run_id, f"evaluation{folder}")
        assert [artifact.path for artifact in logged] == [f"evaluation{folder}/{file}" for file in files]
    assert version.decision["decision"] == "champion"
    rejected = store.client.get_model_version(name, "2")
    assert {tag: rejected.tags[tag] for tag in ("decision", "test_cer", "failed_checks")} == {
        "decision": "rejected", "test_cer": "0.5000", "failed_checks": "min_improvement",
    }  # fmt: skip
    assert rejected.description.startswith("rejected. min_improvement: CER 0.5000 against the champion's 0.3333")
    assert "| failed | min_improvement | -0.166667 | 0 |" in rejected.description
    note = store.client.get_run(rejected.run_id).data.tags["mlflow.note.content"]
    assert note.startswith(f"{name} version 2: rejected. min_improvement: CER 0.5000 against")


def test_predictions_for_other_images_are_refused_and_nothing_moves(promoted, holder):
    promoted("one", FAIR)
    with pytest.raises(InkpipeError, match=r"the first difference is \('d\.jpg', 'ABC'\) and \('c\.jpg', 'ABC'\)"):
        promoted("two", GOOD, FAIR, filenames=["a.jpg", "b.jpg", "d.jpg"])
    assert (holder("champion"), holder("challenger")) == (1, None)


class TestAChampionThatCannotBeRun:
    def test_stops_with_what_a_person_can_do(self, promoted, holder):
        promoted("one", FAIR)
        with pytest.raises(InkpipeError) as error:
            promoted("two", GOOD, InkpipeError("Its files are gone."))
        assert "version 1, cannot be run, so" in str(error.value)
        assert "Received: Its files are gone. Repair it; or set promote.if_champion_fails to keep" in str(error.value)
        assert "`inkpipe registry promote 2 --reason ... --force`" in str(error.value)
        assert (holder("champion"), holder("challenger")) == (1, None)

    def test_an_image_that_it_cannot_read_is_named(self, promoted):
        promoted("one", FAIR)
        with pytest.raises(InkpipeError, match=r"The champion cannot read test image b\.jpg\. It is damaged"):
            promoted("two", GOOD, ["AB", UnreadableImage("It is damaged."), "ABC"])

    def test_is_kept_if_the_parameters_say_so(self, promoted, holder, capsys):
        promoted("one", FAIR)
        _, decision, _ = promoted("two", GOOD, InkpipeError("Its files are gone."), promote__if_champion_fails="keep")
        assert (holder("champion"), holder("challenger")) == (1, 2)
        assert checked(decision)["if_champion_fails"] == "failed"
        assert "Its files are gone." in capsys.readouterr().out
        assert "gone" not in str(decision.to_json())  # the record names no path

    def test_is_replaced_if_the_parameters_say_so(self, promoted, holder):
        broken = {"promote__if_champion_fails": "replace"}
        promoted("one", FAIR)
        promoted("two", ["", "", ""], InkpipeError("Gone."), **broken)  # not good enough by itself
        assert holder("champion") == 1
        _, decision, _ = promoted("three", GOOD, InkpipeError("Gone."), **broken)
        assert holder("champion") == 3
        assert promoted("three", GOOD, **broken).decision == decision  # a second run leaves the same record
        assert decision.reason == (
            "The champion cannot be run. promote.if_champion_fails is replace, so the new model was judged by the "
            "other checks alone."
        )

    def test_is_compared_with_again_once_it_can_be_run(self, promoted, holder):
        promoted("one", FAIR)
        promoted("two", GOOD, InkpipeError("Gone."), promote__if_champion_fails="keep")
        promoted("two", GOOD, FAIR, promote__if_champion_fails="keep")
        assert holder("champion") == 2


def test_latencies_are_measured_if_there_is_a_limit_and_stand_in_the_tags(promoted, name):
    promoted("one", FAIR)
    _, decision, _ = promoted("two", GOOD, FAIR, promote__max_latency_factor=1000.0)
    assert checked(decision)["max_latency_factor"] == "passed"
    tags = connect().client.get_model_version(name, "2").tags
    assert float(tags["latency_ms.candidate"]) >= 0
    assert float(tags["latency_ms.champion"]) >= 0


@pytest.mark.parametrize("choice", ["stop", "keep", "replace"])
def test_a_candidate_that_cannot_be_run_to_be_timed_is_no_fault_of_the_champion(promoted, holder, choice):
    promoted("one", FAIR)
    values = {"promote__max_latency_factor": 2.0, "promote__if_champion_fails": choice}
    with pytest.raises(InkpipeError, match=r"version 2 is registered but not judged: it cannot be run.*It is damaged"):
        promoted("two", GOOD, FAIR, broken=True, **values)
    assert (holder("champion"), holder("challenger")) == (1, None)


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
    version, _, _ = promoted("one", GOOD)
    store = connect()
    place = store.client.get_logged_model(version.model_id).artifact_location
    shutil.rmtree(unquote(urlsplit(place).path))
    with pytest.raises(InkpipeError, match="version 1 cannot be fetched.* or delete that version"):
        promoted("one", GOOD)
    store.client.delete_model_version(name, "1")
    version, decision, _ = promoted("one", GOOD)
    assert (version.number, decision.word, holder("champion")) == (2, "champion", 2)
