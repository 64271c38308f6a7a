"""The reader as MLflow serves it: MLflow runs this file when it loads the model, so nothing is pickled.

Over HTTP each row has a column `image` with the encoded image as base64 text. From Python it may also be the encoded
bytes or the pixels, uint8 (height, width) or (height, width, 3) in RGB. Each row of the answer has `text` and
`confidence`.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

import cv2
import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PythonModel, PythonModelContext

from inkpipe.imaging import UnreadableImage
from inkpipe.serving.reader import Image, Read, Reader


class ServedReader(PythonModel):
    """A reader behind MLflow's `predict`."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the reader among the model's artifacts."""
        self.reader = Reader.load(Path(context.artifacts["reader"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Read images.

        Args:
            context: not used.
            model_input: a column `image`, as this module describes it.
            params: not used.

        Returns:
            DataFrame with `text` (string) and `confidence` (double), a row for each image.

        Raises:
            MlflowException: an image cannot be read; answered over HTTP with status 400 and the reason.
        """
        reads = []
        for number, found in self.reader.read_each(enumerate(map(_image, model_input["image"]), start=1)):
            if isinstance(found, UnreadableImage):
                raise MlflowException.invalid_parameter_value(f"Image {number}: {found}")
            reads.append(found)
        return pd.DataFrame(reads, columns=list(Read._fields)).astype({"confidence": "float64"})


def _image(value: Any) -> Image:
    if isinstance(value, str):
        try:
            return base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            return UnreadableImage(f"Not base64 text. Received: {value[:40]!r}, {error}. Encode the image file.")
    if isinstance(value, bytes):
        return value
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.size:
        if value.ndim == 2:
            return value
        if value.ndim == 3 and value.shape[2] == 3:
            return np.asarray(cv2.cvtColor(value, cv2.COLOR_RGB2GRAY), np.uint8)
    if isinstance(value, np.ndarray):
        received = f"{value.dtype} {value.shape}"
    else:
        received = "null" if pd.isna(value) else type(value).__name__
    return UnreadableImage(
        f"Not an image. Received: {received}. "
        "Give base64 text, bytes, or uint8 pixels (height, width) or (height, width, 3)."
    )


mlflow.models.set_model(ServedReader())
