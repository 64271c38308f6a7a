import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkpipe.data.vocabulary import UNKNOWN_CHARACTER, Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.decoding.beam import BeamDecoder, character_confidences, posteriors, single_spaced
from inkpipe.model.decoding.decoder import Knowledge
from inkpipe.model.decoding.lexicon import Lexicon
from inkpipe.model.decoding.search import Hypotheses

MINUS = -np.inf


@pytest.fixture
def decoder(vocabulary, make_decode):
    return BeamDecoder(vocabulary, make_decode(), Knowledge())


def test_clear_images_give_their_texts_in_order(decoder, sharp):
    logits = sharp([[2, 2, 0, 2, 3, 0], [0, 0, 0, 0, 0, 0], [3, 1, 2, 0, 0, 4]])
    assert [prediction.text for prediction in decoder.decode(logits)] == ["AAB", "", f"B A{UNKNOWN_CHARACTER}"]


def test_no_image_gives_no_prediction(decoder, vocabulary):
    assert decoder.decode(np.zeros((0, 3, vocabulary.classes), np.float32)) == []


def test_padding_is_never_predicted(decoder, sharp):
    assert decoder.decode(sharp([[2, 5, 5]]))[0].text == "A"


def test_the_language_model_decides_between_texts_that_look_alike(vocabulary, make_decode, language_model, sharp):
    logits = sharp([[2, 0, 3, 0, 3, 0]], 8.0)
    logits[0, 4, 2] = 7.5  # the last letter looks a little more like B than like A
    plain = BeamDecoder(vocabulary, make_decode(), Knowledge(language_model))
    fused = BeamDecoder(vocabulary, make_decode(lm_weight=1.0), Knowledge(language_model))
    assert language_model.score(vocabulary.encode("ABA")) > language_model.score(vocabulary.encode("ABB"))
    assert plain.decode(logits)[0].text == "ABB"
    assert fused.decode(logits)[0].text == "ABA"


def test_alternatives_are_the_likeliest_texts_the_prediction_first(decoder, sharp):
    (prediction,) = decoder.decode(sharp([[2, 0, 3]], 3.0))
    alternatives = prediction.alternatives
    assert len(alternatives) == 3
    assert (alternatives[0].text, alternatives[0].confidence) == (prediction.text, prediction.confidence)
    assert [each.score for each in alternatives] == sorted((each.score for each in alternatives), reverse=True)
    assert len({each.text for each in alternatives}) == 3
    assert sum(each.confidence for each in alternatives) <= 1 + 1e-9


def test_texts_that_differ_in_spaces_alone_are_one_text_with_the_sum_of_their_probabilities(decoder, vocabulary):
    probabilities = np.full((1, 3, vocabulary.classes), 1e-9, np.float32)
    probabilities[0, 0, 2] = 1.0  # A
    probabilities[0, 1, [0, 1, 3]] = [0.3, 0.4, 0.3]  # nothing, a space, or B
    probabilities[0, 2, [0, 1]] = [0.5, 0.5]
    (prediction,) = decoder.decode(np.log(probabilities))
    assert [each.text for each in prediction.alternatives[:2]] == ["A", "AB"]
    assert prediction.confidence == pytest.approx(0.7, abs=1e-6)
    assert len(prediction.characters) == 1
    assert len({each.text for each in prediction.alternatives}) == len(prediction.alternatives)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_single_spacing_keeps_all_probability_and_leaves_different_texts(seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 6, (4, 5))
    symbols = np.where(np.arange(5) < lengths[..., np.newaxis], rng.integers(1, 4, (4, 5, 5)), 0)
    scores = -np.sort(rng.exponential(size=(4, 5)), axis=1)
    spaces = np.array([False, True, False, False])
    found = single_spaced(Hypotheses(symbols, lengths, scores), spaces)
    assert np.exp(found.scores).sum(axis=1) == pytest.approx(np.exp(scores).sum(axis=1))
    assert (np.diff(np.exp(found.scores), axis=1) <= 0).all()
    for image in range(4):
        expected = {}
        for ids, length, score in zip(symbols[image], lengths[image], scores[image], strict=True):
            text = " ".join("".join("\0 AB"[each] for each in ids[:length]).split())
            expected[text] = expected.get(text, 0.0) + np.exp(score)
        texts = {
            "".join("\0 AB"[each] for each in ids[:length]): np.exp(score)
            for ids, length, score in zip(found.symbols[image], found.lengths[image], found.scores[image], strict=True)
            if score > -np.inf
        }
        assert texts == pytest.approx(expected)


@pytest.mark.parametrize(("count", "width", "expected"), [(0, 10, 0), (1, 10, 1), (50, 10, 10), (5, 1, 1)])
def test_there_are_as_many_alternatives_as_asked_for_or_as_the_beam_is_wide(
    vocabulary, make_decode, noise, count, width, expected
):
    decoder = BeamDecoder(vocabulary, make_decode(alternatives=count, width=width), Knowledge())
    (prediction,) = decoder.decode(noise(0, 1, 8))
    assert len(prediction.alternatives) == expected
    assert 0 <= prediction.confidence <= 1


def test_a_beam_of_one_is_certain(vocabulary, make_decode, noise):
    decoder = BeamDecoder(vocabulary, make_decode(width=1), Knowledge())
    (prediction,) = decoder.decode(noise(0, 1, 8))
    assert prediction.confidence == 1.0
    assert prediction.characters == (1.0,) * len(prediction.text)


def test_many_images_are_decoded_as_in_small_batches(vocabulary, make_decode, language_model, noise):
    decoder = BeamDecoder(vocabulary, make_decode(lm_weight=0.5), Knowledge(language_model))
    logits = noise(3, 300, 6)
    small = [each for start in range(0, 300, 7) for each in decoder.decode(logits[start : start + 7])]
    assert decoder.decode(logits) == small


def test_a_word_outside_the_lexicon_is_never_predicted(vocabulary, make_decode, sharp):
    decoder = BeamDecoder(vocabulary, make_decode(), Knowledge(lexicon=Lexicon(["ABBA", "BA"], vocabulary)))
    logits = sharp([[2, 0, 3, 0, 3, 0], [3, 2, 1, 3, 2, 0]], 4.0)
    assert [prediction.text for prediction in decoder.decode(logits)] == ["ABBA", "BA BA"]


def test_an_image_without_any_text_of_the_lexicon_in_the_beam_gets_the_empty_one_without_confidence(
    vocabulary, make_decode, sharp
):
    decoder = BeamDecoder(vocabulary, make_decode(width=1), Knowledge(lexicon=Lexicon(["ABBA"], vocabulary)))
    (prediction,) = decoder.decode(sharp([[2, 0, 3, 0, 0, 0]], 4.0))
    assert (prediction.text, prediction.confidence, prediction.characters) == ("", 0.0, ())
    assert prediction.alternatives == ()


def test_a_weight_without_a_language_model_is_refused(vocabulary, make_decode):
    with pytest.raises(InkpipeError, match=r"decode.lm_weight: there is no language model. Received: 0.5. Give"):
        BeamDecoder(vocabulary, make_decode(lm_weight=0.5), Knowledge())


def test_a_language_model_of_another_vocabulary_is_refused(make_decode, language_model):
    with pytest.raises(InkpipeError, match=r"belongs to another vocabulary. Received: ' AB' and 'XYZ'. Run"):
        BeamDecoder(Vocabulary(tuple("XYZ")), make_decode(), Knowledge(language_model))


def test_threads_may_share_a_decoder(vocabulary, make_decode, language_model, noise):
    decoder = BeamDecoder(vocabulary, make_decode(lm_weight=0.5), Knowledge(language_model))
    batches = [noise(seed, 8, 10) for seed in range(6)]
    answers = {}
    threads = [
        threading.Thread(target=lambda number=number: answers.update({number: decoder.decode(batches[number])}))
        for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answers[number] for number in range(6)] == [decoder.decode(batch) for batch in batches]


def test_posteriors_are_a_softmax_at_the_temperature():
    scores = np.log([[0.64, 0.16, 0.04]]) - 900
    np.testing.assert_allclose(posteriors(scores, 1.0)[0], np.array([0.64, 0.16, 0.04]) / 0.84)
    np.testing.assert_allclose(posteriors(scores, 2.0)[0], np.array([0.8, 0.4, 0.2]) / 1.4)


def test_what_is_no_hypothesis_has_no_part_in_the_probability():
    np.testing.assert_allclose(posteriors(np.array([[0.0, MINUS], [MINUS, MINUS]]), 2.0), [[1, 0], [0, 0]])


def hypotheses(*texts):
    longest = max(map(len, texts))
    symbols = np.array([[[ord(c) for c in text.ljust(longest, "\0")] for text in texts]])
    lengths = np.array([[len(text) for text in texts]])
    return Hypotheses(symbols, lengths, np.zeros(lengths.shape))


@pytest.mark.parametrize(
    ("best", "other", "agreed"),
    [
        ("ANNA", "ANNE", "1110"),  # substitution
        ("ANNA", "ANA", "1101"),  # deletion: which N is open
        ("ANNA", "ANNNA", "1111"),  # insertion
        ("ANNA", "ANN", "1110"),
        ("ANNA", "XNNX", "0000"),  # two places: all between them disagree
        ("ANNA", "", "0000"),
        ("A", "AA", "1"),
    ],
)
def test_an_alternative_agrees_in_its_common_start_and_end(best, other, agreed):
    found = character_confidences(hypotheses(best, other), np.array([[0.75, 0.25]]))
    assert found[0, : len(best)].tolist() == [1.0 if each == "1" else 0.75 for each in agreed]


@given(texts=st.lists(st.text("AB", max_size=6), min_size=1, max_size=5, unique=True), data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_character_is_at_least_as_sure_as_the_text_and_at_most_certain(texts, data):
    weights = np.array([data.draw(st.lists(st.floats(0.01, 1), min_size=len(texts), max_size=len(texts)))])
    weights /= weights.sum()
    found = character_confidences(hypotheses(*texts), weights)[0, : len(texts[0])]
    assert (found >= weights[0, 0] - 1e-9).all()
    assert (found <= 1).all()
