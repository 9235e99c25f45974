"""Files of Keras are read in a process of its own, since HDF5's library is no match for some.

A few changed bytes make it write where it should not, take all memory, or never end. What comes
back is an npz of our own fields, so that nothing but numbers and words crosses over.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.formats.archives import Archive
from tuisim.engine.trained.formats.keras import read_keras_file
from tuisim.engine.trained.formats.npz import read_npz
from tuisim.engine.trained.layer import Layer

#: Seconds, and bytes beside three times the file's own, after which a file is given up.
MOST_SECONDS = 60.0
_MOST_MEMORY = 3 << 30
#: The exit code of a refusal, whose words stand on stderr.
_REFUSED = 3

# Where the caller stands is no place to import from.
_PROGRAM = """
import sys
sys.path.append(sys.argv[1])
from tuisim.engine.trained.formats.apart import answer
answer(*sys.argv[2:])
"""


def read_apart(path: Path, asking: Asking) -> list[Layer]:
    """Every layer of a Keras file.

    Raises:
        ValueError: the file is damaged, also where its reading ended that process.
        ImportError: h5py is not installed.
    """
    if not _is_there("h5py"):
        raise ImportError(
            'h5py is not installed, which files of Keras need: pip install "tuisim[models]"'
        )
    root = str(Path(__file__).parents[4])
    with tempfile.TemporaryDirectory(prefix="tuisim-") as folder:
        found = Path(folder) / "layers.npz"
        words = [root, str(path.absolute()), str(found), json.dumps(asking.given)]
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-c", _PROGRAM, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=MOST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise ValueError(f"the file took over {MOST_SECONDS:g} s to read: damaged") from None
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        if done.returncode == _REFUSED:
            raise ValueError(said)
        if done.returncode < 0:
            raise ValueError("the file is damaged: HDF5's own library failed on it")
        if done.returncode:
            raise ValueError(f"the file is damaged ({said})")
        asking.use(json.loads(said))
        return read_npz(Archive(found), asking) if found.exists() else []


def answer(path: str, found: str, given: str) -> None:
    """What the process does: write the layers to `found`, and on stderr which answers it used."""
    asking = Asking(**json.loads(given))
    _limit(3 * Path(path).stat().st_size + _MOST_MEMORY)
    try:
        layers = read_keras_file(Path(path), asking)
    except (ValueError, MemoryError) as error:
        print(" ".join(str(error).split()) or "the file is damaged", file=sys.stderr)
        sys.exit(_REFUSED)
    fields = [one for one in attrs.fields(Layer) if not one.name.startswith("_")]
    kept: dict[str, Any] = {}
    for place, layer in enumerate(layers):
        for field in fields:
            value = getattr(layer, field.name)
            # Neither what there is none of, nor a list of no sentences.
            if value is not None and not (isinstance(value, tuple) and not value):
                kept[f"{place}.{field.name}"] = np.asarray(value)
    if kept:
        np.savez(found, **kept)
    print(json.dumps(asking.used), file=sys.stderr)


def _limit(memory: int) -> None:
    # Not every system knows such a limit, or lets it be set.
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ValueError:
        return False
