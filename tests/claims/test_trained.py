"""What claims say of the survey is what docs/layers.md has of it, and by one rule."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tests.survey import Row, loses_by_bias
from tuisim.claims import trained

DOCS = Path(__file__).parents[2] / "docs" / "layers.md"


def test_the_survey_is_counted_as_in_the_docs() -> None:
    text = DOCS.read_text(encoding="utf-8").partition("## What trained nets show")[2]
    rows = re.findall(r"^\| [\w-]+ [\d.]+ \| (\d+) (?:rnn|lstm|gru) \|", text, re.MULTILINE)
    said = re.search(
        r"Of the (\d+) layers (\d+) have ρ > 1.* under input in (\d+),"
        r".*In (\d+) at least twice as much is lost with the forget or update gate on its bias",
        " ".join(text.split()),
    )
    assert said is not None
    layers, above, grow, hearing = map(int, said.groups())
    assert (layers, above, grow, hearing) == (
        trained._LAYERS,
        trained._ABOVE,
        trained._GROW,
        trained._HEARING,
    )
    assert (sum(map(int, rows)), len(rows)) == (layers, trained._PACKAGES)


@pytest.mark.parametrize(
    ("driven", "on_bias", "loses"),
    [
        (-0.1, -0.21, True),
        (-0.1, -0.19, False),
        # What grows loses none, and under half over the whole run is none.
        (0.025, 0.02, False),
        (0.025, -0.003, False),
        (0.025, -0.01, True),
    ],
)
def test_a_layer_loses_twice_as_much_by_the_rule_of_a_diagnosis(
    driven: float, on_bias: float, loses: bool
) -> None:
    row = Row("lstm", 1.0, 1.0, math.nan, driven, 0.0, on_bias, "noise")
    assert loses_by_bias(row) == loses
