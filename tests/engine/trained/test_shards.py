"""Nets in several files: an index gives what one file would, and one of them alone is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.trained import MODELS
from tuisim import Layer, read_layers
from tuisim.engine.trained.formats import torch
from tuisim.engine.trained.formats.archives import Archive

WHOLE = MODELS / "net.safetensors"
INDEX = "model.safetensors.index.json"


def header_of(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return header, data[8 + length :]


def write(path: Path, header: dict[str, Any], body: bytes) -> None:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def sharded(folder: Path) -> dict[str, Path]:
    """The arrays of a file that safetensors wrote: matrices in one, biases in another, an index."""
    header, body = header_of(WHOLE)
    files = {}
    parts: dict[Path, dict[str, Any]] = {}
    for name, one in header.items():
        files[name] = folder / f"model-0000{1 + ('bias' in name)}-of-00002.safetensors"
        parts.setdefault(files[name], {})[name] = one
    for path, part in parts.items():
        write(path, part, body)
    index(folder, files)
    return files


def index(folder: Path, files: dict[str, Path]) -> None:
    said = {"metadata": {}, "weight_map": {name: file.name for name, file in files.items()}}
    (folder / INDEX).write_text(json.dumps(said))


def same(one: Layer, other: Layer) -> None:
    for field in attrs.fields(Layer):
        if field.name not in ("path", "below", "_digested"):
            np.testing.assert_equal(getattr(one, field.name), getattr(other, field.name))


def test_an_index_gives_what_one_file_would(tmp_path: Path) -> None:
    files = sharded(tmp_path)
    whole = {layer.name: layer for layer in read_layers(WHOLE)}
    found = read_layers(tmp_path / INDEX)
    assert {layer.name for layer in found} == {*whole}
    assert len({*files.values()}) == 2
    for layer in found:
        same(layer, whole[layer.name])
        assert len(layer.below) == len(whole[layer.name].below)
        assert layer.path == str(tmp_path / INDEX)


def test_a_digest_is_of_the_index_and_all_its_files(tmp_path: Path) -> None:
    files = sharded(tmp_path)
    paths = [tmp_path / INDEX, *sorted({*files.values()})]
    whole = b"".join(path.read_bytes() for path in paths)
    first = read_layers(tmp_path / INDEX)[0]
    assert first.digest == hashlib.sha256(whole).hexdigest()
    late = read_layers(tmp_path / INDEX)[0]
    changed = bytearray(paths[1].read_bytes())
    changed[-1] ^= 1
    paths[1].write_bytes(bytes(changed))
    with pytest.raises(ValueError, match="changed since it was read"):
        _ = late.digest
    assert read_layers(tmp_path / INDEX)[0].digest != first.digest


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("model-00001-of-00002.safetensors", "2 files of a net; open model.safetensors.index.json"),
        (
            "pytorch_model-00003-of-00012.bin",
            "12 files of a net; open pytorch_model.bin",
        ),
    ],
)
def test_one_of_several_files_is_refused(tmp_path: Path, name: str, said: str) -> None:
    # Biases that lie in another one would be taken for none.
    sharded(tmp_path)
    shutil.copy(WHOLE, tmp_path / name)
    with pytest.raises(ValueError, match=f"one of the {said}"):
        read_layers(tmp_path / name)
    alone = tmp_path / "model-00001-of-00001.safetensors"
    shutil.copy(WHOLE, alone)
    assert len(read_layers(alone)) == len(read_layers(WHOLE))


def test_an_index_of_files_of_torch(tmp_path: Path) -> None:
    files, expected = {}, {}
    for count, file in enumerate(("types.pt", "views.pt")):
        path = tmp_path / f"pytorch_model-0000{count + 1}-of-00002.bin"
        shutil.copy(MODELS / file, path)
        pickle = next(one for one in Archive(path).names if one.endswith("data.pkl"))
        files |= dict.fromkeys(torch.read_archive(Archive(path), pickle), path)
        expected |= {layer.name: layer for layer in read_layers(MODELS / file)}
    index(tmp_path, files)
    found = {layer.name: layer for layer in read_layers(tmp_path / INDEX)}
    assert found.keys() == expected.keys()
    for name, layer in found.items():
        np.testing.assert_array_equal(layer.weights, expected[name].weights)
        np.testing.assert_array_equal(layer.bias, expected[name].bias)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "the index is no JSON"),
        ("[]", "without a weight_map"),
        ('{"weight_map": {}}', "without a weight_map"),
        ('{"weight_map": {"a": "none.safetensors"}}', "none.safetensors, which is missing beside"),
        ('{"weight_map": {"a": "../x.safetensors"}}', "'../x.safetensors', which is not beside"),
        ('{"weight_map": {"a": "/etc/passwd"}}', "'/etc/passwd', which is not beside"),
        ('{"weight_map": {"a": 3}}', "'3', which is not beside"),
        ('{"weight_map": {"a": "plain.bin"}}', "plain.bin"),
        ('{"weight_map": {"a": "whole.safetensors"}}', "lacks 'a', which the index says is in it"),
    ],
)
def test_an_index_that_lies(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "plain.bin").write_bytes(b"nothing of the kind")
    shutil.copy(WHOLE, tmp_path / "whole.safetensors")
    (tmp_path / INDEX).write_text(text)
    with pytest.raises(ValueError, match=r"index\.json: ") as error:
        read_layers(tmp_path / INDEX)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
