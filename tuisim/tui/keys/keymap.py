"""The main screen's keymap: every action with its keys, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from textual.binding import Binding

from tuisim.tui.keys.changes import CHANGES

#: The groups of the help screen, in its order.
GROUPS = ("Change the network", "Time", "Compare", "Look closer", "App")


@attrs.frozen
class Entry:
    """One action: the keys that call it as a comma-separated list, and what it does."""

    action: str
    keys: str
    does: str
    group: str
    #: A word for the footer; empty leaves it out.
    footer: str = ""
    #: The sign of the keys in the footer, where the name of the first would be long.
    sign: str = ""
    #: What goes first from a narrow footer: the highest.
    rank: int = 0
    #: An action of the same screen whose keys do the same: the footer names them first.
    also: str = ""
    #: The call of a method of the screen, where there is none of the action's name.
    call: str = ""
    #: Whether its keys mean this even where they mean something to every screen.
    priority: bool = False

    @property
    def called(self) -> str:
        """The call that a key or a click makes."""
        if self.action in CHANGES:
            return f"change('{self.action}')"
        return self.call or self.action


_NETWORK, _TIME, _COMPARE, _LOOK, _APP = GROUPS

#: On every screen alike.
SUSPEND = Entry("suspend", "ctrl+z", "to the shell, whose fg comes back", _APP)

#: On the main screen and in the list of layers.
CHECKPOINT_BEFORE = Entry(
    "checkpoint_before", "less_than_sign", "the checkpoint before, of several", _COMPARE
)
CHECKPOINT_NEXT = Entry("checkpoint_next", "greater_than_sign", "the checkpoint after it", _COMPARE)

ENTRIES: tuple[Entry, ...] = (
    Entry("radius_up", "right", "radius +0.01: all λ scale", _NETWORK, "radius", "←→"),
    Entry("radius_down", "left", "radius −0.01", _NETWORK),
    Entry("radius_up_fast", "shift+right,right_square_bracket", "radius +0.10", _NETWORK),
    Entry("radius_down_fast", "shift+left,left_square_bracket", "radius −0.10", _NETWORK),
    Entry("depth_up", "up", "depth +10", _NETWORK, "depth", "↑↓"),
    Entry("depth_down", "down", "depth −10", _NETWORK),
    Entry("depth_up_fast", "shift+up,pageup", "depth +100", _NETWORK),
    Entry("depth_down_fast", "shift+down,pagedown", "depth −100", _NETWORK),
    Entry("activation_next", "a", "next activation", _NETWORK, "activation", rank=1),
    Entry("activation_previous", "A", "previous activation", _NETWORK),
    Entry("cell_next", "c", "next cell", _NETWORK),
    Entry("cell_previous", "C", "previous cell", _NETWORK),
    Entry("spectrum_next", "s", "next spectrum", _NETWORK, "spectrum", rank=4),
    Entry("spectrum_previous", "S", "previous spectrum", _NETWORK),
    Entry("width_up", "w", "twice the width", _NETWORK),
    Entry("width_down", "W", "half the width", _NETWORK),
    Entry("tied", "t", "tied, or a fresh W a step", _NETWORK),
    Entry("seed", "n", "new seed", _NETWORK),
    Entry("start_next", "m", "start along the next eigenvector", _NETWORK),
    Entry("edit_eigenvalues", "e", "edit single eigenvalues", _NETWORK, "edit λ",
          rank=5),
    Entry("mend", "enter", "make the change that would mend the gradient", _NETWORK),
    Entry("form", "o", "a form of all fields", _NETWORK),
    Entry("play", "space", "play or pause", _TIME, "play",
          rank=2),
    Entry("step_back", "comma", "step back", _TIME),
    Entry("step_on", "full_stop", "step on", _TIME),
    Entry("first_step", "home,g", "first step", _TIME),
    Entry("last_step", "end,G", "last step", _TIME),
    Entry("faster", "plus,equals_sign", "faster", _TIME),
    Entry("slower", "minus", "slower", _TIME),
    Entry("stream", "f", "streaming on and off", _TIME, "stream",
          rank=6),
    Entry("kick", "i", "kick the state of a streaming net", _TIME),
    Entry("no_cursor", "escape", "large panel back, cursor away, list of layers", _TIME),
    Entry("pin", "p", "pin the run, or unpin it", _COMPARE,
          "pin", rank=3),
    Entry("compare", "P", "compare with the pinned runs", _COMPARE),
    Entry("remedies", "R", "compare the remedies", _COMPARE, "remedies", rank=8),
    Entry("reservoir", "E", "what it is worth as an echo state network", _LOOK),
    Entry("diagnose", "D", "which part of a trained layer carries memory", _LOOK),
    Entry("claims", "T", "claims, true or not: predict, then measure", _LOOK),
    Entry("layer_next", "N", "the next layer of the file that was opened", _COMPARE),
    Entry("layer_previous", "B", "the layer before", _COMPARE),
    CHECKPOINT_BEFORE,
    CHECKPOINT_NEXT,
    Entry("undo", "u", "undo; a held key is one step", _COMPARE, "undo", rank=7),
    Entry("redo", "U,ctrl+r", "redo", _COMPARE),
    Entry("resume", "r", "go on with the session that was kept", _COMPARE),
    Entry("view_next", "v", "next view", _LOOK, "views", "1…9", rank=2),
    Entry("view_previous", "V", "the view before", _LOOK),
    Entry("zoom_steps", "z", "a quarter of the steps, about the cursor", _LOOK),
    Entry("all_steps", "Z", "all steps", _LOOK),
    Entry("large", "b", "the focused panel large; again, the next", _LOOK, "large", rank=9),
    Entry("map", "7", "a map over two fields", _LOOK),
    Entry("training", "8", "train this net, live", _LOOK),
    Entry("cliff", "9", "the cliff: descent on an error surface", _LOOK),
    Entry("axis", "l", "linear or log axis", _LOOK),
    Entry("command", "y", "show and send the command line", _LOOK),
    Entry("help", "question_mark", "help on the focused panel", _APP, "help"),
    Entry("palette", "colon,ctrl+p", "commands: `radius 1.37`, save, …", _APP),
    SUSPEND,
    Entry("quit", "q", "quit; a screen over this one it leaves", _APP, "quit"),
)  # fmt: skip


def view_action(key: str) -> str:
    """The name by which the settings may rebind a view's number key."""
    return f"view_{key}"


def bindings(entries: Sequence[Entry]) -> list[Binding]:
    """The bindings of a screen and of all views, each with its name in the settings."""
    from tuisim.figures.views.table import VIEWS

    return own_bindings(entries) + [
        Binding(key, f"view('{key}')", view.title, show=False, id=view_action(key))
        for key, view in VIEWS.items()
    ]


def own_bindings(entries: Sequence[Entry]) -> list[Binding]:
    """The bindings of a screen alone, each with its name in the settings."""
    return [
        Binding(one.keys, one.called, one.does, show=False, id=one.action, priority=one.priority)
        for one in entries
    ]


def other_digits() -> list[Binding]:
    """The bindings of the digits that do nothing on the main screen."""
    from tuisim.figures.views.table import VIEWS

    taken = {key for one in ENTRIES for key in one.keys.split(",")} | {*VIEWS}
    return [
        Binding(key, f"no_view('{key}')", "no such view", show=False)
        for key in "0123456789"
        if key not in taken
    ]


def first_key(action: str, own: Mapping[str, str]) -> str:
    """The first key of an action of the main screen as a person reads it; empty without one.

    Args:
        own: actions that the user has rebound, with their keys.
    """
    (default,) = (one.keys for one in ENTRIES if one.action == action)
    return shown(own.get(action, default).split(",")[0])


#: Words in the names of actions that go two ways.
_WAYS = (
    ("up", "down"),
    ("right", "left"),
    ("next", "previous"),
    ("on", "back"),
    ("in", "out"),
    ("faster", "slower"),
    ("undo", "redo"),
    ("stretch", "shrink"),
)


def reverse(entry: Entry, entries: Sequence[Entry]) -> Entry:
    """The action of a screen that goes the other way; what has none is its own, as a switch is."""
    names = {one.action: one for one in entries}
    words = entry.action.split("_")
    turned = [
        "_".join(other if word == one else word for word in words)
        for one, other in (*_WAYS, *((back, on) for on, back in _WAYS))
    ]
    # One way may have no word: turn, turn_back.
    turned += [f"{entry.action}_back", entry.action.removesuffix("_back")]
    return next((names[one] for one in turned if one != entry.action and one in names), entry)


def by_signs(entry: Entry, entries: Sequence[Entry]) -> list[tuple[str, Entry]]:
    """The parts of an entry's sign in the footer, each with the action whose first key it is."""
    first = {shown(one.keys.split(",")[0]): one for one in reversed(entries)}
    return [(sign, first.get(sign, entry)) for sign in entry.sign]


_SIGNS = {
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "comma": ",",
    "full_stop": ".",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "question_mark": "?",
    "colon": ":",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}


def shown(keys: str) -> str:
    """Keys as a person reads them: "shift+right ]"."""
    return " ".join(
        "+".join(_SIGNS.get(part, part) for part in key.split("+")) for key in keys.split(",")
    )
