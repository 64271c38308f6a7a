"""Kaggle's service by its official client, with patience: a timeout, tries after passing faults, one clear message.

The client (2.2) knows the credentials and the API. What it lacks is a timeout on its requests and retries of them.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter

from inkpipe.errors import InkpipeError
from inkpipe.params.data import KaggleParams
from inkpipe.progress import say

T = TypeVar("T")

ATTEMPTS = 5  # in a row without a further byte
LONGEST_PAUSE = 300.0  # seconds
PASSING = (408, 416, 429, *range(500, 600))  # 416: what was there was too long; it is deleted before the next try
REFUSALS: dict[int | None, str] = {
    400: "Kaggle does not understand the request. Correct data.kaggle.dataset (owner/name, as in the address of its "
    "page) and data.kaggle.version.",
    401: "Kaggle does not accept the credentials. Correct KAGGLE_API_TOKEN, KAGGLE_USERNAME and "
    "KAGGLE_KEY, or kaggle.json, or remove them: public data sets need none.",
    403: "Kaggle denies access: the data set is private or needs an account. Set KAGGLE_API_TOKEN, or "
    "save kaggle.json, of an account that may download it on the website.",
    404: "Kaggle has no such data set or version. Correct data.kaggle.dataset (owner/name, as in the "
    "address of its page) and data.kaggle.version.",
}


def latest_version(params: KaggleParams) -> int | None:
    """The number of the data set's latest version, null if the service does not tell it, or not to this account.

    Raises:
        InkpipeError: see `persist`; what answers is not the service.
    """
    from kagglesdk.datasets.types.dataset_api_service import ApiGetDatasetRequest

    request = ApiGetDatasetRequest()
    request.owner_slug, request.dataset_slug = params.dataset.split("/")

    def ask() -> int | None:
        try:
            with opened(params) as client:
                return client.datasets.dataset_api_client.get_dataset(request).current_version_number or None
        except requests.HTTPError as error:
            if status_of(error) in (401, 403):
                return None  # whoever may not ask may still be let download a public data set; that request will tell
            raise
        except ValueError as error:
            raise InkpipeError(
                f"Kaggle's answer about {params.dataset} cannot be read: a login page or a proxy may have given it. "
                f"Received: {error}. Open the data set in a browser, then try again, or set data.kaggle.version."
            ) from error

    return persist(ask, params)


@contextmanager
def opened(params: KaggleParams, headers: dict[str, str] | None = None) -> Iterator[Any]:
    """The official client, signed in if there are credentials; `headers` go to the storage it is redirected to."""
    # Importing the client reads credentials, makes its folder, may ask the service, and prints advice to log in.
    try:
        with redirect_stdout(io.StringIO()):
            import kaggle
    except OSError as error:
        raise InkpipeError(
            f"Kaggle's client cannot make its folder. Received: {error}. Set KAGGLE_CONFIG_DIR to one that it can."
        ) from error
    with kaggle.api.build_kaggle_client() as client:
        session = client.http_client()._session  # the client offers no public way to a timeout or to headers
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter(params.timeout_seconds, headers or {}))
        yield client


def persist(attempt: Callable[[], T], params: KaggleParams, arrived: Callable[[], int] = lambda: 0) -> T:
    """What `attempt` returns, tried again after passing answers and broken connections.

    It ends after `ATTEMPTS` tries in a row in which `arrived` did not grow. Pauses last what Retry-After says, or 1, 2,
    4, ... seconds.

    Raises:
        InkpipeError: refused (400, 401, 403, 404), sent round in circles, no network, or nothing but faults.
    """
    failures = 0
    while True:
        before = arrived()
        try:
            return attempt()
        except requests.RequestException as error:
            failures = 1 if arrived() > before else failures + 1
            if failures == ATTEMPTS or not _is_passing(error):
                raise InkpipeError(_explain(error, params)) from error
            pause, fault = _pause(error, failures), status_of(error) or type(error).__name__
            say(f"Kaggle: {fault}. Next try in {pause:.0f} s, from byte {arrived():,}.")
            time.sleep(pause)


def status_of(error: requests.RequestException) -> int | None:
    """The status of the answer that an error is about, null if none came."""
    return error.response.status_code if error.response is not None else None


def bare(text: str) -> str:
    """`text` without the queries of addresses: that of a storage address signs the request."""
    return re.sub(r"\?[^\s)]*", "", text)


class _Adapter(HTTPAdapter):
    """Gives every request that has no timeout one, and those to storage headers: the API is asked by POST alone."""

    def __init__(self, seconds: float, headers: dict[str, str]) -> None:
        super().__init__()
        self._seconds = seconds
        self._headers = headers

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.method == "GET":
            request.headers.update(self._headers)
        return super().send(request, *args, **{**kwargs, "timeout": kwargs.get("timeout") or self._seconds})


def _is_passing(error: requests.RequestException) -> bool:
    broken = requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError
    return isinstance(error, broken) or status_of(error) in PASSING


def _pause(error: requests.RequestException, failures: int) -> float:
    after = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return min(float(after) if after.isdigit() else 2.0 ** (failures - 1), LONGEST_PAUSE)


def _explain(error: requests.RequestException, params: KaggleParams) -> str:
    status = status_of(error)
    received = f"Received: {bare(str(error))} ({params.dataset}, version {params.version or 'latest'})."
    if isinstance(error, requests.TooManyRedirects):
        return (
            f"Kaggle's answers lead round in a circle, as those of a login page or a proxy do. {received} "
            "Open the data set in a browser, and check HTTPS_PROXY."
        )
    if status in REFUSALS:
        return f"{REFUSALS[status]} {received}"
    if status:
        return f"Kaggle does not serve the data set now. {received} Try later; what arrived is kept."
    return (
        f"Kaggle cannot be reached. {received} Check the network and HTTPS_PROXY and try again; what arrived is kept. "
        "Without a network, set data.source to synthetic or folder."
    )
