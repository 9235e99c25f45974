"""The app of a tape without a terminal, with its captions under every screen."""

from __future__ import annotations

from tuisim.demos.acts import Act, Passed, Stroke
from tuisim.demos.strip import Captioned
from tuisim.demos.tape import Caption, Step
from tuisim.testing.kit import StillApp


class StillTapeApp(Captioned, StillApp):
    """Shows what a tape says as it goes."""

    async def told(self, act: Act | None) -> None:
        """Take note of what has just been done, or that time passed, and show it."""
        match act:
            case Stroke(key):
                self.note_key(key)
            case Passed(Step() | Caption() as of):
                self.pressed.clear()
                if isinstance(of, Caption):
                    self.caption = of.text
        if self.return_code is None and self.draw_strip():
            await self.at_rest()
