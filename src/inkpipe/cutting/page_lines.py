"""Where the lines of a page lie in its image, in pixels, whatever the unit and the faults of the transcript."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from inkpipe.cutting.cut_line import LinePlan, plan_line
from inkpipe.transcripts import Line, Page

MAX_DISTORTION = 0.02  # by which the scales of width and height may differ before the image is another one
MIN_RESCALE = 0.005  # sizes that differ by less are those of the image; programs round
BEYOND = 3.0  # pixels by which a line may reach out of its image unnoticed
# Of the distance between lines: how far a line reaches above its baseline and below, where only that is known.
ASCENT, DESCENT = 0.75, 0.3
SMALL = 8  # pixels; letters of a lower line, or a line as short, cannot be read
UPRIGHT = np.pi / 4  # radians: a steeper line is turned

OUTSIDE, NO_PLACE = "it lies outside of the image", "it has neither an outline nor neighbors that give its height"
REACHES_OUT = "line that reaches out of its image, cut at its edge"
TURNED = "vertical line, turned along its baseline"
VERTICAL = "line higher than wide, left as it stands"
TINY = f"tiny line, less than {SMALL} pixels high or wide"
RESCALED = "page whose image has another size, coordinates scaled to it"


@dataclass(frozen=True)
class PlacedLine:
    """A line that can be cut.

    Attributes:
        line: of the transcript.
        region: the id of its region.
        plan: how it is cut.
        remarks: what is unusual about it.
    """

    line: Line
    region: str
    plan: LinePlan
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class PagePlan:
    """The lines of a page in its image.

    Attributes:
        placed: those that can be cut.
        lost: the others, each with the reason.
        remarks: what is unusual about the page.
    """

    placed: list[PlacedLine] = field(default_factory=list)
    lost: list[tuple[Line, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def plan_page(page: Page, size: tuple[int, int]) -> PagePlan | None:
    """Plan how the lines of a page are cut.

    Args:
        page: of a transcript.
        size: width and height of its image, pixels.

    Returns:
        The plan; None if the page has another shape than the image, which then is that of another page.
    """
    scale = _scale(page, size)
    if scale is None:
        return None
    plan = PagePlan(remarks=[] if (scale == 1.0).all() else [RESCALED])
    spacing = _spacing(page)
    for region, line in page.lines():
        outline = line.outline if line.outline is not None else _strip(line.baseline, spacing)
        if outline is None:
            plan.lost.append((line, NO_PLACE))
            continue
        corners = outline * scale
        clipped = np.clip(corners, 0, size)
        if ((corners <= 0).all(axis=0) | (corners >= size).all(axis=0)).any():
            plan.lost.append((line, OUTSIDE))
            continue
        cut = plan_line(clipped, None if line.baseline is None else line.baseline * scale)
        beyond = np.abs(corners - clipped).max() > BEYOND
        plan.placed.append(PlacedLine(line, region.id, cut, _remarks(cut, line.text or "", beyond=bool(beyond))))
    return plan


def _scale(page: Page, size: tuple[int, int]) -> np.ndarray | None:
    """What coordinates are multiplied by, float64 (2,); None if width and height disagree."""
    if not page.width or not page.height:
        return np.ones(2)
    scale = np.array([size[0] / page.width, size[1] / page.height])
    if abs(scale[0] / scale[1] - 1) > MAX_DISTORTION:
        return None
    return np.ones(2) if np.abs(scale - 1).max() < MIN_RESCALE else scale


def _spacing(page: Page) -> float | None:
    """The distance from line to line, by their baselines; None if fewer than two lines have one."""
    levels = np.sort([line.baseline[:, 1].mean() for _, line in page.lines() if line.baseline is not None])
    gaps = np.diff(levels)
    # Lines side by side, and the parts of a broken line, lie on nearly the same level: they are no neighbors.
    gaps = gaps[gaps > 0.2 * gaps.max()] if len(gaps) else gaps
    return float(np.median(gaps)) if len(gaps) and gaps.max() > 0 else None


def _strip(baseline: np.ndarray | None, spacing: float | None) -> np.ndarray | None:
    """The area around a baseline whose line has no outline."""
    if baseline is None or spacing is None:
        return None
    above, below = np.array([0, ASCENT * spacing]), np.array([0, DESCENT * spacing])
    return np.concatenate([baseline - above, baseline[::-1] + below])


def _remarks(plan: LinePlan, text: str, *, beyond: bool) -> tuple[str, ...]:
    width, height = np.ptp(plan.outline, axis=0)
    turned = abs(plan.angle) > UPRIGHT
    remarks = {
        REACHES_OUT: beyond,
        TURNED: turned,
        VERTICAL: not turned and height > 2 * width and len(text.strip()) > 2,
        TINY: min(width, height) < SMALL,
    }
    return tuple(remark for remark, applies in remarks.items() if applies)
