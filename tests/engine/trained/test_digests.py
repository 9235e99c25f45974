"""The digest of a net covers every file that its arrays lie in, and a change of one is noticed."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.trained import MODELS
from tuisim import Experiment, draw, read_layers
from tuisim.engine.trained.finding import find_layer


@pytest.fixture
def net(tmp_path: Path) -> Path:
    for name in ("beside.onnx", "beside.onnx.data"):
        shutil.copy(MODELS / name, tmp_path / name)
    return tmp_path / "beside.onnx"


def change(net: Path) -> None:
    """The weights beside a model, whose own file stays as it is."""
    data = net.with_name(f"{net.name}.data")
    numbers = np.frombuffer(data.read_bytes(), "<f4")
    data.write_bytes((0.5 * numbers).astype("<f4").tobytes())
    os.utime(data, ns=(1, 1))


def test_a_digest_is_of_the_model_and_the_file_beside_it(net: Path) -> None:
    beside = net.with_name(f"{net.name}.data")
    first, late = read_layers(net)[0], read_layers(net)[0]
    assert first.digest == hashlib.sha256(net.read_bytes() + beside.read_bytes()).hexdigest()
    assert first.files == (net, beside)
    change(net)
    with pytest.raises(ValueError, match="changed since it was read"):
        _ = late.digest
    assert read_layers(net)[0].digest != first.digest


def test_a_file_beside_it_that_holds_no_layer_s_array_does_not_count(net: Path) -> None:
    digest = read_layers(net)[0].digest
    net.with_name("else.data").write_bytes(b"1")
    assert read_layers(net)[0].digest == digest


def test_a_model_whose_arrays_lie_in_it_has_the_digest_of_the_file() -> None:
    for name in ("nodes.onnx", "checkpoint.pt"):
        path = MODELS / name
        assert read_layers(path)[0].digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_weights_that_changed_beside_a_model_are_read_again(net: Path) -> None:
    layer = read_layers(net)[0]
    named = f"{net}#{layer.name}"
    first = find_layer(named).weights
    change(net)
    np.testing.assert_array_equal(find_layer(named).weights, 0.5 * first)


def test_weights_that_changed_beside_a_model_are_not_those_of_the_digest(net: Path) -> None:
    layer = read_layers(net)[0]
    digest, width = layer.digest, layer.width
    change(net)
    e = Experiment(
        cell=layer.cell,
        width=width,
        spectrum="layer",
        layer=f"{net}#{layer.name}",
        layer_digest=digest,
    )
    with pytest.raises(ValueError, match=rf"layer_digest: .* is {read_layers(net)[0].digest}"):
        draw(e)
