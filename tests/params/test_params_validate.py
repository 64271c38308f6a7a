"""Faults in `validate` that are refused before any work."""

import pytest
import yaml

from inkpipe.errors import InkpipeError
from inkpipe.params import parse_params


@pytest.fixture
def refuses(request):
    def check(path, value, message):
        content = yaml.safe_load((request.config.rootpath / "params.yaml").read_text())
        *sections, last = path.split(".")
        inner = content["validate"]
        for section in sections:
            inner = inner[section]
        inner[last] = value
        with pytest.raises(InkpipeError, match=message):
            parse_params(content)

    return check


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("rules.label_colour", {"action": "warn"}, "validate.rules.label_colour: no such knob"),
        ("rules.label_length.action", "ignore", "validate.rules.label_length.action"),
        ("rules.label_length.tolerance", 1.5, "validate.rules.label_length.tolerance"),
        ("rules.label_present.action", "warn", "validate.rules.label_present.action"),
        ("rules.image_decodes.action", "warn", "validate.rules.image_decodes.action"),
        ("rules.split_sizes.test", 0, "validate.rules.split_sizes.test"),
        ("rules.near_identical_images.distance", 13, "validate.rules.near_identical_images.distance"),
        ("rules.label_characters.categories", ["Latin"], "validate.rules.label_characters.categories"),
        ("rules.aspect.min", 60.0, "a minimum exceeds its maximum. Received: aspect: 60.0 to 50.0"),
        ("rules.image_size.max_width", 4, r"image_size \(width\): 8 to 4"),
        ("always_tolerated", -1, "validate.always_tolerated"),
    ],
)
def test_faults_are_named(refuses, path, value, message):
    refuses(path, value, message)
