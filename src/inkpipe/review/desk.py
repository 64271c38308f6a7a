"""The desk as an application: its routes, and how it answers."""

from __future__ import annotations

import logging
import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from inkpipe.errors import InkpipeError
from inkpipe.review.database import Database
from inkpipe.review.desk_page import FILES
from inkpipe.review.overview import overview
from inkpipe.review.queues import QUEUES
from inkpipe.review.stored_images import image_for_browser
from inkpipe.review.work import Answer, BadTextError, Reviewer, TakenError, claim, decide, release, undo
from inkpipe.server.guard import Access, Guard
from inkpipe.server.refusals import defect, refusal
from inkpipe.server.request_limits import LimitBody, Limits
from inkpipe.server.static_files import HEADERS, static_routes

logger = logging.getLogger("inkpipe.server")
MAX_BYTES = 64 << 10  # of a request: a text of 1,000 characters and what belongs to it
MAX_CLAIM = 20  # images that a page may have at once
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
QueueName = Literal["confidence", "labels", "random", "skipped"]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reviewer: Name
    session: Key

    def who(self) -> Reviewer:
        """Who asks."""
        return Reviewer(self.reviewer.strip(), self.session)


class ClaimRequest(_Request):
    """The next images of a queue, please."""

    queue: QueueName
    count: Annotated[int, Field(ge=1, le=MAX_CLAIM)]


class DecideRequest(_Request):
    """A person's answer for an image."""

    queue: QueueName
    image: Annotated[int, Field(ge=1, lt=1 << 63)]
    kind: Literal["text", "unreadable", "skipped"]
    text: str | None = None
    key: Key
    seconds: Annotated[float, Field(ge=0, le=1e6)] | None = None


class UndoRequest(_Request):
    """Take the last answer back."""

    queue: QueueName


class ReleaseRequest(_Request):
    """The page is closed."""


Body = TypeVar("Body", bound=_Request)


def build_desk(database: Database, access: Access) -> Starlette:
    """Build the application.

    Args:
        database: the review.
        access: who may come in.
    """
    desk = _Desk(database)
    page = static_routes("inkpipe.review.desk_page", FILES)
    routes = [
        *page,
        Route("/overview", desk.overview),
        Route("/claim", desk.claim, methods=["POST"]),
        Route("/decide", desk.decide, methods=["POST"]),
        Route("/undo", desk.undo, methods=["POST"]),
        Route("/release", desk.release, methods=["POST"]),
        Route("/images/{image:int}", desk.image),
    ]
    inner = [
        Middleware(Guard, access=access, public={route.path for route in page}),
        Middleware(LimitBody, limits=Limits(MAX_BYTES)),
    ]
    return Starlette(
        routes=[Mount("/", routes=routes, middleware=inner)],
        exception_handlers={HTTPException: refusal, InkpipeError: _fault, Exception: defect},
    )


class _Desk:
    """What answers requests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overview(self, request: Request) -> Response:
        threshold = _fraction(request.query_params.get("threshold", "0.95"))
        return JSONResponse({**await run_in_threadpool(overview, self._database, threshold), "queues": TITLES})

    async def claim(self, request: Request) -> Response:
        body = await _body(request, ClaimRequest)
        items = await run_in_threadpool(claim, self._database, body.who(), body.queue, body.count)
        return JSONResponse({"items": items})

    async def decide(self, request: Request) -> Response:
        body = await _body(request, DecideRequest)
        if (body.kind == "text") != (body.text is not None):
            raise HTTPException(422, f"A text belongs to the kind text alone. Received: {body.kind}.")
        answer = Answer(body.image, body.text, body.kind == "unreadable", body.queue, body.key, body.seconds)
        try:
            kind = await run_in_threadpool(decide, self._database, body.who(), answer)
        except LookupError as error:
            raise HTTPException(404, f"There is no such image. Received: {body.image}.") from error
        except TakenError as error:
            raise HTTPException(409, str(error)) from error
        except BadTextError as error:
            raise HTTPException(422, str(error)) from error
        return JSONResponse({"decided": kind})

    async def undo(self, request: Request) -> Response:
        body = await _body(request, UndoRequest)
        item = await run_in_threadpool(undo, self._database, body.who(), body.queue)
        if item is None:
            raise HTTPException(404, "There is nothing to undo. Received: no decision of this page.")
        return JSONResponse({"item": item})

    async def release(self, request: Request) -> Response:
        body = await _body(request, ReleaseRequest)
        await run_in_threadpool(release, self._database, body.who())
        return JSONResponse({"released": True})

    async def image(self, request: Request) -> Response:
        image = request.path_params["image"]
        row = await run_in_threadpool(self._picture, image)
        if row is None:
            raise HTTPException(404, f"There is no such image. Received: {image}.")
        content, media_type = row
        # The image of an id never changes
        headers = {**HEADERS, "Cache-Control": "private, max-age=86400, immutable"}
        return Response(content, media_type=media_type, headers=headers)

    def _picture(self, image: int) -> tuple[bytes, str] | None:
        if image >= 1 << 63:  # beyond SQLite's integers
            return None
        return image_for_browser(self._database, image)


async def _body(request: Request, shape: type[Body]) -> Body:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, f"The body is of another type. Received: Content-Type {kind[:40]!r}. Send JSON.")
    try:
        return shape.model_validate_json(await request.body())
    except ValidationError as error:
        (first, *_) = error.errors()
        where = ".".join(map(str, first["loc"])) or "the body"
        status = 400 if first["type"] == "json_invalid" else 422
        raise HTTPException(status, f"The JSON is not as expected. Received: {where}: {first['msg']}.") from error


def _fraction(given: str) -> float:
    if not re.fullmatch(r"[01](\.\d{1,9})?", given, re.ASCII) or float(given) > 1:
        raise HTTPException(422, f"`threshold` is a confidence. Received: {given[:40]!r}. Give 0 to 1.")
    return float(given)


async def _fault(_: Request, error: Exception) -> Response:
    logger.error("A request could not be answered. %s", error)  # its words may name paths, which are not for everyone
    return JSONResponse({"error": "Nothing was saved: the review cannot be used; the log says why. Try again."}, 503)


TITLES: dict[str, dict[str, Any]] = {
    name: {"title": queue.title, "purpose": queue.purpose} for name, queue in QUEUES.items()
}
