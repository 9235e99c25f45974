"""tuisim man: a manual page of the same words as --help."""

from __future__ import annotations

import re
import shutil
import subprocess

import click
import pytest

from tuisim import cli
from tuisim.system.version import __version__


@pytest.fixture
def page(capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["man"]) == 0
    return capsys.readouterr().out


def shown(text: str) -> str:
    """A page without what sets it: its words."""
    text = re.sub(r"\\f[BIR]|\\&", "", text).replace(r"\-", "-")
    text = text.replace(r"\(aq", "'").replace(r"\(ga", "`")
    return " ".join(re.sub(r"^\.(TP|PP|B|SH|SS) ?", "", text, flags=re.MULTILINE).split())


def test_it_names_each_command_and_option_in_the_words_of_help(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shown(page)
    assert f"tuisim {__version__}" in words
    root = click.Context(cli.cli, info_name="tuisim")
    for name in ("", *cli.cli.list_commands(root)):
        command = cli.cli.get_command(root, name) if name else cli.cli
        assert command is not None
        assert not name or f"tuisim {name} " in words
        for paragraph in (command.help or "").split("\n\n"):
            assert " ".join(paragraph.split()).rstrip(".") in words
        with click.Context(command, root if name else None) as ctx:
            for one in command.params:
                record = one.get_help_record(ctx)
                if record is not None and not isinstance(one, click.Argument):
                    names, said = (" ".join(part.split()) for part in record)
                    assert f"{names} {said}" in words, names


def test_it_is_the_same_whatever_the_width(
    page: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert cli.main(["man"]) == 0
    assert capsys.readouterr().out == page


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff is here")
def test_groff_reads_it_without_a_warning(page: str) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-k", "-ww"],
        input=page.encode(),
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    # What is bold is struck twice.
    assert "tuisim sweep" in re.sub(".\x08", "", done.stdout.decode())
