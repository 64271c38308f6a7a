"""PAGE XML and ALTO of the same lines, and a page that shows them."""

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import cv2
import numpy as np


@dataclass(frozen=True)
class DocumentLine:
    """A line: its id, its text, its outline and its baseline as lists of points, each None if the file lacks it."""

    id: str
    text: str | None
    outline: list | None
    baseline: list | None = None
    region: str = "r1"


def box(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def page_xml(lines, image="page.png", size=(400, 300), root='xmlns="http://schema.primaresearch.org/PAGE/2019-07-15"'):
    regions = ""
    for region in dict.fromkeys(line.region for line in lines):
        content = "".join(_page_line(line) for line in lines if line.region == region)
        regions += f'<TextRegion id="{region}"><Coords points="0,0 9,0 9,9"/>{content}</TextRegion>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><PcGts {root}><Metadata><Creator>x</Creator></Metadata>'
        f'<Page imageFilename={quoteattr(image)} imageWidth="{size[0]}" imageHeight="{size[1]}">{regions}</Page>'
        "</PcGts>"
    ).encode()


def _page_line(line):
    coords = f'<Coords points="{_points(line.outline, ",")}"/>' if line.outline else ""
    baseline = f'<Baseline points="{_points(line.baseline, ",")}"/>' if line.baseline else ""
    text = "" if line.text is None else f"<TextEquiv><Unicode>{escape(line.text)}</Unicode></TextEquiv>"
    return f'<TextLine id="{line.id}">{coords}{baseline}{text}</TextLine>'


def alto(lines, image="page.png", size=(400, 300), root='xmlns="http://www.loc.gov/standards/alto/ns-v4#"'):
    blocks = ""
    for region in dict.fromkeys(line.region for line in lines):
        content = "".join(_alto_line(line) for line in lines if line.region == region)
        blocks += f'<TextBlock ID="{region}">{content}</TextBlock>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alto {root}><Description><MeasurementUnit>pixel</MeasurementUnit>'
        f"<sourceImageInformation><fileName>{escape(image)}</fileName></sourceImageInformation></Description>"
        f'<Layout><Page WIDTH="{size[0]}" HEIGHT="{size[1]}" ID="p1"><PrintSpace>{blocks}</PrintSpace></Page>'
        "</Layout></alto>"
    ).encode()


def _alto_line(line):
    baseline = f' BASELINE="{_points(line.baseline, " ")}"' if line.baseline else ""
    shape = f'<Shape><Polygon POINTS="{_points(line.outline, " ")}"/></Shape>' if line.outline else ""
    text = "" if line.text is None else f"<String CONTENT={quoteattr(line.text)}/>"
    return f'<TextLine ID="{line.id}"{baseline}>{shape}{text}</TextLine>'


def _points(points, comma):
    return " ".join(f"{x}{comma}{y}" for x, y in points)


def png(image):
    return cv2.imencode(".png", image)[1].tobytes()


def page_image(lines, size=(400, 300), background=200):
    """A page in a stroke font: each text at the start of its baseline, or in its outline."""
    image = np.full((size[1], size[0]), background, np.uint8)
    for line in lines:
        if line.text and (line.outline or line.baseline):
            left, bottom = (line.baseline or [(line.outline[0][0] + 2, line.outline[2][1] - 6)])[0]
            cv2.putText(image, line.text, (round(left), round(bottom)), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 20, 1)
    return image


LINES = [
    DocumentLine("l1", "Premier", box(20, 20, 200, 50), [(20, 42), (200, 42)]),
    DocumentLine("l2", "deuxième & <3>", [(20, 60), (120, 55), (220, 62), (218, 95), (22, 92)], [(22, 84), (218, 86)]),
    DocumentLine("l3", None, box(20, 110, 200, 140), [(20, 132), (200, 132)]),
    DocumentLine("l4", "note", box(300, 20, 380, 50), region="margin"),
]
