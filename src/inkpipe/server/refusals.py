"""How applications answer what they refuse, and what is a defect of theirs."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def refusal(_: Request, error: Exception) -> Response:
    """The reason of an `HTTPException` as JSON."""
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def defect(_: Request, __: Exception) -> Response:
    """What is said of any other exception: its words may name paths, which are not for everyone."""
    return JSONResponse({"error": "The server has a defect; its log says which."}, 500)
