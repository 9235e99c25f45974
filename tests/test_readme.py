"""What the README promises is what the program does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.test_toml import from_words
from tuisim import simulate
from tuisim.engine.theory import linearised, predict
from tuisim.figures.verdict import verdict_line

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
TRIED = re.findall(r"^\d\. `tuisim (.*?)`.*?Verdict: `(.*?)`", README, re.MULTILINE | re.DOTALL)
SHOWN = re.findall(r"^    tuisim (.*?) *(?:#.*)?$", README, re.MULTILINE)


def test_there_are_five_things_to_try() -> None:
    assert len(TRIED) == 5


@pytest.mark.parametrize(("words", "verdict"), TRIED)
def test_verdicts(words: str, verdict: str) -> None:
    experiment = from_words(shlex.split(words))
    run = simulate(experiment)
    found = verdict_line(
        run, predict(experiment, run.networks), linearised(experiment, run.networks)
    )
    assert found.startswith(verdict)


def test_numbers_in_the_words_around_them() -> None:
    def factor(*words: str) -> str:
        return verdict_line(simulate(from_words([*words]))).split(" · ")[1]

    assert factor("--radius", "1.0") == "×0.976 a step back"
    assert factor("--preset", "sigmoid", "--activation", "identity") == "×2.000 a step back"
    hidden = simulate(from_words(["--preset", "non-normal"])).hidden_log10[0]
    assert hidden.argmax() == 7
    assert round(10 ** (hidden.max() - hidden[0])) == 15


def test_the_commands_shown_are_understood() -> None:
    plain = [words for words in SHOWN if words.startswith("-")]
    assert len(plain) >= 2
    for words in plain:
        from_words(shlex.split(words))


def test_the_two_commands_are_there_whole() -> None:
    assert "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/tuisim\n" in README
    assert ".venv-test/bin/pip install -q -e" in README


def test_the_horizon_in_the_words_on_the_table() -> None:
    assert "66 for the plain net" in README
    assert simulate(from_words([])).horizon == 66
    assert simulate(from_words(["--leak", "0.1"])).horizon is None
