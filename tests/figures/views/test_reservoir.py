"""The reservoir's figures as data and as text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tuisim.engine.reservoirs.echo import StateDistance
from tuisim.figures import Figure, draw_text
from tuisim.figures.views.reservoir import (
    distance_figure,
    distance_note,
    memory_figure,
    memory_note,
    narma_figure,
    reservoir_line,
)
from tuisim.values.experiment import Experiment


def a_memory(capacity: Any, threshold: float = 0.01) -> Any:
    curves = np.atleast_2d(np.asarray(capacity, np.float64))
    return SimpleNamespace(
        experiment=SimpleNamespace(width=40),
        delays=np.arange(1, curves.shape[1] + 1),
        capacity=curves,
        threshold=threshold,
        total=np.where(curves > threshold, curves, 0).sum(axis=1),
    )


def a_narma(members: int = 1, steps: int = 250) -> Any:
    target = 0.3 + 0.2 * np.sin(np.arange(steps)) * np.ones((members, 1))
    return SimpleNamespace(
        protocol=SimpleNamespace(steps=1000),
        target=target,
        output=target + 0.01,
        nrmse=np.full(members, 0.2641),
        mean_nrmse=np.full(members, 1.0003),
        last_nrmse=np.full(members, 0.862),
        inputs_nrmse=np.full(members, 0.6031),
    )


def a_distance(values: Any, verdict: str = "converges", rate: float = -0.26) -> Any:
    curves = np.atleast_2d(np.asarray(values, np.float64))
    return SimpleNamespace(
        experiment=SimpleNamespace(depth=curves.shape[1] - 1),
        distance_log10=curves,
        verdict=verdict,
        rate=rate,
    )


def text(figure: Figure, **options: Any) -> str:
    return "\n".join(draw_text(figure, 80, 12, **options))


def test_memory_is_a_curve_from_one_to_none() -> None:
    figure = memory_figure(a_memory([1.0, 0.9, 0.5, 0.005] + [0.0] * 60))
    (curve,) = figure.series
    assert curve.x.tolist() == list(range(1, 65))
    assert curve.y[:4].tolist() == [1.0, 0.9, 0.5, 0.005]
    assert (figure.y.low, figure.y.high) == (0, 1)
    # The axis ends a bit past the last delay of which anything is known.
    assert (figure.x.low, figure.x.high) == (1, 10)
    (line,) = figure.references
    assert (line.name, line.value, line.role) == ("chance", 0.01, "limit")
    assert figure.notes == ("memory 2.4 of at most 40",)


def test_memory_of_members_is_their_median_and_quartiles() -> None:
    memory = a_memory(np.array([[1, 0.2], [0.8, 0.4], [0.6, 0.9]]))
    figure = memory_figure(memory)
    (band,) = figure.bands
    assert figure.series[0].y.tolist() == [0.8, 0.4]
    assert band.low == pytest.approx([0.7, 0.3])
    assert band.high == pytest.approx([0.9, 0.65])
    assert band.name == "quartiles of 3"
    assert memory_note(memory) == "memory 1.2 of at most 40"
    assert figure.x.high == 2


@pytest.mark.parametrize("capacity", [[0.0], [0.0, 0.0], [1.0] * 300])
def test_memory_of_any_length_has_an_axis(capacity: Any) -> None:
    figure = memory_figure(a_memory(capacity))
    assert figure.x.low < figure.x.high <= max(len(capacity), 2)


def test_narma_is_the_end_of_the_held_out_steps() -> None:
    narma = a_narma(members=2)
    figure = narma_figure(narma)
    target, output = figure.series
    assert (target.name, target.role, target.marker) == ("target", "theory", "dotted")
    assert (output.name, output.role, output.marker) == ("readout", "hidden", "line")
    assert (figure.x.low, figure.x.high) == (901, 1000)
    assert target.x.tolist() == list(range(901, 1001))
    assert np.array_equal(target.y, narma.target[0, -100:])
    assert np.array_equal(output.y, narma.output[0, -100:])
    assert figure.y.low <= target.y.min() < target.y.max() <= figure.y.high
    assert figure.notes == ("NRMSE 0.264  mean 1.000  ten inputs 0.603  last value 0.862",)


def test_a_failed_readout_does_not_squeeze_the_target() -> None:
    narma = a_narma()
    narma.output = narma.output * 1e6
    assert narma_figure(narma).y.high < 1
    few = a_narma(steps=3)
    assert narma_figure(few).x.low == 998


def test_distance_is_on_a_log_axis_of_whole_decades() -> None:
    figure = distance_figure(a_distance(0.6 - 0.113 * np.arange(101)))
    (curve,) = figure.series
    assert figure.y.log
    assert (figure.y.low, figure.y.high) == (-11, 1)
    assert (figure.x.low, figure.x.high) == (0, 100)
    assert curve.played
    assert figure.notes == ("converges in 100 steps  ×0.771 a step",)
    assert figure.marks == ()


def test_distance_of_members_has_quartiles() -> None:
    figure = distance_figure(a_distance(np.arange(5)[:, None] * np.ones((5, 3))))
    (band,) = figure.bands
    assert figure.series[0].y.tolist() == [2, 2, 2]
    assert (band.low[0], band.high[0]) == (1, 3)


def test_what_is_equal_or_no_number_is_marked() -> None:
    equal = distance_figure(a_distance([0.5, -3, -np.inf, -np.inf], rate=-np.inf))
    (mark,) = equal.marks
    assert (mark.text, mark.x, mark.until, mark.y) == ("×", 2, 3, equal.y.low)
    assert mark.meaning == "exactly equal"
    lost = distance_figure(a_distance([0.5, np.nan, np.nan], "not a number", np.nan))
    (mark,) = lost.marks
    assert (mark.text, mark.x, mark.meaning) == ("?", 1, "not a number")
    assert (lost.y.low, lost.y.high) == (-1, 1)


def test_notes_where_a_rate_is_no_plain_factor() -> None:
    assert distance_note(a_distance([0, -np.inf], rate=-np.inf)) == "converges in 1 steps"
    huge = a_distance([0, 300], "does not converge", 690.7755)
    assert distance_note(huge) == "does not converge in 1 steps  ×10³⁰⁰ a step"


def test_members_that_do_not_agree_are_counted() -> None:
    log10 = np.array([[0.0, -5.0], [0.0, 0.5], [0.0, -4.0]])
    split = StateDistance(Experiment(depth=1, members=3), log10)
    assert split.member_verdicts == ("converges", "does not converge", "converges")
    assert distance_note(split).startswith("converges in 1 steps (2 of 3 members)  ×")
    alike = StateDistance(Experiment(depth=1, members=2), log10[::2])
    assert "members" not in distance_note(alike)


def test_as_text() -> None:
    drawn = text(memory_figure(a_memory([1.0, 0.9, 0.5, 0.005] + [0.0] * 60)))
    assert "memory capacity MC_k" in drawn
    assert "memory 2.4 of at most 40" in drawn
    assert "chance" in drawn
    drawn = text(narma_figure(a_narma()))
    for word in ("NARMA-10", "target", "readout", "901", "NRMSE 0.264  mean 1.000"):
        assert word in drawn
    drawn = text(distance_figure(a_distance(0.6 - 0.1 * np.arange(101))), ascii=True)
    assert drawn.isascii()
    assert "distance of two starts |h_t - h'_t|" in drawn
    assert "x0.771 a step" in drawn


def test_the_line_of_all_three_keeps_what_fits() -> None:
    results = a_memory([1.0, 0.5]), a_narma(), a_distance([0.0, -4.0])
    whole = reservoir_line(*results)
    assert whole == (
        "memory 1.5 of at most 40 · "
        "NARMA-10 NRMSE 0.264  mean 1.000  ten inputs 0.603  last value 0.862 · "
        "converges in 1 steps  ×0.771 a step"
    )
    assert reservoir_line(*results, width=80) == (
        "memory 1.5 of at most 40 · NARMA-10 NRMSE 0.264 · converges in 1 steps"
    )
    assert len(reservoir_line(*results, width=30)) <= 30
    assert reservoir_line(*results, ascii=True).isascii()
