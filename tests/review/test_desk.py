"""The desk over HTTP, with the checks of `inkpipe.server` in front."""

import json

import cv2
import numpy as np
import pytest
from tests.review.conftest import ANNA, TEXTS, URL, png

from inkpipe.review.database import open_review
from inkpipe.review.work import claim
from inkpipe.server.guard import make_access

WHO = {"reviewer": "Anna", "session": "session-of-anna"}
TOKEN = "0123456789abcdef"


def said(image, text, **more):
    return {
        **WHO,
        "queue": "confidence",
        "image": image,
        "kind": "text",
        "text": text,
        "key": f"key-{image:08}",
        **more,
    }


def test_claim_decide_and_undo(client, database):
    answer = client.post("/claim", json={**WHO, "queue": "confidence", "count": 2})
    assert [item["name"] for item in answer.json()["items"]] == ["3.png", "2.png"]
    answer = client.post("/decide", json=said(3, "AC", seconds=1.5))
    assert (answer.status_code, answer.json()) == (200, {"decided": "corrected"})
    row = database.row("SELECT * FROM decisions")
    assert (row["text"], row["reviewer"], row["seconds"], row["undone_at"]) == ("AC", "Anna", 1.5, None)
    answer = client.post("/undo", json={**WHO, "queue": "confidence"})
    assert answer.json()["item"]["decided"] == {"kind": "corrected", "text": "AC"}
    assert client.post("/undo", json={**WHO, "queue": "confidence"}).status_code == 404
    assert client.post("/release", json=WHO).json() == {"released": True}
    assert database.value("SELECT count(*) FROM claims") == 0


def test_a_second_person_is_told_who_was_first(client):
    client.post("/decide", json=said(3, "AC"))
    answer = client.post("/decide", json=said(3, "B", reviewer="Ben", session="session-of-ben", key="key-of-ben"))
    assert answer.status_code == 409
    assert answer.json() == {"error": "Anna has checked this image meanwhile: 'AC'. Yours was not saved; go on."}


def test_an_answer_that_is_sent_again_is_saved_once(client, database):
    assert client.post("/decide", json=said(3, "B")).json() == client.post("/decide", json=said(3, "B")).json()
    assert database.value("SELECT count(*) FROM decisions") == 1


def test_the_overview_counts(client, database):
    for image, kind in ((3, "text"), (2, "unreadable"), (5, "skipped")):
        text = "B" if kind == "text" else None
        client.post("/decide", json=said(image, text, kind=kind, queue="random", seconds=10))
    state = client.get("/overview?threshold=0.5").json()
    assert state["images"] == 5
    assert state["decided"] == {"accepted": 1, "corrected": 0, "unreadable": 1}
    assert state["left"] == {"confidence": 3, "labels": 0, "random": 3, "skipped": 1}
    assert state["people"] == [{"name": "Anna", "images": 2, "per_hour": 360}]
    assert state["error_rate"]["threshold"] == 0.5
    assert state["queues"]["random"]["title"] == "Random sample"


def test_images_are_sent_as_they_are_or_as_png(make_client, tmp_path, fill):
    fill(tmp_path / "r.review.sqlite")
    tiff = cv2.imencode(".tif", np.full((8, 16), 200, np.uint8))[1].tobytes()
    with open_review(tmp_path / "r.review.sqlite") as database, make_client(database) as client:
        with database.change() as connection:
            connection.execute("UPDATE pictures SET content = ? WHERE image = 2", [tiff])
            connection.execute("UPDATE pictures SET content = ? WHERE image = 3", [b"<svg onload=alert(1)>"])
        answer = client.get("/images/1")
        assert (answer.content, answer.headers["content-type"]) == (png(1), "image/png")
        assert "immutable" in answer.headers["Cache-Control"]
        answer = client.get("/images/2")
        assert answer.headers["content-type"] == "image/png"
        assert cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_GRAYSCALE).tolist() == [[200] * 16] * 8
        answer = client.get("/images/3")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


HOSTILE = {
    "not JSON": ("/decide", "{", 400),
    "nothing": ("/decide", "", 400),
    "a list": ("/claim", "[]", 422),
    "deep": ("/claim", "[" * 20_000, 400),
    "a foreign field": ("/claim", json.dumps({**WHO, "queue": "confidence", "count": 1, "path": "/etc/passwd"}), 422),
    "a foreign queue": ("/claim", json.dumps({**WHO, "queue": "1; DROP TABLE images", "count": 1}), 422),
    "too many": ("/claim", json.dumps({**WHO, "queue": "random", "count": 10**9}), 422),
    "a text as a number": ("/claim", json.dumps({**WHO, "queue": "random", "count": "1"}), 422),
    "no name": ("/claim", json.dumps({**WHO, "reviewer": " ", "queue": "random", "count": 1}), 422),
    "a name with a line break": ("/claim", json.dumps({**WHO, "reviewer": "A\nB", "queue": "random", "count": 1}), 422),
    "half a character": (
        "/claim",
        '{"reviewer": "\\ud800", "session": "12345678", "queue": "random", "count": 1}',
        400,
    ),
    "a long name": ("/claim", json.dumps({**WHO, "reviewer": "A" * 61, "queue": "random", "count": 1}), 422),
    "a session of SQL": ("/claim", json.dumps({**WHO, "session": "' OR 1=1 --", "queue": "random", "count": 1}), 422),
    "no such image": ("/decide", json.dumps(said(99, "A")), 404),
    "image zero": ("/decide", json.dumps(said(0, "A")), 422),
    "a huge image number": ("/decide", json.dumps(said(1 << 70, "A")), 422),
    "an empty text": ("/decide", json.dumps(said(3, "  ")), 422),
    "a long text": ("/decide", json.dumps(said(3, "A" * 1001)), 422),
    "a control character": ("/decide", json.dumps(said(3, "A\x00")), 422),
    "a text of no kind": ("/decide", json.dumps(said(3, "A", kind="skipped")), 422),
    "no text": ("/decide", json.dumps(said(3, None)), 422),
    "negative seconds": ("/decide", json.dumps(said(3, "A", seconds=-1)), 422),
    "seconds that are no number": ("/decide", json.dumps(said(3, "A")).replace("{", '{"seconds": NaN, ', 1), 422),
    "a huge body": ("/decide", json.dumps(said(3, "A" * 70_000)), 413),
}


@pytest.mark.parametrize(("path", "body", "status"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_request_is_refused_and_changes_nothing(client, database, path, body, status):
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert "Traceback" not in answer.text
    assert database.value("SELECT count(*) FROM decisions") == database.value("SELECT count(*) FROM claims") == 0
    assert database.value("SELECT count(*) FROM images") == 5


NO_FILES = (
    *("/images/99", "/images/-1", "/images/1e3", f"/images/{1 << 80}", "/images/"),
    *("/images/..%2f..%2fetc%2fpasswd", "/images/%2e%2e/desk.js", "/desk_page/desk.js", "/forms.review.sqlite"),
)


@pytest.mark.parametrize("path", NO_FILES)
def test_no_path_reaches_a_file(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("threshold", ["", "x", "-0.1", "1.1", "nan", "1e-3", "0.5' OR 1", "\u0661"])
def test_a_bad_threshold_is_refused(client, threshold):
    assert client.get("/overview", params={"threshold": threshold}).status_code == 422


def test_a_form_of_another_site_is_refused(client, database):
    body = {**WHO, "queue": "confidence", "count": 1}
    assert client.post("/claim", json=body, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post("/claim", content=json.dumps(body), headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post("/claim", json=body, headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"Host": "evil.example:8081"}).status_code == 400
    assert client.get("/images/1", headers={"Host": "evil.example"}).status_code == 400
    assert database.value("SELECT count(*) FROM claims") == 0
    assert client.post("/claim", json=body, headers={"Origin": URL}).status_code == 200


def test_with_a_token_only_the_page_itself_is_for_all(database, make_client):
    with make_client(database, make_access("127.0.0.1", (), TOKEN)) as client:
        assert [client.get(path).status_code for path in ("/", "/desk.css", "/desk.js", "/base.css")] == [200] * 4
        for path in ("/overview", "/images/1"):
            assert client.get(path).status_code == 401
        assert client.post("/claim", json={**WHO, "queue": "random", "count": 1}).status_code == 401
        shown = {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/images/1", headers=shown).status_code == 200
        assert client.post("/claim", json={**WHO, "queue": "random", "count": 1}, headers=shown).status_code == 200


@pytest.mark.parametrize("path", ["/", "/desk.css", "/desk.js", "/base.css", "/base.js"])
def test_the_page_needs_nothing_from_elsewhere_and_writes_no_html(client, path):
    import re

    answer = client.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'; script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|document\.write|\bon\w+=|style=", answer.text)


def test_a_review_that_cannot_be_written_is_told_without_its_path(client, database):
    with database.change() as connection:
        connection.execute("DROP TABLE claims")
    answer = client.post("/claim", json={**WHO, "queue": "random", "count": 1})
    assert answer.status_code == 503
    assert answer.json()["error"].startswith("Nothing was saved: the review cannot be used; the log says why.")
    assert str(database.path) not in answer.text


def test_markup_in_a_name_or_a_label_is_text_in_the_answer(tmp_path, fill, make_client):
    file = tmp_path / "r.review.sqlite"
    fill(file, labels={3: "<img src=x onerror=alert(1)>"})
    with open_review(file) as database, make_client(database) as client:
        answer = client.post("/claim", json={**WHO, "queue": "confidence", "count": 1})
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["items"][0]["label"] == "<img src=x onerror=alert(1)>"
        assert len(claim(database, ANNA, "confidence", len(TEXTS))) == 5
