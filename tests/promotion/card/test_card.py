"""The model card: its text from facts, its way through the store, and the exported folder."""

import json
import re
import shlex
from dataclasses import replace

import pytest
import yaml

from inkpipe.errors import InkpipeError
from inkpipe.promotion.card.card_facts import CardFacts
from inkpipe.promotion.card.card_store import export_card, log_card, read_card
from inkpipe.promotion.card.card_text import card_text, front_matter
from inkpipe.promotion.decision import Decision, RatedModel
from inkpipe.promotion.moves import Move
from inkpipe.promotion.record import record_decision
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.registry import register

pytest_plugins = ["tests.tiny"]


def rates(n, cer, low, high):
    names = {"cer": (cer, low, high), "wer": (0.2, 0.1, 0.3), "exact": (0.8, 0.7, 0.9)}
    names["cer_empty_penalty"] = (cer, low, high)
    ends = ("", "_low", "_high")
    return {"n": n} | {
        f"{name}{end}": value for name, values in names.items() for end, value in zip(ends, values, strict=True)
    }


FACTS = CardFacts(
    source={"source": "kaggle", "dataset": {"version": 3, "sha256": "ab12"}},
    splits={
        "test": {"rows": 120, "accepted": 118, "quarantined": 2},
        "train": {"rows": 900, "accepted": 900, "quarantined": 0},
    },
    quarantined={"label_present": 2},
    skipped={},
    synthetic={},
    digests={"kaggle corpus": "c0ffee.dir"},
    scores={**rates(118, 0.05, 0.04, 0.06), "calibration_error": 0.02, "coverage_at_10_percent_errors": 0.9,
            "coverage_at_0_5_percent_errors": 0.4, "observed_at_10_percent_errors": 0.11},
    slices={
        "writer": {
            "anna": rates(40, 0.2, 0.1, 0.3), "ben": rates(60, 0.02, 0.01, 0.03), "cy": rates(29, 0.9, 0.8, 1),
        }
    },
    characters=["A", "B", "`"],
    longest_label=12,
    frames=64,
    image=[32, 256],
    decoder={"method": "beam"},
    files={"recognizer.json": 1234},
    parameters={
        "lr": 1e-05, "model": {"preset": "crnn"}, "train": {"schedule": "one_cycle"},
        "data": {"folder": {"group_pattern": r"_(\d{4})"}},
    },
    changes={
        "lr": ["0.002", "1e-05"], "train.schedule": ["cosine", "one_cycle"],
        "data.folder.group_pattern": ["null", r"_(\d{4})"],
    },
    commit="abc123",
    dirty=False,
    experiment="tasty",
    lock="10c4",
)  # fmt: skip
VERSION = ModelVersion("inkpipe", 4, "run1", "models:/m-1", ("champion",), "d1gest")
DECISION = Decision(True, {"n": 118, "cer": 0.05}, RatedModel("d1gest", 0.05), None, "It is better.", images="t3st")


def section(text, title):
    return re.search(rf"^## {title}\n\n(.*?)(?=\n## |\Z)", text, re.DOTALL | re.MULTILINE).group(1)


def written(**values):
    moves = [Move(3, None, "gate", "first", time="t1"), Move(4, 3, "person", "x|y", time="t2")]
    return card_text(VERSION, replace(FACTS, **values), DECISION, moves, judged=7)


def test_the_front_matter_is_yaml_that_the_hub_reads():
    text = written()
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front) == front_matter(VERSION, FACTS)
    (result,) = yaml.safe_load(front)["model-index"][0]["results"]
    assert [(metric["type"], metric["value"]) for metric in result["metrics"]] == [
        ("cer", 0.05), ("wer", 0.2), ("exact_match", 0.8),
    ]  # fmt: skip
    assert result["dataset"] == {"name": "kaggle corpus", "type": "kaggle", "split": "test"}
    assert body.startswith("\n# inkpipe version 4\n\nIt recognizes")


def test_data_stands_with_counts_digests_and_quarantine():
    data = section(written(), "Data")
    assert "| dataset.version | `3` |" in data
    assert data.index("| train | 900 | 900 | 0 |") < data.index("| test | 120 | 118 | 2 |")
    assert "- Quarantined by the data contract: label_present 2.\n- Skipped at download: nothing." in data
    assert "| kaggle corpus | `c0ffee.dir` |" in data


def test_scores_have_intervals_and_the_worst_slices_of_enough_images_come_first():
    scores = section(written(), "Scores")
    assert "| Character error rate | 5.00% (4.00% to 6.00%) |" in scores
    assert "Models judged on these test images so far: 7." in scores
    assert scores.index("| writer | anna | 40 | 20.00%") < scores.index("| writer | ben | 60 | 2.00%")
    assert "cy" not in scores  # 29 images say little


def test_calibration_has_the_thresholds_in_the_order_of_the_errors_aimed_at():
    calibration = section(written(), "Calibration")
    assert "| Calibration error | 2.00% |" in calibration
    assert calibration.index("| 0.5 % | 40.0% |  |") < calibration.index("| 10 % | 90.0% | 11.00% |")


def test_limits_follow_from_the_facts():
    limits = section(written(), "Limits")
    assert "synthetic" not in limits
    assert "It knows 3 characters and predicts no other: `` AB` ``." in limits
    assert "certainly worse where writer is anna: CER 20.00% (10.00% to 30.00%) on 40 images" in limits
    assert "ben" not in limits
    assert "The test images are synthetic" in section(written(source={"source": "synthetic"}), "Limits")


@pytest.mark.parametrize(
    ("values", "said", "unsaid"),
    [
        ({}, "does not know the license of the corpus (source `kaggle`)", "Faker"),
        ({"source": {"source": "synthetic"}}, "Faker (MIT)", "source `"),
        ({"source": {"source": "mixed"}, "synthetic": {"train": {"rows": 9, "accepted": 9}}}, "source `mixed`", "\n\n"),
    ],
)
def test_licenses_are_told_as_far_as_they_are_known(values, said, unsaid):
    licenses = section(written(**values), "Licenses")
    assert said in licenses
    assert unsaid not in licenses.rstrip()
    assert ("Faker" in licenses) == (values.get("source", {}).get("source") in ("synthetic", "mixed"))


def test_the_command_makes_the_training_of_the_commit_again():
    text = written()
    assert "| `train.schedule` | `cosine` | `one_cycle` |" in section(text, "Parameters")
    command = next(line for line in section(text, "How to reproduce it").splitlines() if line.startswith("dvc"))
    pattern = r"data.folder.group_pattern='_(\d{4})'"
    settings = ["-S", "lr=1e-05", "-S", "train.schedule=one_cycle", "-S", pattern]
    assert shlex.split(command) == ["dvc", "exp", "run", *settings]
    assert "git checkout abc123 && make setup\ndvc repro\n" in section(written(changes={}), "How to reproduce it")
    assert "not known" in section(written(changes=None, commit=None, dirty=None), "How to reproduce it")


def test_the_decision_and_the_moves_of_this_version_are_told():
    decision = section(written(), "Decision")
    assert decision.startswith("champion. It is better.")
    assert "| t2 | 3 → 4 | person | x\\|y |" in decision
    assert "t1" not in decision
    assert "Alias at the time of this card: champion." in decision


@pytest.fixture
def registered(name, trained, make_params):
    """A store, and a version with a decision and a card."""
    store, folder = connect(), trained("model")
    version = register(store, name, folder, ensure_run(store, folder, [], make_params()))
    record_decision(store, version, replace(DECISION, candidate=RatedModel(version.digest, 0.05)), version.run_id)
    log_card(store, version, FACTS)
    return store, version


def test_a_card_tells_what_the_registry_says_today(registered):
    store, version = registered
    assert "champion. It is better." in read_card(store, version)
    assert "Models judged on these test images so far: 1." in read_card(store, version)
    record_decision(store, version, replace(DECISION, promoted=False, reason="It is worse."), version.run_id)
    assert "rejected. It is worse." in read_card(store, version)
    names = {entry.path for entry in store.client.list_artifacts(version.run_id)}
    assert {"model_card.md", "model_card.json"} <= names


def test_the_exported_folder_has_card_parameters_and_the_registered_files(registered, tmp_path):
    store, version = registered
    folder = export_card(store, version, tmp_path / "out")
    files = {path.name for path in folder.iterdir()}
    assert files == {"README.md", "params.yaml", "architecture.json", "model.weights.h5", "recognizer.json"}
    assert (folder / "model.weights.h5").read_text() == "model"
    assert (folder / "README.md").read_text() == read_card(store, version)
    assert yaml.safe_load((folder / "params.yaml").read_text()) == FACTS.parameters
    with pytest.raises(InkpipeError, match=r"is not empty\. Received: .*out with README\.md\. Name a new one"):
        export_card(store, version, folder)


def test_a_version_without_a_card_is_one_message(name, trained, make_params):
    store, folder = connect(), trained("model")
    version = register(store, name, folder, ensure_run(store, folder, [], make_params()))
    with pytest.raises(InkpipeError, match=r"has no model card.*`dvc repro -sf promote` writes it"):
        read_card(store, version)


def test_facts_come_back_from_json_and_those_of_another_version_are_refused():
    assert CardFacts.from_json(FACTS.to_json()) == FACTS
    content = json.loads(FACTS.to_json())
    del content["frames"]
    with pytest.raises(InkpipeError, match="of another version of inkpipe"):
        CardFacts.from_json(json.dumps(content))
