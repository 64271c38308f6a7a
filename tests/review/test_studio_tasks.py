import json

import pytest
from lxml import etree
from tests.review.conftest import ANNA, png

from inkpipe.errors import InkpipeError
from inkpipe.review.studio_tasks import read_annotations, write_tasks
from inkpipe.review.work import decide


def annotated(name, *annotations):
    """A task as Label Studio exports it, with keys that inkpipe does not know."""
    return {
        "id": 7,
        "inner_id": 1,
        "project": 1,
        "data": {"image": "/data/local-files/?d=images/0000003.png", "inkpipe_name": name, "confidence": 0.3},
        "meta": {},
        "predictions": [],
        "annotations": list(annotations),
    }


def annotation(text=None, *, unreadable=False, **more):
    result = []
    if text is not None:
        value = {"text": [text]}
        common = {"id": "x", "origin": "manual", "to_name": "image"}
        result.append({**common, "from_name": "transcription", "type": "textarea", "value": value})
    if unreadable:
        result.append(
            {"from_name": "state", "to_name": "image", "type": "choices", "value": {"choices": ["unreadable"]}}
        )
    times = {"created_at": "2026-01-02T03:04:05.000000Z", "updated_at": "2026-01-02T05:04:05.678900+02:00"}
    return {"id": 11, "completed_by": 5, "was_cancelled": False, "lead_time": 4.5, "result": result, **times, **more}


@pytest.fixture
def take(database, tmp_path):
    """Import tasks: `take(task, ...)`."""

    def taken(*tasks):
        (tmp_path / "export.json").write_text(json.dumps(tasks))
        return read_annotations(database, tmp_path / "export.json")

    return taken


def test_tasks_have_predictions_in_the_documented_form_and_names_of_the_configuration(database, answer, tmp_path):
    decide(database, ANNA, answer(2, "AB"))
    assert write_tasks(database, tmp_path / "out", "http://host/images/") == 4
    first, *_ = json.loads((tmp_path / "out/tasks.json").read_text())
    assert first == {
        "data": {"image": "http://host/images/0000003.png", "inkpipe_name": "3.png", "confidence": 0.3},
        "predictions": [
            {
                "model_version": "inkpipe version 1",
                "score": 0.3,
                "result": [
                    {"from_name": "transcription", "to_name": "image", "type": "textarea", "value": {"text": ["B"]}}
                ],
            }
        ],
    }
    assert (tmp_path / "out/images/0000003.png").read_bytes() == png(3)
    assert len(list((tmp_path / "out/images").iterdir())) == 4
    view = etree.fromstring((tmp_path / "out/config.xml").read_bytes())
    image, text, choices = view
    assert (image.tag, image.get("name"), image.get("value")) == ("Image", "image", "$image")
    assert (text.tag, text.get("name"), text.get("toName")) == ("TextArea", "transcription", "image")
    assert (choices.get("name"), [each.get("value") for each in choices]) == ("state", ["unreadable"])


def test_annotations_become_decisions_with_who_and_when(database, take):
    result = take(
        annotated("3.png", annotation("AC")),
        annotated("4.png", annotation("ABA", completed_by={"id": 5, "email": "a@b.c", "first_name": ""})),
        annotated("2.png", annotation(unreadable=True)),
        annotated("1.png", annotation("A", was_cancelled=True)),
        annotated("5.png", annotation()),
    )
    assert result == (3, 2, 0, [])
    rows = database.rows("SELECT kind, text, reviewer, decided_at, seconds, queue FROM decisions ORDER BY id")
    at = "2026-01-02T03:04:05.678+00:00"
    assert [tuple(row) for row in rows] == [
        ("corrected", "AC", "label studio 5", at, 4.5, "label studio"),
        ("accepted", "ABA", "label studio a@b.c", at, 4.5, "label studio"),
        ("unreadable", None, "label studio 5", at, 4.5, "label studio"),
    ]


def test_the_last_annotation_counts_and_an_import_again_changes_nothing(database, take):
    older = annotation("OLD", updated_at="2026-01-01T00:00:00Z")
    task = annotated("3.png", annotation("AC", id=12, updated_at="2026-02-01T00:00:00Z"), older)
    assert take(task) == (1, 0, 0, [])
    assert take(task) == (0, 0, 1, [])
    assert database.value("SELECT group_concat(text) FROM decisions") == "AC"


def test_what_is_checked_already_stays_and_is_told(database, take, answer):
    decide(database, ANNA, answer(3, "B"))
    tasks = {"3.png": "AC", "gone.png": "A", "1.png": "A\nB"}
    result = take(*(annotated(name, annotation(text)) for name, text in tasks.items()))
    assert result[:3] == (0, 0, 0)
    assert [name for name, _ in result.refused] == ["3.png", "gone.png", "1.png"]
    assert "Anna has checked this image meanwhile" in result.refused[0][1]
    assert database.value("SELECT count(*) FROM decisions") == 1


FOREIGN = {
    "another review": [annotated("elsewhere/1.png", annotation("A"))],
    "JSON-MIN": [{"image": "/1.png", "transcription": "A", "annotator": 1}],
    "an object": {"tasks": []},
    "a text as a number": [{"data": {"inkpipe_name": 3}, "annotations": []}],
    "results of another shape": [annotated("3.png", annotation(result=[{"value": {"text": {"a": 1}}}]))],
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_other_exports_are_refused_as_a_whole(database, tmp_path, content):
    (tmp_path / "export.json").write_text(json.dumps(content))
    with pytest.raises(InkpipeError, match=r"is of another review|is no JSON export of tasks that inkpipe made"):
        read_annotations(database, tmp_path / "export.json")
    assert database.value("SELECT count(*) FROM decisions") == 0


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused(database, tmp_path, content):
    (tmp_path / "export.json").write_bytes(content)
    with pytest.raises(InkpipeError, match="is no JSON export"):
        read_annotations(database, tmp_path / "export.json")
