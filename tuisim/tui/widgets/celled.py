"""Celled: a widget whose rows are those of a grid of cells, sent to the terminal where changed."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
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

    def _strip(self, cells: Cells, row: int) -> Strip:
        segments = [
            Segment(text, self._style(role, ground)) for text, role, ground in cells.runs(row)
        ]
        return Strip(segments, cells.chars.shape[1])

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
        cells, width = self.cells, self.size.width
        strips = [self._row(cells, y, width) for y in crop.line_range]
        _, background = self.background_colors
        for one in self.get_line_filters():
            strips = [strip.apply_filter(one, background) for strip in strips]
        return [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """A row of the widget."""
        return self._row(self.cells, y, self.size.width)

    def _row(self, cells: Cells | None, y: int, width: int) -> Strip:
        """A row as wide as the widget; blank beyond what is drawn."""
        if cells is None or y >= len(cells.chars):
            return Strip.blank(width, self.rich_style)
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(cells, y)
        if strip.cell_length < width:
            return strip.extend_cell_length(width, self.rich_style)
        return strip
