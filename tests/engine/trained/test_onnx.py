"""ONNX files: nodes, what goes into them, what is refused; and messages that lie."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.trained import MODELS, kept
from tuisim import Layer, read_layers
from tuisim.engine.trained.formats import graph, protobuf


def varint(value: int) -> bytes:
    found = b""
    while value > 0x7F:
        found, value = found + bytes([value & 0x7F | 0x80]), value >> 7
    return found + bytes([value])


def field(number: int, value: bytes | str | int) -> bytes:
    """A field of a message: a whole number, or a text or message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value % (1 << 64))
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name: str, array: np.ndarray, kind: int = 1) -> bytes:
    dims = b"".join(field(1, one) for one in array.shape)
    return dims + field(2, kind) + field(8, name) + field(9, array.tobytes())


def node(kind: str, inputs: str, outputs: str, *attributes: bytes) -> bytes:
    said = b"".join(field(1, one) for one in inputs.split())
    said += b"".join(field(2, one) for one in outputs.split())
    return said + field(4, kind) + b"".join(field(5, one) for one in attributes)


def integer(name: str, value: int) -> bytes:
    return field(1, name) + field(3, value)


def model(nodes: list[bytes], tensors: list[bytes]) -> bytes:
    graph = b"".join(field(1, one) for one in nodes) + b"".join(field(5, one) for one in tensors)
    return field(1, 8) + field(7, graph)


SQUARE = np.arange(4, dtype="<f4").reshape(1, 2, 2)
RNN = node("RNN", "x W R", "y", integer("hidden_size", 2))


def written(path: Path, nodes: list[bytes], tensors: list[bytes]) -> Path:
    path.write_bytes(model(nodes, tensors))
    return path


def by_name(file: str) -> dict[str, Layer]:
    return {layer.name: layer for layer in read_layers(MODELS / file)}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clipped", "clip: pre-activations are held within ±0.5"),
        ("coupled", "coupled gates: the forget gate is 1 minus the input gate"),
        ("softsign", "activation Softsign, which is none of ours"),
        ("two", "activation Tanh of the candidate and Relu of c_t"),
    ],
)
def test_nodes_that_cannot_be_run_say_why(name: str, said: str) -> None:
    layer = by_name("nodes.onnx")[name]
    assert layer.refused[0].startswith(said)
    # Its matrices are there all the same, for whoever looks at them.
    assert layer.weights.shape == (len(layer.weights), 5, 5)


def test_what_a_node_says_is_taken() -> None:
    layers = by_name("nodes.onnx")
    assert (layers["hard"].gate_activation, layers["hard"].activation) == (
        "hard_sigmoid_1/6",
        "relu",
    )
    before = layers["before.reversed"]
    assert (before.reset, before.gate_activation) == ("before", "hard_sigmoid_0.2")
    assert before.activation == "softplus"
    assert layers["after"].reset == "after"
    assert layers["after"].recurrent_bias[2].any()
    assert not layers["after"].recurrent_bias[:2].any()
    ways = layers["leaky"], layers["leaky.reversed"]
    assert [one.activation for one in ways] == ["leaky_relu", "tanh"]


def test_arrays_are_those_of_the_file() -> None:
    whole, known = by_name("nodes.onnx"), kept("nodes.onnx").arrays
    for way, name in enumerate(("whole", "whole.reversed")):
        i, o, f, g = known["whole.R"][way].reshape(4, 5, 5)
        assert np.array_equal(whole[name].weights, [i, f, g, o])
        i, o, f = known["whole.P"][way].reshape(3, 5)
        peepholes = whole[name].peepholes
        assert peepholes is not None
        assert np.array_equal(peepholes, [i, f, o])
        assert np.array_equal(whole[name].start, known["whole.h"][way, 0])
        assert np.array_equal(whole[name].cell_start, known["whole.c"][way, 0])


def test_a_quantised_matrix_is_its_whole_numbers_times_their_scale() -> None:
    (layer,) = read_layers(MODELS / "quantised.onnx")
    exact = [one for one in kept("quantised.onnx").arrays.values() if one.ndim == 3]
    for array in exact:
        i, o, f, g = array.reshape(4, 5, -1)
        found = layer.weights if array.shape[2] == 5 else layer.input_weights
        off = np.abs(found - [i, f, g, o]).max()
        # Half a step of 127 to the largest, and some of it.
        assert 0 < off <= 0.51 * np.abs(array).max() / 127
    assert "quantised" in layer.assumed[0]


def test_a_file_without_the_one_beside_it_names_it(tmp_path: Path) -> None:
    shutil.copy(MODELS / "beside.onnx", tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"lie in beside\.onnx\.data, which is missing"):
        read_layers(tmp_path / "net.onnx")


def test_an_unrolled_net_says_which_file_to_take() -> None:
    with pytest.raises(ValueError, match=r"no recurrent node.*state_dict or \.keras"):
        read_layers(MODELS / "unrolled.onnx")


def integers(name: str, *values: int) -> bytes:
    return field(1, name) + b"".join(field(8, one) for one in values)


def reads(path: Path, *between: bytes) -> tuple[tuple[str, ...], str]:
    """What the second of two RNNs reads of the first, over these nodes from y to z."""
    tensors = [tensor("W", SQUARE), tensor("R", SQUARE)]
    tensors.append(tensor("three", np.array([0, 0, -1], "<i8"), 7))
    upper = node("RNN", "z W R", "top", integer("hidden_size", 2))
    lower = node("RNN", "x W R", "y y_h", integer("hidden_size", 2))
    layers = read_layers(written(path / "net.onnx", [lower, *between, upper], tensors))
    return layers[1].reads, layers[1].between


SQUEEZE = node("Squeeze", "y", "z", integers("axes", 1))


def test_a_stack_goes_by_the_graph(tmp_path: Path) -> None:
    turned = node("Transpose", "y", "t", integers("perm", 0, 2, 1, 3))
    flat = node("Reshape", "t three", "z")
    dropped = node("Dropout", "y", "t"), node("Squeeze", "t", "z", integers("axes", -3))
    for between in ([SQUEEZE], [turned, flat], dropped):
        assert reads(tmp_path, *between) == (("RNN_0",), "")
    for between, said in (
        (
            [node("Relu", "y", "t"), node("Squeeze", "t", "z", integers("axes", 1))],
            "what Relu gives",
        ),
        ([node("Squeeze", "y_h", "z", integers("axes", 0))], "the last state of RNN ''"),
        ([node("Squeeze", "y", "z", integers("axes", 2))], "in another order"),
        ([node("Transpose", "y", "z", integers("perm", 2, 1, 0, 3))], "in another order"),
        ([node("Relu", "y", "z")], "what Relu gives"),
        # What hangs on no recurrent node is the net's own way to its input.
        ([node("Relu", "x", "z")], ""),
    ):
        found = reads(tmp_path, *between)
        assert found[0] == ()
        assert said in found[1]
        assert bool(said) == bool(found[1])


def test_what_a_branch_gives_may_be_the_states_of_a_net_in_it(tmp_path: Path) -> None:
    tensors = [tensor("W", SQUARE), tensor("R", SQUARE)]
    upper = node("RNN", "z W R", "top", integer("hidden_size", 2))
    for lower, gives in (("y", "what If gives"), ("x", "")):
        steps = field(1, RNN) + field(1, node("Squeeze", lower, "given", integers("axes", 1)))
        branch = field(1, "then_branch") + field(6, steps + field(12, field(1, "given")))
        file = written(tmp_path / "net.onnx", [node("If", "c", "z", branch), upper], tensors)
        inside, found = read_layers(file)
        assert (inside.name, found.reads, found.between) == ("RNN_0", (), gives)


def test_a_node_without_a_name_goes_by_its_kind(tmp_path: Path) -> None:
    tensors = [tensor("W", SQUARE), tensor("R", SQUARE)]
    layers = read_layers(written(tmp_path / "net.onnx", [RNN, RNN], tensors))
    assert [one.name for one in layers] == ["RNN_0", "RNN_1"]
    assert layers[0].weights.tolist() == SQUARE.tolist()


def test_rows_that_end_before_their_input_are_spoken_of(tmp_path: Path) -> None:
    tensors = [tensor(one, SQUARE) for one in "WR"] + [tensor("B", SQUARE.reshape(1, 4))]
    ends = node("RNN", "x W R B ends", "y", integer("hidden_size", 2))
    whole = node("RNN", "x W R B", "y", integer("hidden_size", 2))
    first, second = read_layers(written(tmp_path / "net.onnx", [ends, whole], tensors))
    said = "sequence_lens: where a row ends before the input does; every step taken"
    assert (first.assumed, second.assumed) == ((said,), ())
    assert (first.refused, second.refused) == ((), ())


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([RNN], "its W is not in the file, but worked out as it runs"),
        ([node("Mul", "R R", "W"), RNN], "its W is not in the file"),
        ([node("Identity", "big", "W"), RNN], "its W and R have the shapes (1, 1, 4) and"),
        ([node("Identity", "flat", "W"), RNN], "its W has the shape (4,)"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, nodes: list[bytes], said: str) -> None:
    tensors = [
        tensor("R", SQUARE),
        tensor("big", SQUARE.reshape(1, 1, 4)),
        tensor("flat", SQUARE.ravel()),
    ]
    (layer,) = read_layers(written(tmp_path / "net.onnx", nodes, tensors))
    assert layer.refused[0].startswith(said)


def test_an_array_that_doubles_forty_times_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "_LARGEST", 1 << 16)
    axis = integer("axis", 1)
    names = ["R", *(f"r{level}" for level in range(38)), "W"]
    nodes = [
        node("Concat", f"{one} {one}", other, axis) for one, other in itertools.pairwise(names)
    ]
    path = written(tmp_path / "net.onnx", [*nodes, RNN], [tensor("R", SQUARE)])
    with pytest.raises(ValueError, match="too large"):
        read_layers(path)
    nothing = [tensor("R", np.zeros((1, 0, 2), "<f4"))]
    (layer,) = read_layers(written(path, [*nodes, RNN], nothing))
    assert layer.refused


def test_arrays_that_make_each_other_end(tmp_path: Path) -> None:
    nodes = [node("Identity", "W", "V"), node("Identity", "V", "W"), RNN]
    with pytest.raises(ValueError, match="made by over"):
        read_layers(written(tmp_path / "net.onnx", nodes, [tensor("R", SQUARE)]))


@pytest.mark.parametrize("place", ["/etc/hostname", "../secret", ""])
def test_no_file_elsewhere_is_read(tmp_path: Path, place: str) -> None:
    outside = tmp_path / "secret"
    outside.write_bytes(SQUARE.tobytes())
    (tmp_path / "in").mkdir()
    beside = field(13, field(1, "location") + field(2, place)) + field(14, 1)
    shape = field(1, 1) + field(1, 2) + field(1, 2) + field(2, 1)
    tensors = [shape + field(8, "W") + beside, tensor("R", SQUARE)]
    with pytest.raises(ValueError, match="not beside it"):
        read_layers(written(tmp_path / "in" / "net.onnx", [RNN], tensors))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "cut off or damaged"),
        (b"\x08" + b"\xff" * 20, "without end"),
        (b"\x0f", "no known kind"),
        (b"\x08\x08", "no graph"),
        (field(1, 8) + field(7, field(1, field(4, "A" * 70_000))), "a name of 70000 bytes"),
    ],
)
def test_messages_that_lie(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        read_layers(path)


def test_graphs_within_graphs_end(tmp_path: Path) -> None:
    graph = field(1, RNN)
    for _ in range(60):
        graph = field(1, node("If", "c", "y", field(1, "then_branch") + field(6, graph)))
    path = tmp_path / "net.onnx"
    path.write_bytes(field(1, 8) + field(7, graph))
    with pytest.raises(ValueError, match="in one another over"):
        read_layers(path)


def test_a_file_of_nothing_but_fields_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf, "MOST_FIELDS", 1000)
    path = tmp_path / "net.onnx"
    path.write_bytes(b"\x08\x08" * 1001)
    with pytest.raises(ValueError, match="over 1000 fields"):
        read_layers(path)


def activated(word: str, **given: list[float]) -> bytes:
    """A node with this φ, and with these reals for `activation_alpha` and `activation_beta`."""
    said = [integer("hidden_size", 2), field(1, "activations") + field(9, word)]
    for name, values in given.items():
        reals = b"".join(
            varint(7 << 3 | 5) + np.array(one, dtype="<f4").tobytes() for one in values
        )
        said.append(field(1, f"activation_{name}") + reals)
    return node("RNN", "x W R", "y", *said)


@pytest.mark.parametrize(
    ("word", "given", "said"),
    [
        # onnxruntime takes 0 for each of these, by which every state is 0 whatever goes in.
        ("ScaledTanh", {}, "activation ScaledTanh without its alpha and beta"),
        ("ScaledTanh", {"alpha": [1.0]}, "activation ScaledTanh without its beta"),
        ("ScaledTanh", {"beta": [1.0]}, "activation ScaledTanh without its alpha"),
        ("Affine", {}, "activation Affine without its alpha"),
        ("Affine", {"beta": [0.0]}, "activation Affine without its alpha"),
        ("ThresholdedRelu", {}, "activation ThresholdedRelu(1)"),
        ("Affine", {"alpha": [2.0]}, "activation Affine(2, 0)"),
    ],
)
def test_a_scale_that_no_default_gives_has_to_be_there(
    tmp_path: Path, word: str, given: dict[str, list[float]], said: str
) -> None:
    tensors = [tensor("W", SQUARE), tensor("R", SQUARE)]
    path = written(tmp_path / "net.onnx", [activated(word, **given)], tensors)
    (layer,) = read_layers(path)
    assert layer.refused[0].startswith(said)


@pytest.mark.parametrize(
    ("word", "given", "activation"),
    [
        ("ScaledTanh", {"alpha": [1.0], "beta": [1.0]}, "tanh"),
        # onnxruntime takes the same beta.
        ("Affine", {"alpha": [1.0]}, "identity"),
        ("LeakyRelu", {}, "leaky_relu"),
        ("Elu", {}, "elu"),
    ],
)
def test_a_scale_that_is_given_or_has_a_default_is_taken(
    tmp_path: Path, word: str, given: dict[str, list[float]], activation: str
) -> None:
    tensors = [tensor("W", SQUARE), tensor("R", SQUARE)]
    path = written(tmp_path / "net.onnx", [activated(word, **given)], tensors)
    (layer,) = read_layers(path)
    assert (layer.activation, layer.refused) == (activation, ())
