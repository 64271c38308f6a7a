"""Label Studio (HumanSignal): tasks with predictions for it, and the annotations that come back.

The formats are those of its documentation: "Import pre-annotated data" and "Label Studio JSON format of annotated
tasks". A task is found again by `data.inkpipe_name`, so the images may be served from anywhere.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from inkpipe.errors import InkpipeError
from inkpipe.files import own_directory, write_json
from inkpipe.review.database import Database
from inkpipe.review.queues import OPEN
from inkpipe.review.stored_images import NO_IMAGE, SUFFIXES, image_for_browser
from inkpipe.review.work import Answer, BadTextError, Reviewer, TakenError, decide

IMAGE, TEXT, STATE = "image", "transcription", "state"  # names in the labeling configuration
UNREADABLE = "unreadable"
QUEUE = "label studio"
CONFIGURATION = f"""<View>
  <Image name="{IMAGE}" value="${IMAGE}"/>
  <TextArea name="{TEXT}" toName="{IMAGE}" editable="true" maxSubmissions="1" rows="1"/>
  <Choices name="{STATE}" toName="{IMAGE}" choice="single-radio">
    <Choice value="{UNREADABLE}"/>
  </Choices>
</View>
"""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")  # exports have many more keys, and new versions add some


class _Value(_Shape):
    text: list[str] | str | None = None
    choices: list[str] = []


class _Result(_Shape):
    from_name: str
    value: _Value = _Value()


class _Annotation(_Shape):
    result: list[_Result] = []
    was_cancelled: bool = False
    completed_by: dict[str, Any] | int | str | None = None
    created_at: str = ""
    updated_at: str = ""
    lead_time: float | None = None
    id: int | str | None = None


class _Data(_Shape):
    inkpipe_name: str


class _Task(_Shape):
    data: _Data
    annotations: list[_Annotation] = Field([])


class ImportResult(NamedTuple):
    """What an import did.

    Attributes:
        decided: annotations that became decisions.
        skipped: annotations that say nothing, or that were cancelled.
        known: annotations that the review has from an earlier import.
        refused: others, each with the name of its image and the reason.
    """

    decided: int
    skipped: int
    known: int
    refused: list[tuple[str, str]]


def write_tasks(database: Database, folder: Path, prefix: str) -> int:
    """Write a task for each image that nobody has checked: `tasks.json`, `config.xml`, and the images.

    Args:
        database: the review.
        folder: new, or an earlier output.
        prefix: of the address of an image, before the name of its file.

    Returns:
        The number of tasks.

    Raises:
        InkpipeError: there is nothing left to check, or the folder holds other files.
    """
    query = (
        "SELECT images.id, name, label, text, confidence, version FROM images JOIN models ON models.id = images.model "  # noqa: S608
        f"WHERE {OPEN} ORDER BY confidence, images.id"
    )
    tasks = []
    with own_directory(folder, "label-studio export") as partial:
        (partial / "images").mkdir()
        for row in database.rows(query):
            content, kind = image_for_browser(database, row["id"]) or (b"", NO_IMAGE)
            file = f"{row['id']:07}{SUFFIXES[kind]}"
            (partial / "images" / file).write_bytes(content)
            tasks.append(_task(row, f"{prefix}{file}"))
        if not tasks:
            raise InkpipeError(f"All images are checked. Received: {database.path}. There is nothing to export.")
        write_json(partial / "tasks.json", tasks)
        (partial / "config.xml").write_text(CONFIGURATION, encoding="utf-8")
    return len(tasks)


def read_annotations(database: Database, path: Path) -> ImportResult:
    """Take over the annotations of a JSON export. The last one of each task counts; what is checked already stays.

    Args:
        database: the review.
        path: of the export, in the format JSON (not JSON-MIN).

    Raises:
        InkpipeError: the file is no such export, or is not of this review.
    """
    images = {name: image for image, name in database.rows("SELECT id, name FROM images")}
    tasks = _tasks(path)
    if tasks and not any(task.data.inkpipe_name in images for task in tasks):
        raise InkpipeError(
            f"The export is of another review. Received: {path} with {tasks[0].data.inkpipe_name!r} and others, "
            f"none of which is in {database.path}."
        )
    result = ImportResult(0, 0, 0, [])
    for task in tasks:
        for annotation in sorted(task.annotations, key=lambda each: each.updated_at or each.created_at)[-1:]:
            result = _take(database, task.data.inkpipe_name, images, annotation, result)
    return result


def _task(row: Any, address: str) -> dict[str, Any]:
    data = {IMAGE: address, "inkpipe_name": row["name"], "confidence": row["confidence"]}
    text = {"from_name": TEXT, "to_name": IMAGE, "type": "textarea", "value": {"text": [row["text"]]}}
    return {
        "data": data if row["label"] is None else data | {"label": row["label"]},
        "predictions": [{"model_version": row["version"], "score": row["confidence"], "result": [text]}],
    }


def _tasks(path: Path) -> list[_Task]:
    try:
        return TypeAdapter(list[_Task]).validate_python(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InkpipeError(f"The export cannot be read. Received: {path}, {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        where = ".".join(map(str, first["loc"]))
        raise InkpipeError(
            f"The file is no JSON export of tasks that inkpipe made. Received: {path}, {where} {first['msg']}. "
            "Export in the format JSON, not JSON-MIN."
        ) from error


def _take(
    database: Database, name: str, images: dict[str, int], annotation: _Annotation, result: ImportResult
) -> ImportResult:
    """Take over one annotation."""
    text, unreadable = _said(annotation)
    if annotation.was_cancelled or (text is None and not unreadable):
        return result._replace(skipped=result.skipped + 1)
    if name not in images:
        result.refused.append((name, "The review has no such image."))
        return result
    key = hashlib.sha256(f"{name} {annotation.id} {annotation.updated_at}".encode()).hexdigest()
    if database.value("SELECT 1 FROM decisions WHERE key = ?", [key]):
        return result._replace(known=result.known + 1)
    answer = Answer(images[name], text, unreadable, QUEUE, key, annotation.lead_time)
    try:
        decide(database, Reviewer(_person(annotation), QUEUE), answer, _moment(annotation))
    except (BadTextError, TakenError) as error:
        result.refused.append((name, str(error)))
        return result
    return result._replace(decided=result.decided + 1)


def _said(annotation: _Annotation) -> tuple[str | None, bool]:
    """The text of an annotation, and whether it says that the image is unreadable."""
    texts: list[str] = []
    unreadable = False
    for each in annotation.result:
        if each.from_name == TEXT and each.value.text:
            texts += [each.value.text] if isinstance(each.value.text, str) else each.value.text
        unreadable |= each.from_name == STATE and UNREADABLE in each.value.choices
    text = " ".join(texts).strip()
    return (None, True) if unreadable else (text or None, False)


def _person(annotation: _Annotation) -> str:
    """Who annotated: an address or a number, as the export has it."""
    by = annotation.completed_by
    named = (by.get("email") or by.get("id")) if isinstance(by, dict) else by
    return f"label studio {'?' if named is None else named}"


def _moment(annotation: _Annotation) -> str | None:
    """When it was annotated, as `now` writes it; None if the export does not say."""
    try:
        given = datetime.fromisoformat(annotation.updated_at or annotation.created_at)
    except ValueError:
        return None
    return given.astimezone(UTC).isoformat(timespec="milliseconds")
