"""What the server counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from inkpipe.server.served_model import OpenModel
from inkpipe.transcription.rows import Row

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)  # seconds: one image to a full batch
MAX_REASONS = 50  # labels of a counter must be few; messages of registered code are not known beforehand


class Metrics:
    """The metrics of one server. Several in one process do not share them."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self._requests = Counter("inkpipe_requests", "Requests by path and status", ["path", "status"], registry=own)
        self._items = Counter("inkpipe_items", "Images, recognized or not", registry=own)
        self._errors = Counter(
            "inkpipe_item_errors", "Images that could not be read, by reason", ["reason"], registry=own
        )
        self._warnings = Counter("inkpipe_item_warnings", "Images with a warning", registry=own)
        self._seconds = Histogram(
            "inkpipe_recognize_seconds", "Time of a POST /recognize, its upload included", buckets=BUCKETS, registry=own
        )
        self._model = Gauge("inkpipe_model", "1 for the model in use", ["version", "digest"], registry=own)
        self._reasons: set[str] = set()

    def count_request(self, path: str, status: int) -> None:
        """Count a request.

        Args:
            path: of a route, or another word; not what a client invents.
            status: of the answer.
        """
        self._requests.labels(path, status).inc()

    def time_recognition(self, seconds: float) -> None:
        """Take the time of a recognition."""
        self._seconds.observe(seconds)

    def count_rows(self, rows: Iterable[Row]) -> None:
        """Count answered images and the reasons of errors."""
        for row in rows:
            self._items.inc()
            if row.warnings:
                self._warnings.inc()
            if row.error:
                self._errors.labels(self._reason(row.error)).inc()

    def set_model(self, model: OpenModel) -> None:
        """Take note of the model in use."""
        self._model.clear()
        self._model.labels(model.version, model.digest).set(1)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _reason(self, error: str) -> str:
        """The first sentence of a message, which says what is wrong and not what was received."""
        reason = error.partition(". ")[0]
        if reason not in self._reasons and len(self._reasons) >= MAX_REASONS:
            return "other"
        self._reasons.add(reason)
        return reason
