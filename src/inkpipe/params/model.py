"""`model`: the networks. Each declares its settings, its geometry and its preset: the values that `auto` stands for.

To add a network, write its section here and list it in `NETWORKS` and `ModelParams`, write its layers in
`inkpipe.model.networks`, and add its section to params.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from inkpipe.section import PositiveCount, Section, one_of

Dropout = Annotated[float, Field(ge=0, lt=1)]

# The values of `auto` that the presets share; a source or a preset names only what differs.
COMMON: dict[str, Any] = {
    "lr": 0.002,
    "batch_size": 32,
    "epochs": 8,
    "preprocess": {"height": 32, "width": 256, "features": "pixels", "crop": "line"},
    "augment": {"enabled": True},
    "train": {
        "optimizer": "adamw",
        "weight_decay": 0.01,
        "schedule": "cosine",
        "early_stopping_monitor": "val_cer",
        "early_stopping_patience": 0,
    },
}

# The values of `auto` that differ for a `data.source`. A preset's own values go before them.
SOURCES: Mapping[str, Mapping[str, Any]] = {"mixed": {"epochs": 16}}


class NetworkParams(Section):
    """What every network declares.

    Attributes:
        PIXELS_PER_FRAME: columns of the sized image that one frame of the output stands for.
        PRESET: the values of `auto` that differ from `COMMON` and `SOURCES`, nested like params.yaml.
    """

    PIXELS_PER_FRAME: ClassVar[int]
    PRESET: ClassVar[Mapping[str, Any]] = {}

    def frames(self, width: int) -> int:
        """The frames of the output, with which CTC aligns a label, for a sized image of `width` pixels."""
        return width // self.PIXELS_PER_FRAME

    def input_fault(self, height: int, width: int, features: str) -> str | None:
        """Why the network cannot take such input, as the end of a sentence; None if it can.

        Args:
            height: of the sized image, in pixels.
            width: likewise.
            features: `preprocess.features`.
        """
        raise NotImplementedError


class CrnnParams(NetworkParams):
    """`model.crnn`: convolutions with batch norm, then bidirectional recurrent layers.

    Attributes:
        STRIDES: of each convolution, (rows, columns).
    """

    STRIDES: ClassVar = ((2, 2), (2, 2), (2, 1), (2, 1))
    ROWS: ClassVar[int] = prod(rows for rows, _ in STRIDES)  # of the input that become one row
    PIXELS_PER_FRAME: ClassVar[int] = prod(columns for _, columns in STRIDES)

    channels: Annotated[tuple[PositiveCount, ...], Field(min_length=4, max_length=4, strict=False)]
    recurrent: Literal["lstm", "gru"]
    recurrent_layers: PositiveCount
    recurrent_units: PositiveCount
    dropout: Dropout

    def input_fault(self, height: int, width: int, features: str) -> str | None:
        """It takes pixels that its strides divide."""
        if features == "pixels" and height % self.ROWS == 0 and width % self.PIXELS_PER_FRAME == 0:
            return None
        return f"takes pixels whose height is a multiple of {self.ROWS} and width of {self.PIXELS_PER_FRAME}"


class PaperParams(NetworkParams):
    """The network of the paper, which has no settings.

    Attributes:
        POOLS: of each pooling, (rows, columns).
    """

    HEIGHT: ClassVar[int] = 60
    WIDTH: ClassVar[int] = 128
    POOLS: ClassVar = ((2, 2), (2, 1))
    PIXELS_PER_FRAME: ClassVar[int] = prod(columns for _, columns in POOLS)
    PRESET: ClassVar[Mapping[str, Any]] = {  # the paper's input, optimizer and stopping rule
        "lr": 0.001,
        "batch_size": 1024,
        "epochs": 200,
        "preprocess": {"height": HEIGHT, "width": WIDTH, "crop": "none"},
        "augment": {"enabled": False},
        "train": {
            "optimizer": "adam",
            "weight_decay": 0.0,
            "schedule": "plateau",
            "early_stopping_monitor": "val_loss",
            "early_stopping_patience": 6,
        },
    }

    def input_fault(self, height: int, width: int, features: str) -> str | None:
        """It takes images of one size."""
        if (height, width, features) == (self.HEIGHT, self.WIDTH, "pixels"):
            return None
        return f"takes {self.HEIGHT} x {self.WIDTH} pixels only"


class BilstmParams(NetworkParams):
    """`model.bilstm`: recurrent layers alone, on frames of HOG or spline features, or of neighboring pixel columns."""

    PIXELS_PER_FRAME: ClassVar[int] = 4  # as `inkpipe.imaging.features` makes frames
    PRESET: ClassVar[Mapping[str, Any]] = {"preprocess": {"features": "hog"}, "augment": {"enabled": False}}

    recurrent_layers: PositiveCount
    recurrent_units: PositiveCount
    dropout: Dropout

    def input_fault(self, height: int, width: int, features: str) -> str | None:
        """It takes whole frames."""
        return (
            None
            if width % self.PIXELS_PER_FRAME == 0
            else f"takes widths that are a multiple of {self.PIXELS_PER_FRAME}"
        )


NETWORKS: Mapping[str, type[NetworkParams]] = {"crnn": CrnnParams, "paper": PaperParams, "bilstm": BilstmParams}


class ModelParams(Section):
    """`model`: the network, by its preset, which also gives every parameter set to `auto` its value."""

    preset: Annotated[str, one_of(NETWORKS)]
    crnn: CrnnParams
    bilstm: BilstmParams

    @property
    def network(self) -> NetworkParams:
        """The settings and geometry of the network that `preset` names."""
        settings = getattr(self, self.preset, None)
        return settings if isinstance(settings, NetworkParams) else NETWORKS[self.preset]()


def auto_values(preset: str, source: str) -> dict[str, Any] | None:
    """The values that `auto` stands for, nested like params.yaml; None if there is no such preset.

    Args:
        preset: `model.preset`.
        source: `data.source`.
    """
    network = NETWORKS.get(preset)
    return _merged(_merged(COMMON, SOURCES.get(source, {})), network.PRESET) if network else None


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes` in place of its leaves."""
    merged = dict(base)
    for name, value in changes.items():
        merged[name] = _merged(base.get(name, {}), value) if isinstance(value, Mapping) else value
    return merged
