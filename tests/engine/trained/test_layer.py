"""Layer: what it takes, what it refuses, and its digest where no file has one."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from tuisim import Layer
from tuisim.engine.trained.finding import find_layer
from tuisim.engine.trained.layer import given_away
from tuisim.engine.trained.stacks import place_of, stacked

OWN, FED = np.arange(36.0).reshape(4, 3, 3), np.ones((4, 3, 2))


def layer(**fields: Any) -> Layer:
    given = {"name": "a", "cell": "lstm", "weights": OWN, "input_weights": FED}
    return Layer(**(given | fields))


def test_what_is_not_given_is_zero() -> None:
    one = layer()
    assert (one.width, one.input_width, one.reversed) == (3, 2, False)
    assert one.bias.shape == one.recurrent_bias.shape == (4, 3)
    assert one.start.shape == one.cell_start.shape == (3,)
    assert not one.bias.any()
    assert not one.start.any()
    assert one.peepholes is None
    assert layer(name="a.reversed").reversed


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cell": "mgu"}, "cell: got 'mgu', allowed: rnn, lstm, gru"),
        ({"activation": "swish"}, "activation: got 'swish', allowed: identity"),
        ({"gate_activation": "tanh"}, "gate_activation: got 'tanh', allowed: sigmoid"),
        ({"reset": "between"}, "reset: got 'between', allowed: after, before"),
        ({"cell": "gru"}, r"weights: got shape \(4, 3, 3\), allowed: \(3, 3, 3\)"),
        ({"weights": OWN[0]}, "weights, input_weights: allowed"),
        ({"weights": np.ones((0, 3, 3))}, r"weights: got shape \(0, 3, 3\)"),
        ({"input_weights": FED[:, :2]}, r"input_weights: got shape \(4, 2, 2\)"),
        ({"bias": np.ones(12)}, r"bias: got shape \(12,\), allowed: \(4, 3\)"),
        ({"peepholes": np.ones((4, 3))}, r"peepholes: got shape \(4, 3\), allowed: \(3, 3\)"),
        ({"start": np.ones((1, 3))}, r"start: got shape \(1, 3\), allowed: \(3,\)"),
    ],
)
def test_what_does_not_fit_is_named(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        layer(**fields)


def test_only_a_refused_layer_may_lack_its_arrays() -> None:
    one = layer(weights=np.ones((0, 3, 3)), input_weights=np.ones((0, 3, 2)), refused=["why"])
    assert (one.width, one.input_width, one.refused) == (3, 2, ("why",))


def test_an_array_of_a_caller_s_is_not_frozen_and_not_shared_by_lists() -> None:
    own = OWN.copy()
    assert not layer(weights=own).weights.flags.writeable
    assert own.flags.writeable
    assert layer(weights=OWN.tolist()).weights.dtype == np.float64


def test_without_a_file_the_digest_is_of_what_the_layer_is() -> None:
    one = layer()
    assert len(one.digest) == 64
    assert layer(name="other", assumed=("b",)).digest == one.digest
    for change in (
        {"weights": OWN + 1},
        {"bias": np.ones((4, 3))},
        {"activation": "relu"},
        {"peepholes": np.zeros((3, 3))},
        {"start": np.ones(3)},
    ):
        assert attrs.evolve(one, **change).digest != one.digest


def test_what_lies_below_is_a_part_of_what_it_is() -> None:
    below = [layer(name="l0"), layer(name="l0", bias=np.ones((4, 3)))]
    above = [stacked([one, layer(name="l1", input_weights=OWN)])[1] for one in below]
    assert [one.below for one in above] == [((one,),) for one in below]
    assert above[0].digest != above[1].digest
    # Each is found again by its own.
    for one in above:
        one.experiment()
    assert [find_layer(one.experiment().layer, one.digest) for one in above] == above


def test_what_a_file_says_of_a_stack() -> None:
    """A layer reads others of its file, and its stack goes as far down as theirs."""
    a, b, back = (layer(name=name) for name in ("a", "b", "b.reversed"))
    b, back = (attrs.evolve(one, reads=("a",), input_weights=OWN) for one in (b, back))
    wide = np.zeros((4, 3, 6))
    top = layer(name="c", reads=("b", "b.reversed"), input_weights=wide)
    found = stacked([a, b, back, top])
    assert [[one.name for one in level] for level in found[3].below] == [["a"], ["b", "b.reversed"]]
    assert found[3].below[1] == found[1:3]
    for reads, between in (
        (("b",), "layers that are not in the file or cannot be run"),
        (("b", "gone"), "layers that are not in the file or cannot be run"),
        (("c",), "layers that are not in the file or cannot be run"),
    ):
        found = stacked([a, b, back, attrs.evolve(top, reads=reads)])
        assert (found[3].below, found[3].between) == ((), between)
    found = stacked([a, attrs.evolve(b, reads=(), between="what X gives"), back, top])
    assert found[3].between == "b, which reads what X gives"
    # By torch's names a level that is missing is known to be.
    (only,) = stacked([layer(name="x.l1")])
    assert only.between == "layers that are not in the file or cannot be run"


def test_what_is_written_into_an_array_later_changes_no_layer() -> None:
    own = OWN.copy()
    one = layer(weights=own)
    own += 1.0
    np.testing.assert_array_equal(one.weights, OWN)
    # Its own copy is not copied again, nor is what a reader gives away: a file's may be large.
    assert attrs.evolve(one, name="b").weights is one.weights
    large = given_away(OWN.copy())
    assert layer(weights=large).weights is large


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("l0", ("", 0)),
        ("encoder.rnn.l12.reversed", ("encoder.rnn.", 12)),
        ("enc_l1", ("enc_", 1)),
        ("model1", None),
        ("bil0.reversed", None),
        ("l1.cell", None),
        ("lstm_1", None),
    ],
)
def test_a_level_is_a_word_of_its_own(name: str, place: tuple[str, int] | None) -> None:
    assert place_of(name) == place


@pytest.mark.parametrize("format", ["keras", "onnx"])
def test_what_a_file_says_stands_over_what_a_name_looks_like(format: str) -> None:
    lower = layer(name="l1", format=format)
    upper = layer(name="l2", format=format, reads=("l1",), input_weights=OWN)
    found = stacked([lower, upper])
    assert [one.between for one in found] == ["", ""]
    assert found[1].below == ((lower,),)
