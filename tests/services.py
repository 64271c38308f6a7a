"""Real servers on loopback for slow tests: S3, PostgreSQL, MLflow. Each is a context manager that ends it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def free_port():
    with socket.socket() as connection:
        connection.bind(("127.0.0.1", 0))
        return connection.getsockname()[1]


@contextmanager
def s3_server(bucket):
    """moto's S3 with an empty bucket: the address of its endpoint."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    try:
        client = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        client.create_bucket(Bucket=bucket)
        yield url
    finally:
        server.stop()


def postgres_programs():
    """The folder of initdb and postgres: on the PATH, or where Debian puts them; else the test is skipped."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    if not found:
        pytest.skip("no PostgreSQL server is installed: initdb is neither on the PATH nor in /usr/lib/postgresql/*/bin")
    return found[-1]


@contextmanager
def postgres_server(user, password, name):
    """A PostgreSQL server with one database that its user owns: the URI with the password.

    PostgreSQL refuses to run as root, so root runs it as an account without rights, in a folder that is open to it.
    """
    programs, port, account = postgres_programs(), free_port(), {}
    with TemporaryDirectory(prefix="inkpipe-postgres-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        password_file, log = folder / "password", folder / "log"
        password_file.write_text(password)
        password_file.chmod(0o644)
        initialize = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", user, "--auth=scram-sha-256"]
        call([*initialize, f"--pwfile={password_file}", "--no-sync"], cwd=folder, **account)
        command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-h", "127.0.0.1", "-F"]
        with log.open("w") as output:
            server = subprocess.Popen([*command, "-k", temporary], stdout=output, stderr=output, cwd=folder, **account)
        try:
            address = ["-h", "127.0.0.1", "-p", str(port), "-U", user]
            wait_for(lambda: succeeds([str(programs / "pg_isready"), *address]), server, log)
            call([str(programs / "createdb"), *address, name], env={**os.environ, "PGPASSWORD": password})
            yield f"postgresql://{user}:{password}@127.0.0.1:{port}/{name}"
        finally:
            server.send_signal(signal.SIGINT)  # SIGTERM would wait for connections that a pool keeps open
            server.wait()


def call(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr


def succeeds(command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def mlflow_server(folder, database, artifacts, environment):
    """`mlflow server` that passes all files on to `artifacts`: its address. Its log is in the folder."""
    folder.mkdir()
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--artifacts-destination", artifacts]
    # the address of the database as a variable: an option could be read in the list of processes
    environment = {
        **os.environ,
        **environment,
        "MLFLOW_BACKEND_STORE_URI": database,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    log = (folder / "log").open("w")
    server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)
    try:
        wait_for(lambda: answers(f"{url}/health"), server, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def wait_for(condition, process, log, seconds=600):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
