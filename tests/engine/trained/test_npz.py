"""npz files: our own fields, torch's names, pairs; what their headers claim is checked."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tuisim import read_layers
from tuisim.engine.trained.layer import Layer

RANDOM = np.random.Generator(np.random.PCG64DXSM(5))


def layer(cell: str, gates: int, **fields: Any) -> Layer:
    def some(*shape: int) -> Any:
        return RANDOM.standard_normal(shape)

    arrays = {"start": some(3), "cell_start": some(3), "bias": some(gates, 3)}
    arrays["recurrent_bias"] = some(gates, 3)
    return Layer("a.b", cell, some(gates, 3, 3), some(gates, 3, 2), **(arrays | fields))


def saved(path: Path, one: Layer, prefix: str = "") -> None:
    fields = attrs.asdict(one, filter=lambda field, value: field.name[0] != "_", recurse=False)
    kept = {name: value for name, value in fields.items() if value is not None}
    np.savez(path, **{f"{prefix}{name}": np.asarray(value) for name, value in kept.items()})


@pytest.mark.parametrize(
    "one",
    [
        layer("rnn", 1, activation="relu"),
        layer("gru", 3, reset="before", gate_activation="hard_sigmoid_1/6"),
        layer("lstm", 4, peepholes=RANDOM.standard_normal((3, 3)), assumed=("one", "two")),
    ],
)
def test_our_own_fields_come_back(tmp_path: Path, one: Layer) -> None:
    path = tmp_path / "net.npz"
    saved(path, one)
    (found,) = read_layers(path)
    for field in attrs.fields(Layer):
        if field.name in ("format", "path", "_digested"):
            continue
        got, want = getattr(found, field.name), getattr(one, field.name)
        assert np.array_equal(got, want) if isinstance(want, np.ndarray) else got == want
    assert (found.format, found.path) == ("npz", str(path))


def test_several_layers_by_a_prefix(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    one = layer("lstm", 4)
    fields = {
        f"{name}.{field}": getattr(one, field)
        for name in ("x.l0", "x.l1")
        for field in ("cell", "weights", "input_weights", "bias")
    }
    np.savez(path, **fields)
    assert [found.name for found in read_layers(path)] == ["x.l0", "x.l1"]


@pytest.mark.parametrize("dtype", [np.float16, np.float64, ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_types_and_orders(tmp_path: Path, dtype: Any, order: Any) -> None:
    path = tmp_path / "net.npz"
    own = np.asarray(RANDOM.standard_normal((4, 4)), dtype=dtype, order=order)
    fed = np.asarray(RANDOM.standard_normal((4, 7)), dtype=dtype, order=order)
    np.savez_compressed(path, w_hh=own, w_ih=fed)
    (found,) = read_layers(path)
    assert np.array_equal(found.weights[0], own.astype(np.float64))
    assert np.array_equal(found.input_weights[0], fed.astype(np.float64))


@pytest.mark.parametrize(
    ("names", "layers"),
    [
        (("w_hh", "w_ih"), ["cell"]),
        (("enc_w_hh", "enc_w_ih"), ["enc"]),
        (("a/b.w_hh_l1_reverse", "a/b.w_ih_l1_reverse"), ["a.b.l1.reversed"]),
        (("rnn.weight_hh_l0", "rnn.weight_ih_l0"), ["rnn.l0"]),
        (("w_hh_fwd", "w_ih_fwd"), ["fwd"]),
    ],
)
def test_names(tmp_path: Path, names: tuple[str, str], layers: list[str]) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **{names[0]: np.ones((4, 4)), names[1]: np.ones((4, 2))})
    assert [one.name for one in read_layers(path)] == layers


def with_header(path: Path, header: str, data: bytes = b"") -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("w_hh", "w_ih"):
            text = header.encode()
            size = len(text).to_bytes(2, "little")
            archive.writestr(f"{name}.npy", b"\x93NUMPY\1\0" + size + text + data)
    path.write_bytes(out.getvalue())


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (8, 8)}", "cut off"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-8, -8)}", "is no array"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (8, 8)}", "no recurrent layer"),
        ("{'descr': '<f8', 'fortran_order': False}", "is no array"),
        ("__import__('os').getcwd()", "is no array"),
        ("(" * 500, "is no array"),
    ],
)
def test_headers_that_lie(tmp_path: Path, header: str, said: str) -> None:
    path = tmp_path / "net.npz"
    with_header(path, header)
    with pytest.raises(ValueError, match=said) as refused:
        read_layers(path)
    assert "\n" not in str(refused.value)


def test_what_numpy_packs_into_one_array_is_said(tmp_path: Path) -> None:
    arrays = {"weight_hh_l0": np.ones((4, 4)), "weight_ih_l0": np.ones((4, 2))}
    packed = np.array(arrays, dtype=object)
    record = np.zeros((), dtype=[(name, "f8", one.shape) for name, one in arrays.items()])
    for array, said in (
        (packed, "params holds Python objects, a pickle, which is never loaded; save each"),
        (record, "params is a structured array; save each of its arrays by a name of its own"),
    ):
        np.savez(tmp_path / "net.npz", params=array)
        with pytest.raises(ValueError, match=said):
            read_layers(tmp_path / "net.npz")
        # Beside arrays that are there it may be anything.
        np.savez(tmp_path / "net.npz", params=array, **arrays)
        assert len(read_layers(tmp_path / "net.npz")) == 1


def test_two_arrays_for_one_are_refused(tmp_path: Path) -> None:
    square, wide = np.ones((4, 4)), np.ones((4, 2))
    arrays = {"enc_w_hh": square, "enc_w_ih": wide, "enc.w_ih": 2 * wide}
    np.savez(tmp_path / "net.npz", **arrays)
    with pytest.raises(ValueError, match=r"enc_w_ih and enc\.w_ih both stand for enc\.weight_ih"):
        read_layers(tmp_path / "net.npz")


def test_a_shape_of_a_million_units_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    with_header(path, "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000)}")
    (found,) = read_layers(path)
    assert "1000000 units" in found.refused[0]
