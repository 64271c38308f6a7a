"""POST /recognize: an item for each image."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inkpipe.imaging import decode, prepare
from inkpipe.imaging.opencv import cv2
from inkpipe.server.prometheus import Metrics
from inkpipe.server.served_model import OpenModel, ServedModel
from inkpipe.server.settings import Settings
from inkpipe.server.uploads import read_images
from inkpipe.transcription.image_file import ImageFile
from inkpipe.transcription.rows import Row, transcribe

PARAMETERS = ("top", "line")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class Recognition:
    """What answers POST /recognize.

    Args:
        served: the model in use.
        metrics: to count in.
        settings: of the application.
    """

    def __init__(self, served: ServedModel, metrics: Metrics, settings: Settings) -> None:
        self._served, self._metrics, self._settings = served, metrics, settings

    async def answer(self, request: Request) -> Response:
        """Answer a request with an item for each of its images."""
        started = time.perf_counter()
        _check_names(request)
        top, with_line = self._top(request), _boolean(request, "line")
        images = await read_images(request, self._settings.limits)
        content = await run_in_threadpool(self._recognize, images, top, with_line)
        self._metrics.time_recognition(time.perf_counter() - started)
        return JSONResponse(content)

    def _recognize(self, images: Sequence[ImageFile], top: int, with_line: bool) -> dict[str, Any]:
        with self._served.use() as model:
            rows = list(transcribe(model.recognizer, images, self._settings.rules, alternatives=top > 1))
            items = [row._replace(alternatives=row.alternatives[:top]).to_json() for row in rows]
            if with_line:
                lines = (_line(model, row, image) for row, image in zip(rows, images, strict=True))
                items = [item | line for item, line in zip(items, lines, strict=True)]
        self._metrics.count_rows(rows)
        if self._settings.log:
            self._settings.log.add(model.version, images, rows)
        return {"model": {"version": model.version, "digest": model.digest}, "items": items}

    def _top(self, request: Request) -> int:
        given, most = request.query_params.get("top", "1"), self._settings.limits.max_alternatives
        if not (given.isascii() and given.isdigit() and len(given) < 6 and 1 <= int(given) <= most):
            raise HTTPException(422, f"`top` is a number of texts. Received: {given[:40]!r}. Give 1 to {most}.")
        return int(given)


def _check_names(request: Request) -> None:
    for name in request.query_params:
        if name not in PARAMETERS:
            known = " and ".join(f"`{each}`" for each in PARAMETERS)
            raise HTTPException(422, f"The parameters are {known}. Received: {name[:40]!r}.")


def _boolean(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false")
    if given not in BOOLEANS:
        raise HTTPException(422, f"`{name}` is true or false. Received: {given[:40]!r}.")
    return BOOLEANS[given]


def _line(model: OpenModel, row: Row, image: ImageFile) -> dict[str, str]:
    """What the network sees of an image that it could read."""
    content = image.read()
    if row.error or not isinstance(content, bytes):
        return {}
    preprocess = model.recognizer.preprocess.model_copy(update={"features": "pixels"})
    encoded = cv2.imencode(".png", prepare(decode(content), preprocess))[1]
    return {"line": base64.b64encode(encoded.tobytes()).decode()}
