"""The model that a server uses now. It is replaced, while requests go on, when another one should be served."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.serving.found_model import FoundModel

logger = logging.getLogger("inkpipe.server")
WHITE = b"P5 256 32 255\n" + b"\xff" * 256 * 32  # an image that each model recognizes, PGM


class NotReadyError(InkpipeError):
    """There is no model in use yet."""


class OpenModel:
    """A model in use. It ends when it was replaced and its last request is answered.

    Args:
        found: where it comes from.

    Attributes:
        version: as of `FoundModel`.
        digest: of its files.
        recognizer: of the model, ready.

    Raises:
        InkpipeError: the model cannot be opened or cannot recognize.
    """

    def __init__(self, found: FoundModel) -> None:
        self.version = found.version
        self.users = 1  # the server itself
        with ExitStack() as stack:
            self.recognizer = stack.enter_context(found.open())
            ((_, result),) = self.recognizer.recognize_each([(0, WHITE)])
            if isinstance(result, UnreadableImage):
                raise result
            self.digest = self.recognizer.digest
            self._stack = stack.pop_all()

    def close(self) -> None:
        """End its processes."""
        self._stack.close()


class ServedModel:
    """The model that a server uses now, for several threads.

    Args:
        find: finds the model that should be served; cheap, as it is asked every few seconds.
        swapped: is told of each model that comes into use.

    Attributes:
        fault: why the model that should be served is not; None if it is.
    """

    def __init__(self, find: Callable[[], FoundModel], swapped: Callable[[OpenModel], None]) -> None:
        self._find, self._swapped = find, swapped
        self._lock = threading.Lock()
        self._current: OpenModel | None = None
        self.fault: str | None = "It is being loaded."

    @property
    def version(self) -> str | None:
        """Of the model in use; None if there is none yet."""
        model = self._current
        return model.version if model else None

    @contextmanager
    def use(self) -> Iterator[OpenModel]:
        """Use the model until the block ends, also if another one replaces it meanwhile.

        Raises:
            NotReadyError: there is none yet.
        """
        with self._lock:
            model = self._current
            if model is None:
                raise NotReadyError(
                    "The model is not up yet. Received: a request too early. Try again when /readyz answers 200."
                )
            model.users += 1
        try:
            yield model
        finally:
            self._leave(model)

    def refresh(self) -> None:
        """Open the model that should be served, if it is another one, and use it from now on.

        If that fails, the old one stays, and `fault` and the log say why.
        """
        try:
            found = self._find()
            if self._current is None or self._current.version != found.version:
                self._swap(OpenModel(found))
        except Exception as error:  # the server looks again; whatever it was must not end that, nor the old model
            expected = isinstance(error, InkpipeError)
            fault = str(error) if expected else f"{type(error).__name__}: {error}"
            if fault != self.fault:  # once, not at each try
                logger.error("The model cannot be loaded. %s", fault, exc_info=not expected)  # noqa: TRY400 - likewise
            self.fault = fault
        else:
            self.fault = None

    def close(self) -> None:
        """End the model after its last request."""
        self._swap(None)

    def _swap(self, model: OpenModel | None) -> None:
        if model:
            self._swapped(model)
            logger.info("%s serves (%s).", model.version, model.digest)
        with self._lock:
            old, self._current = self._current, model
        if old:
            self._leave(old)

    def _leave(self, model: OpenModel) -> None:
        with self._lock:
            model.users -= 1
            unused = not model.users
        if unused:
            model.close()
