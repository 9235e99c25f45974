"""DressedApp: an app with our themes, for what the terminal can show, with the user's own keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.filter import Monochrome

from tuisim.tui.keys.keymap import SUSPEND
from tuisim.tui.keys.vi import KEYMAPS
from tuisim.tui.shell import colourless
from tuisim.tui.shell.ascii import AsciiCells
from tuisim.tui.shell.blocks import BlockCells
from tuisim.tui.shell.sturdy import SturdyApp
from tuisim.tui.widgets.themes import THEMES

if TYPE_CHECKING:
    from tuisim.terminal.config import Config
    from tuisim.tui.state.bench.keeping import Keeping

_NO_KEY = "none"

NO_JOB_CONTROL = "not suspended: no shell with job control started the app, so none could wake it"


class DressedApp(SturdyApp):
    """What our apps have in common, whatever they show."""

    TITLE = "tuisim"
    # Past every dialog and into every field.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            SUSPEND.keys, "suspend_process", SUSPEND.does, show=False, id="suspend", priority=True
        )
    ]
    CSS = "Screen { layers: base over; }" + colourless.CSS
    #: What is kept of a session; None where nothing is.
    keeping: Keeping | None = None

    def __init__(self, leaving: Callable[[int], None], *, ascii: bool = False) -> None:
        """An app without settings yet; `leaving` as SturdyApp has it.

        Args:
            ascii: draw without any character outside ASCII.
        """
        super().__init__(leaving)
        for theme in THEMES:
            self.register_theme(theme)
        self.ascii = ascii
        if self.no_color:
            self._filters = [one for one in self._filters if not isinstance(one, Monochrome)]
            self._filters.append(colourless.NoColours())
        if ascii:
            self._filters.append(AsciiCells())
        #: Actions that the user has rebound, with their keys joined by commas.
        self.own_keys: dict[str, str] = {}

    def configure(self, config: Config) -> None:
        """Take the theme, the marker and the keys that the user has set.

        Raises:
            ValueError: a setting that names no theme, action or key there is.
        """
        from tuisim.terminal.config import check_theme, keymap

        check_theme(config, self.available_themes)
        if config.theme is not None:
            self.theme = config.theme
        self.frame_seconds = 1 / config.fps
        if config.marker == "block" and not self.ascii:
            self._filters.append(BlockCells())
        over = KEYMAPS[config.keymap]
        if not (config.keys or over):
            return
        # All screens' keys come with numpy, which the first paint does without.
        from tuisim.tui.keys.keymaps import defaults

        self.own_keys = keymap(config, *defaults(), over=over)
        # Textual takes no keys for no change; no terminal sends this one.
        self.set_keymap({action: keys or _NO_KEY for action, keys in self.own_keys.items()})

    @property
    def reproduced_by(self) -> str:
        """The command that shows what is shown, for a report of a fault."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show a notice on whatever screen lies on top."""

    def action_suspend_process(self) -> None:
        """Give the terminal back to the shell; without one that could wake the app, say so."""
        if not self.suspend_job():
            self.say(NO_JOB_CONTROL)
