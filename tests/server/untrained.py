"""A recognizer whose network is not trained; and a server with it, in a process of its own: `untrained.py [TOKEN]`.

The server prints its port.
"""

import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.model.artifacts import ModelSettings
from inkpipe.model.decoding import build_decoder
from inkpipe.model.decoding.decoder import Knowledge
from inkpipe.params import load_params
from inkpipe.rules.images import DEFAULT_PICTURE_RULES
from inkpipe.serving import Recognizer

ROOT = Path(__file__).parents[2]


class Network:
    """A network without training: a fixed random projection of four columns at a time, scaled to be confident."""

    def __init__(self, height, classes):
        self._weights = np.random.default_rng(0).normal(size=(height * 4, classes))

    def logits(self, images):
        batch, height, width = images.shape
        frames = (1 - images / np.float32(255)).transpose(0, 2, 1).reshape(batch, width // 4, 4 * height)
        return (frames @ self._weights).astype(np.float32)


def untrained_recognizer():
    """Its vocabulary is A, B and C, and it needs no TensorFlow."""
    params, vocabulary = load_params(ROOT / "params.yaml"), Vocabulary(tuple("ABC"))
    decode = params.decode.model_copy(update={"lm_weight": 0.0, "alternatives": 10})
    settings = ModelSettings(vocabulary, params.preprocess, decode)
    decoder = build_decoder(decode, vocabulary, Knowledge())
    return Recognizer(Network(params.preprocess.height, vocabulary.classes), decoder, settings, "5ca1ab1e")


def main():
    from inkpipe.server.app import build_app
    from inkpipe.server.guard import make_access
    from inkpipe.server.run import bind, serve
    from inkpipe.server.settings import Settings
    from inkpipe.serving.found_model import FoundModel

    found = FoundModel("untrained version 1", lambda: nullcontext(untrained_recognizer()))
    access = make_access("127.0.0.1", (), sys.argv[1] if len(sys.argv) > 1 else None)
    with bind("127.0.0.1", 0) as listener:
        print(listener.getsockname()[1], flush=True)
        serve(build_app(lambda: found, Settings(access, DEFAULT_PICTURE_RULES)), listener)


if __name__ == "__main__":
    main()
