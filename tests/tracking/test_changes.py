import json

import pytest

from inkpipe.params.flatten import flatten
from inkpipe.params.model import PRESETS
from inkpipe.tracking.changes import changed_params, describe_changes, flat_params, shown_params


def test_params_are_flat_under_the_names_by_which_they_are_set(make_params):
    flat = flat_params(make_params(lr=0.003, vocabulary__characters=None))
    assert flat["lr"] == "0.003"
    assert flat["data.source"] == "synthetic"
    assert flat["vocabulary.characters"] == "null"
    assert json.loads(flat["model.crnn.channels"])[0] > 0
    assert any(name.startswith("validate.") for name in flat)


def test_the_changes_are_those_of_resolved_values(make_params):
    before = make_params()
    assert before.lr == 0.002
    assert changed_params(make_params(lr=0.002), before) == {}  # was `auto`
    changes = changed_params(make_params(lr=0.003, train__clip_norm=1.0), before)
    assert changes == {"lr": ("0.002", "0.003"), "train.clip_norm": ("5.0", "1.0")}
    assert describe_changes(changes) == "lr 0.003 (was 0.002), train.clip_norm 1.0 (was 5.0)"
    assert (changed_params(before, None), describe_changes({})) == ({}, "none")


def test_what_runs_are_compared_by_is_shown_and_what_was_changed(make_params):
    params = make_params(train__clip_norm=1.0, synthetic__train=100)
    shown = shown_params(params, changed_params(params, make_params()))
    assert len(shown) < 30
    assert shown["lr"] == "0.002"
    assert shown["model.crnn.recurrent"] == "lstm"
    assert (shown["train.clip_norm"], shown["synthetic.train"]) == ("1.0", "100")
    assert "model.bilstm.dropout" not in shown
    assert "train.cycles" not in shown


@pytest.mark.parametrize("preset", PRESETS)
def test_the_network_of_each_preset_is_shown(make_params, preset):
    params = make_params(model__preset=preset)
    section = flatten({"model": {PRESETS[preset].network: params.model.network.model_dump()}})
    assert section.keys() <= shown_params(params, {}).keys()
