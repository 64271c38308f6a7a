from types import SimpleNamespace

from inkpipe.tracking.model_version import ModelVersion


def mlflow_version(**values):
    given = {
        "name": "names",
        "version": "3",
        "run_id": "r",
        "source": "models:/m-1",
        "aliases": [],
        "tags": {},
        "creation_timestamp": 7,
    }
    return SimpleNamespace(**{**given, **values})


def test_a_version_takes_over_what_mlflow_says():
    tags = {"inkpipe.model_digest": "d", "inkpipe.decision": '{"decision": "champion"}', "another": "tag"}
    version = ModelVersion.from_mlflow(mlflow_version(aliases=["champion"], tags=tags))
    assert version == ModelVersion(
        "names", 3, "r", "models:/m-1", ("champion",), "d", {"decision": "champion"}, created=7
    )
    assert version.model_id == "m-1"
    assert str(version) == "names version 3"


def test_a_version_knows_its_size_and_why_it_was_taken_down():
    tags = {"inkpipe.model_bytes": "123", "inkpipe.taken_down": "It drops hyphens."}
    version = ModelVersion.from_mlflow(mlflow_version(tags=tags))
    assert (version.size, version.taken_down) == (123, "It drops hyphens.")


def test_a_version_that_inkpipe_did_not_register_has_no_digest_and_no_decision():
    version = ModelVersion.from_mlflow(mlflow_version())
    assert (version.digest, version.decision, version.aliases) == ("", None, ())
