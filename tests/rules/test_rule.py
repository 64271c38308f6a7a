"""The verdict of a rule on rows, by action, tolerance and tolerated rows, and its words."""

import pytest
from pydantic import ValidationError

from inkpipe.rules.images import ImageSize
from inkpipe.rules.labels import LabelFits, LabelLength, LabelUsable


@pytest.mark.parametrize(
    ("action", "tolerance", "violations", "verdict"),
    [
        ("stop", 0.0, 0, "passed"),
        ("stop", 0.0, 1, "stopped"),
        ("stop", 0.1, 10, "quarantined"),
        ("stop", 0.1, 11, "stopped"),
        ("quarantine", 0.0, 3, "quarantined"),
        ("quarantine", 0.0, 4, "stopped"),
        ("quarantine", 0.1, 10, "quarantined"),
        ("quarantine", 0.1, 11, "stopped"),
        ("warn", 0.1, 10, "passed"),
        ("warn", 0.1, 11, "warned"),
    ],
)
def test_verdicts(make_rule, context, action, tolerance, violations, verdict):
    rule = make_rule(LabelLength, action=action, tolerance=tolerance)
    examples = [{"split": "train", "filename": f"{i}.jpg", "length": 50.0} for i in range(violations)]
    result = rule.judge(violations, 100, examples, context)
    assert (result.verdict, result.violations, result.checked) == (verdict, violations, 100)
    assert result.expected == "1 to 200 characters"
    assert result.examples == tuple(f"train/{i}.jpg (50 characters)" for i in range(violations))
    assert (result.rule, result.action, result.tolerance, result.unit) == ("label_length", action, tolerance, "rows")
    assert result.advice == LabelLength.advice


def test_the_expectation_has_the_limits_and_the_frames_of_the_model(make_rule, context):
    assert make_rule(LabelUsable, markers=["X", "Y Z"]).expectation(context) == "a label other than X, Y Z"
    assert make_rule(LabelFits).expectation(context) == (
        "length + adjacent repeats no more than the frames over the image, of 64 in all"
    )


def test_the_evidence_has_the_facts_of_the_row(make_rule):
    row = {"label": "A'B", "frames": 3.0, "own_frames": 2.0, "width": 7.0, "height": 300.0}
    assert make_rule(LabelFits).evidence(row) == '"A\'B" needs 3 frames, the image has 2'
    assert make_rule(ImageSize).evidence(row) == "7 x 300 pixels"


def test_every_empty_range_of_a_rule_is_named():
    limits = {"min_width": 8, "max_width": 4, "min_height": 9, "max_height": 2}
    with pytest.raises(ValidationError, match=r"image_size \(width\): 8 to 4; image_size \(height\): 9 to 2"):
        ImageSize(action="stop", tolerance=0.0, **limits)


def test_a_range_of_one_value_is_no_fault():
    assert LabelLength(action="stop", tolerance=0.0, min=3, max=3).checks(None)[0].low == 3
