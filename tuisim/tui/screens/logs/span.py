"""Span: the updates of a log that are shown, as pure state; it follows the newest."""

from __future__ import annotations

#: Of all that there is at least so much is shown.
_LEAST_SHARE = 1e-6


class Span:
    """All updates, or a part of them."""

    def __init__(self) -> None:
        #: The first and the last update that are shown; None for all.
        self.shown: tuple[float, float] | None = None
        #: The first and the last update that there are.
        self.whole = (0.0, 1.0)

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show fewer updates by this factor, or more where it is under 1.

        Args:
            at: the update to zoom about; the newest without.
        """
        first, last = self.whole
        low, high = self.shown or self.whole
        width = max((high - low) / factor, _LEAST_SHARE * (last - first))
        if width >= last - first:
            self.shown = None
            return
        middle = last if at is None else at
        low = min(max(middle - width / 2, first), last - width)
        self.shown = (low, low + width)

    def grow(self, whole: tuple[float, float]) -> None:
        """There are other updates; who sees the newest goes on to see it."""
        before, self.whole = self.whole, whole
        if self.shown is None:
            return
        low, high = self.shown
        width = high - low
        if width >= whole[1] - whole[0]:
            self.shown = None
        elif high >= before[1] or low > whole[1]:
            self.shown = (whole[1] - width, whole[1])
