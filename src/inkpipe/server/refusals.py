"""How applications answer what they refuse, and what is a defect of theirs."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

SHOWN = 80  # characters of a path in a message


async def refusal(request: Request, error: Exception) -> Response:
    """The reason of an `HTTPException` as JSON."""
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    detail = error.detail
    if detail == HTTPStatus(error.status_code).phrase:  # raised by the router, which gives no reason
        received = f"Received: {request.method} {request.url.path[:SHOWN]}."
        methods = (error.headers or {}).get("Allow", "")
        allowed = ", ".join(sorted(methods.split(", ")))  # Starlette lists a set
        detail = f"This path takes {allowed}. {received}" if allowed else f"Nothing is at this path. {received}"
    return JSONResponse({"error": detail}, error.status_code, error.headers)


async def defect(_: Request, __: Exception) -> Response:
    """What is said of any other exception: its words may name paths, which are not for everyone."""
    return JSONResponse({"error": "The server has a defect; its log says which."}, 500)
