"""A model in the registry, as a plain object that needs no MLflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion

MODEL_DIGEST = "inkpipe.model_digest"  # tag of finished runs, logged models and versions
DECISION = "inkpipe.decision"  # tag of a version: its promotion decision as JSON


@dataclass(frozen=True)
class ModelVersion:
    """A model in the registry.

    Attributes:
        name: of the registered model.
        number: of the version, from 1.
        run_id: the MLflow run of its training.
        source: the address of its files, `models:/` and MLflow's id of the logged model.
        aliases: such as `champion`.
        digest: of the model's files when it was registered; empty if inkpipe did not register it.
        decision: the promotion decision on it; None if there is none.
    """

    name: str
    number: int
    run_id: str
    source: str
    aliases: tuple[str, ...] = ()
    digest: str = ""
    decision: Mapping[str, Any] | None = None

    @classmethod
    def from_mlflow(cls, version: MlflowVersion) -> ModelVersion:
        """Take over what MLflow's own object says.

        Args:
            version: as `get_model_version` gives it; the results of other calls lack the aliases.
        """
        return cls(
            name=version.name,
            number=int(version.version),
            run_id=str(version.run_id),
            source=str(version.source),
            aliases=tuple(version.aliases),
            digest=version.tags.get(MODEL_DIGEST, ""),
            decision=json.loads(version.tags[DECISION]) if DECISION in version.tags else None,
        )

    @property
    def model_id(self) -> str:
        """MLflow's id of the logged model that the version is made from."""
        return self.source.removeprefix("models:/")

    def __str__(self) -> str:
        return f"{self.name} version {self.number}"
