"""The whole of params.yaml, and what must hold across its sections."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from inkpipe.params.augment import AugmentParams
from inkpipe.params.base import PositiveCount, PositiveFloat, Section
from inkpipe.params.data import DataParams
from inkpipe.params.preprocess import PreprocessParams
from inkpipe.params.training import EvaluateParams, ModelParams, PromoteParams, TrainParams
from inkpipe.params.validate import ValidateParams
from inkpipe.params.vocabulary import VocabularyParams

PIXELS_PER_FRAME = {"crnn": 4, "paper": 2, "bilstm": 4}


class Params(Section):
    """params.yaml with every `auto` resolved: the four knobs that people sweep, then a section per stage."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    lr: PositiveFloat
    batch_size: PositiveCount
    epochs: Annotated[int, Field(ge=0)]
    data: DataParams
    validate_: Annotated[ValidateParams, Field(alias="validate")]
    vocabulary: VocabularyParams
    preprocess: PreprocessParams
    augment: AugmentParams
    model: ModelParams
    train: TrainParams
    evaluate: EvaluateParams
    promote: PromoteParams

    @property
    def frames(self) -> int:
        """Time steps of the reader's output: what CTC aligns a label with."""
        return self.preprocess.width // PIXELS_PER_FRAME[self.model.preset]

    @model_validator(mode="after")
    def _sections_fit(self) -> Params:
        preset, size = self.model.preset, self.preprocess
        back = "Set preprocess.height, .width and .features to auto"
        if preset == "paper" and (size.height, size.width, size.features) != (60, 128, "pixels"):
            raise ValueError(
                "model.preset: paper reads 60 x 128 pixels only. "
                f"Received: {size.height} x {size.width} {size.features}. {back}"
            )
        if preset == "crnn" and (size.features != "pixels" or size.height % 16 or size.width % 4):
            raise ValueError(
                "model.preset: crnn reads pixels whose height is a multiple of 16 and width of 4. "
                f"Received: {size.height} x {size.width} {size.features}. {back}"
            )
        if preset == "bilstm" and size.width % 4:
            raise ValueError(f"model.preset: bilstm reads widths that are a multiple of 4. Received: {size.width}")
        if self.augment.enabled and size.features != "pixels":
            raise ValueError(f"augment.enabled: distortions are for pixels. Received: features {size.features}")
        if self.epochs == 0 and not self.train.weights:
            raise ValueError("epochs: 0 trains nothing, so train.weights must name the weights to use instead")
        if self.data.folder.validation_share + self.data.folder.test_share >= 1:
            raise ValueError("data.folder.validation_share + .test_share leave nothing to train on (their sum is >= 1)")
        return self
