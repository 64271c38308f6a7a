"""The recognizer as MLflow serves it. MLflow runs this file when it loads the model, so nothing is pickled.

Each row of the input has a column `image`. Over HTTP it holds the encoded image as base64 text. In Python it may also
hold the encoded bytes, or pixels of uint8: gray (height, width) or RGB (height, width, 3). Each row of the answer has
`text` and `confidence`, or `error` with the reason why the image could not be read; and `model`, the digest of the
model's files. With the parameter `top` it also has `alternatives`: so many of the likeliest texts, the text first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PythonModel, PythonModelContext

from inkpipe.imaging import UnreadableImage
from inkpipe.imaging.opencv import cv2
from inkpipe.model.prediction import Prediction
from inkpipe.serving.base64_image import decode_base64
from inkpipe.serving.recognizer import Image, Recognizer

_NOTHING = Prediction("", 0.0)  # what is read of an unreadable image


class ServedRecognizer(PythonModel):
    """A recognizer behind MLflow's `predict`."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the model among the package's artifacts."""
        self.recognizer = Recognizer.load(Path(context.artifacts["model"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Recognize the text of images.

        Args:
            context: not used.
            model_input: a column `image`, as the docstring of this module describes it.
            params: `top`, how many texts of an image are wanted; 1 gives no alternatives.

        Returns:
            DataFrame with a row for each image: `text` (string), empty if it could not be read; `confidence` (float64,
            0 to 1), 0 then; `error` (string), None if it could be read; `model` (string); and `alternatives` (lists
            of dictionaries with `text`, `confidence` and `score`) if `top` is above 1.

        Raises:
            MlflowException: `top` is below 1. Over HTTP the answer is status 400 with the reason.
        """
        top = int((params or {}).get("top", 1))
        if top < 1:
            raise MlflowException.invalid_parameter_value(
                f"`top` is a number of texts. Received: {top}. Give 1 or more."
            )
        results = [result for _, result in self.recognizer.recognize_each(enumerate(map(_image, model_input["image"])))]
        errors = [str(result) if isinstance(result, UnreadableImage) else None for result in results]
        read = [_NOTHING if isinstance(result, UnreadableImage) else result for result in results]
        columns = {
            "text": [each.text for each in read],
            "confidence": np.array([each.confidence for each in read], np.float64),
            "error": pd.Series(errors, dtype=object),  # else None would become NaN, which JSON has no place for
            "model": self.recognizer.digest,
        }
        if top > 1:
            columns["alternatives"] = [[other._asdict() for other in each.alternatives[:top]] for each in read]
        return pd.DataFrame(columns)


def _image(value: Any) -> Image:
    if isinstance(value, str):
        return decode_base64(value)
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
        received = "null" if pd.api.types.is_scalar(value) and pd.isna(value) else type(value).__name__
    return UnreadableImage(
        f"Not an image. Received: {received}. "
        "Give base64 text, bytes, or uint8 pixels (height, width) or (height, width, 3)."
    )


mlflow.models.set_model(ServedRecognizer())
