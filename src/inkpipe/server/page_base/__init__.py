"""What all pages of servers share: colors, cards, and how a text is shown by the confidence of its characters."""

FILES = {
    "/base.css": ("base.css", "text/css"),
    "/base.js": ("base.js", "text/javascript"),
}
