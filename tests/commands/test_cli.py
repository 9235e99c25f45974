"""The command line as a person meets it: options, precedence, errors in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.support.command import failure, from_words, tuisim
from tuisim import __version__, cli
from tuisim.commands.run.options import GROUPS
from tuisim.terminal import faults
from tuisim.values import toml
from tuisim.values.experiment import FIELDS, Experiment


def test_version_and_what_it_imports() -> None:
    assert tuisim("--version").stdout == f"tuisim {__version__}\n"
    heavy = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from tuisim.cli import main; main(['--version']); main([])\n"
            "print([one for one in ('numpy', 'numba', 'textual', 'rich', 'plotext')"
            " if one in sys.modules])",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert heavy.stdout.splitlines()[-1] == "[]"


def test_every_field_is_an_option_and_belongs_to_a_group() -> None:
    help = tuisim("--help").stdout
    for name in FIELDS:
        assert f"--{name.replace('_', '-')}" in help
    assert sorted(FIELDS) == sorted(name for names in GROUPS.values() for name in names)
    assert "More:" not in help
    for title in GROUPS:
        assert f"\n{title}:\n" in help


@pytest.mark.parametrize(
    "name",
    [
        "plot",
        "run",
        "reservoir",
        "sweep",
        "presets",
        "doctor",
        "warmup",
        "completion",
        "man",
        "notes",
    ],
)
def test_every_command_has_help(name: str) -> None:
    done = tuisim(name, "-h")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: tuisim {name}")


def test_options() -> None:
    assert from_words([]) == Experiment()
    assert from_words(["--radius", "1.1", "--activation", "relu", "--untied"]) == Experiment(
        radius=1.1, activation="relu", tied=False
    )
    assert not from_words(["--no-tied"]).tied
    assert from_words(["--start-eigenvector", "none"]) == Experiment()
    assert from_words(["--start-eigenvector=3"]).start_eigenvector == 3
    assert from_words(["--forget-bias", "-1"]).forget_bias == -1


def test_eigenvalues_set_spectrum_and_width() -> None:
    expected = Experiment(
        spectrum="eigenvalues", width=3, eigenvalues=(0.5, 0.9 + 0.3j, 0.9 - 0.3j)
    )
    assert from_words(["--eigenvalues", "0.5,0.9+0.3j,0.9-0.3j"]) == expected
    assert from_words(["--eigenvalues", " 0.5, 0.9 + 0.3j, 0.9-0.3j "]) == expected
    assert from_words(["--preset", "sigmoid", "--eigenvalues", "0.5"]).width == 1


def test_options_win_over_files_and_files_over_presets(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('skip = 20\nradius = 0.7\ndescription = "mine"\n')
    found = from_words(["--radius", "0.8", "--load", str(path), "--preset", "skip"])
    assert found == Experiment(skip=20, radius=0.8)
    assert from_words(["--preset", "skip", "--skip", "0"]) == Experiment()


def test_what_conflicts_with_a_preset_is_reset_with_a_note(tmp_path: Path) -> None:
    with click.Context(cli.cli) as ctx:
        cli.cli.parse_args(ctx, ["--preset", "skip", "--depth", "5"])
        asked = cli.asked_for(ctx, ctx.params)
    assert asked.experiment == Experiment(skip=5, depth=5)
    assert asked.notes == ("skip is 5: a skip is at most as long as the depth",)


def test_what_a_single_option_needs_comes_with_it() -> None:
    assert from_words(["--norm", "batch"]).batch == 4
    assert from_words(["--skip", "200"]).depth == 200
    assert from_words(["--start-eigenvector", "40"]).width == 41


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (["--skip", "101"], "depth is 101: a skip is at most as long as the depth"),
        (["--norm", "batch"], "batch is 4: batch norm needs 4 rows"),
        (
            ["--start-eigenvector", "40"],
            "width is 41: there are only as many eigenvectors as units",
        ),
        (
            ["--preset", "edge-of-chaos", "--departure", "1"],
            "spectrum is orthogonal: that spectrum has a departure of its own",
        ),
    ],
)
@pytest.mark.parametrize("command", ["plot", "run"])
def test_what_was_not_given_is_adjusted_with_a_note(
    command: str, words: list[str], note: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, *words]) == 0
    assert capsys.readouterr().err == f"tuisim: {note}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--radius", "x"], "radius: got 'x', allowed: ≥ 0"),
        (["--radius", "-1"], "radius: got -1.0, allowed: ≥ 0"),
        (["--radius", "nan"], "radius: got nan, allowed: ≥ 0"),
        (["--radius", ""], "radius: got '', allowed: ≥ 0"),
        (["--width", "1e4"], "width: got 10000, allowed: 1…2048"),
        (["--width", "0"], "width: got 0, allowed: 1…2048"),
        (["--cell", "Lstm"], "cell: got 'Lstm', allowed: rnn, lstm, gru"),
        (["--leak", "0"], "leak: got 0.0, allowed: (0, 1]"),
        (["--seed", "none"], "seed: got 'none', allowed: a whole number ≥ 0"),
        (["--cell", "lstm", "--leak", "0.5"], "leak: got 0.5 with cell 'lstm', allowed: 1.0"),
        (["--skip", "200", "--depth", "100"], "skip: got 200 with depth 100, allowed: 0 or 2…"),
        (["--norm", "batch", "--batch", "2"], "batch: got 2 with norm 'batch', allowed: 4…4096"),
        (["--eigenvalues", "0.5,0.9", "--width", "3"], "eigenvalues: got 2 with width 3, allowed"),
        (
            ["--eigenvalues", "0.5", "--spectrum", "identity"],
            "eigenvalues: got 1 with spectrum 'identity', allowed: none",
        ),
        (["--eigenvalues", "0.9+0.3j"], "eigenvalues: (0.9+0.3j) has no conjugate partner"),
        (["--eigenvalues", "0.5;0.9"], "eigenvalues: got '0.5;0.9', allowed: numbers like 0.5"),
        (["--eigenvalues", "1,a"], "eigenvalues: got 'a', allowed: numbers like 0.5 and 0.9+0.3j"),
        (
            ["--start-eigenvector", "40", "--width", "32"],
            "start_eigenvector: got 40 with width 32, allowed: none or 0…width−1",
        ),
        (
            ["--spectrum", "gaussian", "--departure", "1"],
            "departure: got 1.0 with spectrum 'gaussian', allowed: 0",
        ),
        # Before anything opens.
        (["--width", "2048", "--depth", "100000", "--untied"], "budget: the run takes 9381.1 GiB"),
        (["--preset", "nope"], "preset: got 'nope', allowed: batch-norm, clipping"),
        (["--load", "no-such.toml"], "no-such.toml: No such file or directory"),
        (["--load", "."], ".: Is a directory"),
        (["--raduis", "1"], "No such option '--raduis'"),
        (["--radius"], "Option '--radius' requires an argument"),
        (
            ["fly"],
            "command: got 'fly', allowed: check, claims, cliff, compare, completion, demo, "
            "diagnose, doctor, layers, man, notes, open, plot",
        ),
        (["presets", "nope"], "preset: got 'nope', allowed: batch-norm"),
        (["presets", "skip", "essay"], "Got unexpected extra argument"),
        (["--view", "10"], "view: got '10', allowed: 1 norms, "),
        (["--marker", "dots"], "marker: got 'dots', allowed: braille, block, ascii"),
        (["--ascii", "--marker", "block"], "--marker block: got it with --ascii, allowed: one"),
        (["--no-mouse", "plot"], "--no-mouse: got it before plot, allowed: for the app"),
        (["--view", "map", "plot"], "--view: got it before plot, allowed: for the app"),
        (["--linear", "run"], "--linear: got it before run, allowed: for the app"),
        (["completion", "tcsh"], "shell: got 'tcsh', allowed: bash, zsh, fish"),
        (["completion"], "Missing argument"),
        (["run", "--json", "--csv"], "format: got --json and --csv, allowed: one of them"),
        (
            ["run", "--view", "10", "--json"],
            "view: got '10', allowed: 1 norms, 2 spectrum, 3 activation, 4 ",
        ),
        (["run", "--radius", "x"], "radius: got 'x', allowed: ≥ 0"),
        (["--radius", "x", "run"], "radius: got 'x', allowed: ≥ 0"),
        ([], "standard input is not a terminal, which the app needs; `tuisim plot` draws"),
        (["--norm", "batch"], "standard input is not a terminal"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, complaint = failure(capsys, words)
    assert complaint.startswith(line)
    assert code == 2


def test_a_contradictory_file_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("cell = 'lstm'\nleak = 0.5\n")
    code, complaint = failure(capsys, ["--load", str(path)])
    assert (code, complaint[:28]) == (2, "leak: got 0.5 with cell 'lst")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (MemoryError(), 1, "not enough memory; lower width, depth, batch or members"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (PermissionError(13, "Permission denied", "x.csv"), 1, "x.csv: Permission denied"),
        (ValueError("it takes 3 GB;\nlower width"), 2, "it takes 3 GB; lower width"),
        (click.ClickException("no luck"), 1, "no luck"),
        (KeyError("odd"), 1, "KeyError: 'odd' (a fault of tuisim; TUISIM_TRACEBACK=1 shows where)"),
    ],
)
def test_failures_of_any_kind_are_one_line(
    error: Exception,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    # What ran before it may have said where reports lie.
    faults.report_to(None)
    monkeypatch.setattr("tuisim.values.presets.text", fail)
    # The real streams belong to the test runner.
    monkeypatch.setattr(cli, "abandon_stdout", lambda: None)
    assert failure(capsys, ["presets", "skip"]) == (code, line)


def test_an_interrupt_is_130_and_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tuisim.values.presets.text", interrupt)
    assert cli.main(["presets", "skip"]) == 130
    assert capsys.readouterr().err.strip() == ""


def test_the_program_itself_fails_in_one_line() -> None:
    done = tuisim("--radius", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tuisim: radius: got 'x', allowed: ≥ 0\n"
    done = tuisim()
    assert (done.returncode, done.stdout) == (2, "")
    assert "tuisim plot" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_unicode_everything_is_said_in_ascii() -> None:
    # A true ISO-8859-1 locale, as Python sees it.
    latin = {"PYTHONIOENCODING": "iso-8859-1", "encoding": "iso-8859-1"}
    assert tuisim("--width", "0", **latin).stderr == ("tuisim: width: got 0, allowed: 1...2048\n")
    done = tuisim("--help", **latin)
    assert done.returncode == 0
    assert "phi: identity, tanh" in done.stdout


def test_a_full_disk() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    full = subprocess.run(
        f"{sys.executable} -m tuisim presets > /dev/full",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (full.returncode, full.stderr) == (1, "tuisim: No space left on device\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    done = tuisim("completion", shell)
    assert done.returncode == 0
    assert "_TUISIM_COMPLETE" in done.stdout


def test_completion_knows_choices_and_presets() -> None:
    def completed(*words: str) -> list[str]:
        done = tuisim(
            COMP_WORDS=" ".join(["tuisim", *words]),
            COMP_CWORD=str(len(words)),
            _TUISIM_COMPLETE="bash_complete",
        )
        return [line.split(",")[1] for line in done.stdout.splitlines()]

    assert completed("--activation", "se") == ["selu"]
    assert completed("--preset", "edge") == ["edge-of-chaos"]
    assert completed("presets", "sk") == ["skip"]
    assert completed("doc") == ["doctor"]


def test_presets_are_listed_and_printed() -> None:
    listed = tuisim("presets").stdout.splitlines()
    assert len(listed) >= 12
    assert any(line.startswith("edge-of-chaos  A deep tanh net") for line in listed)
    assert toml.loads(tuisim("presets", "skip").stdout).changes["skip"] == 10
