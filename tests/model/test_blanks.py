import numpy as np

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.model.blanks import BlankAfterEach, position_logits
from inkpipe.model.decoding.greedy import GreedyDecoder

VOCABULARY = Vocabulary(tuple("ABN"))


def positions_of(*texts, positions=6):
    """Logits that are sure of each character, and of the blank behind the end."""
    ids = np.zeros((len(texts), positions), np.int64)
    for row, text in zip(ids, texts, strict=True):
        row[: len(text)] = VOCABULARY.encode(text)
    return (20.0 * np.eye(VOCABULARY.classes)[ids]).astype(np.float32)


def test_every_ctc_decoder_reads_positions_equal_neighbors_too():
    frames = BlankAfterEach()(positions_of("ANNA", "", "BANANA")).numpy()
    assert frames.shape == (3, 12, VOCABULARY.classes)
    assert [each.text for each in GreedyDecoder(VOCABULARY).decode(frames)] == ["ANNA", "", "BANANA"]


def test_positions_are_found_again_between_the_blanks():
    logits = positions_of("ANNA")
    np.testing.assert_array_equal(position_logits(BlankAfterEach()(logits)), logits)
