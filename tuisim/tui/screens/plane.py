"""PlaneScreen: single eigenvalues edited in the complex plane, the curves following."""

from __future__ import annotations

import cmath
import itertools
import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuisim.figures.drawing.numbers import ascii_text, format_fixed
from tuisim.figures.views.plane import eigenvalue_figure
from tuisim.tui.keys.changes import PlaneEdit, dropped_words
from tuisim.tui.keys.keymap import own_bindings
from tuisim.tui.keys.keymaps import EDITOR
from tuisim.tui.screens.over import OverScreen
from tuisim.tui.widgets.keybar import KeyBar
from tuisim.tui.widgets.line import Line, put
from tuisim.tui.widgets.plot import Dragged, Plot, Pointed

if TYPE_CHECKING:
    from tuisim.tui.state.hub import Hub

_TALL = 20

#: Numbers the editors: what one of them changes is an undo step of its own.
_numbers = itertools.count()

_KEYS = """\
tab  next     shift+tab  previous
←→   modulus, or along the axis
↑↓   angle of a pair
[ ]  or shift: ten times as far
x    join two reals, split a pair
enter keeps, leaving takes back"""


class PlaneScreen(OverScreen[None]):
    """The plane as an editor, beside the plots of the main screen."""

    entries = EDITOR
    BINDINGS: ClassVar[list[BindingType]] = [*own_bindings(EDITOR)]
    CSS = """
    PlaneScreen { align: right top; background: transparent; }
    PlaneScreen > Vertical {
        width: 40; max-width: 60%; height: 100%; background: $background;
        border: round $text-warning; padding: 0 1;
    }
    PlaneScreen Plot { height: 1fr; }
    PlaneScreen Static { height: auto; }
    PlaneScreen #said { color: $text-warning; }
    PlaneScreen #keys { color: $foreground 65%; }
    """
    AUTO_FOCUS = ""

    def __init__(
        self,
        main: Hub,
        eigenvalues: tuple[complex, ...],
        drops: str,
        *,
        near: complex | None = None,
        ascii: bool = False,
    ) -> None:
        """An editor of these eigenvalues.

        Args:
            near: the one that is nearest to this is selected first.
            drops: what a W with just these eigenvalues drops; empty where that is nothing.
        """
        super().__init__()
        self._main = main
        self._edit = PlaneEdit(eigenvalues)
        if near is not None:
            self._edit.pick(near)
        self._action = f"edit {next(_numbers)}"
        self._drops = drops
        self._ascii = ascii
        self._changed = False
        # From where the mouse was pressed to the eigenvalue that was picked there.
        self._away = 0j

    def compose(self) -> ComposeResult:
        """The plane, what is selected, what happened, the keys."""
        with Vertical() as panel:
            panel.border_title = "edit eigenvalues"
            yield Plot(id="editor", ascii=self._ascii, border=False)
            yield Line(id="value")
            yield Line(id="said")
            yield Line(ascii_text(_KEYS) if self._ascii else _KEYS, id="keys")
        # Over that of the main screen, whose keys do nothing here.
        yield KeyBar(EDITOR, ascii=self._ascii)

    def on_mount(self) -> None:
        """Make room beside the plots."""
        self._main.make_room(True)
        self._fit()
        self.say(f"a change drops {self._drops}: W is normal then" if self._drops else "")
        self._draw()

    def on_unmount(self) -> None:
        """Give the room back."""
        if self._main.is_attached:
            self._main.make_room(False)

    def on_resize(self) -> None:
        """The keys go first where there is little height."""
        self.query_one("#keys").display = self.size.height >= _TALL
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Leave the words above and below the plots free where there is the height."""
        body = self._main.body
        # The row of the keys is none of its own.
        free = (body.y, 0, self.app.size.height - body.bottom - 1, 0)
        self.query_one(Vertical).styles.margin = free if self.app.size.height >= _TALL else 0

    def on_pointed(self, message: Pointed) -> None:
        """Select the one that was clicked; the wheel moves the one that is selected."""
        if message.turns:
            self.action_stretch(0.01 * message.turns)
        else:
            pressed = complex(message.x, message.y)
            self._edit.pick(pressed)
            value = self._edit.value
            self._away = (value if pressed.imag >= 0 else value.conjugate()) - pressed
            self._draw()

    def on_dragged(self, message: Dragged) -> None:
        """Bring the one that was picked as far as the mouse came."""
        self._edit.move(complex(message.x, message.y) + self._away)
        self._apply("")

    def action_select(self, step: int) -> None:
        """Select another eigenvalue, or pair."""
        self._edit.select(step)
        self._draw()

    def action_stretch(self, amount: float) -> None:
        """Change the modulus, or move a real."""
        self._edit.stretch(amount)
        self._apply("")

    def action_turn(self, angle: float) -> None:
        """Turn a pair."""
        said = self._edit.turn(angle)
        if said is None:
            self._apply("")
        else:
            self.say(said)

    def action_join_or_split(self) -> None:
        """Join two reals, or split a pair."""
        before = self._edit.eigenvalues
        said = self._edit.join_or_split()
        if self._edit.eigenvalues == before:
            self.say(said)
        else:
            self._apply(said)

    def action_keep(self) -> None:
        """Leave with the eigenvalues as they are now."""
        self.dismiss()

    def action_leave(self) -> None:
        """Leave with everything as it was before."""
        if self._changed:
            self._main.laboratory.undo()
            self._main.asked()
            self._main.say("what was edited is taken back; U brings it back")
        self.dismiss()

    def action_help(self) -> None:
        """Explain what is edited."""
        from tuisim.tui.explain.plane import editor
        from tuisim.tui.screens.help import HelpScreen

        text = editor(self._edit.eigenvalues, self._edit.index, self._drops)
        self.app.push_screen(HelpScreen(text, EDITOR, ascii=self._ascii))

    def _apply(self, said: str) -> None:
        changes = {
            "spectrum": "eigenvalues",
            "eigenvalues": self._edit.eigenvalues,
            "width": len(self._edit.eigenvalues),
            "departure": 0.0,
        }
        laboratory = self._main.laboratory
        before = laboratory.experiment
        notes = laboratory.adjust(self._action, changes, joined=True)
        # What moved nothing is no step to undo.
        moved = laboratory.experiment != before
        dropped = dropped_words(self._drops) if moved and not self._changed else ()
        self._changed = self._changed or moved
        self._main.asked()
        self.say("; ".join([*([said] if said else []), *dropped, *notes]))
        self._draw()

    def say(self, text: str) -> None:
        """Say what happened."""
        self.call_after_refresh(self._fit)
        self._put("said", text)

    def _draw(self) -> None:
        values = np.array(self._edit.eigenvalues)
        self.query_one("#editor", Plot).show(
            eigenvalue_figure(values, selected=self._edit.index, title="")
        )
        value = self._edit.value
        if value.imag:
            text = (
                f"λ = {format_fixed(value.real)} ± {value.imag:.4f}i\n"
                f"|λ| = {abs(value):.4f}   θ = {math.degrees(cmath.phase(value)):.1f}°"
            )
        else:
            text = f"λ = {format_fixed(value.real)}\nreal"
        text += f"  ({self._edit.selected + 1}/{len(self._edit.units)})"
        self._put("value", text)

    def _put(self, where: str, text: str) -> None:
        line = self.query_one(f"#{where}", Static)
        put(line, ascii_text(text) if self._ascii else text, wraps=True)
