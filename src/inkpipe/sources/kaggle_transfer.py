"""The transfer of a Kaggle archive by the official client, with what that leaves open closed.

The client (2.2) asks for the archive, follows the redirect to storage, writes, and resumes a partial file of an earlier
call by Range and If-Range. What it lacks: a timeout on the first answer; retries of that answer; a look at the
status of the answer to a Range request, so that an error page can end up in the file. Hence each attempt here asks
for a fresh address, lets the client transfer once without retries of its own, and deletes a file of the wrong size.
"""

from __future__ import annotations

import errno
import io
import re
import shutil
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from inkpipe.errors import InkpipeError
from inkpipe.params.data import KaggleParams
from inkpipe.progress import say

if TYPE_CHECKING:
    from kaggle.api.kaggle_api_extended import KaggleApi

ATTEMPTS = 5  # in a row without a further byte
LONGEST_PAUSE = 300.0  # seconds
CHUNK_BYTES = 1 << 18  # what a broken connection can cost
PASSING = (408, 429, 500, 502, 503, 504)
REFUSALS: dict[int | None, str] = {
    401: "Kaggle does not accept the credentials. Correct KAGGLE_API_TOKEN, KAGGLE_USERNAME and "
    "KAGGLE_KEY, or kaggle.json, or remove them: public data sets need none.",
    403: "Kaggle denies access: the data set is private or needs an account. Set KAGGLE_API_TOKEN, or "
    "save kaggle.json, of an account that may download it on the website.",
    404: "Kaggle has no such data set or version. Correct data.kaggle.dataset (owner/name, as in the "
    "address of its page) and data.kaggle.version.",
}


def transfer(params: KaggleParams, target: Path) -> None:
    """Fetch the archive to `target`, from where an earlier try got to; that part stays if this one fails too.

    Answers 408, 429 and 5xx and broken connections are tried again, `ATTEMPTS` times in a row without progress, after
    what Retry-After says or 1, 2, 4, ... seconds.

    Raises:
        InkpipeError: refused (401, 403, 404), no network, no room, or a page instead of an archive.
    """
    api = _client()
    _make_folder(target.parent)
    failures = 0
    while True:
        before = _size(target)
        try:
            return _attempt(api, params, target)
        except requests.RequestException as error:
            failures = 1 if _size(target) > before else failures + 1
            if failures == ATTEMPTS or not _is_passing(error):
                raise InkpipeError(_explain(error, params)) from error
            pause, fault = _pause(error, failures), _status(error) or type(error).__name__
            say(f"Kaggle: {fault}. Next try in {pause:.0f} s, from byte {_size(target):,}.")
            time.sleep(pause)
        except OSError as error:
            raise InkpipeError(_explain_file(error, target)) from error


def discard(target: Path) -> None:
    """Delete a partial file and the client's note of what it is a part of."""
    target.unlink(missing_ok=True)
    target.with_name(f"{target.name}.kaggle-partial").unlink(missing_ok=True)


class _Patience(HTTPAdapter):
    """Gives every request that has no timeout one."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        return super().send(*args, **{**kwargs, "timeout": kwargs.get("timeout") or self._seconds})


def _client() -> KaggleApi:
    # Importing the client reads credentials, makes its folder, may ask the service, and prints advice to log in.
    try:
        with redirect_stdout(io.StringIO()):
            import kaggle
    except OSError as error:
        raise InkpipeError(
            f"Kaggle's client cannot make its folder. Received: {error}. Set KAGGLE_CONFIG_DIR to one that it can."
        ) from error
    return kaggle.api


def _attempt(api: KaggleApi, params: KaggleParams, target: Path) -> None:
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = params.dataset.split("/")
    request.dataset_version_number = params.version
    with api.build_kaggle_client() as client:
        session = client.http_client()._session  # the client offers no public way to a timeout
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Patience(params.timeout_seconds))
        with client.datasets.dataset_api_client.download_dataset(request) as response:
            _check_answer(response, params, target)
            _receive(api, response, target, params.timeout_seconds)


def _receive(api: KaggleApi, response: requests.Response, target: Path, timeout: float) -> None:
    once = {"resume": True, "max_retries": 0, "timeout": timeout, "chunk_size": CHUNK_BYTES}
    try:
        # Its bar goes to standard error; what it prints speaks of retries that it does not make here.
        with redirect_stdout(io.StringIO()):
            api.download_file(response, str(target), None, quiet=False, **once)
    except ValueError as error:  # the size is wrong: what was written may be an error page
        discard(target)
        raise requests.ConnectionError(str(error)) from error


def _check_answer(response: requests.Response, params: KaggleParams, target: Path) -> None:
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/"):
        raise InkpipeError(
            "Kaggle answered with a page instead of an archive, as a login page or a proxy does. "
            f"Received: {kind} from {_bare(response.url)}. Open the data set in a browser, then try again."
        )
    total = int(response.headers.get("Content-Length", 0))
    missing = total - _size(target) if total > _size(target) else total
    free = shutil.disk_usage(target.parent).free
    if missing > free:
        raise InkpipeError(
            f"There is no room for the archive of Kaggle {params.dataset}. Received: {missing:,} bytes to come, "
            f"{free:,} free in {target.parent}. Make room, or set data.kaggle.cache to another disk."
        )
    say(f"Kaggle {params.dataset}: {missing:,} bytes to come.")


def _is_passing(error: requests.RequestException) -> bool:
    broken = requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError
    return isinstance(error, broken) or _status(error) in PASSING


def _pause(error: requests.RequestException, failures: int) -> float:
    after = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return min(float(after) if after.isdigit() else 2.0 ** (failures - 1), LONGEST_PAUSE)


def _explain(error: requests.RequestException, params: KaggleParams) -> str:
    status = _status(error)
    received = f"Received: {_bare(str(error))} ({params.dataset}, version {params.version or 'latest'})."
    if status in REFUSALS:
        return f"{REFUSALS[status]} {received}"
    if status:
        return f"Kaggle does not serve the data set now. {received} Try later; what arrived is kept."
    return (
        f"Kaggle cannot be reached. {received} Check the network and HTTPS_PROXY and try again; what arrived is kept. "
        "Without a network, set data.source to synthetic or folder."
    )


def _status(error: requests.RequestException) -> int | None:
    return error.response.status_code if error.response is not None else None


def _explain_file(error: OSError, target: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full. Received: {target}. Make room, or set data.kaggle.cache to another disk."
    return f"{target} cannot be written. Received: {error}. Correct its permissions, or set data.kaggle.cache."


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InkpipeError(_explain_file(error, folder)) from error


def _bare(text: str) -> str:
    return re.sub(r"\?[^\s)]*", "", text)  # the query of a storage address signs the request


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
