"""The form of all fields and the command palette."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from textual.command import CommandList, CommandPalette
from textual.widgets import Input, Select, Static

from tests.support.harness import Bench, running
from tuisim.terminal.config import Config
from tuisim.tui.screens.form import FormScreen
from tuisim.values import presets, toml
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


async def test_escape_leaves_without_a_change() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        await write(bench, "radius", "1.37")
        await bench.press("escape")
        assert not is_open(bench)
        assert bench.experiment == NET


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_a_wrong_value_stays_with_a_message_that_names_the_field(
    size: tuple[int, int],
) -> None:
    async with running(NET, size=size) as bench:
        await bench.press("o")
        for field, wrong, right in (
            ("width", "0", "8"),
            ("radius", "-1", "0.9"),
            ("leak", "2", "1"),
            ("depth", "many", "30"),
            ("eigenvalues", "1j", ""),
        ):
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


async def test_choices_are_picked_from_a_list() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        await go_to(bench, "activation")
        await bench.press("enter", "down", "enter")
        assert bench.app.screen.query_one("#activation", Select).value == "sigmoid"
        await go_to(bench, "tied")
        await bench.press("enter", "down", "enter")
        await bench.press("ctrl+s")
        assert bench.experiment == attrs.evolve(NET, activation="sigmoid", tied=False)


async def test_eigenvalues_typed_in_set_spectrum_and_width() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        await write(bench, "eigenvalues", "0.5,0.9+0.3j,0.9-0.3j")
        await bench.press("enter")
        assert bench.experiment.spectrum == "eigenvalues"
        assert bench.experiment.eigenvalues == (0.5, 0.9 + 0.3j, 0.9 - 0.3j)
        assert bench.experiment.width == 3


async def test_a_field_that_conflicts_is_reset_and_said() -> None:
    async with running(attrs.evolve(NET, departure=0.5)) as bench:
        await bench.press("o")
        await go_to(bench, "norm")
        await bench.press("enter", "down", "enter", "ctrl+s")
        assert bench.experiment == attrs.evolve(NET, departure=0.5, norm="batch", batch=4)
        assert "batch is 4: batch norm needs 4 rows" in bench.notice


async def test_a_field_says_what_it_takes() -> None:
    async with running(NET) as bench:
        await bench.press("o")
        await go_to(bench, "leak")
        assert said(bench).startswith("leak: ")
        assert "(0, 1]" in said(bench)


# The palette.


async def ask(bench: Bench, text: str, key: str = "colon", answer: str = "") -> None:
    """Type into the palette, wait for its answer to it, and take the first."""
    await bench.press(key)
    palette = bench.app.screen
    assert isinstance(palette, CommandPalette)
    await bench.type(text)
    answers = palette.query_one(CommandList)

    def answered() -> bool:
        first = str(answers.get_option_at_index(0).prompt) if answers.option_count else ""
        return (answer or text) in first

    await bench.wait_for(answered)
    await bench.press("enter")
    await bench.wait_for(lambda: bench.app.screen is bench.app.main)
    await bench.settle()


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_takes_a_field_and_a_value(key: str) -> None:
    async with running(NET) as bench:
        await ask(bench, "radius 1.37", key)
        assert bench.experiment == attrs.evolve(NET, radius=1.37)
        await bench.press("u")
        assert bench.experiment == NET


async def test_the_palette_sets_any_field() -> None:
    async with running(attrs.evolve(NET, departure=0.5)) as bench:
        for text, field, value in (
            ("departure 0", "departure", 0.0),
            ("skip-share 0.25", "skip_share", 0.25),
            ("tied false", "tied", False),
        ):
            expected = attrs.evolve(bench.experiment, **{field: value})
            await ask(bench, text, answer=text.replace("-", "_"))
            assert bench.experiment == expected


@pytest.mark.parametrize("text", ["radius=1.37", "radius = 1.37", "radius  1.37"])
async def test_the_palette_takes_an_equals_sign(text: str) -> None:
    async with running(NET) as bench:
        await ask(bench, text, answer="radius 1.37")
        assert bench.experiment == attrs.evolve(NET, radius=1.37)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo 3", "foo: no such field or command, allowed: a field and its value (radius 1.37), "),
        ("qqqq", "qqqq: no such field or command, allowed: a field and its value (radius 1.37), "),
        ("rad 1.2", "rad: no such field or command, allowed: a field and its value (radius 1.37)"),
        ("[x", "[x: no such field or command, allowed: "),
        ("radius=", "radius: a value goes after it, ≥ 0"),
        ("preset nope", "preset: got 'nope', allowed: batch-norm, clipping, "),
    ],
)
async def test_what_the_palette_does_not_know_is_answered(text: str, said: str) -> None:
    async with running(NET) as bench:
        await ask(bench, text)
        assert bench.notice.startswith(said)
        assert bench.experiment == NET


async def test_the_palette_leaves_the_commands_of_the_app_alone() -> None:
    async with running(NET) as bench:
        await bench.press("colon")
        answers = bench.app.screen.query_one(CommandList)
        await bench.type("theme")
        await bench.wait_for(lambda: answers.option_count)
        prompts = [
            str(answers.get_option_at_index(place).prompt) for place in range(answers.option_count)
        ]
        assert "no such field" not in "".join(prompts)


async def test_the_palette_does_what_the_keys_do() -> None:
    async with running(NET) as bench:
        await ask(bench, "linear or")
        assert not bench.app.main.log_axis
        await ask(bench, "new seed")
        assert bench.experiment == attrs.evolve(NET, seed=NET.seed + 1)


async def test_the_palette_opens_views_by_their_names() -> None:
    async with running(NET) as bench:
        await ask(bench, "jacobian")
        assert bench.app.main.view.name == "jacobian"


@pytest.mark.parametrize("ascii", [False, True])
async def test_the_palette_names_the_keys_of_the_settings(ascii: bool) -> None:
    config = Config(keys={"seed": ("N",), "redo": (), "view_6": ("f6",)})
    async with running(NET, config=config, ascii=ascii) as bench:
        commands = [*bench.app.get_system_commands(bench.app.main)]
        keys = {one.title: one.help for one in commands}
        assert len(keys) == len(commands)
        assert keys["new seed"] == "N"
        assert keys["redo"] == "no key"
        assert keys["radius -0.10" if ascii else "radius −0.10"].endswith(" \\[")
        assert [key for title, key in keys.items() if title.startswith("view: jac")] == ["f6"]
        assert "".join([*keys, *keys.values()]).isascii() is ascii


@pytest.mark.parametrize("key", ["7", "8", "9"])
async def test_no_two_commands_of_a_view_have_one_title(key: str) -> None:
    async with running(NET) as bench:
        await bench.press(key)
        titles = [one.title for one in bench.app.get_system_commands(bench.app.screen)]
        assert len(set(titles)) == len(titles)


async def test_a_view_with_a_net_of_its_own_takes_no_fields_from_the_palette() -> None:
    async with running(NET) as bench:
        await bench.press("8", "ctrl+p")
        answers = bench.app.screen.query_one(CommandList)
        await bench.type("twice the learning")
        await bench.wait_for(lambda: answers.option_count)
        assert "twice the learning rate" in bench.text
        for _ in "twice the learning":
            await bench.press("backspace")
        await bench.type("radius 1.2")
        await bench.wait_for(lambda: "No matches found" in bench.text)
        await bench.press("escape", "escape")
        assert bench.experiment == NET


async def test_a_wrong_value_in_the_palette_is_said() -> None:
    async with running(NET) as bench:
        await ask(bench, "leak 7")
        assert bench.app.screen is bench.app.main
        assert bench.notice.startswith("leak")
        assert "(0, 1]" in bench.notice


async def test_the_palette_takes_brackets_as_they_are() -> None:
    async with running(NET) as bench:
        for value in ("[/x]", "1]"):
            await ask(bench, f"radius {value}")
            assert bench.notice.startswith(f"radius: got '{value}'")
            assert bench.experiment == NET


async def test_the_palette_loads_presets_and_says_what_to_look_for() -> None:
    async with running(NET) as bench:
        await ask(bench, "preset sigmoid")
        assert bench.experiment == presets.preset("sigmoid")
        document = presets.document("sigmoid")
        assert bench.notice[:40] == (document.look_for or document.description)[:40]
        await bench.press("u")
        assert bench.experiment == NET


async def test_the_palette_lists_presets_and_files_before_anything_is_typed() -> None:
    async with running(NET) as bench:
        await bench.press("colon")
        answers = bench.app.screen.query_one(CommandList)
        wanted = {f"preset {name}" for name in presets.names()} | {
            "save toml",
            "save csv",
            "save svg",
        }

        def listed() -> bool:
            prompts = [
                str(answers.get_option_at_index(place).prompt).splitlines()[0].strip()
                for place in range(answers.option_count)
            ]
            return wanted <= set(prompts)

        await bench.wait_for(listed)


@pytest.mark.parametrize("kind", ["toml", "csv", "svg"])
async def test_saving_writes_a_new_file_each_time(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        await ask(bench, f"save {kind}")
        assert bench.notice == f"saved tuisim-1.{kind}"
        first = (tmp_path / f"tuisim-1.{kind}").read_text()
        await bench.press("right")
        await ask(bench, f"save {kind}")
        assert bench.notice == f"saved tuisim-2.{kind}"
        assert (tmp_path / f"tuisim-1.{kind}").read_text() == first
        second = (tmp_path / f"tuisim-2.{kind}").read_text()
        assert second != first
        assert len(list(tmp_path.iterdir())) == 2


async def test_a_saved_experiment_loads_as_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(attrs.evolve(NET, radius=1.1, activation="gelu")) as bench:
        await ask(bench, "save toml")
        changes = toml.load(tmp_path / "tuisim-1.toml").changes
        assert Experiment(**changes) == bench.experiment
        await ask(bench, "save csv")
        rows = (tmp_path / "tuisim-1.csv").read_text().splitlines()
        assert len(rows) == NET.depth + 2
        await ask(bench, "save svg")
        picture = (tmp_path / "tuisim-1.svg").read_text()
        assert picture.startswith("<svg")
        # Of the main screen, not of the palette that lay over it.
        assert ">hidden</text>" in picture
        assert "Search" not in picture


async def test_a_named_file_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        await ask(bench, "save mine.toml")
        assert bench.notice == "saved mine.toml"
        before = (tmp_path / "mine.toml").read_bytes()
        await bench.press("right")
        await ask(bench, "save mine.toml")
        assert bench.notice == "save: mine.toml is there already; type another name"
        assert (tmp_path / "mine.toml").read_bytes() == before


async def test_an_ending_is_not_added_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        for typed, name in (
            ("toml my.toml", "my.toml"),
            ("csv my.csv", "my.csv"),
            ("svg my.svg", "my.svg"),
            ("toml other", "other.toml"),
            ("csv my.toml", "my.toml.csv"),
        ):
            await ask(bench, f"save {typed}", answer=f"save {name}")
            assert bench.notice == f"saved {name}"


async def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(NET) as bench:
        await ask(bench, "save missing/folder.csv")
        assert bench.notice == "save: missing/folder.csv: No such file or directory"
        assert list(tmp_path.iterdir()) == []
