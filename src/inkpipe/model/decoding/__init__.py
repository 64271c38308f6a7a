"""Decoders: from the logits of frames to texts. Nothing here needs TensorFlow.

To add a decoder, write a class with `decode` in a file of its own, add it to `DECODERS`, and declare its settings in
`inkpipe.params.decode` and in the `decode` section of params.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.model.decoding.beam import BeamDecoder
from inkpipe.model.decoding.decoder import Decoder, Knowledge
from inkpipe.model.decoding.greedy import GreedyDecoder
from inkpipe.params.decode import DecodeParams

__all__ = ["DECODERS", "Decoder", "Knowledge", "build_decoder"]

DECODERS: Mapping[str, Callable[[Vocabulary, DecodeParams, Knowledge], Decoder]] = {
    "greedy": lambda vocabulary, params, _: GreedyDecoder(vocabulary, params.heat, params.alternatives),
    "beam": BeamDecoder,
}


def build_decoder(params: DecodeParams, vocabulary: Vocabulary, knowledge: Knowledge | None = None) -> Decoder:
    """The decoder that `decode.method` names.

    Args:
        params: the settings that the model was saved with. A value of `auto` counts as not fitted yet: no weight, no
            bonus, a temperature of 1.
        vocabulary: the meaning of the classes.
        knowledge: what is known of texts; None for nothing.

    Raises:
        InkpipeError: the language model is absent but has a weight, or belongs to another vocabulary.
    """
    return DECODERS[params.method](vocabulary, params, knowledge or Knowledge())
