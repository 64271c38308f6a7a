"""The demo page: three files of this folder and those of `inkpipe.server.page_base`, nothing from elsewhere."""

FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
