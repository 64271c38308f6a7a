"""The shapes of requests and answers, and the OpenAPI document that they make."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from inkpipe import __version__
from inkpipe.server.request_limits import Limits

REFERENCE = "#/components/schemas/{model}"


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Images(_Shape):
    """Images in JSON."""

    images: list[Any] = Field(
        description="each the base64 text of an image file", json_schema_extra={"items": {"type": "string"}}
    )


class Alternative(_Shape):
    """One of the likeliest texts of an image."""

    text: str
    confidence: float = Field(ge=0, le=1, description="the model's probability of the text")
    score: float = Field(description="by which the decoder ranks texts, a natural logarithm")


class Item(_Shape):
    """The answer for one image: a text, or an error."""

    image: str = Field(description="the file name as it was uploaded, else `image` and its number")
    text: str = Field(description="empty if the image could not be read")
    confidence: float | None = Field(ge=0, le=1, description="null if the image could not be read")
    characters: list[float] = Field([], description="the confidence of each character of the text")
    per_character: float | None = Field(
        None, ge=0, le=1, description="the geometric mean of these, by which texts of any length compare"
    )
    alternatives: list[Alternative] = Field([], description="the likeliest texts, if asked for")
    warnings: list[str] = Field([], description="rules of the data contract that the image violates: do not rely on it")
    error: str = Field("", description="why the image could not be read")
    line: str = Field("", description="if asked for: what the network sees, a PNG as base64 text")


class Model(_Shape):
    """The model that answered."""

    version: str
    digest: str = Field(description="of the model's files")


class Answer(_Shape):
    """The answer for all images, in their order."""

    model: Model
    items: list[Item]


class Problem(_Shape):
    """Why a request as a whole is refused."""

    error: str


def openapi(limits: Limits) -> dict[str, Any]:
    """Make the OpenAPI document.

    Args:
        limits: of a request.

    Returns:
        OpenAPI 3.1 as content for JSON.
    """
    names, schemas = models_json_schema(
        [(Images, "validation"), (Answer, "serialization"), (Problem, "serialization")], ref_template=REFERENCE
    )
    images, answer, problem = names.values()
    parameters = [
        _parameter(
            "top", {"type": "integer", "minimum": 1, "maximum": limits.max_alternatives}, "alternatives, if above 1"
        ),
        _parameter("line", {"type": "boolean"}, "whether items show what the network sees"),
    ]
    upload = {"type": "array", "maxItems": limits.max_items, "items": {"type": "string", "format": "binary"}}
    recognize = {
        "summary": "Recognize the text of images of one line of handwriting",
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": {"type": "object", "properties": {"image": upload}}},
                "application/json": {"schema": images},
            },
        },
        "responses": {
            "200": _response("An item for each image; a bad image is an item with an error", answer),
            **{status: _response(reason, problem) for status, reason in PROBLEMS.items()},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "inkpipe", "version": __version__},
        "paths": {
            "/recognize": {"post": recognize},
            "/healthz": _get("Whether the server lives", "application/json"),
            "/readyz": _get("Whether the model is up: 200 or 503", "application/json"),
            "/metrics": _get("Metrics for Prometheus", "text/plain"),
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


PROBLEMS = {
    "400": "The body is not what its type says, or the Host is foreign",
    "401": "The token is missing or wrong",
    "403": "The Origin is foreign",
    "408": "The body came too slowly",
    "413": "Too many bytes or images",
    "415": "Neither multipart/form-data nor application/json",
    "422": "No images, a foreign field, or a bad parameter",
    "503": "The model is not up, or the server is busy",
}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _response(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _get(summary: str, media_type: str) -> dict[str, Any]:
    return {"get": {"summary": summary, "responses": {"200": {"description": summary, "content": {media_type: {}}}}}}
