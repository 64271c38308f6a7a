from inkpipe.inspection.effects import effects
from inkpipe.inspection.limits import is_inverted, limit_overrides


def proposed(corpus, params):
    found = limit_overrides(corpus, params, effects(corpus, params))
    return {override.name.removeprefix("validate.rules."): override.value for override in found}


def test_signs_of_the_corpus_are_allowed_but_no_control_characters(seen, make_params):
    corpus = seen(["a + b"] * 20 + ["5 € und\x07"] * 20)
    assert proposed(corpus, make_params()) == {"label_characters.extra": "`+€"}


def test_limits_that_many_rows_break_are_widened(seen, image, make_params):
    images = [image(row, 5000 if row < 20 else 2000, 100) for row in range(40)]
    corpus = seen(["Wort " * 50] * 40, images)
    assert proposed(corpus, make_params()) == {
        "label_length.max": 274,  # 249 characters and a tenth
        "word_count.max": 56,
        "image_size.max_width": 5500,
    }


def test_a_few_mistakes_stay_in_quarantine(seen, image, make_params):
    images = [image(row, 5000 if row < 3 else 2000, 100) for row in range(40)]
    assert proposed(seen(images=images), make_params()) == {}


def test_inverted_images_are_told(seen, image):
    assert is_inverted(seen(images=[image(row, ink=0.9) for row in range(3)]))
    assert not is_inverted(seen())
