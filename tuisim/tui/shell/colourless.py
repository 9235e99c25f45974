"""NoColours: the screen without any colour, as NO_COLOR asks for it."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

#: How much brighter or darker than what lies around it, of 1, a background must be to be seen.
_STANDS_OUT = 0.5

#: What a slight difference of colours would tell is reversed, or given a background that stands
#: out.
CSS = """
OptionList:nocolor > .option-list--option-highlighted {
    background: $foreground; color: $background;
}
Select:nocolor:focus > SelectCurrent #label { text-style: reverse; }
*:nocolor {
    scrollbar-color: $foreground; scrollbar-color-hover: $foreground;
    scrollbar-color-active: $foreground; scrollbar-background: $background;
    scrollbar-background-hover: $background; scrollbar-background-active: $background;
}
"""


class NoColours(LineFilter):
    """Leaves of each style what is no colour: bold, reverse, underline.

    Textual's own filter for NO_COLOR turns colours into greys, which are colours to a terminal.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without colours."""
        return [
            Segment(one.text, one.style and _plain(one.style, background), one.control)
            for one in segments
        ]


@lru_cache(1024)
def _plain(style: Style, background: Color) -> Style:
    plain = style.without_color
    if style.bgcolor is None or style.bgcolor.is_default:
        return plain
    difference = Color.from_rich_color(style.bgcolor).brightness - background.brightness
    return plain + Style(reverse=True) if abs(difference) > _STANDS_OUT else plain
