"""The demo page in a real browser, against a server in a process of its own."""

import base64
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

pytest_plugins = ["tests.browser"]
pytestmark = pytest.mark.slow

TOKEN = "0123456789abcdef0123456789abcdef"
MARKUP = "<img src=x onerror=document.title='run'>.jpg"


@pytest.fixture
def serve():
    """Run a server until the test ends: `serve(*words) -> URL`."""
    started = []

    def run(*words):
        command = [sys.executable, Path(__file__).with_name("untrained.py"), *words]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        url = f"http://127.0.0.1:{started[-1].stdout.readline().strip()}"
        while httpx2.get(f"{url}/readyz").status_code != 200:  # the test's timeout bounds it
            time.sleep(0.1)
        return url

    yield run
    for process in started:
        process.terminate()
        process.wait()
        process.stdout.close()


def item(page, number=0):
    """The text and the line of a result, the newest first."""
    found = page.locator(".item").nth(number)
    found.wait_for()
    line = found.locator("img").evaluate(
        "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    )
    return found.locator(".text").inner_text(), line


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_what_is_drawn_is_recognized_and_its_line_shown(serve, visit, size):
    page = visit(serve(), size)
    page.get_by_text("untrained version 1").wait_for()
    box = page.locator("#canvas").bounding_box()

    def at(x, y):
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    for x in (0.2, 0.3, 0.4):
        page.mouse.move(*at(x, 0.3))
        page.mouse.down()
        page.mouse.move(*at(x + 0.05, 0.7), steps=5)
        page.mouse.up()
    page.click("#recognize")
    text, line = item(page)
    assert text
    assert line == [256, 32]
    dark = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter(v => v < 128).length"  # noqa: E501
    assert page.locator("#canvas").evaluate(dark) > 1000
    page.click("#clear")
    assert page.locator("#canvas").evaluate(dark) == 0
    page.click("#recognize")
    assert page.locator("#problem").inner_text() == "Nothing is written yet. Write a word in the field."
    assert page.locator(".item").count() == 1
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]


def test_files_are_chosen_or_dropped_and_a_bad_one_is_an_error_of_its_own(serve, visit, draw, jpeg):
    page = visit(serve())
    files = [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(draw("A"))}]
    page.set_input_files("#files", [*files, {"name": MARKUP, "mimeType": "image/jpeg", "buffer": b"none"}])
    assert item(page)[1] == [256, 32]
    bad = page.locator(".item").nth(1)
    assert bad.locator(".name").inner_text() == MARKUP
    assert bad.locator(".error").inner_text().startswith("Not an image.")
    dropped = """([name, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(content), (each) => each.charCodeAt(0))], name));
        document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    }"""
    page.evaluate(dropped, ["dropped.jpg", base64.b64encode(jpeg(draw("B"))).decode()])
    page.get_by_text("dropped.jpg").wait_for()
    assert item(page)[1] == [256, 32]
    assert page.title() == "inkpipe"


def test_a_token_is_asked_for(serve, visit, draw, jpeg):
    page = visit(serve(TOKEN))
    image = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(draw("A"))}
    assert page.locator("#access").is_hidden()
    page.set_input_files("#files", [image])
    page.locator("#access").wait_for()
    assert page.locator("#problem").inner_text().startswith("The token is missing or wrong.")
    page.fill("#token", TOKEN)
    page.set_input_files("#files", [image])
    assert item(page)[1] == [256, 32]
    assert page.locator("#problem").is_hidden()
