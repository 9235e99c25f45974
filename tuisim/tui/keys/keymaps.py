"""The keymaps of all screens that are views, as the settings may change them.

What has the same name on two screens is one binding: it has the same keys on both.
"""

from __future__ import annotations

import attrs

from tuisim.figures.views.table import VIEWS
from tuisim.tui.keys.keymap import (
    CHECKPOINT_BEFORE,
    CHECKPOINT_NEXT,
    ENTRIES,
    GROUPS,
    SUSPEND,
    Entry,
    view_action,
)

_NETWORK, _TIME, _COMPARE, _LOOK, _APP = GROUPS

LEAVE = Entry(
    "leave", "escape", "leave; so do 1…9, to their views", _LOOK, "leave", "esc", also="quit"
)
#: The same on a screen that is no view.
_OVER = attrs.evolve(LEAVE, does="leave")
#: On every screen that lies over the main one its key leaves that screen.
QUIT = Entry("quit", "q", "leave; on the main screen, quit", _APP, call="leave")

TRAINING: tuple[Entry, ...] = (
    Entry("play", "space", "train, or pause", _TIME, "train"),
    Entry("step_on", "full_stop", "one update", _TIME),
    Entry("faster", "plus,equals_sign", "more updates a second", _TIME),
    Entry("slower", "minus", "fewer updates a second", _TIME),
    Entry("restart", "0", "from the beginning, with the same seed", _TIME, "restart", rank=4),
    Entry("rate_down", "less_than_sign", "half the learning rate", _NETWORK, "rate", "<>", rank=1),
    Entry("rate_up", "greater_than_sign", "twice the learning rate", _NETWORK),
    Entry(
        "clip",
        "k",
        "clip the gradient: not, by norm, by value",
        _NETWORK,
        "clip",
        rank=2,
        call="next('clip')",
    ),
    Entry(
        "decay",
        "d",
        "weight decay (L2): off, then stronger",
        _NETWORK,
        "L2",
        rank=6,
        call="next('decay')",
    ),
    Entry("optimizer", "m", "SGD, or Adam", _NETWORK, call="next('optimizer')"),
    Entry("form", "o", "a form of the task and all else", _NETWORK, "task, all", rank=5),
    Entry("pin", "p", "pin this run's loss, or unpin it", _COMPARE, "pin", rank=4),
    Entry("undo", "u", "back to before the last change, or what failed", _COMPARE, "back", rank=3),
    Entry("take", "enter", "this net as it is now, in the other views", _LOOK, "views", rank=2),
    LEAVE,
    Entry("map", "7", "a map over two fields", _LOOK),
    Entry("training", "8", "leave", _LOOK, call="leave"),
    Entry("cliff", "9", "the cliff: descent on an error surface", _LOOK),
    Entry("help", "question_mark", "help on the focused panel", _APP, "help"),
    QUIT,
)

MAP: tuple[Entry, ...] = (
    Entry("move_right", "right", "move the net to the next value across", _NETWORK,
          "move", "←→↑↓", call="move(1, 0)"),
    Entry("move_left", "left", "move the net to the value before", _NETWORK, call="move(-1, 0)"),
    Entry("move_up", "up", "move the net to the next value up", _NETWORK, call="move(0, 1)"),
    Entry("move_down", "down", "move the net to the value below", _NETWORK, call="move(0, -1)"),
    Entry("move_right_fast", "shift+right,right_square_bracket", "move the net five values across",
          _NETWORK, call="move(5, 0)"),
    Entry("move_left_fast", "shift+left,left_square_bracket", "move the net five values back",
          _NETWORK, call="move(-5, 0)"),
    Entry("move_up_fast", "shift+up,pageup", "move the net five values up",
          _NETWORK, call="move(0, 5)"),
    Entry("move_down_fast", "shift+down,pagedown", "move the net five values down", _NETWORK,
          call="move(0, -5)"),
    Entry("undo", "u", "undo; a held key is one step", _COMPARE, "undo", rank=3),
    Entry("redo", "U,ctrl+r", "redo", _COMPARE),
    Entry("x_next", "x", "another field across", _LOOK, "fields", "x y", rank=1,
          call="field('x', 1)"),
    Entry("x_previous", "X", "the field across before", _LOOK, call="field('x', -1)"),
    Entry("y_next", "y", "another field up", _LOOK, call="field('y', 1)"),
    Entry("y_previous", "Y", "the field up before", _LOOK, call="field('y', -1)"),
    Entry("measure_next", "v", "another number of the net", _LOOK, "measure", rank=2,
          call="measure(1)"),
    Entry("measure_previous", "V", "the number of the net before", _LOOK, call="measure(-1)"),
    LEAVE,
    Entry("map", "7", "leave", _LOOK, call="leave"),
    Entry("training", "8", "train this net, live", _LOOK),
    Entry("cliff", "9", "the cliff: descent on an error surface", _LOOK),
    Entry("help", "question_mark", "what the map shows, and all keys", _APP, "help"),
    QUIT,
)  # fmt: skip

CLIFF: tuple[Entry, ...] = (
    Entry("move_right", "right", "move the cursor [ ]", _LOOK, "cursor", "←→↑↓",
          call="move(1, 0)"),
    Entry("move_left", "left", "move the cursor a cell back", _LOOK, call="move(-1, 0)"),
    Entry("move_up", "up", "move the cursor a cell up", _LOOK, call="move(0, 1)"),
    Entry("move_down", "down", "move the cursor a cell down", _LOOK, call="move(0, -1)"),
    Entry("move_right_fast", "shift+right,right_square_bracket", "move the cursor ten cells", _LOOK,
          call="move(10, 0)"),
    Entry("move_left_fast", "shift+left,left_square_bracket", "move the cursor ten cells back",
          _LOOK, call="move(-10, 0)"),
    Entry("move_up_fast", "shift+up,pageup", "move the cursor ten cells up",
          _LOOK, call="move(0, 10)"),
    Entry("move_down_fast", "shift+down,pagedown", "move the cursor ten cells down",
          _LOOK, call="move(0, -10)"),
    Entry("start_here", "enter", "let descent begin at the cursor", _LOOK, "start", rank=2),
    Entry("zoom_in", "plus,equals_sign", "zoom in, about the cursor", _LOOK, "zoom", "+-", rank=6,
          call="zoom(True)"),
    Entry("zoom_out", "minus", "zoom out", _LOOK, call="zoom(False)"),
    Entry("rate_up", "greater_than_sign", "a larger learning rate η", _NETWORK),
    Entry("rate_down", "less_than_sign", "a smaller learning rate η",
          _NETWORK, "rate", "<>", rank=4),
    Entry("threshold_up", "k", "a larger clipping threshold θ", _NETWORK, "clip", "k K", rank=5,
          call="threshold(1)"),
    Entry("threshold_down", "K", "a smaller clipping threshold θ", _NETWORK, call="threshold(-1)"),
    Entry("other_surface", "m,tab", "the one-unit net, or two eigenvalues of the current net",
          _NETWORK, "surface", rank=3, priority=True),
    Entry("eigenvalues_next", "e", "another two eigenvalues", _NETWORK, "eigenvalues", rank=7,
          call="eigenvalues(1)"),
    Entry("eigenvalues_previous", "E", "the two eigenvalues before",
          _NETWORK, call="eigenvalues(-1)"),
    Entry("play", "space", "play or pause", _TIME, "play", rank=1),
    Entry("step_back", "comma", "step back", _TIME, call="step(-1)"),
    Entry("step_on", "full_stop", "step on", _TIME, call="step(1)"),
    Entry("first_step", "home,g", "the start alone", _TIME),
    Entry("last_step", "end,G", "all steps", _TIME),
    LEAVE,
    Entry("map", "7", "a map over two fields", _LOOK),
    Entry("training", "8", "train this net, live", _LOOK),
    Entry("cliff", "9", "leave", _LOOK, call="leave"),
    Entry("help", "question_mark", "what the surface shows, and all keys", _APP, "help"),
    QUIT,
)  # fmt: skip

COMPARISON: tuple[Entry, ...] = (
    *(Entry(f"take_{digit}", f"{digit}", f"leave with net {digit}", _NETWORK,
            "take" if digit == 1 else "", "1…9", rank=1, call=f"take({digit})")
      for digit in range(1, 10)),
    Entry("other", "h", "states, or gradients", _LOOK, "state or gradient", rank=3),
    Entry("axis", "l", "linear or log axis", _LOOK, "axis", rank=2),
    _OVER,
    Entry("remedies", "R", "leave", _LOOK, call="leave"),
    Entry("compare", "P", "leave", _LOOK, call="leave"),
    Entry("help", "question_mark", "what is compared, and all keys", _APP, "help"),
    QUIT,
)  # fmt: skip

RESERVOIR: tuple[Entry, ...] = (
    Entry("take_nearest", "enter", "take the nearest net that is a reservoir", _NETWORK),
    _OVER,
    Entry("reservoir", "E", "leave", _LOOK, call="leave"),
    Entry("help", "question_mark", "what the numbers are, and all keys", _APP, "help"),
    QUIT,
)

CLAIMS: tuple[Entry, ...] = (
    Entry("claim_next", "down", "the next claim", _LOOK, "choose", "↑↓", call="move(1)"),
    Entry("claim_previous", "up", "the claim before", _LOOK, call="move(-1)"),
    Entry("ask", "enter", "ask about it, before it is played and measured", _LOOK, "ask", rank=1),
    *(Entry(f"predict_{word}", key, f"predict that the gradient {word}", _LOOK,
            "predict" if key == "1" else "", "1 2 3", rank=2, call=f"predict('{key}')")
      for key, word in (("1", "vanishes"), ("2", "stays"), ("3", "explodes"))),
    Entry("again", "0", "ask again what was answered", _LOOK, call="again"),
    Entry("take_net", "n", "leave with its net", _NETWORK, "its net", rank=3, call="take"),
    attrs.evolve(_OVER, does="back to the list, and from there leave"),
    Entry("claims", "T", "the same", _LOOK, call="leave"),
    Entry("help", "question_mark", "what is asked, and all keys", _APP, "help"),
    QUIT,
)  # fmt: skip

LAYERS: tuple[Entry, ...] = (
    Entry("net_next", "down", "the next layer", _LOOK, "choose", "↑↓", call="move(1)"),
    Entry("net_previous", "up", "the layer before", _LOOK, call="move(-1)"),
    Entry("take_layer", "enter", "open it in every view", _LOOK, "open", rank=1, call="take"),
    CHECKPOINT_BEFORE,
    CHECKPOINT_NEXT,
    _OVER,
    Entry("help", "question_mark", "what is listed, and all keys", _APP, "help"),
    QUIT,
)  # fmt: skip

DIAGNOSIS: tuple[Entry, ...] = (
    Entry("net_next", "down", "the next net", _LOOK, "choose", "↑↓", call="move(1)"),
    Entry("net_previous", "up", "the net before", _LOOK, call="move(-1)"),
    Entry("take_layer", "enter", "open it in every view", _LOOK, "open", rank=1, call="take"),
    _OVER,
    Entry("diagnose", "D", "leave", _LOOK, call="leave"),
    Entry("help", "question_mark", "what the rows are, and all keys", _APP, "help"),
    QUIT,
)

LOG: tuple[Entry, ...] = (
    Entry("point_on", "right,full_stop", "the cursor a point on", _TIME, "cursor", "←→",
          call="cursor(1)"),
    Entry("point_back", "left,comma", "the cursor a point back", _TIME, call="cursor(-1)"),
    Entry("point_on_fast", "shift+right,right_square_bracket", "the cursor ten points on", _TIME,
          call="cursor(10)"),
    Entry("point_back_fast", "shift+left,left_square_bracket", "the cursor ten points back", _TIME,
          call="cursor(-10)"),
    Entry("first_step", "home,g", "the first update", _TIME),
    Entry("last_step", "end,G", "the last update", _TIME),
    Entry("no_cursor", "escape", "the cursor away", _TIME),
    Entry("view_next", "v", "the next plots", _LOOK, "plots", call="panels", rank=2),
    Entry("zoom_steps", "z", "a quarter of the updates, about the cursor or the newest", _LOOK,
          "zoom", "z Z", rank=1),
    Entry("all_steps", "Z", "all updates", _LOOK),
    Entry("axis", "l", "linear or log axis", _LOOK, "axis", rank=3),
    Entry("help", "question_mark", "what is shown, and all keys", _APP, "help"),
    Entry("quit", "q", "quit", _APP, "quit"),
)  # fmt: skip

EDITOR: tuple[Entry, ...] = (
    Entry("eigenvalue_next", "tab", "the next eigenvalue or pair", _LOOK, "next",
          call="select(1)", priority=True),
    Entry("eigenvalue_previous", "shift+tab", "the eigenvalue or pair before", _LOOK,
          call="select(-1)", priority=True),
    Entry("stretch", "right", "modulus +0.01, or a real along its axis", _NETWORK, "modulus", "←→",
          call="stretch(0.01)"),
    Entry("shrink", "left", "modulus −0.01", _NETWORK, call="stretch(-0.01)"),
    Entry("stretch_fast", "shift+right,right_square_bracket", "modulus +0.1", _NETWORK,
          call="stretch(0.1)"),
    Entry("shrink_fast", "shift+left,left_square_bracket", "modulus −0.1", _NETWORK,
          call="stretch(-0.1)"),
    Entry("turn", "up", "angle of a pair +0.02", _NETWORK, "angle", "↑↓", call="turn(0.02)",
          rank=1),
    Entry("turn_back", "down", "angle of a pair −0.02", _NETWORK, call="turn(-0.02)"),
    Entry("turn_fast", "shift+up,pageup", "angle of a pair +0.2", _NETWORK, call="turn(0.2)"),
    Entry("turn_back_fast", "shift+down,pagedown", "angle of a pair −0.2", _NETWORK,
          call="turn(-0.2)"),
    Entry("join_or_split", "x", "join two reals, or split a pair", _NETWORK, "join, split", rank=2),
    Entry("keep", "enter", "leave with what was edited", _COMPARE, "keep", rank=1),
    attrs.evolve(LEAVE, does="leave; what was edited is taken back, redo brings it"),
    Entry("edit_eigenvalues", "e", "the same", _LOOK, call="leave"),
    Entry("help", "question_mark", "what is edited, and all keys", _APP, "help"),
    QUIT,
)  # fmt: skip


def defaults() -> list[dict[str, str]]:
    """Action → its keys joined by commas, for all that the settings may rebind, by screens."""
    numbers = {view_action(key): key for key in VIEWS}
    views = [
        {one.action: one.keys for one in (*entries, SUSPEND)} | numbers
        for entries in (ENTRIES, TRAINING, MAP, CLIFF)
    ]
    return views + [
        {one.action: one.keys for one in (*entries, SUSPEND)}
        for entries in (COMPARISON, RESERVOIR, CLAIMS, LAYERS, DIAGNOSIS, LOG, EDITOR)
    ]
