"""Pictures of screens that are kept in files: one SVG a test, compared and shown as text."""

from __future__ import annotations

from typing import Any

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.color import Color as Shade
from textual.filter import LineFilter

from tuisim.testing.pictures import without_ids


class PictureFile(SingleFileSnapshotExtension):
    """An SVG in `__snapshots__/MODULE/TEST.svg`; a difference is printed by its lines."""

    file_extension = "svg"
    # The name that it had before syrupy 5.
    _file_extension = file_extension
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **options: Any) -> Any:
        """The SVG as it is written and compared."""
        return without_ids(super().serialize(data, **options))


class FewColours(LineFilter):
    """The colours that a terminal with few of them shows, as Rich sends them to it."""

    def __init__(self, system: ColorSystem) -> None:
        """Of 256 colours or of the sixteen."""
        super().__init__()
        self._system = system

    def apply(self, segments: list[Segment], background: Shade) -> list[Segment]:
        """The segments in the nearest colours that there are."""
        return [
            Segment(one.text, one.style and self._sent(one.style), one.control) for one in segments
        ]

    def _sent(self, style: Style) -> Style:
        return style + Style(color=self._nearest(style.color), bgcolor=self._nearest(style.bgcolor))

    def _nearest(self, colour: Color | None) -> Color | None:
        if colour is None or colour.is_default:
            return colour
        return Color.from_triplet(_shown(colour.downgrade(self._system)))


def _shown(colour: Color) -> Any:
    """Sixteen colours as a present terminal has them: Rich compares with a palette of its own."""
    if colour.number is not None and colour.number < len(_SIXTEEN):
        return Color.parse(_SIXTEEN[colour.number]).triplet
    return colour.get_truecolor()


_SIXTEEN = (
    *("#000000", "#cd3131", "#0dbc79", "#c5a000", "#3465d4", "#bc3fbc", "#11a8cd", "#cccccc"),
    *("#666666", "#f14c4c", "#23d18b", "#f5f543", "#5c8dff", "#d670d6", "#29b8db", "#ffffff"),
)
