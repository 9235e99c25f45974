"""The settings file: what is read, and that each mistake is one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuisim.terminal import config

DEFAULTS = {"quit": "q", "radius_up": "right,plus", "help": "question_mark", "back": "comma"}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_no_file_is_no_settings(tmp_path: Path) -> None:
    assert config.load(tmp_path / "none.toml") == config.Config()
    assert config.load(written(tmp_path, "") / "below-a-file.toml") == config.Config()


def test_theme_and_keys(tmp_path: Path) -> None:
    file = written(tmp_path, 'theme = "nord"\n[keys]\nquit = "ctrl+x"\nradius_up = ["k", ","]\n')
    found = config.load(file)
    assert found == config.Config("nord", {"quit": ("ctrl+x",), "radius_up": ("k", "comma")})
    rebound = config.keymap(found, DEFAULTS | {"back": "b"})
    assert rebound == {"quit": "ctrl+x", "radius_up": "k,comma"}
    config.check_theme(found, ["nord", "textual-dark"])


def test_marker_mouse_and_keymap(tmp_path: Path) -> None:
    file = written(tmp_path, 'marker = "block"\nmouse = false\nkeymap = "vi"\nfps = 10\n')
    assert config.load(file) == config.Config(marker="block", mouse=False, keymap="vi", fps=10)


def test_keys_go_over_the_keymap() -> None:
    found = config.Config(keys={"quit": ("x",)})
    assert config.keymap(found, DEFAULTS, over={"quit": "z", "back": "b"}) == {
        "quit": "x",
        "back": "b",
    }


def test_an_action_may_lose_its_keys(tmp_path: Path) -> None:
    found = config.load(written(tmp_path, "[keys]\nback = []\nquit = ','\n"))
    assert config.keymap(found, DEFAULTS) == {"back": "", "quit": "comma"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("theme = 3", "theme: got 3, allowed: the name of a theme"),
        ("colour = 'red'", "colour: no such setting, allowed: theme, marker, mouse, fps, keymap"),
        ("fps = 0", "fps: got 0, allowed: 1…30"),
        ("fps = 61", "fps: got 61, allowed: 1…30"),
        ("fps = 12.5", "fps: got 12.5, allowed: 1…30"),
        ("fps = true", "fps: got True, allowed: 1…30"),
        ("mouse = 1", "mouse: got 1, allowed: true, false"),
        ("keymap = 'emacs'", "keymap: got 'emacs', allowed: usual, vi"),
        ("marker = 2", "marker: got 2, allowed: braille, block, ascii"),
        ("keys = 'q'", "keys: got 'q', allowed: a table"),
        ("[keys]\nquit = 3", "keys.quit: got 3, allowed: a key like"),
        ("[keys]\nquit = 'contrl+x'", "keys.quit: got 'contrl+x', allowed: a key like"),
        ("[keys]\nquit = ''", "keys.quit: got '', allowed: a key like"),
        ("[keys]\nquit = ['q', 'qq']", "keys.quit: got ['q', 'qq'], allowed: a key like"),
        ("[keys", "not valid TOML"),
    ],
)
def test_bad_settings(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.toml: ") as caught:
        config.load(written(tmp_path, text))
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"qiut": ("x",)}, "keys.qiut: no such action, allowed: quit, radius_up, help, back"),
        ({"quit": ("?",)}, "keys: 'question_mark' is given to both quit and help"),
        ({"quit": ("+",)}, "keys: '+' is given to both quit and radius_up"),
        ({"quit": ("z",), "help": ("z",)}, "keys: 'z' is given to both quit and help"),
    ],
)
def test_keys_that_cannot_be(keys: dict[str, tuple[str, ...]], complaint: str) -> None:
    with pytest.raises(ValueError, match="keys") as caught:
        config.keymap(config.Config(keys=keys), DEFAULTS)
    assert complaint.split(" is given")[-1] in str(caught.value)


def test_a_freed_key_may_be_used_again() -> None:
    keys = {"quit": ("x",), "back": ("q",)}
    assert config.keymap(config.Config(keys=keys), DEFAULTS) == {"quit": "x", "back": "q"}


def test_a_theme_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="theme: got 'noir', allowed: dark, light"):
        config.check_theme(config.Config("noir"), ["light", "dark"])
