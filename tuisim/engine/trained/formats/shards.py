"""Nets in several files, and the index of JSON beside them that says in which each array lies.

Hugging Face's: `model.safetensors.index.json` beside `model-00001-of-00002.safetensors` and so on,
or `pytorch_model.bin.index.json` likewise. A layer may lie in several of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuisim.engine.trained.stored import Stored

#: Bytes of an index.
_LONGEST = 64 << 20
_MOST_PARTS = 1000
_PART = re.compile(r"(?P<net>.+)-\d{5}-of-(?P<count>\d{5})(?P<ending>\.safetensors|\.bin)")


def is_index(path: Path) -> bool:
    """Whether a file of this name is an index."""
    return path.name.endswith(".index.json")


def refused_part(path: Path) -> str:
    """Why one file of several is not read, or "": what it lacks of a layer would be taken for 0."""
    match = _PART.fullmatch(path.name)
    if match is None or int(match["count"]) < 2:
        return ""
    index = f"{match['net']}{match['ending']}.index.json"
    return f"one of the {int(match['count'])} files of a net; open {index}, which lies beside them"


def parts_of(path: Path) -> dict[str, Path]:
    """Name of an array → the file that it lies in, as an index says.

    Raises:
        ValueError: it says nothing of the kind, or a file is missing beside it.
    """
    if path.stat().st_size > _LONGEST:
        raise ValueError(f"an index of over {_LONGEST >> 20} MiB")
    try:
        said = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError("the index is no JSON: the file is damaged") from None
    names = said.get("weight_map") if isinstance(said, dict) else None
    if not isinstance(names, dict) or not names:
        raise ValueError("an index without a weight_map of names and files")
    found = {name: _beside(path, file) for name, file in names.items()}
    if len(set(found.values())) > _MOST_PARTS:
        raise ValueError(f"an index of over {_MOST_PARTS} files")
    return found


def arrays_of(
    parts: Mapping[str, Path], read: Mapping[Path, Mapping[str, Stored]]
) -> dict[str, Stored]:
    """The arrays that an index names, by their names.

    Args:
        read: what each of the files holds.

    Raises:
        ValueError: one is not where the index says.
    """
    for name, file in parts.items():
        if name not in read[file]:
            raise ValueError(f"{file.name} lacks {name[:200]!r}, which the index says is in it")
    return {name: read[file][name] for name, file in parts.items()}


def _beside(path: Path, name: Any) -> Path:
    if not isinstance(name, str) or not name or Path(name).name != name:
        raise ValueError(f"its arrays are said to lie in {str(name)[:200]!r}, which is not beside")
    found = path.with_name(name)
    if not found.is_file():
        raise ValueError(f"its arrays lie in {name[:200]}, which is missing beside it")
    return found
