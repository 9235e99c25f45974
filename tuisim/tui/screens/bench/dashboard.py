"""The dashboard: the norms large, and beside them what makes them."""

from __future__ import annotations

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

#: From this size on there is room for it.
_FROM = (160, 45)
#: Of the columns those of the norms.
_NORMS = 0.6
#: The first two panels are the norms.
_LARGE = 2


def has_room(size: Size) -> bool:
    """Whether a screen of this size shows it."""
    return size.width >= _FROM[0] and size.height >= _FROM[1]


class DashboardLayout(Layout):
    """Two panels in a column on the left, the others in a narrower one on the right."""

    name = "dashboard"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """Where each panel lies."""
        across = round(_NORMS * size.width)
        return [
            *_column(children[:_LARGE], 0, across, size.height),
            *_column(children[_LARGE:], across, size.width - across, size.height),
        ]


def _column(widgets: list[Widget], x: int, width: int, height: int) -> ArrangeResult:
    """Panels one over the other; those of a fixed height leave the others the rest."""
    own = [_rows(one) for one in widgets]
    left, sharing = height - sum(own), own.count(0)
    placed, y = [], 0
    for widget, rows in zip(widgets, own, strict=True):
        if not rows:
            rows = -(-left // sharing)
            left, sharing = left - rows, sharing - 1
        region = Region(x, y, width, rows)
        placed.append(WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, widget))
        y += rows
    return placed


def _rows(widget: Widget) -> int:
    """The rows that a panel is given, 0 where it takes a share."""
    given = widget.styles.height
    return int(given.value) if given is not None and given.cells else 0
