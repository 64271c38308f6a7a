from dataclasses import replace

import pytest

from inkpipe.inspection.effects import effects


def by_rule(found):
    return {result.rule: (result.violations, result.checked, result.verdict) for result in found.results}


def test_the_contract_judges_labels_and_images(seen, image, make_params):
    labels = ["ANNA"] * 36 + ["A" * 70, "A+B", "  ", "EMPTY"]
    images = [image(row, 200, 50) for row in range(0, 40, 2)]
    images[3] = image(6, 9000, 50)
    images[4] = image(8, fault="damaged", cropped={})
    found = effects(seen(labels, images), make_params())
    rules = by_rule(found)
    assert rules["label_fits"] == (1, 40, "quarantined")
    assert rules["label_characters"] == (1, 40, "quarantined")
    assert rules["label_present"] == (1, 40, "quarantined")
    assert rules["label_usable"] == (1, 40, "quarantined")
    assert rules["image_size"] == (1, 20, "quarantined")
    assert rules["image_decodes"] == (1, 20, "quarantined")
    assert rules["split_sizes"] == (0, 3, "passed")
    assert found.quarantined == 6
    assert found.stopping == []


def test_changes_of_labels_and_sizes_are_counted(seen, make_params):
    found = effects(seen(["Straße  am Fluß im Tal"] * 3 + ["ANNA "] * 7), make_params(vocabulary__case="upper"))
    assert found.form.case == "upper"
    assert found.changes.changed == 3
    assert found.changes.counts == {"case": 3, "number of characters": 3}
    assert found.changes.examples["case"][0] == ("Straße am Fluß im Tal", "STRASSE AM FLUSS IM TAL")
    assert found.line_heights == pytest.approx([12.8] * 10)  # 2000 x 100 px in a width of 256
    assert found.low == 10
    assert found.frames == 64
    assert found.frames_needed == [25] * 3 + [5] * 7  # SS twice, NN once


def test_a_label_has_only_the_frames_of_its_own_image(seen, image, make_params):
    narrow = [image(row, 80, 40) for row in range(10)]  # 64 x 32 px: 16 frames of 64
    found = effects(seen(["ABCDEFGHIJKLMNOPQ"] * 10, narrow), make_params())
    assert by_rule(found)["label_fits"][0] == 0
    assert found.tight == 10
    assert found.low == 0


def test_groups_that_splits_share_are_found_on_all_rows(seen, image, make_params):
    corpus = seen(images=[image(0)])  # 8 rows of ten for training, then one each for validation and test
    rows = [row._replace(group=f"clerk {number % 2}") for number, row in enumerate(corpus.rows)]
    (result,) = [
        each for each in effects(replace(corpus, rows=rows), make_params()).results if each.rule == "groups_apart"
    ]
    assert (result.verdict, result.violations, result.checked) == ("stopped", 32, 40)
    assert result.examples[0] == "train/0.png ('clerk 0' is in validation too)"
