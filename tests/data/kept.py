"""Where the files of trained nets lie, and what is kept beside each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent / "models"
STEPS, INPUTS, UNITS = 7, 3, 5


def signal() -> Any:
    """(T, m), float32."""
    generator = np.random.Generator(np.random.PCG64DXSM(12))
    return generator.standard_normal((STEPS, INPUTS)).astype(np.float32)


def keep(
    file: str,
    arrays: Mapping[str, Any] = {},
    nets: Mapping[str, tuple[Sequence[Sequence[str]], Any]] = {},
    tolerance: float = 1e-5,
) -> None:
    """Write what belongs beside a file."""
    found: dict[str, Any] = {f"array/{name}": one for name, one in arrays.items()}
    for name, (stack, output) in nets.items():
        found |= {
            f"stack/{name}": np.array([",".join(level) for level in stack]),
            f"output/{name}": np.asarray(output),
        }
    np.savez_compressed(HERE / f"{file}.npz", input=signal(), tolerance=tolerance, **found)
    print(file, (HERE / file).stat().st_size, "and", (HERE / f"{file}.npz").stat().st_size)
