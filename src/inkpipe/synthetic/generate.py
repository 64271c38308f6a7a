"""The generator's interface: labeled images of a split by their indices."""

from __future__ import annotations

from inkpipe.data.corpus import SPLITS, Sample
from inkpipe.params.synthetic import SyntheticParams
from inkpipe.synthetic.renderer import Renderer


def generate(params: SyntheticParams, seed: int, split: str, indices: range) -> list[Sample]:
    """Generate some images of a split.

    Image i depends on (params, seed, split, i) alone. Its bytes are therefore the same whichever indices are
    generated together, in however many processes, and whatever the sizes of the splits are.

    Args:
        params: the distributions of names, handwriting, forms and scans.
        seed: the seed of all randomness, >= 0.
        split: `train`, `validation` or `test`.
        indices: positions in the split, counted from 0.

    Returns:
        One sample for each index: a filename such as `train_000001.jpg` (counted from 1), a label over the 30
        characters of `inkpipe.synthetic.names.ALPHABET`, a gray JPEG.
    """
    renderer = Renderer(params)
    samples = []
    for index in indices:
        label, image = renderer.render((seed, SPLITS.index(split), index))
        samples.append(Sample(f"{split}_{index + 1:06d}.jpg", label, image))
    return samples
