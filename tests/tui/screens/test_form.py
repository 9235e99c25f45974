"""The form of all fields."""

from __future__ import annotations

import itertools

import attrs
from textual.widgets import Input, Select, Static

from tests.support.harness import Bench, running
from tuisim.tui.screens.form import FormScreen
from tuisim.values import toml
from tuisim.values.experiment import FIELDS, Experiment

NET = Experiment(width=8, depth=30)


def is_open(bench: Bench) -> bool:
    return isinstance(bench.app.screen, FormScreen)


def said(bench: Bench) -> str:
    """What the form says."""
    return str(bench.app.screen.query_one("#said", Static).content)


async def go_to(bench: Bench, field: str) -> None:
    """Put the focus on a field."""
    bench.app.screen.query_one(f"#{field}").focus()
    await bench.settle()


async def write(bench: Bench, field: str, text: str) -> None:
    """Put a text in place of a field's value."""
    await go_to(bench, field)
    bench.app.screen.query_one(f"#{field}", Input).value = text
    await bench.settle()


async def test_o_shows_every_field_with_its_value() -> None:
    experiment = Experiment(
        width=3, depth=30, spectrum="eigenvalues", eigenvalues=(0.5 + 0.25j, 0.5 - 0.25j, 0.9)
    )
    async with running(experiment) as bench:
        await bench.press("o")
        assert is_open(bench)
        for name in FIELDS:
            widget = bench.app.screen.query_one(f"#{name}")
            assert isinstance(widget, Input | Select)
            assert toml.read(name, str(widget.value)) == getattr(experiment, name)
        await bench.press("ctrl+s")
        assert not is_open(bench)
        assert bench.experiment == experiment


async def test_tab_goes_through_all_fields_in_their_order() -> None:
    async with running(NET, size=(80, 24)) as bench:
        await bench.press("o")
        for name in FIELDS:
            focused = bench.app.focused
            assert focused is not None
            assert focused.id == name
            # Scrolled to, and named in the line below, whatever the size.
            assert said(bench).startswith(f"{name}: ")
            assert f"{name}: " in bench.text
            assert any(f" {name} " in row for row in bench.rows)
            await bench.press("tab")


async def test_a_typed_value_is_taken_by_enter_as_one_undo_step() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        await go_to(bench, "radius")
        await bench.press("home", "ctrl+k")
        await bench.type("1.37")
        await write(bench, "leak", "0.5")
        await bench.press("enter")
        assert not is_open(bench)
        assert bench.experiment == attrs.evolve(NET, radius=1.37, leak=0.5)
        await bench.press("u")
        assert bench.experiment == NET


async def test_a_field_says_what_it_takes_and_escape_leaves_without_a_change() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        await go_to(bench, "leak")
        assert said(bench).startswith("leak: ")
        assert "(0, 1]" in said(bench)
        await write(bench, "radius", "1.37")
        await bench.press("escape")
        assert not is_open(bench)
        assert bench.experiment == NET


async def test_a_wrong_value_stays_with_a_message_that_names_the_field() -> None:
    wrongs = (
        ("width", "0", "8"),
        ("radius", "-1", "0.9"),
        ("leak", "2", "1"),
        ("depth", "many", "30"),
        ("eigenvalues", "1j", ""),
    )
    async with running(NET, size=(120, 40)) as bench:
        await bench.press("o")
        for size, (field, wrong, right) in itertools.product(
            ((120, 40), (80, 24), (40, 12)), wrongs
        ):
            if bench.app.size != size:
                await bench.resize(*size)
            await write(bench, field, wrong)
            await bench.press("enter")
            assert is_open(bench)
            assert said(bench).startswith(f"{field}: ")
            assert f"{field}: " in bench.text
            assert bench.app.focused is not None
            assert bench.app.focused.id == field
            assert bench.app.screen.query_one(f"#{field}", Input).value == wrong
            await write(bench, field, right)
            assert not bench.app.screen.query_one("#said").has_class("wrong")
        await bench.press("escape")
        assert bench.experiment == NET


async def test_choices_are_picked_from_a_list_and_what_conflicts_is_reset_and_said() -> None:
    net = attrs.evolve(NET, departure=0.5)
    async with running(net) as bench:
        await bench.press("o")
        await go_to(bench, "activation")
        await bench.press("enter", "down", "enter")
        assert bench.app.screen.query_one("#activation", Select).value == "sigmoid"
        await go_to(bench, "tied")
        await bench.press("enter", "down", "enter")
        await go_to(bench, "norm")
        await bench.press("enter", "down", "enter", "ctrl+s")
        changed = {"activation": "sigmoid", "tied": False, "norm": "batch", "batch": 4}
        assert bench.experiment == attrs.evolve(net, **changed)
        assert "batch is 4: batch norm needs 4 rows" in bench.notice


async def test_eigenvalues_typed_in_set_spectrum_and_width() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        await write(bench, "eigenvalues", "0.5,0.9+0.3j,0.9-0.3j")
        await bench.press("enter")
        assert bench.experiment.spectrum == "eigenvalues"
        assert bench.experiment.eigenvalues == (0.5, 0.9 + 0.3j, 0.9 - 0.3j)
        assert bench.experiment.width == 3


async def test_what_is_refused_is_named_and_is_no_step_to_be_undone() -> None:
    wide = attrs.evolve(NET, batch=512)
    async with running(wide, size=(80, 24)) as bench:
        await bench.press("o")
        await write(bench, "depth", "100000")
        await write(bench, "leak", "0.5")
        await bench.press("ctrl+s")
        assert bench.experiment == attrs.evolve(wide, leak=0.5)
        assert bench.notice.startswith("depth is not taken: budget: ")
        await bench.press("u")
        assert bench.experiment == wide
        await bench.press("o")
        await write(bench, "depth", "100000")
        await bench.press("ctrl+s")
        assert bench.experiment == wide
        assert bench.notice.startswith("budget: ")
        # What was undone is still there to be done again.
        await bench.press("U")
        assert bench.experiment == attrs.evolve(wide, leak=0.5)
        await bench.press("u", "u")
        assert "nothing to undo" in bench.notice
