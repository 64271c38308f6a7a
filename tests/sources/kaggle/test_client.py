import base64

import pytest
import requests

from inkpipe.errors import InkpipeError
from inkpipe.sources.kaggle.client import ATTEMPTS, bare, status_of


def test_credentials_of_the_environment_go_to_the_api_and_not_to_storage(service, params, monkeypatch, fetched):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "mine")
    fetched(params())
    assert service.asked[0][2] == "Bearer mine"
    assert service.served[0][2] is None


def test_credentials_of_kaggle_json_go_to_the_api(service, params, tmp_path, fetched):
    (tmp_path / "home/.kaggle").mkdir(parents=True)
    (tmp_path / "home/.kaggle/kaggle.json").write_text('{"username": "me", "key": "mine"}')
    fetched(params())
    assert service.asked[0][2] == "Basic " + base64.b64encode(b"me:mine").decode()
    assert service.served[0][2] is None


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "does not understand the request. Correct data.kaggle.dataset"),
        (401, "does not accept the credentials"),
        (403, "denies access"),
        (404, "no such data set or version"),
        (418, "does not serve the data set now"),
    ],
)
@pytest.mark.parametrize("server", ["api", "storage"])
def test_refusals_end_at_once_with_what_to_do(service, params, pauses, server, status, message, fetched, cached):
    getattr(service, f"{server}_fails")(status)
    with pytest.raises(InkpipeError, match=message) as caught:
        fetched(params(version=9))
    assert f"Received: {status}" in str(caught.value)
    assert "landlord/handwriting-recognition, version 9" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert pauses == []
    assert cached() == []


def test_redirects_in_a_circle_end_at_once(service, params, pauses, fetched, cached):
    for _ in range(40):
        service.storage_fails(302, headers={"Location": service.storage_address})
    with pytest.raises(InkpipeError, match=r"redirect in a circle.*Received: Exceeded 30 redirects") as caught:
        fetched(params())
    assert "Try later" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert pauses == []
    assert cached() == []


def test_no_network(service, params, pauses, monkeypatch, fetched):
    from kagglesdk import kaggle_env

    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, "http://127.0.0.1:9")
    with pytest.raises(InkpipeError, match=r"cannot be reached. Received: .*Connection refused.*HTTPS_PROXY"):
        fetched(params())
    assert pauses == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520, 599])
def test_transient_errors_are_tried_again_with_growing_pauses(service, params, pauses, status, fetched):
    for _ in range(2):
        service.api_fails(status)
        service.storage_fails(status)
    assert fetched(params()) == service.content
    assert pauses == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize(("header", "pause"), [("7", 7.0), ("86400", 300.0), ("soon", 1.0)])
def test_the_service_says_how_long_to_wait(service, params, pauses, header, pause, fetched):
    service.api_fails(429, {"Retry-After": header})
    assert fetched(params()) == service.content
    assert pauses == [pause]


def test_silence_ends(service, params, pauses, fetched):
    service.storage_fails(silent=True)
    assert fetched(params(timeout_seconds=0.3)) == service.content
    for _ in range(ATTEMPTS):
        service.api_fails(silent=True)
    with pytest.raises(
        InkpipeError, match=r"Kaggle cannot be reached. .*timed out.*data.source to synthetic or folder"
    ):
        fetched(params(timeout_seconds=0.2, version=2))


@pytest.mark.parametrize(("latest", "number"), [(3, 3), (None, None), (0, None)])
def test_the_latest_version_is_a_number_or_unknown(service, client, latest, number):
    service.latest = latest
    assert client(version=None).latest_version() == number


def test_a_result_is_returned_without_a_pause(client, pauses):
    assert client().retry(lambda: "done") == "done"
    assert pauses == []


@pytest.mark.parametrize("error", [ValueError("other"), KeyboardInterrupt()])
def test_other_errors_are_not_retried(client, pauses, error):
    def attempt():
        raise error

    with pytest.raises(type(error)):
        client().retry(attempt)
    assert pauses == []


def test_attempts_are_counted_anew_after_progress(client, pauses):
    sizes = iter([0, 0, 5, 5, 5, 5, 5])

    def attempt():
        state["bytes"] = next(sizes)
        raise requests.ConnectionError("broken")

    state = {"bytes": 0}
    with pytest.raises(InkpipeError, match=r"Kaggle cannot be reached. Received: broken"):
        client().retry(attempt, lambda: state["bytes"])
    assert pauses == [1.0, 2.0, 1.0, 2.0, 4.0, 8.0]
    assert list(sizes) == []


def test_each_retry_is_announced_with_its_reason(service, pauses, capsys, fetched, params):
    service.api_fails(503)
    service.storage_fails(silent=True)
    fetched(params(timeout_seconds=0.3))
    lines = [line for line in capsys.readouterr().out.splitlines() if "Next try" in line]
    assert lines == [
        "Kaggle: 503. Next try in 1 s, from byte 0.",
        "Kaggle: ReadTimeout. Next try in 2 s, from byte 0.",
    ]


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("503 for url: http://a/b.zip?X-Signature=secret", "503 for url: http://a/b.zip"),
        ("(url: /b.zip?a=1&b=2) and /c?d", "(url: /b.zip) and /c"),
        ("no address", "no address"),
    ],
)
def test_addresses_lose_their_queries(text, without):
    assert bare(text) == without


def test_an_error_without_an_answer_has_no_status():
    assert status_of(requests.ConnectionError("broken")) is None
