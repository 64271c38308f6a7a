import json
import re
from contextlib import contextmanager

import pytest

from inkpipe.errors import InkpipeError


def test_health_and_readiness(make_client, wait_until, found, draw, jpeg):
    state = {"found": InkpipeError("It lies in /secret.")}

    def find():
        if isinstance(state["found"], InkpipeError):
            raise state["found"]
        return state["found"]

    problem = "The model that should be served is not loaded; the server's log says why."
    with make_client(find=find) as client:
        assert client.get("/healthz").json() == {"alive": True}
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False, "model": None, "problem": problem})
        answer = client.post("/recognize", files={"image": jpeg(draw("A"))})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.json()["error"].startswith("The model is not up yet.")
        state["found"] = found
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
        assert client.get("/readyz").json() == {"ready": True, "model": "tiny version 1"}
        state["found"] = InkpipeError("Gone.")
        wait_until(client, "/readyz", lambda answer: "problem" in answer.json())
        assert client.get("/readyz").json() == {"ready": True, "model": "tiny version 1", "problem": problem}
        state["found"] = found._replace(version="tiny version 2")
        wait_until(client, "/readyz", lambda answer: answer.json()["model"] == "tiny version 2")
        answer = client.post("/recognize", files={"image": jpeg(draw("A"))}).json()
        assert answer["model"]["version"] == "tiny version 2"


def test_the_log_is_closed_although_the_model_cannot_be(make_client, wait_until, found):
    @contextmanager
    def opened():
        with found.open() as recognizer:
            yield recognizer
        raise OSError("It does not end.")

    class Log:
        closed = False

        def write_if_due(self):
            pass

        def close(self):
            self.closed = True

    log = Log()
    with (
        pytest.raises(OSError, match="It does not end"),
        make_client(find=lambda: found._replace(open=opened), log=log) as client,
    ):
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
    assert log.closed


def test_metrics(make_client, wait_until, recognizer, draw, jpeg):
    with make_client() as client:
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
        files = [("image", content) for content in (jpeg(draw("A")), jpeg(draw("")), b"none", b"", b"none")]
        client.post("/recognize", files=files)
        client.post("/recognize?top=0")
        client.get("/invented")
        lines = client.get("/metrics").text.splitlines()
    assert f'inkpipe_model{{digest="{recognizer.digest}",version="tiny version 1"}} 1.0' in lines
    for line in (
        'inkpipe_requests_total{path="/recognize",status="200"} 1.0',
        'inkpipe_requests_total{path="/recognize",status="422"} 1.0',
        'inkpipe_requests_total{path="other",status="404"} 1.0',
        "inkpipe_items_total 5.0",
        'inkpipe_item_errors_total{reason="Not an image"} 3.0',
        "inkpipe_item_warnings_total 1.0",
        "inkpipe_recognize_seconds_count 1.0",
    ):
        assert line in lines


def test_openapi_tells_routes_limits_and_shapes(client):
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {"/recognize", "/healthz", "/readyz", "/metrics"}
    top = document["paths"]["/recognize"]["post"]["parameters"][0]
    assert top["schema"] == {"type": "integer", "minimum": 1, "maximum": 10}
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert (
        references
        == set(document["components"]["schemas"])
        == {"Images", "Answer", "Item", "Model", "Alternative", "Problem"}
    )


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/page.css", "text/css"),
        ("/page.js", "text/javascript"),
        ("/base.css", "text/css"),
        ("/base.js", "text/javascript"),
    ],
)
def test_the_page_needs_nothing_from_elsewhere(client, path, kind):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    assert "default-src 'none'; script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|document\.write|\bon\w+=|style=", answer.text)


def test_a_defect_is_one_message(make_client, wait_until, found, monkeypatch):
    from inkpipe.server import prometheus

    with make_client() as client:
        with monkeypatch.context() as during:
            during.setattr(prometheus, "generate_latest", lambda _registry: 1 / 0)
            answer = client.get("/metrics")
        lines = client.get("/metrics").text.splitlines()
    assert (answer.status_code, answer.json()) == (500, {"error": "The server has a defect; its log says which."})
    assert 'inkpipe_requests_total{path="/metrics",status="500"} 1.0' in lines
