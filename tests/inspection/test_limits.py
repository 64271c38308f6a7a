from inkpipe.inspection.effects import effects
from inkpipe.inspection.limits import is_inverted, leakage_overrides, limit_overrides


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


def leaks(corpus, params, *, split_anew=False):
    found = leakage_overrides(effects(corpus, params), params, split_anew=split_anew)
    return {override.name.removeprefix("validate.rules."): (override.value, override.reason) for override in found}


def test_copies_in_later_splits_are_quarantined_however_many(seen, image, make_params):
    images = [image(row) for row in range(40)]
    same_bytes = [each._replace(digest=images[8].digest) if each.row < 5 else each for each in images]
    alike = [each._replace(fingerprint=images[9].fingerprint) if 9 < each.row < 20 else each for each in same_bytes]
    assert leaks(seen(images=alike), make_params()) == {
        "identical_images.tolerance": (0.13, "5 of 40 images are in a later split too: they are quarantined"),
        "near_identical_images.tolerance": (0.23, "9 of 40 images are in a later split too: they are quarantined"),
    }


def test_where_the_data_is_split_anew_all_copies_may_be_in_a_later_split(seen, image, make_params):
    images = [image(row) for row in range(40)]
    alike = [each._replace(digest=images[7].digest) if each.row < 7 else each for each in images]  # all for training
    assert leaks(seen(images=alike), make_params()) == {}
    why = "up to 7 of 40 images are in a later split too: they are quarantined"
    assert leaks(seen(images=alike), make_params(), split_anew=True) == {"identical_images.tolerance": (0.18, why)}


def test_tolerated_copies_and_samples_ask_for_nothing(seen, image, make_params):
    images = [image(row) for row in range(40)]
    few = [each._replace(digest=images[8].digest) if each.row < 3 else each for each in images]
    assert leaks(seen(images=few), make_params(), split_anew=True) == {}
    sample = [each._replace(digest=images[8].digest) for each in images[:20]]
    assert leaks(seen(images=sample), make_params(), split_anew=True) == {}
