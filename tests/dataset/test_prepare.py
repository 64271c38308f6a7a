import numpy as np
import pytest

from inkpipe.dataset.prepare import RowBatch, prepare_batch, prepare_images
from inkpipe.imaging import UnreadableImage, decode, prepare, prepared_shape


def test_images_come_in_the_order_of_splits_and_rows(params, corpus):
    rows = [("train", [0, 2, 69]), ("test", [1])]
    prepared = list(prepare_images(corpus, rows, params.preprocess, "local"))
    assert [each.filename for each in prepared] == ["train0.jpg", "train2.jpg", "train69.jpg", "test1.jpg"]
    (sample,) = corpus.samples("test", [1])
    assert np.array_equal(prepared[3].image, prepare(decode(sample.image), params.preprocess))


def test_a_batch_is_one_array_of_the_prepared_shape(params, corpus):
    filenames, images, _ = prepare_batch(RowBatch(corpus, "validation", [3, 8], params.preprocess))
    assert filenames == ["validation3.jpg", "validation8.jpg"]
    assert (images.dtype, images.shape) == (np.uint8, (2, *prepared_shape(params.preprocess)))


def test_an_image_that_does_not_decode_is_an_error(params, corpus, tmp_path):
    from inkpipe.data.corpus import Corpus, Sample, write_split

    other = tmp_path / "other"
    other.mkdir()
    write_split(other, "train", [Sample("bad.jpg", "A", b"no image")])
    with pytest.raises(UnreadableImage, match="Not an image"):
        prepare_batch(RowBatch(Corpus(other), "train", [0], params.preprocess))
