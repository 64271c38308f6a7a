import pytest

from inkpipe.inspection.effects import effects
from inkpipe.inspection.sizes import contrast_overrides, is_running_text, preset_overrides, size_overrides


def proposed(corpus, params):
    found = size_overrides(corpus, params, effects(corpus, params))
    return {override.name.removeprefix("preprocess."): override.value for override in found}


def test_wide_lines_of_words_get_margins_height_and_width(seen, make_params):
    corpus = seen()  # 2000 x 100 px: at height 48 in full at a width of 960
    assert is_running_text(corpus)
    assert proposed(corpus, make_params()) == {"crop": "margins", "height": 48, "width": 960}


def test_lines_count_by_their_characters_beside_short_cells(seen, image, make_params):
    labels = ["Le greffier a signé la présente minute"] * 16 + ["12"] * 24
    images = [image(row, 2000 if row < 16 else 60, 100) for row in range(40)]
    corpus = seen(labels, images)
    assert is_running_text(corpus)
    assert proposed(corpus, make_params()) == {"crop": "margins", "height": 48, "width": 960}


def test_numbers_count_beside_few_lines(seen, image):
    labels = ["Le greffier a signé la présente minute"] * 2 + ["1886"] * 38
    assert not is_running_text(seen(labels, [image(row, 2000 if row < 2 else 60, 100) for row in range(40)]))


def test_names_keep_the_present_size(seen, image, make_params):
    corpus = seen(["ANNA"] * 40, [image(row, 200, 40) for row in range(40)])
    assert not is_running_text(corpus)
    assert proposed(corpus, make_params()) == {}


def test_long_labels_get_their_frames(seen, image, make_params):
    corpus = seen(["ABCDEFGHIJ" * 10] * 40, [image(row, 200, 40) for row in range(40)])
    assert proposed(corpus, make_params()) == {"width": 416}  # 104 frames for 100 characters


def test_the_widest_lines_stay_legible(seen, image, make_params):
    images = [image(row, 4000 if row < 4 else 1000, 100) for row in range(40)]
    found = proposed(seen(images=images), make_params())
    assert found == {"crop": "margins", "height": 48, "width": 800}  # 20 px high at 40 times the height


def test_running_text_gets_the_preset_for_lines(seen, image, make_params):
    assert [(each.name, each.value) for each in preset_overrides(seen(), make_params())] == [("model.preset", "line")]
    assert preset_overrides(seen(), make_params(model__preset="attention")) == []
    names = seen(["ANNA"] * 40, [image(row, 200, 40) for row in range(40)])
    assert preset_overrides(names, make_params()) == []


def test_the_preset_for_lines_needs_no_other_size(seen, make_params):
    assert proposed(seen(), make_params(model__preset="line")) == {}


@pytest.mark.parametrize(
    ("background", "found"), [(255, []), (200, []), (180, ["stretch"]), (20, []), (90, ["stretch"])]
)
def test_a_gray_background_is_made_white_as_the_padding_is(seen, image, make_params, background, found):
    corpus = seen(images=[image(row, background=background) for row in range(40)])
    assert [each.value for each in contrast_overrides(corpus, make_params())] == found
    assert contrast_overrides(corpus, make_params(model__preset="line")) == []


def test_a_network_of_one_size_keeps_it(seen, make_params):
    assert proposed(seen(), make_params(model__preset="paper")) == {}
