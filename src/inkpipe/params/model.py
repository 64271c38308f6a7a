"""`model`: the networks with their settings and geometry, and the presets: the values that `auto` stands for.

To add a network, write its section here and list it in `NETWORKS`, `PRESETS` and `ModelParams`, write its layers in
`inkpipe.model.networks`, and add its section to params.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import prod
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from inkpipe.section import Count, NonNegativeFloat, PositiveCount, Section, one_of

Dropout = Annotated[float, Field(ge=0, lt=1)]

# The values of `auto` that the presets share; a source or a preset names only what differs.
COMMON: dict[str, Any] = {
    "lr": 0.002,
    "batch_size": 32,
    "epochs": 10,
    "preprocess": {"height": 32, "width": 256, "features": "pixels", "contrast": "none", "crop": "line"},
    "augment": {"enabled": True, "frequency": 1.0},
    "model": {"crnn": {"channels": [16, 48, 64, 96], "recurrent_units": 96}},
    "train": {
        "optimizer": "adamw",
        "weight_decay": 0.01,
        "schedule": "cosine",
        "early_stopping_monitor": "val_cer",
        "early_stopping_patience": 0,
        "bucketing": True,
    },
}

# The values of `auto` that differ for a `data.source`. A preset's own values go before them. Twice as many synthetic
# images are worth more than seeing each twice as often. Real images beside them give a larger network something to
# learn: an hour on two cores instead of a quarter.
SOURCES: Mapping[str, Mapping[str, Any]] = {
    "synthetic": {"epochs": 5},
    "mixed": {
        "lr": 0.003,
        "epochs": 30,
        "batch_size": 64,
        "augment": {"frequency": 1.5},
        "model": {"crnn": {"channels": [24, 64, 96, 128], "recurrent_units": 128}},
    },
}


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


class ConvolutionalParams(NetworkParams):
    """What the networks share that begin with strided convolutions.

    Attributes:
        LEAST_ROWS: rows that the convolutions leave of a column, at least.
        channels: filters of each convolution.
        column: how the rows of a column become one frame: all of them in a row, or the largest value of each filter.
        auxiliary_weight: of the CTC loss on the convolutions' frames, in training alone; 0 for none.
    """

    LEAST_ROWS: ClassVar[int] = 2
    PIXELS_PER_FRAME: ClassVar[int] = 4  # each of the first two convolutions halves the columns

    channels: Annotated[tuple[PositiveCount, ...], Field(min_length=2, strict=False)]
    column: Literal["flatten", "max"]
    auxiliary_weight: NonNegativeFloat

    def strides(self, height: int) -> list[tuple[int, int]]:
        """The strides (rows, columns) of each convolution.

        The first two halve the columns. The rows are halved while at least `LEAST_ROWS` stay, at most once a
        convolution: 4 times for a height of 32, 5 times for 64. In a deeper network these halvings are spread evenly,
        the first convolution always halves; so a depth of 8 at height 32 halves at every second one.

        Args:
            height: of the sized image, in pixels.
        """
        depth = len(self.channels)
        halvings = self._halvings(height)
        levels = [-1, *(index * halvings // depth for index in range(depth))]
        halves = [level > before for before, level in pairwise(levels)]
        return [(1 + halved, 2 if index < 2 else 1) for index, halved in enumerate(halves)]

    def input_fault(self, height: int, width: int, features: str) -> str | None:
        """It takes pixels that its strides divide."""
        rows = 2 ** self._halvings(height)
        if features == "pixels" and height % rows == 0 and width % self.PIXELS_PER_FRAME == 0:
            return None
        return f"takes pixels whose height is a multiple of {rows} and width of {self.PIXELS_PER_FRAME}"

    def _halvings(self, height: int) -> int:
        most = max(1, (height // self.LEAST_ROWS).bit_length() - 1)
        return min(most, len(self.channels))


class RecurrentParams(Section):
    """What the networks with bidirectional recurrent layers share.

    Attributes:
        recurrent_layers: their number.
        recurrent_units: values of a layer in each direction.
        norm: normalization between the layers.
        dropout: fraction of values dropped before each layer and the output.
    """

    recurrent_layers: PositiveCount
    recurrent_units: PositiveCount
    norm: Literal["none", "batch", "layer"]
    dropout: Dropout


class CrnnParams(RecurrentParams, ConvolutionalParams):
    """`model.crnn`: convolutions with batch norm, then bidirectional recurrent layers."""

    recurrent: Literal["lstm", "gru"]


class HeadsParams(Section):
    """What layers of attention share.

    Attributes:
        blocks: each of attention and a feed-forward part.
        heads: attentions of a block, which share the units.
        units: values of a frame or position.
        feed_forward: units of the feed-forward part.
    """

    NAME: ClassVar[str]

    blocks: PositiveCount
    heads: PositiveCount
    units: PositiveCount
    feed_forward: PositiveCount

    @model_validator(mode="after")
    def _heads_share_the_units(self) -> Self:
        if self.units % self.heads:
            raise ValueError(
                f"{self.NAME}.units: the heads share them evenly. Received: {self.units} units, "
                f"{self.heads} heads. Give a multiple of {self.NAME}.heads"
            )
        return self


class AttentionDecoderParams(HeadsParams):
    """`model.attention_decoder`: from frames to characters, for `train.loss` cross_entropy and hybrid."""

    NAME: ClassVar[str] = "model.attention_decoder"


class AttentionParams(RecurrentParams, HeadsParams, ConvolutionalParams):
    """`model.attention`: convolutions with batch norm, self-attention over frames, then recurrent layers, if any."""

    NAME: ClassVar[str] = "model.attention"
    PRESET: ClassVar[Mapping[str, Any]] = {"lr": 0.001}

    recurrent: Literal["lstm", "gru"]
    recurrent_layers: Count


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
            "bucketing": False,
        },
    }

    def input_fault(self, height: int, width: int, features: str) -> str | None:
        """It takes images of one size."""
        if (height, width, features) == (self.HEIGHT, self.WIDTH, "pixels"):
            return None
        return f"takes {self.HEIGHT} x {self.WIDTH} pixels only"


class BilstmParams(RecurrentParams, NetworkParams):
    """`model.bilstm`: recurrent layers alone, on frames of HOG or spline features, or of neighboring pixel columns."""

    PIXELS_PER_FRAME: ClassVar[int] = 4  # as `inkpipe.imaging.features` makes frames
    PRESET: ClassVar[Mapping[str, Any]] = {"preprocess": {"features": "hog"}, "augment": {"enabled": False}}

    def input_fault(self, height: int, width: int, features: str) -> str | None:
        """It takes whole frames."""
        return (
            None
            if width % self.PIXELS_PER_FRAME == 0
            else f"takes widths that are a multiple of {self.PIXELS_PER_FRAME}"
        )


NETWORKS: Mapping[str, type[NetworkParams]] = {
    "crnn": CrnnParams,
    "paper": PaperParams,
    "bilstm": BilstmParams,
    "attention": AttentionParams,
}

# Lines of running text: higher, because they have ascenders, descenders and a slope; as wide as nearly all of them are
# at that height; the whole line is text, so that nothing but empty background is cut away, and the rest of it
# becomes white.
LINE: Mapping[str, Any] = {
    "batch_size": 16,
    "epochs": 45,
    "preprocess": {"height": 48, "width": 1024, "crop": "margins", "contrast": "stretch"},
    "model": {"crnn": {"channels": [16, 32, 64, 96, 128], "recurrent_units": 128}},
}


class Preset(NamedTuple):
    """What `model.preset` names.

    Attributes:
        network: its name in `NETWORKS`.
        values: those of `auto` that differ from `COMMON` and `SOURCES`, nested like params.yaml.
    """

    network: str
    values: Mapping[str, Any]


PRESETS: Mapping[str, Preset] = {
    **{name: Preset(name, network.PRESET) for name, network in NETWORKS.items()},
    "line": Preset("crnn", LINE),
}


class ModelParams(Section):
    """`model`: the network, by its preset, which also gives every parameter set to `auto` its value."""

    preset: Annotated[str, one_of(PRESETS)]
    crnn: CrnnParams
    bilstm: BilstmParams
    attention: AttentionParams
    attention_decoder: AttentionDecoderParams

    @property
    def network(self) -> NetworkParams:
        """The settings and geometry of the network that `preset` names."""
        name = PRESETS[self.preset].network
        settings = getattr(self, name, None)
        return settings if isinstance(settings, NetworkParams) else NETWORKS[name]()


def auto_values(preset: str, source: str) -> dict[str, Any] | None:
    """The values that `auto` stands for, nested like params.yaml; None if there is no such preset.

    Args:
        preset: `model.preset`.
        source: `data.source`.
    """
    chosen = PRESETS.get(preset)
    return _merged(_merged(COMMON, SOURCES.get(source, {})), chosen.values) if chosen else None


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes` in place of its leaves."""
    merged = dict(base)
    for name, value in changes.items():
        merged[name] = _merged(base.get(name, {}), value) if isinstance(value, Mapping) else value
    return merged
