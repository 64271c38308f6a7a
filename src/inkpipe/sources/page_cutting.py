"""Cut the lines of a page: the work on one page, which processes share out among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from inkpipe.cutting import PlacedLine, cut_line, local_background, plan_page
from inkpipe.data.corpus import Sample
from inkpipe.imaging import UnreadableImage, decode
from inkpipe.imaging.opencv import cv2
from inkpipe.transcripts import Page

PAGE, REGION, LINE = "page", "region", "line"  # the further columns of lines that are cut from pages


class PageTask(NamedTuple):
    """A page to cut.

    Attributes:
        name: of the page, its image's name without extension.
        page: as the transcript describes it.
        image: its encoded image.
        size: width and height of the image, pixels, as its header says.
        untranscribed: whether lines without a text are cut too.
    """

    name: str
    page: Page
    image: bytes
    size: tuple[int, int]
    untranscribed: bool = False


class PageTranscript(NamedTuple):
    """The file that describes a page.

    Attributes:
        page: the name of the page, as in the column of that name.
        name: of the file.
        content: of the file.
        lines: the places of the lines in the file, by their names in the column `line`.
    """

    page: str
    name: str
    content: bytes
    lines: Mapping[str, int]


class CutPage(NamedTuple):
    """The lines of a page.

    Attributes:
        samples: in the order of the transcript. Their images are PNG, or empty if that of the page does not decode.
        fault: why it does not; None if it does.
    """

    samples: list[Sample]
    fault: str | None


def line_names(page: Page) -> dict[int, str]:
    """The names of the lines of a page, by their place in the file.

    Args:
        page: of a transcript.

    Returns:
        The ids of the lines; an id that comes again gets a number.
    """
    names: dict[int, str] = {}
    used: set[str] = set()
    for _, line in page.lines():
        name, number = line.id, 1
        while name in used:
            number += 1
            name = f"{line.id}_{number}"
        used.add(name)
        names[line.place] = name
    return names


def transcribed(page: Page) -> dict[int, str]:
    """The names of the lines of a page that have a text, by their place in the file; see `line_names`."""
    names = line_names(page)
    return {line.place: names[line.place] for _, line in page.lines() if line.text and line.text.strip()}


def cut_page(task: PageTask) -> CutPage:
    """Cut the lines of a page that have a place, and a text unless the task says otherwise.

    Args:
        task: a page with its image.
    """
    cv2.setNumThreads(1)  # the pool already uses every core
    plan = plan_page(task.page, task.size)
    names = (line_names if task.untranscribed else transcribed)(task.page)
    placed = [each for each in plan.placed if each.line.place in names] if plan else []
    try:
        images = cut_lines(task.image, placed)
    except UnreadableImage as error:
        return CutPage([_sample(task, each, names[each.line.place], b"") for each in placed], str(error))
    return CutPage(
        [_sample(task, each, names[each.line.place], image) for each, image in zip(placed, images, strict=True)], None
    )


def cut_lines(image: bytes, placed: Sequence[PlacedLine]) -> list[bytes]:
    """Cut lines out of the image of their page.

    Args:
        image: encoded.
        placed: the lines.

    Returns:
        A PNG of each line.

    Raises:
        UnreadableImage: the image of the page does not decode.
    """
    pixels = decode(image)
    background = local_background(pixels)
    return [cv2.imencode(".png", cut_line(pixels, background, each.plan))[1].tobytes() for each in placed]


def _sample(task: PageTask, placed: PlacedLine, name: str, image: bytes) -> Sample:
    extra = {PAGE: task.name, REGION: placed.region or None, LINE: name}
    return Sample(f"{task.name}/{name}", placed.line.text if (placed.line.text or "").strip() else None, image, extra)
