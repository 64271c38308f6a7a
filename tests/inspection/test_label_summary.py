from inkpipe.inspection.label_summary import character_name, label_facts


def test_lengths_case_scripts_and_symbols_are_counted():
    facts = label_facts(["Anna B.", "PARIS", "où?", "1858", "Ωμέγα ß"])
    assert facts.count == 5
    assert facts.lengths == [7, 5, 3, 4, 7]
    assert facts.words == [2, 1, 1, 1, 2]
    assert (facts.mixed, facts.upper, facts.lower) == (2, 1, 1)
    assert facts.scripts == {"Latin": 13, "Greek": 5}
    assert facts.symbols == {".": 1, "?": 1}


def test_a_character_is_named():
    assert character_name("é") == "é U+00E9 LATIN SMALL LETTER E WITH ACUTE"
    assert character_name("\ue000") == "\ue000 U+E000 without a name"
