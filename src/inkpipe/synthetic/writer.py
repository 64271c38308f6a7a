"""A writer: chooses and places the glyphs of a text by the habits of one hand, and writes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inkpipe.synthetic.glyphs import Glyph, glyph_variants
from inkpipe.synthetic.kinematics import PlacedGlyph, pen_movement
from inkpipe.synthetic.pen import Strokes
from inkpipe.synthetic.writing_style import WritingStyle

ACCENTS = {  # combining characters: names of their glyphs
    "\u0301": "acute",
    "\u0300": "grave",
    "\u0302": "circumflex",
    "\u0308": "diaeresis",
    "\u0303": "tilde",
    "\u0327": "cedilla",
    "\u030a": "ring",
}
MIN_HEIGHT_RATIO = 0.5  # below this ratio of available to needed width, letters only get narrower, no lower


class Writer:
    """One writer. Remembers which variant of each letter this writer usually writes."""

    def __init__(self, rng: Generator, style: WritingStyle) -> None:
        """Make a writer.

        Args:
            rng: the source of all randomness of this writer.
            style: its habits.
        """
        self._rng = rng
        self._style = style
        self._usual_variants: dict[tuple[str, str], Glyph] = {}

    @property
    def style(self) -> WritingStyle:
        """The habits, with the size of letters as `shrink_to_fit` left it."""
        return self._style

    def shrink_to_fit(self, ratio: float) -> None:
        """Write smaller and narrower from now on.

        Args:
            ratio: available width by the width that the text takes in the present style; nothing changes from 1 on.
        """
        if ratio < 1:
            self._style = replace(
                self._style,
                height=self._style.height * max(ratio, MIN_HEIGHT_RATIO) ** 0.5,
                aspect=self._style.aspect * ratio**0.7,
            )

    def place_glyphs(self, text: str) -> list[PlacedGlyph]:
        """Choose the glyphs of a text.

        Args:
            text: upper case letters, digits and punctuation that have glyphs, spaces, and combining accents.

        Returns:
            The glyphs in the order of writing. Each base character of the text counts as one letter. A space counts too
            but has no glyph. An accent belongs to the letter before it. A retouched letter is there twice.
        """
        glyphs: list[PlacedGlyph] = []
        letter = -1
        for character in unicodedata.normalize("NFD", text):
            if character in ACCENTS:
                glyphs.append(self._accent(ACCENTS[character], glyphs[-1]))
            else:
                letter += 1
                if character != " ":
                    glyphs.append(self._letter(character, letter))
                    if self._rng.random() < self._style.retouch_fraction:
                        glyphs.append(glyphs[-1])
        return glyphs

    def letter_widths(self, glyphs: Sequence[PlacedGlyph], letters: int) -> NDArray[np.float32]:
        """Measure the letters of a text.

        Args:
            glyphs: from `place_glyphs`.
            letters: their number, spaces included.

        Returns:
            float32 (letters,), pixels; 0 for a space.
        """
        style = self._style
        widths = np.zeros(letters, np.float32)
        for placed in glyphs:
            glyph_width = (placed.glyph.right - placed.glyph.left) / 100 * placed.scale * style.aspect * style.height
            widths[placed.letter] = max(widths[placed.letter], glyph_width)
        return widths

    def write(self, glyphs: Sequence[PlacedGlyph], centers: NDArray[np.float32], baseline: float) -> Strokes:
        """Write glyphs.

        Args:
            glyphs: from `place_glyphs`, at least one.
            centers: float32 (letters,), x of the center of each letter, pixels.
            baseline: y of the baseline, pixels.

        Returns:
            The movement of the pen.
        """
        return pen_movement(self._rng, self._style, glyphs, centers, baseline)

    def _letter(self, character: str, letter: int) -> PlacedGlyph:
        style, rng = self._style, self._rng
        lower_case = (character, "low") in glyph_variants() and (
            letter > 0 if style.title_case else rng.random() < style.lower_case_fraction
        )
        category = "low" if lower_case else "digit" if character.isdigit() else "cap"
        glyph = self._variant(character, category)
        return PlacedGlyph(glyph, letter, 0.0, 0.0, style.lower_case_scale if lower_case else 1.0)

    def _accent(self, name: str, base: PlacedGlyph) -> PlacedGlyph:
        """An accent above its letter; a cedilla stands at the baseline."""
        glyph = self._variant(name, "mark")
        top = base.glyph.top if base.glyph.top < 101 else min(base.glyph.top, 100.0)
        y = 0.0 if name == "cedilla" else top / 100 * base.scale + self._rng.uniform(0.02, 0.16)
        return PlacedGlyph(glyph, base.letter, self._rng.normal(0.0, 0.08), y, self._rng.uniform(0.8, 1.4))

    def _variant(self, character: str, category: str) -> Glyph:
        """The usual variant of a character or, the less consistent the writer is the more often, any other."""
        variant = self._usual_variants.get((character, category))
        if variant is None or self._rng.random() > self._style.variant_consistency:
            variants = glyph_variants()[character, category]
            weights = np.cumsum([glyph.weight for glyph in variants])
            variant = variants[int(np.searchsorted(weights, self._rng.random() * weights[-1]))]
            self._usual_variants.setdefault((character, category), variant)
        return variant
