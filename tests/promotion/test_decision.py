import json
from dataclasses import replace

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.promotion.checks import CheckResult
from inkpipe.promotion.decision import Decision, RatedModel, decide, read_decision, read_scores, write_decision

LINE = CheckResult("min_improvement", "improvement", -0.25, 0.0, "failed", "It is worse.")
DECISION = Decision(
    promoted=False,
    scores={"n": 3, "cer": 0.5},
    candidate=RatedModel("new", 0.5),
    champion=RatedModel("old", 0.25),
    reason="It is not better.",
    checks=(LINE,),
    images="images",
    rules={"max_cer": 0.5},
)
PASSED = replace(LINE, verdict="passed", explanation="It is better.")


def test_a_model_without_a_failed_check_becomes_champion(compare):
    decision = decide(compare([1], [2]), [PASSED, replace(LINE, verdict="not applicable")], {"cer": 0.1}, "images")
    assert (decision.promoted, decision.word, decision.reason) == (True, "champion", "It is better.")
    assert (decision.candidate, decision.champion) == (RatedModel("new", 0.1), RatedModel("old", 0.2))


def test_every_failed_check_is_a_reason(compare):
    decision = decide(compare([3], [2]), [PASSED, LINE, replace(LINE, check="max_cer")], {"cer": 0.3}, "images")
    assert (decision.promoted, decision.word) == (False, "rejected")
    assert decision.reason == "min_improvement: It is worse. max_cer: It is worse."
    assert [line.check for line in decision.failed] == ["min_improvement", "max_cer"]


def test_the_first_model_is_said_to_be_the_first(compare):
    assert decide(compare([1]), [], {"cer": 0.1}, "images").reason == "It is the first model."


def test_rates_are_rounded_in_the_record():
    rated = RatedModel("d", 1 / 3)
    assert replace(rated, cer=2 / 3).to_json() == {"digest": "d", "cer": 0.666667}


def test_a_decision_comes_back_as_it_was_written(tmp_path):
    for decision in (DECISION, replace(DECISION, champion=None)):
        write_decision(tmp_path / "promotion.json", decision)
        assert read_decision(tmp_path / "promotion.json") == decision


def test_a_record_of_version_0_1_names_the_model_reader_and_has_no_checks():
    content = {"decision": "challenger", "reason": "No.", "reader": "new", "scores": {"cer": 0.5}, "champion": None}
    assert Decision.from_json(content) == Decision(False, {"cer": 0.5}, RatedModel("new", 0.5), None, "No.")


@pytest.mark.parametrize("content", [{}, [], {"model": "d", "scores": 1, "champion": None}, {"scores": {"cer": 1}}])
def test_what_is_no_record_of_a_promotion_is_one_error(tmp_path, content):
    (tmp_path / "promotion.json").write_text(json.dumps(content))
    with pytest.raises(InkpipeError, match=r"not the record of a promotion\. Received: .*`dvc repro -sf promote`"):
        read_decision(tmp_path / "promotion.json")


def test_scores_are_the_numbers_of_the_metrics(tmp_path):
    (tmp_path / "metrics.json").write_text('{"n": 3, "cer": 0.5, "model": "crnn"}')
    assert read_scores(tmp_path / "metrics.json") == {"n": 3, "cer": 0.5}


def test_absent_scores_are_named_with_the_stage_that_makes_them(tmp_path):
    with pytest.raises(InkpipeError, match=r"metrics\.json does not exist\. It is made by `dvc repro evaluate`"):
        read_scores(tmp_path / "metrics.json")
