"""The application: its routes, and how it answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkpipe.errors import InkpipeError
from inkpipe.server.guard import Guard
from inkpipe.server.page import FILES
from inkpipe.server.prometheus import Metrics
from inkpipe.server.recognition import Recognition
from inkpipe.server.refusals import defect, refusal
from inkpipe.server.request_limits import LimitBody
from inkpipe.server.schema import openapi
from inkpipe.server.served_model import NotReadyError, ServedModel
from inkpipe.server.settings import Settings
from inkpipe.server.static_files import static_routes
from inkpipe.serving.found_model import FoundModel

logger = logging.getLogger("inkpipe.server")


def build_app(find_model: Callable[[], FoundModel], settings: Settings) -> Starlette:
    """Build the application.

    Args:
        find_model: finds the model that should be served; asked every `settings.poll` seconds.
        settings: of the application.
    """
    metrics = Metrics()
    served = ServedModel(find_model, metrics.set_model)
    recognition = Recognition(served, metrics, settings)
    document = openapi(settings.limits)
    page = static_routes("inkpipe.server.page", FILES)
    routes = [
        *page,
        Route("/recognize", recognition.answer, methods=["POST"]),
        Route("/healthz", lambda _: JSONResponse({"alive": True})),
        Route("/readyz", lambda _: _readiness(served)),
        Route("/metrics", lambda _: Response(metrics.text(), media_type="text/plain; version=0.0.4")),
        Route("/openapi.json", lambda _: JSONResponse(document)),
    ]
    inner = [
        Middleware(Guard, access=settings.access, public={*(route.path for route in page), "/healthz", "/readyz"}),
        Middleware(LimitBody, limits=settings.limits),
    ]
    return Starlette(
        routes=[Mount("/", routes=routes, middleware=inner)],  # in a mount, as these raise HTTPException
        middleware=[Middleware(CountRequests, metrics=metrics, paths={route.path for route in routes})],
        exception_handlers={
            HTTPException: refusal,
            NotReadyError: _not_ready,
            InkpipeError: _fault,
            Exception: defect,
        },
        lifespan=partial(_lifespan, served=served, settings=settings),
    )


def _readiness(served: ServedModel) -> Response:
    version = served.version
    content: dict[str, Any] = {"ready": version is not None, "model": version}
    if served.fault:  # its words may name paths, which are not for everyone
        content["problem"] = "The model that should be served is not loaded; the server's log says why."
    return JSONResponse(content, 200 if version else 503)


async def _not_ready(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 503, {"Retry-After": "2"})


async def _fault(_: Request, error: Exception) -> Response:
    logger.error("A request could not be answered. %s", error)
    return JSONResponse({"error": "The recognizer failed; the server's log says why. Try again."}, 503)


@asynccontextmanager
async def _lifespan(_: Starlette, served: ServedModel, settings: Settings) -> AsyncIterator[None]:
    """Look for another model from the start to the end of the server."""
    log = settings.log

    async def refresh_for_ever() -> None:
        while True:
            await run_in_threadpool(served.refresh)
            if log:
                await run_in_threadpool(log.write_if_due)
            await asyncio.sleep(settings.poll)

    async with AsyncExitStack() as ending:  # backwards, each step whatever the one before it raises
        if log:
            ending.push_async_callback(run_in_threadpool, log.close)
        ending.push_async_callback(run_in_threadpool, served.close)
        ending.push_async_callback(_cancelled, asyncio.create_task(refresh_for_ever()))
        yield


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class CountRequests:
    """ASGI middleware that counts requests by path and status.

    Args:
        app: the application.
        metrics: to count in.
        paths: of the routes; all others are counted as one.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: set[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer."""
        begun = False

        async def counted(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._count(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:  # a defect, which is answered further out
            if scope["type"] == "http" and not begun:
                self._count(scope, 500)
            raise

    def _count(self, scope: Scope, status: int) -> None:
        path = scope["path"] if scope["path"] in self._paths else "other"
        self._metrics.count_request(path, status)
