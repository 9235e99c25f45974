"""The help of the training screen."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest

from tests.support.training import NET, training
from tuisim.engine.training.course import Course
from tuisim.figures.drawing.numbers import format_value
from tuisim.figures.views.training import PANELS
from tuisim.tui.explain.training import explanation
from tuisim.values.plan import Plan


async def test_time_stands_still_under_a_dialog() -> None:
    async with training() as t:
        await t.press("space", "question_mark")
        assert "LOSS: cross-entropy" in t.bench.text
        await t.pass_time(1.0)
        assert t.look.updates == 0
        await t.come_back("escape")
        await t.pass_time(0.125)
        assert t.look.updates == 25


async def test_every_panel_is_explained_with_the_keys() -> None:
    async with training(size=(120, 60)) as t:
        await t.advance(5)
        for title in ("LOSS", "LOSS", "GRADIENT ‖∂L/∂θ‖", "EIGENVALUES OF W", "GRADIENT ‖∂L/∂h_t‖"):
            await t.press("tab", "question_mark")
            assert title in t.bench.text
            assert "θ ← θ − η·v" in t.bench.text
            await t.come_back("escape")


def test_each_optimizer_is_explained_with_how_far_it_went() -> None:
    for plan, said, unsaid in (
        (Plan(momentum=0.5), "v ← μ·v + g + l2·θ", "Adam"),
        (Plan(optimizer="adam", learning_rate=0.001), "θ ← θ − η·m̂/(√v̂ + 10⁻⁸)", "momentum"),
    ):
        course = Course(NET, plan)
        course.advance(3)
        look = course.look()
        words = explanation("clipping", look)
        assert said in words
        assert unsaid not in words
        assert look.curves.update_ratio[2] == look.step.update_ratio > 0.0
        assert f"‖Δθ‖/‖θ‖ = {format_value(look.step.update_ratio, 3)} of its length" in words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start_rms": 2.0}, "h_0: the experiment's start, in a direction drawn from the seed, of "
         "root mean square 2 (start_rms). It is not learned."),
        ({"start_eigenvector": 1}, "start, along eigenvector 1 of W as it was drawn, of root"),
        ({"cell": "lstm", "start_eigenvector": 0}, "h_0, c_0 = 0: the experiment's start, along "
         "eigenvector 0 of W_g as it was drawn"),
    ],
)  # fmt: skip
def test_the_help_says_where_a_sequence_begins(changes: dict[str, Any], words: str) -> None:
    net = attrs.evolve(NET, **changes)
    course = Course(net, Plan(learning_rate=0.5))
    at_first = course.look().step.hidden_log10[0]
    course.advance(9)
    look = course.look()
    for panel in PANELS:
        assert words in explanation(panel, look)
    size = net.start_rms * math.sqrt(net.width * net.batch)
    assert at_first == pytest.approx(math.log10(size), abs=1e-12)
    assert look.step.hidden_log10[0] == at_first


def test_the_help_says_which_number_is_a_mean() -> None:
    text = explanation("loss", Course(NET, Plan()).look())
    assert "the newest batch alone; the mean accuracy that of the newest 50 updates" in text
    assert "u goes back to some updates before" in text
