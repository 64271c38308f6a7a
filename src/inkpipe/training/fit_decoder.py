"""Fits the decoder of a trained network on its validation images."""

from __future__ import annotations

import numpy as np

from inkpipe.data.vocabulary import UNKNOWN_CHARACTER
from inkpipe.dataset.batches import LabeledImages, prepared_batches
from inkpipe.dataset.subset import SubsetImages
from inkpipe.model.decoding.decoder import Knowledge
from inkpipe.model.decoding.fit import FittedDecoder, fit_decoder
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.params.decode import DecodeParams

MOST_IMAGES = 2000  # enough for two decimals; more only take longer
NO_CHARACTER = "\N{WORD JOINER}"  # stands for a label's characters outside the vocabulary: no prediction has it


def fit_on_validation(
    model: CTCOCRModel, validation: LabeledImages, params: DecodeParams, knowledge: Knowledge, batch_size: int
) -> FittedDecoder:
    """Fit a decoder, and give it to the model.

    Args:
        model: with its final weights.
        validation: labeled images; of many, evenly spaced ones are taken.
        params: the settings of the decoder.
        knowledge: what it may know of texts.
        batch_size: images a step.

    Raises:
        InkpipeError: see `inkpipe.model.decoding.fit.fit_decoder`.
    """
    rows = range(0, validation.count, max(1, -(-validation.count // MOST_IMAGES)))
    some = SubsetImages(validation, rows, len(rows))
    vocabulary, logits, labels = model.vocabulary, [], list[str]()
    for images, ids in prepared_batches(some, batch_size=batch_size, padding=vocabulary.padding).as_numpy_iterator():
        logits.append(model.logits(images))
        texts = map(vocabulary.decode, ids.tolist())
        labels += [text.replace(UNKNOWN_CHARACTER, NO_CHARACTER) for text in texts]
    fitted = fit_decoder(np.concatenate(logits), labels, vocabulary, params, knowledge)
    model.use_decoder(fitted.params, knowledge)
    return fitted
