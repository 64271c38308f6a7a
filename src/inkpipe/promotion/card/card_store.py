"""Model cards in the MLflow store, and as a folder for the Hugging Face hub."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from inkpipe.errors import InkpipeError
from inkpipe.files import require_replaceable, whole_directory
from inkpipe.promotion.card.card_facts import CardFacts
from inkpipe.promotion.card.card_text import card_text
from inkpipe.promotion.decision import Decision
from inkpipe.promotion.moves import history
from inkpipe.tracking.model_version import TEST_IMAGES, ModelVersion
from inkpipe.tracking.packages import fetch_package
from inkpipe.tracking.registry import count_tagged, numbered_version
from inkpipe.tracking.run_files import log_texts, run_text
from inkpipe.tracking.store import ReadStore

CARD, FACTS = "model_card.md", "model_card.json"  # artifacts of the run of a version's training
README, PARAMETERS = "README.md", "params.yaml"  # of an exported folder, beside the model's files


def log_card(store: ReadStore, version: ModelVersion, facts: CardFacts) -> None:
    """Keep the card of a version, and its facts, with the run of its training, in place of earlier ones.

    Args:
        store: of the version.
        version: the registered model, after the decision on it.
        facts: of its training and evaluation.

    Raises:
        InkpipeError: the store fails.
    """
    log_texts(store, version.run_id, {FACTS: facts.to_json(), CARD: _card(store, version, facts)})


def read_card(store: ReadStore, version: ModelVersion) -> str:
    """Write the card of a version as of now: its facts, and what the registry says of it today.

    Args:
        store: of the version.
        version: the registered model.

    Returns:
        Markdown with YAML front matter.

    Raises:
        InkpipeError: the version has no card, or the store fails.
    """
    return _card(store, version, _facts(store, version))


def export_card(store: ReadStore, version: ModelVersion, folder: Path) -> Path:
    """Write a folder as the Hugging Face hub takes it: the card as README.md, the model's files, its parameters.

    Args:
        store: of the version.
        version: the registered model.
        folder: that does not exist yet, or is empty.

    Returns:
        The folder, which `--model` takes.

    Raises:
        InkpipeError: there are files in the folder, the version has no card, its files are gone or are not those that
            were registered, or the store fails.
    """
    require_replaceable(folder)
    facts = _facts(store, version)
    with TemporaryDirectory() as temporary, whole_directory(folder) as partial:
        model = fetch_package(version, Path(temporary)).model_folder
        shutil.copytree(model, partial, dirs_exist_ok=True)
        (partial / README).write_text(_card(store, version, facts), encoding="utf-8")
        parameters = yaml.safe_dump(dict(facts.parameters), sort_keys=False, allow_unicode=True)
        (partial / PARAMETERS).write_text(parameters, encoding="utf-8")
    return folder


def _card(store: ReadStore, version: ModelVersion, facts: CardFacts) -> str:
    now = numbered_version(store, version.name, version.number) or version
    decision = Decision.from_json(now.decision) if now.decision else None
    judged = count_tagged(store, version.name, TEST_IMAGES, decision.images) if decision else None
    return card_text(now, facts, decision, history(store, version.name), judged)


def _facts(store: ReadStore, version: ModelVersion) -> CardFacts:
    text = run_text(store, version.run_id, FACTS)
    if text is None:
        raise InkpipeError(
            f"{version} has no model card. Received: no {FACTS} with its MLflow run {version.run_id}. Models that "
            "earlier versions of inkpipe registered have none; `dvc repro -sf promote` writes it where the model was "
            "trained."
        )
    return CardFacts.from_json(text)
