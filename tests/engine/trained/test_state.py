"""Layers found by torch's names: however deep, none twice, none of an optimiser, W itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.trained import MODELS, kept
from tuisim import read_layers, simulate
from tuisim.engine.base.memo import Array
from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.formats.state import layers_by_name
from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.stored import Stored


def stored(*shape: int, seed: int = 0, dtype: str = "float32") -> Stored:
    def read() -> Array:
        return np.random.Generator(np.random.PCG64DXSM(seed)).standard_normal(shape)

    return Stored(shape, dtype, read)


def found(arrays: dict[str, Stored], **asked: Any) -> dict[str, Layer]:
    layers = layers_by_name(arrays, Asking(**asked), spoken=True)
    assert len({layer.name for layer in layers}) == len(layers)
    return {layer.name: layer for layer in layers}


def lstm(prefix: str = "", place: str = "_l0", n: int = 4, m: int = 3) -> dict[str, Stored]:
    return {
        f"{prefix}weight_ih{place}": stored(4 * n, m, seed=1),
        f"{prefix}weight_hh{place}": stored(4 * n, n, seed=2),
        f"{prefix}bias_ih{place}": stored(4 * n, seed=3),
        f"{prefix}bias_hh{place}": stored(4 * n, seed=4),
    }


def test_names_are_paths_without_the_parameter() -> None:
    arrays = lstm("a.b.", "_l0") | lstm("a.b.", "_l0_reverse") | lstm("a.b.", "_l1", m=8)
    arrays |= lstm() | lstm("c.", "") | {"a.embedding.weight": stored(1000, 3)}
    assert [*found(arrays)] == ["a.b.l0", "a.b.l0.reversed", "a.b.l1", "l0", "c"]


def test_names_that_differ_by_separators_alone_are_of_two_layers() -> None:
    one, other = lstm("a.b."), lstm("a/b/", n=4, m=2)
    both = found(one | other)
    assert [*both] == ["a.b.l0", "a/b/l0"]
    assert [layer.input_width for layer in both.values()] == [3, 2]
    # Half of each is none of either.
    half = {name: one[name] for name in one if "_hh" in name}
    half |= {name: other[name] for name in other if "_ih" in name}
    (layer,) = found(half).values()
    assert layer.refused == ("weight_ih_l0 is missing",)
    backwards = found(lstm("a.b.", "_l0_reverse") | lstm("a/b/", "_l0_reverse"))
    assert [*backwards] == ["a.b.l0.reversed", "a/b/l0.reversed"]
    assert all(layer.reversed for layer in backwards.values())
    assert [*found(lstm("a/b/"))] == ["a.b.l0"]


#: As `flax.linen` calls the parameters of its cells, joined by what people join them with.
FLAX = {
    "lstm": [f"{side}{gate}" for side in "ih" for gate in "ifgo"],
    "gru": [f"{side}{gate}" for side in "ih" for gate in "rzn"],
}


@pytest.mark.parametrize("cell", FLAX)
@pytest.mark.parametrize("joined", ["/", ".", "_"])
def test_parameters_of_flax_are_told(cell: str, joined: str) -> None:
    paths = (("params", f"{cell}_0", one, "kernel") for one in FLAX[cell])
    arrays = {joined.join(path): stored(4, 4) for path in paths}
    with pytest.raises(ValueError, match=r"one of Flax's, which are not read: .*weight_ih"):
        found(arrays)
    assert [*found(arrays | lstm())] == ["l0"]


def test_an_optimiser_s_arrays_are_no_layers() -> None:
    arrays: dict[str, Stored] = {}
    for prefix in ("optimizer.exp_avg.rnn.", "model.exp_avg_sq.rnn.", "opt_state.0.mu.rnn."):
        arrays |= lstm(prefix)
    assert found(arrays) == {}
    assert [*found(arrays | lstm("model.rnn."))] == ["model.rnn.l0"]


def test_a_checkpoint_s_optimiser_is_not_found() -> None:
    """Adam's two arrays for each of 32 parameters lie in this file."""
    assert len(read_layers(MODELS / "checkpoint.pt")) == 7


def test_biases_are_added_where_the_cell_adds_them() -> None:
    layer = found(lstm())["l0"]
    both = stored(16, seed=3).read() + stored(16, seed=4).read()
    assert np.array_equal(layer.bias, both.reshape(4, 4))
    assert not layer.recurrent_bias.any()


def test_a_gru_keeps_its_second_bias_inside_the_product() -> None:
    arrays = {
        "weight_ih_l0": stored(12, 3),
        "weight_hh_l0": stored(12, 4),
        "bias_ih_l0": stored(12, seed=3),
        "bias_hh_l0": stored(12, seed=4),
    }
    layer = found(arrays)["l0"]
    first, second = (stored(12, seed=seed).read().reshape(3, 4) for seed in (3, 4))
    assert np.array_equal(layer.bias, [*(first + second)[:2], first[2]])
    assert np.array_equal(layer.recurrent_bias, [[0] * 4, [0] * 4, second[2]])


def test_arrays_that_are_listed_twice_are_found_once() -> None:
    """As Paddle lists them: torch's name, and the name of the cell inside."""
    twice = lstm("rnn.") | lstm("rnn.0.cell.", "")
    assert [*found(twice)] == ["rnn.l0"]
    both = lstm("rnn.") | lstm("rnn.", "_l0_reverse")
    ways = both | lstm("rnn.0.cell_fw.", "") | lstm("rnn.0.cell_bw.", "")
    assert [*found(ways)] == ["rnn.l0", "rnn.l0.reversed"]
    other = twice | {"rnn.0.cell.weight_hh": stored(16, 4, seed=9)}
    assert [*found(other)] == ["rnn.l0", "rnn.0.cell"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight_hr_l0": stored(2, 4)}, "projection"),
        ({"weight_ih_l0": None}, "weight_ih_l0 is missing"),
        ({"weight_ih_l0": stored(12, 3)}, "weight_ih_l0 of shape"),
        ({"bias_hh_l0": stored(4)}, "bias_hh_l0 of shape"),
        ({"weight_hh_l0": stored(8, 4)}, "recurrent matrix of shape (8, 4)"),
        ({"weight_hh_l0": stored(7, 4)}, "recurrent matrix of shape (7, 4)"),
        ({"weight_hh_l0": stored(4, 4, 4)}, "recurrent matrix of shape (4, 4, 4)"),
        ({"weight_hh_l0": stored(16, 4, dtype="float8_e4m3fn")}, "holds float8_e4m3fn"),
        ({"weight_hh_l0": stored(12000, 3000)}, "3000 units; at most 2048"),
        ({"weight_ih_l0": stored(16, 1 << 40)}, "its arrays take"),
    ],
)
def test_what_cannot_be_run_says_why_and_the_others_go_on(
    change: dict[str, Stored | None], said: str
) -> None:
    arrays = lstm() | lstm("other.")
    for name, one in change.items():
        if one is None:
            del arrays[name]
        else:
            arrays[name] = one
    layers = found(arrays)
    assert said in layers["l0"].refused[0]
    assert layers["l0"].weights.size == 0
    assert layers["other.l0"].refused == ()


def test_a_norm_inside_a_cell_is_seen() -> None:
    inner = {"cell.layernorm_i.weight": stored(16)}
    assert "layer norm" in found(lstm("cell.", "") | inner)["cell"].refused[0]
    # Beside a whole layer of torch it stands after it.
    beside = {"rnn.norm.weight": stored(4)}
    assert found(lstm("rnn.") | beside)["rnn.l0"].refused == ()
    assert found(lstm("cell.", "") | {"cell.alignment": stored(4)})["cell"].refused == ()


def test_weight_norm_is_worked_out() -> None:
    g, v = stored(16, 1, seed=5), stored(16, 4, seed=6)
    arrays = lstm()
    del arrays["weight_hh_l0"]
    layer = found(arrays | {"weight_hh_l0_g": g, "weight_hh_l0_v": v})["l0"]
    rows = [g.read()[k, 0] * v.read()[k] / np.linalg.norm(v.read()[k]) for k in range(16)]
    assert np.allclose(layer.weights.reshape(16, 4), rows, rtol=1e-15)
    assert "weight norm" in layer.assumed[0]


def test_a_pruned_matrix_is_masked() -> None:
    layers = {layer.name: layer for layer in read_layers(MODELS / "made_of_others.pt")}
    assert (layers["pruned.l0"].weights == 0).sum() == 40
    assert (layers["normed.l0"].weights == 0).sum() == 0


@pytest.mark.parametrize(
    "forms",
    [
        {"parametrizations.weight_hh_l0.original": stored(16, 4)},
        {"weight_hh_l0_orig": stored(16, 4), "weight_hh_l0_u": stored(16)},
        {"weight_hh_l0_orig": stored(16, 4), "weight_hh_l0_mask": stored(4, 4)},
        {
            "parametrizations.weight_hh_l0.original0": stored(4, 2),
            "parametrizations.weight_hh_l0.original1": stored(16, 4),
        },
        # A sum of two, say.
        {
            "parametrizations.weight_hh_l0.original0": stored(16, 4),
            "parametrizations.weight_hh_l0.original1": stored(16, 4, seed=2),
        },
    ],
)
def test_an_original_is_never_taken_for_w(forms: dict[str, Stored]) -> None:
    arrays = lstm()
    del arrays["weight_hh_l0"]
    (reason,) = found(arrays | forms)["l0"].refused
    assert "parametrised" in reason or "pruned" in reason


def test_what_no_name_says_is_assumed_or_asked_for() -> None:
    arrays = {"weight_ih_l0": stored(4, 3), "weight_hh_l0": stored(4, 4)}
    layer = found(arrays)["l0"]
    assert layer.activation == "tanh"
    assert layer.assumed == ("activation: not in the file; tanh taken",)
    layer = found(arrays, activation="relu")["l0"]
    assert layer.activation == "relu"
    assert layer.assumed == ("activation: not in the file; relu as asked",)


def test_a_bias_added_as_the_net_runs_lies_in_the_bias() -> None:
    plain = layers_by_name(lstm(), Asking(), spoken=False)[0]
    added = layers_by_name(lstm(), Asking(forget_bias=1.0), spoken=False)[0]
    assert np.allclose(added.bias - plain.bias, np.eye(4)[1][:, None], atol=1e-15)
    assert (
        "bias added to the forget gate as the net runs: not in the file; 0 taken" in plain.assumed
    )


def test_a_quantised_lstm_is_listed() -> None:
    (layer,) = read_layers(MODELS / "quantised.pt")
    assert (layer.name, layer.cell, layer.width, layer.input_width) == ("lstm.l0", "lstm", 5, 3)
    assert layer.refused == (
        "quantised: its matrices are packed for torch alone; save the net as it was before",
    )


def test_a_quantised_layer_is_of_the_cell_that_its_matrices_are_of() -> None:
    """By the paths at which torch 2.14 keeps a layer's and a cell's whole numbers."""

    def packed(start: str, rows: int, *places: str) -> dict[str, Stored]:
        shapes = [(rows, 3), (rows, 4)]
        pairs = zip(places, shapes, strict=True)
        return {
            f"{start}{place}.state.0.0": stored(*shape, dtype="qint8") for place, shape in pairs
        }

    whole = "_all_weight_values.0.param.state.0.4"
    arrays = packed(f"net.{whole}.", 12, "0", "1")
    arrays |= {f"net.{whole[:-1]}1.0": stored(12)}
    for name, rows in (("one.", 16), ("two.", 4), ("", 12)):
        arrays |= packed(f"{name}_packed_weight_", rows, "ih", "hh")
    layers = found(arrays)
    cells = {"net.l0": "gru", "one": "lstm", "two": "rnn", "cell": "gru"}
    assert {name: layer.cell for name, layer in layers.items()} == cells
    assert {(one.width, one.input_width) for one in layers.values()} == {(4, 3)}
    assert all(one.refused[0].startswith("quantised") for one in layers.values())


def test_pairs_hold_what_the_framework_saved() -> None:
    (layer,) = read_layers(MODELS / "pairs.npz", reset="before", gates="hard_sigmoid_0.2")
    assert (layer.name, layer.reset, layer.gate_activation) == ("enc", "before", "hard_sigmoid_0.2")
    assert kept("pairs.npz").nets[0].stack == [["enc"]]
    assert sum("as asked" in one for one in layer.assumed) == 2


@pytest.mark.parametrize("prefix", ["", "enc."])
def test_a_cell_with_one_bias_of_others_than_torch(prefix: str) -> None:
    """Equinox's GRUCell: tanh(W_in x + bias + r·(W h + bias_n)), and its bias in both gates."""
    bias, inner = stored(12, seed=3), stored(4, seed=4)
    arrays = {
        f"{prefix}weight_hh": stored(12, 4),
        f"{prefix}weight_ih": stored(12, 3),
        f"{prefix}bias": bias,
        f"{prefix}bias_n": inner,
    }
    (layer,) = found(arrays).values()
    assert np.array_equal(layer.bias.ravel(), bias.read())
    assert np.array_equal(layer.recurrent_bias, [np.zeros(4), np.zeros(4), inner.read()])
    (refused,) = found(arrays | {f"{prefix}bias_n": stored(3)}).values()
    assert refused.refused == ("bias_n of shape (3,), not (4,)",)
    (refused,) = found(arrays | {f"{prefix}bias": stored(3)}).values()
    assert refused.refused == ("bias_ih of shape (3,), not (12,)",)


def test_a_layer_without_inputs() -> None:
    arrays = {"weight_hh_l0": stored(4, 4), "weight_ih_l0": stored(4, 0)}
    layer = found(arrays)["l0"]
    assert (layer.width, layer.input_width, layer.refused) == (4, 0, ())
    run = simulate(layer.experiment(depth=3, input="noise"))
    assert np.isfinite(run.gradient_log10).all()
