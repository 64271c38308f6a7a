"""A pytest plugin: pages in a real browser, Chromium as it is installed on the machine."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT = 30_000  # ms


# Of a module and no longer: while Playwright runs, its event loop is that of the thread, and no other can be started.
@pytest.fixture(scope="module")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser is installed: none of {', '.join(NAMES)}")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open a page: `visit(url, size=(width, height)) -> page`. A fault of its script is an error of the test."""
    faults = []

    def opened(url, size=(1280, 800)):
        page = chromium.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
        page.set_default_timeout(TIMEOUT)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: faults.append(request.url))
        page.goto(url)
        return page

    yield opened
    assert faults == []
