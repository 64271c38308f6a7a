from inkpipe.inspection.label_summary import character_name, summarize_labels


def test_lengths_case_scripts_and_symbols_are_counted():
    found = summarize_labels(["Anna B.", "PARIS", "où?", "1858", "Ωμέγα ß"])
    assert found.count == 5
    assert found.lengths == [7, 5, 3, 4, 7]
    assert found.words == [2, 1, 1, 1, 2]
    assert (found.mixed, found.upper, found.lower) == (2, 1, 1)
    assert found.scripts == {"Latin": 13, "Greek": 5}
    assert found.symbols == {".": 1, "?": 1}


def test_a_character_is_named():
    assert character_name("é") == "é U+00E9 LATIN SMALL LETTER E WITH ACUTE"
    assert character_name("\ue000") == "\ue000 U+E000 without a name"
