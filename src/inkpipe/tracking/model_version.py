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
TAKEN_DOWN = "inkpipe.taken_down"  # tag of a version: why a person replaced it as champion; the gate respects that
TEST_IMAGES = "inkpipe.test_images"  # tag of a version: the digest of the test images that it was judged on
MODEL_SIZE = "inkpipe.model_bytes"  # tag of a version: the size of the model's files


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
        taken_down: why a person replaced it as champion; None if nobody did.
        size: of the model's files in bytes; None if it was registered without.
        created: milliseconds since 1970 at its registration.
    """

    name: str
    number: int
    run_id: str
    source: str
    aliases: tuple[str, ...] = ()
    digest: str = ""
    decision: Mapping[str, Any] | None = None
    taken_down: str | None = None
    size: int | None = None
    created: int = 0

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
            taken_down=version.tags.get(TAKEN_DOWN),
            size=int(version.tags[MODEL_SIZE]) if MODEL_SIZE in version.tags else None,
            created=int(version.creation_timestamp),
        )

    @property
    def model_id(self) -> str:
        """MLflow's id of the logged model that the version is made from."""
        return self.source.removeprefix("models:/")

    def __str__(self) -> str:
        return f"{self.name} version {self.number}"
