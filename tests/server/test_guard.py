import pytest

from inkpipe.errors import InkpipeError
from inkpipe.server.guard import make_access, read_token

TOKEN = "a-token-of-some-length"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "127.0.0.1", "localhost:99", "LOCALHOST", "[::1]:8080"])
def test_a_server_on_loopback_has_the_names_of_loopback(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil.example:8080", "", "localhost@evil.example", "localhost/", "[::1",
     "localhost:x", "127.0.0.1, evil.example", "127.0.0.2"],
)  # fmt: skip
def test_any_other_host_is_refused(client, host):
    answer = client.get("/healthz", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"The server has another name. Received: Host {host!r}.")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8080", 200),
        ("https://127.0.0.1:8080", 200),  # behind a proxy
        ("http://127.0.0.1:9999", 403),
        ("http://localhost:8080", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
        ("http://127.0.0.1:8080.evil.example", 403),
    ],
)
def test_only_its_own_pages_may_post(client, draw, jpeg, origin, status):
    answer = client.post("/recognize", files={"image": jpeg(draw("A"))}, headers={"Origin": origin})
    assert answer.status_code == status
    assert client.get("/healthz", headers={"Origin": origin}).status_code == 200


def test_with_a_token_all_but_the_page_and_the_probes_are_closed(make_client, wait_until, draw, jpeg):
    image = {"image": jpeg(draw("A"))}
    with make_client(access=make_access("127.0.0.1", (), TOKEN)) as client:
        wait_until(client, "/readyz", lambda answer: answer.status_code == 200)
        for path in ("/", "/page.js", "/page.css", "/base.js", "/base.css", "/healthz"):
            assert client.get(path).status_code == 200
        for path in ("/metrics", "/openapi.json", "/nowhere"):
            assert client.get(path).status_code == 401
        for shown in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", b"Bearer \xff"):
            answer = client.post("/recognize", files=image, headers={"Authorization": shown})
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
            assert answer.json() == {
                "error": "The token is missing or wrong. Send the header `Authorization: Bearer TOKEN`."
            }
        assert client.post("/recognize", files=image, headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


def test_access():
    loopback = {"localhost", "127.0.0.1", "::1"}
    assert make_access("127.0.0.1", (), None).hosts == loopback
    assert make_access("::1", ["Desk"], None).hosts == {*loopback, "desk"}
    assert make_access("192.0.2.7", (), TOKEN).hosts == {"192.0.2.7"}
    assert make_access("0.0.0.0", ["desk"], TOKEN).hosts == {*loopback, "desk", "0.0.0.0"}
    for host in ("0.0.0.0", "192.0.2.7", "::", "desk"):
        with pytest.raises(InkpipeError, match="without a token. Give --token-file, or bind to 127.0.0.1"):
            make_access(host, ["desk"], None)
    with pytest.raises(InkpipeError, match="Say with --allow-host"):
        make_access("::", (), TOKEN)


def test_a_token_is_a_line_that_cannot_be_guessed(tmp_path):
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    assert read_token(path) == TOKEN
    for content in ("", "short", "two words of some length", "\N{GREEK SMALL LETTER ALPHA}" * 20, f"{TOKEN}\n{TOKEN}"):
        path.write_text(content)
        with pytest.raises(InkpipeError, match="The token "):
            read_token(path)
    with pytest.raises(InkpipeError, match=r"The token cannot be read\. Received: .*gone"):
        read_token(tmp_path / "gone")
