from inkpipe.data.vocabulary import Vocabulary
from inkpipe.training import trial
from inkpipe.training.train import TrainingSettings

VOCABULARY = Vocabulary(tuple("ABDEFGIJLNORSTU"))  # of the fixture `data`


def test_the_faster_of_two_passes_counts_and_not_the_first(small, data, monkeypatch, capsys):
    times = iter([0.0, 10.0, 10.0, 14.0, 14.0, 16.0])  # each pass begins and ends
    monkeypatch.setattr(trial.time, "perf_counter", lambda: next(times))
    params = small()
    assert trial.images_per_second(data(params), VOCABULARY, TrainingSettings.from_params(params)) == 40 / 2
    assert capsys.readouterr() == ("", "")
