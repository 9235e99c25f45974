"""Celled: a widget whose rows are those of a grid of cells, sent to the terminal where changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuisim.figures.drawing.cells import Cells
from tuisim.figures.drawing.figure import Role
from tuisim.tui.widgets.theme import role_style


class Celled(Widget):
    """Shows the grid that `cells` is."""

    ALLOW_SELECT = False

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        """Of nothing yet."""
        super().__init__(name=name, id=id, classes=classes)
        self._strips: dict[int, Strip] = {}
        self._role_styles: dict[tuple[Role, Role], Style] = {}
        # What the app makes of all that is drawn: colours that the terminal has, or ASCII.
        self._filters: Sequence[LineFilter] = ()

    @property
    def cells(self) -> Cells | None:
        """What is drawn; None before there is anything."""
        raise NotImplementedError

    def changed(self, before: Cells | None) -> None:
        """Send what differs from the grid before."""
        cells = self.cells
        if cells is None or before is None or before.chars.shape != cells.chars.shape:
            self._strips.clear()
            self.refresh()
            return
        regions = []
        for row, start, stop in cells.changed_spans(before):
            self._strips.pop(row, None)
            regions.append(Region(start, row, stop - start, 1))
        if regions:
            self.refresh(*regions)

    def _strip(self, cells: Cells | None, row: int, width: int, background: Color) -> Strip:
        """A row as wide as the widget; blank beyond what is drawn."""
        drawn, segments = 0, []
        if cells is not None and row < len(cells.chars):
            drawn = cells.chars.shape[1]
            for text, role, ground in cells.runs(row):
                segments.append(Segment(text, self._style(role, ground)))
        if drawn < width:
            segments.append(Segment(" " * (width - drawn), self.rich_style))
        # Once for each row that is another: in each frame it takes as long as all else of it.
        for one in self._filters:
            segments = one.apply(segments, background)
        return Strip(segments, max(drawn, width))

    def _style(self, role: Role, ground: Role) -> Style:
        # Textual forgets its own styles at every refresh, which is every frame here.
        style = self._role_styles.get((role, ground))
        if style is None:
            style = role_style(self, role, ground)
            self._role_styles[role, ground] = style
        return style

    def notify_style_update(self) -> None:
        """Forget the colours: the theme or the focus changed."""
        self._role_styles.clear()
        self._strips.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a region of the widget.

        It has no border nor padding: Textual's cache of styled rows would hold what `_strips` does,
        and take as long as all else of a frame.
        """
        return [one.crop(*crop.column_span) for one in self._rows(crop.line_range)]

    def render_line(self, y: int) -> Strip:
        """A row of the widget."""
        return self._rows((y,))[0]

    def _rows(self, rows: Iterable[int]) -> list[Strip]:
        cells, filters = self.cells, self.get_line_filters()
        if filters != self._filters:
            self._filters = filters
            self._strips.clear()
        strips, missing = self._strips, [y for y in rows if y not in self._strips]
        if missing:
            width, (_, background) = self.size.width, self.background_colors
            for y in missing:
                strips[y] = self._strip(cells, y, width, background)
        return [strips[y] for y in rows]
