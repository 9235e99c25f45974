"""What guests may ask for."""

from __future__ import annotations

import pytest

from tuisim.values import presets
from tuisim.values.experiment import Experiment
from tuisim.values.kiosk import BOUNDED, Limits

FEW = Limits(width=8, depth=20, members=2)


@pytest.mark.parametrize("name", presets.names())
def test_what_ships_is_allowed(name: str) -> None:
    Limits().check(presets.preset(name))


@pytest.mark.parametrize("name", BOUNDED)
def test_a_number_past_its_limit_is_refused_and_by_a_change_stays_at_it(name: str) -> None:
    most = getattr(FEW, name)
    with pytest.raises(ValueError, match=f"{name}: got {most + 1}, allowed here: 1…{most}"):
        FEW.check(Experiment(**{"width": 4, "depth": 10, name: most + 1}))
    made, notes = FEW.adjusted(Experiment(width=4, depth=10), {name: most + 1})
    assert getattr(made, name) == most
    assert notes == (f"{name} stays at {most}: allowed here are 1…{most}",)


def test_what_a_change_brings_along_is_held_to_the_limits_too() -> None:
    nine = tuple(complex(one) for one in range(9))
    made, notes = FEW.adjusted(
        Experiment(width=4, depth=10), {"eigenvalues": nine, "spectrum": "eigenvalues"}
    )
    assert (made.width, len(made.eigenvalues)) == (8, 8)
    assert "width stays at 8: allowed here are 1…8" in notes
    made, _ = FEW.adjusted(Experiment(width=4, depth=10), {"skip": 30})
    assert (made.depth, made.skip) == (20, 20)


def test_no_file_is_named_but_those_of_the_command_line() -> None:
    plain = Experiment(width=4, depth=10)
    for changes, said in (
        ({"spectrum": "layer", "layer": "/etc/passwd#root"}, "layer: got '/etc/passwd'"),
        ({"spectrum": "layer", "layer": "net.npz#a", "input": "../x.npy"}, "input: got '../x.npy'"),
    ):
        limits = FEW.naming(Experiment(spectrum="layer", layer="net.npz#b"))
        with pytest.raises(ValueError, match=f"{said}, allowed here: net.npz"):
            limits.adjusted(plain, changes)
    # Of a net out of training, which no file has.
    FEW.check(Experiment(width=4, depth=10, spectrum="layer", layer="#taken", input="noise"))
