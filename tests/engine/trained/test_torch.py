"""torch's files without torch: its arrays bit for bit, and nothing of a pickle run."""

from __future__ import annotations

import collections
import datetime
import io
import os
import pickle
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest

from tests.support.trained import MODELS, kept
from tuisim import read_layers
from tuisim.engine.trained.formats import torch
from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.formats.pickles import MOST_BYTES
from tuisim.engine.trained.formats.safetensors import read_safetensors
from tuisim.engine.trained.stored import Stored

ARCHIVES = ("checkpoint.pt", "script.pt", "views.pt", "types.pt")
OLDER = ("older.pth", "views_older.bin")


def arrays(file: str) -> dict[str, Stored]:
    path = MODELS / file
    if file in OLDER:
        return torch.read_legacy(path)
    if path.suffix == ".safetensors":
        return read_safetensors(path)[0]
    archive = Archive(path)
    return torch.read_archive(archive, next(n for n in archive.names if n.endswith("/data.pkl")))


@pytest.mark.parametrize("file", [*ARCHIVES, *OLDER, "net.safetensors", "types.safetensors"])
def test_arrays_are_the_framework_s_bit_for_bit(file: str) -> None:
    found, known = arrays(file), kept(file).arrays
    assert len(known) > 5
    assert set(known) <= set(found)
    for name, array in known.items():
        assert found[name].shape == array.shape
        widened = found[name].read()
        assert widened.dtype == np.float64
        assert widened.tobytes() == array.astype(np.float64).tobytes(), name


def zipped(path: Path, content: bytes, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", content)
        for name, data in members.items():
            archive.writestr(f"net/{name}", data)
    return path


class Called:
    """Pickled as a call of whatever it is given."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_name_outside_the_list_is_named_and_not_called(tmp_path: Path, protocol: int) -> None:
    marker = tmp_path / "called"
    deep: Any = Called(os.mkdir, str(marker))
    for level in range(60):
        deep = [{f"a{level}": (deep, level)}]
    path = zipped(tmp_path / "net.pt", pickle.dumps({"model": deep}, protocol=protocol))
    with pytest.raises(ValueError, match=r"names 'posix\.mkdir'") as refused:
        read_layers(path)
    assert "\n" not in str(refused.value)
    assert not marker.exists()


def test_a_class_of_somebody_s_program_is_named(tmp_path: Path) -> None:
    content = b"\x80\x02ctorch.nn.modules.rnn\nLSTM\nq\x00)\x81}(X\x01\x00\x00\x00aK\x01ub."
    with pytest.raises(ValueError, match=r"'torch\.nn\.modules\.rnn\.LSTM'.*Save the state_dict"):
        read_layers(zipped(tmp_path / "net.pt", content))


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize(
    "value",
    [
        collections.defaultdict(list, a=[1]),
        collections.defaultdict(float),
        collections.deque([1, 2], maxlen=3),
        range(3),
        datetime.datetime(2026, 12, 1, 8, tzinfo=datetime.UTC),
        datetime.timedelta(seconds=3),
        [bool, dict, int, str, tuple],
    ],
    ids=repr,
)
def test_what_checkpoints_hold_beside_their_arrays(
    tmp_path: Path, protocol: int, value: object
) -> None:
    """It is passed over, and no reason to refuse a file."""
    content = pickle.dumps({"hyper_parameters": value}, protocol=protocol)
    with pytest.raises(ValueError, match="no recurrent layer is in it"):
        read_layers(zipped(tmp_path / "net.pt", content))


@pytest.mark.parametrize("module", ["numpy._core", "numpy.core"])
def test_arrays_of_numpy_in_a_state_dict_are_told(tmp_path: Path, module: str) -> None:
    """As torch.save writes `{name: tensor.numpy()}`: protocol 2."""
    arrays = {
        "rnn.weight_ih_l0": np.ones((8, 3), np.float32),
        "rnn.weight_hh_l0": np.ones((8, 2), np.float32),
        "epoch": np.zeros(()),
    }
    content = pickle.dumps(arrays, protocol=2).replace(b"numpy._core", module.encode())
    (layer,) = read_layers(zipped(tmp_path / "net.pt", content))
    assert (layer.name, layer.cell, layer.width, layer.input_width) == ("rnn.l0", "lstm", 2, 3)
    assert "array of NumPy within a pickle" in layer.refused[0]
    assert "torch.from_numpy" in layer.refused[0]


def test_a_path_as_python_3_13_writes_it(tmp_path: Path) -> None:
    content = pickle.dumps(PurePosixPath("/runs/1"), protocol=2)
    content = content.replace(b"cpathlib\n", b"cpathlib._local\n")
    with pytest.raises(ValueError, match="no recurrent layer is in it"):
        read_layers(zipped(tmp_path / "net.pt", content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x80\x02}q\x00", "exhausted"),
        (b"\x80\x02(((", "exhausted"),
        (b"\x80\x02u.", "damaged"),
        (b"\x80\x02R.", "damaged"),
        (b"\x80\x02h\x07.", "damaged"),
        (b"\x80\x02\xff.", "opcode"),
        (b"\x80\x02\x82\x01.", "EXT1"),
        (b"\x80\x04\x8e" + (MOST_BYTES + 1).to_bytes(8, "little") + b"abc.", "text of"),
        (b"\x80\x02}r\xff\xff\xff\x7f.", "no recurrent layer"),
        (b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b".", "no recurrent layer"),
        # Each tuple holds the one before it twice: 2 to the power of 300 paths.
        (b"\x80\x02)" + b"2\x86" * 300 + b".", "no recurrent layer"),
        # As the key of a dict it would be hashed, all the way down.
        (b"\x80\x02}" + b")" + b"\x85" * 300_000 + b"K\x01s.", "no recurrent layer"),
    ],
)
def test_a_damaged_or_hostile_pickle_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        read_layers(zipped(tmp_path / "net.pt", content))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def tensor_pickle(
    shape: tuple[int, ...], stride: tuple[int, ...], offset: int = 0, key: object = "rnn"
) -> bytes:
    """A pickle of rnn weights as views of storage 0, under a key."""

    class Rebuilt:
        def __init__(self, shape: tuple[int, ...], stride: tuple[int, ...]) -> None:
            self.shape, self.stride = shape, stride

    class Pickler(pickle._Pickler):
        def save(self, value: Any, save_persistent_id: bool = True) -> None:
            if not isinstance(value, Rebuilt):
                super().save(value, save_persistent_id)
                return
            self.write(b"ctorch._utils\n_rebuild_tensor_v2\n((")
            for one in ("storage",):
                self.save(one)
            self.write(b"ctorch\nFloatStorage\n")
            for other in ("0", "cpu", 4):
                self.save(other)
            self.write(b"tQ")
            for last in (offset, value.shape, value.stride, False):
                self.save(last)
            self.write(b"NtR")

    out = io.BytesIO()
    one = Rebuilt(shape, stride)
    Pickler(out, protocol=2).dump({key: {"weight_hh_l0": one, "weight_ih_l0": one}})
    return out.getvalue()


def test_offset_and_stride(tmp_path: Path) -> None:
    data = np.arange(9, dtype="<f4").tobytes()
    path = zipped(tmp_path / "net.pt", tensor_pickle((2, 2), (1, 3), 2), **{"data/0": data})
    (layer,) = read_layers(path)
    assert layer.weights.tolist() == [[[2.0, 5.0], [3.0, 6.0]]]


def test_a_file_from_a_big_endian_machine(tmp_path: Path) -> None:
    data = np.arange(4, dtype=">f4").tobytes()
    members = {"data/0": data, "byteorder": b"big"}
    (layer,) = read_layers(zipped(tmp_path / "net.pt", tensor_pickle((2, 2), (2, 1)), **members))
    assert layer.weights.tolist() == [[[0.0, 1.0], [2.0, 3.0]]]


@pytest.mark.parametrize(
    ("shape", "stride", "offset", "said"),
    [
        ((2, 2), (2, 1), 1, "cut off"),
        ((2, 2), (2, 1 << 60), 0, "cut off"),
        ((2, 2), (2, -1), 0, "negative"),
        ((2, 2), (2, 1), -1, "negative"),
        ((2, 2), (1,), 0, "stride"),
    ],
)
def test_a_view_beyond_its_storage(
    tmp_path: Path, shape: tuple[int, ...], stride: tuple[int, ...], offset: int, said: str
) -> None:
    data = np.arange(4, dtype="<f4").tobytes()
    path = zipped(tmp_path / "net.pt", tensor_pickle(shape, stride, offset), **{"data/0": data})
    with pytest.raises(ValueError, match=said):
        read_layers(path)


def test_what_claims_to_be_enormous_is_not_read(tmp_path: Path) -> None:
    """One number, shown a million million times by a stride of 0."""
    content = tensor_pickle((1 << 20, 1 << 20), (0, 0))
    (layer,) = read_layers(zipped(tmp_path / "net.pt", content, **{"data/0": b"\0\0\0\0"}))
    assert "1048576 units" in layer.refused[0]


def test_a_plain_pickle_is_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "net.pkl"
    path.write_bytes(pickle.dumps({"weight_hh": np.zeros((4, 4))}))
    with pytest.raises(ValueError, match="plain pickle"):
        read_layers(path)


def test_a_key_that_is_no_text_gives_the_same_name_each_time(tmp_path: Path) -> None:
    content = tensor_pickle((2, 2), (2, 1), key=("a", 1))
    (layer,) = read_layers(zipped(tmp_path / "net.pt", content, **{"data/0": bytes(16)}))
    assert layer.name == "?.l0"
