"""The app of a tape without a terminal, with its captions under every screen."""

from __future__ import annotations

from tuisim.demos.acts import Act, Passed, Stroke
from tuisim.demos.grammar.tape import Caption, Step
from tuisim.demos.strip import Captioned
from tuisim.testing.kit import StillApp


class StillTapeApp(Captioned, StillApp):
    """Shows what a tape says as it goes."""

    async def told(self, act: Act | None) -> None:
        """Take note of what has just been done, or that time passed, and show it."""
        self.take_note(act)
        if self.return_code is None and self.draw_strip():
            await self.at_rest()

    def take_note(self, act: Act | None) -> None:
        """What the strip is to say from here on."""
        match act:
            case Stroke(key):
                self.note_key(key)
            case Passed(Step() | Caption() as of):
                self.pressed.clear()
                if isinstance(of, Caption):
                    self.caption = of.text
