"""Signatures of registered models: required, present, absent, of another key, of other files."""

import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inkpipe.errors import InkpipeError
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.packages import check_package, fetch_package
from inkpipe.tracking.registry import register
from inkpipe.tracking.signature import sign_model, verify_signature

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def keys(tmp_path, monkeypatch):
    """Make the files of a key pair, named in the variables: `keys(name)`."""
    for name in ("INKPIPE_SIGNING_KEY", "INKPIPE_VERIFYING_KEY"):
        monkeypatch.delenv(name, raising=False)

    def make(name, *variables):
        private = ec.generate_private_key(ec.SECP256R1())
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        paths = {"SIGNING": tmp_path / f"{name}.pem", "VERIFYING": tmp_path / f"{name}.pub"}
        paths["SIGNING"].write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        public = private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
        paths["VERIFYING"].write_bytes(public)
        for variable in variables:
            monkeypatch.setenv(f"INKPIPE_{variable}_KEY", str(paths[variable]))

    return make


def test_without_keys_nothing_is_signed_and_nothing_checked(keys, trained, tmp_path):
    assert sign_model(trained("model"), tmp_path) is None
    verify_signature(tmp_path / "model", None)


def test_a_signature_holds_for_its_files_and_its_key_alone(keys, trained, tmp_path):
    model = trained("model")
    keys("ours", "SIGNING", "VERIFYING")
    signature = sign_model(model, tmp_path)
    verify_signature(model, signature)
    (model / "model.weights.h5").write_text("other")
    with pytest.raises(InkpipeError, match="signature does not hold .*Signature mismatch.*model.weights.h5"):
        verify_signature(model, signature)
    (model / "model.weights.h5").write_text("model")
    (model / "more.py").write_text("")
    with pytest.raises(InkpipeError, match="signature does not hold .*more.py"):
        verify_signature(model, signature)
    (model / "more.py").unlink()
    keys("theirs", "VERIFYING")
    with pytest.raises(InkpipeError, match="signature does not hold .*Key mismatch"):
        verify_signature(model, signature)


def test_a_signature_that_was_forged_or_damaged_does_not_hold(keys, trained, tmp_path):
    model = trained("model")
    keys("ours", "SIGNING", "VERIFYING")
    signature = sign_model(model, tmp_path)
    text = signature.read_text()
    start = text.index('"sig"') + 10
    signature.write_text(text[: start + 20] + ("A" if text[start + 20] != "A" else "B") + text[start + 21 :])
    with pytest.raises(InkpipeError, match="signature does not hold"):
        verify_signature(model, signature)
    signature.write_text("{}")
    with pytest.raises(InkpipeError, match="signature does not hold"):
        verify_signature(model, signature)


def test_a_registered_model_is_signed_and_checked_when_it_is_fetched(keys, name, trained, make_params, tmp_path):
    store = connect()
    plain = trained("plain")
    unsigned = register(store, name, plain, ensure_run(store, plain, [], make_params()))
    keys("ours", "SIGNING", "VERIFYING")
    folder = trained("model")
    signed = register(store, name, folder, ensure_run(store, folder, [], make_params()))
    (tmp_path / "fetched").mkdir()
    assert fetch_package(signed, tmp_path / "fetched").model_folder.is_dir()
    with pytest.raises(InkpipeError, match="the model is not signed, and INKPIPE_VERIFYING_KEY requires a signature"):
        check_package(unsigned)
    keys("theirs", "VERIFYING")
    with pytest.raises(InkpipeError, match="version 2 cannot be .*Key mismatch"):
        check_package(signed)


def test_the_name_of_a_key_counts_from_the_projects_root(keys, trained, tmp_path, monkeypatch):
    """Experiments of `dvc exp run --temp` work in a copy of the project, which has no keys."""
    keys("ours", "SIGNING", "VERIFYING")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setenv("INKPIPE_SIGNING_KEY", "ours.pem")
    monkeypatch.setenv("INKPIPE_VERIFYING_KEY", "ours.pub")
    (tmp_path / "copy").mkdir()
    monkeypatch.chdir(tmp_path / "copy")
    model = trained("model")
    verify_signature(model, sign_model(model, tmp_path))


@pytest.mark.parametrize("content", [None, "no key"])
def test_a_key_that_cannot_be_used_is_one_message(keys, trained, tmp_path, monkeypatch, content):
    if content:
        (tmp_path / "key.pem").write_text(content)
    monkeypatch.setenv("INKPIPE_SIGNING_KEY", str(tmp_path / "key.pem"))
    with pytest.raises(InkpipeError, match="The model cannot be signed. Received: .*INKPIPE_SIGNING_KEY=.*key.pem"):
        sign_model(trained("model"), tmp_path)


def test_without_the_package_the_message_names_the_extra(keys, trained, tmp_path, monkeypatch):
    keys("ours", "SIGNING", "VERIFYING")
    monkeypatch.setitem(sys.modules, "model_signing", None)
    with pytest.raises(InkpipeError, match="uv sync --extra signing --inexact"):
        sign_model(trained("model"), tmp_path)
    with pytest.raises(InkpipeError, match="uv sync --extra signing --inexact"):
        verify_signature(tmp_path / "model", tmp_path / "model.sig")
