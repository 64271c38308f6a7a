"""Faults in `validate` are refused before any work, and rules are found by their class."""

import pytest
import yaml

from inkpipe.errors import InkpipeError
from inkpipe.params import parse_params
from inkpipe.rules import ROW_RULES, SPLIT_RULES
from inkpipe.rules.labels import LabelLength

MISSING = object()


@pytest.fixture
def refuses(request):
    def check(path, value, message):
        content = yaml.safe_load((request.config.rootpath / "params.yaml").read_text())
        *sections, last = path.split(".")
        inner = content["validate"]
        for section in sections:
            inner = inner[section]
        if value is MISSING:
            del inner[last]
        else:
            inner[last] = value
        with pytest.raises(InkpipeError, match=message):
            parse_params(content)

    return check


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("rules.label_color", {"action": "warn"}, "validate.rules.label_color: no such parameter"),
        ("rules.label_length.action", "ignore", "validate.rules.label_length.action"),
        ("rules.label_length.tolerance", 1.5, "validate.rules.label_length.tolerance"),
        ("rules.label_present.action", "warn", "validate.rules.label_present.action"),
        ("rules.label_fits.action", "warn", "validate.rules.label_fits.action"),
        ("rules.image_decodes.action", "warn", "validate.rules.image_decodes.action"),
        ("rules.columns.action", "warn", "validate.rules.columns.action"),
        ("rules.split_sizes.test", 0, "validate.rules.split_sizes.test"),
        ("rules.near_identical_images.distance", 13, "validate.rules.near_identical_images.distance"),
        ("rules.label_characters.categories", ["Latin"], "validate.rules.label_characters.categories"),
        ("rules.aspect.min", 60.0, "a minimum exceeds its maximum. Received: aspect: 60.0 to 50.0"),
        ("rules.image_size.max_width", 4, r"image_size \(width\): 8 to 4"),
        ("rules.aspect", MISSING, "validate.rules.aspect: missing"),
        ("rules.aspect.max", MISSING, "validate.rules.aspect.max: missing"),
        ("rules.aspect.most", 3.0, "validate.rules.aspect.most: no such parameter"),
        ("min_tolerated_rows", -1, "validate.min_tolerated_rows"),
    ],
)
def test_faults_are_named(refuses, path, value, message):
    refuses(path, value, message)


def test_a_rule_is_found_by_its_class_and_by_its_name(make_params):
    rules = make_params(validate__rules__label_length__max=7).validate_.rules
    assert rules[LabelLength].max == rules.label_length.max == 7


def test_rules_come_in_the_order_of_the_registry(make_params):
    rules = make_params().validate_.rules
    assert [type(rule) for rule in rules.on_rows] == list(ROW_RULES)
    assert [type(rule) for rule in rules.on_splits] == list(SPLIT_RULES)
