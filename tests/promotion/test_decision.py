import json
from dataclasses import replace

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.promotion.decision import Decision, RatedModel, decide, read_decision, read_scores, write_decision

DECISION = Decision(
    "challenger", {"n": 3, "cer": 0.5}, RatedModel("new", 0.5), RatedModel("old", 0.25), "It is not better."
)


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
def test_only_a_model_that_is_better_by_more_than_the_margin_becomes_champion(new, champion, margin, alias):
    rated = None if champion is None else RatedModel("old", champion)
    assert decide(RatedModel("new", new), {"cer": new}, rated, margin).alias == alias


def test_the_reason_gives_both_rates_and_their_difference():
    worse = decide(RatedModel("new", 0.3), {}, RatedModel("old", 0.25), 0.1)
    assert worse.reason == ("Its CER of 0.3000 is 0.0500 above the champion's 0.2500; it must be more than 0.1 below.")
    better = decide(RatedModel("new", 0.1), {}, RatedModel("old", 0.25), 0.1)
    assert better.reason == "Its CER of 0.1000 is 0.1500 below the champion's 0.2500."


def test_rates_are_rounded_in_the_record():
    rated = RatedModel("d", 1 / 3)
    assert replace(rated, cer=2 / 3).to_json() == {"digest": "d", "cer": 0.666667}


def test_a_decision_comes_back_as_it_was_written(tmp_path):
    for decision in (DECISION, replace(DECISION, champion=None)):
        write_decision(tmp_path / "promotion.json", decision)
        assert read_decision(tmp_path / "promotion.json") == decision


def test_a_record_of_version_0_1_names_the_model_reader():
    content = DECISION.to_json()
    content["reader"] = content.pop("model")
    assert Decision.from_json(content) == DECISION


@pytest.mark.parametrize("content", [{}, [], {"model": "d", "scores": 1, "champion": None}, {"scores": {"cer": 1}}])
def test_what_is_no_record_of_a_promotion_is_one_error(tmp_path, content):
    (tmp_path / "promotion.json").write_text(json.dumps(content))
    with pytest.raises(InkpipeError, match=r"not the record of a promotion\. Received: .*`dvc repro -sf promote`"):
        read_decision(tmp_path / "promotion.json")


def test_scores_are_the_numbers_of_the_metrics(tmp_path):
    (tmp_path / "metrics.json").write_text('{"n": 3, "cer": 0.5, "model": "crnn"}')
    assert read_scores(tmp_path) == {"n": 3, "cer": 0.5}


def test_absent_scores_are_named_with_the_stage_that_makes_them(tmp_path):
    with pytest.raises(InkpipeError, match=r"metrics\.json does not exist\. It is made by `dvc repro evaluate`"):
        read_scores(tmp_path)
