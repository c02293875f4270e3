"""The static transcript as an output of its own, beside the widget.

It is written when first shown, when a turn ends and when the cell ends: an output that is updated
often would make the notebook flicker and grow.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

__all__ = ["StaticOutput"]

Make = Callable[[], dict[str, str]]


class StaticOutput:
    """One output cell part that `make` fills.

    Args:
        make: returns the MIME bundle of what is to be kept now.
    """

    def __init__(self, make: Make) -> None:
        self._make = make
        self._lock = threading.Lock()  # a cell and the session thread must not overtake each other
        self._display_id: str | None = None
        self._written: dict[str, str] | None = None

    def show(self) -> None:
        """Put the output below what the cell has shown so far."""
        from IPython.display import display

        with self._lock:
            self._display_id = uuid.uuid4().hex
            self._written = self._make()
            display(self._written, raw=True, display_id=self._display_id)

    def update(self) -> None:
        """Write what is to be kept now, if it differs from what was written.

        Addressed by its id, so it may be called from any thread at any time.
        """
        from IPython.display import update_display

        with self._lock:
            if self._display_id is None:
                return
            bundle = self._make()
            if bundle != self._written:
                self._written = bundle
                update_display(bundle, raw=True, display_id=self._display_id)
