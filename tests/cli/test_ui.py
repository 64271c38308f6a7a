import os
import socket
import sys

import pytest

from inkpipe.cli import main

pytest_plugins = ["tests.tiny"]


def test_ui_becomes_the_server_of_the_projects_own_store(own_store, monkeypatch, capsys):
    own_store.touch()
    calls = []
    monkeypatch.setattr(os, "execve", lambda *arguments: calls.append(arguments))
    with pytest.raises(TypeError):  # a real execve does not come back
        main(["ui", "--port", "5055"])
    ((program, command, environment),) = calls
    assert program == sys.executable
    options = dict(zip(command[4::2], command[5::2], strict=True))
    assert command[:4] == [sys.executable, "-m", "mlflow", "server"]
    assert options["--host"] == "127.0.0.1"
    assert options["--port"] == "5055"
    assert options["--backend-store-uri"] == f"sqlite:///{own_store.resolve()}"
    assert options["--artifacts-destination"] == (own_store.parent / "mlartifacts").resolve().as_uri()
    assert environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    printed = capsys.readouterr().out
    assert "MLflow UI: http://127.0.0.1:5055 " in printed
    assert "first: http://127.0.0.1:5055/#/experiments/1/runs?viewStateShareKey=inkpipe\n" in printed


def test_ui_of_a_server_is_the_servers(monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server:5000")
    assert main(["ui"]) == 0
    assert "http://server:5000" in capsys.readouterr().out


def test_a_port_that_is_in_use_is_one_message(own_store, monkeypatch, capsys):
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("the server is started"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["ui", "--port", str(port)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"inkpipe ui: The address cannot be bound to. Received: --host 127.0.0.1 --port {port}, " in printed.err
    assert printed.err.endswith("Give another --port.\n")
