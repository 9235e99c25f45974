"""Roles as colours: one place for each, and few colours as their own numbers."""

from __future__ import annotations

from typing import Any

import pytest
from rich.color import ColorSystem

from tests.support.harness import running
from tuisim.figures.drawing.figure import ROLES
from tuisim.terminal.ink import codes, colour_system, is_dark
from tuisim.terminal.palette import PALETTE, THEMED, System
from tuisim.tui.widgets.theme import ROLE_STYLES, role_style


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


ALL = {"COLORTERM": "truecolor", "TERM": "xterm-256color"}
MANY = {"TERM": "xterm-256color"}
LIGHT = {"COLORFGBG": "0;15"}


@pytest.mark.parametrize("environ", [{}, MANY, ALL], ids=["16", "256", "truecolor"])
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_what_is_drawn_once_has_the_colours_that_the_app_has(
    theme: str, environ: dict[str, str]
) -> None:
    ground = {} if theme == "textual-dark" else LIGHT
    system = colour_system(environ)
    async with running(theme=theme, colours=system) as bench:
        plot = bench.plot("gradient")
        for name in (*PALETTE, *THEMED):
            role: Any = name
            sent = codes(role, "blank", environ | ground)
            paint = PALETTE.get(name) or THEMED[name]
            if system == "truecolor":
                style = role_style(plot, role)
                assert style.color is not None
                triplet = style.color.get_truecolor()
                assert triplet.hex == paint.on(not ground, system)
                assert sent.endswith("38;2;" + ";".join(map(str, triplet))) or sent == "1"
            elif system == "256":
                assert sent.endswith(f"38;5;{paint.on(not ground, system)}") or sent == "1"


def test_the_codes_of_what_is_drawn_once() -> None:
    assert codes("vanishing", "blank", {}) == "94"
    assert codes("vanishing", "blank", LIGHT) == "34"
    assert codes("vanishing", "vanishing", {}) == "1;7;94"
    assert codes("vanishing", "blank", MANY) == "38;5;69"
    assert codes("vanishing", "blank", ALL) == "38;2;91;150;255"
    assert codes("blank", "blank", ALL) == ""
    assert codes("label", "blank", ALL) == "2"
    # A field of colour is the same on any ground.
    for ground in ({}, LIGHT):
        assert codes("cold6", "hot6", ALL | ground) == "38;2;47;107;255;48;2;224;50;59"
        assert codes("cold6", "hot6", MANY | ground) == "38;5;27;48;5;196"
        assert codes("cold6", "hot6", {"TERM": "xterm"} | ground) == "34;41"
        assert codes("cold5", "hot4", {"TERM": "xterm"} | ground) == "94;101"
    assert codes("here", "cold3", ALL) == "1;38;2;0;0;0;48;2;255;255;255"
    assert codes("contour", "cold3", MANY) == "1;38;5;16;48;5;111"


@pytest.mark.parametrize(
    ("environ", "system"),
    [
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "truecolor"),
        (ALL | {"TEXTUAL_COLOR_SYSTEM": "256"}, "256"),
        (ALL | {"TEXTUAL_COLOR_SYSTEM": "standard"}, "16"),
        ({"TEXTUAL_COLOR_SYSTEM": "truecolor"}, "truecolor"),
        # GNU screen hands 24-bit colour on as it is.
        (ALL | {"STY": "1.pts"}, "256"),
        ({"TERM": "xterm"}, "16"),
    ],
)
def test_how_many_colours_the_terminal_has(environ: dict[str, str], system: System) -> None:
    assert colour_system(environ) == system


def test_which_ground_the_terminal_says_it_has() -> None:
    said = {"15;0": True, "0;15": False, "0;default;7": False, "7;8": True, "": True, "x": True}
    assert {text: is_dark({"COLORFGBG": text}) for text in said} == said


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_roles_that_follow_the_theme_are_no_greys_of_sixteen_colours(theme: str) -> None:
    async with running(theme=theme, colours="16") as bench:
        plot = bench.plot("gradient")
        for name in THEMED:
            role: Any = name
            style = role_style(plot, role)
            assert style.color is not None
            sent = style.color.downgrade(ColorSystem.STANDARD).number
            assert sent == THEMED[role].on(theme == "textual-dark", "16")
            assert sent not in (0, 7, 8, 15)
