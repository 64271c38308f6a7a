import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.documents import LINES, alto, page_xml

from inkpipe.errors import InkpipeError
from inkpipe.transcripts import BadTranscriptError, LineText, parse_transcript, with_texts

FORMATS = {"page": page_xml, "alto": alto}
NAMESPACE = 'xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/{}"'
# What XML can hold; a carriage return is a line feed to every XML reader.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))


def texts(content):
    return [line.text for page in parse_transcript(content).pages for _, line in page.lines()]


def line(content, version="2019-07-15"):
    """A PAGE line after the text `new` was written to it."""
    page = f'<PcGts {NAMESPACE.format(version)}><Page><TextRegion><TextLine id="l">{content}</TextLine></TextRegion>'
    written = with_texts(f"{page}</Page></PcGts>".encode(), {0: LineText("new", 0.875)}).decode()
    return re.search(r'<TextLine id="l">(.*)</TextLine>', written)[1]


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=50, deadline=None)
@given(new=st.dictionaries(st.integers(0, 3), TEXTS))
def test_the_texts_are_read_again_and_all_else_stays(name, new):
    before = FORMATS[name](LINES)
    after = with_texts(before, {place: LineText(text, 0.5) for place, text in new.items()})
    assert texts(after) == [new.get(place, each.text) for place, each in enumerate(LINES)]
    stays = [without_texts(content) for content in (before, after)]
    assert stays[0] == stays[1]


def without_texts(content):
    root = etree.fromstring(content, etree.XMLParser(remove_blank_text=True))
    for found in [*root.iter("{*}TextEquiv"), *root.iter("{*}String")]:
        found.getparent().remove(found)
    return etree.tostring(root, method="c14n")


@pytest.mark.parametrize("name", FORMATS)
def test_no_text_leaves_the_file_as_it_is(name):
    content = FORMATS[name](LINES)
    head, written = b"<?xml version='1.0' encoding='UTF-8'?>\n", with_texts(content, {})
    assert written == head + content.partition(b"?>")[2]


def test_the_text_of_a_page_line_stands_where_the_schema_wants_it():
    assert line('<Coords points="1,2"/><Baseline points="1,2"/><TextStyle/><Labels/>') == (
        '<Coords points="1,2"/><Baseline points="1,2"/>'
        '<TextEquiv conf="0.8750"><Unicode>new</Unicode></TextEquiv><TextStyle/><Labels/>'
    )
    assert line("") == '<TextEquiv conf="0.8750"><Unicode>new</Unicode></TextEquiv>'


def test_several_readings_of_a_page_line_become_one():
    old = "".join(
        f'<TextEquiv index="{index}" conf="0.1"><Unicode>{text}</Unicode></TextEquiv>'
        for index, text in enumerate("ab")
    )
    assert line(f"<Coords/>{old}<TextStyle/>") == (
        '<Coords/><TextEquiv conf="0.8750"><Unicode>new</Unicode></TextEquiv><TextStyle/>'
    )


@pytest.mark.parametrize("version", ["2009-03-16", "2010-01-12", "2010-03-19"])
def test_early_versions_of_page_have_plain_text_and_no_confidence(version):
    text = "<TextEquiv><PlainText>new</PlainText><Unicode>new</Unicode></TextEquiv>"
    assert line("<Coords/>", version) == f"<Coords/>{text}"


def test_words_stay_if_they_spell_the_text():
    def word(text):
        return f"<Word><TextEquiv><Unicode>{text}</Unicode></TextEquiv></Word>"

    text = '<TextEquiv conf="0.8750"><Unicode>new</Unicode></TextEquiv>'
    assert line(f"<Coords/>{word('new')}") == f"<Coords/>{word('new')}{text}"
    assert line(f"<Coords/>{word('o')}{word('ld')}<TextStyle/>") == f"<Coords/>{text}<TextStyle/>"


def test_a_region_that_has_the_text_of_its_lines_gets_the_new_one():
    lines = "".join(f"<TextLine><TextEquiv><Unicode>{text}</Unicode></TextEquiv></TextLine>" for text in "ab")
    region = f"<TextRegion>{lines}<TextEquiv><Unicode>a\nb</Unicode></TextEquiv></TextRegion>"
    content = f"<PcGts><Page>{region}<TextRegion>{lines}</TextRegion></Page></PcGts>".encode()
    written = with_texts(content, {1: LineText("new"), 2: LineText("c")}).decode()
    assert "<Unicode>a\nnew</Unicode></TextEquiv></TextRegion>" in written
    assert written.count("<TextEquiv>") == 5


def test_the_text_of_an_alto_line_is_one_string_with_its_box():
    content = (
        b'<alto><Layout><Page><TextBlock><TextLine HPOS="1" VPOS="2" WIDTH="30" HEIGHT="4"><Shape/>'
        b'<String CONTENT="o"/><SP/><String CONTENT="l"/><HYP CONTENT="-"/></TextLine>'
        b'<TextLine><String CONTENT="x"/></TextLine></TextBlock></Page></Layout></alto>'
    )
    written = with_texts(content, {0: LineText('"new" & <', 1.0), 1: LineText("by hand")}).decode()
    assert written.endswith(
        '<TextLine HPOS="1" VPOS="2" WIDTH="30" HEIGHT="4"><Shape/><String CONTENT="&quot;new&quot; &amp; &lt;" '
        'HPOS="1" VPOS="2" WIDTH="30" HEIGHT="4" WC="1.0000"/></TextLine>'
        '<TextLine><String CONTENT="by hand"/></TextLine></TextBlock></Page></Layout></alto>'
    )


def test_comments_instructions_indentation_and_the_encoding_stay():
    content = (
        "<?xml version='1.0' encoding='ISO-8859-1' standalone='yes'?>\n<!-- é --><?x y?>"
        "<PcGts>\n  <!-- a --><Page>\n    <TextRegion>\n      <TextLine>\n        <Coords/>\n      </TextLine>\n"
        "    </TextRegion>\n    <Note><![CDATA[<x>]]></Note>\n  </Page>\n</PcGts>"
    )
    written = with_texts(content.encode("latin-1"), {0: LineText("été €")}).decode("latin-1")
    new = "\n        <TextEquiv><Unicode>été &#8364;</Unicode></TextEquiv>"
    assert written == content.replace("<Coords/>", f"<Coords/>{new}")


def test_utf_16_stays_utf_16():
    content = '<?xml version="1.0" encoding="UTF-16"?><PcGts><Page><TextLine/></Page></PcGts>'.encode("utf-16")
    written = with_texts(content, {0: LineText("é")})
    assert written[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert texts(written) == ["é"]


@pytest.mark.parametrize("name", FORMATS)
def test_what_cannot_be_written_is_one_message(name):
    content = FORMATS[name](LINES)
    with pytest.raises(InkpipeError, match=r"no such line\. Received: line 5 of 4\."):
        with_texts(content, {4: LineText("x")})
    with pytest.raises(InkpipeError, match=r"XML cannot hold a character of the text\. Received: 'a\\x01'\."):
        with_texts(content, {0: LineText("a\x01")})
    with pytest.raises(BadTranscriptError, match="neither PAGE nor ALTO"):
        with_texts(b"<html/>", {})


def test_real_pages_keep_all_but_the_texts(shared_pages):
    files = sorted((shared_pages / "timeus").rglob("*.xml"))
    assert files
    for path in files:
        content = path.read_bytes()
        new = {place: LineText(f"line {place}", 0.25) for place in range(len(texts(content)))}
        written = with_texts(content, new)
        assert texts(written) == [text for text, _ in new.values()]
        assert without_texts(written) == without_texts(content)
