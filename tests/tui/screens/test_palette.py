"""The palette: fields, commands, presets and files typed by name."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from textual.command import CommandList, CommandPalette

from tests.support.harness import Bench, running
from tuisim.terminal.config import Config
from tuisim.values import presets, toml
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


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
