"""read_layers: every format by its content, and one line for what is none."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import attrs
import numpy as np
import pytest

from tests.support.trained import FILES, MODELS
from tuisim import Experiment, Layer, draw, read_layers
from tuisim.engine.trained.finding import find_signal


@pytest.mark.parametrize("file", FILES)
def test_layers_are_whole_and_frozen(file: str) -> None:
    paths = (MODELS / file, MODELS / f"{file}.data")
    whole = b"".join(path.read_bytes() for path in paths if path.exists())
    layers = read_layers(MODELS / file)
    assert isinstance(layers, tuple)
    for layer in layers:
        assert layer.path == str(MODELS / file)
        assert layer.digest == hashlib.sha256(whole).hexdigest()
        for field in attrs.fields(Layer):
            array = getattr(layer, field.name)
            if isinstance(array, np.ndarray):
                assert array.dtype == np.float64
                assert array.flags.c_contiguous
                assert not array.flags.writeable
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            layer.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\3\4 and no more", "cut off"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"\x93NUMPY\1\0", "bare arrays"),
        (b"GGUF....", "no file of torch"),
        (b"\x80\x04K\x01.", "plain pickle"),
        (b"\x20\0\0\0\0\0\0\0{", "cut off"),
        (b"\x02\0\0\0\0\0\0\0{]", "no JSON"),
        (b"\x02\0\0\0\0\0\0\0{}", "no recurrent layer"),
        (b'\x09\0\0\0\0\0\0\0{"a": {}}', "nothing sensible of 'a'"),
    ],
)
def test_what_no_reader_takes_is_said_in_one_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "net.bin"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said) as refused:
        read_layers(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        # What Flax, gzip, torch.distributed and Keras write begins so.
        ("net.msgpack", b"\x81\xa6params\x81\xa4cell\x84", "of Flax in msgpack, .* as npz"),
        ("net.pt.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "gzip; unpack it first$"),
        ("__0_0.distcp", b"PK\3\4", r"of torch\.distributed, .*dcp_to_torch_save\(FOLDER, FILE\)$"),
        ("net.weights.json", b'{"metadata": {}}', "index of Keras's weights in several files"),
    ],
)
def test_formats_that_are_not_read_are_told_by_name(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=said):
        read_layers(tmp_path / name)


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (".metadata", r"of torch\.distributed"),
        ("_CHECKPOINT_METADATA", "of Orbax, which is not read"),
        ("_METADATA", "of Orbax, which is not read"),
    ],
)
def test_folders_that_are_checkpoints_are_told(tmp_path: Path, inside: str, said: str) -> None:
    (tmp_path / inside).write_bytes(b"")
    with pytest.raises(ValueError, match=said):
        read_layers(tmp_path)


def test_a_folder_of_anything_else_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_layers(tmp_path)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"a.txt": b"a"}, "none of torch, Keras or NumPy"),
        # What torch.export, of 2.14 and of 2.7, and torch.jit.freeze leave of a net.
        ({"net/models/model.json": b"{}"}, r"torch\.export \(\.pt2\).* save its arrays"),
        ({"serialized_exported_program.json": b"{}"}, r"torch\.export \(\.pt2\)"),
        (
            {"net/data.pkl": b"\x80\x02}.", "net/code/net.py": b"", "net/constants/0": b""},
            r"frozen .* before torch\.jit\.freeze",
        ),
        ({"net/data.pkl": b"\x80\x02}.", "net/code/net.py": b""}, "no recurrent layer is in it$"),
    ],
)
def test_a_zip_archive_of_something_else(
    tmp_path: Path, members: dict[str, bytes], said: str
) -> None:
    path = tmp_path / "net.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match=said):
        read_layers(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.npy")
    with pytest.raises(ValueError, match=r"input: .*x\.npy: a pipe or a device, and no file"):
        find_signal(str(tmp_path / "x.npy"))
    os.mkfifo(tmp_path / "net.pt")
    with pytest.raises(ValueError, match="a pipe or a device"):
        read_layers(tmp_path / "net.pt")


def test_a_file_that_is_not_there_and_a_directory(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_layers(tmp_path / "none.pt")
    with pytest.raises(IsADirectoryError):
        read_layers(tmp_path)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("activation", "sine", "activation: got 'sine', allowed: identity, tanh"),
        ("gates", "tanh", "gates: got 'tanh', allowed: sigmoid, hard_sigmoid_0.2"),
        ("reset", "never", "reset: got 'never', allowed: after, before"),
        ("forget_bias", 1.0, "forget_bias: got 1.0, allowed: for layers of which"),
    ],
)
def test_what_is_asked_for_and_does_not_fit(option: str, value: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_layers(MODELS / "checkpoint.pt", **{option: value})  # type: ignore[arg-type]


def test_a_layer_whose_arrays_are_not_finite_is_refused_by_name(tmp_path: Path) -> None:
    def state(prefix: str) -> dict[str, np.ndarray]:
        shapes = {"weight_ih_l0": (3, 2), "weight_hh_l0": (3, 3), "bias_ih_l0": (3,)}
        shapes |= {"bias_hh_l0": (3,), "weight_ih_l1": (3, 3), "weight_hh_l1": (3, 3)}
        shapes |= {"bias_ih_l1": (3,), "bias_hh_l1": (3,)}
        return {f"{prefix}.{name}": np.full(shape, 0.1) for name, shape in shapes.items()}

    path = tmp_path / "net.npz"
    arrays = state("well") | state("ill")
    arrays["ill.weight_hh_l0"][1, 2] = np.nan
    arrays["ill.bias_ih_l0"][:2] = np.inf
    np.savez(path, **arrays)
    found = {one.name: one for one in read_layers(path)}
    assert found["ill.l0"].refused == (
        "weights holds nan (1 of 9 entries are not finite)",
        "bias holds inf (2 of 3 entries are not finite)",
    )
    # What reads it has no stack to be fed through.
    assert found["ill.l1"].between
    assert not found["ill.l1"].refused
    assert not found["well.l0"].refused
    assert found["well.l1"].below
    with pytest.raises(ValueError, match=r"ill.l0 cannot be run: weights holds nan"):
        draw(Experiment(layer=f"{path}#ill.l0", spectrum="layer", width=3))


def test_the_digest_is_of_the_file_that_was_read(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    path.write_bytes((MODELS / "views.pt").read_bytes())
    layer = read_layers(path)[0]
    path.write_bytes((MODELS / "types.pt").read_bytes())
    with pytest.raises(ValueError, match="changed since it was read"):
        _ = layer.digest


def mutated(content: bytes, generator: random.Random) -> bytes:
    """With some bytes changed, cut off, left out, or doubled."""
    data = bytearray(content)
    kind = generator.randrange(4)
    # Half of the changes hit the first kilobyte, where most of the structure lies.
    limit = len(data) if generator.random() < 0.5 else min(len(data), 1024)
    place = generator.randrange(limit)
    if kind == 0:
        for _ in range(generator.randrange(1, 6)):
            data[generator.randrange(limit)] = generator.choice([0, 1, 0x7F, 0x80, 0xFF, 0x28])
    elif kind == 1:
        del data[place:]
    elif kind == 2:
        del data[place : place + generator.randrange(1, 40)]
    else:
        data[place:place] = data[place : place + generator.randrange(1, 40)]
    return bytes(data)


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path: Path, file: str) -> None:
    content, path = (MODELS / file).read_bytes(), tmp_path / file
    generator = random.Random(file)
    said = []
    # A process each for files of Keras.
    for _ in range(4 if file.endswith(("h5", "keras")) else 60):
        path.write_bytes(mutated(content, generator))
        try:
            layers = read_layers(path)
        except ValueError as error:
            said.append(str(error))
        else:
            assert all(isinstance(layer, Layer) for layer in layers)
    assert said
    assert all(one.startswith(f"{path}: ") and "\n" not in one for one in said)
    assert max(map(len, said)) < 400 + len(str(path))


def large(path: Path, rows: int) -> None:
    """A safetensors file with an embedding of so many rows, most of it a hole in the file."""
    shapes = {"embedding.weight": (rows, 128), "rnn.weight_ih_l0": (4096, 1024)}
    shapes["rnn.weight_hh_l0"] = (4096, 1024)
    header, at = {}, 0
    for name, shape in shapes.items():
        end = at + 4 * shape[0] * shape[1]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + at)


MEASURED = """
import resource, sys
from tuisim.engine.trained.reading import read_layers
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(layer,) = read_layers(sys.argv[1])
used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
own = layer.weights.nbytes + layer.input_weights.nbytes
print(used / own)
"""


def test_an_embedding_beside_a_layer_is_not_read(tmp_path: Path) -> None:
    """Two gigabytes of it: bytes read and memory are the layer's own."""
    path = tmp_path / "net.safetensors"
    large(path, 4 << 20)
    assert path.stat().st_size > 2e9
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)),
    )
    assert float(done.stdout) < 1.2
