import base64
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.evaluation import report
from inkpipe.evaluation.analysis import analyze
from inkpipe.evaluation.evaluate import Evaluation
from inkpipe.evaluation.grid import encode_png
from inkpipe.evaluation.metrics import METRICS, Statistic, measure
from inkpipe.evaluation.predictions import Example
from inkpipe.evaluation.rejection import Acceptance
from inkpipe.evaluation.report import (
    PREVIEWS,
    ReportContext,
    acceptance_line,
    describe_model,
    difference,
    render_report,
    summary,
)

PNG = encode_png(np.zeros((4, 6), np.uint8))
FIGURES = dict.fromkeys(("calibration", "rejection", "cer_by_length", "cer_by_character", "learning_curves"), PNG)
PREVIEW_PNGS = dict.fromkeys(PREVIEWS, PNG)
TEXT = st.text("ABC ", max_size=8)


class ParsedPage(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.open = []
        self.tags = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def evaluated(predictions, examples=()):
    groups = {"random": list(examples), "best": []}
    return Evaluation(predictions, measure(predictions, 20, 1), analyze(predictions, 20, 1), groups)


@pytest.fixture
def page(score_pair, history):
    """Render a report: `page(source)`."""
    predictions = [score_pair("ANNA", "ANNA", 0.9, "a.jpg"), score_pair("<B>&'\"", "<B>&", 0.2, "b<i>.jpg")]
    examples = [Example(each, np.full((5, 9), 7, np.uint8)) for each in predictions]

    def render(source="synthetic", described=None):
        settings = {"params": {"scan": {"blur": 0.5}}}
        described = described or {"source": source, "splits": {"train": {"rows": 12000}}, **settings}
        context = ReportContext(history, described, {"network": "crnn"}, PREVIEW_PNGS)
        return render_report(evaluated(predictions, examples), FIGURES, context)

    return render


def test_page_is_well_formed_and_needs_nothing_from_elsewhere(page):
    html = page()
    parsed = ParsedPage(html)
    assert parsed.open == []
    assert not re.search(r"https?://|<script|<link|@import|url\(", html)
    sources = [attributes["src"] for tag, attributes in parsed.tags if tag == "img"]
    assert len(sources) == 5 + 2 + 3
    for source in sources:
        picture = base64.b64decode(source.partition(";base64,")[2])
        assert cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE) is not None


def test_page_has_the_headline_the_model_and_the_source(page):
    text = ParsedPage(page()).text
    assert "50 of 100 images are recognized without an error" in text
    assert "crnn" in text
    assert "12,000" in text
    assert "scan.blur" in text


def test_the_settings_of_a_mixed_source_fold_away_like_those_of_a_synthetic_one(page):
    generator = {"source": "synthetic", "seed": 42, "params": {"scan": {"blur": 0.5}}}
    text = ParsedPage(page(described={"source": "mixed", "real": {"source": "folder"}, "synthetic": generator})).text
    assert "synthetic.seed" in text
    assert "The 1 parameters of the source" in text
    assert "synthetic.params" not in text
    assert "These test images are synthetic" not in text


def test_page_has_every_metric_with_its_meaning(page):
    text = ParsedPage(page()).text
    for metric in METRICS:
        if metric.name == "calibration_error_uncalibrated" or metric.name.endswith("characters"):
            assert metric.title not in text  # the decoder gives neither
            continue
        assert text.count(metric.title) >= 1
        assert text.count(metric.meaning) == 1


def test_a_declared_metric_is_on_the_page(page, monkeypatch):
    monkeypatch.setattr(report, "STATISTICS", (Statistic("n", "Images", "number of images", len, percent=False),))
    text = ParsedPage(page()).text
    assert "number of images" in text
    assert "2.0000" in text


def test_every_preview_is_on_the_page_with_its_explanation(page):
    parsed = ParsedPage(page())
    texts = list(PREVIEWS.values())
    assert [attributes["alt"] for tag, attributes in parsed.tags if attributes.get("alt") in texts] == texts
    assert all(parsed.text.count(text) == 1 for text in texts)


def test_labels_and_names_are_text_and_never_markup(page):
    html = page()
    assert "<B>" not in html
    assert "&lt;B&gt;&amp;&#39;&#34;" in html
    assert "b&lt;i&gt;.jpg" in html


def test_a_page_has_slices_thresholds_and_labels_to_check(evaluation, history):
    context = ReportContext(history, {}, {}, {})
    text = ParsedPage(render_report(evaluation, FIGURES, context)).text
    assert "By origin" in text
    assert "By label length" in text
    assert "Accept 5.6 % of the images at 0.0 % errors (0.0 % to 79.3 %), and send 94.4 % to a person." in text
    assert "Of the test labels, 3 differ" in text


def test_a_page_without_them_has_no_empty_sections(page):
    text = ParsedPage(page()).text
    assert "Labels to check" not in text
    assert "Accept or check" not in text


def test_the_effect_of_a_threshold_is_written_in_words():
    some = Acceptance(0.01, 497, 0.93, 0.612, 304, 0.013, 0.005, 0.033, 0.004)
    assert acceptance_line(some) == (
        "Accept 61.2 % of the images at 1.3 % errors (0.50 % to 3.3 %), and send 38.8 % to a person. The accepted ones "
        "have a confidence of at least 93.0 %, the threshold that accepts most with at most 1.0 % of the accepted "
        "texts wrong on the 497 validation images; the rates are of the test images."
    )
    none = Acceptance(0.01, 497, 0.93, 0.0, 0, None, None, None, None)
    assert acceptance_line(none) == "Send all images to a person: none has a confidence of at least 93.0 %."
    assert "no threshold of confidence leaves at most 1.0 %" in acceptance_line(none._replace(threshold=None))


def test_only_synthetic_images_come_with_a_warning(page):
    assert "These test images are synthetic" in page("synthetic")
    assert "These test images are synthetic" not in page("folder")


def test_groups_without_examples_are_left_out(page):
    html = page()
    assert "Expect predictions like these." in html
    assert "Correct predictions with the highest confidence." not in html


def test_wrong_and_deleted_characters_are_marked(page, score_pair, history):
    examples = [Example(score_pair("ANNE B", "AMNE"), np.zeros((5, 9), np.uint8))]
    context = ReportContext(history, {}, {}, {})
    html = render_report(evaluated([examples[0].scored], examples), FIGURES, context)
    assert 'A<mark class="wrong">M</mark>NE<mark class="deleted">␣B</mark>' in html


def test_the_page_is_the_same_each_time(page):
    assert page() == page()


def test_a_headline_never_rounds_an_error_away(score_pair):
    predictions = [score_pair("A", "A", 0.9)] * 999 + [score_pair("A", "B", 0.9)]
    html = render_report(evaluated(predictions), FIGURES, ReportContext([], {}, {}, {}))
    assert "99 of 100 images" in html


def test_a_headline_loses_nothing_to_binary_fractions(score_pair):
    predictions = [score_pair("A", "A", 0.9)] * 29 + [score_pair("A", "B", 0.9)] * 71
    html = render_report(evaluated(predictions), FIGURES, ReportContext([], {}, {}, {}))
    assert "29 of 100 images" in html  # 100 * 0.29 is less than 29 in floating point


@pytest.mark.parametrize(
    ("label", "text", "pieces"),
    [
        ("ANNA", "ANNA", [("correct", "ANNA")]),
        ("ANNA", "ANMA", [("correct", "AN"), ("wrong", "M"), ("correct", "A")]),
        ("ANNA", "ANA", [("correct", "AN"), ("deleted", "N"), ("correct", "A")]),
        ("ANNA", "", [("deleted", "ANNA")]),
    ],
)
def test_difference_marks_wrong_and_deleted_characters(label, text, pieces):
    assert difference(label, text) == pieces


@given(TEXT, TEXT)
def test_difference_holds_the_whole_prediction(label, text):
    assert "".join(piece for kind, piece in difference(label, text) if kind != "deleted") == text


def test_a_model_is_described_by_its_network_input_decoder_and_characters(make_params):
    network = SimpleNamespace(name="crnn", count_params=lambda: 7)
    decode = make_params(decode__method="greedy", decode__temperature=1.5).decode
    preprocess = SimpleNamespace(height=32, width=256, features="pixels")
    loaded = SimpleNamespace(
        model=SimpleNamespace(network=network, decode=decode),
        preprocess=preprocess,
        vocabulary=Vocabulary(tuple(" AB")),
    )
    assert describe_model(loaded) == {
        "network": "crnn",
        "weights": 7,
        "input": "32 x 256 pixels",
        "decoder": "greedy decoding, temperature 1.5",
        "characters": "\N{OPEN BOX}AB",
    }


def test_summary_names_rates_and_intervals(evaluation):
    line = summary(evaluation.metrics)
    assert line.startswith("18 test images: CER 36.36% (")
    assert "exact 33.33% (" in line
