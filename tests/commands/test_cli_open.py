"""tuisim open: which nets it makes of a file, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from tests.support.command import failure
from tests.support.trained import MODELS
from tuisim import cli, read_layers
from tuisim.commands.nets import open as opening
from tuisim.terminal.sessions import Sessions
from tuisim.tui.state.bench.opened import Opened
from tuisim.values.experiment import Experiment

NET, QUANTISED = f"{MODELS}/net.safetensors", f"{MODELS}/quantised.pt"


def opened(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[Experiment, Opened]:
    """What the app is run with."""
    found: list[Any] = []

    def run_app(asked: Any, make: Any, look: Any, *, opened: Opened, sessions: Any) -> int:
        assert isinstance(sessions, Sessions)
        found.append((asked.experiment, opened))
        return 0

    monkeypatch.setattr(opening, "run_app", run_app)
    assert cli.main(["open", *words]) == 0
    return found[0]  # type: ignore[no-any-return]


def test_every_layer_as_trained_and_the_input_s_depth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "x.npy", np.zeros((17, 3)))
    path = str(tmp_path / "x.npy")
    first, file = opened(monkeypatch, NET, "--input", path)
    layers = read_layers(NET)
    assert [one.name for one in file.nets] == [one.name for one in layers]
    for net, layer in zip(file.nets, layers, strict=True):
        assert net.experiment is not None
        assert net.experiment == layer.experiment(
            input=path, depth=17, input_digest=net.experiment.input_digest
        )
    assert first == file.nets[0].experiment
    first, _ = opened(monkeypatch, NET, "--depth", "9", "--seed", "3")
    assert (first.depth, first.seed, first.input) == (9, 3, "none")


def test_a_watched_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("net.safetensors")
    path.write_bytes(Path(NET).read_bytes())
    _, file = opened(monkeypatch, str(path), "--depth", "9")
    assert file.again is None
    _, file = opened(monkeypatch, str(path), "--depth", "9", "--watch")
    assert file.listed
    assert file.again is not None
    assert tuple(file.again()) == file.nets
    path.write_bytes(Path(f"{MODELS}/types.safetensors").read_bytes())
    found = file.again()
    assert {one.name for one in found} != {one.name for one in file.nets}
    assert {one.experiment.depth for one in found if one.experiment is not None} == {9}
    path.write_bytes(b"half")
    with pytest.raises(ValueError, match=r"net\.safetensors: no file of torch"):
        file.again()


def test_a_watched_layer_is_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []

    def run_app(asked: Any, make: Any, look: Any, *, opened: Opened, **options: Any) -> int:
        found.append((asked.experiment, opened))
        return 0

    monkeypatch.setattr(cli, "run_app", run_app)
    net = read_layers(NET)[2]
    words = ["--layer", f"{NET}#{net.name}", "--watch", "--radius", "1.2", "--depth", "9"]
    assert cli.main(words) == 0
    ((shown, file),) = found
    assert (file.listed, file.last) == (False, net.name)
    assert file.net_of(shown) == file.nets[2]
    assert file.nets[2].experiment == shown
    assert tuple(file.again()) == file.nets


def test_what_cannot_be_run_keeps_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    first, file = opened(monkeypatch, f"{MODELS}/made_of_others.pt")
    refused = {one.name: one.refused for one in file.nets if one.experiment is None}
    assert refused["projected.l0"].startswith("projection")
    assert first == next(one.experiment for one in file.nets if one.experiment is not None)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "Missing argument 'FILE...'"),
        (["gone.pt"], 2, "gone.pt: No such file or directory"),
        ([__file__], 2, f"{__file__}: no file of torch"),
        ([NET, "--input", "gone.npy"], 2, "input: gone.npy: No such file or directory"),
        # Nor is it hidden by a first layer that cannot be run whatever it reads.
        ([QUANTISED, "--input", "gone.npy"], 2, "input: gone.npy: No such file or directory"),
        ([NET, "--depth", "0"], 2, "depth: got 0"),
        ([NET, "--marker", "dots"], 2, "marker: got 'dots'"),
        ([NET], 2, "standard input is not a terminal"),
    ],
)
def test_bad_usage_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    found, line = failure(capsys, ["open", *words])
    assert found == code
    assert line.startswith(said)


def test_a_file_of_refused_layers_alone(tmp_path: Path) -> None:
    with click.Context(cli.cli) as ctx, pytest.raises(click.UsageError) as caught:
        opening.layers_of(ctx, QUANTISED, {})
    assert "no layer can be run" in caught.value.format_message()
