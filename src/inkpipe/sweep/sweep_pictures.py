"""The pictures of a sweep: its history, which parameters matter, and which values are good together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from inkpipe.pages.charts import ACCENT, GRAY, INK, draw, percent_axis, whole_numbers
from inkpipe.params.sweep import Choices, LogUniformRange, Range
from inkpipe.sweep.search_space import SearchSpace

if TYPE_CHECKING:
    import optuna

Frozen = Any  # optuna.trial.FrozenTrial


def draw_history(study: optuna.Study, _: SearchSpace) -> bytes | None:
    """Draw the validation CER of each trial, and of the best one so far.

    Args:
        study: of the sweep.

    Returns:
        A PNG of 1536 x 544 pixels; None if no trial was completed.
    """
    complete, pruned = _complete(study), [each for each in study.trials if each.state.name == "PRUNED"]
    if not complete:
        return None
    best = [min(each.value for each in complete[: place + 1]) for place in range(len(complete))]

    def panel(axes: Axes) -> None:
        numbers = [each.number for each in complete]
        axes.plot(numbers, [each.value for each in complete], "o", color=INK, label="completed")
        seen = [(each.number, min(each.intermediate_values.values())) for each in pruned if each.intermediate_values]
        top = 1.2 * max(each.value for each in complete)
        if seen:
            heights = [min(height, top) for _, height in seen]
            axes.plot(
                [number for number, _ in seen], heights, "x", color=GRAY, label="pruned (at the top: that or more)"
            )
        axes.step(numbers, best, where="post", color=ACCENT, label="best so far")
        axes.set(title="Validation CER of the trials", xlabel="trial", ylabel="CER", ylim=(0, 1.05 * top or 1))
        whole_numbers(axes, x=True)
        percent_axis(axes)
        axes.legend()

    return draw(panel)


def draw_importance(study: optuna.Study, space: SearchSpace) -> bytes | None:
    """Draw how much of the variation of the validation CER each parameter explains, by fANOVA.

    Hutter, Hoos, Leyton-Brown: An efficient approach for assessing hyperparameter importance, ICML 2014.

    Args:
        study: of the sweep.
        space: what is searched.

    Returns:
        A PNG; None if the completed trials are fewer than two, or all have the same CER.
    """
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    if len({each.value for each in _complete(study)}) < 2:
        return None
    importance = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    names = sorted(importance, key=lambda name: importance[name])

    def panel(axes: Axes) -> None:
        axes.barh(names, [importance[name] for name in names], color=INK, height=0.6)
        title = f"Fraction of the variation of the validation CER that a parameter explains ({_trials(study)})"
        axes.set(title=title, xlabel="importance", xlim=(0, 1))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)

    return draw(panel, height=max(1.8, 0.9 + 0.4 * len(space.ranges)))


def draw_parallel(study: optuna.Study, space: SearchSpace) -> bytes | None:
    """Draw each completed trial as a line through the values of its parameters; the darker, the lower its CER.

    Args:
        study: of the sweep.
        space: what is searched.

    Returns:
        A PNG; None if fewer than two trials were completed.
    """
    complete = sorted(_complete(study), key=lambda trial: -trial.value)  # the best ones on top
    if len(complete) < 2:
        return None
    rates = [each.value for each in complete]
    scale = Normalize(min(rates), max(rates) if max(rates) > min(rates) else min(rates) + 1e-9)
    colors = colormaps["Blues_r"]

    def panel(axes: Axes) -> None:
        for trial in complete:
            heights = [_height(given, trial.params[name]) for name, given in space.ranges.items()]
            best = trial is complete[-1]
            color = ACCENT if best else colors(0.75 * scale(trial.value))
            label = f"best: {trial.value:.1%} (trial {trial.number})" if best else None
            axes.plot([*heights, scale(trial.value)], color=color, linewidth=2.2 if best else 1, label=label)
        for place, given in enumerate([*space.ranges.values(), None]):
            axes.axvline(place, color="#c3cad3", linewidth=1, zorder=0)
            for height, text in _ticks(given) if given else ((0, f"{min(rates):.1%}"), (1, f"{max(rates):.1%}")):
                box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
                at = axes.annotate(text, (place, height), (4, 0), textcoords="offset points", va="center", color=GRAY)
                at.set(bbox=box, zorder=5)
        axes.set_title(f"Values of the completed trials, each from its lowest to its highest ({_trials(study)})")
        axes.set_xticks(range(len(space.ranges) + 1), [*space.ranges, "validation CER"])
        axes.set(yticks=[], ylim=(-0.08, 1.16), xlim=(-0.1, len(space.ranges) + 0.35))
        axes.spines["left"].set_visible(False)
        axes.legend(loc="upper right")

    return draw(panel, width=max(9.6, 1.7 * (len(space.ranges) + 1)), height=4.2)


def _complete(study: optuna.Study) -> list[Frozen]:
    return [each for each in study.trials if each.state.name == "COMPLETE"]


def _trials(study: optuna.Study) -> str:
    return f"{len(_complete(study))} trials"


def _height(given: Range, value: Any) -> float:
    """The place of a value between the ends of its range, 0 to 1. That of a choice is stored as its index."""
    if isinstance(given, Choices):
        return float(value) / (len(given.choices) - 1)
    if isinstance(given, LogUniformRange):
        return math.log(value / given.low) / math.log(given.high / given.low)
    return float((value - given.low) / (given.high - given.low))


def _ticks(given: Range) -> list[tuple[float, str]]:
    if isinstance(given, Choices):
        return [(place / (len(given.choices) - 1), str(choice)) for place, choice in enumerate(given.choices)]
    return [(0, f"{given.low:g}"), (1, f"{given.high:g}")]
