"""The footer: each sign of a key goes its own way, and the right button the other."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen

from tuisim.tui.keys.keymap import ENTRIES, Entry, reverse
from tuisim.tui.keys.keymaps import CLAIMS, CLIFF, COMPARISON, EDITOR, MAP
from tuisim.tui.widgets.keybar import KeyBar

LEFT, RIGHT = 1, 3


class Keys(Screen[None]):
    """A footer alone, over a screen that notes which actions it is asked for."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        super().__init__()
        self.entries, self.done = entries, list[str]()

    def compose(self) -> ComposeResult:
        yield KeyBar(self.entries)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("action_"):
            raise AttributeError(name)
        called = name.removeprefix("action_")

        # As many arguments are given as there are names for.
        def act(one: object = "", two: object = "") -> None:
            self.done.append(f"{called} {one} {two}".strip())

        return act


@pytest.mark.parametrize(
    ("entries", "text", "clicks"),
    [
        (
            ENTRIES,
            "←→ radius",
            [(0, LEFT, "change radius_down"), (1, LEFT, "change radius_up"),
             (4, LEFT, "change radius_up"), (0, RIGHT, "change radius_up"),
             (1, RIGHT, "change radius_down"), (4, RIGHT, "change radius_down")],
        ),
        (ENTRIES, "↑↓ depth", [(0, LEFT, "change depth_up"), (1, LEFT, "change depth_down")]),
        (ENTRIES, "a activation", [(0, LEFT, "change activation_next"),
                                   (3, RIGHT, "change activation_previous")]),
        (ENTRIES, "1…9 views", [(0, LEFT, "view_next"), (2, RIGHT, "view_previous")]),
        # What goes one way goes it.
        (ENTRIES, "? help", [(0, LEFT, "help"), (0, RIGHT, "help")]),
        (MAP, "←→↑↓ move", [(0, LEFT, "move -1 0"), (2, LEFT, "move 0 1"), (3, LEFT, "move 0 -1"),
                            (3, RIGHT, "move 0 1"), (6, RIGHT, "move -1 0")]),
        (MAP, "x y fields", [(0, LEFT, "field x 1"), (2, LEFT, "field y 1"),
                             (2, RIGHT, "field y -1")]),
        (CLIFF, "k K clip", [(0, LEFT, "threshold 1"), (2, LEFT, "threshold -1")]),
        (CLIFF, "+- zoom", [(1, LEFT, "zoom False"), (1, RIGHT, "zoom True")]),
        (EDITOR, "↑↓ angle", [(1, LEFT, "turn -0.02"), (0, RIGHT, "turn -0.02")]),
        (EDITOR, "tab next", [(0, RIGHT, "select -1")]),
        (CLAIMS, "1 2 3 predict", [(0, LEFT, "predict 1"), (4, LEFT, "predict 3")]),
        (COMPARISON, "1…9 take", [(0, LEFT, "take 1"), (2, LEFT, "take 1")]),
    ],
)  # fmt: skip
async def test_a_click_does_what_it_points_to(
    entries: tuple[Entry, ...], text: str, clicks: list[tuple[int, int, str]]
) -> None:
    app, screen = App[None](), Keys(entries)
    async with app.run_test(size=(140, 4)) as pilot:
        await app.push_screen(screen)
        await pilot.pause()
        row = "".join(one.text for one in screen._compositor.render_strips()[-1])
        for at, button, done in clicks:
            screen.done.clear()
            await pilot.click(offset=(row.index(text) + at, 3), button=button)
            await pilot.pause()
            assert screen.done == [done]


@pytest.mark.parametrize("entries", [ENTRIES, MAP, CLIFF, EDITOR, CLAIMS])
def test_the_reverse_of_the_reverse_is_the_action(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        assert reverse(reverse(entry, entries), entries) is entry
