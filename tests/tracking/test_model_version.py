from types import SimpleNamespace

from inkpipe.tracking.model_version import ModelVersion


def mlflow_version(**values):
    given = {"name": "names", "version": "3", "run_id": "r", "source": "models:/m-1", "aliases": [], "tags": {}}
    return SimpleNamespace(**{**given, **values})


def test_a_version_takes_over_what_mlflow_says():
    tags = {"inkpipe.model_digest": "d", "inkpipe.decision": '{"decision": "champion"}', "another": "tag"}
    version = ModelVersion.from_mlflow(mlflow_version(aliases=["champion"], tags=tags))
    assert version == ModelVersion("names", 3, "r", "models:/m-1", ("champion",), "d", {"decision": "champion"})
    assert version.model_id == "m-1"
    assert str(version) == "names version 3"


def test_a_version_that_inkpipe_did_not_register_has_no_digest_and_no_decision():
    version = ModelVersion.from_mlflow(mlflow_version())
    assert (version.digest, version.decision, version.aliases) == ("", None, ())
