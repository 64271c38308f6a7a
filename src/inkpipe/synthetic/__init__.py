"""The generator of synthetic handwriting: names, written stroke by stroke on forms, and scanned.

From start to end: `names` chooses a text, `form_layouts` a form, `writing_style` the habits of a writer. `writer` turns
the text into strokes by the pen paths of `glyphs`. `pen` renders strokes, `form` everything printed, `scan` makes a
JPEG of it. `renderer` puts these together for one image, and `generate` is the entrance for other rooms.
"""
