"""The page of the desk: three files of this folder and those of `inkpipe.server.page_base`, nothing from elsewhere."""

FILES = {
    "/": ("desk.html", "text/html"),
    "/desk.css": ("desk.css", "text/css"),
    "/desk.js": ("desk.js", "text/javascript"),
}
