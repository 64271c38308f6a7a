"""A team as docs/team.md describes it: DVC on S3, an MLflow server on PostgreSQL and S3, several clones."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.repository import ROOT, run, stages_run, surroundings, tiny_repository
from tests.services import mlflow_server, postgres_programs, postgres_server, s3_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

PAGE = (ROOT / "docs/team.md").read_text()
BUCKET = "inkpipe"
S3_KEY, S3_SECRET, DATABASE_PASSWORD, TOKEN = "KEYOFTHETEAM", "s3-secret-9f27", "pg-secret-41bc", "mlflow-secret-77ad"
SECRETS = (S3_SECRET, DATABASE_PASSWORD, TOKEN)
COMMITTER = {
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.org",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.org",
}


class Team:
    """A bare git repository, a bucket and clones; it remembers all that commands printed.

    Attributes:
        folder: of everything.
        s3: the address of the S3 server.
        printed: the output of every command.
    """

    def __init__(self, folder, s3):
        self.folder, self.s3, self.printed = folder, s3, []

    def run(self, clone, *command, code=0, **variables):
        """Run a command that must end with an exit code; None stands for any that tells of a failure."""
        done = run(clone, *command, **COMMITTER, **variables)
        self.printed.append(done.stdout + done.stderr)
        assert done.returncode == code if code is not None else done.returncode, self.printed[-1]
        return done

    def credentials(self, clone):
        for option, value in (("access_key_id", S3_KEY), ("secret_access_key", S3_SECRET)):
            self.run(clone, "dvc", "remote", "modify", "--local", "team", option, value)

    def clone(self, name):
        self.run(self.folder, "git", "clone", "-q", "origin.git", name)
        self.credentials(self.folder / name)
        return self.folder / name


@pytest.fixture(scope="module")
def s3():
    with s3_server(BUCKET) as url:
        yield url


@pytest.fixture(scope="module")
def team(tmp_path_factory, s3):
    """The first clone has run the pipeline and pushed code and data."""
    team = Team(tmp_path_factory.mktemp("team"), s3)
    team.run(team.folder, "git", "init", "-q", "--bare", "-b", "main", "origin.git")
    first = team.folder / "first"
    first.mkdir()
    tiny_repository(first, {"decode.length_bonus": -20.0})  # it prefers empty texts, so that a better model is certain
    team.run(first, "dvc", "remote", "add", "-d", "team", f"s3://{BUCKET}/dvc")
    team.run(first, "dvc", "remote", "modify", "team", "endpointurl", s3)
    team.credentials(first)
    team.run(first, "dvc", "repro")
    team.run(first, "git", "add", "-A")
    team.run(first, "git", "commit", "-qm", "first model")
    team.run(first, "git", "remote", "add", "origin", str(team.folder / "origin.git"))
    team.run(first, "git", "push", "-q", "origin", "HEAD:main")
    team.run(first, "dvc", "push", "--run-cache")
    return team


def test_a_second_clone_pulls_computes_nothing_and_registers_the_model(team):
    clone = team.clone("second")
    team.run(clone, "inkpipe", "champion", code=1)
    team.run(clone, "dvc", "pull")
    result = team.run(clone, "dvc", "repro")
    assert stages_run(result) == ["promote"]
    digests = [
        json.loads(team.run(folder, "inkpipe", "champion", "--json").stdout)["digest"]
        for folder in (clone, team.folder / "first")
    ]
    assert digests[0] == digests[1]
    assert not team.run(clone, "git", "status", "--porcelain").stdout


def test_without_the_extra_dvc_names_no_way_out_and_the_page_does(team, tmp_path):
    (tmp_path / "dvc_s3.py").write_text("raise ModuleNotFoundError(\"No module named 'dvc_s3'\", name='dvc_s3')")
    result = run(team.folder / "first", "dvc", "push", PYTHONPATH=str(tmp_path))
    assert result.returncode != 0
    assert "unexpected error - s3 is supported, but requires 'dvc-s3'" in result.stderr
    for text in (PAGE, (ROOT / "README.md").read_text()):
        assert "unexpected error - s3 is supported, but requires 'dvc-s3'" in text
        assert "uv sync --extra s3 --inexact" in text


@pytest.fixture(scope="module")
def better(team):
    """A clone whose experiment has a better model, shared as docs/team.md says; twelve images make nothing certain."""
    clone = team.clone("better")
    team.run(clone, "dvc", "pull")
    options = ["-S", "epochs=10", "-S", "lr=0.01", "-S", "decode.length_bonus=auto", "-S", "promote.level=0.5"]
    result = team.run(clone, "dvc", "exp", "run", "-n", "longer", *options)
    assert stages_run(result) == ["train", "evaluate", "promote"]
    team.run(clone, "dvc", "exp", "push", "origin", "longer")
    return clone


def rate(clone):
    return json.loads((clone / "data/metrics.json").read_text())["cer"]


def test_an_experiment_travels_is_applied_and_becomes_a_branch_without_a_training(team, better):
    clone = team.clone("third")
    team.run(clone, "dvc", "exp", "pull", "origin", "longer")
    team.run(clone, "dvc", "exp", "apply", "longer")
    assert yaml.safe_load((clone / "params.yaml").read_text())["epochs"] == 10
    assert rate(clone) == rate(better)
    assert set(stages_run(team.run(clone, "dvc", "repro"))) <= {"promote"}
    team.run(clone, "dvc", "exp", "branch", "longer", "longer-training")
    assert "longer-training" in team.run(clone, "git", "branch", "--list").stdout


@pytest.fixture(scope="module")
def server(team, tmp_path_factory):
    """The team's MLflow server: its address with a user and a password, its log, and the address of its database."""
    postgres_programs()
    folder = tmp_path_factory.mktemp("server") / "mlflow"
    s3 = {"MLFLOW_S3_ENDPOINT_URL": team.s3, "AWS_ACCESS_KEY_ID": S3_KEY, "AWS_SECRET_ACCESS_KEY": S3_SECRET}
    with (
        postgres_server("inkpipe", DATABASE_PASSWORD, "mlflow") as database,
        mlflow_server(folder, database, f"s3://{BUCKET}/mlflow", s3) as url,
    ):
        yield url.replace("http://", f"http://team:{TOKEN}@"), folder / "log", database


def promoted_at_once(team, clones, uri):
    """Run `promote` in several clones at the same time."""
    command = ["dvc", "repro", "-sf", "promote"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    environment = surroundings(MLFLOW_TRACKING_URI=uri)
    processes = [subprocess.Popen(command, cwd=clone, env=environment, **pipes) for clone in clones]
    for process in processes:
        team.printed.append(process.communicate()[0])
        assert process.returncode == 0, team.printed[-1]


def test_clones_that_promote_into_one_server_at_once_end_with_the_better_model_as_champion(team, better, server):
    uri, _, _ = server
    clones = [team.folder / "first", better, team.clone("fourth")]
    team.run(clones[2], "dvc", "pull")
    assert rate(better) < rate(clones[0])
    promoted_at_once(team, clones, uri)
    listed = json.loads(team.run(better, "inkpipe", "registry", "list", "--json", MLFLOW_TRACKING_URI=uri).stdout)
    assert sorted(row["test CER"] for row in listed) == sorted([rate(better), rate(clones[0])])  # each model once
    champion = json.loads(team.run(clones[2], "inkpipe", "champion", "--json", MLFLOW_TRACKING_URI=uri).stdout)
    assert champion["cer"] == rate(better)
    moves = team.run(clones[2], "inkpipe", "registry", "history", "--json", MLFLOW_TRACKING_URI=uri)
    assert json.loads(moves.stdout)[-1]["version"] == champion["version"]


def test_the_champion_of_the_server_reads_in_any_clone(team, better, server, jpeg, draw):
    (team.folder / "anna.jpg").write_bytes(jpeg(draw("ANNA")))
    result = team.run(
        team.folder / "first", "inkpipe", "read", "../anna.jpg", "--format", "jsonl", MLFLOW_TRACKING_URI=server[0]
    )
    assert "text" in json.loads(result.stdout)


def test_a_database_alone_is_refused_since_files_would_stay_on_one_machine(team, server):
    result = team.run(team.folder / "first", "dvc", "repro", "-sf", "promote", code=None, MLFLOW_TRACKING_URI=server[2])
    # the experiment exists, with its files behind the server, which a client of the database alone cannot reach
    assert "docs/team.md" in result.stdout + result.stderr
    experiment = {"MLFLOW_TRACKING_URI": server[2], "MLFLOW_EXPERIMENT_NAME": "another"}
    result = team.run(team.folder / "first", "dvc", "repro", "-sf", "promote", code=None, **experiment)
    assert "mlflow experiments create --experiment-name another" in result.stdout + result.stderr


def test_messages_about_the_server_hide_its_password(team, server):
    gone = re.sub(r":\d+$", ":9", server[0])
    result = team.run(team.folder / "first", "inkpipe", "champion", code=1, MLFLOW_TRACKING_URI=gone)
    assert "http://team:***@127.0.0.1:9 cannot be used" in result.stderr
    summary = team.run(team.folder / "first", "inkpipe", "summary", MLFLOW_TRACKING_URI=server[0])
    assert "http://team:***@" in summary.stdout


def objects(s3):
    import boto3

    keys = {"aws_access_key_id": S3_KEY, "aws_secret_access_key": S3_SECRET}
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1", **keys)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for entry in page.get("Contents", []):
            yield entry["Key"], client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()


def test_credentials_are_in_no_log_tag_parameter_lock_or_stored_file(team, better, server):
    """After all of the above: git's and DVC's files, what commands printed, all of the database and of the bucket."""
    _, log, database = server
    dump = subprocess.run(
        [postgres_programs() / "pg_dump", "--inserts", database], capture_output=True, text=True, check=True
    ).stdout
    assert "inkpipe.model_digest" in dump  # it holds the runs
    stored = dict(objects(team.s3))
    assert any(key.startswith("mlflow/") and key.endswith("network.onnx") for key in stored)
    files = {path: path.read_bytes() for path in team.folder.rglob("*") if path.is_file()}
    private = [path for path in files if path.name == "config.local"]
    assert len(private) == 5
    for path in private:
        assert S3_SECRET.encode() in files.pop(path)
        assert not run(path.parents[1], "git", "ls-files", str(path)).stdout
    printed = "\n".join(team.printed).encode()
    texts = {"printed": printed, "log of the server": log.read_bytes(), "database": dump.encode()}
    for name, content in {**texts, **stored, **files}.items():
        assert not [secret for secret in SECRETS if secret.encode() in content], name


def test_the_page_names_commands_and_extras_that_exist():
    extras = set(re.findall(r"--extra (\w+)", PAGE))
    assert extras == {"s3", "postgres", "signing"}
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert all(re.search(rf"^{extra} = \[", pyproject, re.MULTILINE) for extra in extras)
    for command in sorted(set(re.findall(r"^(dvc (?:exp )?[a-z]+)", PAGE, re.MULTILINE))):
        program = Path(sys.executable).with_name("dvc")
        subprocess.run([program, *command.split()[1:], "--help"], check=True, capture_output=True)
