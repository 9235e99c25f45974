"""The keys that change the network, its limits, and what they say."""

from __future__ import annotations

import threading
from typing import Any

import attrs
import pytest

from tests.support.harness import running
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.runs.run import Run
from tuisim.tui.state import computing, laboratory
from tuisim.tui.state.computing import Diagnosis, diagnose
from tuisim.values.experiment import ACTIVATIONS, SPECTRA, Experiment

SMALL = Experiment(width=8, depth=30)


def unwilling(experiment: Experiment) -> Any:
    """In place of a run that takes a minute."""
    raise ValueError("not run here")


async def test_radius_keys() -> None:
    async with running() as bench:
        for key, radius in (
            ("right", 0.91),
            ("left", 0.89),
            ("shift+right", 1.0),
            ("right_square_bracket", 1.0),
            ("shift+left", 0.8),
            ("left_square_bracket", 0.8),
        ):
            before = bench.app.current_run
            await bench.press(key)
            assert bench.experiment == Experiment(radius=radius), key
            assert bench.app.current_run is not before
            assert f"ρ {radius:.2f}" in bench.words("status")
            await bench.press("u")


async def test_depth_keys() -> None:
    async with running(Experiment(depth=300)) as bench:
        for key, depth in (
            ("up", 310),
            ("down", 290),
            ("shift+up", 400),
            ("pageup", 400),
            ("shift+down", 200),
            ("pagedown", 200),
        ):
            await bench.press(key)
            assert bench.experiment == Experiment(depth=depth), key
            assert f"{depth} steps" in bench.words("status")
            for name in ("hidden", "gradient"):
                figure = bench.plot(name).figure
                assert figure is not None
                assert figure.x.high == depth
            await bench.press("u")


@pytest.mark.parametrize(
    ("key", "at_limit", "says"),
    [
        ("left", {"radius": 0}, "radius stays at 0"),
        ("shift+left", {"radius": 0}, "radius stays at 0"),
        ("down", {"depth": 1}, "depth stays at 1"),
        ("pagedown", {"depth": 1}, "depth stays at 1"),
        ("up", {"depth": 100_000, "width": 2}, "depth stays at 100000"),
        ("W", {"width": 1}, "width stays at 1"),
    ],
)
async def test_a_value_at_its_limit_stays_with_a_notice(
    key: str, at_limit: dict[str, object], says: str
) -> None:
    experiment = attrs.evolve(SMALL, **at_limit)
    async with running(experiment, size=(40, 12)) as bench:
        await bench.press(key)
        assert bench.experiment == experiment
        assert bench.notice.startswith(says)
        assert says in bench.text
        await bench.press("u")
        assert bench.notice == "nothing to undo"


async def test_a_step_past_the_limit_ends_at_the_limit() -> None:
    async with running(attrs.evolve(SMALL, radius=0.05, depth=5)) as bench:
        await bench.press("left_square_bracket", "down")
        assert (bench.experiment.radius, bench.experiment.depth) == (0.0, 1)
        await bench.press("right", "up")
        assert (bench.experiment.radius, bench.experiment.depth) == (0.01, 11)


async def test_a_goes_through_all_activations_and_round() -> None:
    async with running(attrs.evolve(SMALL, activation="identity")) as bench:
        seen = []
        for _ in ACTIVATIONS:
            seen.append(bench.experiment.activation)
            await bench.press("a")
        assert tuple(seen) == ACTIVATIONS
        assert bench.experiment.activation == "identity"
        await bench.press("A")
        assert bench.experiment.activation == ACTIVATIONS[-1]


async def test_c_goes_through_all_cells_and_says_what_a_gated_one_resets() -> None:
    async with running(attrs.evolve(SMALL, leak=0.5)) as bench:
        await bench.press("c")
        assert bench.experiment == attrs.evolve(SMALL, cell="lstm")
        assert bench.notice == "leak is 1.0: it belongs to the rnn cell"
        await bench.press("c")
        assert bench.experiment.cell == "gru"
        await bench.press("c")
        assert bench.experiment == SMALL
        await bench.press("C")
        assert bench.experiment.cell == "gru"


async def test_s_goes_through_all_spectra_and_round() -> None:
    async with running(SMALL) as bench:
        seen = []
        for _ in SPECTRA:
            seen.append(bench.experiment.spectrum)
            await bench.press("s")
        assert tuple(seen) == SPECTRA
        assert bench.experiment == SMALL


async def test_eigenvalues_start_from_those_of_the_spectrum_before() -> None:
    async with running(attrs.evolve(SMALL, spectrum="gaussian", seed=3)) as bench:
        drawn = bench.app.current_run
        assert drawn is not None
        before = sorted(drawn.networks[0].eigenvalues, key=lambda x: (x.real, x.imag))
        await bench.press("s", "s", "s")
        assert bench.experiment.spectrum == "eigenvalues"
        assert bench.experiment.radius == 0.9
        # Those of the identity, which stood there last.
        assert bench.experiment.eigenvalues == (complex(0.9),) * 8
        await bench.press("u", "u", "u")
        assert bench.experiment.spectrum == "gaussian"
        await bench.press("e", "right", "left", "enter")
        after = sorted(bench.experiment.eigenvalues, key=lambda x: (x.real, x.imag))
        assert after == pytest.approx(before, abs=1e-9)


async def test_S_starts_eigenvalues_from_the_present_ones_and_goes_back() -> None:
    async with running(SMALL) as bench:
        run = bench.app.current_run
        assert run is not None
        before = run.hidden_log10
        drawn = sorted(run.networks[0].eigenvalues, key=lambda x: (x.real, x.imag))
        await bench.press("S")
        assert bench.experiment.spectrum == "eigenvalues"
        chosen = sorted(bench.experiment.eigenvalues, key=lambda x: (x.real, x.imag))
        assert chosen == pytest.approx(drawn, abs=1e-12)
        assert bench.app.current_run is not None
        assert bench.app.current_run.hidden_log10 == pytest.approx(before, abs=1)
        await bench.press("s")
        assert bench.experiment == SMALL


async def test_a_departure_that_eigenvalues_drop_is_said() -> None:
    async with running(attrs.evolve(SMALL, departure=0.5)) as bench:
        await bench.press("S")
        assert bench.experiment.departure == 0
        assert "departure 0.5 is dropped" in bench.notice


async def test_w_doubles_and_W_halves() -> None:
    async with running(SMALL) as bench:
        await bench.press("w")
        assert bench.experiment == attrs.evolve(SMALL, width=16)
        assert "16 units" in bench.words("status")
        await bench.press("W", "W")
        assert bench.experiment == attrs.evolve(SMALL, width=4)


async def test_w_repeats_eigenvalues_and_W_cuts_them_by_pairs() -> None:
    pair = (0.6 + 0.5j, 0.6 - 0.5j)
    chosen = Experiment(width=3, depth=20, spectrum="eigenvalues", eigenvalues=(*pair, 0.9))
    async with running(chosen) as bench:
        await bench.press("w")
        assert bench.experiment.eigenvalues == (*pair, 0.9, *pair, 0.9)
        await bench.press("W")
        assert bench.experiment == chosen
        await bench.press("W")
        assert (bench.experiment.width, bench.experiment.eigenvalues) == (1, (0.6,))


async def test_radius_keys_scale_all_eigenvalues() -> None:
    chosen = Experiment(
        width=3, depth=20, spectrum="eigenvalues", eigenvalues=(0.3 + 0.4j, 0.3 - 0.4j, 0.25)
    )
    async with running(chosen) as bench:
        await bench.press("right_square_bracket")
        scaled = bench.experiment.eigenvalues
        assert scaled == pytest.approx((0.36 + 0.48j, 0.36 - 0.48j, 0.3))
        assert scaled[0] == scaled[1].conjugate()
        assert bench.experiment.radius == chosen.radius


async def test_eigenvalues_are_not_scaled_to_nothing() -> None:
    chosen = Experiment(width=1, depth=20, spectrum="eigenvalues", eigenvalues=(0.05,))
    async with running(chosen) as bench:
        await bench.press("left_square_bracket")
        assert bench.experiment == chosen
        assert "could not be scaled back" in bench.notice


async def test_t_unties_and_ties() -> None:
    async with running(SMALL) as bench:
        await bench.press("t")
        assert not bench.experiment.tied
        assert "30 layers · not tied" in bench.words("status")
        await bench.press("t")
        assert bench.experiment == SMALL


async def test_n_draws_another_net() -> None:
    async with running(SMALL) as bench:
        before = bench.app.current_run
        await bench.press("n")
        assert bench.experiment == attrs.evolve(SMALL, seed=1)
        assert bench.app.current_run is not None
        assert before is not None
        assert (bench.app.current_run.hidden_log10 != before.hidden_log10).any()


async def test_what_a_key_resets_is_said() -> None:
    skipping = Experiment(width=8, depth=20, skip=15)
    async with running(skipping) as bench:
        await bench.press("down")
        assert bench.experiment == attrs.evolve(skipping, depth=10, skip=10)
        assert "skip is 10" in bench.notice


async def test_the_width_stays_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laboratory, "compute", unwilling)
    widest = Experiment(width=2048, depth=1)
    async with running(widest) as bench:
        await bench.press("w")
        assert bench.app.experiment == widest
        assert bench.notice == "width stays at 2048: allowed are 1…2048"


async def test_work_beyond_the_budget_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(laboratory, "compute", unwilling)
    async with running(Experiment(width=16, depth=100_000)) as bench:
        while not bench.notice.startswith("budget"):
            before = bench.app.experiment
            assert before.width < 2048
            await bench.press("w")
        assert bench.app.experiment == before
        assert before.width > 16
        assert "the run takes" in bench.notice
        assert "lower depth (100000), width" in bench.notice
        assert len(bench.notice.splitlines()) == 1
        await bench.press("left")
        assert bench.app.experiment == attrs.evolve(before, radius=0.89)


async def test_eigenvalues_of_a_net_that_is_no_longer_shown_are_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[float] = []
    ends = threading.Event()

    def endless(run: Run) -> Diagnosis:
        begun.append(run.experiment.radius)
        while not ends.wait(0.001):
            check_stop()
        return diagnose(run)

    async with running(Experiment(width=8, depth=10)) as bench:
        monkeypatch.setattr(computing, "_AT_ONCE", 4)
        monkeypatch.setattr(laboratory, "diagnose", endless)
        await bench.pilot.press("right")
        await bench.wait_for(lambda: len(begun) == 1)
        await bench.pilot.press("right")
        try:
            await bench.wait_for(lambda: len(begun) == 2)
        finally:
            ends.set()
        await bench.settle()
        assert begun == pytest.approx([0.91, 0.92])
        computed = bench.app.laboratory.computed
        assert computed is not None
        assert computed.diagnosis is not None
