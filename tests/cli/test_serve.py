import json
import shutil
import signal
import subprocess
import sys
import time

import httpx2
import pytest
from tests.sessions import session_members

from inkpipe.cli import _parser
from inkpipe.model.artifacts import model_digest
from inkpipe.server.request_limits import Limits
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.registry import register, set_alias

pytest_plugins = ["tests.tiny"]


def test_the_limits_that_the_help_shows_are_those_of_the_server():
    """The command line repeats them, so that its help need not import the server."""
    given = _parser().parse_args(["serve"])
    assert Limits(given.max_bytes, given.max_items, given.max_pixels) == Limits()


@pytest.fixture
def models(light_model, tmp_path):
    """Two models that differ in their settings alone."""
    other = tmp_path / "other"
    shutil.copytree(light_model, other)
    settings = json.loads((other / "recognizer.json").read_text())
    settings["decode"]["temperature"] = 2.0
    (other / "recognizer.json").write_text(json.dumps(settings))
    return light_model, other


@pytest.fixture
def serve(tmp_path):
    """Run the command until the test ends: `serve() -> (process, URL)`."""
    command = [sys.executable, "-m", "inkpipe", "serve", "--port", "0"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True) as process,
    ):
        yield lambda: (process, process.stdout.readline().split()[0])
        process.kill()


@pytest.mark.slow
def test_a_new_champion_of_the_registry_is_served_and_no_request_fails(
    own_store, models, serve, make_params, draw, jpeg
):
    store = connect()

    def promote(folder):
        version = register(store, "inkpipe", folder, ensure_run(store, folder, [], make_params()))
        set_alias(store, version, "champion")
        return model_digest(folder)

    def served():
        answer = httpx2.post(f"{url}/recognize", files={"image": jpeg(draw("A"))}, timeout=60)
        return answer.status_code, answer.json().get("model")

    first = promote(models[0])
    process, url = serve()
    while httpx2.get(f"{url}/readyz").status_code != 200:
        time.sleep(0.1)
    assert served() == (200, {"version": "inkpipe version 1", "digest": first})
    second = promote(models[1])
    answers = [served()]
    while answers[-1][1]["version"] == "inkpipe version 1":  # the test's timeout bounds it
        answers.append(served())
        time.sleep(0.1)
    assert {status for status, _ in answers} == {200}
    assert answers[-1][1] == {"version": "inkpipe version 2", "digest": second}
    assert f'inkpipe_model{{digest="{second}",version="inkpipe version 2"}} 1.0' in httpx2.get(f"{url}/metrics").text
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not list(session_members(process.pid))
