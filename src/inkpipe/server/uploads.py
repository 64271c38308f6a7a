"""The images of a request, as files of a multipart upload or as base64 text in JSON."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from inkpipe.imaging import UnreadableImage, encoded_size
from inkpipe.server.request_limits import Limits
from inkpipe.server.schema import Images
from inkpipe.serving.base64_image import decode_base64
from inkpipe.serving.recognizer import EncodedImage
from inkpipe.transcription.image_file import ImageFile

TOO_MANY = {"Too many files": 413, "Too many fields": 422}  # how Starlette's message begins, and the status for it


async def read_images(request: Request, limits: Limits) -> list[ImageFile]:
    """Read the images of a request.

    Args:
        request: with a body in one of both forms.
        limits: of it. That of its bytes is not checked here, see `LimitBody`.

    Returns:
        The images, in the order of the request. Some may be unreadable.

    Raises:
        HTTPException: the body holds no images, or too many.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    read = {"multipart/form-data": _uploaded, "application/json": _in_json}.get(kind)
    if read is None:
        raise HTTPException(
            415,
            f"The upload is of another type. Received: Content-Type {kind[:40]!r}. "
            "Send multipart/form-data or application/json.",
        )
    try:
        async with asyncio.timeout(limits.max_seconds):
            images = await read(request, limits)
    except TimeoutError as error:
        raise HTTPException(
            408, f"The body came too slowly. Received: not all after {limits.max_seconds} s. Send less at once."
        ) from error
    if not images:
        raise HTTPException(422, "There is no image. Received: 0 images. Send at least one.")
    if len(images) > limits.max_items:
        raise HTTPException(
            413, f"There are too many images. Received: {len(images):,}. Send at most {limits.max_items} at once."
        )
    return images


class _Parser(MultiPartParser):
    """Knows whether the upload came to its end. Starlette's own drops a last part that is cut off."""

    ended = False

    def on_end(self) -> None:
        self.ended = True


async def _uploaded(request: Request, limits: Limits) -> list[ImageFile]:
    parser = _Parser(request.headers, request.stream(), max_files=limits.max_items, max_fields=0)
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeError) as error:
        status = next((status for words, status in TOO_MANY.items() if str(error).startswith(words)), 400)
        raise HTTPException(
            status, f"The multipart upload is not as expected. Received: {error} Send image files alone."
        ) from error
    if not parser.ended:
        raise HTTPException(400, "The multipart upload is cut off. Received: no end of its last part. Send it whole.")
    files = [(part.filename, await part.read()) for _, part in form.multi_items() if isinstance(part, UploadFile)]
    await form.close()
    return [
        ImageFile(name or f"image {number}", partial(_within, content, limits.max_pixels))
        for number, (name, content) in enumerate(files, start=1)
    ]


async def _in_json(request: Request, limits: Limits) -> list[ImageFile]:
    try:
        images = Images.model_validate_json(await request.body()).images
    except ValidationError as error:
        (first, *_) = error.errors()
        where = ".".join(map(str, first["loc"])) or "the body"
        raise HTTPException(
            400 if first["type"] == "json_invalid" else 422,
            f'The JSON is not as expected. Received: {where}: {first["msg"]}. Send {{"images": ["BASE64", ...]}}.',
        ) from error
    return [
        ImageFile(f"image {number}", partial(_decoded, image, limits.max_pixels))
        for number, image in enumerate(images, start=1)
    ]


def _decoded(image: Any, max_pixels: int) -> EncodedImage:
    if not isinstance(image, str):
        return UnreadableImage(f"Not base64 text. Received: {type(image).__name__}. Encode the image file.")
    content = decode_base64(image)
    return _within(content, max_pixels) if isinstance(content, bytes) else content


def _within(content: bytes, max_pixels: int) -> EncodedImage:
    """An image, if its header says that it has at most so many pixels."""
    try:
        height, width = encoded_size(content)
    except UnreadableImage as error:
        return error
    if height * width > max_pixels:
        return UnreadableImage(
            f"The image is too large. Received: {width} x {height} pixels. Send at most {max_pixels:,} pixels."
        )
    return content
