import subprocess
import sys
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.analysis import analyze
from inkpipe.evaluation.evaluate import RecordedSamples, choose_examples, evaluate, predict
from inkpipe.evaluation.metrics import measure
from inkpipe.evaluation.predictions import score_prediction
from inkpipe.model.prediction import Prediction

ROOT = Path(__file__).parents[2]


class FakeRecords:
    """Offers what `RecordedSamples` uses of records."""

    def __init__(self, samples):
        self.splits = {"test": samples, "train": []}

    def count(self, split):
        return len(self.splits[split])

    def read(self, split):
        return iter(self.splits[split])


def test_evaluate_predicts_every_sample_in_order(evaluation, labels, texts):
    assert [each.label for each in evaluation.predictions] == labels
    assert [each.prediction for each in evaluation.predictions] == texts
    assert evaluation.predictions[2] == score_prediction("02.jpg", "LE ROI", Prediction("LEROI", 0.98))


def test_evaluate_measures_and_analyzes_its_predictions(evaluation):
    assert evaluation.metrics == {
        **measure(evaluation.predictions, 50, 7),
        "coverage_at_50_percent_errors": 0.055556,
        "observed_at_50_percent_errors": 0.0,
    }
    assert evaluation.metrics["cer"] == round(8 / 22, 6)
    assert evaluation.analysis == analyze(evaluation.predictions, 50, 7)


def test_examples_have_their_own_images(evaluation, labels):
    assert {name: len(group) for name, group in evaluation.examples.items()} == {
        "random": 2, "best": 2, "worst": 2, "confident errors": 2, "labels to check": 2,
    }  # fmt: skip
    for group in evaluation.examples.values():
        for scored, image in group:
            position = int(scored.filename.removesuffix(".jpg"))
            assert (image == position).all()
            assert scored.label == labels[position]


def test_the_same_arguments_give_the_same_evaluation(evaluation, samples, recognize, evaluate_params):
    again = evaluate(samples, recognize, evaluate_params, 7)
    assert (again.predictions, again.analysis) == (evaluation.predictions, evaluation.analysis)
    assert again.metrics.items() <= evaluation.metrics.items()
    for name, group in again.examples.items():
        assert [each.scored for each in group] == [each.scored for each in evaluation.examples[name]]


def test_thresholds_slices_and_suspect_labels_follow_from_what_is_given(
    evaluation, samples, recognize, evaluate_params
):
    assert [(each.max_errors, each.chosen_on) for each in evaluation.acceptance] == [(0.5, 6)]
    assert {name: len(parts) for name, parts in evaluation.slices.items()} == {"label length": 4, "origin": 2}
    assert [each.prediction for each in evaluation.label_errors] == ["EVES"] * 3
    assert [each.scored.filename for each in evaluation.examples["labels to check"]] == ["01.jpg", "07.jpg"]
    bare = evaluate(samples, recognize, evaluate_params, 7)
    assert (list(bare.slices), bare.acceptance, bare.label_errors) == (["label length"], [], [])


def test_records_are_samples(samples, recognize, evaluate_params, evaluation):
    recorded = RecordedSamples(FakeRecords(samples), "test")
    assert len(recorded) == 18
    assert evaluate(recorded, recognize, evaluate_params, 7).predictions == evaluation.predictions


def test_no_sample_at_all_is_refused(recognize, evaluate_params):
    with pytest.raises(InkpipeError, match="0 labels"):
        evaluate([], recognize, evaluate_params, 7)


def test_predict_works_in_batches_and_keeps_the_order(samples, recognize, texts):
    sizes = []

    def counting(images):
        sizes.append(len(images))
        return recognize(images)

    predictions = list(predict(iter(samples), counting, 8))
    assert sizes == [8, 8, 2]
    assert [each.prediction for each in predictions] == texts


def test_a_model_that_diverged_is_refused(samples):
    with pytest.raises(InkpipeError, match=r"00\.jpg.*diverged"):
        list(predict(samples, lambda images: [Prediction("A", float("nan"))] * len(images), 4))


def test_examples_are_random_best_worst_and_confident_but_wrong(score_pair):
    pairs = [("ABCD", 0.5), ("ABCD", 0.9), ("ABCX", 0.8), ("A", 0.3), ("", 0.1), ("ABCD", 0.7)]
    predictions = [score_pair("ABCD", *pair) for pair in pairs]
    chosen = choose_examples(predictions, 8, 1)
    assert chosen["best"] == [1, 5]
    assert chosen["worst"] == [4, 3]
    assert chosen["confident errors"] == [2, 3]
    assert len(chosen["random"]) == 2
    assert choose_examples(predictions, 8, 1) == chosen
    assert choose_examples(predictions[:1], 8, 1) == {
        "random": [0], "best": [0], "worst": [], "confident errors": [],
    }  # fmt: skip


def test_the_stage_refuses_a_folder_without_a_model(tmp_path):
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    (tmp_path / "data" / "model").mkdir(parents=True)
    script = [sys.executable, str(ROOT / "stages" / "evaluate.py")]
    stage = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert stage.returncode == 1
    assert "is not a model" in stage.stderr
    assert not (tmp_path / "data" / "evaluation").exists()
