import pytest
from tests.server.hostile import corpus

from inkpipe.server.request_limits import Limits

CORPUS = corpus()


@pytest.fixture(scope="module")
def narrow(make_client, wait_until):
    """A client of a server that takes 2 MB."""
    with make_client(limits=Limits(max_bytes=1 << 21)) as client:
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
        yield client


def test_there_are_enough():
    assert len(CORPUS) > 100


@pytest.mark.parametrize("name", CORPUS)
def test_it_is_refused_or_an_error_of_its_item(narrow, draw, jpeg, name):
    hostile = CORPUS[name]
    headers = {"Content-Type": hostile.type} if hostile.type else {}
    answer = narrow.post("/recognize?line=true", content=hostile.content, headers=headers)
    content = answer.json()
    assert answer.status_code == hostile.status, content
    if hostile.status == 200:
        (item,) = content["items"]
        assert (item["text"], item["confidence"]) == ("", None)
        content = item
    assert 0 < len(content["error"]) < 400
    for trace in ("Traceback", "DataFrame", "site-packages", "\n"):
        assert trace not in content["error"]
    assert "error" not in narrow.post("/recognize", files={"image": jpeg(draw("A"))}).json()["items"][0]


def test_a_body_that_does_not_tell_its_size_is_counted_as_it_comes(narrow):
    taken = []

    def stream():
        for number in range(100):
            taken.append(number)
            yield bytes(1 << 20)

    answer = narrow.post("/recognize", content=stream(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("The request is too large. Received: ")


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/\0", "/page/__init__.py"]
)
def test_no_path_leads_to_a_file(narrow, path):
    answer = narrow.get(path.replace("\0", "%00"))
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("Nothing is at this path. Received: GET /")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/recognize", "POST"),
        ("PUT", "/recognize", "POST"),
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/metrics", "GET, HEAD"),
    ],
)
def test_other_methods_are_refused_and_the_right_one_named(narrow, method, path, allowed):
    answer = narrow.request(method, path)
    error = f"This path takes {allowed}. Received: {method} {path}."
    assert (answer.status_code, answer.json()) == (405, {"error": error})


def test_a_long_path_is_cut_in_the_message(narrow):
    error = narrow.get("/" + "a" * 5000).json()["error"]
    assert error == f"Nothing is at this path. Received: GET /{'a' * 79}."
