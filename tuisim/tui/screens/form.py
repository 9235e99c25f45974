"""Forms: all fields of a value, to type values in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import attrs
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus, Resize
from textual.widget import Widget
from textual.widgets import Input, Label, Select, Static

from tuisim.figures.drawing.numbers import ascii_text
from tuisim.figures.drawing.wrapping import shortened
from tuisim.tui.screens.over import OverScreen
from tuisim.tui.shell.lists import Choice
from tuisim.tui.state.words import notice
from tuisim.tui.widgets.line import Line, put
from tuisim.values.experiment import FIELDS, Experiment
from tuisim.values.toml import read, spoken

_WITH_HELP = 66
#: Columns of the widest form with its frame, of that, of a field's name, of what is typed, and of
#: the scrollbar.
_WIDTH, _AROUND, _LABEL, _EDITOR, _BAR = 100, 4, 20, 28, 2
#: Lines for what is wrong, or what a field takes.
_SAID_LINES = 2


class FieldForm(OverScreen[dict[str, Any] | None]):
    """Gives back the fields that were changed, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "leave"),
        Binding("q", "cancel", "leave", id="quit"),
        Binding("ctrl+s", "apply", "apply"),
    ]
    # Its rules are for the classes made of it too, whose names they do not have.
    SCOPED_CSS = False
    CSS = """
    FieldForm { align: center middle; }
    FieldForm > Vertical {
        width: 100; max-width: 100%; height: auto; max-height: 100%;
        border: round $foreground 50%; background: $background; padding: 0 1;
    }
    FieldForm VerticalScroll { height: auto; max-height: 1fr; }
    FieldForm .row { height: 1; }
    FieldForm Label { width: 20; }
    FieldForm Input, FieldForm Select { width: 28; }
    FieldForm .help { width: 1fr; padding: 0 1; color: $foreground 60%; height: 1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    FieldForm.narrow .help { display: none; }
    FieldForm.narrow Input, FieldForm.narrow Select { width: 1fr; }
    FieldForm #said { dock: bottom; height: 2; color: $foreground 75%; }
    FieldForm #said.wrong { color: $text-error; text-style: bold; }
    """

    def __init__(
        self,
        title: str,
        values: Mapping[str, Any],
        fields: Mapping[str, attrs.Attribute[Any]],
        read: Callable[[str, str], Any],
        *,
        ascii: bool = False,
    ) -> None:
        """A form filled with these values.

        Args:
            fields: what there is to fill in, by name, as tuisim.values.fields makes them.
            read: a field's value from what was typed for it, or ValueError.
        """
        super().__init__()
        self._title, self._fields, self._read = title, fields, read
        self._ascii = ascii
        self._before = {name: _text(values[name]) for name in fields}
        self._said = "", False

    def compose(self) -> ComposeResult:
        """A row for each field, and a line for what is wrong."""
        with Vertical() as panel:
            panel.border_title = self._title
            panel.border_subtitle = "tab next  enter apply  esc leave"
            with VerticalScroll(can_focus=False):
                for name, field in self._fields.items():
                    with Horizontal(classes="row"):
                        yield Label(name, markup=False)
                        yield self._editor(name)
                        meaning = self._writable(field.metadata["help"])
                        yield Line(meaning, classes="help")
            yield Line(id="said")

    def _editor(self, name: str) -> Widget:
        metadata = self._fields[name].metadata
        choices = metadata.get("choices")
        if metadata.get("kind") == "flag":
            choices = ("true", "false")
        if choices:
            return Choice(
                [(one, one) for one in choices],
                value=self._before[name],
                allow_blank=False,
                compact=True,
                id=name,
            )
        field = Input(self._before[name], compact=True, id=name)
        # A blink is a repaint twice a second, over any line, and two pictures of one screen.
        field.cursor_blink = False
        return field

    def on_resize(self, event: Resize) -> None:
        """What a field means goes first where it is narrow; the line below says it too."""
        width = min(event.size.width, _WIDTH) - _AROUND
        narrow = event.size.width < _WITH_HELP
        self.set_class(narrow, "narrow")
        for field in self.query(Input):
            allowed = self._writable(self._fields[str(field.id)].metadata["allowed"])
            # The last cell is the cursor's.
            room = (width - _LABEL - _BAR if narrow else _EDITOR) - 1
            field.placeholder = shortened(allowed, max(room, 1), self._ascii)
        self._say(*self._said)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once what is wrong with a value."""
        assert event.input.id is not None
        try:
            self._read(event.input.id, event.value)
            if self._said[1]:
                self._say("")
        except ValueError as error:
            self._say(str(error), wrong=True)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Say what the field takes, or what is wrong with what it has."""
        name = event.widget.id
        if name is not None and name in self._fields:
            try:
                self._read(name, self._typed(name))
            except ValueError as error:
                self._say(str(error), wrong=True)
                return
            metadata = self._fields[name].metadata
            self._say(f"{name}: {metadata['help']}; {metadata['allowed']}")

    def on_input_submitted(self) -> None:
        """Enter applies."""
        self.action_apply()

    def action_apply(self) -> None:
        """Leave with what was changed; stay where a value is wrong."""
        changes: dict[str, Any] = {}
        for name, before in self._before.items():
            text = self._typed(name)
            if text == before:
                continue
            try:
                changes[name] = self._read(name, text)
            except ValueError as error:
                self._say(str(error), wrong=True)
                self.query_one(f"#{name}").focus()
                return
        self.dismiss(changes)

    def _typed(self, name: str) -> str:
        widget = self.query_one(f"#{name}")
        assert isinstance(widget, Input | Select)
        return str(widget.value)

    def action_cancel(self) -> None:
        """Leave without a change; what was typed is named on the screen below."""
        typed = {name: self._typed(name) for name in self._before}
        names = [name for name, before in self._before.items() if typed[name] != before]
        below = self.app.screen_stack[-2]
        self.dismiss(None)
        if names and hasattr(below, "say"):
            below.say(f"not applied: {', '.join(f'{name} {typed[name]}' for name in names)}")

    def say(self, text: str) -> None:
        """Show a notice."""
        self._say(text)

    def _say(self, text: str, wrong: bool = False) -> None:
        self._said = text, wrong
        line = self.query_one("#said", Static)
        line.set_class(wrong, "wrong")
        width = max(min(self.size.width, _WIDTH) - _AROUND, 1)
        put(line, notice(text, width, self._ascii, _SAID_LINES))

    def _writable(self, text: str) -> str:
        return ascii_text(text) if self._ascii else text


class FormScreen(FieldForm):
    """All fields of the experiment."""

    def __init__(self, experiment: Experiment, *, ascii: bool = False) -> None:
        """A form filled with this experiment."""
        values = {name: getattr(experiment, name) for name in FIELDS}
        super().__init__("all fields", values, FIELDS, read, ascii=ascii)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(spoken(one) for one in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)
