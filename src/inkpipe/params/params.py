"""The whole of params.yaml, and the checks across its sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, model_validator

from inkpipe.params.augment import AugmentParams
from inkpipe.params.data import DataParams
from inkpipe.params.decode import DecodeParams
from inkpipe.params.evaluate import EvaluateParams
from inkpipe.params.language_model import LanguageModelParams
from inkpipe.params.model import ModelParams
from inkpipe.params.preprocess import PreprocessParams
from inkpipe.params.promote import PromoteParams
from inkpipe.params.runtime import RuntimeParams
from inkpipe.params.sweep import SweepParams
from inkpipe.params.synthetic import SyntheticParams
from inkpipe.params.train import TrainParams
from inkpipe.params.validate import ValidateParams
from inkpipe.params.vocabulary import VocabularyParams
from inkpipe.section import PositiveCount, PositiveFloat, Section


class Params(Section):
    """params.yaml with every `auto` resolved: the four parameters that people sweep, then a section per stage."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    lr: PositiveFloat
    batch_size: PositiveCount
    epochs: Annotated[int, Field(ge=0)]
    data: DataParams
    validate_: Annotated[ValidateParams, Field(alias="validate")]
    vocabulary: VocabularyParams
    language_model: LanguageModelParams
    preprocess: PreprocessParams
    augment: AugmentParams
    model: ModelParams
    train: TrainParams
    decode: DecodeParams
    evaluate: EvaluateParams
    promote: PromoteParams
    runtime: RuntimeParams
    sweep: SweepParams
    synthetic: SyntheticParams
    _given: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def given(self) -> Mapping[str, Any]:
        """The content of params.yaml that these parameters were made of, `auto` included."""
        return self._given

    @property
    def frames(self) -> int:
        """The frames of the model's output, with which CTC aligns a label."""
        return self.model.network.frames(self.preprocess.width)

    @model_validator(mode="after")
    def _sections_fit(self) -> Params:
        size = self.preprocess
        if fault := self.model.network.input_fault(size.height, size.width, size.features):
            raise ValueError(
                f"model.preset: {self.model.preset} {fault}. Received: {size.height} x {size.width} {size.features}. "
                "Set preprocess.height, .width and .features to auto"
            )
        if self.augment.enabled and size.features != "pixels":
            raise ValueError(f"augment.enabled: distortions are for pixels. Received: features {size.features}")
        if self.epochs == 0 and not self.train.init_from:
            raise ValueError("epochs: 0 trains nothing, so train.init_from must name the model to use instead")
        if self.train.freeze != "none" and not self.train.init_from:
            raise ValueError("train.freeze: keeps layers of another model, so train.init_from must name that model")
        if self.train.mix.is_set and self.data.source != "mixed":
            raise ValueError(
                f"train.mix: composes epochs of data.source mixed. Received: data.source {self.data.source}"
            )
        if 0 < self.epochs < self.train.mix.synthetic_epochs:
            raise ValueError(
                f"train.mix.synthetic_epochs: must not exceed epochs. "
                f"Received: {self.train.mix.synthetic_epochs} of {self.epochs}"
            )
        if self.data.folder.validation_fraction + self.data.folder.test_fraction >= 1:
            raise ValueError(
                "data.folder.validation_fraction + .test_fraction leave nothing to train on (their sum is >= 1)"
            )
        return self
