"""Roles as colours: one place for each, and few colours as their own numbers."""

from __future__ import annotations

from typing import Any

import pytest
from rich.color import ColorSystem

from tests.support.harness import running
from tuisim.figures.drawing.figure import ROLES
from tuisim.terminal.ink import codes
from tuisim.terminal.palette import PALETTE, System
from tuisim.tui.widgets.theme import OF_SIXTEEN, ROLE_STYLES, role_style


def test_every_role_has_a_style() -> None:
    assert set(ROLE_STYLES) | set(PALETTE) == set(ROLES)
    assert not set(ROLE_STYLES) & set(PALETTE)


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_few_colours_are_sent_as_the_numbers_that_the_palette_gives(theme: str) -> None:
    kinds: Any = {"256": ColorSystem.EIGHT_BIT, "16": ColorSystem.STANDARD}
    for system, kind in kinds.items():
        async with running(theme=theme, colours=system) as bench:
            plot = bench.plot("gradient")
            for name, paint in PALETTE.items():
                role: Any = name
                for ground in ("blank", role, "cold3"):
                    style = role_style(plot, role, ground)
                    if ground == "cold3" != role:
                        # A field of colour is the same in a dark and in a light theme.
                        assert style.bgcolor is not None
                        field = style.bgcolor.downgrade(kind).number
                        assert field == PALETTE["cold3"].on(True, system)
                    assert style.color is not None
                    sent = style.color.downgrade(kind).number
                    dark = theme == "textual-dark" or ground == "cold3" != role
                    assert sent == paint.on(dark, system), role
                    assert bool(style.reverse) == (ground == role)


SYSTEMS: tuple[System, ...] = ("truecolor", "256", "16")


def test_the_ramp_has_colours_of_its_own_on_either_side_in_any_terminal() -> None:
    for system in SYSTEMS:
        for dark in (True, False):
            sides = [
                [PALETTE[f"{side}{level}"].on(dark, system) for level in range(1, 7)]
                for side in ("cold", "hot")
            ]
            assert all(len(set(side)) >= (3 if dark else 2) for side in sides)
            assert not set(sides[0]) & set(sides[1])


def test_the_verdicts_and_the_hues_differ_in_any_terminal() -> None:
    for names in (
        ("vanishing", "stable", "exploding", "dead", "not a number"),
        tuple(name for name in PALETTE if name.startswith("hue") or name == "plain"),
    ):
        for system in SYSTEMS:
            for dark in (True, False):
                found = [PALETTE[name].on(dark, system) for name in names]
                assert len(set(found)) == len(names), (system, dark)


def test_what_is_drawn_once_keeps_to_the_terminals_own_colours() -> None:
    many = {"TERM": "xterm-256color"}
    assert codes("vanishing", "blank", many) == "34"
    assert codes("vanishing", "vanishing", {}) == "1;7;34"
    assert codes("blank", "blank", many) == ""
    # Only fields of colour take more where there are more.
    assert codes("cold6", "hot6", many) == "38;5;27;48;5;196"
    assert codes("cold6", "hot6", {"TERM": "xterm"}) == "34;41"
    assert codes("cold5", "hot4", {"TERM": "xterm"}) == "94;101"


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_roles_that_follow_the_theme_are_no_greys_of_sixteen_colours(theme: str) -> None:
    async with running(theme=theme, colours="16") as bench:
        plot = bench.plot("gradient")
        for role in OF_SIXTEEN:
            style = role_style(plot, role)
            assert style.color is not None
            sent = style.color.downgrade(ColorSystem.STANDARD).number
            assert sent == OF_SIXTEEN[role][theme == "textual-light"]
            assert sent not in (0, 7, 8, 15)
