"""The palette: fields, commands and presets typed by name."""

from __future__ import annotations

import attrs
import pytest
from textual.command import CommandList

from tests.support.harness import running
from tests.support.palette import ask
from tuisim.terminal.config import Config
from tuisim.testing import make_app, press
from tuisim.values import presets
from tuisim.values.experiment import Experiment

NET = Experiment(width=8, depth=30)


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_takes_a_field_and_a_value(key: str) -> None:
    async with running(NET) as bench:
        await ask(bench, "radius 1.37", key)
        assert bench.experiment == attrs.evolve(NET, radius=1.37)
        await bench.press("u")
        assert bench.experiment == NET


async def test_what_was_typed_out_comes_before_a_title_that_it_fits() -> None:
    app = make_app(NET)
    async with app.run_test() as pilot:
        await press(pilot, "colon,r,a,d,i,u,s,space,1,enter")
        assert app.experiment == attrs.evolve(NET, radius=1.0)


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
    config = Config(keys={"seed": ("f7",), "redo": (), "view_6": ("f6",)})
    async with running(NET, config=config, ascii=ascii) as bench:
        commands = [*bench.app.get_system_commands(bench.app.main)]
        keys = {one.title: one.help for one in commands}
        assert len(keys) == len(commands)
        assert keys["new seed"] == "f7"
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
