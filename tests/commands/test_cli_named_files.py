"""A file that a command names and that cannot be read is bad usage, whichever command it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.command import failure
from tests.support.trained import MODELS
from tuisim.terminal import config

LAYER = f"{MODELS}/checkpoint.pt#state_dict.module._orig_mod.encoder.l0"
AXES = ("--x", "radius=1,2", "--y", "depth=2,3")
#: Each way to name a file, the file being FILE and what it ends in.
WAYS = {
    ("layers", "FILE"): ".pt",
    ("open", "FILE"): ".pt",
    ("open", "FILE", "FILE"): ".pt",
    ("diagnose", "FILE#x"): ".pt",
    ("run", "--layer", "FILE#x"): ".pt",
    ("plot", "--layer", "FILE#x"): ".pt",
    ("sweep", *AXES, "--layer", "FILE#x"): ".pt",
    ("--layer", "FILE#x"): ".pt",
    ("--layer", "FILE#x", "--watch"): ".pt",
    ("run", "--layer", LAYER, "--input", "FILE"): ".npy",
    ("diagnose", LAYER, "--input", "FILE"): ".npy",
    ("watch", "FILE"): ".jsonl",
    ("plot", "FILE"): ".npz",
    ("plot", "./FILE"): ".csv",
    ("--load", "FILE"): ".toml",
    ("run", "--load", "FILE"): ".toml",
    ("train", "--load", "FILE"): ".toml",
    ("screenshot", "--load", "FILE"): ".toml",
    ("compare", "FILE"): ".toml",
    ("--session", "FILE"): ".toml",
    ("check", "FILE"): ".tape",
    ("demo", "FILE"): ".tape",
    ("record", "FILE"): ".tape",
    ("screenshot", "--tape", "FILE"): ".tape",
}
#: Those that hold text, in which a line can be named.
TEXTS = (".jsonl", ".toml", ".tape")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and an environment of one's own: pictures forget the terminal's."""
    monkeypatch.setattr("os.environ", dict(os.environ))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def named(words: tuple[str, ...], ending: str) -> list[str]:
    return [one.replace("FILE", f"it{ending}") for one in words]


@pytest.mark.parametrize(("words", "ending"), WAYS.items())
def test_a_file_that_is_not_there(
    words: tuple[str, ...], ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = failure(capsys, named(words, ending))
    assert code == 2
    assert said.endswith(f"it{ending}: No such file or directory")


@pytest.mark.parametrize(("words", "ending"), WAYS.items())
def test_a_folder_in_the_place_of_a_file(
    words: tuple[str, ...], ending: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / f"it{ending}").mkdir()
    code, said = failure(capsys, named(words, ending))
    assert code == 2
    # Folders of checkpoints may be opened.
    empty = "no checkpoint in it" if words[0] == "open" else "Is a directory"
    assert f"it{ending}: {empty}" in said


@pytest.mark.parametrize(("words", "ending"), WAYS.items())
def test_a_file_that_holds_something_else(
    words: tuple[str, ...], ending: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / f"it{ending}").write_bytes("# a note\n# für später\n".encode("latin-1"))
    code, said = failure(capsys, named(words, ending))
    assert code == 2
    assert f"it{ending}: " in said
    assert "codec" not in said
    if ending in TEXTS:
        assert "line 2" in said
        assert "not text in UTF-8" in said


def test_settings_that_are_not_utf_8_are_named_with_the_line(here: Path) -> None:
    path = here / "config.toml"
    # With the mark that some editors put before.
    path.write_bytes(b'\xef\xbb\xbf# one\n\ntheme = "\xff"\n')
    with pytest.raises(ValueError, match=r"config\.toml: line 3: not text in UTF-8 \(byte 0xff\)"):
        config.load(path)


def test_some_bytes_that_are_not_utf_8_keep_no_log_from_being_drawn(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tuisim import cli

    path = here / "log.csv"
    path.write_bytes(b"# f\xfcr\nstep,loss\n1,0.5\n2,0.25\n")
    assert cli.main(["watch", str(path)]) == 0
    assert "loss" in capsys.readouterr().out
