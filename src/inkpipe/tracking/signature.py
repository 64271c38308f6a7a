"""Signatures of model files, by a key of the team (`model-signing`, extra `signing`). Nothing is sent anywhere.

A digest tells that files are those that were registered. Whoever can write to the store can register others; a
signature tells that files come from the holder of the private key. The paths of keys count from the project's root.
"""

from __future__ import annotations

import os
from pathlib import Path

from inkpipe.errors import InkpipeError
from inkpipe.files import project_path

SIGNING_KEY = "INKPIPE_SIGNING_KEY"  # variable: the file of a private key (PEM, elliptic curve); models are signed
VERIFYING_KEY = "INKPIPE_VERIFYING_KEY"  # variable: the file of its public key; other models are refused
SIGNATURE = "model.sig"  # the file of a signature, beside the folder of a model's files


def sign_model(model_folder: Path, folder: Path) -> Path | None:
    """Sign all files of a model, if `INKPIPE_SIGNING_KEY` names a key.

    Args:
        model_folder: the folder of the model's files.
        folder: to write the signature to.

    Returns:
        The file of the signature; None if there is no key.

    Raises:
        InkpipeError: the key cannot be used, or the extra `signing` is not installed.
    """
    key = _key(SIGNING_KEY)
    if key is None:
        return None
    _require_package()
    from model_signing import signing

    try:
        signing.Config().use_elliptic_key_signer(private_key=str(key)).sign(model_folder, folder / SIGNATURE)
    except (OSError, ValueError, TypeError) as error:
        raise InkpipeError(
            f"The model cannot be signed. Received: {error} for {SIGNING_KEY}={key}. Name a private key of an elliptic "
            "curve (P-256, P-384 or P-521) in PEM without a password."
        ) from error
    return folder / SIGNATURE


def verify_signature(model_folder: Path, signature: Path | None) -> None:
    """Check the signature of a model's files, if `INKPIPE_VERIFYING_KEY` names a key.

    Args:
        model_folder: the folder of the model's files.
        signature: the file of the signature; None if the model has none.

    Raises:
        InkpipeError: there is a key and the signature is absent, of another key or of other files, or the extra
            `signing` is not installed.
    """
    key = _key(VERIFYING_KEY)
    if key is None:
        return
    if signature is None:
        raise InkpipeError(
            f"the model is not signed, and {VERIFYING_KEY} requires a signature. Models are signed when they are "
            f"registered: set {SIGNING_KEY} and train another one, for this one stays as it is"
        )
    _require_package()
    from cryptography.exceptions import InvalidSignature
    from model_signing import verifying

    try:
        verifying.Config().use_elliptic_key_verifier(public_key=str(key)).verify(model_folder, signature)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, InvalidSignature) as error:  # or damaged
        reason = str(error).strip() or type(error).__name__
        raise InkpipeError(f"the signature does not hold by {VERIFYING_KEY}={key}: {reason}") from error


def _key(variable: str) -> Path | None:
    """The file that a variable names. Stages may run in a copy of the project, which has no keys."""
    name = os.environ.get(variable)
    return project_path(name) if name else None


def _require_package() -> None:
    try:
        import model_signing  # noqa: F401
    except ImportError as error:
        raise InkpipeError(
            f"Signatures need a package that is not installed. Received: {error}. "
            "Install it: `.venv/bin/uv sync --extra signing --inexact`."
        ) from error
