"""A theory that is added is one entry: all that speaks of theory speaks of it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tests.support.harness import running
from tuisim import Experiment, cli, predict
from tuisim.engine.theory import theory
from tuisim.engine.theory.prediction import Case, Prediction, Theory, line
from tuisim.engine.theory.theory import predictions

HALVING = Theory("halving", "Nobody 1900", lambda case: halves(case))
NET = Experiment(width=6, depth=20, activation="relu")


def halves(case: Case) -> Prediction:
    """For nets of six units: half of a gradient is left after every step."""
    case.require(case.experiment.width == 6, "there are not six units")
    steps = np.arange(case.experiment.depth + 1)[::-1]
    return Prediction(
        average="in a dream",
        gradient_rate=-math.log(2),
        gradient_log10=line(0.0, -math.log(2), steps),
    )


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theory, "THEORIES", (HALVING, *theory.THEORIES))


def test_it_is_chosen_where_it_applies_and_says_why_where_not() -> None:
    found = predict(NET)
    assert (found.name, found.reference) == ("halving", "Nobody 1900")
    assert found.gradient_log10 is not None
    assert found.gradient_log10[0] == pytest.approx(-20 * math.log10(2))
    refused, *_ = predictions(Experiment(width=5))
    assert refused.why == "does not apply, because there are not six units"


async def test_the_app_shows_it() -> None:
    async with running(NET) as bench:
        assert "theory: halving: in a dream; Nobody 1900" in bench.text
        await bench.press("tab", "tab", "question_mark")
        assert "halving" in bench.text


def test_commands_tell_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--width", "6", "--depth", "20", "--activation", "relu"]
    assert cli.main(["plot", *words, "--columns", "100", "--rows", "30"]) == 0
    assert "halving" in capsys.readouterr().out
    assert cli.main(["run", *words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["prediction"]
    assert found["name"] == "halving"
    assert found["gradient_rate"] == pytest.approx(-math.log(2))
    assert cli.main(["compare", *words]) == 0
    assert "halving" in capsys.readouterr().out
