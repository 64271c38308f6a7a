"""`augment`: distortions of training images."""

from __future__ import annotations

from pydantic import model_validator

from inkpipe.params.base import NonNegativeFloat, Section, Share

MAX_STRENGTH = {  # beyond these a letter may become another letter, or none
    "rotation": 15.0,
    "scaling": 0.5,
    "translation": 512.0,
    "slant": 30.0,
    "elastic": 4.0,
    "jitter": 2.0,
    "speed": 0.6,
    "pressure": 1.0,
    "breaks": 64.0,
    "merges": 64.0,
    "erasing": 32.0,
    "furniture": 64.0,
    "specks": 256.0,
    "blur": 3.0,
    "contrast": 0.9,
    "jpeg": 95.0,
}


class Distortion(Section):
    """How often a distortion happens and how strong it then is at most, in the unit that params.yaml names."""

    probability: Share
    strength: NonNegativeFloat


class AugmentParams(Section):
    """`augment`: each distortion with its probability and strength; training only."""

    enabled: bool
    rotation: Distortion
    scaling: Distortion
    translation: Distortion
    slant: Distortion
    elastic: Distortion
    jitter: Distortion
    speed: Distortion
    pressure: Distortion
    breaks: Distortion
    merges: Distortion
    erasing: Distortion
    furniture: Distortion
    specks: Distortion
    blur: Distortion
    contrast: Distortion
    jpeg: Distortion

    @model_validator(mode="after")
    def _readable(self) -> AugmentParams:
        for name, most in MAX_STRENGTH.items():
            if (strength := getattr(self, name).strength) > most:
                raise ValueError(
                    f"augment.{name}.strength: at most {most:g}, or letters become unreadable. Received: {strength:g}"
                )
        return self
