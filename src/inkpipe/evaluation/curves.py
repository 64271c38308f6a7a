"""The learning curves. They stand apart from the other figures because training logs them too."""

from __future__ import annotations

from matplotlib.axes import Axes

from inkpipe.pages.charts import ACCENT, INK, PALE, draw, percent_axis, whole_numbers
from inkpipe.training.history import History, best_epoch


def learning_curves(history: History) -> bytes:
    """Draw loss of training and validation, and validation CER, over the epochs. The best epoch is marked.

    Args:
        history: at least one epoch.

    Returns:
        A PNG of 1536 x 544 pixels; the same history gives the same bytes.
    """
    epochs, best = [each.epoch for each in history], best_epoch(history)

    def loss(axes: Axes) -> None:
        axes.plot(epochs, [each.loss for each in history], color=PALE, label="training", marker=".")
        axes.plot(epochs, [each.val_loss for each in history], color=INK, label="validation", marker=".")
        axes.set(title="Loss", xlabel="epoch", ylabel="loss", ylim=(0, None))
        whole_numbers(axes, x=True)
        axes.legend()

    def cer(axes: Axes) -> None:
        axes.plot(epochs, [each.val_cer for each in history], color=INK, marker=".")
        label = f"best: {best.val_cer:.1%}"
        axes.plot([best.epoch], [best.val_cer], color=ACCENT, marker="o", linestyle="", label=label)
        axes.set(title="Character error rate, validation", xlabel="epoch", ylabel="CER", ylim=(0, None))
        whole_numbers(axes, x=True)
        percent_axis(axes)
        axes.legend()

    return draw(loss, cer)
