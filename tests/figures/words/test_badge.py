"""The badge: what it says of a run, whole and while it is played, and how it is drawn."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tests.support.figures import a_run
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.verdicts import verdict
from tuisim.figures.drawing.figure import ROLES
from tuisim.figures.drawing.lettering import lettered
from tuisim.figures.drawing.numbers import format_log10
from tuisim.figures.words.badge import (
    SIGNS,
    Badge,
    badge_at,
    badge_cells,
    badge_line,
    badge_of,
    badge_rows,
)
from tuisim.figures.words.cause import cause_line, cause_pieces
from tuisim.figures.words.rates import factor_words
from tuisim.figures.words.verdict import verdict_line
from tuisim.values.experiment import Experiment

RUN = simulate(Experiment(width=8, depth=60, radius=0.8, members=3))


def test_it_says_what_the_verdict_line_says_and_nothing_twice() -> None:
    line = badge_line(badge_of(RUN))
    assert line.startswith(f"▼ {RUN.regime}  {factor_words(RUN.gradient_rate)} a step back · ")
    parts = line.removeprefix("▼ ").replace("  ", " · ").split(" · ")
    assert sorted(parts) == sorted(verdict_line(RUN).split(" · "))
    assert len(set(parts)) == len(parts)
    number = factor_words(RUN.gradient_rate)
    assert badge_line(badge_of(RUN), 40, True) == f"v vanishing  x{number[1:]} a step back"
    # Half a number would be a wrong one.
    before = badge_of(RUN, before=True)
    assert badge_line(before, 30) == f"before: ▼ vanishing  {number}"
    assert badge_line(before, 26) == "before: ▼ vanishing"


@pytest.mark.parametrize("step", [0, 7, 59])
def test_in_play_it_is_the_verdict_on_the_gradient_as_far_as_it_came(step: int) -> None:
    """Against the run of the same net that ends there, counted from the other end."""
    badge, back = badge_at(RUN, step, "backward"), 60 - step
    per_member = [row[step] - row[-1] for row in RUN.gradient_log10]
    rate = math.log(10) * float(np.median(per_member)) / back
    end = float(np.median(RUN.gradient_log10[:, step]))
    assert badge.factor == f"{factor_words(rate)} a step back"
    assert badge.over == f"{format_log10(end)} after {back}"
    assert badge.word == badge.role == ("vanishing" if end < -3 else "stable")
    if step == 0:
        whole = badge_of(RUN)
        assert (badge.word, badge.factor, badge.over) == (whole.word, whole.factor, whole.over)


def test_before_a_step_is_made_there_is_no_factor() -> None:
    assert badge_at(RUN, 60, "backward") == Badge("stable", "stable", "", "1.0 after 0")
    first = badge_at(RUN, 0, "forward")
    assert (first.word, first.role, first.factor) == ("forward", "neutral", "")


def test_in_the_forward_pass_it_is_of_the_state() -> None:
    badge = badge_at(RUN, 20, "forward")
    moved = np.median(RUN.hidden_log10[:, 20] - RUN.hidden_log10[:, 0]) * math.log(10) / 20
    assert badge.factor == f"{factor_words(float(moved))} a step"
    assert badge.over == f"‖h_t‖ {format_log10(float(np.median(RUN.hidden_log10[:, 20])))} at 20"


@pytest.mark.parametrize(
    ("end", "word"),
    [(-9.0, "vanishing"), (0.0, "stable"), (9.0, "exploding"), (-np.inf, "dead"),
     (np.nan, "not a number")],
)  # fmt: skip
def test_each_verdict_has_a_sign_and_a_colour_of_its_own(end: float, word: str) -> None:
    run = a_run(np.array([end, 0.0, 0.0]))
    badge = badge_at(run, 0, "backward")
    assert badge.word == word
    assert word in ROLES
    for ascii in (False, True):
        cells = badge_cells(badge, 40, 1, ascii)
        shown = cells.text()[0]
        assert word in shown
        assert not ascii or shown.isascii()
        assert cells.grounds is not None
        block = cells.grounds[0] == ROLES.index(word)  # type: ignore[arg-type]
        assert shown[: block.sum()] == shown[: len(word) + 4]
        assert (cells.roles[0][block] == cells.grounds[0][block]).all()
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_where_there_is_room_the_factor_is_in_large_letters() -> None:
    badge = badge_of(RUN)
    assert badge_rows(120, 40, False) == 3
    assert badge_rows(120, 40, True) == badge_rows(80, 24, False) == badge_rows(120, 24, False) == 2
    assert badge_rows(80, 23, False) == 1
    rows = badge_cells(badge, 120, 3).text()
    large = lettered(badge.factor.split()[0])
    at = len("  ▼ vanishing  ") + 2
    assert [row[at : at + large.shape[1]] for row in rows] == ["".join(row) for row in large]
    assert f"a step back · {badge.over}" in rows[0]
    assert "float16 keeps it" in rows[2]
    # What there is no room for beside the unit is said below, whole.
    narrow = badge_cells(badge, at + large.shape[1] + 20, 3).text()
    assert [badge.over in row for row in narrow] == [False, False, True]


@pytest.mark.parametrize("ascii", [False, True])
def test_where_there_is_a_second_row_it_says_why(ascii: bool) -> None:
    why = cause_pieces(RUN)
    badge = badge_of(RUN, why=why)
    cells = badge_cells(badge, 80, 2, ascii)
    first, second = cells.text()
    assert cells.grounds is not None
    assert (cells.grounds.any(axis=1) == [True, False]).all()
    assert first == badge_cells(badge, 80, 1, ascii).text()[0]
    assert second.strip() == cause_line(why, 79, ascii)
    if not ascii:
        assert cause_line(why) in badge_cells(badge, 160, 3).text()[1]


def test_it_says_which_of_several_nets_it_is_of() -> None:
    assert badge_line(attrs.evolve(badge_of(RUN), of="plain"), 32) == "plain: " + badge_line(
        badge_of(RUN), 25
    )


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("columns", [1, 5, 12, 20, 40, 500])
def test_any_width(columns: int, rows: int) -> None:
    whole = badge_of(RUN, why=cause_pieces(RUN))
    for badge in (whole, attrs.evolve(badge_of(RUN), factor="×3.1·10⁻⁵ a step back")):
        cells = badge_cells(badge, columns, rows)
        assert cells.chars.shape == (rows, columns)


def test_large_letters() -> None:
    assert ["".join(row) for row in lettered("×10⁻⁵")] == [
        "     ▄  ▄▄▄⁻⁵",
        "▀▄▀ ▀█  █ █  ",
        "▀ ▀ ▄█▄ █▄█  ",
    ]
    assert lettered("").shape == (3, 0)


def test_it_says_of_how_many_members_the_median_s_verdict_is_true() -> None:
    split = simulate(Experiment(activation="relu", radius=1.4, members=8))
    fates = [verdict(one) for one in split.gradient_log10[:, :1]]
    assert len(set(fates)) > 1
    said = f"{fates.count(split.regime)} of 8"
    badge = badge_of(split)
    assert badge.share == said
    assert badge_line(badge).startswith(f"● {split.regime} {said}  ×")
    assert f" {split.regime} {said} " in badge_cells(badge, 80, 2).text()[0]
    assert badge_at(split, 0, "backward").share == said
    # They part on the way.
    assert badge_at(split, split.experiment.depth, "backward").share == ""
    assert badge_of(RUN).share == ""
