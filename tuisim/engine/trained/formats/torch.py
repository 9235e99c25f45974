"""torch's files, without torch: zip, the older format of pickles, and TorchScript archives.

Written after torch/serialization.py and torch/_utils.py: a pickle names its tensors by storage,
offset, size and stride, and the storages lie beside it as raw bytes.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import attrs

from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.formats.pickles import Machine, Module, Name, Opaque, refused_name
from tuisim.engine.trained.stored import (
    OF_NUMPY,
    Region,
    Stored,
    extent,
    in_c_order,
    item_size,
    widened,
    widened_in_parts,
)

#: The first pickle of the older format: torch's magic number, by protocol 2 or later.
LEGACY = re.compile(rb"\x80[\x02-\x05]\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19\.")

#: How deep arrays are looked for, and how long the path of one may be.
_DEEPEST, _LONGEST_PATH = 200, 2000
_LONGEST_PICKLE = 256 << 20

#: Storage class → the name of its numbers and their bytes.
_STORAGES: Mapping[str, tuple[str, int]] = {
    "Double": ("float64", 8),
    "Float": ("float32", 4),
    "Half": ("float16", 2),
    "BFloat16": ("bfloat16", 2),
    "Long": ("int64", 8),
    "Int": ("int32", 4),
    "Short": ("int16", 2),
    "Char": ("int8", 1),
    "Byte": ("uint8", 1),
    "Bool": ("bool", 1),
    "ComplexFloat": ("complex64", 8),
    "ComplexDouble": ("complex128", 16),
    "QInt8": ("qint8", 1),
    "QUInt8": ("quint8", 1),
    "QInt32": ("qint32", 4),
    "Untyped": ("bytes", 1),
}


@attrs.frozen(eq=False)
class _Storage:
    key: str
    dtype: str
    #: Where it begins in the storage of this key, in numbers: the older format knows such views.
    begin: int


@attrs.frozen(eq=False)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str


class _Array(Module):
    """An array of NumPy: its state is a version, the shape, the type, the order and the bytes."""

    @property
    def shape(self) -> tuple[int, ...]:
        match self.attributes.get("state"):
            case (_, tuple(sizes), *_) if all(type(one) is int and one >= 0 for one in sizes):
                return sizes
        return ()


def _tensor(arguments: tuple[Any, ...], dtype: str | None = None) -> _Tensor:
    storage, offset, shape, stride = arguments[:4]
    whole = (offset, *shape, *stride)
    if not isinstance(storage, _Storage) or not all(type(one) is int for one in whole):
        raise TypeError("tensor")
    if len(shape) != len(stride) or min(whole) < 0:
        raise ValueError("the pickle holds a tensor with a negative size or stride")
    found = storage.dtype if dtype is None else dtype
    return _Tensor(storage, offset + storage.begin, tuple(shape), tuple(stride), found)


def _tensor_v3(arguments: tuple[Any, ...]) -> _Tensor:
    dtype = arguments[6]
    return _tensor(arguments, dtype.text.removeprefix("torch.") if isinstance(dtype, Name) else "")


def _of_a_type(arguments: tuple[Any, ...]) -> Any:
    return arguments[0].call(arguments[2])


def _first(arguments: tuple[Any, ...]) -> Any:
    return arguments[0]


def _opaque(_: tuple[Any, ...]) -> Opaque:
    return Opaque()


def _object(_: tuple[Any, ...]) -> Module:
    return Module()


def _array(_: tuple[Any, ...]) -> _Array:
    return _Array()


def _empty(_: tuple[Any, ...]) -> dict[Any, Any]:
    return {}


_CALLS: Mapping[str, Callable[[tuple[Any, ...]], Any]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_v3,
    "torch._utils._rebuild_qtensor": _tensor,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch._tensor._rebuild_from_type": _of_a_type,
    "torch._tensor._rebuild_from_type_v2": _of_a_type,
    "torch.jit._pickle.restore_type_tag": _first,
    "torch.jit._pickle.build_tensorlist": _first,
    "torch.ScriptObject": _object,
    "collections.OrderedDict": _empty,
    "collections.defaultdict": _empty,
    "collections.Counter": _empty,
    "argparse.Namespace": _opaque,
    "numpy.core.multiarray._reconstruct": _array,
    "numpy._core.multiarray._reconstruct": _array,
    # The same class by the names under which it was published.
    "lightning.fabric.utilities.data.AttributeDict": _empty,
    "lightning_fabric.utilities.data.AttributeDict": _empty,
    "pytorch_lightning.utilities.parsing.AttributeDict": _empty,
}

#: Values that are no floating-point tensor, or stand for a kind of one.
_OPAQUE = re.compile(
    r"torch\.(Size|device|dtype|Tensor|nn\.parameter\.(Parameter|Buffer)|strided|sparse_\w+"
    r"|_utils\._rebuild_(sparse_tensor|sparse_csr_tensor|meta_tensor_no_storage)"
    r"|serialization\._get_layout|per_(tensor|channel)_(affine|symmetric)"
    r"|jit\._pickle\.build_(int|double|bool)list|bool|(b?float|u?int|complex|quint|qint)\w*)"
    r"|(builtins|__builtin__)\.(set|frozenset|complex|bytearray|slice|x?range"
    r"|list|dict|tuple|str|unicode|int|long|float|bool)"
    r"|collections\.deque|datetime\.(datetime|date|time|timedelta|timezone)"
    r"|pathlib\.(_local\.)?(Posix|Windows|PurePosix|PureWindows)Path"
    r"|numpy\.(dtype|ndarray|_?core\.multiarray\.scalar)|_codecs\.encode"
)


def _finder(script: bool) -> Callable[[str], Name]:
    def find(text: str) -> Name:
        if text in _CALLS:
            return Name(text, _CALLS[text])
        storage = re.fullmatch(r"torch\.(?:cuda\.|storage\.)?(\w+)Storage", text)
        if storage and storage[1] in _STORAGES:
            return Name(storage[1], _opaque)
        if script and text.startswith("__torch__."):
            return Name(text, _object)
        if _OPAQUE.fullmatch(text):
            return Name(text, _opaque)
        refused_name(text)

    return find


def _persistent(value: Any) -> _Storage:
    if not (isinstance(value, tuple) and len(value) >= 5 and value[0] == "storage"):
        raise ValueError("the pickle refers to something that is no storage")
    kind, key = value[1], value[2]
    if not isinstance(kind, Name) or kind.text not in _STORAGES or not isinstance(key, str):
        raise TypeError("storage")
    view = value[5] if len(value) > 5 else None
    begin = view[1] if isinstance(view, tuple) else 0
    if type(begin) is not int:
        raise TypeError("view")
    return _Storage(key, _STORAGES[kind.text][0], begin)


def read_archive(archive: Archive, pickle: str) -> dict[str, Stored]:
    """The floating-point arrays of a zip or TorchScript archive, by their paths.

    Args:
        pickle: the member that is its `data.pkl`.

    Raises:
        ValueError: the archive is damaged, or names something that is not run here.
    """
    root = pickle.removesuffix("data.pkl")
    script = any(name.startswith(f"{root}code/") for name in archive.names)
    data = archive.read(pickle, _LONGEST_PICKLE)
    order = f"{root}byteorder"
    big = order in archive.names and archive.read(order, 100).strip() == b"big"
    tree = Machine(_finder(script), _persistent).read(io.BytesIO(data))

    def part(storage: _Storage, offset: int, count: int) -> bytes:
        return archive.part(f"{root}data/{storage.key}", offset, count)

    return dict(_arrays_in(tree, part, big))


def read_legacy(path: Path) -> dict[str, Stored]:
    """The floating-point arrays of a file of the older format, by their paths.

    Raises:
        ValueError: as `read_archive`.
    """
    storages: dict[str, _Storage] = {}

    def persistent(value: Any) -> _Storage:
        found = _persistent(value)
        return storages.setdefault(f"{found.key} {found.begin}", found)

    size = path.stat().st_size
    with path.open("rb") as file:

        def machine() -> Any:
            return Machine(_finder(False), persistent).read(file)

        _magic, _version, _system, tree, keys = (machine() for _ in range(5))
        item = {found.key: dict(_STORAGES.values())[found.dtype] for found in storages.values()}
        regions = {}
        for key in keys if isinstance(keys, list) else ():
            head = file.read(8)
            if key not in item or len(head) != 8:
                raise ValueError("the file is cut off before its arrays")
            (count,) = struct.unpack("<q", head)
            length = count * item[key]
            if not 0 <= length <= size - file.tell():
                raise ValueError("the file is cut off within its arrays")
            regions[key] = Region(path, file.tell(), length)
            file.seek(length, io.SEEK_CUR)

    def part(storage: _Storage, offset: int, count: int) -> bytes:
        if storage.key not in regions:
            raise ValueError("the file lacks an array")
        return regions[storage.key].read(offset, count)

    return dict(_arrays_in(tree, part, False))


def _arrays_in(
    tree: Any, part: Callable[[_Storage, int, int], bytes], big: bool
) -> Iterator[tuple[str, Stored]]:
    for path, leaf in _leaves(tree):
        if isinstance(leaf, _Array):
            yield path, Stored(leaf.shape, OF_NUMPY, _not_read)
        else:
            yield path, _stored(leaf, part, big)


def _stored(tensor: _Tensor, part: Callable[[_Storage, int, int], bytes], big: bool) -> Stored:
    def read() -> Any:
        size = item_size(tensor.dtype)
        count = extent(tensor.shape, tensor.stride)
        begin = tensor.offset * size
        if tensor.stride == in_c_order(tensor.shape):
            if count:
                # The last number first: where it is missing, nothing is set aside for the others.
                part(tensor.storage, begin + (count - 1) * size, size)
            whole = partial(part, tensor.storage)
            return widened_in_parts(
                lambda at, length: whole(begin + at, length), tensor.dtype, tensor.shape, big
            )
        data = part(tensor.storage, begin, count * size)
        return widened(data, tensor.dtype, tensor.shape, tensor.stride, big)

    return Stored(tensor.shape, tensor.dtype, read)


def _not_read() -> NoReturn:
    raise ValueError("an array of NumPy within the pickle, which would have to be run")


def _leaves(tree: Any) -> Iterator[tuple[str, _Tensor | _Array]]:
    """Every tensor or array with its path, in the file's order.

    A container is gone into once.
    """
    seen: set[int] = set()
    left: list[tuple[tuple[str, ...], Any]] = [((), tree)]
    while left:
        path, value = left.pop()
        if isinstance(value, _Tensor | _Array):
            yield ".".join(path), value
            continue
        if isinstance(value, Module):
            value = value.attributes
        if not isinstance(value, dict | list | tuple) or id(value) in seen:
            continue
        seen.add(id(value))
        items = value.items() if isinstance(value, dict) else enumerate(value)
        inner = [((*path, *str(key).split(".")), one) for key, one in items if _is_node(one)]
        if len(path) < _DEEPEST and sum(map(len, path)) < _LONGEST_PATH:
            left.extend(reversed(inner))


def _is_node(value: Any) -> bool:
    return isinstance(value, _Tensor | Module | dict | list | tuple)
