"""Shelf: the newest result of a screen, for when it is opened again; no widget in it."""

from __future__ import annotations

from typing import Any


class Shelf:
    """Room for one result, and of what it is."""

    def __init__(self) -> None:
        self._kept: tuple[object, Any] | None = None

    def kept(self, asked: object) -> Any:
        """The result of what is asked; None where it is not there."""
        return self._kept[1] if self._kept is not None and self._kept[0] == asked else None

    def keep(self, asked: object, result: Any) -> None:
        """Keep a result in the place of the one before."""
        self._kept = asked, result
