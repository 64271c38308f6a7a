"""The desk in a real browser, by the keyboard alone."""

import re

import pytest

from inkpipe.review.database import open_review

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.slow
pytest_plugins = ["tests.browser"]
expect = sync_api.expect
expect.set_options(timeout=30_000)  # ms


@pytest.fixture
def open_page(visit):
    """Open a desk as a person: `open_page(url, name) -> page`."""

    def opened(url, name, size=(1280, 800)):
        page = visit(url, size)
        page.fill("#name", name)
        page.press("#name", "Enter")
        expect(page.locator("#image")).to_have_attribute("src", re.compile("^blob:"))
        return page

    return opened


def shows(page, text):
    expect(page.locator("#prediction")).to_have_text(text)


def press(page, key, then):
    """Press a key, and wait for the image with a prediction, and until the page takes the next key."""
    page.keyboard.press(key)
    shows(page, then)
    while page.evaluate("desk.busy"):  # bounded by the timeout of every test
        page.wait_for_timeout(10)


def test_a_person_works_by_keyboard_alone(file, fill, desk_process, open_page):
    fill(file, labels={3: "<b>C</b>"})
    with desk_process(file) as (url, _):
        page = open_page(url, "Anna")
        shows(page, "B")
        text = page.locator("#text")
        expect(text).to_have_value("B")
        expect(text).to_be_focused()
        expect(page.locator("#prediction span")).to_have_class("c0")
        assert page.evaluate("document.getElementById('image').naturalWidth") == 16 + 3
        choices = page.locator("#choices button").evaluate_all("all => all.map(each => each.value)")
        assert choices == ["B", "<b>C</b>", "BB"]  # markup is text
        page.keyboard.press("ArrowDown")
        expect(text).to_have_value("<b>C</b>")
        page.keyboard.press("ArrowUp")
        page.keyboard.type("C")  # the caret stands at the end
        expect(text).to_have_value("BC")
        press(page, "Enter", "AB")
        press(page, "Escape", "BA")
        press(page, "PageDown", "A")
        press(page, "PageUp", "BA")
        press(page, "PageUp", "AB")
        press(page, "Enter", "BA")
        press(page, "Enter", "A")
        press(page, "Enter", "ABA")
        page.keyboard.press("Enter")
        expect(page.locator("#empty")).to_be_visible()
        expect(page.locator("#counts")).to_have_text("5 of 5 checked: 4 as read, 1 corrected, 0 unreadable.")
    with open_review(file) as database:
        rows = database.rows("SELECT image, kind, text, reviewer, undone_at IS NULL AS holds FROM decisions")
        assert [tuple(row)[:4] for row in rows if row["holds"]] == [
            (3, "corrected", "BC", "Anna"),
            (2, "accepted", "AB", "Anna"),
            (5, "accepted", "BA", "Anna"),
            (1, "accepted", "A", "Anna"),
            (4, "accepted", "ABA", "Anna"),
        ]
        assert [tuple(row)[:2] for row in rows if not row["holds"]] == [(2, "unreadable"), (5, "skipped")]
        assert database.value("SELECT min(seconds) > 0 FROM decisions")


def test_what_cannot_be_saved_is_sent_again_until_it_is(file, fill, desk_process, open_page):
    fill(file)
    with desk_process(file) as (url, _):
        page = open_page(url, "Anna")
        shows(page, "B")
        page.route("**/decide", lambda route: route.fulfill(status=503, json={"error": "The disk is full."}))
        page.keyboard.press("Enter")
        problem = page.locator("#problem")
        expect(problem).to_have_text("Not saved yet; trying again. The disk is full.")
        shows(page, "B")  # still there
        page.unroute("**/decide")
        shows(page, "AB")
        expect(problem).to_be_hidden()
    with open_review(file) as database:
        assert database.value("SELECT group_concat(image) FROM decisions") == "3"


def test_two_people_see_different_images_also_on_a_phone(file, fill, desk_process, open_page):
    fill(file)
    with desk_process(file) as (url, _):
        first, second = open_page(url, "Anna"), open_page(url, "Ben", size=(390, 844))
        shows(first, "B")
        shows(second, "ABA")  # the page of Anna has the four before
        assert second.evaluate("document.documentElement.scrollWidth") <= 390
        second.click("#accept")
        expect(second.locator("#empty")).to_be_visible()
    with open_review(file) as database:
        assert tuple(database.row("SELECT image, reviewer FROM decisions")) == (4, "Ben")
