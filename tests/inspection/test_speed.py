import numpy as np

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.inspection.speed import images_per_second
from inkpipe.training.train import TrainingData, TrainingSettings

VOCABULARY = Vocabulary(tuple("AB"))


def test_the_faster_of_two_passes_counts_and_not_the_first(make_params, capsys):
    times = iter([0.0, 10.0, 10.0, 14.0, 14.0, 16.0])  # each pass begins and ends
    params = make_params(model__crnn__channels=[4, 4, 8, 8], model__crnn__recurrent_units=8, batch_size=16)
    images = ArrayImages.of_texts([np.zeros((32, 256), np.uint8)] * 40, ["AB"] * 40, VOCABULARY)
    data = TrainingData(images, images, params.frames)
    settings = TrainingSettings.from_params(params)
    assert images_per_second(data, VOCABULARY, settings, lambda: next(times)) == 40 / 2
    assert capsys.readouterr() == ("", "")
