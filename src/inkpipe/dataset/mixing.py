"""Real and synthetic training images as one stream, whose composition is chosen for each epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inkpipe.backend import tf
from inkpipe.data.corpus import REAL, SYNTHETIC
from inkpipe.dataset.batches import LabeledImages, RecordImages
from inkpipe.dataset.records import Records
from inkpipe.errors import InkpipeError
from inkpipe.params.train import MixParams


@dataclass(frozen=True)
class MixedImages:
    """Real images with synthetic ones spread evenly among them. Every epoch has the same number of images.

    An epoch has each real image once and some synthetic ones, which follow those of the epoch before: all get their
    turn, in the same order again and again. Its content follows from its number alone, so a training can resume.

    Attributes:
        real: the real images.
        synthetic: the synthetic images, at least one; parsed as the real ones are.
        params: the `train.mix` section.
    """

    real: LabeledImages
    synthetic: LabeledImages
    params: MixParams

    def __post_init__(self) -> None:
        if not self.real.count and self.params.synthetic_fraction not in ("auto", 1.0):
            raise InkpipeError(
                "train.mix.synthetic_fraction needs real training images, and the corpus has none. "
                f"Received: {self.params.synthetic_fraction}. Set it to auto, or add real images."
            )

    @property
    def count(self) -> int:
        """How many images an epoch has."""
        return self.synthetic_count + (0 if self.params.synthetic_fraction == 1 else self.real.count)

    @property
    def synthetic_count(self) -> int:
        """How many images of an epoch are synthetic, after the first `synthetic_epochs`."""
        fraction = self.params.synthetic_fraction
        if fraction == "auto":
            return min(self.synthetic.count, self.real.count or self.synthetic.count)
        if fraction == 1:
            return self.synthetic.count
        return round(self.real.count * float(fraction) / (1 - float(fraction)))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of each."""
        return self.synthetic.shape

    def elements(self, epoch: Any = 0) -> tf.data.Dataset:
        """The elements of an epoch: see `LabeledImages.elements`."""
        alone, number = self.params.synthetic_epochs, tf.cast(epoch, tf.int64)
        count, usual = tf.constant(self.count, tf.int64), tf.constant(self.synthetic_count, tf.int64)
        synthetic = tf.where(number < alone, count, usual)
        start = tf.minimum(number, alone) * count + tf.maximum(number - alone, 0) * usual
        # Element i is synthetic where the rounded-down line of i synthetic / count rises: as even as can be.
        origins = tf.data.Dataset.range(self.count).map(lambda i: (i + 1) * synthetic // count - i * synthetic // count)
        chosen = self.synthetic.elements().repeat().skip(start % self.synthetic.count).take(synthetic)
        return tf.data.Dataset.choose_from_datasets(
            [self.real.elements(), chosen], origins, stop_on_empty_dataset=False
        )

    def parse(self, element: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Image and class ids of an element: see `LabeledImages.parse`."""
        return self.real.parse(element)


def training_images(records: Records, params: MixParams) -> LabeledImages:
    """The training images of records, mixed by `train.mix` where they have synthetic images beside real ones.

    Args:
        records: the prepared images.
        params: the `train.mix` section.

    Raises:
        InkpipeError: `train.mix` names real images and there are none; or the records are absent.
    """
    if not records.has_origins("train"):
        return RecordImages(records, "train")
    real, synthetic = (RecordImages(records, "train", origin) for origin in (REAL, SYNTHETIC))
    return MixedImages(real, synthetic, params)
