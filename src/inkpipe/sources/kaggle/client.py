"""Kaggle's service through its official client, with a timeout, retries and clear messages.

The official client (2.2) knows the credentials and the API. It sets no timeout on its requests and does not retry them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from inkpipe.errors import InkpipeError
from inkpipe.params.data import KaggleParams
from inkpipe.progress import say

T = TypeVar("T")

ATTEMPTS = 5  # in a row without a further byte; the pauses between them sum up to 15 s
MAX_PAUSE = 300.0  # seconds; a Retry-After may ask for longer
# Statuses after which a request is retried. 416: the partial file is too long; the transfer deletes it.
TRANSIENT = (408, 416, 429, *range(500, 600))
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


@dataclass(frozen=True)
class KaggleClient:
    """The service, asked about one data set.

    Attributes:
        params: which data set and which version.
        timeout_seconds: how long the service may be silent.
    """

    params: KaggleParams
    timeout_seconds: float

    def latest_version(self) -> int | None:
        """The number of the data set's latest version.

        Returns:
            The number; None if the service does not give it, or not to this account.

        Raises:
            InkpipeError: see `retry`; or the answer does not come from the service.
        """
        from kagglesdk.datasets.types.dataset_api_service import ApiGetDatasetRequest

        request = ApiGetDatasetRequest()
        request.owner_slug, request.dataset_slug = self.params.dataset.split("/")

        def ask() -> int | None:
            try:
                with self._datasets() as datasets:
                    return datasets.get_dataset(request).current_version_number or None
            except requests.HTTPError as error:
                if status_of(error) in (401, 403):
                    return None  # a public data set may still be downloaded; that request will show
                raise
            except ValueError as error:
                raise InkpipeError(
                    f"Kaggle's answer about {self.params.dataset} cannot be read: a login page or a proxy may have "
                    f"given it. Received: {error}. Open the data set in a browser, then try again, or set "
                    "data.kaggle.version."
                ) from error

        return self.retry(ask)

    @contextmanager
    def download(self, headers: dict[str, str]) -> Iterator[requests.Response]:
        """Ask for the archive once, without retries.

        Args:
            headers: for the storage to which the service redirects.

        Yields:
            The storage's answer, its body not yet read.

        Raises:
            requests.RequestException: refused, or the connection broke.
            InkpipeError: the official client cannot start.
        """
        from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

        request = ApiDownloadDatasetRequest()
        request.owner_slug, request.dataset_slug = self.params.dataset.split("/")
        request.dataset_version_number = self.params.version
        with self._datasets(headers) as datasets, datasets.download_dataset(request) as response:
            yield response

    def retry(self, attempt: Callable[[], T], received: Callable[[], int] = lambda: 0) -> T:
        """Call `attempt` until it returns, again after transient errors.

        It ends after `ATTEMPTS` calls in a row in which `received` did not grow. A pause lasts as long as Retry-After
        says, or 1, 2, 4, ... seconds, at most `MAX_PAUSE`.

        Args:
            attempt: asks the service.
            received: gives the number of bytes that arrived so far.

        Returns:
            The result of `attempt`.

        Raises:
            InkpipeError: refused (400, 401, 403, 404), redirected in circles, no network, or too many errors.
        """
        before = received()

        def count_anew_after_progress(state: RetryCallState) -> None:
            nonlocal before
            if received() > before:
                state.attempt_number = 1
            before = received()

        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            after=count_anew_after_progress,  # runs before `stop` and `wait`
            before_sleep=lambda state: say(f"{_announcement(state)}, from byte {received():,}."),
            reraise=True,
        )
        try:
            return retrying(attempt)
        except requests.RequestException as error:
            raise InkpipeError(_explain(error, self.params)) from error

    @contextmanager
    def _datasets(self, headers: dict[str, str] | None = None) -> Iterator[Any]:
        """The data set requests of the official client, signed in if there are credentials."""
        # Importing the client reads credentials, makes its folder, may ask the service, and prints advice to log in.
        try:
            with redirect_stdout(io.StringIO()):
                import kaggle
        except OSError as error:
            raise InkpipeError(
                f"Kaggle's client cannot make its folder. Received: {error}. Set KAGGLE_CONFIG_DIR to a writable one."
            ) from error
        with kaggle.api.build_kaggle_client() as client:
            session = client.http_client()._session  # the client has no public way to a timeout or to headers
            for scheme in ("https://", "http://"):
                session.mount(scheme, _Adapter(self.timeout_seconds, headers or {}))
            yield client.datasets.dataset_api_client


def status_of(error: requests.RequestException) -> int | None:
    """The HTTP status of the answer that an error is about; None if no answer came."""
    return error.response.status_code if error.response is not None else None


def bare(text: str) -> str:
    """A text without the queries of its addresses: that of a storage address is a signature, and so a secret."""
    return re.sub(r"\?[^\s)]*", "", text)


class _Adapter(HTTPAdapter):
    """Gives each request a timeout if it has none, and headers to those for storage: only these are GET."""

    def __init__(self, seconds: float, headers: dict[str, str]) -> None:
        super().__init__()
        self._seconds = seconds
        self._headers = headers

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.method == "GET":
            request.headers.update(self._headers)
        return super().send(request, *args, **{**kwargs, "timeout": kwargs.get("timeout") or self._seconds})


def _is_transient(error: BaseException) -> bool:
    broken = requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError
    if isinstance(error, broken):
        return True
    return isinstance(error, requests.RequestException) and status_of(error) in TRANSIENT


def _error(state: RetryCallState) -> requests.RequestException:
    """The error of the last attempt; only such errors are retried."""
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, requests.RequestException):
        raise TypeError(f"only errors of requests are retried, not {error!r}")
    return error


def _pause(state: RetryCallState) -> float:
    """Seconds until the next attempt."""
    response = _error(state).response
    after = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(after) if after.isdigit() else wait_exponential()(state), MAX_PAUSE)


def _announcement(state: RetryCallState) -> str:
    error = _error(state)
    return f"Kaggle: {status_of(error) or type(error).__name__}. Next try in {state.upcoming_sleep:.0f} s"


def _explain(error: requests.RequestException, params: KaggleParams) -> str:
    status = status_of(error)
    received = f"Received: {bare(str(error))} ({params.dataset}, version {params.version or 'latest'})."
    if isinstance(error, requests.TooManyRedirects):
        return (
            f"Kaggle's answers redirect in a circle, as those of a login page or a proxy do. {received} "
            "Open the data set in a browser, and check HTTPS_PROXY."
        )
    if status in REFUSALS:
        return f"{REFUSALS[status]} {received}"
    if status:
        return f"Kaggle does not serve the data set now. {received} Try later; the bytes that arrived stay."
    return (
        f"Kaggle cannot be reached. {received} Check the network and HTTPS_PROXY and try again; the bytes that arrived "
        "stay. Without a network, set data.source to synthetic or folder."
    )
