import numpy as np
import pytest

from inkpipe.evaluation.suspect_labels import LabelError, rank_label_errors, sort_label_errors


@pytest.fixture
def suspects(score_pair):
    """Four labels, of which the first is right; the gray of each image is its position."""
    return [
        score_pair("ANNA", "ANNA", filename="a.jpg"),
        score_pair("ANNA", "ANMA", filename="b.jpg"),
        score_pair("ANNA", "XY", filename="c.jpg"),
        score_pair("ANNA", "ANN", filename="d.jpg"),
    ]


IMAGES = [np.full((4, 6), i, np.uint8) for i in range(4)]


def by_gray(ratios):
    def log_ratio(images, texts, others):
        assert len(images) == len(texts) == len(others)
        assert set(others) == {"ANNA"}
        return np.array([ratios[i] for i in images[:, 0, 0]], float)

    return log_ratio


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_labels_are_ranked_by_the_log_ratio_of_each_edit(suspects, batch_size):
    ratios = {1: 5.0, 2: 16.0, 3: 0.5}
    assert rank_label_errors(IMAGES, suspects, by_gray(ratios), "train", batch_size) == [
        LabelError("b.jpg", "train", "ANNA", "ANMA", 5.0),
        LabelError("c.jpg", "train", "ANNA", "XY", 4.0),
        LabelError("d.jpg", "train", "ANNA", "ANN", 0.5),
    ]


def test_labels_that_the_model_finds_likelier_or_cannot_judge_are_not_suspect(suspects):
    ratios = {1: -1.0, 2: np.nan, 3: np.inf}
    assert [each.filename for each in rank_label_errors(IMAGES, suspects, by_gray(ratios), "test", 8)] == ["d.jpg"]


def test_correct_predictions_are_not_compared(suspects):
    assert rank_label_errors(IMAGES[:1], suspects[:1], None, "test", 8) == []


def test_equally_suspect_labels_stand_by_name():
    errors = [LabelError(name, "test", "A", "B", 2.0) for name in ("b", "a")]
    assert [each.filename for each in sort_label_errors(errors)] == ["a", "b"]
