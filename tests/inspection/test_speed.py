import numpy as np

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.inspection import speed
from inkpipe.training.train import TrainingData, TrainingSettings

VOCABULARY = Vocabulary(tuple("AB"))


def test_the_faster_of_two_passes_counts_and_not_the_first(make_params, monkeypatch, capsys):
    times = iter([0.0, 10.0, 10.0, 14.0, 14.0, 16.0])  # each pass begins and ends
    monkeypatch.setattr(speed.time, "perf_counter", lambda: next(times))
    params = make_params(model__crnn__channels=[4, 4, 8, 8], model__crnn__recurrent_units=8, batch_size=16)
    images = ArrayImages.of_texts([np.zeros((32, 256), np.uint8)] * 40, ["AB"] * 40, VOCABULARY)
    data = TrainingData(images, images, params.frames)
    assert speed.images_per_second(data, VOCABULARY, TrainingSettings.from_params(params)) == 40 / 2
    assert capsys.readouterr() == ("", "")
