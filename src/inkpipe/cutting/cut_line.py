"""Cut a line of text out of a page: by its outline, straightened along its baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inkpipe.imaging.opencv import cv2

MAX_SAG = 0.1  # of the line's height: baselines that deviate less from a level one leave the pixels as they are


@dataclass(frozen=True)
class LinePlan:
    """Where a line lies on its page.

    In the frame of the line, x runs along its mean direction and y across it, downwards.

    Attributes:
        outline: float64 (n, 2), the corners of its area, pixels of the page.
        baseline: float64 (n, 2), rising in x in the frame of the line; None for a line that is cut as it lies.
        angle: of the mean direction, radians, clockwise from the page's x axis; 0 without a baseline.
    """

    outline: np.ndarray
    baseline: np.ndarray | None
    angle: float


def plan_line(outline: np.ndarray, baseline: np.ndarray | None) -> LinePlan:
    """Decide whether a line is cut as it lies or straightened along its baseline.

    A baseline that is nearly level, or that turns back on itself, straightens nothing. Text is taken to stand upright:
    a baseline that runs from right to left, as some programs draw those of right-to-left scripts, is turned around.

    Args:
        outline: float (n, 2), the corners of the line's area, pixels of the page.
        baseline: float (n, 2), at least two different points; None if there is none.
    """
    level = LinePlan(outline, None, 0.0)
    if baseline is None:
        return level
    (dx, dy) = baseline[-1] - baseline[0]
    if dx < 0 and abs(dx) >= abs(dy):
        baseline, dx, dy = baseline[::-1], -dx, -dy
    angle = float(np.arctan2(dy, dx))
    along = rotated(baseline, angle)
    height = np.ptp(rotated(outline, angle)[:, 1])
    if (not dx and not dy) or (np.diff(along[:, 0]) <= 0).any() or np.ptp(along[:, 1]) > height:
        return level
    if np.ptp(baseline[:, 1]) <= MAX_SAG * np.ptp(outline[:, 1]):
        return level
    return LinePlan(outline, along, angle)


def rotated(points: np.ndarray, angle: float) -> np.ndarray:
    """Points of the page in the frame of a line.

    Args:
        points: float (..., 2), pixels of the page.
        angle: of the line, radians; with the other sign, points of its frame are brought back to the page.

    Returns:
        float (..., 2).
    """
    x, y = points[..., 0], points[..., 1]
    return np.stack([x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)], axis=-1)


def cut_line(page: np.ndarray, background: np.ndarray, plan: LinePlan) -> np.ndarray:
    """Cut a line. Outside of its outline the image shows the local background of the page.

    Args:
        page: uint8 (height, width).
        background: uint8 (height, width), see `local_background`.
        plan: of the line; its outline and the page have pixels in common.

    Returns:
        uint8 (line height, line width), at least one pixel.
    """
    if plan.baseline is None:
        return _cut_level(page, background, plan.outline)
    return _cut_along(page, background, plan.outline, plan.baseline, plan.angle)


def _cut_level(page: np.ndarray, background: np.ndarray, outline: np.ndarray) -> np.ndarray:
    corners = np.round(outline).astype(np.int64)
    (left, top), (right, bottom) = corners.min(0), corners.max(0)
    left, top = min(max(left, 0), page.shape[1] - 1), min(max(top, 0), page.shape[0] - 1)
    right, bottom = min(max(right, left + 1), page.shape[1]), min(max(bottom, top + 1), page.shape[0])
    inside = _mask(corners - (left, top), (bottom - top, right - left))
    return np.where(inside, page[top:bottom, left:right], background[top:bottom, left:right])


def _cut_along(
    page: np.ndarray, background: np.ndarray, outline: np.ndarray, baseline: np.ndarray, angle: float
) -> np.ndarray:
    """The line in its own frame, each column moved up or down so that the baseline is level."""
    corners = rotated(outline, angle)
    left, right = (round(float(limit)) for limit in (corners[:, 0].min(), corners[:, 0].max()))
    columns = np.arange(left, max(right, left + 1), dtype=np.float64)
    sag = np.interp(columns, baseline[:, 0], baseline[:, 1])  # beyond its ends the baseline goes on level
    above = corners[:, 1] - np.interp(corners[:, 0], baseline[:, 0], baseline[:, 1])
    top, bottom = round(float(above.min())), round(float(above.max()))
    rows = np.arange(top, max(bottom, top + 1), dtype=np.float64)
    # Only the part of the page around the line: the mask would take its time for all of it.
    edges = np.concatenate([np.stack([columns, sag + row], axis=-1) for row in (rows[0], rows[-1])])
    edges = rotated(edges, -angle)
    size = np.array([page.shape[1], page.shape[0]])
    low = np.clip(np.floor(edges.min(0)).astype(int) - 2, 0, size - 1)
    high = np.clip(np.ceil(edges.max(0)).astype(int) + 3, low + 1, size)
    part = np.s_[low[1] : high[1], low[0] : high[0]]
    inside = _mask(np.round(outline).astype(np.int64) - low, page[part].shape).astype(np.uint8)
    along = (rotated(np.stack([columns, sag], axis=-1), -angle) - low).astype(np.float32)
    across = (rows[:, None] * (-np.sin(angle), np.cos(angle))).astype(np.float32)
    x, y = (along[:, axis] + across[:, axis, None] for axis in (0, 1))
    ink = cv2.remap(page[part], x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    fill = cv2.remap(background[part], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.where(cv2.remap(inside, x, y, cv2.INTER_NEAREST) > 0, ink, fill)


def _mask(corners: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [corners.astype(np.int32)], 1)
    return mask.astype(bool)
