"""A net taken out of its training is shown by the other views, and is saved."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest

from tests.support.harness import Bench
from tests.support.palette import ask
from tests.support.training import NET, WILD, Training, training
from tuisim import read_layers
from tuisim.engine.reservoirs.reservoir import check_reservoir
from tuisim.tui.screens.main import MainScreen
from tuisim.tui.screens.reservoir import nearest_reservoir
from tuisim.tui.screens.training import TrainingScreen
from tuisim.values.experiment import Experiment


async def take(t: Training) -> Bench:
    """Press the key, and wait until the net is shown."""
    await t.bench.pilot.press("enter")
    await t.bench.wait_for(lambda: isinstance(t.bench.app.screen, MainScreen))
    await t.bench.settle()
    return t.bench


@pytest.mark.parametrize(
    "net",
    [
        NET,
        attrs.evolve(NET, cell="lstm", forget_bias=2.0),
        attrs.evolve(NET, leak=0.4, norm="layer", clip="norm", seed=7),
    ],
    ids=["rnn", "lstm", "leaky"],
)
async def test_the_net_as_it_is_trained_by_now_is_shown(net: Experiment) -> None:
    async with training(net) as t:
        await t.advance(3)
        before = t.bench.experiment
        await t.press("full_stop")
        assert t.look.updates == 4
        # The state that this net reaches is the one that the next update meets.
        bench = await take(t)
        shown = bench.app.current_run
        assert shown is not None
        assert shown.experiment.layer == "#l0"
        assert shown.experiment.input == "#recall.npy"
        assert bench.notice.startswith("the net after 4 updates, driven by the batch of the next")
        await bench.press("8")
        again = Training(bench)
        await again.settle()
        # It goes on where it was.
        assert again.look.updates == 4
        assert again.look.experiment == net
        await again.press("full_stop")
        met = again.look.step.hidden_log10
        np.testing.assert_allclose(shown.hidden_log10[0], met, rtol=0, atol=1e-12)
        await again.bench.press("q")
        assert bench.experiment == shown.experiment
        await bench.press("u")
        assert bench.experiment == before


async def entered(bench: Bench) -> Training:
    """View 8, from another one."""
    await bench.pilot.press("8")
    await bench.wait_for(lambda: isinstance(bench.app.screen, TrainingScreen))
    opened = Training(bench)
    await opened.settle()
    return opened


async def test_it_goes_on_in_its_own_training_when_another_net_is_trained_by_now() -> None:
    async with training() as t:
        await t.advance(4)
        bench = await take(t)
        net = bench.experiment
        # Back at the net that was drawn, and on to another.
        await bench.press("u", "a")
        other = await entered(bench)
        assert (other.look.updates, other.look.experiment.activation) == (0, "sigmoid")
        await other.advance(2)
        await bench.press("q")
        bench.app.main.choose(net, "again")
        await bench.settle()
        again = await entered(bench)
        assert (again.look.updates, again.look.experiment) == (4, NET)
        said = "on from update 4; u goes back to update 2 of the other net"
        assert again.words("notice") == said
        await again.press("u")
        assert (again.look.updates, again.look.experiment.activation) == (2, "sigmoid")


async def test_what_was_changed_of_it_is_named_where_its_training_goes_on_without() -> None:
    async with training() as t:
        await t.advance(4)
        bench = await take(t)
        await bench.press("right", "a")
        again = await entered(bench)
        assert again.look.updates == 4
        said = "its training goes on without the change of radius, activation"
        assert again.words("notice") == f"on from update 4; {said}"


async def test_playing_it_is_left_and_every_view_shows_it() -> None:
    async with training() as t:
        await t.press("space")
        await t.pass_time(0.05)
        bench = await take(t)
        assert bench.experiment.layer == "#l0"
        for key in "234561":
            await bench.press(key)
            assert bench.app.settled
            assert "in no file" not in bench.text
        # A change of it is a change like any other.
        await bench.press("right")
        assert (bench.experiment.layer, bench.experiment.radius) == ("#l0", 1.01)


async def test_a_failed_training_gives_the_net_before_it_failed() -> None:
    async with training(WILD) as t:
        await t.advance(40)
        assert t.look.trouble is not None
        bench = await take(t)
        assert bench.app.current_run is not None
        assert np.isfinite(bench.app.current_run.networks[0].weights).all()
        assert not isinstance(bench.app.screen, TrainingScreen)


async def test_it_is_a_reservoir_but_for_its_rows_and_its_input() -> None:
    async with training() as t:
        await t.advance(2)
        bench = await take(t)
        net = bench.experiment
        await bench.pilot.press("E")
        said = "enter takes this net with batch 1, input none; batch: got 4"
        await bench.wait_for(lambda: said in " ".join(bench.text.split()))
        nearest = nearest_reservoir(net)
        check_reservoir(nearest)
        assert (nearest.layer, nearest.layer_digest) == (net.layer, net.layer_digest)


@pytest.mark.parametrize("name", ["net.npz", "net.safetensors"])
async def test_it_is_saved_as_the_command_saves_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with training() as t:
        await t.advance(2)
        bench = await take(t)
        await ask(bench, f"save {name}")
        said = f"saved {name} under torch's names, for torch.nn.RNN(4, 8).load_state_dict"
        assert bench.notice.startswith(said)
        assert bench.app.current_run is not None
        (found,) = read_layers(name)
        assert np.array_equal(found.weights[0], bench.app.current_run.networks[0].weights)


async def test_without_a_trained_layer_there_is_none_to_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with training() as t:
        await t.bench.press("q")
        await ask(t.bench, "save net.safetensors")
        assert t.bench.notice == "save: a trained layer is saved so, and none is shown"
        assert not list(tmp_path.iterdir())
