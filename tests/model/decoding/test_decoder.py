import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.model.decoding import DECODERS, Knowledge, build_decoder
from inkpipe.params.decode import EARLIER, DecodeParams


@pytest.mark.parametrize("method", sorted(DECODERS))
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_output_that_is_not_a_number_is_refused(vocabulary, make_decode, noise, method, value):
    logits = noise(0, 3, 4)
    logits[1, 2, 0] = value
    message = rf"not a number for 1 of 3 images. Received: {value}. Its training diverged: lower `lr`"
    with pytest.raises(InkpipeError, match=message):
        build_decoder(make_decode(method=method), vocabulary).decode(logits)


def test_every_decoder_that_the_params_allow_is_registered():
    assert set(DECODERS) == set(DecodeParams.model_fields["method"].annotation.__args__)


def test_what_is_not_fitted_yet_has_no_weight(vocabulary, make_decode, language_model, noise):
    logits = noise(1, 4, 6)
    unfitted = make_decode(lm_weight="auto", length_bonus="auto", temperature="auto")
    expected = build_decoder(make_decode(), vocabulary).decode(logits)
    assert build_decoder(unfitted, vocabulary, Knowledge(language_model)).decode(logits) == expected


def test_a_model_of_before_the_beam_decodes_greedily(vocabulary, sharp):
    (prediction,) = build_decoder(DecodeParams(**EARLIER), vocabulary).decode(sharp([[2, 3]]))
    assert prediction.text == "AB"


def test_the_knowledge_of_a_training_is_read_from_its_files(vocabulary, language_model, tmp_path):
    language_model.save(tmp_path / "language_model.npz")
    (tmp_path / "words.txt").write_text("AB\nX\n")
    said = []
    read = Knowledge.read(tmp_path / "language_model.npz", str(tmp_path / "words.txt"), vocabulary, said.append)
    read.language_model.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "language_model.npz").read_bytes()
    assert read.lexicon.words == ("AB",)
    assert len(said) == 1
    assert Knowledge.read(tmp_path / "language_model.npz", None, vocabulary).lexicon is None


def test_an_empty_word_list_is_named(vocabulary, tmp_path):
    (tmp_path / "words.txt").write_text("")
    with pytest.raises(InkpipeError, match=r"decode.lexicon: the file holds no text"):
        Knowledge.read(tmp_path / "language_model.npz", str(tmp_path / "words.txt"), vocabulary)
